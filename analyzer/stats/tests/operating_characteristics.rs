//! A quick run of the benchmark: fewer replications, so bars get three standard errors of slack.
//!
//! The full run is `assay simulate`.

#![expect(clippy::expect_used, reason = "a scenario that is not there is a failed test")]

use assay_stats::level::{Alpha, Dispersion, Ratio};
use assay_stats::look::{Arm, Look};
use assay_stats::ratio::RatioTest;
use assay_stats::simulate::{
    Bar, Benchmark, Calibrator, SEED, Scenario, catalogue, held_out, rows,
};

fn scenario(name: &str) -> Scenario {
    let all = catalogue().into_iter().chain(held_out());
    all.into_iter().find(|scenario| scenario.name == name).expect(name)
}

/// The quick selection meets its bars, give or take what few rollouts leave open.
#[test]
fn the_quick_selection_meets_its_bars() {
    let benchmark = Benchmark::quick(SEED);
    let answers = benchmark.parts().into_iter().map(|part| (part, benchmark.run(part)));
    let findings = benchmark.report(answers, 3.5);
    assert!(30 < findings.len(), "{} findings", findings.len());
    for found in findings {
        for (bar, is_met) in &found.bars {
            // A median of few replications is a few looks uncertain.
            let met = match bar {
                Bar::MedianBy(look) => Bar::MedianBy(look * 1.25 + 2.0).is_met(&found.tally, 0.0),
                Bar::AtMost(_) | Bar::AtLeast(_) => *is_met,
            };
            let share = found.tally.share_stopped();
            assert!(met, "{}, {}: {share} stopped, {bar:?}", found.scenario, found.method);
        }
    }
}

#[test]
fn a_report_does_not_depend_on_who_did_what() {
    let chosen = || ["E2 x5", "G1 x1.3", "M2 eight, identical"].map(scenario);
    let benchmark = Benchmark::of(chosen(), 110, SEED, 100);
    let forwards = benchmark.parts().into_iter().map(|part| (part, benchmark.run(part)));
    let again = Benchmark::of(chosen(), 110, SEED, 100);
    let backwards = again.parts().into_iter().rev().map(|part| (part, again.run(part)));
    let report = benchmark.report(forwards, 0.0);
    assert_eq!(report, again.report(backwards, 0.0));
    assert!(report.iter().all(|finding| finding.tally.replications() == 110));
    assert!(
        Benchmark::quick(SEED)
            .parts()
            .iter()
            .all(|part| !benchmark.name(*part).is_empty() || benchmark.run(*part).is_empty())
    );
}

#[test]
fn every_bar_names_a_scenario_and_a_method() {
    let mut calibrator = Calibrator::new(100);
    let known: Vec<(String, Vec<&str>)> = catalogue()
        .iter()
        .chain(&held_out())
        .filter(|scenario| rows().iter().any(|row| row.scenario == scenario.name))
        .map(|scenario| (scenario.name.clone(), scenario.methods().to_vec()))
        .collect();
    for row in rows() {
        let found = known.iter().find(|(name, _)| *name == row.scenario);
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
