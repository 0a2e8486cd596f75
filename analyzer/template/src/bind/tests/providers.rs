//! What a provider's block becomes, and the blocks that Argo Rollouts refuses when it builds one.

use std::time::Duration;

use assay_promql::Dialect;

use super::{argo, errors_in, given, only_metric, ours, plan_in};
use crate::args::GivenArgs;
use crate::json::Json;
use crate::plan::{
    Authentication, Body, Criterion, HealthQuery, Method, Mode, PrometheusQuery, Query, WebQuery,
};

/// A template of ours with one metric that has this provider.
fn with(provider: &str) -> String {
    ours(&format!(
        "  metrics:\n  - name: m\n    successCondition: 'true'\n    provider: {provider}\n"
    ))
}

fn query(provider: &str) -> Query {
    only_metric(&with(provider), &[]).query
}

fn prometheus(fields: &str) -> PrometheusQuery {
    let Query::Prometheus(query) = query(&format!("{{prometheus: {{query: up{fields}}}}}")) else {
        panic!("{fields}")
    };
    query
}

fn web(fields: &str) -> WebQuery {
    let Query::Web(query) = query(&format!("{{web: {{url: 'http://a'{fields}}}}}")) else {
        panic!("{fields}")
    };
    query
}

fn health(fields: &str) -> HealthQuery {
    let Query::Health(query) = query(&format!("{{health: {{targets: ['http://a']{fields}}}}}"))
    else {
        panic!("{fields}")
    };
    query
}

/// In both modes the provider is refused with this.
#[track_caller]
fn check(provider: &str, expected: &str) {
    for mode in [Mode::Strict, Mode::Argo] {
        let errors = errors_in(mode, &with(provider), &GivenArgs::default());
        assert_eq!(errors, [format!("metrics[0]: {expected}")], "{mode:?} {provider}");
    }
}

fn check_prometheus(fields: &str, expected: &str) {
    check(&format!("{{prometheus: {{query: up{fields}}}}}"), expected);
}

fn check_web(fields: &str, expected: &str) {
    check(&format!("{{web: {{url: 'http://a'{fields}}}}}"), expected);
}

#[test]
fn b16_the_times_of_a_range() {
    let reason = "failed to parse rangeQuery.start as time: time: invalid duration \"??\"";
    check_prometheus(", rangeQuery: {start: 'now() - duration(\"??\")', step: 1m}", reason);
    let wrong = ", rangeQuery: {end: '5', step: 1m}";
    let expected = "failed to parse rangeQuery.end as time: expected time.Time, but got int";
    check_prometheus(wrong, expected);
}

#[test]
fn b17_the_step_of_a_range() {
    let reason = "failed to parse rangeQuery.step as duration: time: invalid duration \"??\"";
    check_prometheus(", rangeQuery: {step: '??'}", reason);
    let range =
        prometheus(", rangeQuery: {start: 'now() - duration(\"1h\")', step: 1m}").range.unwrap();
    assert_eq!(range.step, Duration::from_secs(60));
    assert_eq!(range.start.unwrap().text(), "now() - duration(\"1h\")");
    assert!(range.end.is_none());
    let errors = errors_in(
        Mode::Strict,
        &with("{prometheus: {query: up, rangeQuery: {step: 0s}}}"),
        &GivenArgs::default(),
    );
    assert_eq!(errors, ["metrics[0]: rangeQuery.step is 0s, and the shortest is 1ms"]);
}

#[test]
fn b19_b20_timeouts() {
    check_prometheus(", timeout: -1", "prometheus timeout should not be negative");
    assert_eq!(prometheus("").timeout, Duration::from_secs(30));
    assert_eq!(prometheus(", timeout: 40").timeout, Duration::from_secs(40));
    let zero = with("{prometheus: {query: up, timeout: 0}}");
    let errors = errors_in(Mode::Strict, &zero, &GivenArgs::default());
    assert_eq!(errors, ["metrics[0]: a timeout of 0 seconds has always passed already"]);
    let Query::Prometheus(query) = &plan_in(Mode::Argo, &zero, &[]).metrics[0].query else {
        panic!()
    };
    assert_eq!(query.timeout, Duration::ZERO);
    // Nobody waits a year for an answer.
    assert_eq!(prometheus(", timeout: 31536000").timeout, Duration::from_secs(86_400));
}

#[test]
fn b21_b22_the_address() {
    check_prometheus(", address: 'prometheus:9090'", "prometheus address is not is url format");
    // Where there is none, the operator's is used, and only a run knows that.
    assert!(prometheus("").address.is_none());
    assert!(prometheus(", address: ''").address.is_none());
    assert_eq!(prometheus(", address: 'https://p/x'").address.unwrap().reveal(), "https://p/x");
}

#[test]
fn b23_half_a_login() {
    let missing =
        |what: &str| format!("missing mandatory parameter in metric for basic auth setup: {what}");
    check_prometheus(
        ", authentication: {basicAuth: {username: me, password: ''}}",
        &missing("password"),
    );
    check_prometheus(
        ", authentication: {basicAuth: {username: '', password: me}}",
        &missing("username"),
    );
    let none = prometheus(", authentication: {basicAuth: {username: '', password: ''}, sigv4: {}}")
        .authentication;
    assert!(matches!(none, Authentication::None));
}

#[test]
fn logins() {
    let bearer = prometheus(", authentication: {bearer: {token: abc}}").authentication;
    let Authentication::Bearer { token } = bearer else { panic!() };
    assert_eq!((token.reveal(), token.shown()), ("abc", "***"));
    let sigv4 = prometheus(", authentication: {sigv4: {region: eu-west-1}}").authentication;
    let Authentication::SigV4 { region, profile, .. } = sigv4 else { panic!() };
    assert_eq!((region.unwrap().reveal(), profile.is_none()), ("eu-west-1", true));
    check_prometheus(
        ", authentication: {bearer: {token: abc}, sigv4: {region: a}}",
        "several ways to log in at once: bearer, sigv4",
    );
    check_prometheus(
        ", tls: {certFile: /a}",
        "a client certificate needs both `certFile` and `keyFile`",
    );
}

#[test]
fn w104_the_url() {
    check(
        "{web: {url: 'bad://url.com'}}",
        "url cannot be asked: unsupported protocol scheme \"bad\"",
    );
    check("{web: {url: a}}", "url cannot be asked: a URL begins with `http://` or `https://`");
}

#[test]
fn w105_w106_w107_methods_and_bodies() {
    let plain = web("");
    assert_eq!((plain.method, plain.timeout), (Method::Get, Duration::from_secs(10)));
    assert_eq!(plain.json_path.text(), "{$}");
    let post = web(", method: POST, body: some body");
    assert!(matches!(&post.body, Body::Text(body) if body.reveal() == "some body"));
    let put = web(", method: PUT, jsonBody: {a: 1, b: [x, '2', true, null, 1.5, 010], c: {}}");
    let Body::Json(body) = &put.body else { panic!() };
    assert_eq!(body.reveal(), r#"{"a":1,"b":["x","2",true,null,1.5,"010"],"c":{}}"#);
    check_web(", method: DELETE", "method is \"DELETE\", which is none of `GET`, `POST`, `PUT`");
}

#[test]
fn a_json_body_keeps_its_shape_whatever_is_filled_in() {
    let text = ours(
        "  args: [{name: x}, {name: t, secret: true}]\n  metrics:\n  - name: m\n    successCondition: 'true'\n    provider: {web: {url: 'http://a', method: POST, jsonBody: {'{{args.x}}': '{{args.x}}', t: '{{args.t}}', id: 12345678901234567890}}}\n",
    );
    let metric = only_metric(&text, &[("x", "\",\"a\":\""), ("t", "hidden")]);
    let Query::Web(WebQuery { body: Body::Json(body), .. }) = metric.query else { panic!() };
    let quoted = r#""\",\"a\":\"""#;
    assert_eq!(
        body.reveal(),
        format!(r#"{{{quoted}:{quoted},"t":"hidden","id":12345678901234567890}}"#)
    );
    assert_eq!(
        body.shown(),
        format!(r#"{{{quoted}:{quoted},"t":"***","id":12345678901234567890}}"#)
    );
}

#[test]
fn w108_w109_bodies_that_are_never_sent() {
    let message = "Body/JSONBody can only be used with POST or PUT WebMetric Method types";
    check_web(", body: a", message);
    check_web(", method: GET, jsonBody: {}", message);
    let message = "use either Body or JSONBody; both cannot exists for WebMetric payload";
    check_web(", method: POST, body: a, jsonBody: {}", message);
}

#[test]
fn w111_half_an_oauth2_login() {
    let login =
        |fields: &str| format!(", authentication: {{oauth2: {{tokenUrl: 'https://t'{fields}}}}}");
    let missing =
        |what: &str| format!("missing mandatory parameter in metric for oauth2 setup: {what}");
    check_web(&login(", clientSecret: s"), &missing("clientId"));
    check_web(&login(", clientId: i"), &missing("clientSecret"));
    let oauth2 = web(&login(", clientId: i, clientSecret: s")).authentication;
    let Authentication::OAuth2 { scopes, client_secret, .. } = oauth2 else { panic!() };
    assert_eq!((scopes.len(), client_secret.shown()), (0, "***"));
}

#[test]
fn w113_timeouts_that_say_nothing() {
    for seconds in ["0", "-5"] {
        assert_eq!(web(&format!(", timeoutSeconds: {seconds}")).timeout, Duration::from_secs(10));
    }
    assert_eq!(web(", timeoutSeconds: 3").timeout, Duration::from_secs(3));
}

#[test]
fn health_queries() {
    let plain = health("");
    assert_eq!(
        (plain.method, plain.probes, plain.timeout),
        (Method::Get, 1, Duration::from_secs(5))
    );
    assert_eq!(plain.expect.statuses, [200..=299]);
    let full = health(
        ", method: HEAD, probes: '3', timeout: 2s, expect: {status: [204, 3xx, 500-503], body: ok, bodyContains: k, latencyMax: 250ms, json: {path: '{$.state}', equals: [up, 1]}}",
    );
    assert_eq!((full.method, full.probes, full.timeout), (Method::Head, 3, Duration::from_secs(2)));
    assert_eq!(full.expect.statuses, [204..=204, 300..=399, 500..=503]);
    assert_eq!(full.expect.latency_max, Some(Duration::from_millis(250)));
    let (path, value) = full.expect.json.unwrap();
    let wanted = Json::List(vec![Json::Text(String::from("up")), Json::Number(1.0)]);
    assert_eq!((path.text(), value), ("{$.state}", wanted));
    for (fields, message) in [
        (", probes: '0'", "probes is 0, and the shortest is 1"),
        (", probes: 1001", "probes is 1001, and the largest is 1000"),
        (", timeout: 0s", "timeout is 0s, and the shortest is 1ms"),
        (", expect: {status: 6xx}", "\"6xx\" is no HTTP status"),
    ] {
        check(&format!("{{health: {{targets: ['http://a']{fields}}}}}"), message);
    }
}

#[test]
fn health_targets_have_names_of_their_own() {
    let names = |targets: &str| {
        let Query::Health(query) = query(&format!("{{health: {{targets: {targets}}}}}")) else {
            panic!()
        };
        query.targets.into_iter().map(|target| target.name).collect::<Vec<_>>()
    };
    assert_eq!(
        names("['http://a:80/x', {url: 'http://b'}, {name: c, url: 'http://b'}]"),
        ["a:80", "b", "c"]
    );
    // Two pages of one host are told apart by their URLs.
    assert_eq!(names("['http://a/x', 'http://a/y']"), ["a", "http://a/y"]);
    check(
        "{health: {targets: [{name: c, url: 'http://a'}, {name: c, url: 'http://b'}]}}",
        "two targets are called `c`",
    );
}

#[test]
fn scrapes() {
    let scrape = |targets: &str, fields: &str| {
        let text = format!("{{scrape: {{targets: {targets}, query: up{fields}}}}}");
        let Query::Scrape(query) = query(&text) else { panic!("{fields}") };
        query
    };
    let plain = scrape("['http://a:8080/metrics']", "");
    assert_eq!((plain.every.as_secs(), plain.timeout.as_secs()), (15, 5));
    assert_eq!(plain.promql.reveal().dialect(), Dialect::Prometheus3);
    assert_eq!(plain.targets[0].instance, "a:8080");
    let fields = ", every: 5s, timeout: 2s, promql: 2, insecure: true";
    let other = scrape("[{name: one, url: 'http://a'}, 'http://b']", fields);
    assert_eq!((other.every.as_secs(), other.timeout.as_secs()), (5, 2));
    assert_eq!((other.promql.reveal().dialect(), other.insecure), (Dialect::Prometheus2, true));
    assert_eq!(other.targets[0].instance, "one");

    let check_scrape = |fields: &str, expected: &str| {
        check(&format!("{{scrape: {{{fields}}}}}"), expected);
    };
    check_scrape("targets: [], query: up", "a target is missing");
    check_scrape("targets: ['http://a'], query: ' '", "the query is missing");
    check_scrape(
        "targets: ['http://a'], query: up, every: 0s",
        "every is 0s, and the shortest is 1ms",
    );
    check_scrape(
        "targets: ['http://a'], query: up, timeout: 0s",
        "timeout is 0s, and the shortest is 1ms",
    );
    check_scrape(
        "targets: ['http://a'], query: sum(",
        "the query cannot be evaluated: expected a selector, a function, a number or `(`, found \
         the end of the query",
    );
    let many = vec!["'http://a'"; 1001].join(", ");
    check_scrape(
        &format!("targets: [{many}], query: up"),
        "the number of targets is 1001, and the largest is 1000",
    );
    let errors = |fields: &str, args: &[(&str, &str)]| {
        let text = ours(&format!(
            "  args: [{{name: x}}]\n  metrics:\n  - name: m\n    successCondition: 'true'\n    \
             provider: {{scrape: {{targets: ['http://a'], query: up, {fields}}}}}\n"
        ));
        errors_in(Mode::Strict, &text, &given(args)).join("; ")
    };
    assert_eq!(errors("promql: '{{args.x}}'", &[("x", "2")]), "");
    let four = errors("promql: '{{args.x}}'", &[("x", "4")]);
    assert_eq!(four, "metrics[0]: promql is \"4\", which is none of `2`, `3`");
    let soon = errors("every: '{{args.x}}'", &[("x", "soon")]);
    assert_eq!(soon, "metrics[0]: every is no duration: time: invalid duration \"soon\"");
}

#[test]
fn scrapes_are_only_ours() {
    let text = argo(
        "  metrics:\n  - name: m\n    provider: {scrape: {targets: ['http://a'], query: up}}\n",
    );
    assert_eq!(super::checked(&text), ["assay::template::only_in_assay_dev"]);
}

#[test]
fn k_scores() {
    let text = |threshold: &str| {
        argo(&format!(
            "  metrics:\n  - name: m\n    provider:\n      kayenta: {{address: 'https://k', application: a, canaryConfigName: c, metricsAccountName: m, configurationAccountName: c, storageAccountName: s, threshold: {threshold}, scopes: []}}\n"
        ))
    };
    let criterion = only_metric(&text("{pass: 80, marginal: 60}"), &[]).criterion;
    assert!(matches!(criterion, Criterion::Score { pass: 80, marginal: 60 }));
    let errors = errors_in(Mode::Strict, &text("{pass: 60, marginal: 80}"), &GivenArgs::default());
    assert_eq!(errors, ["metrics[0]: threshold.marginal (80) is above threshold.pass (60)"]);
}

#[test]
fn policies() {
    let text = |fields: &str| {
        ours(&format!(
            "  onNoData: abort\n  metrics:\n  - name: m\n    successCondition: 'true'\n{fields}    provider: {{web: {{url: 'http://a'}}}}\n"
        ))
    };
    use crate::plan::{Consequence, OnNoData};
    assert_eq!(only_metric(&text(""), &[]).on_no_data, OnNoData::Abort);
    assert_eq!(only_metric(&text("    onNoData: hold\n"), &[]).on_no_data, OnNoData::Hold);
    assert_eq!(only_metric(&text("    onError: abort\n"), &[]).on_error, Consequence::Abort);
    let errors = |fields: &str| errors_in(Mode::Strict, &text(fields), &GivenArgs::default());
    assert_eq!(errors("    onNoData: judge\n"), ["metrics[0]: `onNoData: judge` needs a `waiver`"]);
    assert_eq!(errors("    waiver: why\n"), ["metrics[0]: `waiver` without `onNoData: judge`"]);
}
