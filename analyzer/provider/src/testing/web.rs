//! Rows W101 to W117 as far as they are about the exchange.

use std::time::Duration;

use assay_run::reading::{Answer, Fault};
use assay_template::jsonpath::JsonPath;
use assay_template::plan::{Authentication, Body, Method, Query, Tls, WebQuery};
use assay_template::secret::{Resolved, Secrets};

use super::server::{Act, Server, answer, ok};
use super::{asked, describe, metric, sources};

fn query(url: &str) -> WebQuery {
    WebQuery {
        url: Resolved::plain(url),
        method: Method::Get,
        headers: vec![],
        body: Body::None,
        timeout: Duration::from_secs(10),
        json_path: JsonPath::parse("{$}").unwrap(),
        insecure: false,
        authentication: Authentication::None,
        tls: Tls::default(),
    }
}

async fn ask(query: WebQuery) -> Result<Answer, Fault> {
    sources().measure(&metric(Query::Web(query)), asked(), &Secrets::default()).await
}

/// Asks a server that acts so, with the default path.
async fn check(act: Act, expected: &str) {
    let server = Server::start(vec![act]).await;
    let outcome = ask(query(&server.url("/"))).await;
    assert_eq!(describe(&outcome, Some(&server)), expected);
}

#[tokio::test]
async fn w101_to_w103_only_2xx_is_an_answer() {
    let refused = |status| format!("Refused: received non 2xx response code: {status}");
    check(answer("300 Many", "", "{}"), &refused(300)).await;
    check(answer("400 Bad", "", ""), &refused(400)).await;
    check(answer("503 Busy", "", "busy"), &refused(503)).await;
    check(answer("429 Slow", "Retry-After: 1\r\n", ""), &refused(429)).await;
    check(Act::Send(b"HTTP/1.1 204 No\r\n\r\n".to_vec()), "Text(\"\")").await;
}

#[tokio::test]
async fn w104_only_http_is_asked() {
    for (url, scheme) in [("bad://url.com", "bad"), ("file:///etc/passwd", "file")] {
        let expected = format!("Misconfigured: unsupported protocol scheme \"{scheme}\"");
        assert_eq!(describe(&ask(query(url)).await, None), expected);
    }
    let outcome = ask(query("prometheus")).await;
    let expected = "Misconfigured: the address `prometheus` is no URL: relative URL without a base";
    assert_eq!(describe(&outcome, None), expected);
}

/// What a server sees of a request with this method and body.
async fn seen(method: Method, body: Body) -> String {
    let server = Server::start(vec![ok("1")]).await;
    let outcome = ask(WebQuery { method, body, ..query(&server.url("/p?q=1#f")) }).await;
    if let Err(fault) = outcome {
        return fault.message;
    }
    let seen = server.seen().concat();
    let (head, body) = seen.split_once("\n\n").unwrap();
    let line = head.lines().next().unwrap_or_default();
    let kind = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or("none");
    format!("{line}, {kind}, {body}")
}

#[tokio::test]
async fn w105_to_w108_methods_and_bodies() {
    let text = |text: &str| Body::Text(Resolved::plain(text));
    let json = |text: &str| Body::Json(Resolved::plain(text));
    assert_eq!(seen(Method::Get, Body::None).await, "GET /p?q=1 HTTP/1.1, none, ");
    let post = seen(Method::Post, text("some body")).await;
    assert_eq!(post, "POST /p?q=1 HTTP/1.1, none, some body");
    let put = seen(Method::Put, json(r#"{"a":1}"#)).await;
    assert_eq!(put, r#"PUT /p?q=1 HTTP/1.1, application/json, {"a":1}"#);
    let refused = "Body/JSONBody can only be used with POST or PUT WebMetric Method types";
    assert_eq!(seen(Method::Get, text("x")).await, refused);
    assert_eq!(seen(Method::Get, json("{}")).await, refused);
}

#[tokio::test]
async fn a_json_body_overrides_the_content_type_of_a_template() {
    let server = Server::start(vec![ok("1")]).await;
    let headers = vec![("Content-Type".to_owned(), Resolved::plain("text/plain"))];
    let body = Body::Json(Resolved::plain("1"));
    let _ = ask(WebQuery { method: Method::Post, headers, body, ..query(&server.url("/")) }).await;
    let seen = server.seen().concat();
    assert!(seen.contains("\ncontent-type: application/json\n"), "{seen}");
    assert!(!seen.contains("text/plain"), "{seen}");
}

#[tokio::test]
async fn bodies_are_json_or_text() {
    check(ok(r#"{"a":1}"#), "Json(Map({\"a\": Number(1.0)}))").await;
    check(ok("OK\n"), "Text(\"OK\\n\")").await;
    check(ok("null"), "Json(Null)").await;
    check(ok(r#"{"n":1e400}"#), "Text(\"{\\\"n\\\":1e400}\")").await;
    let server = Server::start(vec![ok(r#"{"a":{"b":2}}"#)]).await;
    let path = |text| JsonPath::parse(text).unwrap();
    let outcome = ask(WebQuery { json_path: path("{$.a.b}"), ..query(&server.url("/")) }).await;
    assert_eq!(describe(&outcome, None), "Json(Number(2.0))");
    let outcome = ask(WebQuery { json_path: path("{$.c}"), ..query(&server.url("/")) }).await;
    let expected = "Unreadable: Could not find JSONPath in body: c is not found";
    assert_eq!(describe(&outcome, None), expected);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let redirect = answer("301 Moved", "Location: http://169.254.169.254/\r\n", "");
    let refused = "Refused: HOST answered 301, a redirect, and redirects are not followed";
    check(redirect, refused).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_names_the_timeout() {
    check(Act::Hang, "TimedOut: HOST did not answer within 10s").await;
    let Act::Send(slow) = ok("{}") else { unreachable!() };
    check(Act::Drip(slow), "TimedOut: HOST did not answer within 10s").await;
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let large = "TooLarge: HOST answered with more than 4194304 bytes";
    check(Act::Endless(head, vec![b'x'; 0x10000]), large).await;
}

#[tokio::test]
async fn signatures_are_only_for_prometheus() {
    let authentication = Authentication::SigV4 { region: None, profile: None, role_arn: None };
    let outcome = ask(WebQuery { authentication, ..query("http://127.0.0.1:1") }).await;
    let expected = "Misconfigured: `sigv4` is only for Amazon Managed Prometheus, not for `web`";
    assert_eq!(describe(&outcome, None), expected);
}

#[tokio::test]
async fn a_dropped_measurement_hangs_up() {
    let server = Server::start(vec![Act::Hang]).await;
    let outcome = tokio::select! {
        biased;
        outcome = ask(query(&server.url("/"))) => Some(outcome),
        () = server.wait_for_request() => None,
    };
    assert_eq!(outcome, None);
    server.wait_for_hang_up().await;
}
