//! What strict mode adds to Argo's rules, and the answers of providers that judge themselves.

use std::slice;
use std::time::Duration;

use assay_run::reading::{Answer, Health, ProbeFailure, Reading};
use assay_run::state::{Outcome, Phase};
use assay_run::step::Effect;
use assay_run::verdict::{Cause, Decision};
use assay_template::plan::{Consequence, Criterion, Limits, MetricPlan, Mode, OnNoData, Plan};

use crate::driver::{World, answer, at, counted, metric, once, plan, seconds};

/// Plays letters to strict metrics and asserts decision, phase and cause.
fn check(metrics: &[MetricPlan], letters: &[&str], expected: (Decision, Phase, Cause)) -> World {
    let mut world = World::start(plan(Mode::Strict, metrics.to_vec()));
    world.play(letters);
    let verdict = world.verdict();
    assert_eq!((verdict.decision, verdict.phase, verdict.reason.cause), expected, "{letters:?}");
    world
}

fn at_most(max_duration: u64, metrics: Vec<MetricPlan>) -> Plan {
    Plan { max_duration: Some(seconds(max_duration)), ..plan(Mode::Strict, metrics) }
}

#[test]
fn blind_holds_unless_the_template_says_otherwise() {
    use Cause::{NoData, SourceFailed};
    use Decision::{Abort, Hold};
    use Phase::{Error, Failed, Inconclusive};
    check(&[once("m")], &["NNNNN"], (Hold, Inconclusive, NoData));
    check(&[once("m")], &["EEEEE"], (Hold, Error, SourceFailed));
    // The last one says what it is; both kinds count in one row.
    check(&[once("m")], &["NNNNE"], (Hold, Error, SourceFailed));
    check(&[once("m")], &["EEEEN"], (Hold, Inconclusive, NoData));
    let abort = MetricPlan { on_no_data: OnNoData::Abort, ..once("m") };
    check(slice::from_ref(&abort), &["NNNNN"], (Abort, Failed, NoData));
    check(&[abort], &["EEEEE"], (Hold, Error, SourceFailed));
    let abort = MetricPlan { on_error: Consequence::Abort, ..once("m") };
    check(slice::from_ref(&abort), &["EEEEE"], (Abort, Error, SourceFailed));
    check(&[abort], &["NNNNN"], (Hold, Inconclusive, NoData));
}

#[test]
fn one_answer_ends_the_row_of_blind_ones() {
    let world = check(
        &[counted("m", 3)],
        &["NNNNSEEEESNNS"],
        (Decision::Promote, Phase::Successful, Cause::AllGood),
    );
    let tally = world.state.metrics[0].tally;
    assert_eq!((tally.successful, tally.no_data, tally.error), (3, 6, 4));
    assert_eq!((tally.judged(), tally.taken()), (3, 13));
    let reason = &world.verdict().reason;
    assert_eq!((reason.metrics, reason.measurements, reason.blind), (1, 13, 10));
}

#[test]
fn inconclusive_holds_unless_the_template_says_otherwise() {
    let expected = (Decision::Hold, Phase::Inconclusive, Cause::Undecided);
    check(&[once("m")], &["I"], expected);
    let abort = MetricPlan { on_inconclusive: Consequence::Abort, ..once("m") };
    check(&[abort], &["I"], (Decision::Abort, Phase::Inconclusive, Cause::Undecided));
}

#[test]
fn failures_in_a_row_have_a_limit_of_their_own() {
    let limits = Limits { failure: Some(9), consecutive_failure: Some(1), ..Limits::default() };
    let metric = MetricPlan { limits, ..counted("m", 6) };
    let good = (Decision::Promote, Phase::Successful, Cause::AllGood);
    check(slice::from_ref(&metric), &["FSFSFS"], good);
    let world = check(&[metric], &["FSFF"], (Decision::Abort, Phase::Failed, Cause::Bad));
    assert_eq!(
        world.state.metrics[0].message,
        "consecutiveFailures (2) > consecutiveFailureLimit (1)"
    );
}

#[test]
fn a_waiver_does_not_help_where_there_is_nothing_to_judge() {
    let waiver = String::from("no traffic at night");
    let waived = MetricPlan { on_no_data: OnNoData::Judge { waiver }, ..once("m") };
    check(&[waived], &["NNNNN"], (Decision::Hold, Phase::Inconclusive, Cause::NoData));
}

#[test]
fn the_run_ends_in_time_even_if_every_source_hangs() {
    for mode in [Mode::Strict, Mode::Argo] {
        let metrics = vec![metric("a"), counted("b", 2), once("c")];
        let mut world = World::start(Plan { mode, ..at_most(600, metrics) });
        assert_eq!(world.wake, Some(at(600)), "{mode:?}");
        world.wake_at(at(600));
        assert_eq!(world.verdict().at, at(600));
        assert_eq!(world.cancelled.len(), 3);
        if mode == Mode::Strict {
            assert_eq!(world.verdict().decision, Decision::Hold);
            assert_eq!(world.state.metrics[0].unanswered_since, Some(at(0)));
        }
    }
}

#[test]
fn an_answer_after_the_end_of_the_time_is_not_evidence() {
    let mut world = World::start(at_most(60, vec![once("m")]));
    world.now = at(61);
    world.answer(0, answer('S'));
    assert_eq!(world.verdict().decision, Decision::Hold);
    assert_eq!(world.state.metrics[0].tally.taken(), 0);
}

#[test]
fn an_endless_metric_is_good_at_the_end_if_it_was_seen_good_lately() {
    let end = |letters: &str, metric: MetricPlan| {
        let mut world = World::start(at_most(150, vec![metric]));
        world.play(&[letters]);
        if world.verdicts.is_empty() {
            world.wake_at(at(150));
        }
        world.verdict().decision
    };
    assert_eq!(end("SSSN", metric("m")), Decision::Promote);
    assert_eq!(end("SSNNN", metric("m")), Decision::Hold, "the last one was blind");
    let tolerant = Limits { failure: Some(9), ..Limits::default() };
    assert_eq!(end("FFF", MetricPlan { limits: tolerant, ..metric("m") }), Decision::Hold);
    assert_eq!(end("SSS", counted("m", 9)), Decision::Hold, "it has not its count");
    let streak = Limits { consecutive_success: Some(9), ..Limits::default() };
    assert_eq!(end("SSS", MetricPlan { limits: streak, ..metric("m") }), Decision::Hold);
}

/// What the template says of a blind metric also holds when the run is ended while it is blind.
#[test]
fn a_run_ended_while_blind_follows_the_template() {
    let abort = |metric: MetricPlan| {
        [
            MetricPlan { on_no_data: OnNoData::Abort, ..metric.clone() },
            MetricPlan { on_error: Consequence::Abort, ..metric.clone() },
            MetricPlan { on_inconclusive: Consequence::Abort, ..metric },
        ]
    };
    for (place, letter) in ['N', 'E', 'S'].into_iter().enumerate() {
        for (policy, metric) in abort(counted("m", 3)).into_iter().enumerate() {
            let mut world = World::start(plan(Mode::Strict, vec![metric]));
            world.answer(0, answer(letter));
            world.terminate("");
            let expected = if place == policy { Decision::Abort } else { Decision::Hold };
            assert_eq!(world.verdict().decision, expected, "{letter}, policy {policy}");
        }
    }
}

#[test]
fn a_source_that_hangs_at_the_end_is_blind() {
    for (late, decision) in [(150, Decision::Promote), (600, Decision::Hold)] {
        let mut world = World::start(plan(Mode::Strict, vec![metric("m")]));
        world.answer(0, answer('S'));
        world.wake_at(at(60));
        world.answer(0, answer('S'));
        world.wake_at(at(120));
        world.now = at(late);
        world.terminate("");
        assert_eq!(world.verdict().decision, decision, "ended at {late} s");
    }
}

#[test]
fn dry_runs_alone_promote_with_a_warning_unless_the_run_is_ended() {
    let dry = MetricPlan { dry_run: true, ..once("m") };
    let expected = (Decision::Promote, Phase::Successful, Cause::AllGood);
    let world = check(slice::from_ref(&dry), &["F"], expected);
    assert_eq!(world.verdict().warnings[0].code, "assay::run::nobody_has_a_say");
    let mut world = World::start(plan(Mode::Strict, vec![dry]));
    world.terminate("");
    assert_eq!(world.verdict().decision, Decision::Hold);
}

#[test]
fn a_driver_that_takes_over_asks_again_for_what_is_under_way() {
    let mut world = World::start(at_most(600, vec![metric("a"), metric("b")]));
    world.answer(0, answer('S'));
    let under_way = *world.asked.keys().next().unwrap();
    assert_eq!(
        assay_run::step::resume(&world.plan, &world.state),
        [Effect::Measure { ticket: under_way }, Effect::WakeAt(at(60))]
    );
}

#[test]
fn k01_to_k04_scores_are_cut_to_integers() {
    let rows = [
        ("K01", 80.0, Outcome::Successful, "80"),
        ("K02", 79.9, Outcome::Inconclusive, "79"),
        ("K03", 60.0, Outcome::Inconclusive, "60"),
        ("K04", 59.9, Outcome::Failed, "59"),
    ];
    for (row, score, outcome, value) in rows {
        for mode in [Mode::Argo, Mode::Strict] {
            let mut world = World::start(plan(mode, vec![once("m")]));
            world.answer(0, Ok(Answer::of(Reading::Score(score))));
            let last = world.state.metrics[0].last().unwrap();
            assert_eq!((last.outcome, last.value.as_str()), (outcome, value), "{row}");
        }
    }
}

#[test]
fn k05_and_k06_a_job_says_itself_how_it_ended() {
    for (completed, phase) in [(true, Phase::Successful), (false, Phase::Failed)] {
        let job = MetricPlan { criterion: Criterion::Told, ..once("j") };
        let mut world = World::start(plan(Mode::Strict, vec![job]));
        world.answer(0, Ok(Answer::of(Reading::Finished(completed))));
        assert_eq!(world.verdict().phase, phase);
        assert_eq!(world.state.metrics[0].last().unwrap().value, "");
    }
}

#[test]
fn a_health_round_is_good_only_if_every_probe_is() {
    let bare = Criterion::Conditions { success: None, failure: None };
    let measure = |health: Health| {
        let health_metric = MetricPlan { criterion: bare.clone(), ..once("health") };
        let mut world = World::start(plan(Mode::Strict, vec![health_metric]));
        world.answer(0, Ok(Answer::of(Reading::Health(health))));
        world.state.metrics[0].last().unwrap().clone()
    };
    let failure = |target: &str, why: &str| ProbeFailure { target: target.into(), why: why.into() };
    let all = measure(Health { passed: 2, failures: vec![], latencies_seconds: vec![0.25, 0.75] });
    assert_eq!(all.outcome, Outcome::Successful);
    assert_eq!(
        all.value,
        "{\"failed\":0,\"latencySeconds\":{\"max\":0.75,\"mean\":0.5,\"p95\":0.75},\
         \"passed\":2,\"successRatio\":1,\"total\":2}"
    );
    let failures = vec![
        failure("shop-1", "answered 503"),
        failure("shop-3", "answered 503"),
        failure("shop-1", "answered 503"),
    ];
    let some = measure(Health { passed: 3, failures, latencies_seconds: vec![] });
    assert_eq!(some.outcome, Outcome::Failed);
    assert_eq!(
        some.message,
        "3 of 6 probes failed: shop-1 answered 503 2 times, shop-3 answered 503"
    );
    let none = measure(Health { passed: 0, failures: vec![], latencies_seconds: vec![] });
    assert!(none.missing.is_some());
}

#[test]
fn the_window_is_from_the_start_to_the_verdict() {
    let mut world = World::start(plan(Mode::Strict, vec![counted("m", 3)]));
    world.play(&["SSS"]);
    assert_eq!(world.verdict().reason.window, Duration::from_secs(120));
    assert_eq!(world.state.completed_at, Some(at(120)));
}
