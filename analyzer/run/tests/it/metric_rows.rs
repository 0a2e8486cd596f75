//! One metric and sequences of measurements: rows M2xx of the specification.

use assay_run::state::Phase;
use assay_template::plan::{Limits, MetricPlan, Mode};

use crate::driver::{World, counted, metric, once, plan};

/// Plays `letters` and asserts the phase, how many measurements were taken, and Argo's message.
fn check(row: &str, metric: MetricPlan, letters: &str, phase: Phase, message: &str) {
    let mut world = World::start(plan(Mode::Argo, vec![metric]));
    world.play(&[letters]);
    assert_eq!(world.phase(0), phase, "{row}");
    assert_eq!(world.state.metrics[0].message, message, "{row}");
    let taken = world.state.metrics[0].tally.taken();
    assert_eq!(usize::try_from(taken).unwrap(), letters.len(), "{row}: taken");
    if phase.is_concluded() {
        assert_eq!(world.verdict().phase, phase, "{row}: the run");
    } else {
        assert_eq!(world.verdicts, [], "{row}: the run goes on");
    }
}

fn limits(failure: Option<u32>, inconclusive: u32, success: Option<u32>) -> Limits {
    Limits { failure, inconclusive, consecutive_success: success, ..Limits::default() }
}

fn errors(consecutive_error: u32) -> Limits {
    Limits { consecutive_error, ..Limits::default() }
}

fn with(metric: MetricPlan, limits: Limits) -> MetricPlan {
    MetricPlan { limits, ..metric }
}

#[test]
fn m2_sequences() {
    use Phase::{Error, Failed, Inconclusive, Running, Successful};
    let one = || once("m");
    let n = |count| counted("m", count);
    check("M201", one(), "S", Successful, "");
    check("M202", one(), "F", Failed, "failed (1) > failureLimit (0)");
    check("M204", one(), "E", Running, "");
    check("M205", one(), "EEEEE", Error, "consecutiveErrors (5) > consecutiveErrorLimit (4)");
    check("M207", n(3), "SF", Failed, "failed (1) > failureLimit (0)");
    check("M208", with(n(3), limits(Some(1), 0, None)), "SFS", Successful, "");
    check("M210", with(n(3), limits(Some(3), 0, None)), "FFF", Successful, "");
    check("M211", with(n(3), limits(Some(0), 1, None)), "SIS", Successful, "");
    check("M213", with(n(2), limits(Some(1), 1, None)), "FI", Successful, "");
    let message = "inconclusive (1) > inconclusiveLimit (0)";
    check("M214", with(n(2), limits(Some(1), 0, None)), "FI", Inconclusive, message);
    let endless = |limits| with(metric("m"), limits);
    check("M216", endless(limits(Some(2), 0, None)), "SFSFS", Running, "");
    let message = "failed (3) > failureLimit (2)";
    check("M217", endless(limits(Some(2), 0, None)), "SFSFSF", Failed, message);
    check("M219", with(n(5), limits(None, 0, Some(3))), "SSFSS", Failed, "");
    check("M220", with(n(5), limits(Some(2), 0, Some(3))), "SSFSS", Inconclusive, "");
    check("M222", endless(limits(None, 0, Some(3))), "SSESSS", Successful, "");
    check("M223", endless(limits(None, 5, Some(3))), "SSISSS", Successful, "");
    let message = "consecutiveErrors (1) > consecutiveErrorLimit (0)";
    check("M225", with(n(3), errors(0)), "SE", Error, message);
    check("M226", with(n(3), errors(2)), "EESEESEES", Successful, "");
    check("M228", one(), "S", Successful, "");
}

#[test]
fn m2_terminated_while_an_error_waits_for_its_retry_is_successful_in_argo() {
    let mut world = World::start(plan(Mode::Argo, vec![once("m")]));
    world.play(&["E"]);
    world.terminate("");
    assert_eq!(world.verdict().phase, Phase::Successful, "M204");
}
