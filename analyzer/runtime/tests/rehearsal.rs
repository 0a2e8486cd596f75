//! When an offline run ends, and that it ends the same way each time.

#![expect(clippy::expect_used, reason = "a test that cannot go on ends")]

use std::time::Duration;

use assay_provider::fixture::{Fixture, ReadFor};
use assay_run::state::RunState;
use assay_runtime::rehearsal::{RehearsalError, rehearse};
use assay_template::args::GivenArgs;
use assay_template::bind::{self, Options};
use assay_template::document;
use assay_template::plan::Plan;
use assay_template::yaml::{Source, SourceId};

/// The plan of metrics given as flow maps, each asking a Prometheus.
fn plan(metrics: &[&str]) -> Plan {
    let metrics: Vec<String> = metrics
        .iter()
        .map(|fields| {
            format!(
                "    - {{{fields}, successCondition: 'result[0] > 0', \
                 provider: {{prometheus: {{address: 'http://p', query: up}}}}}}\n"
            )
        })
        .collect();
    let text = format!(
        "apiVersion: assay.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: t}}\nspec:\n  \
         metrics:\n{}",
        metrics.concat()
    );
    let sources = [Source { name: String::from("t.yaml"), text }];
    let documents = document::read_all(&sources);
    bind::bind(&sources, &documents, &[], &GivenArgs::default(), Options::default())
        .unwrap_or_else(|found| panic!("{found:?}"))
}

fn fixture(recorded: &str, plan: &Plan) -> Fixture {
    let text = format!(
        "apiVersion: assay.dev/v1alpha1\nkind: Fixture\nmetadata: {{name: f}}\nspec:\n  \
         start: 2026-01-05T10:00:00Z\n  recorded: {recorded}\n"
    );
    let source = Source { name: String::from("f.yaml"), text };
    let read = document::read(SourceId(0), &source);
    assert_eq!(read.problems, []);
    let document = read.documents.first().expect("a document");
    Fixture::read(
        document,
        &ReadFor {
            plans: &[plan],
            elsewhere: &[],
            files: &|_| Err(String::from("no files here")),
            follows_rollout: false,
        },
    )
    .unwrap_or_else(|found| panic!("{found:?}"))
}

/// Ends as `verdict at how many measurements after how many seconds`.
fn check(metrics: &[&str], recorded: &str, length: Option<u64>, expected: &str) {
    let plan = plan(metrics);
    let fixture = fixture(recorded, &plan);
    let run = || rehearse(&plan, &fixture, length.map(Duration::from_secs)).expect("an end");
    let state = run();
    assert_eq!(told(&state), expected);
    assert_eq!(run(), state, "the same again");
}

fn told(state: &RunState) -> String {
    let verdict = state.verdict.as_ref().expect("a verdict");
    let taken: Vec<String> =
        state.metrics.iter().map(|metric| metric.tally.taken().to_string()).collect();
    let start = state.started_at.expect("a start");
    let seconds = verdict.at.duration_since(start).as_secs();
    format!("{} {} {seconds}s", verdict.decision.as_str(), taken.join("+"))
}

#[test]
fn a_metric_with_a_count_ends_at_its_count() {
    let recorded = "[{metric: a, answers: [{value: 1, times: 9}]}]";
    check(&["name: a, interval: 1m, count: 5"], recorded, None, "promote 5 240s");
    check(&["name: a"], recorded, None, "promote 1 0s");
}

#[test]
fn answers_that_run_out_are_no_data_for_a_metric_with_a_count() {
    let recorded = "[{metric: a, answers: [{value: 1, times: 2}]}]";
    check(&["name: a, interval: 1m, count: 5"], recorded, None, "hold 7 160s");
}

#[test]
fn a_metric_without_a_count_ends_with_its_answers() {
    let recorded = "[{metric: a, answers: [{value: 1, times: 3}]}]";
    check(&["name: a, interval: 1m"], recorded, None, "promote 3 120s");
    // One that still wants answers keeps the other going, which then has none.
    let both = "[{metric: a, answers: [{value: 1, times: 3}]}, {metric: b, answers: [{value: 1, times: 9}]}]";
    let metrics = ["name: a, interval: 1m", "name: b, interval: 1m, count: 9"];
    check(&metrics, both, None, "hold 8+4 220s");
}

#[test]
fn a_metric_nobody_recorded_anything_for_is_blind() {
    check(&["name: a, interval: 1m"], "[]", None, "hold 5 40s");
}

#[test]
fn a_length_ends_the_run_whatever_is_left() {
    let recorded = "[{metric: a, repeat: true, answers: [{value: 1}]}]";
    check(&["name: a, interval: 1m"], recorded, Some(150), "promote 3 150s");
    check(&["name: a, interval: 1m, count: 9"], recorded, Some(150), "hold 3 150s");
    // An hour, if nobody says anything.
    check(&["name: a, interval: 10m"], recorded, None, "promote 7 3600s");
}

#[test]
fn a_late_answer_delays_the_next_measurement() {
    let recorded = "[{metric: a, answers: [{value: 1, after: 30s, times: 3}]}]";
    check(&["name: a, interval: 1m, count: 3"], recorded, None, "promote 3 210s");
}

#[test]
fn a_run_without_an_end_is_an_error_and_not_a_hang() {
    let plan = plan(&["name: a, interval: 100ms"]);
    let fixture = fixture("[{metric: a, repeat: true, answers: [{value: 1}]}]", &plan);
    let year = Duration::from_secs(365 * 24 * 3600);
    let ended = rehearse(&plan, &fixture, Some(year));
    assert!(matches!(ended, Err(RehearsalError::Endless { .. })));
}
