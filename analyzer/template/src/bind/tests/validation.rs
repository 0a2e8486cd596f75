//! Group V: what Argo Rollouts checks before a run, in its words.

use super::{argo, bind_in, errors_in, metric, only_metric, ours};
use crate::args::GivenArgs;
use crate::plan::Mode;

/// In both modes the template is refused with exactly this, or taken when `expected` is empty.
#[track_caller]
fn check(text: &str, expected: &str) {
    for mode in [Mode::Strict, Mode::Argo] {
        let errors = errors_in(mode, text, &GivenArgs::default());
        let expected: Vec<&str> = expected.lines().collect();
        assert_eq!(errors, expected, "{mode:?}\n{text}");
    }
}

#[test]
fn v01_no_metrics() {
    check(&argo("  metrics: []\n"), "no metrics specified");
    check(&argo("  args: []\n"), "no metrics specified");
}

#[test]
fn v02_two_metrics_of_one_name() {
    let one = "  - name: success-rate\n    successCondition: result[0] > 1\n    provider:\n      prometheus: {query: up}\n";
    check(&argo(&format!("  metrics:\n{one}{one}")), "metrics[1]: duplicate name 'success-rate'");
}

#[test]
fn v03_count_below_the_failure_limit() {
    let message =
        "count (1) must be >= failureLimit + consecutiveSuccessLimit (2 + 0) if both >= 0";
    check(&metric("count: 1\nfailureLimit: 2"), &format!("metrics[0]: {message}"));
    let message =
        "count (5) must be >= failureLimit + consecutiveSuccessLimit (3 + 3) if both >= 0";
    let fields = "count: 5\ninterval: 1m\nfailureLimit: 3\nconsecutiveSuccessLimit: 3";
    check(&metric(fields), &format!("metrics[0]: {message}"));
}

#[test]
fn v04_count_zero_is_no_count() {
    check(&metric("count: 0\nfailureLimit: 2"), "");
}

#[test]
fn v05_as_many_failures_as_measurements() {
    check(&metric("count: 2\nfailureLimit: 2\ninterval: 60s"), "");
}

#[test]
fn v06_count_below_the_inconclusive_limit() {
    let message = "metrics[0]: count must be >= inconclusiveLimit";
    check(&metric("count: 1\ninconclusiveLimit: 2"), message);
}

#[test]
fn v07_count_below_the_success_limit() {
    let fields = "count: 3\ninterval: 1m\nfailureLimit: -1\nconsecutiveSuccessLimit: 4";
    check(&metric(fields), "metrics[0]: count must be >= consecutiveSuccessLimit");
}

#[test]
fn v08_several_measurements_need_an_interval() {
    check(&metric("count: 2"), "metrics[0]: interval must be specified when count > 1");
}

#[test]
fn v09_interval() {
    let reason = "time: unknown unit \"s-typo\" in duration \"60s-typo\"";
    check(
        &metric("interval: 60s-typo\ncount: 2"),
        &format!("metrics[0]: invalid interval string: {reason}"),
    );
}

#[test]
fn v10_initial_delay() {
    let reason = "time: unknown unit \"s-typo\" in duration \"60s-typo\"";
    check(
        &metric("initialDelay: 60s-typo"),
        &format!("metrics[0]: invalid startDelay string: {reason}"),
    );
}

#[test]
fn v11_failure_limit_below_minus_one() {
    check(
        &metric("failureLimit: -2\nconsecutiveSuccessLimit: 1"),
        "metrics[0]: failureLimit must be >= 0, or -1 to be disabled",
    );
}

#[test]
fn v12_nothing_to_end_the_metric() {
    check(
        &metric("failureLimit: -1\nconsecutiveSuccessLimit: 0"),
        "metrics[0]: failureLimit and consecutiveSuccessLimit cannot both be disabled",
    );
}

#[test]
fn v13_v14_v15_limits_below_zero() {
    for field in ["consecutiveSuccessLimit", "inconclusiveLimit", "consecutiveErrorLimit"] {
        check(&metric(&format!("{field}: -1")), &format!("metrics[0]: {field} must be >= 0"));
    }
}

#[test]
fn v16_no_provider() {
    let text =
        argo("  metrics:\n  - name: a\n    successCondition: result[0] > 1\n    provider: {}\n");
    check(&text, "metrics[0]: no provider specified");
}

#[test]
fn v17_two_providers() {
    let text = argo(
        "  metrics:\n  - name: a\n    successCondition: 'true'\n    provider:\n      prometheus: {query: up}\n      web: {url: http://a}\n",
    );
    check(&text, "metrics[0]: multiple providers specified");
    let text = argo(
        "  metrics:\n  - name: a\n    successCondition: 'true'\n    provider:\n      plugin: {one: {}, two: {}}\n",
    );
    check(&text, "metrics[0]: multiple providers specified");
}

#[test]
fn v21_value_and_value_from() {
    let text = "  args:\n  - name: x\n    value: a\n    valueFrom: {secretKeyRef: {name: s, key: k}}\n  metrics:\n  - name: '{{args.x}}'\n    provider: {job: {spec: {}}}\n";
    let errors = errors_in(Mode::Strict, &argo(text), &GivenArgs::default());
    assert_eq!(errors[0], "arg 'x' has both Value and ValueFrom fields");
}

#[test]
fn every_problem_is_said_at_once() {
    check(
        &metric("count: 2\nfailureLimit: -2\ninconclusiveLimit: -1\ninitialDelay: '5'"),
        "metrics[0]: invalid startDelay string: time: missing unit in duration \"5\"
metrics[0]: failureLimit must be >= 0, or -1 to be disabled
metrics[0]: inconclusiveLimit must be >= 0
metrics[0]: interval must be specified when count > 1",
    );
}

#[test]
fn the_effective_count() {
    let rows = [
        ("", Some(1)),
        ("count: 0", Some(1)),
        ("count: 1", Some(1)),
        ("count: 7\ninterval: 1m", Some(7)),
        ("interval: 1m", None),
        ("interval: 1m\ncount: 0", None),
        ("count: \"3\"\ninterval: 1m", Some(3)),
    ];
    for (fields, count) in rows {
        assert_eq!(only_metric(&metric(fields), &[]).count, count, "{fields}");
    }
}

#[test]
fn failures_in_a_row_take_the_place_of_failures_in_all() {
    let text = |fields: &str| metric(fields).replace("argoproj.io", "assay.dev");
    let limits =
        only_metric(&text("consecutiveFailureLimit: 2\ninterval: 1m\ncount: 9"), &[]).limits;
    assert_eq!((limits.failure, limits.consecutive_failure), (None, Some(2)));
    let fields = "consecutiveFailureLimit: 2\nfailureLimit: 4\ninterval: 1m\ncount: 9";
    let limits = only_metric(&text(fields), &[]).limits;
    assert_eq!((limits.failure, limits.consecutive_failure), (Some(4), Some(2)));
    let fields = "consecutiveFailureLimit: 2\nfailureLimit: -1\ninterval: 1m\ncount: 9";
    assert_eq!(only_metric(&text(fields), &[]).limits.failure, None);
}

#[test]
fn a_plan_of_ours() {
    let text = ours(
        "  maxDuration: 30m\n  onError: abort\n  metrics:\n  - name: alive\n    interval: 10s\n    count: 6\n    onNoData: judge\n    waiver: nothing to lose\n    onInconclusive: abort\n    provider:\n      health: {targets: ['http://a:80/healthz', {name: b, url: 'https://b/'}], probes: 3}\n",
    );
    let plan = bind_in(Mode::Strict, &text, &GivenArgs::default()).unwrap();
    expect_test::expect![[r#"
        Plan {
            name: "t",
            mode: Strict,
            metrics: [
                MetricPlan {
                    name: "alive",
                    interval: Some(
                        10s,
                    ),
                    initial_delay: 0ns,
                    count: Some(
                        6,
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
                    criterion: Conditions {
                        success: Some(
                            Condition(
                                "result.successRatio == 1",
                            ),
                        ),
                        failure: None,
                    },
                    query: Health(
                        HealthQuery {
                            targets: [
                                HealthTarget {
                                    name: "a:80",
                                    url: "http://a:80/healthz",
                                },
                                HealthTarget {
                                    name: "b",
                                    url: "https://b/",
                                },
                            ],
                            method: Get,
                            headers: [],
                            expect: HealthExpectation {
                                statuses: [
                                    200..=299,
                                ],
                                body: None,
                                body_contains: None,
                                json: None,
                                latency_max: None,
                            },
                            probes: 3,
                            timeout: 5s,
                            insecure: false,
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
                    on_no_data: Judge {
                        waiver: "nothing to lose",
                    },
                    on_error: Abort,
                    on_inconclusive: Abort,
                },
            ],
            sequential: None,
            max_duration: Some(
                1800s,
            ),
            terminate: false,
            warnings: [],
            secrets: 0 secrets,
        }
    "#]]
    .assert_debug_eq(&plan);
}
