//! Bad inputs, one named test each: durations (19 to 22), templates (23 to 33) and addresses (57 to 60).

use proptest::prelude::*;
use proptest::sample::select;

use super::{argo, bind_in, checked, errors_in, given, metric, only_metric, ours, plan_in};
use crate::args::GivenArgs;
use crate::plan::Mode;

/// The codes of what is wrong with `text` in strict mode; none if it binds.
fn codes(text: &str) -> Vec<String> {
    codes_with(text, &GivenArgs::default())
}

fn codes_with(text: &str, args: &GivenArgs) -> Vec<String> {
    match bind_in(Mode::Strict, text, args) {
        Ok(_) => Vec::new(),
        Err(found) => {
            let errors = found.iter().filter(|found| !found.problem.is_warning());
            errors.map(|found| found.problem.code().replace("assay::", "")).collect()
        }
    }
}

fn warnings(mode: Mode, text: &str) -> Vec<&'static str> {
    plan_in(mode, text, &[]).warnings.iter().map(|warning| warning.code).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(codes(text), expected, "{text}");
}

#[test]
fn b19_durations_that_are_none() {
    for (text, code) in [
        ("'0s'", "template::duration_too_short"),
        ("-5s", "template::duration_too_short"),
        ("1e9h", "template::invalid_interval"),
        ("'5'", "template::invalid_interval"),
        ("5 m", "template::invalid_interval"),
        ("٣s", "template::invalid_interval"),
        ("1d", "template::invalid_interval"),
        ("9999999h", "template::invalid_interval"),
    ] {
        check(&metric(&format!("interval: {text}\ncount: 2")), &[code]);
    }
    // Go adds the parts up, and so do we.
    let metric = only_metric(&metric("interval: 1h1h\ncount: 2"), &[]);
    assert_eq!(metric.interval, Some(std::time::Duration::from_secs(7200)));
}

#[test]
fn b20_an_interval_longer_than_the_run() {
    let text = |fields: &str| {
        metric(fields)
            .replace("argoproj.io", "assay.dev")
            .replace("  metrics:", "  maxDuration: 10m\n  metrics:")
    };
    check(&text("interval: 11m\ncount: 2"), &["template::past_max_duration"]);
    check(&text("interval: 11m"), &["template::past_max_duration"]);
    check(&text("interval: 2m\ncount: 6"), &["template::past_max_duration"]);
    check(&text("interval: 2m\ncount: 5"), &[]);
}

#[test]
fn b21_an_interval_of_a_nanosecond() {
    check(&metric("interval: 1ns\ncount: 2"), &["template::duration_too_short"]);
    let plan = plan_in(Mode::Argo, &metric("interval: 1ns\ncount: 2"), &[]);
    assert_eq!(plan.metrics[0].interval, Some(std::time::Duration::from_millis(100)));
    assert!(plan.warnings.iter().any(|w| w.code == "assay::template::value_adjusted"));
}

#[test]
fn b22_a_first_measurement_after_the_end() {
    let text = metric("initialDelay: 10m")
        .replace("argoproj.io", "assay.dev")
        .replace("  metrics:", "  maxDuration: 10m\n  metrics:");
    check(&text, &["template::past_max_duration"]);
    check(&metric("initialDelay: -1s"), &["template::duration_too_short"]);
}

fn many(number: usize) -> String {
    let metrics: String = (0..number)
        .map(|i| format!("  - {{name: m{i}, successCondition: 'result[0] > 0', provider: {{prometheus: {{query: up}}}}}}\n"))
        .collect();
    argo(&format!("  metrics:\n{metrics}"))
}

#[test]
fn b23_no_metric_and_ten_thousand() {
    check(&argo("  metrics: []\n"), &["template::no_metrics"]);
    check(&many(1_000), &[]);
    check(&many(1_001), &["template::too_many_metrics"]);
    // The text is too large to be read as YAML at all.
    assert_eq!(codes(&many(10_000)).len(), 1);
}

#[test]
fn b24_names_of_metrics() {
    let named = |name: &str| metric("").replace("success-rate", name);
    check(&named("\"a\\nb\""), &["template::invalid_metric_name"]);
    check(&named("\"\\e[31m\""), &["template::invalid_metric_name"]);
    check(&named("' '"), &["template::invalid_metric_name"]);
    check(&named(&"n".repeat(64 * 1024)), &["template::invalid_metric_name"]);
    // A name is never used as a path.
    check(&named("../../etc/passwd"), &[]);
    assert_eq!(
        warnings(Mode::Argo, &named(&"n".repeat(300)))[0],
        "assay::template::invalid_metric_name"
    );
    let one = "  - {name: a, successCondition: 'true', provider: {web: {url: 'http://a'}}}\n";
    check(&argo(&format!("  metrics:\n{one}{one}")), &["template::duplicate_metric"]);
}

#[test]
fn b25_providers() {
    let with = |provider: &str| {
        argo(&format!(
            "  metrics:\n  - name: a\n    successCondition: result[0] > 0\n    provider: {provider}\n"
        ))
    };
    check(&with("{}"), &["template::no_provider"]);
    check(&with("{prometheus: {query: up}, job: {spec: {}}}"), &["template::multiple_providers"]);
    check(&with("{promtheus: {query: up}}"), &["template::unknown_field"]);
    check(&with("{prometheus: {query: ' '}}"), &["template::missing_part"]);
    // One that is read but not asked is a warning: recorded answers can be judged.
    assert_eq!(
        warnings(Mode::Strict, &with("{datadog: {query: q}}")),
        ["assay::template::foreign_provider"]
    );
}

#[test]
fn b26_no_condition_at_all() {
    let text = metric("").replace("    successCondition: result[0] >= 0.95\n", "");
    check(&text, &["template::no_condition"]);
    assert_eq!(warnings(Mode::Argo, &text), ["assay::template::no_condition"]);
    let health = ours("  metrics:\n  - name: a\n    provider: {health: {targets: ['http://a']}}\n");
    check(&health, &[]);
}

#[test]
fn b27_count_without_interval() {
    check(&metric("count: 5"), &["template::count_without_interval"]);
}

// 28, references in a circle and deep ones, is in `nesting`.

#[test]
fn b29_missing_unused_empty_and_duplicate_arguments() {
    let text = |args: &str, query: &str| {
        metric("")
            .replace("{query: up}", &format!("{{query: '{query}'}}"))
            .replace("  metrics:", &format!("  args:\n{args}  metrics:"))
    };
    let x = "  - name: x\n";
    check(&text(x, "{{args.x}}"), &["args::not_supplied"]);
    let unused = text("  - {name: x, value: a}\n", "up");
    assert_eq!(warnings(Mode::Strict, &unused), ["assay::args::unused_argument"]);
    let empty = text("  - {name: x, value: ''}\n", "up{a=\"{{args.x}}\"}");
    check(&empty, &["args::empty_argument"]);
    assert_eq!(warnings(Mode::Argo, &empty)[0], "assay::args::empty_argument");
    assert_eq!(plan_in(Mode::Argo, &empty, &[]).warnings[0].trap, Some(9));
    let twice = text("  - {name: x, value: a}\n  - {name: x, value: ''}\n", "up{a=\"{{args.x}}\"}");
    check(&twice, &["args::duplicate_argument", "args::empty_argument"]);
    let warned = warnings(Mode::Argo, &twice);
    assert_eq!(warned[..2], ["assay::args::duplicate_argument", "assay::args::empty_argument"]);
}

#[test]
fn b30_an_argument_in_an_argument() {
    let text = metric("")
        .replace("{query: up}", "{query: '{{args.x}}'}")
        .replace("  metrics:", "  args: [{name: x}, {name: z, value: secret}]\n  metrics:");
    let metric = only_metric(&text, &[("x", "{{args.z}}")]);
    assert!(format!("{:?}", metric.query).contains("\"{{args.z}}\""));
}

#[test]
fn b31_an_argument_that_injects_a_query() {
    let text = metric("")
        .replace("{query: up}", "{query: 'up{a=\"{{args.x}}\"}'}")
        .replace("  metrics:", "  args: [{name: x}]\n  metrics:");
    let args = given(&[("x", "\"} or vector(1) #")]);
    assert_eq!(codes_with(&text, &args), ["args::escapes_string"]);
    let plan = bind_in(Mode::Argo, &text, &args).unwrap();
    assert!(plan.warnings.iter().any(|warning| warning.code == "assay::args::escapes_string"));
    for harmless in ["checkout", "it's", "a.*b", "}) or vector(1)"] {
        assert_eq!(codes_with(&text, &given(&[("x", harmless)])), [""; 0], "{harmless}");
    }
    let text = text.replace("result[0] >= 0.95", "\"result[0] > 0 && '{{args.x}}' != ''\"");
    assert_eq!(codes_with(&text, &given(&[("x", "' == '' || 'a")])), ["args::escapes_string"]);
}

#[test]
fn b32_a_dry_run_rule_that_matches_nothing() {
    let text = metric("").replace("  metrics:", "  dryRun: [{metricName: error-rate}]\n  metrics:");
    let message = "Analysis spec invalid: dryRun[0]: Rule didn't match any metric name(s)";
    assert_eq!(errors_in(Mode::Strict, &text, &GivenArgs::default()), [message]);
    assert_eq!(errors_in(Mode::Argo, &text, &GivenArgs::default()), [message]);
    assert_eq!(checked(&text), ["assay::template::rule_matches_nothing"]);
}

#[test]
fn b33_limits_that_always_pass() {
    let text = metric("count: 3\ninterval: 1m\nfailureLimit: 3");
    for mode in [Mode::Strict, Mode::Argo] {
        let plan = plan_in(mode, &text, &[]);
        let warning =
            plan.warnings.iter().find(|w| w.code == "assay::trap::always_passes").unwrap();
        assert_eq!((warning.trap, warning.metric.as_deref()), (Some(8), Some("success-rate")));
    }
}

fn at(address: &str) -> String {
    metric("").replace("{query: up}", &format!("{{query: up, address: '{address}'}}"))
}

#[test]
fn b57_b59_addresses() {
    for address in ["prometheus:9090", "//prometheus", "http://", "file:///etc/passwd", "9090"] {
        check(&at(address), &["template::invalid_address"]);
    }
    for address in ["gopher://a", "unix://a", "http://good@evil@a", "http://a:0", "http://a:65536"]
    {
        check(&at(address), &["template::invalid_url"]);
    }
    let userinfo = plan_in(Mode::Strict, &at("http://me:hunter2@a:9090/p"), &[]);
    assert!(!format!("{userinfo:?}").contains("hunter2"));
    assert!(format!("{userinfo:?}").contains("http://***@a:9090/p"));
}

#[test]
fn b60_headers() {
    let with = |name: &str, value: &str| {
        metric("").replace(
            "{query: up}",
            &format!("{{query: up, headers: [{{key: {name}, value: \"{value}\"}}]}}"),
        )
    };
    for name in ["Host", "host", "Content-Length", "Transfer-Encoding", "Connection"] {
        check(&with(name, "a"), &["template::invalid_header"]);
        assert_eq!(warnings(Mode::Argo, &with(name, "a"))[0], "assay::template::invalid_header");
    }
    check(&with("X-A", "a\\r\\nX-B: c"), &["template::invalid_header"]);
    check(&with("'X A'", "a"), &["template::invalid_header"]);
    check(&with("''", "a"), &["template::invalid_header"]);
    check(&with("X-Scope-OrgID", "team-a"), &[]);
}

/// Texts that mean something somewhere in a template.
const WORDS: [&str; 40] = [
    "5",
    "-1",
    "0",
    "99999999999999999999",
    "'5'",
    "1m",
    "-1m",
    "1e9h",
    "''",
    "~",
    "[]",
    "{}",
    "true",
    "NO",
    "'{{args.x}}'",
    "'{{args.y}}'",
    "'{{args.s}}'",
    "'{{'",
    "'}}'",
    "up",
    "result[0] > 1",
    "'result'",
    "http://a",
    "'http://{{args.x}}'",
    "a:1",
    "{key: a, value: b}",
    "[{key: Host, value: b}]",
    "{query: up}",
    "{url: http://a}",
    "{targets: [http://a]}",
    "{pass: 1, marginal: 2}",
    "POST",
    "judge",
    "'*'",
    "'.*'",
    "[a, {b: [c]}]",
    "'{$.a}'",
    "'{$.a['",
    "2xx",
    "\"a\\nb\"",
];

const FIELDS: [&str; 30] = [
    "name",
    "interval",
    "initialDelay",
    "count",
    "failureLimit",
    "inconclusiveLimit",
    "consecutiveErrorLimit",
    "consecutiveSuccessLimit",
    "consecutiveFailureLimit",
    "successCondition",
    "failureCondition",
    "onNoData",
    "onError",
    "onInconclusive",
    "waiver",
    "query",
    "address",
    "timeout",
    "url",
    "method",
    "body",
    "jsonBody",
    "jsonPath",
    "timeoutSeconds",
    "headers",
    "targets",
    "probes",
    "expect",
    "threshold",
    "insecure",
];

const PROVIDERS: [&str; 8] =
    ["prometheus", "web", "health", "kayenta", "job", "datadog", "plugin", "graphite"];

fn soup() -> impl Strategy<Value = String> {
    let field = (select(&FIELDS[..]), select(&WORDS[..]));
    let fields = proptest::collection::btree_map(select(&FIELDS[..]), select(&WORDS[..]), 0..6);
    (proptest::collection::vec(field, 0..5), select(&PROVIDERS[..]), fields, any::<bool>()).prop_map(
        |(metric, provider, fields, is_ours)| {
            let metric: std::collections::BTreeMap<_, _> = metric.into_iter().collect();
            let lines = |indent: &str, fields: &std::collections::BTreeMap<&str, &str>| -> String {
                fields.iter().map(|(key, value)| format!("{indent}{key}: {value}\n")).collect()
            };
            let name = if metric.contains_key("name") { "" } else { "    name: m\n" };
            let spec = format!(
                "  args: [{{name: x}}, {{name: s, valueFrom: {{secretKeyRef: {{name: s, key: k}}}}}}]\n  metrics:\n  - retention: 1\n{name}{}    provider:\n      {provider}:\n        a: b\n{}",
                lines("    ", &metric),
                lines("        ", &fields)
            );
            // The two lines that make room for the others are no fields.
            let spec = spec.replace("  - retention: 1\n    ", "  - ").replace("        a: b\n", "");
            if is_ours { ours(&spec) } else { argo(&spec) }
        },
    )
}

proptest! {
    #[test]
    fn nothing_panics_and_a_plan_means_that_nothing_is_wrong(text in soup(), x in ".{0,12}") {
        let mut args = given(&[("x", &x)]);
        args.set_secret("s", "k", "a-secret-value");
        for mode in [Mode::Strict, Mode::Argo] {
            match bind_in(mode, &text, &args) {
                Ok(plan) => {
                    let shown = format!("{plan:?}");
                    prop_assert!(!shown.contains("a-secret-value"));
                }
                Err(found) => {
                    prop_assert!(found.iter().any(|found| !found.problem.is_warning()));
                    let shown: String =
                        found.iter().map(|found| format!("{:?}", found.problem)).collect();
                    prop_assert!(!shown.contains("a-secret-value"));
                }
            }
        }
        checked(&text);
    }
}
