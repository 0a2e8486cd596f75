//! Statistical criteria that are refused, one row a rule.

use expect_test::{Expect, expect};

use super::{bind_in, checked, given, ours, page, read};
use crate::args::GivenArgs;
use crate::bind::{Options, bind};
use crate::document::read_all;
use crate::plan::Mode;
use crate::problem::{Problem, render};
use crate::yaml::Source;

/// What is said of `text` in strict mode: the end of each code, and the message.
fn said_in(mode: Mode, text: &str, args: &GivenArgs) -> String {
    let mut said = String::new();
    match bind_in(mode, text, args) {
        Ok(plan) => {
            for warning in plan.warnings {
                let code = warning.code.rsplit("::").next().unwrap();
                let message = warning.message.split(": ").next().unwrap();
                said.push_str(&format!("warning {code}: {message}\n"));
            }
        }
        Err(found) => {
            for found in found {
                let code = found.problem.code();
                let code = code.rsplit("::").next().unwrap();
                said.push_str(&format!("{code}: {}\n", found.problem));
            }
        }
    }
    said
}

/// One metric `m` with these fields, each on a line.
fn metric(fields: &str) -> String {
    let fields: String = fields.lines().map(|line| format!("    {line}\n")).collect();
    ours(&format!("  metrics:\n  - name: m\n{fields}"))
}

#[track_caller]
fn check(fields: &str, expected: &Expect) {
    expected.assert_eq(&said_in(Mode::Strict, &metric(fields), &GivenArgs::default()));
}

#[test]
fn what_does_not_go_with_a_criterion() {
    check(
        "errorRate: {errors: e, requests: r}\nlatency: {buckets: b}\ngauge: {gauge: g}",
        &expect![[r#"
            several_criteria: metric `m`: it has 3 criteria, and a metric has one
        "#]],
    );
    check(
        "errorRate: {errors: e, requests: r}\nsuccessCondition: result[0] > 1\nfailureCondition: 'false'\ncount: 5\nfailureLimit: 1\ninconclusiveLimit: 1\nconsecutiveSuccessLimit: 2\nconsecutiveFailureLimit: 2\nonNoData: judge\nwaiver: because",
        &expect![[r#"
            not_with_criterion: metric `m`: `successCondition` does not go with `errorRate`
            not_with_criterion: metric `m`: `failureCondition` does not go with `errorRate`
            not_with_criterion: metric `m`: `count` does not go with `errorRate`
            not_with_criterion: metric `m`: `failureLimit` does not go with `errorRate`
            not_with_criterion: metric `m`: `inconclusiveLimit` does not go with `errorRate`
            not_with_criterion: metric `m`: `consecutiveSuccessLimit` does not go with `errorRate`
            not_with_criterion: metric `m`: `consecutiveFailureLimit` does not go with `errorRate`
            not_with_criterion: metric `m`: `waiver` does not go with `errorRate`
            not_with_criterion: metric `m`: `onNoData: judge` does not go with `errorRate`
        "#]],
    );
    check(
        "errorRate: {errors: e, requests: r}\nprovider: {prometheus: {query: up, rangeQuery: {step: 1m}}}",
        &expect![[r#"
            not_with_criterion: metric `m`: `provider.prometheus.query` does not go with `errorRate`
            not_with_criterion: metric `m`: `provider.prometheus.rangeQuery` does not go with `errorRate`
        "#]],
    );
    check(
        "errorRate: {errors: e, requests: r}\nprovider: {scrape: {query: up, targets: ['http://a:80/metrics']}}",
        &expect![[r#"
            not_with_criterion: metric `m`: `provider.scrape.query` does not go with `errorRate`
        "#]],
    );
    check(
        "errorRate: {errors: e, requests: r}\nprovider: {web: {url: 'http://a/'}}",
        &expect![[r#"
            provider_without_series: metric `m`: `errorRate` compares series, and `web` has none
        "#]],
    );
    check(
        "errorRate: {errors: e, requests: r}\nprovider: {prometheus: {}, scrape: {targets: ['http://a:80/metrics']}}",
        &expect![[r#"
            multiple_providers: metric `m`: multiple providers specified
        "#]],
    );
    let text = metric("errorRate: {errors: e, requests: r}");
    expect![[r#"
        criterion_in_argo_mode: metric `m`: `errorRate` is judged in strict mode only
    "#]]
    .assert_eq(&said_in(Mode::Argo, &text, &GivenArgs::default()));
}

#[test]
fn what_stays_beside_a_criterion() {
    check(
        "errorRate: {errors: e, requests: r}\ninterval: 10s\ninitialDelay: 1m\nconsecutiveErrorLimit: 2\nonNoData: abort\nonError: abort\nonInconclusive: abort",
        &expect![[r#""#]],
    );
    check(
        "errorRate: {errors: e, requests: r}\nprovider: {scrape: {targets: ['http://a:80/metrics'], promql: '2'}}",
        &expect![[r#""#]],
    );
    check("errorRate: {errors: e, requests: r}\nprovider: {}", &expect![[r#""#]]);
}

#[test]
fn a_metric_without_a_criterion_needs_what_it_needed() {
    check(
        "successCondition: result[0] > 1",
        &expect![[r#"
        missing_field: `spec.metrics[0]` has no `provider`
    "#]],
    );
    check(
        "successCondition: result[0] > 1\nprovider: {prometheus: {}}",
        &expect![[r#"
        missing_field: `spec.metrics[0].provider.prometheus` has no `query`
    "#]],
    );
    check(
        "successCondition: result[0] > 1\nprovider: {scrape: {targets: ['http://a:80/metrics']}}",
        &expect![[r#"
            missing_field: `spec.metrics[0].provider.scrape` has no `query`
        "#]],
    );
}

#[test]
fn numbers() {
    check(
        "errorRate: {errors: e, requests: r, maxIncrease: -0.1, effect: 1, ruleOut: 0.5, minRequests: -1, minExcess: 1, weight: 0}",
        &expect![[r#"
            bad_setting: metric `m`: maxIncrease is -0.1, and has to be a share from 0 to 1, or up to `1000%`
            bad_setting: metric `m`: effect is 1, and has to be a ratio above 1
            bad_setting: metric `m`: ruleOut is 0.5, and has to be a ratio above 1
            bad_setting: metric `m`: minRequests is -1, and has to be 0 or more
            bad_setting: metric `m`: minExcess is 1, and has to be a share from 0 to less than 1
            bad_setting: metric `m`: weight is 0, and has to be above 0 and at most 1000
        "#]],
    );
    check(
        "errorRate: {errors: e, requests: r, maxIncrease: 10, effect: .inf, minExcess: 5, critical: true}",
        &expect![[r#"
            bad_setting: metric `m`: maxIncrease is 10, and has to be a share from 0 to 1, or up to `1000%`
            bad_setting: metric `m`: effect is .inf, and has to be a ratio above 1
            bad_setting: metric `m`: minExcess is 5, and has to be a share from 0 to less than 1
        "#]],
    );
    check(
        "errorRate: {errors: e, requests: r, maxIncrease: 150%}",
        &expect![[r#"
            bad_setting: metric `m`: ruleOut is 2 by default, and has to be above 2.5, which is 1 + maxIncrease
        "#]],
    );
    check(
        "latency: {buckets: b, quantile: 0.5, maxIncrease: 5%, ruleOut: 1.04}",
        &expect![[r#"
            bad_setting: metric `m`: quantile is 0.5, and has to be strictly between 0.5 and 1
            bad_setting: metric `m`: ruleOut is 1.04, and has to be above 1.05, which is 1 + maxIncrease
        "#]],
    );
    check(
        "latency: {buckets: b, quantile: 95, above: 0}",
        &expect![[r#"
        either_or: metric `m`: `quantile` and `above` exclude each other
        bad_setting: metric `m`: above is 0, and has to be above 0
        bad_setting: metric `m`: quantile is 95, and has to be strictly between 0.5 and 1
    "#]],
    );
    check(
        "counts: {counter: c, canaryWeight: 5}",
        &expect![[r#"
        bad_setting: metric `m`: canaryWeight is 5, and has to be a share strictly between 0 and 1
    "#]],
    );
    check(
        "trafficShare: {requests: r, canaryWeight: 100%}",
        &expect![[r#"
        bad_setting: metric `m`: canaryWeight is 100%, and has to be a share strictly between 0 and 1
    "#]],
    );
    check(
        "gauge: {gauge: g, maxDifference: 5, ruleOutDifference: 5}",
        &expect![[r#"
        bad_setting: metric `m`: ruleOutDifference is 5, and has to be above 5, which is maxDifference
    "#]],
    );
    check(
        "gauge: {gauge: g, maxDifference: 0}",
        &expect![[r#"
            missing_part: metric `m`: `ruleOutDifference` is missing
        "#]],
    );
    check(
        "limit: {errors: e, requests: r, atMost: 90%}",
        &expect![[r#"
        bad_setting: metric `m`: atMost is 90%, and has to be a share strictly between 0 and 0.9
    "#]],
    );
    check(
        "limit: {errors: e, requests: r, atMost: 1}",
        &expect![[r#"
        bad_setting: metric `m`: atMost is 1, and has to be a share strictly between 0 and 0.9
    "#]],
    );
    check(
        "limit: {gauge: g, atMost: 5%}",
        &expect![[r#"
        bad_setting: metric `m`: atMost is 5%, and has to be a number
    "#]],
    );
    check(
        "classic: {values: v, confidence: 98, tolerance: -1}",
        &expect![[r#"
            bad_setting: metric `m`: confidence is 98, and has to be strictly between 0.5 and 1
            bad_setting: metric `m`: tolerance is -1, and has to be a share from 0 to 1, or up to `1000%`
        "#]],
    );
}

#[test]
fn fields_of_a_criterion_that_exclude_or_need_each_other() {
    check(
        "counts: {counter: c, requests: r, canaryWeight: 5%}",
        &expect![[r#"
        either_or: metric `m`: `requests` and `canaryWeight` exclude each other
    "#]],
    );
    check(
        "counts: {counter: c, canaryWeight: 5%, minRequests: 5}",
        &expect![[r#"
        not_with_criterion: metric `m`: `minRequests` does not go with `canaryWeight`
    "#]],
    );
    check(
        "counts: {counter: c}",
        &expect![[r#"
        missing_part: metric `m`: what it is counted over is missing
    "#]],
    );
    check(
        "gauge: {gauge: g, maxIncrease: 5%, maxDifference: 5}",
        &expect![[r#"
        either_or: metric `m`: `maxIncrease` and `maxDifference` exclude each other
    "#]],
    );
    check(
        "gauge: {gauge: g, maxDifference: 5, ruleOut: 2}",
        &expect![[r#"
        either_or: metric `m`: `maxDifference` and `ruleOut` exclude each other
    "#]],
    );
    check(
        "gauge: {gauge: g, ruleOutDifference: 5}",
        &expect![[r#"
        missing_part: metric `m`: `maxDifference` is missing
    "#]],
    );
    check(
        "limit: {errors: e, requests: r}",
        &expect![[r#"
        missing_part: metric `m`: the limit is missing
    "#]],
    );
    check(
        "limit: {errors: e, atMost: 1%}",
        &expect![[r#"
        missing_part: metric `m`: the query `requests` is missing
    "#]],
    );
    check(
        "limit: {atLeast: 1}",
        &expect![[r#"
        missing_part: metric `m`: what is limited is missing
    "#]],
    );
    check(
        "limit: {gauge: g}",
        &expect![[r#"
        missing_part: metric `m`: the limit is missing
    "#]],
    );
    check(
        "limit: {gauge: g, atMost: 1, atLeast: 0}",
        &expect![[r#"
        either_or: metric `m`: `atMost` and `atLeast` exclude each other
    "#]],
    );
    check(
        "limit: {gauge: g, errors: e, requests: r, atMost: 1%}",
        &expect![[r#"
        either_or: metric `m`: `gauge` and `errors` exclude each other
    "#]],
    );
    check(
        "limit: {gauge: g, atMost: 1, effect: 2, minRequests: 5}",
        &expect![[r#"
        not_with_criterion: metric `m`: `effect` does not go with `gauge`
        not_with_criterion: metric `m`: `minRequests` does not go with `gauge`
    "#]],
    );
    check(
        "limit: {errors: e, requests: r, atLeast: 1, atMost: 1%}",
        &expect![[r#"
        either_or: metric `m`: `atMost` and `atLeast` exclude each other
        not_with_criterion: metric `m`: `atLeast` does not go with `errors`
    "#]],
    );
}

#[test]
fn arms_and_pods() {
    check(
        "errorRate: {errors: {canary: a, baseline: b}, requests: r, arms: {label: x}}",
        &expect![[r#"
            either_or: metric `m`: `arms` and `errors` exclude each other
            mixed_arms: metric `m`: `requests` is one query for both versions, and another one is not
        "#]],
    );
    check(
        "errorRate: {errors: {canary: a}, requests: {canary: c}}",
        &expect![[r#"
        missing_part: metric `m`: the query `errors` of the baseline is missing
        missing_part: metric `m`: the query `requests` of the baseline is missing
    "#]],
    );
    check(
        "errorRate: {errors: e, requests: r, arms: {label: 'my-role', canary: a, baseline: ''}, pods: ['1x']}",
        &expect![[r#"
            bad_setting: metric `m`: arms.label is my-role, and has to be the name of a label
            bad_setting: metric `m`: arms.baseline is empty, and has to be a value of the label
            bad_setting: metric `m`: pods is 1x, and has to be the name of a label
        "#]],
    );
    check(
        "errorRate: {errors: e, requests: r, arms: {baseline: canary}, pods: []}",
        &expect![[r#"
            bad_setting: metric `m`: arms.baseline is canary, and has to be another value than `arms.canary`
            bad_setting: metric `m`: pods is empty, and has to be a list of labels
        "#]],
    );
}

#[test]
fn queries() {
    check(
        "errorRate: {errors: 'rate(e[1m])', requests: 'sum by (role, pod) (increase(r[1m]))'}",
        &expect![[r#"
            rate_of_counter: metric `m`: `errors` is made with `rate(…)`, and has to be the counter itself
            rate_of_counter: metric `m`: `requests` is made with `increase(…)`, and has to be the counter itself
        "#]],
    );
    check(
        "latency: {buckets: 'sum by (role, pod) (b)'}",
        &expect![[r#"
        label_aggregated_away: metric `m`: `buckets` aggregates the label `le` away, which is the bound of a bucket
    "#]],
    );
    check(
        "errorRate: {errors: 'e[5m]', requests: '1'}",
        &expect![[r#"
        not_a_vector: metric `m`: `errors` gives a range vector, and has to give an instant vector
        not_a_vector: metric `m`: `requests` gives a scalar, and has to give an instant vector
    "#]],
    );
    check(
        "errorRate: {errors: 'sum(e)', requests: r}",
        &expect![[r#"
        label_aggregated_away: metric `m`: `errors` aggregates the label `role` away, which tells the versions apart
    "#]],
    );
    check(
        "errorRate: {errors: 'sum by (role) (e)', requests: r}",
        &expect![[r#"
        warning pods_merged: `errors` of metric `m` puts the pods together
    "#]],
    );
    check(
        "errorRate: {errors: {canary: 'sum(e)', baseline: f}, requests: {canary: r, baseline: 's or vector(0)'}}",
        &expect![[r#"
            warning pods_merged: `errors` of metric `m` puts the pods together
            warning missing_becomes_number: the query of metric `m` turns missing data into a number with `or vector(0)`
        "#]],
    );
    check(
        "errorRate: {errors: 'e{', requests: 'r}', pods: [host]}",
        &expect![[r#"
        warning bad_query: the query of metric `m` is not PromQL
        warning bad_query: the query of metric `m` is not PromQL
    "#]],
    );
    check(
        "errorRate: {errors: 'e{', requests: r}\nprovider: {scrape: {targets: ['http://a:80/metrics']}}",
        &expect![[r#"
            unusable_query: metric `m`: the query cannot be evaluated: expected the name of a label or `}`, found the end of the query
        "#]],
    );
    check(
        "errorRate: {errors: ' ', requests: r}",
        &expect![[r#"
        missing_part: metric `m`: the query `errors` is missing
    "#]],
    );
    check("gauge: {gauge: 'rate(cpu[1m])'}", &expect![[r#""#]]);
    check("classic: {values: 'sum by (role) (rate(e[1m]))'}", &expect![[r#""#]]);
}

/// One metric with a criterion under `compare` and more fields of `spec`, one on a line.
#[track_caller]
fn shared(fields: &str, expected: &Expect) {
    let fields: String = fields.lines().map(|line| format!("  {line}\n")).collect();
    let metric = "  metrics:\n  - name: m\n    errorRate: {errors: e, requests: r}\n";
    let text = ours(&format!("{fields}{metric}"));
    expected.assert_eq(&said_in(Mode::Strict, &text, &GivenArgs::default()));
}

#[test]
fn what_criteria_share() {
    shared("compare: {}", &expect![[r#""#]]);
    shared(
        "compare: {alpha: 5, beta: 0, boundary: never, minLooks: 1, onHorizon: maybe}",
        &expect![[r#"
            unknown_value: `spec.compare.boundary` cannot be `never`
            number_out_of_range: `spec.compare.minLooks` is 1, and has to be from 2 to 2147483647
            unknown_value: `spec.compare.onHorizon` cannot be `maybe`
        "#]],
    );
    shared(
        "compare: {alpha: 5, beta: 100%}",
        &expect![[r#"
        bad_setting: compare: alpha is 5, and has to be a share strictly between 0 and 1
        bad_setting: compare: beta is 100%, and has to be a share strictly between 0 and 1
    "#]],
    );
    shared(
        "compare: {alpha: 0, beta: -.inf}",
        &expect![[r#"
        bad_setting: compare: alpha is 0, and has to be a share strictly between 0 and 1
        bad_setting: compare: beta is -.inf, and has to be a share strictly between 0 and 1
    "#]],
    );
    shared(
        "compare: {interval: 50ms, warmup: -1s, maxDuration: 0s, history: -1h}",
        &expect![[r#"
            duration_too_short: compare: interval is 50ms, and the shortest is 100ms
            duration_too_short: compare: warmup is -1s, and the shortest is 0s
            duration_too_short: compare: maxDuration is 0s, and the shortest is 100ms
            duration_too_short: compare: history is -1h0m0s, and the shortest is 0s
        "#]],
    );
    shared(
        "compare: {minDuration: 40m, history: 200h}",
        &expect![[r#"
        bad_setting: compare: minDuration is 40m0s, and has to be at most `maxDuration`, 30m0s
        bad_setting: compare: history is 200h0m0s, and has to be at most 168h0m0s
    "#]],
    );
    shared(
        "compare: {maxDuration: 90s}",
        &expect![[r#"
        too_few_looks: metric `m`: `compare.maxDuration` is 1m30s, and the 2 looks that are needed end after 2m0s
    "#]],
    );
    shared("compare: {maxDuration: 2m}", &expect![[r#""#]]);
    shared(
        "compare: {maxDuration: 2m, minLooks: 3}",
        &expect![[r#"
        too_few_looks: metric `m`: `compare.maxDuration` is 2m0s, and the 3 looks that are needed end after 2m30s
    "#]],
    );
    shared(
        "compare: {maxDuration: 2m, interval: 45s}",
        &expect![[r#"
        too_few_looks: metric `m`: `compare.maxDuration` is 2m0s, and the 2 looks that are needed end after 3m0s
    "#]],
    );
    shared(
        "compare: {maxDuration: 30m, interval: 100ms}",
        &expect![[r#"
        number_too_large: metric `m`: the number of looks is 18000, and the largest is 10000
    "#]],
    );
    shared(
        "maxDuration: 10m\ncompare: {maxDuration: 30m}",
        &expect![[r#"
        past_max_duration: compare: the last look comes after 30m0s, and the run ends after `maxDuration`, 10m0s
    "#]],
    );
    shared("maxDuration: 10m\ncompare: {}", &expect![[r#""#]]);
    shared(
        "maxDuration: 1m",
        &expect![[r#"
        too_few_looks: metric `m`: `compare.maxDuration` is 1m0s, and the 2 looks that are needed end after 2m0s
    "#]],
    );
}

#[test]
fn what_criteria_share_without_one() {
    let text = ours(
        "  compare: {alpha: 5%}\n  metrics:\n  - name: m\n    successCondition: result[0] > 0\n    provider: {prometheus: {query: up}}\n",
    );
    expect![[r#"
        warning compare_without_criterion: `compare` has no effect
    "#]]
    .assert_eq(&said_in(Mode::Strict, &text, &GivenArgs::default()));
}

#[test]
fn templates_that_go_together() {
    let template = |name: &str, compare: &str| {
        format!(
            "apiVersion: assay.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: {name}}}\nspec:\n{compare}  metrics:\n  - name: {name}\n    errorRate: {{errors: e, requests: r}}\n---\n"
        )
    };
    let check = |one: &str, other: &str, expected: &Expect| {
        let (sources, documents) = read(&format!("{}{}", template("a", one), template("b", other)));
        let roots = [String::from("a"), String::from("b")];
        let given = GivenArgs::default();
        expected.assert_eq(&match bind(&sources, &documents, &roots, &given, Options::default()) {
            Ok(plan) => plan.sequential.unwrap().alpha.share().to_string(),
            Err(found) => found.iter().map(|found| found.problem.code()).collect(),
        });
    };
    let one_percent = "  compare: {alpha: 1%}\n";
    check("", "", &expect!["0.05"]);
    check(one_percent, "", &expect!["0.01"]);
    check("", one_percent, &expect!["0.01"]);
    check(one_percent, "  compare: {alpha: 0.01, interval: 30s}\n", &expect!["0.01"]);
    check(
        one_percent,
        "  compare: {alpha: 0.05}\n",
        &expect!["assay::template::different_compare"],
    );
}

#[test]
fn settings_may_be_arguments() {
    let text = ours(
        "  args: [{name: alpha}, {name: most}, {name: label, value: role}, {name: look}]\n  compare: {alpha: '{{args.alpha}}', interval: '{{args.look}}'}\n  metrics:\n  - name: m\n    limit: {errors: 'e{a=\"{{args.label}}\"}', requests: r, atMost: '{{args.most}}', arms: {label: '{{args.label}}'}, pods: ['{{args.label}}']}\n",
    );
    assert_eq!(checked(&text), Vec::<String>::new());
    let check = |args: &[(&str, &str)], expected: &Expect| {
        expected.assert_eq(&said_in(Mode::Strict, &text, &given(args)));
    };
    check(&[("alpha", "5%"), ("most", "0.01"), ("look", "1m")], &expect![[r#""#]]);
    check(
        &[("alpha", "5"), ("most", "few"), ("look", "1"), ("label", "a b")],
        &expect![[r#"
        bad_setting: compare: alpha is 5, and has to be a share strictly between 0 and 1
        invalid_duration: compare: interval is no duration: time: missing unit in duration "1"
        bad_setting: metric `m`: atMost is few, and has to be a share strictly between 0 and 0.9
        bad_setting: metric `m`: arms.label is a b, and has to be the name of a label
        bad_setting: metric `m`: pods is a b, and has to be the name of a label
    "#]],
    );
}

#[test]
fn secrets_are_masked_in_queries_and_refused_in_settings() {
    let text = ours(
        "  args: [{name: key, secret: true, value: hush-hush}]\n  metrics:\n  - name: m\n    errorRate: {errors: 'e{key=\"{{args.key}}\"}', requests: r}\n",
    );
    let plan = bind_in(Mode::Strict, &text, &GivenArgs::default()).unwrap();
    assert!(!format!("{plan:?}").contains("hush-hush"));
    let shown = plan.metrics[0].query.shown();
    assert!(shown.contains("e{key=\"***\"}"), "{shown}");
    let text = ours(
        "  args: [{name: key, secret: true, value: hush-hush}]\n  compare: {alpha: '{{args.key}}'}\n  metrics:\n  - name: m\n    gauge: {gauge: g, weight: '{{args.key}}', pods: ['{{args.key}}'], arms: {label: '{{args.key}}'}}\n",
    );
    let said = said_in(Mode::Strict, &text, &GivenArgs::default());
    assert!(!said.contains("hush-hush"), "{said}");
    expect![[r#"
        secret_in_the_open: a setting is made with the secret argument `key`
        secret_in_the_open: a setting is made with the secret argument `key`
        secret_in_the_open: a setting is made with the secret argument `key`
        secret_in_the_open: a label is made with the secret argument `key`
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_problem_points_into_the_query_it_is_about() {
    let text = metric(
        "errorRate:\n  errors: |\n    sum(\n      errors_total\n    )\n  requests: requests_total{code=}\n  effect: 50\n  maxIncrease: 5\n",
    );
    expect![[r#"
        assay::template::bad_setting

          × metric `m`: maxIncrease is 5, and has to be a share from 0 to 1, or up to `1000%`
            ╭─[t.yaml:15:20]
         14 │       effect: 50
         15 │       maxIncrease: 5
            ·                    ┬
            ·                    ╰── not possible
            ╰────
          help: write `0.05` or `5%`

        assay::template::label_aggregated_away

          × metric `m`: `errors` aggregates the label `role` away, which tells the versions apart
            ╭─[t.yaml:10:9]
          9 │       errors: |
         10 │         sum(
            ·         ──┬─
            ·           ╰── no `role` in the answer
         11 │           errors_total
            ╰────
          help: keep it, as in `sum by (role, pod) (…)`, or do not aggregate at all

        assay::template::bad_query

          ⚠ the query of metric `m` is not PromQL: expected a text in quotes, found `}`
            ╭─[t.yaml:13:37]
         12 │         )
         13 │       requests: requests_total{code=}
            ·                                     ┬
            ·                                     ╰── here
         14 │       effect: 50
            ╰────
          help: try it with `assay query`; a source that knows more than Prometheus may still answer

    "#]]
    .assert_eq(&page(&text, &GivenArgs::default()));
}

#[test]
fn every_code_on_one_page() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/bad");
    let text = std::fs::read_to_string(format!("{folder}/criteria.bad.yaml")).unwrap();
    let sources = [Source { name: String::from("criteria.bad.yaml"), text }];
    let documents = read_all(&sources);
    let found = super::check(&sources, &documents, Options::default());
    let problems: Vec<Problem> = found.into_iter().map(|found| found.problem).collect();
    let shown = render(&sources[0], &problems);
    expect_test::expect_file![format!("{folder}/criteria.bad.txt")].assert_eq(&shown);
}

#[test]
fn the_traffic_that_is_stated() {
    shared(
        "compare: {traffic: {requestsPerSecond: 0, canaryWeight: 5, errors: 100%, slow: x, eventsPerSecond: -1}}",
        &expect![[r#"
            wrong_type: `spec.compare.traffic.slow` has to be a number, or one in percent such as `5%`, and this is the text `x`
        "#]],
    );
    shared(
        "compare: {traffic: {requestsPerSecond: 0, canaryWeight: 5, errors: 100%, eventsPerSecond: -1}}",
        &expect![[r#"
            bad_setting: compare: requestsPerSecond is 0, and has to be above 0 and at most a thousand millions
            bad_setting: compare: canaryWeight is 5, and has to be a share strictly between 0 and 1
            bad_setting: compare: errors is 100%, and has to be a share strictly between 0 and 1
            bad_setting: compare: eventsPerSecond is -1, and has to be above 0 and at most a thousand millions
        "#]],
    );
    // What is not stated is not guessed.
    shared("compare: {traffic: {requestsPerSecond: 1, canaryWeight: 5%}}", &expect![[r#""#]]);
    let stated = "requestsPerSecond: 50, canaryWeight: 5%, errors: 0.5%";
    shared(
        &format!("compare: {{traffic: {{{stated}}}}}"),
        &expect![[r#"
        warning step_too_short: metric `m` cannot find its `effect` in time
    "#]],
    );
    shared(&format!("compare: {{maxDuration: 3h, traffic: {{{stated}}}}}"), &expect![[r#""#]]);
}

#[test]
fn steps_that_are_too_short() {
    let too_short = |metrics: &str, expected: &Expect| {
        let traffic = "requestsPerSecond: 50, canaryWeight: 5%, errors: 0.5%, slow: 0.1%, eventsPerSecond: 0.1";
        let text = ours(&format!("  compare: {{traffic: {{{traffic}}}}}\n  metrics:\n{metrics}"));
        let plan = bind_in(Mode::Strict, &text, &GivenArgs::default()).unwrap();
        let messages = plan.warnings.iter().map(|warning| format!("{}\n", warning.message));
        expected.assert_eq(&messages.collect::<String>());
    };
    let errors = "  - name: m\n    errorRate: {errors: e, requests: r, effect: 2}\n";
    too_short(errors, &expect![[r#""#]]);
    // Another criterion takes its part of the level, and one without a say does not.
    let limit = "  - name: l\n    limit: {errors: e, requests: r, atMost: 5%}\n";
    too_short(
        &format!("{errors}{limit}"),
        &expect![[r#"
        metric `m` cannot find its `effect` in time: ×2 takes 40m0s in 4 of 5 rollouts at a canary weight of 5 %, and `maxDuration` is 30m0s: set `maxDuration: 40m0s`, give the canary 7 % of the traffic, or accept that only changes from ×2.13 on are found
    "#]],
    );
    let watched = "  - name: s\n    trafficShare: {requests: r, canaryWeight: 5%}\n";
    too_short(&format!("{errors}{watched}"), &expect![[r#""#]]);
    too_short(
        "  - name: m\n    latency: {buckets: b, above: 1}\n  - name: q\n    latency: {buckets: b}\n",
        &expect![[r#"
            metric `m` cannot find its `effect` in time: ×1.25 takes 58h26m0s in 4 of 5 rollouts at a canary weight of 5 %, and `maxDuration` is 30m0s: set `maxDuration: 58h26m0s`, or accept that only changes from ×3.74 on are found
            metric `q` cannot find its `effect` in time: ×1.25 takes 2h21m0s in 4 of 5 rollouts at a canary weight of 5 %, and `maxDuration` is 30m0s: set `maxDuration: 2h21m0s`, give the canary 31 % of the traffic, or accept that only changes from ×1.41 on are found
        "#]],
    );
    too_short(
        "  - name: m\n    counts: {counter: c, requests: r, direction: decrease}\n",
        &expect![[r#"
            metric `m` cannot find its `effect` in time: ×1.3 takes 35h33m0s in 4 of 5 rollouts at a canary weight of 5 %, and `maxDuration` is 30m0s: set `maxDuration: 35h33m0s`, or accept that only changes from ×7.54 on are found
        "#]],
    );
    too_short(
        "  - name: m\n    errorRate: {errors: e, requests: r, minExcess: 2%}\n",
        &expect![[r#"
            metric `m` cannot find its `effect` in time: ×1.5 is never found in 4 of 5 rollouts at a canary weight of 5 %, and `maxDuration` is 30m0s: accept that only changes from ×5 on are found
        "#]],
    );
    too_short("  - name: m\n    gauge: {gauge: g}\n", &expect![[r#""#]]);
}

#[test]
fn a_check_knows_what_arguments_leave_open() {
    let traffic = "requestsPerSecond: 50, canaryWeight: 5%, errors: 0.5%";
    let text = ours(&format!(
        "  args: [{{name: app}}]\n  compare: {{traffic: {{{traffic}}}}}\n  metrics:\n  - name: m\n    errorRate: {{errors: 'e{{app=\"{{{{args.app}}}}\"}}', requests: r}}\n"
    ));
    assert_eq!(checked(&text), ["assay::template::step_too_short"]);
}
