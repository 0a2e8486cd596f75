//! The known traps, as far as a template shows them: warned of in argo mode, and in strict mode only
//! where a run does not close them itself.

use super::{argo, bind_in, metric, plan_in};
use crate::args::GivenArgs;
use crate::plan::Mode;

/// The traps that a template is warned of, as `T1 code`, in argo mode and then in strict mode.
#[track_caller]
fn check(text: &str, argo: &[&str], strict: &[&str]) {
    for (mode, expected) in [(Mode::Argo, argo), (Mode::Strict, strict)] {
        let plan = plan_in(mode, text, &[]);
        let shown: Vec<String> = plan
            .warnings
            .iter()
            .filter(|warning| warning.code.starts_with("assay::trap"))
            .map(|warning| {
                let trap = warning.trap.map_or(String::from("-"), |trap| format!("T{trap}"));
                format!("{trap} {}", warning.code.trim_start_matches("assay::trap::"))
            })
            .collect();
        assert_eq!(shown, expected, "{mode:?}\n{text}");
    }
}

/// A metric of Prometheus with these conditions.
fn judged(success: &str, failure: &str) -> String {
    let conditions = [("successCondition", success), ("failureCondition", failure)];
    let lines: String = conditions
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| format!("    {key}: \"{text}\"\n"))
        .collect();
    argo(&format!("  metrics:\n  - name: m\n{lines}    provider: {{prometheus: {{query: up}}}}\n"))
}

#[test]
fn t01_nan_passes_a_failure_condition() {
    let text = judged("", "len(result) > 0 && any(result, # > 0.05)");
    check(&text, &["T1 nan_passes"], &[]);
    check(&judged("", "any(result, isNaN(#) || # > 0.05)"), &[], &[]);
    check(
        &judged("", "result > 0.05"),
        &["- not_for_vectors", "T1 nan_passes"],
        &["- not_for_vectors"],
    );
    // With both conditions NaN is inconclusive.
    let both = judged("all(result, # < 0.05)", "any(result, # > 0.1)");
    check(&both, &[], &[]);
}

#[test]
fn t02_infinity_passes_a_success_condition() {
    check(&judged("all(result, # >= 0.95)", ""), &["T2 infinity_passes"], &[]);
    check(&judged("all(result, 0.95 <= # && # <= 1)", ""), &[], &[]);
    let bounded = judged("all(result, # >= 0.95)", "any(result, isInf(#))");
    check(&bounded, &[], &[]);
}

#[test]
fn t08_every_failure_is_allowed() {
    let text = judged("all(result, # <= 1)", "").replace(
        "  - name: m\n",
        "  - name: m\n    count: 2\n    failureLimit: 2\n    interval: 1m\n",
    );
    // A strict run asks for at least one success, but that is still hardly what was meant.
    check(&text, &["T8 always_passes"], &["T8 always_passes"]);
}

#[test]
fn t10_t15_fixed_places() {
    let text = judged("result[0] <= 1", "");
    check(&text, &["T10 empty_is_error", "T15 only_fixed_places"], &[]);
    check(&judged("len(result) > 0 && result[0] <= 1", ""), &[], &[]);
    check(&judged("len(result) == 1 && result[0] <= 1", ""), &[], &[]);
}

#[test]
fn t11_t16_scores() {
    let text = |fields: &str| {
        argo(&format!(
            "  metrics:\n  - name: m\n{fields}    provider:\n      kayenta: {{address: 'https://k', application: a, canaryConfigName: c, metricsAccountName: m, configurationAccountName: c, storageAccountName: s, threshold: {{pass: 80, marginal: 60}}, scopes: []}}\n"
        ))
    };
    check(&text(""), &["T11 score_hides_gaps"], &["T11 score_hides_gaps"]);
    let both = ["T11 score_hides_gaps", "T16 repeated_judgement"];
    check(&text("    interval: 10m\n    count: 5\n"), &both, &both);
    check(&text("    interval: 10m\n    count: 1\n"), &both[..1], &both[..1]);
}

#[test]
fn t12_missing_data_becomes_a_number() {
    let with = |query: &str| {
        judged("all(result, # <= 1)", "").replace("query: up", &format!("query: '{query}'"))
    };
    let trap = ["T12 missing_becomes_number"];
    check(&with("sum(rate(a[5m])) or vector(0)"), &trap, &trap);
    check(&with("sum(rate(a[5m])) or on() vector(0)"), &trap, &trap);
    check(&with("sum(rate(a[5m]))"), &[], &[]);
}

#[test]
fn conditions_that_say_nothing() {
    let constant = ["- constant_condition"];
    check(&judged("true", ""), &constant, &constant);
    check(&judged("1 + 1 == 2", ""), &constant, &constant);
    check(&judged("", "false"), &constant, &constant);
    let vector = ["- not_for_vectors", "T2 infinity_passes"];
    check(&judged("result >= 0.95", ""), &vector, &vector[..1]);
}

#[test]
fn what_does_not_end_by_itself() {
    let codes = |fields: &str| {
        let plan = plan_in(Mode::Strict, &metric(fields), &[]);
        plan.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("interval: 1m"), ["assay::template::runs_until_terminated"]);
    assert_eq!(codes("interval: 1m\nconsecutiveSuccessLimit: 3"), [""; 0]);
    assert_eq!(codes("interval: 1m\ncount: 3"), [""; 0]);
}

#[test]
fn a_warning_says_what_to_do() {
    let text = judged("", "result[0] > 0.05");
    let plan = bind_in(Mode::Argo, &text, &GivenArgs::default()).unwrap();
    let messages: Vec<String> =
        plan.warnings.iter().map(|warning| warning.message.clone()).collect();
    expect_test::expect![[r#"
        metric `m` takes an element of the answer without asking whether there is one: write `len(result) > 0 && …`: a query that matches nothing is an error otherwise
        metric `m` reads only fixed places of the answer, so further series are left out: aggregate in the query, for example with `sum(…)`, or judge all of them with `all(result, …)`
        metric `m` has only a failureCondition, so a NaN passes: add a successCondition, or `|| isNaN(result[0])` to the failureCondition
    "#]].assert_eq(&(messages.join("\n") + "\n"));
}
