//! A quick run of the benchmark: fewer replications, so bars get three standard errors of slack.
//!
//! The full run is `cargo run --release -p assay-stats --example simulate`.

#![expect(clippy::expect_used, reason = "a scenario that is not there is a failed test")]

use assay_stats::level::{Alpha, Dispersion, Ratio};
use assay_stats::look::{Arm, Look};
use assay_stats::ratio::RatioTest;
use assay_stats::simulate::{Bar, Calibrator, Scenario, catalogue, held_out, rows};

const SEED: u64 = 20_261_121;

fn scenario(name: &str) -> Scenario {
    let all = catalogue().into_iter().chain(held_out());
    all.into_iter().find(|scenario| scenario.name == name).expect(name)
}

/// Runs a scenario and holds every method to its bars.
fn check(calibrator: &mut Calibrator, name: &str, replications: u64) {
    let prepared = scenario(name).prepare(calibrator);
    for found in prepared.run(SEED, 0..replications) {
        let bars = rows();
        let demands = bars.iter().filter(|row| row.scenario == name && row.method == found.method);
        for row in demands {
            // A median of few replications is one look uncertain.
            let bar = match row.bar {
                Bar::MedianBy(look) => Bar::MedianBy(look + 2.0),
                bar @ (Bar::AtMost(_) | Bar::AtLeast(_)) => bar,
            };
            let share = found.tally.share_stopped();
            assert!(
                bar.is_met(&found.tally, 3.0),
                "{name}, {}: {share} stopped, median {:?}, {bar:?}",
                found.method,
                found.tally.median_look()
            );
        }
    }
}

#[test]
fn error_rates_meet_their_bars() {
    let mut calibrator = Calibrator::new(300);
    for name in ["E1 x1", "E1 x2", "E2 x1", "E2 x2", "E3 x5", "E4 bunches x1", "E6 per pod x1"] {
        check(&mut calibrator, name, 100);
    }
    for name in ["E10 spread x1", "E11 storms 0.002 of 60 x1"] {
        check(&mut calibrator, name, 100);
    }
}

#[test]
fn latencies_gauges_and_several_metrics_meet_their_bars() {
    let mut calibrator = Calibrator::new(300);
    for name in ["G1 x1", "G3 sticky x1", "G6 noisy canary x1"] {
        check(&mut calibrator, name, 300);
    }
    for name in ["L1 pod noise x1", "L2 x1.3", "M2 eight, identical"] {
        check(&mut calibrator, name, 30);
    }
}

#[test]
fn every_bar_names_a_scenario_and_a_method() {
    let mut calibrator = Calibrator::new(100);
    let known: Vec<(String, Vec<&str>)> = catalogue()
        .iter()
        .filter(|scenario| rows().iter().any(|row| row.scenario == scenario.name))
        .map(|scenario| (scenario.name.clone(), scenario.methods().to_vec()))
        .collect();
    for row in rows() {
        let found = known.iter().find(|(name, _)| name == row.scenario);
        let (_, methods) = found.unwrap_or_else(|| panic!("no scenario `{}`", row.scenario));
        assert!(methods.contains(&row.method), "{row:?}");
    }
    let numbers = |all: Vec<Scenario>| all.into_iter().map(|s| s.number).collect::<Vec<u64>>();
    let mut all = numbers(catalogue());
    all.extend(numbers(held_out()));
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "two scenarios share a number, and so their random streams");
    let _ = scenario("G1 x1").prepare(&mut calibrator);
}

#[test]
fn how_work_is_split_does_not_show() {
    let mut calibrator = Calibrator::new(100);
    let prepared = scenario("E2 x5").prepare(&mut calibrator);
    let whole = prepared.run(SEED, 0..12);
    let (late, early) = (prepared.run(SEED, 5..12), prepared.run(SEED, 0..5));
    for ((whole, late), early) in whole.iter().zip(late).zip(early) {
        assert_eq!(whole.tally, late.tally.merge(&early.tally));
    }
}

#[test]
fn the_evidence_is_the_same_in_every_build() {
    let ratio = |value: f64| Ratio::try_from(value).expect("a ratio");
    let test = RatioTest::harm(ratio(1.5), ratio(1.1), Some(20), Alpha::ONE_IN_TWENTY);
    let mut state = test.start();
    let mut bits = 0_u64;
    for k in 0..20_u64 {
        let look = Look {
            canary: Arm::of_requests((7 * k) % 19, 1500 + k),
            baseline: Arm::of_requests(140 + (5 * k) % 11, 28_500),
        };
        state = test.step(state, &look, Dispersion::at_least_one(1.3));
        bits = bits.rotate_left(7) ^ state.log_e().to_bits();
    }
    // The same digits in debug and release, on every platform: a verdict must be replayable.
    expect_test::expect!["63fc56122a9fb42f"].assert_eq(&format!("{bits:016x}"));
}
