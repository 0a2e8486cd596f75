//! Group A: arguments and what becomes of them, and the secrets among them.

use super::{argo, bind_in, checked, errors_in, given, metric, only_metric, ours, plan_in};
use crate::args::{GivenArgs, Origin};
use crate::plan::{Criterion, Mode, Query};

/// A template with `args` and one metric whose query is `query`.
fn asking(args: &str, query: &str) -> String {
    argo(&format!(
        "  args:\n{args}  metrics:\n  - name: m\n    successCondition: result[0] > 0\n    provider:\n      prometheus:\n        query: {query}\n"
    ))
}

fn queries(mode: Mode, text: &str, args: &GivenArgs) -> Result<Vec<String>, Vec<String>> {
    let plan = match bind_in(mode, text, args) {
        Ok(plan) => plan,
        Err(_) => return Err(errors_in(mode, text, args)),
    };
    let query = |query: &Query| match query {
        Query::Prometheus(query) => query.query.reveal().to_owned(),
        Query::Scrape(query) => query.query.reveal().to_owned(),
        Query::Web(_) | Query::Health(_) | Query::Foreign { .. } => String::new(),
    };
    Ok(plan.metrics.iter().map(|metric| query(&metric.query)).collect())
}

/// In both modes the only query becomes `expected`, or the errors are `expected`, after `! `.
#[track_caller]
fn check(args: &str, query: &str, values: &[(&str, &str)], expected: &str) {
    for mode in [Mode::Strict, Mode::Argo] {
        check_in(mode, args, query, &given(values), expected);
    }
}

#[track_caller]
fn check_in(mode: Mode, args: &str, query: &str, values: &GivenArgs, expected: &str) {
    let outcome = match queries(mode, &asking(args, query), values) {
        Ok(queries) => queries.join("\n"),
        Err(errors) => {
            errors.iter().map(|error| format!("! {error}")).collect::<Vec<_>>().join("\n")
        }
    };
    assert_eq!(outcome, expected, "{mode:?}");
}

const X: &str = "  - name: x\n";
const X_BAR: &str = "  - {name: x, value: bar}\n";
const X_SECRET: &str = "  - name: x\n    valueFrom: {secretKeyRef: {name: s, key: k}}\n";

#[test]
fn a01_tags_are_filled_in() {
    check(X, "'p-{{args.x}} + p-{{ args.x }}'", &[("x", "foo")], "p-foo + p-foo");
    check(X, "\"{{\\n args.x \\n}}\"", &[("x", "foo")], "foo");
}

#[test]
fn a02_a07_other_tags() {
    let tags = ["{{args.y}}", "{{}}", "{{inputs.x}}", "{{ARGS.x}}", "{{ $value }}", "{{{args.x}}}"];
    for tag in tags {
        let tag = if tag == "{{{args.x}}}" { ("{{{args.x}}}", "{{{args.x}}") } else { (tag, tag) };
        check(
            X,
            &format!("'p-{}'", tag.0),
            &[("x", "foo")],
            &format!("! failed to resolve {}", tag.1),
        );
    }
}

#[test]
fn a03_a04_half_a_tag() {
    let message =
        r#"! Cannot find end tag="}}" in the template="p-{{args.x" starting from "args.x""#;
    check(X, "'p-{{args.x'", &[("x", "foo")], message);
    check(X, "'p-args.x}}'", &[("x", "foo")], "p-args.x}}");
}

#[test]
fn a05_values_are_not_expanded_again() {
    let two = "  - name: x\n  - {name: z, value: nothing}\n";
    check(two, "'{{args.x}}'", &[("x", "{{args.z}}")], "{{args.z}}");
}

#[test]
fn a08_an_argument_without_a_value() {
    check(X, "'{{args.x}}'", &[], "! args.x was not resolved: argument \"x\" was not supplied");
    // It is missed even where no metric uses it.
    check(X, "up", &[], "! args.x was not resolved: argument \"x\" was not supplied");
}

#[test]
fn a09_a_whole_condition_as_an_argument() {
    let text = "  args:\n  - name: x\n  metrics:\n  - name: m\n    successCondition: '{{args.x}}'\n    provider:\n      web: {url: http://a}\n";
    let metric = only_metric(&argo(text), &[("x", "result == \"foo \\\"bar\\\" baz\"")]);
    let Criterion::Conditions { success: Some(success), .. } = metric.criterion else { panic!() };
    assert_eq!(success.text(), "result == \"foo \\\"bar\\\" baz\"");
}

#[test]
fn a10_a11_what_a_value_may_hold() {
    let value = "a\n\tb \\ é 😀 \u{a0}";
    check(X, "'{{args.x}}'", &[("x", value)], value);
    for (value, letter) in [("\x01", 'x'), ("\x07", 'a'), ("\x0b", 'v'), ("\u{e0001}", 'U')] {
        let start = format!("! invalid character '{letter}' in string escape code");
        let text = asking(X, "'{{args.x}}'");
        let Err(errors) = queries(Mode::Strict, &text, &given(&[("x", value)])) else { panic!() };
        assert!(format!("! {}", errors[0]).starts_with(&start), "{errors:?}");
    }
}

#[test]
fn a12_a_count_from_an_argument() {
    let text = metric("count: \"{{args.number}}\"\ninterval: 1m")
        .replace("  metrics:", "  args: [{name: number}]\n  metrics:");
    assert_eq!(only_metric(&text, &[("number", "5")]).count, Some(5));
    let errors = errors_in(Mode::Strict, &text, &given(&[("number", "abc")]));
    assert_eq!(errors, ["metrics[0]: count is \"abc\", which is no whole number"]);
    // M228: Argo Rollouts takes 0, which with an interval is no count at all.
    let plan = plan_in(Mode::Argo, &text, &[("number", "abc")]);
    assert_eq!(plan.metrics[0].count, None);
    assert_eq!(plan.warnings[0].code, "assay::template::not_a_number");
    let text = text.replace("    interval: 1m\n", "");
    assert_eq!(plan_in(Mode::Argo, &text, &[("number", "abc")]).metrics[0].count, Some(1));
}

#[test]
fn a13_a_given_value_overrides_the_default() {
    check(X_BAR, "'{{args.x}}'", &[("x", "overwrite")], "overwrite");
    check(X_BAR, "'{{args.x}}'", &[], "bar");
}

#[test]
fn a14_an_argument_that_nobody_declares() {
    let values = given(&[("y", "1")]);
    check_in(Mode::Argo, X_BAR, "'{{args.x}}'", &values, "bar");
    let message = "! no template declares an argument `y`, and the command line gives one";
    check_in(Mode::Strict, X_BAR, "'{{args.x}}'", &values, message);
}

#[test]
fn a15_an_argument_named_without_a_value() {
    let mut values = GivenArgs::default();
    values.name_only("x", Origin::CommandLine);
    let message = "! args.x was not resolved: argument \"x\" was not supplied";
    check_in(Mode::Strict, X, "'{{args.x}}'", &values, message);
    check_in(Mode::Argo, X_BAR, "'{{args.x}}'", &values, "bar");
}

#[test]
fn a16_a_secret_wins_over_a_value() {
    let mut values = given(&[("x", "plain")]);
    values.set_secret("s", "k", "hidden");
    check_in(Mode::Argo, X_SECRET, "'{{args.x}}'", &values, "hidden");
    check_in(Mode::Strict, X_SECRET, "'{{args.x}}'", &values, "hidden");
    let plan = bind_in(Mode::Strict, &asking(X_SECRET, "'{{args.x}}'"), &values).unwrap();
    assert_eq!(plan.warnings[0].code, "assay::args::secret_wins");
}

#[test]
fn r23_r24_secrets_that_are_not_there() {
    let none = GivenArgs::default();
    let message = "! Unable to resolve metric arguments: secrets \"s\" not found";
    check_in(Mode::Argo, X_SECRET, "up", &none, message);
    check_in(Mode::Strict, X_SECRET, "up", &none, message);
    let mut other = GivenArgs::default();
    other.set_secret("s", "K", "v");
    let message = "! Unable to resolve metric arguments: key 'k' does not exist in secret 's'";
    check_in(Mode::Argo, X_SECRET, "up", &other, message);
    // Offline there may be no cluster to ask; a given value then stands in, and stays a secret.
    let text = asking(X_SECRET, "'up == {{args.x}}'");
    let plan = bind_in(Mode::Strict, &text, &given(&[("x", "hidden")])).unwrap();
    assert!(!format!("{plan:?}").contains("hidden"));
    check_in(
        Mode::Argo,
        X_SECRET,
        "up",
        &given(&[("x", "hidden")]),
        "! Unable to resolve metric arguments: secrets \"s\" not found",
    );
}

/// Two templates, the first with `first` as arguments, the second with `second`.
fn two(first: &str, second: &str) -> String {
    let head = "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\n";
    let metric = |name: &str| {
        format!(
            "  metrics:\n  - name: {name}\n    successCondition: result[0] > 0\n    provider: {{prometheus: {{query: 'p-{{{{args.x}}}}'}}}}\n"
        )
    };
    format!(
        "{head}metadata: {{name: one}}\nspec:\n  args:\n{first}{}---\n{head}metadata: {{name: two}}\nspec:\n  args:\n{second}{}",
        metric("a"),
        metric("b")
    )
}

#[test]
fn a17_two_defaults() {
    let text = two("  - {name: x, value: '1'}\n", "  - {name: x, value: '2'}\n");
    for values in [given(&[]), given(&[("x", "3")])] {
        let message = "Argument `x` specified multiple times with different values: '1', '2'";
        assert_eq!(errors_in(Mode::Strict, &text, &values), [message]);
        assert_eq!(errors_in(Mode::Argo, &text, &values), [message]);
    }
    let text = two("  - {name: x, value: '1'}\n", "  - {name: x, value: '1'}\n");
    assert_eq!(queries(Mode::Strict, &text, &given(&[])).unwrap(), ["p-1", "p-1"]);
}

#[test]
fn a18_a_default_in_one_of_two() {
    let default = "  - {name: x, value: '2'}\n";
    for text in [two(X, default), two(default, X)] {
        assert_eq!(queries(Mode::Strict, &text, &given(&[])).unwrap(), ["p-2", "p-2"]);
        assert_eq!(queries(Mode::Argo, &text, &given(&[])).unwrap(), ["p-2", "p-2"]);
    }
}

#[test]
fn a_bare_declaration_loses_a_secret_only_in_argo_rollouts() {
    let mut values = GivenArgs::default();
    values.set_secret("s", "k", "hidden");
    let text = two(X_SECRET, X);
    assert_eq!(queries(Mode::Strict, &text, &values).unwrap(), ["p-hidden", "p-hidden"]);
    let message = "args.x was not resolved: argument \"x\" was not supplied";
    assert_eq!(errors_in(Mode::Argo, &text, &values), [message]);
}

#[test]
fn a_field_of_the_rollout_is_not_read_in_a_template() {
    let field = "  - name: x\n    valueFrom: {fieldRef: {fieldPath: metadata.name}}\n";
    check(field, "'{{args.x}}'", &[], "! args.x was not resolved: argument \"x\" was not supplied");
    check(field, "'{{args.x}}'", &[("x", "checkout")], "checkout");
}

#[test]
fn a22_a_secret_in_an_interval() {
    let text = metric("interval: '{{args.x}}'")
        .replace("  metrics:", &format!("  args:\n{X_SECRET}  metrics:"));
    let mut values = GivenArgs::default();
    values.set_secret("s", "k", "30s");
    let message = "a duration is made with the secret argument `x`";
    assert_eq!(errors_in(Mode::Argo, &text, &values), [message]);
    assert_eq!(errors_in(Mode::Strict, &text, &values), [message]);
}

#[test]
fn secrets_are_masked_in_every_form() {
    let text = ours(
        "  args:\n  - {name: token, secret: true}\n  - {name: encoded, secret: true}\n  metrics:\n  - name: m\n    successCondition: result[0] > 0\n    provider:\n      prometheus:\n        address: http://me:{{args.encoded}}@a\n        query: up == {{args.token}}\n        headers:\n        - {key: X-Scope, value: 'v {{args.token}}'}\n        - {key: Authorization, value: Basic bGl0ZXJhbA==}\n        authentication: {basicAuth: {username: me, password: written-here}}\n",
    );
    let plan = plan_in(Mode::Strict, &text, &[("token", "hunter/2"), ("encoded", "hunter%2F2")]);
    let shown = format!("{plan:?}");
    for secret in ["hunter", "bGl0ZXJhbA", "written-here"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let echo = "hunter/2 hunter%2F2 aHVudGVyLzI= bGl0ZXJhbA== written-here bWU6d3JpdHRlbi1oZXJl";
    assert_eq!(plan.secrets.scrub(echo), "*** *** *** *** *** ***");
}

#[test]
fn a_check_without_arguments_finds_what_does_not_depend_on_them() {
    let text = argo(
        "  args: [{name: x}, {name: every, value: 1m}]\n  metrics:\n  - name: m-{{args.x}}\n    count: 3\n    interval: '{{args.every}}'\n    failureLimit: -3\n    successCondition: result[0] > {{args.x}}\n    provider:\n      prometheus: {address: 'http://{{args.x}}', query: 'up{{args.z}}'}\n",
    );
    assert_eq!(
        checked(&text),
        ["assay::args::unresolved_tag", "assay::template::limit_out_of_range"]
    );
}

#[test]
fn the_name_of_an_argument_tells_that_it_is_a_secret() {
    let masked = |declaration: &str, value: &str| {
        let text = ours(&format!(
            "  args: [{declaration}]\n  metrics:\n  - name: m\n    successCondition: 'true'\n    provider: {{web: {{url: 'http://a/?t={{{{args.api-token}}}}'}}}}\n"
        ));
        let Query::Web(query) = only_metric(&text, &[("api-token", value)]).query else { panic!() };
        query.url.is_secret()
    };
    assert!(masked("{name: api-token}", "abcdefgh"));
    assert!(!masked("{name: api-token}", "1000000000"));
    assert!(!masked("{name: api-token}", "abc"));
    assert!(masked("{name: api-token, secret: true}", "abc"));
    assert!(!masked("{name: api-token, secret: false}", "abcdefgh"));
}

/// A provider with the secret argument in each of its fields in turn.
const PLACES: [&str; 26] = [
    "{prometheus: {query: S}}",
    "{prometheus: {query: up, address: S}}",
    "{prometheus: {query: up, address: 'http://{{args.s}}'}}",
    "{prometheus: {query: up, timeout: S}}",
    "{prometheus: {query: up, insecure: S}}",
    "{prometheus: {query: up, headers: [{key: S, value: a}]}}",
    "{prometheus: {query: up, headers: [{key: a, value: S}]}}",
    "{prometheus: {query: up, rangeQuery: {start: S, step: 1m}}}",
    "{prometheus: {query: up, rangeQuery: {step: S}}}",
    "{prometheus: {query: up, authentication: {basicAuth: {username: S, password: S}}}}",
    "{prometheus: {query: up, tls: {caFile: S}}}",
    "{web: {url: S}}",
    "{web: {url: 'http://a:{{args.s}}/'}}",
    "{web: {url: '{{args.s}}://a/'}}",
    "{web: {url: 'http://a', method: S}}",
    "{web: {url: 'http://a', jsonPath: S}}",
    "{web: {url: 'http://a', jsonPath: '{$.{{args.s}}[}'}}",
    "{web: {url: 'http://a', method: POST, jsonBody: {{{args.s}}: S}}}",
    "{web: {url: 'http://a', method: POST, body: S}}",
    "{health: {targets: [{name: S, url: 'http://a'}]}}",
    "{health: {targets: ['http://{{args.s}}/']}}",
    "{health: {targets: ['http://a'], expect: {status: S}}}",
    "{health: {targets: ['http://a'], expect: {json: {path: '{$.a}', equals: [S]}}}}",
    "{health: {targets: ['http://a'], expect: {body: S}}}",
    "{health: {targets: ['http://a'], timeout: S}}",
    "{datadog: {query: S}}",
];

#[test]
fn a_secret_is_shown_nowhere_whatever_it_is_used_for() {
    for value in ["hush-hush", "-17359", "http://hush:17359", "1h2m173590s"] {
        let fields =
            ["name", "interval", "count", "successCondition", "onError", "onNoData", "waiver"];
        let metric = |fields: &str, provider: &str| {
            let provider = provider
                .replace("{{{args.s}}:", "'{{args.s}}':")
                .replace(" S", " '{{args.s}}'")
                .replace("[S]", "['{{args.s}}']");
            ours(&format!(
                "  args: [{{name: s, secret: true}}]\n  metrics:\n  - {fields}\n    provider: {provider}\n"
            ))
        };
        let places =
            PLACES.iter().map(|place| metric("name: m\n    successCondition: 'true'", place));
        let fields = fields.iter().map(|field| {
            let name = if *field == "name" { "" } else { "name: m\n    " };
            metric(&format!("{name}{field}: '{{{{args.s}}}}'"), "{web: {url: 'http://a'}}")
        });
        for text in places.chain(fields) {
            for mode in [Mode::Strict, Mode::Argo] {
                let shown = match bind_in(mode, &text, &given(&[("s", value)])) {
                    Ok(plan) => format!("{plan:?}"),
                    Err(found) => found
                        .iter()
                        .map(|found| format!("{} {:?}", found.problem, found.problem))
                        .collect(),
                };
                for part in ["hush", "1735"] {
                    assert!(!shown.contains(part), "{part} of {value} in {shown}\n{text}");
                }
            }
        }
    }
}
