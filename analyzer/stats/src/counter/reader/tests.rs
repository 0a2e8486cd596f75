use super::*;

/// Samples in the form `pod:channel=value`; a pod with `+` began inside.
fn samples(text: &str) -> Vec<(String, String, usize, f64, bool)> {
    text.split_whitespace()
        .map(|part| {
            let (left, value) = part.split_once('=').unwrap();
            let (pod, channel) = left.split_once(':').unwrap();
            let name = pod.trim_end_matches('+').to_owned();
            let value = value.parse().unwrap();
            (left.to_owned(), name, channel.parse().unwrap(), value, pod.ends_with('+'))
        })
        .collect()
}

fn borrowed(parts: &[(String, String, usize, f64, bool)]) -> Vec<CounterSample<'_>> {
    let sample = |part: &(String, String, usize, f64, bool)| part.clone();
    parts
        .iter()
        .map(|part| {
            let (_, _, channel, value, pod_began_inside) = sample(part);
            CounterSample { series: &part.0, pod: &part.1, channel, value, pod_began_inside }
        })
        .collect()
}

/// What comes out: `events/exposure` of each pod, canary and baseline, or why not.
fn read(reader: &mut CounterReader, canary: &str, baseline: &str) -> String {
    let (canary, baseline) = (samples(canary), samples(baseline));
    let Some(found) = reader.read(&borrowed(&canary), &borrowed(&baseline)) else {
        return format!("waiting {}", reader.pending());
    };
    let look = found.counts();
    let arm = |pods: &[Arm]| {
        let pods = pods.iter().map(|pod| format!("{}/{}", pod.events(), pod.exposure()));
        pods.collect::<Vec<String>>().join(" ")
    };
    format!("{} | {} over {}", arm(&look.canary), arm(&look.baseline), found.instants)
}

#[test]
fn counters_become_looks() {
    let mut reader = CounterReader::new(2);
    let mut check = |canary: &str, baseline: &str, expected: &str| {
        assert_eq!(read(&mut reader, canary, baseline), expected, "{canary} | {baseline}");
    };
    // Where counters stand at first says nothing about the run.
    check("a:0=5 a:1=100", "b:0=50 b:1=9000", "waiting 0");
    check("a:0=7 a:1=150", "b:0=50 b:1=9100", "2/50 | 0/100 over 1");
    // A restart counts from 0.
    check("a:0=1 a:1=30", "b:0=51 b:1=9200", "1/30 | 1/100 over 1");
    // An instant at which half of an arm is missing is merged into the next.
    check("a:0=2", "b:0=52 b:1=9300", "waiting 1");
    check("a:0=4 a:1=80", "b:0=53 b:1=9400", "3/50 | 2/200 over 2");
    // A pod that began inside the run counts from 0, one that was only found late does not.
    check("a:0=4 a:1=90 c+:0=3 c+:1=20", "b:0=53 b:1=9500", "0/10 3/20 | 0/100 over 1");
    check(
        "a:0=4 a:1=99 c+:0=3 c+:1=30",
        "b:0=53 b:1=9600 d:0=7 d:1=800",
        "0/9 0/10 | 0/100 0/0 over 1",
    );
    // Not a number is no sample.
    check("a:0=4 a:1=NaN", "b:0=53 b:1=9600 d:0=7 d:1=800", "waiting 1");
}

#[test]
fn the_first_error_of_a_watched_pod_is_not_lost() {
    let mut reader = CounterReader::new(2);
    let mut check = |canary: &str, baseline: &str, expected: &str| {
        assert_eq!(read(&mut reader, canary, baseline), expected, "{canary} | {baseline}");
    };
    check("a:1=100", "b:1=900", "waiting 0");
    check("a:1=200", "b:1=1000", "0/100 | 0/100 over 1");
    check("a:0=2 a:1=300", "b:1=1100", "2/100 | 0/100 over 1");
}

#[test]
fn pods_that_go_are_not_waited_for() {
    let mut reader = CounterReader::new(2);
    let (canary, both) = ("a:0=0 a:1=10", "b:0=0 b:1=10 c:0=0 c:1=10");
    assert_eq!(read(&mut reader, canary, both), "waiting 0");
    for waiting in 1..=MISSING_MAX {
        let expected = format!("waiting {waiting}");
        assert_eq!(read(&mut reader, canary, "b:0=1 b:1=40"), expected);
    }
    assert_eq!(read(&mut reader, canary, "b:0=1 b:1=50"), "0/0 | 1/40 0/0 over 6");
    // It comes back, and goes on from where it stood.
    assert_eq!(read(&mut reader, canary, "b:0=1 b:1=50 c:0=0 c:1=15"), "0/0 | 0/0 0/5 over 1");
}

#[test]
fn an_arm_without_any_series_never_counts() {
    let mut reader = CounterReader::new(2);
    for _ in 0..20 {
        assert!(read(&mut reader, "", "b:0=1 b:1=40").starts_with("waiting"));
    }
}

#[test]
fn buckets_become_counts_above_a_bound() {
    let mut reader = CounterReader::new(3);
    let mut at = |one: &str, other: &str| {
        let (one, other) = (samples(one), samples(other));
        reader.read(&borrowed(&one), &borrowed(&other))
    };
    assert_eq!(at("a:0=0 a:1=0 a:2=0", "b:0=0 b:1=0 b:2=0"), None);
    let found = at("a:0=5 a:1=8 a:2=10", "b:0=50 b:1=90 b:2=100").unwrap();
    let (canary, baseline) = found.above(&[0, 1]);
    assert_eq!(canary, [[Arm::of_requests(5, 10), Arm::of_requests(2, 10)]]);
    assert_eq!(baseline, [[Arm::of_requests(50, 100), Arm::of_requests(10, 100)]]);
    assert_eq!(found.baseline_buckets(), [50, 40, 10]);
    let seconds = found.counts_over(30.0, 60.0);
    assert_eq!(seconds.exposures(), (30.0, 60.0));
    assert_eq!(seconds.events().to_bits(), 55.0_f64.to_bits());
}
