//! Statistical criteria: what they bind to, and what is refused, one row a rule.

use assay_promql::{SeriesBuilder, Settings, Value, instant, parse_series};
use expect_test::{Expect, expect};

use super::{only_metric, ours, plan_in};
use crate::plan::compare::Comparison;
use crate::plan::{Criterion, MetricPlan, Mode, Query};
use crate::shape::tables::compare::CRITERIA;

/// A metric with `criterion`, a map on one line, and more fields of the metric.
fn metric(criterion: &str, more: &str) -> String {
    let more: String = more.lines().map(|line| format!("    {line}\n")).collect();
    ours(&format!("  metrics:\n  - name: m\n    {criterion}\n{more}"))
}

fn comparison(metric: &MetricPlan) -> &Comparison {
    let Criterion::Comparison(comparison) = &metric.criterion else {
        panic!("{:?}", metric.criterion)
    };
    comparison
}

const ERRORS: &str = "errorRate: {errors: 'errors_total{app=\"shop\"}', requests: requests_total}";

#[test]
fn a_criterion_with_just_its_queries_is_a_good_one() {
    let plan = plan_in(Mode::Strict, &metric(ERRORS, ""), &[]);
    expect![[r#"
        Plan {
            name: "t",
            mode: Strict,
            metrics: [
                MetricPlan {
                    name: "m",
                    interval: Some(
                        30s,
                    ),
                    initial_delay: 0ns,
                    count: Some(
                        61,
                    ),
                    limits: Limits {
                        failure: Some(
                            0,
                        ),
                        consecutive_failure: None,
                        inconclusive: 0,
                        consecutive_error: 4,
                        consecutive_success: None,
                    },
                    criterion: Comparison(
                        Comparison {
                            statistic: ErrorRate {
                                allowed: Ratio(
                                    1.1,
                                ),
                                effect: Ratio(
                                    1.5,
                                ),
                                rule_out: Ratio(
                                    2.0,
                                ),
                                requests_min: 100.0,
                                excess_min: 0.0005,
                            },
                            arms: Label {
                                label: "role",
                                canary: "canary",
                                baseline: "stable",
                            },
                            pods: [
                                "pod",
                                "instance",
                            ],
                            parts: [
                                Part {
                                    key: "errors",
                                    arm: None,
                                    query: "errors_total{app=\"shop\"}",
                                },
                                Part {
                                    key: "requests",
                                    arm: None,
                                    query: "requests_total",
                                },
                            ],
                            weight: 1.0,
                            interval: 30s,
                        },
                    ),
                    query: Prometheus(
                        PrometheusQuery {
                            address: None,
                            query: "label_replace((\nerrors_total{app=\"shop\"}\n), \"__assay_part__\", \"errors\", \"\", \"\") or label_replace((\nrequests_total\n), \"__assay_part__\", \"requests\", \"\", \"\")",
                            promql: Ok(
                                ***,
                            ),
                            timeout: 30s,
                            insecure: false,
                            headers: [],
                            range: None,
                            authentication: None,
                            tls: Tls {
                                ca_file: None,
                                cert_file: None,
                                key_file: None,
                            },
                        },
                    ),
                    dry_run: false,
                    retention: 10,
                    on_no_data: Hold,
                    on_error: Hold,
                    on_inconclusive: Hold,
                },
            ],
            sequential: Some(
                Sequential {
                    alpha: Alpha(
                        0.05,
                    ),
                    beta: Alpha(
                        0.05,
                    ),
                    boundary: Auto,
                    threshold: Table,
                    interval: 30s,
                    warmup: 60s,
                    looks_min: 2,
                    max_duration: 1800s,
                    runs: 1,
                    min_duration: 900s,
                    on_horizon: Pass,
                    history: 3600s,
                    traffic: StatedTraffic {
                        requests_per_second: None,
                        canary_weight: None,
                        errors: None,
                        slow: None,
                        events_per_second: None,
                    },
                },
            ),
            max_duration: None,
            terminate: false,
            warnings: [],
            secrets: 0 secrets,
        }
    "#]].assert_debug_eq(&plan);
}

#[track_caller]
fn statistic(criterion: &str, expected: &Expect) {
    let metric = only_metric(&metric(criterion, ""), &[]);
    let comparison = comparison(&metric);
    let parts: Vec<&str> = comparison.parts.iter().map(|part| part.key).collect();
    assert_eq!(parts, comparison.statistic.parts());
    expected.assert_eq(&format!("{:?} weight {}", comparison.statistic, comparison.weight));
}

#[test]
fn defaults() {
    statistic(
        "latency: {buckets: b}",
        &expect![
            "Latency { tail: Quantile(Share(0.95)), slower: Ratio(1.05), effect: Ratio(1.25), rule_out: Ratio(2.0), requests_min: 100.0 } weight 1"
        ],
    );
    statistic(
        "latency: {buckets: b, above: 0.3}",
        &expect![
            "Latency { tail: Above(0.3), slower: Ratio(1.05), effect: Ratio(1.25), rule_out: Ratio(2.0), requests_min: 100.0 } weight 1"
        ],
    );
    statistic(
        "counts: {counter: c, requests: r}",
        &expect![
            "Counts { direction: Both, exposure: Requests, allowed: Ratio(1.1), effect: Ratio(1.3), rule_out: Ratio(2.0), exposure_min: 100.0 } weight 1"
        ],
    );
    statistic(
        "counts: {counter: c, canaryWeight: 5%}",
        &expect![
            "Counts { direction: Both, exposure: Weight { canary: Share(0.05) }, allowed: Ratio(1.1), effect: Ratio(1.3), rule_out: Ratio(2.0), exposure_min: 0.0 } weight 1"
        ],
    );
    statistic(
        "gauge: {gauge: g}",
        &expect![
            "Gauge { scale: Ratio { allowed: Ratio(1.1), rule_out: Ratio(1.5) }, looks_min: 5 } weight 1"
        ],
    );
    statistic(
        "gauge: {gauge: g, maxDifference: 5}",
        &expect![
            "Gauge { scale: Difference { allowed: 5.0, rule_out: 25.0 }, looks_min: 5 } weight 1"
        ],
    );
    statistic(
        "limit: {errors: e, requests: r, atMost: 1%}",
        &expect![
            "Limit(Share { at_most: Share(0.01), effect: Ratio(1.5), requests_min: 100.0 }) weight 0.25"
        ],
    );
    statistic("limit: {gauge: g, atMost: 80}", &expect!["Limit(AtMost(80.0)) weight 0.25"]);
    statistic("limit: {gauge: g, atLeast: -3.5}", &expect!["Limit(AtLeast(-3.5)) weight 0.25"]);
    statistic(
        "trafficShare: {requests: r, canaryWeight: 5%}",
        &expect!["TrafficShare { expected: Share(0.05) } weight 0"],
    );
    statistic(
        "classic: {values: v}",
        &expect![
            "Classic { confidence: Confidence(0.98), tolerance: 0.25, direction: Increase } weight 0"
        ],
    );
}

#[test]
fn all_queries_are_put_into_one() {
    let check = |criterion: &str, expected: &Expect| {
        let metric = only_metric(&metric(criterion, ""), &[]);
        let Query::Prometheus(query) = &metric.query else { panic!("{:?}", metric.query) };
        query.promql.as_ref().unwrap();
        expected.assert_eq(query.query.reveal());
    };
    check(
        ERRORS,
        &expect![[r#"
        label_replace((
        errors_total{app="shop"}
        ), "__assay_part__", "errors", "", "") or label_replace((
        requests_total
        ), "__assay_part__", "requests", "", "")"#]],
    );
    check(
        "counts: {counter: {canary: 'a # new', baseline: b}, requests: {canary: c, baseline: d}}",
        &expect![[r#"
            label_replace((
            a # new
            ), "__assay_part__", "counter/canary", "", "") or label_replace((
            b
            ), "__assay_part__", "counter/baseline", "", "") or label_replace((
            c
            ), "__assay_part__", "requests/canary", "", "") or label_replace((
            d
            ), "__assay_part__", "requests/baseline", "", "")"#]],
    );
    check(
        "limit: {gauge: {canary: a}, atMost: 80}",
        &expect![[r#"
        label_replace((
        a
        ), "__assay_part__", "gauge/canary", "", "")"#]],
    );
}

#[test]
fn one_answer_holds_all_parts_with_their_labels() {
    let metric = only_metric(&metric(ERRORS, ""), &[]);
    let Query::Prometheus(query) = &metric.query else { panic!("{:?}", metric.query) };
    let mut series = SeriesBuilder::new();
    for text in [
        "errors_total{app=\"shop\",role=\"canary\",pod=\"a\"}",
        "errors_total{app=\"shop\",role=\"stable\",pod=\"b\"}",
        "requests_total{app=\"shop\",role=\"canary\",pod=\"a\"}",
        "other_total{app=\"shop\"}",
    ] {
        let labels = parse_series(text, &mut series).unwrap();
        series.push(&labels, 0, 7.0);
    }
    let promql = query.promql.as_ref().unwrap().reveal();
    let answer = instant(&series.finish(), promql, 0, &Settings::default()).unwrap();
    let Value::Vector { elements, .. } = answer.value else { panic!("{:?}", answer.value) };
    let mut shown: Vec<String> =
        elements.iter().map(|element| element.labels.to_string()).collect();
    shown.sort();
    expect![[r#"
        errors_total{__assay_part__="errors", app="shop", pod="a", role="canary"}
        errors_total{__assay_part__="errors", app="shop", pod="b", role="stable"}
        requests_total{__assay_part__="requests", app="shop", pod="a", role="canary"}"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn every_criterion_has_its_row_in_the_table() {
    for (criterion, text) in CRITERIA.into_iter().zip([
        ERRORS,
        "latency: {buckets: b}",
        "counts: {counter: c, requests: r}",
        "gauge: {gauge: g}",
        "limit: {gauge: g, atMost: 1}",
        "trafficShare: {requests: r, canaryWeight: 0.5}",
        "classic: {values: v}",
    ]) {
        let metric = only_metric(&metric(text, "interval: 1m"), &[]);
        assert_eq!(comparison(&metric).statistic.key(), criterion);
    }
}
