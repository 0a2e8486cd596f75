//! Several metrics and the run: rows R of the specification.
//!
//! R21 to R25 are about templates that cannot start, so they never become a plan; `bind` refuses them.

use assay_run::state::{Outcome, Phase, Summary};
use assay_run::verdict::Decision;
use assay_template::plan::{Limits, MetricPlan, Mode, Query};
use assay_template::secret::Secrets;

use crate::driver::{World, answer, at, counted, metric, once, plan, seconds};

fn dry(metric: MetricPlan) -> MetricPlan {
    MetricPlan { dry_run: true, ..metric }
}

fn job(name: &str) -> MetricPlan {
    MetricPlan { query: Query::Foreign { provider: "job", query: None }, ..once(name) }
}

fn argo(metrics: Vec<MetricPlan>, answers: &[&str]) -> World {
    let mut world = World::start(plan(Mode::Argo, metrics));
    world.play(answers);
    world
}

/// Metrics measured once, one letter each, and what becomes of the run.
fn check(row: &str, letters: &[&str], phase: Phase, message: &str) {
    let names = ["a", "b", "c"];
    let metrics = names.iter().zip(letters).map(|(name, _)| once(name)).collect();
    let world = argo(metrics, letters);
    assert_eq!(world.verdict().phase, phase, "{row}");
    assert_eq!(world.verdict().message, message, "{row}");
}

#[test]
fn r01_a_metric_that_runs_keeps_the_run_running() {
    let world = argo(vec![once("a"), counted("b", 3)], &["S", "S"]);
    assert_eq!(world.state.phase, Phase::Running);
    assert_eq!(world.phase(0), Phase::Successful);
    assert_eq!(world.verdicts, []);
}

#[test]
fn r02_to_r06_the_worst_metric_decides_and_the_first_of_equals_is_named() {
    let failed = |name: &str| {
        format!("Metric \"{name}\" assessed Failed due to failed (1) > failureLimit (0)")
    };
    check("R02", &["S", "F"], Phase::Failed, &failed("b"));
    check("R03", &["S", "EEEEE", "F"], Phase::Failed, &failed("c"));
    let inconclusive =
        "Metric \"a\" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0)";
    check("R05", &["I", "S"], Phase::Inconclusive, inconclusive);
    check("R06", &["F", "F"], Phase::Failed, &failed("a"));
}

#[test]
fn r04_error_outweighs_inconclusive() {
    let fatal = Limits { consecutive_error: 0, ..Limits::default() };
    let world = argo(vec![MetricPlan { limits: fatal, ..once("a") }, once("b")], &["E", "I"]);
    assert_eq!(world.verdict().phase, Phase::Error);
    assert_eq!(world.verdict().decision, Decision::Hold);
    assert!(world.verdict().warnings.iter().any(|w| w.code.ends_with("error_aborts_in_argo")));
}

#[test]
fn r07_the_message_of_the_measurement_is_quoted() {
    let world = argo(
        vec![MetricPlan {
            limits: Limits { consecutive_error: 0, ..Limits::default() },
            ..once("m")
        }],
        &["E"],
    );
    assert_eq!(
        world.verdict().message,
        "Metric \"m\" assessed Error due to consecutiveErrors (1) > consecutiveErrorLimit (0): \
         \"Error Message: 127.0.0.1:9090 refused the connection\""
    );
}

#[test]
fn r08_and_r09_dry_runs_never_worsen_the_run() {
    let world = argo(vec![dry(once("a")), dry(once("b"))], &["F", "S"]);
    assert_eq!(world.verdict().phase, Phase::Successful, "R08");
    assert_eq!(world.verdict().message, "", "R08");
    assert_eq!(
        world.state.metrics[0].message,
        "Metric assessed Failed due to failed (1) > failureLimit (0)"
    );
    let summary = world.state.summary(&world.plan, true);
    assert_eq!(summary, Summary { count: 2, successful: 1, failed: 1, ..Summary::default() });
    let world = argo(vec![dry(once("a")), dry(once("b"))], &["F", "F"]);
    assert_eq!(world.verdict().phase, Phase::Successful, "R09");
    let summary = world.state.summary(&world.plan, true);
    assert_eq!(summary, Summary { count: 2, failed: 2, ..Summary::default() });
}

#[test]
fn r10_and_r11_a_dry_run_ends_nothing_but_a_metric_after_it_does() {
    let fatal = Limits { consecutive_error: 0, ..Limits::default() };
    let failing = |name: &str| MetricPlan { limits: fatal, ..once(name) };
    let world = argo(vec![dry(failing("a")), counted("b", 3)], &["E", "SS"]);
    assert_eq!(world.state.phase, Phase::Running, "R10");
    let world = argo(vec![dry(failing("a")), failing("b"), counted("c", 3)], &["E", "E", "S"]);
    assert_eq!(world.verdict().phase, Phase::Error, "R11");
    assert_eq!(world.verdict().reason.metric.as_ref().unwrap().name, "b", "R11");
}

#[test]
fn r12_a_good_dry_run_does_not_help() {
    let world = argo(vec![once("m"), dry(once("d"))], &["I", "S"]);
    assert_eq!(world.verdict().phase, Phase::Inconclusive);
    assert_eq!(
        world.verdict().message,
        "Metric \"m\" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0)"
    );
}

#[test]
fn r13_to_r15_the_next_pass_ends_the_job_in_flight_and_the_run() {
    let rows = [('F', Phase::Failed), ('I', Phase::Inconclusive), ('E', Phase::Error)];
    for (letter, phase) in rows {
        let fatal = Limits { consecutive_error: 0, ..Limits::default() };
        let first = MetricPlan { limits: fatal, ..once("m") };
        let mut world = World::start(plan(Mode::Argo, vec![first, job("j")]));
        world.answer(0, answer(letter));
        assert_eq!(world.state.phase, Phase::Running, "R13");
        assert_eq!(world.wake, Some(at(0)), "R13: the next pass is now");
        world.wake_at(at(0));
        assert_eq!(world.verdict().phase, phase, "R14, R15");
        let job = &world.state.metrics[1];
        assert_eq!(job.last().unwrap().outcome, Outcome::Inconclusive);
        assert_eq!(job.last().unwrap().message, "Metric Terminated");
        assert_eq!(world.cancelled.len(), 1);
    }
}

#[test]
fn r16_a_metric_that_has_not_started_is_not_waited_for() {
    let late = MetricPlan { initial_delay: seconds(10_000), ..once("b") };
    let world = argo(vec![once("a"), late], &["F", ""]);
    assert_eq!(world.verdict().phase, Phase::Failed);
    assert_eq!(world.state.metrics[1].tally.taken(), 0);
    assert_eq!(world.now, at(0));
}

#[test]
fn r17_to_r20_terminated_runs() {
    let late = || MetricPlan { initial_delay: seconds(20), ..once("m") };
    let terminated = |metric| {
        let mut plan = plan(Mode::Argo, vec![metric]);
        plan.terminate = true;
        World::start(plan)
    };
    let world = terminated(late());
    assert_eq!(world.verdict().phase, Phase::Successful, "R17");
    assert_eq!(world.verdict().message, "Run Terminated", "R17");
    let world = terminated(dry(late()));
    assert_eq!(world.verdict().message, "Run Terminated", "R18");
    let summary = world.state.summary(&world.plan, true);
    assert_eq!(summary, Summary { count: 1, ..Summary::default() }, "R18");
    let mut world = argo(vec![metric("m")], &["SSS"]);
    world.terminate("");
    assert_eq!(world.verdict().phase, Phase::Successful, "R19");
    let mut world = World::start(plan(Mode::Argo, vec![job("j")]));
    world.terminate("");
    assert_eq!(world.verdict().phase, Phase::Inconclusive, "R20");
}

#[test]
fn r26_a_secret_in_an_error_is_masked() {
    let mut secrets = Secrets::default();
    secrets.add("127.0.0.1:9090");
    let mut plan = plan(Mode::Strict, vec![once("m")]);
    plan.secrets = secrets;
    let mut world = World::start(plan);
    world.play(&["EEEEE"]);
    assert_eq!(world.state.metrics[0].last().unwrap().message, "*** refused the connection");
    assert!(!format!("{:?}", world.state).contains("127.0.0.1"));
}

#[test]
fn r27_a_streak_not_reached_has_no_message_and_passes_in_the_summary() {
    let limits = Limits { failure: Some(2), consecutive_success: Some(3), ..Limits::default() };
    let world = argo(vec![MetricPlan { limits, ..counted("m", 5) }], &["SSFSS"]);
    assert_eq!(world.verdict().phase, Phase::Inconclusive);
    assert_eq!(world.verdict().message, "");
    let summary = world.state.summary(&world.plan, false);
    assert_eq!(summary, Summary { count: 1, successful: 1, ..Summary::default() });
}

#[test]
fn r28_the_oldest_measurement_is_dropped_and_still_counted() {
    let world = argo(vec![metric("m")], &["SSSSSSSSSSS"]);
    assert_eq!(world.state.metrics[0].measurements.len(), 10);
    assert_eq!(world.state.metrics[0].tally.successful, 11);
    assert_eq!(world.state.metrics[0].measurements[0].started_at, at(60));
}
