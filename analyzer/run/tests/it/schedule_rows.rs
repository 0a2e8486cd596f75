//! When measurements are taken: rows I of the specification, and how strict mode differs.
//!
//! I09 and I10 are about polling a job, which is the provider's task here: a measurement under way is
//! neither repeated nor given up, however long it takes.

use assay_run::state::Phase;
use assay_template::plan::{MetricPlan, Mode, Query};

use crate::driver::{World, answer, at, counted, metric, once, plan, seconds};

/// Plays `letters` and asserts at which seconds measurements were asked for.
fn check(row: &str, mode: Mode, metric: MetricPlan, letters: &str, times: &[i64]) {
    let mut world = World::start(plan(mode, vec![metric]));
    world.play(&[letters]);
    let asked: Vec<_> = world.history.iter().map(|(_, time)| *time).collect();
    let times: Vec<_> = times.iter().map(|seconds| at(*seconds)).collect();
    assert_eq!(asked, times, "{row}");
}

fn every(interval: u64, metric: MetricPlan) -> MetricPlan {
    MetricPlan { interval: Some(seconds(interval)), ..metric }
}

#[test]
fn i01_to_i04_and_i15_what_is_due_after_a_measurement() {
    check("I01, I02", Mode::Argo, metric("m"), "SS", &[0, 60, 120]);
    check("I03", Mode::Argo, once("m"), "EES", &[0, 10, 20]);
    check("I04", Mode::Argo, every(300, metric("m")), "ES", &[0, 10, 310]);
    check("I15", Mode::Argo, every(1, metric("m")), "ESS", &[0, 10, 11, 12]);
    check("I12", Mode::Argo, once("m"), "S", &[0]);
}

#[test]
fn strict_repeats_what_was_blind_after_ten_seconds_or_sooner() {
    check("error", Mode::Strict, every(300, metric("m")), "ES", &[0, 10, 310]);
    check("no data", Mode::Strict, every(300, metric("m")), "NNS", &[0, 10, 20, 320]);
    check("short interval", Mode::Strict, every(1, metric("m")), "ENS", &[0, 1, 2, 3]);
    check("no interval", Mode::Strict, once("m"), "NES", &[0, 10, 20]);
}

#[test]
fn i02_an_early_wake_measures_nothing() {
    for mode in [Mode::Argo, Mode::Strict] {
        let mut world = World::start(plan(mode, vec![metric("m")]));
        world.answer(0, answer('S'));
        world.wake_at(at(59));
        assert_eq!(world.history.len(), 1);
        assert_eq!(world.wake, Some(at(60)));
        world.wake_at(at(60));
        assert_eq!(world.history.len(), 2);
    }
}

#[test]
fn i05_and_i06_the_first_measurement_waits_for_its_delay() {
    let late = MetricPlan { initial_delay: seconds(20), ..once("m") };
    check("I06", Mode::Argo, late.clone(), "S", &[20]);
    check("I06", Mode::Strict, late, "S", &[20]);
}

/// Argo writes `startedAt` when the first pass is over, so a slow first query of another metric
/// delays the delay. Strict mode counts from the start.
#[test]
fn i05_the_delay_counts_from_the_end_of_the_first_pass() {
    for (mode, expected) in [(Mode::Argo, at(27)), (Mode::Strict, at(20))] {
        let late = MetricPlan { initial_delay: seconds(20), ..once("b") };
        let mut world = World::start(plan(mode, vec![metric("a"), late]));
        world.now = at(7);
        world.answer(0, answer('S'));
        assert_eq!(world.wake, Some(expected), "{mode:?}");
    }
}

#[test]
fn i07_and_i08_the_run_looks_again_at_the_earliest_time() {
    let b = MetricPlan { initial_delay: seconds(40), ..metric("b") };
    let mut world = World::start(plan(Mode::Argo, vec![metric("a"), b]));
    world.answer(0, answer('S'));
    assert_eq!(world.wake, Some(at(40)), "I07");
    world.wake_at(at(40));
    world.answer(1, answer('S'));
    assert_eq!(world.wake, Some(at(60)), "I08");
}

#[test]
fn i09_to_i11_a_job_in_flight_is_left_alone_until_the_run_ends() {
    let job = MetricPlan { query: Query::Foreign { provider: "job", query: None }, ..once("j") };
    for mode in [Mode::Argo, Mode::Strict] {
        let mut world = World::start(plan(mode, vec![job.clone(), metric("m")]));
        world.answer(1, answer('S'));
        world.wake_at(at(60));
        assert_eq!(world.history.iter().filter(|(ticket, _)| ticket.metric == 0).count(), 1);
        assert_eq!(world.cancelled, []);
        world.terminate("");
        assert_eq!(world.cancelled.len(), 2, "I11: {mode:?}");
        world.verdict();
    }
}

#[test]
fn i13_nothing_starts_once_a_sibling_has_failed() {
    for mode in [Mode::Argo, Mode::Strict] {
        let late = MetricPlan { initial_delay: seconds(30), ..once("b") };
        let mut world = World::start(plan(mode, vec![once("a"), late]));
        world.play(&["F", "S"]);
        assert_eq!(world.history.len(), 1, "{mode:?}");
        assert_eq!(world.verdict().phase, Phase::Failed);
    }
}

#[test]
fn i14_the_interval_counts_from_the_end_of_a_measurement() {
    for mode in [Mode::Argo, Mode::Strict] {
        let mut world = World::start(plan(mode, vec![every(1, metric("m"))]));
        world.now = at(3);
        world.answer(0, answer('S'));
        assert_eq!(world.wake, Some(at(4)), "{mode:?}");
    }
}

/// A slow source delays its siblings in Argo; strict mode measures each on its own.
#[test]
fn a_pass_waits_for_all_of_its_answers_in_argo_only() {
    for (mode, asked) in [(Mode::Argo, 2), (Mode::Strict, 3)] {
        let mut world = World::start(plan(mode, vec![counted("slow", 2), counted("fast", 2)]));
        world.answer(1, answer('S'));
        world.wake_at(at(60));
        assert_eq!(world.history.len(), asked, "{mode:?}");
    }
}

#[test]
fn a_clock_that_steps_back_does_not_measure_twice() {
    for mode in [Mode::Argo, Mode::Strict] {
        let mut world = World::start(plan(mode, vec![metric("m")]));
        world.now = at(30);
        world.answer(0, answer('S'));
        world.wake_at(at(5));
        assert_eq!(world.history.len(), 1, "{mode:?}");
        assert_eq!(world.wake, Some(at(90)), "{mode:?}");
    }
}
