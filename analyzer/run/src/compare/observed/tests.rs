//! What is seen of series that a reader can count by hand.

use assay_template::args::GivenArgs;
use assay_template::bind::{Options, bind};
use assay_template::document::read_all;
use assay_template::plan::Plan;
use assay_template::plan::compare::PART_LABEL;
use assay_template::yaml::Source;
use jiff::Timestamp;

use super::{NothingSeen, Observed, observed};
use crate::reading::{SampledSeries, Samples};

/// Instants, 30 s apart.
const INSTANTS: usize = 61;

fn plan(criterion: &str) -> Plan {
    let text = format!(
        "apiVersion: assay.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: t}}\nspec:\n  \
         metrics:\n  - name: m\n    {criterion}\n"
    );
    let sources = [Source { name: String::from("t.yaml"), text }];
    let documents = read_all(&sources);
    bind(&sources, &documents, &[], &GivenArgs::default(), Options::default()).unwrap()
}

/// A counter that gains so much at each instant from the first it is there.
struct Counter {
    part: &'static str,
    role: &'static str,
    pod: &'static str,
    first: usize,
    gain: f64,
}

fn samples(counters: &[Counter]) -> Samples {
    let instant = |at: usize| Timestamp::from_second(30 * i64::try_from(at).unwrap()).unwrap();
    let series = counters.iter().map(|counter| {
        let labels = [(PART_LABEL, counter.part), ("pod", counter.pod), ("role", counter.role)];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut value = 0.0;
        let values = (0..INSTANTS).map(|at| {
            value += counter.gain;
            (counter.first <= at).then_some(value)
        });
        SampledSeries { labels: labels.to_vec(), values: values.collect() }
    });
    let series = series.collect();
    Samples { instants: (0..INSTANTS).map(instant).collect(), series }
}

/// Errors and requests of a pod.
fn pod(role: &'static str, pod: &'static str, first: usize, errors: f64) -> [Counter; 2] {
    let counter = |part, gain| Counter { part, role, pod, first, gain };
    [counter("errors", errors), counter("requests", 1_000.0)]
}

fn seen(criterion: &str, counters: &[Counter]) -> Result<Observed, NothingSeen> {
    let plan = plan(criterion);
    observed(plan.metrics[0].comparison().unwrap(), &samples(counters))
}

const ERRORS: &str = "errorRate: {errors: e, requests: r}";

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found}, not {expected}");
}

#[test]
fn a_service_and_its_canary_are_counted() {
    let first = 10;
    let pods = [
        pod("stable", "a", first, 4.0),
        pod("stable", "b", first, 5.0),
        pod("stable", "c", first, 6.0),
        pod("canary", "d", 40, 9.0),
    ];
    let seen = seen(ERRORS, &pods.into_iter().flatten().collect::<Vec<_>>()).unwrap();
    // From the first sample on: what was before is no time without traffic.
    near(seen.seconds, 50.0 * 30.0);
    assert_eq!((seen.baseline.pods, seen.baseline.events), (3, 50 * 15));
    near(seen.baseline.exposure, 150_000.0);
    let canary = seen.canary.unwrap();
    assert_eq!((canary.pods, canary.events), (1, 20 * 9));
    // A quarter, while it was there.
    near(seen.canary_share.unwrap(), 0.25);
    assert!(!seen.approximate && !seen.is_alone, "{seen:?}");
    // Of eight intervals: 32, 40 and 48 where 40 are expected, over two degrees of freedom.
    near(seen.noise, 1.6);
}

#[test]
fn pods_that_differ_are_granted_to_the_canary() {
    let at = |errors: [f64; 4]| {
        let pods = ["a", "b", "c", "d"].into_iter().zip(errors);
        let pods = pods.flat_map(|(name, errors)| pod("stable", name, 0, errors));
        seen(ERRORS, &pods.collect::<Vec<_>>()).unwrap()
    };
    let alike = at([20.0; 4]);
    assert!(alike.spread < 1e-9 && alike.granted.get() < 1.0 + 1e-9, "{alike:?}");
    assert_eq!((alike.canary, alike.canary_share), (None, None));
    let different = at([10.0, 20.0, 30.0, 40.0]);
    assert!((0.2..1.0).contains(&different.spread), "{different:?}");
    assert!(1.2 < different.granted.get(), "{different:?}");
}

#[test]
fn one_series_for_all_pods_is_approximate() {
    let seen = seen(ERRORS, &pod("stable", "all", 0, 5.0)).unwrap();
    assert!(seen.approximate && 1.0 < seen.noise, "{seen:?}");
}

#[test]
fn a_counter_without_requests_is_counted_over_time() {
    let counter = |pod| Counter { part: "counter", role: "stable", pod, first: 0, gain: 3.0 };
    let seen = seen("counts: {counter: c, canaryWeight: 5%}", &[counter("a"), counter("b")]);
    let seen = seen.unwrap();
    assert_eq!(seen.baseline.events, 60 * 6);
    near(seen.baseline.exposure, 1_800.0);
}

#[test]
fn a_constant_needs_no_baseline() {
    let limit = "limit: {errors: e, requests: r, atMost: 1%}";
    let seen = seen(limit, &pod("canary", "a", 0, 5.0)).unwrap();
    assert!(seen.is_alone && seen.canary.is_none(), "{seen:?}");
    assert_eq!(seen.baseline.events, 60 * 5);
}

#[test]
fn nothing_is_told_apart_from_no_traffic() {
    let canary = pod("canary", "a", 0, 1.0);
    assert_eq!(seen(ERRORS, &canary), Err(NothingSeen::NoBaseline));
    let counter = |part| Counter { part, role: "stable", pod: "a", first: 0, gain: 0.0 };
    let idle = [counter("errors"), counter("requests")];
    assert_eq!(seen(ERRORS, &idle), Err(NothingSeen::NoTraffic));
    let gauge = "gauge: {gauge: g}";
    assert_eq!(
        seen(gauge, &[Counter { part: "gauge", ..counter("gauge") }]),
        Err(NothingSeen::NotCounts)
    );
}
