//! What several analyses of one Rollout take from one fixture, and that a walk ends.

#![expect(clippy::expect_used, reason = "a test that cannot go on ends")]

use std::time::Duration;

use assay_provider::fixture::{Fixture, ReadFor};
use assay_run::rollout::state::RolloutState;
use assay_runtime::rehearsal::RehearsalError;
use assay_runtime::walk::walk;
use assay_template::args::GivenArgs;
use assay_template::bind::Options;
use assay_template::document;
use assay_template::rollout::{self, RolloutPlan};
use assay_template::yaml::{Source, SourceId};

/// A canary with these steps, and a background analysis called `beside`. All analyses measure `up`.
fn plan(steps: &str, beside: &str) -> RolloutPlan {
    let template = |name: &str, fields: &str| {
        format!(
            "---\napiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: \
             {name}}}\nspec:\n  metrics:\n    - {{name: up, {fields}, successCondition: 'result[0] > \
             0', provider: {{prometheus: {{address: 'http://p', query: up}}}}}}\n"
        )
    };
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: shop}}\nspec:\n  strategy:\n    \
         canary:\n      analysis: {{templates: [{{templateName: beside}}]}}\n      steps: {steps}\n{}{}",
        template("beside", beside),
        template("thrice", "interval: 1m, count: 3"),
    );
    let sources = [Source { name: String::from("t.yaml"), text }];
    let documents = document::read_all(&sources);
    let document = rollout::chosen(&documents, &[]).expect("one Rollout").expect("a Rollout");
    rollout::bind(&sources, &documents, document, &GivenArgs::default(), Options::default())
        .unwrap_or_else(|found| panic!("{found:?}"))
}

fn fixture(recorded: &str, plan: &RolloutPlan) -> Fixture {
    let text = format!(
        "apiVersion: assay.dev/v1alpha1\nkind: Fixture\nmetadata: {{name: f}}\nspec:\n  start: \
         2026-01-05T10:00:00Z\n  recorded: {recorded}\n"
    );
    let read = document::read(SourceId(0), &Source { name: String::from("f.yaml"), text });
    let document = read.documents.first().expect("a document");
    let plans: Vec<_> = plan.analyses.iter().map(|analysis| &analysis.plan).collect();
    let files = |_: &str| Err(String::from("no files here"));
    let read_for = ReadFor { plans: &plans, elsewhere: &[], files: &files, follows_rollout: true };
    Fixture::read(document, &read_for).unwrap_or_else(|found| panic!("{found:?}"))
}

/// The values that each analysis took, in the order of the plan.
fn taken(state: &RolloutState) -> Vec<String> {
    let runs = state.runs.iter().flatten();
    runs.map(|run| {
        let measurements = run.metrics.iter().flat_map(|metric| &metric.measurements);
        measurements.map(|it| it.value.as_str()).collect::<Vec<&str>>().join(" ")
    })
    .collect()
}

#[test]
fn each_measurement_takes_the_next_answer_whoever_asks() {
    let thrice = "{analysis: {templates: [{templateName: thrice}]}}";
    let plan = plan(&format!("[{thrice}, {thrice}]"), "interval: 2m");
    let answers = (1..=9).map(|value| format!("{{value: {value}}}")).collect::<Vec<_>>().join(", ");
    let fixture = fixture(&format!("[{{metric: up, answers: [{answers}]}}]"), &plan);
    let run = || walk(&plan, &fixture, Duration::ZERO).expect("an end");
    let state = run();
    // At 0s the one beside the steps asks first, at 2m the step is further on and asks first.
    assert_eq!(taken(&state), ["[2] [3] [4]", "[6] [7] [8]", "[1] [5] [9]"]);
    assert_eq!(run(), state, "the same again");
}

#[test]
fn a_walk_without_an_end_is_an_error_and_not_a_hang() {
    let plan = plan("[{pause: {duration: 2000000000}}]", "interval: 100ms");
    let fixture = fixture("[{metric: up, repeat: true, answers: [{value: 1}]}]", &plan);
    let ended = walk(&plan, &fixture, Duration::ZERO);
    assert!(matches!(ended, Err(RehearsalError::Endless { .. })));
}
