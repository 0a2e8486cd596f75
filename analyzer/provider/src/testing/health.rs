//! Health probes: what is a failed probe, and what is a fault.

use std::time::Duration;

use assay_run::reading::{Answer, Fault, Reading};
use assay_template::json::Json;
use assay_template::jsonpath::JsonPath;
use assay_template::plan::{
    Authentication, HealthExpectation, HealthQuery, HealthTarget, Method, Query, Tls,
};
use assay_template::secret::{Resolved, Secrets};

use super::server::{Act, Server, answer, ok};
use super::{asked, describe, metric, sources};

fn expectation() -> HealthExpectation {
    HealthExpectation {
        statuses: vec![200..=299],
        body: None,
        body_contains: None,
        json: None,
        latency_max: None,
    }
}

fn query(targets: &[(&str, String)]) -> HealthQuery {
    let target = |(name, url): &(&str, String)| HealthTarget {
        name: (*name).to_owned(),
        url: Resolved::plain(url),
    };
    HealthQuery {
        targets: targets.iter().map(target).collect(),
        method: Method::Get,
        headers: vec![],
        expect: expectation(),
        probes: 1,
        timeout: Duration::from_secs(5),
        insecure: false,
        authentication: Authentication::None,
        tls: Tls::default(),
    }
}

async fn ask(query: HealthQuery) -> Result<Answer, Fault> {
    sources().measure(&metric(Query::Health(query)), asked(), &Secrets::default()).await
}

/// How many probes passed and were answered, and what failed.
fn summary(outcome: &Result<Answer, Fault>) -> String {
    let Ok(Answer { reading: Reading::Health(health), .. }) = outcome else {
        return describe(outcome, None);
    };
    let failures = health
        .failures
        .iter()
        .map(|failure| format!("; {} {}", failure.target, failure.why))
        .collect::<String>();
    format!("{} passed, {} answered{failures}", health.passed, health.latencies_seconds.len())
}

/// Probes one server that acts so.
async fn check(expect: HealthExpectation, act: Act, expected: &str) {
    let server = Server::start(vec![act]).await;
    let query = HealthQuery { expect, ..query(&[("a", server.url("/healthz"))]) };
    assert_eq!(summary(&ask(query).await), expected);
}

#[tokio::test]
async fn statuses() {
    check(expectation(), ok("ok"), "1 passed, 1 answered").await;
    check(expectation(), answer("204 No", "", ""), "1 passed, 1 answered").await;
    let busy = answer("503 Busy", "", "");
    check(expectation(), busy.clone(), "0 passed, 1 answered; a answered 503").await;
    let expect = || HealthExpectation { statuses: vec![200..=200, 500..=503], ..expectation() };
    check(expect(), busy, "1 passed, 1 answered").await;
    check(expect(), answer("404 No", "", ""), "0 passed, 1 answered; a answered 404").await;
    check(expect(), answer("300 Many", "", ""), "0 passed, 1 answered; a answered 300").await;
}

#[tokio::test]
async fn bodies() {
    let text = |text: &str| Some(Resolved::plain(text));
    let body = || HealthExpectation { body: text("ok"), ..expectation() };
    check(body(), ok(" ok\n"), "1 passed, 1 answered").await;
    check(body(), ok("not ok"), "0 passed, 1 answered; a answered with a body that is not `ok`")
        .await;
    let contains = || HealthExpectation { body_contains: text("UP"), ..expectation() };
    check(contains(), ok("status: UP"), "1 passed, 1 answered").await;
    check(
        contains(),
        ok("DOWN"),
        "0 passed, 1 answered; a answered with a body that does not contain `UP`",
    )
    .await;
}

#[tokio::test]
async fn json_bodies() {
    let path = JsonPath::parse("{$.status}").unwrap();
    let wanted = Json::Text("up".to_owned());
    let expect =
        || HealthExpectation { json: Some((path.clone(), wanted.clone())), ..expectation() };
    check(expect(), ok(r#"{"status":"up"}"#), "1 passed, 1 answered").await;
    let failed = |why: &str| format!("0 passed, 1 answered; a answered {why}");
    let down = failed(r#""down" at `{$.status}`, not "up""#);
    check(expect(), ok(r#"{"status":"down"}"#), &down).await;
    check(expect(), ok("{}"), &failed("without a match of `{$.status}`")).await;
    check(expect(), ok("<html>"), &failed("with a body that is not JSON")).await;
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_a_failed_probe() {
    // No answer is complete in no time at all.
    let expect = HealthExpectation { latency_max: Some(Duration::ZERO), ..expectation() };
    let server = Server::start(vec![ok("ok")]).await;
    let query = HealthQuery { expect, ..query(&[("a", server.url("/"))]) };
    let summary = summary(&ask(query).await);
    assert!(summary.starts_with("0 passed, 1 answered; a took "), "{summary}");
    assert!(summary.ends_with(", longer than 0s"), "{summary}");
}

#[tokio::test]
async fn a_target_that_cannot_be_read_is_a_failed_probe() {
    let failed = |why: &str| format!("0 passed, 0 answered; a {why}");
    let closed = failed("closed the connection before its answer was complete");
    check(expectation(), Act::SendAndClose(vec![]), &closed).await;
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let large = failed("answered with more than 4194304 bytes");
    check(expectation(), Act::Endless(head, vec![b'x'; 0x10000]), &large).await;
    let redirect = answer("302 Found", "Location: /login\r\n", "");
    let redirected = failed("answered 302, a redirect, and redirects are not followed");
    check(expectation(), redirect, &redirected).await;
    let unknown = query(&[("a", "http://nowhere.invalid".to_owned())]);
    let unknown = summary(&ask(unknown).await);
    assert_eq!(unknown, failed("could not be found: its host name has no address"));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_hangs_is_a_failed_probe() {
    check(expectation(), Act::Hang, "0 passed, 0 answered; a did not answer within 5s").await;
}

#[tokio::test]
async fn five_targets_of_which_one_fails() {
    let good = Server::start(vec![ok("ok")]).await;
    let bad = Server::start(vec![answer("500 Oops", "", "")]).await;
    let gone = Server::start(vec![]).await.url("/");
    tokio::task::yield_now().await;
    let targets = [
        ("a", good.url("/")),
        ("b", bad.url("/")),
        ("c", good.url("/")),
        ("d", gone),
        ("e", good.url("/")),
    ];
    let summary = summary(&ask(query(&targets)).await);
    let expected = "3 passed, 4 answered; b answered 500; d refused the connection";
    assert_eq!(summary, expected);
}

#[tokio::test]
async fn a_hundred_targets_are_probed_in_their_order() {
    let server = Server::start(vec![answer("500 Oops", "", "")]).await;
    let names = (0..100).map(|number| number.to_string()).collect::<Vec<_>>();
    let targets = names.iter().map(|name| (name.as_str(), server.url("/"))).collect::<Vec<_>>();
    let outcome = ask(query(&targets)).await;
    let Ok(Answer { reading: Reading::Health(health), .. }) = outcome else { unreachable!() };
    let failed = health.failures.iter().map(|failure| failure.target.as_str());
    assert!(failed.eq(names.iter().map(String::as_str)));
}

#[tokio::test]
async fn probes_of_a_target_follow_each_other_on_new_connections() {
    let server = Server::start(vec![ok("ok"), answer("500 Oops", "", ""), ok("ok")]).await;
    let query = HealthQuery { probes: 3, ..query(&[("a", server.url("/"))]) };
    assert_eq!(summary(&ask(query).await), "2 passed, 3 answered; a answered 500");
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn head_asks_for_no_body() {
    let declared = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n".to_vec();
    let server = Server::start(vec![Act::Send(declared)]).await;
    let query = HealthQuery { method: Method::Head, ..query(&[("a", server.url("/"))]) };
    assert_eq!(summary(&ask(query).await), "1 passed, 1 answered");
    assert!(server.seen().concat().starts_with("HEAD / HTTP/1.1"));
}

/// A login at this token endpoint.
fn oauth2(login: &Server) -> Authentication {
    let plain = |text: &str| Resolved::plain(text);
    Authentication::OAuth2 {
        token_url: plain(&login.url("/token")),
        client_id: plain("id"),
        client_secret: plain("client-secret"),
        scopes: vec![],
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_hangs_is_a_fault_and_no_failed_probe() {
    let server = Server::start(vec![ok("ok")]).await;
    let login = Server::start(vec![Act::Hang]).await;
    let authentication = oauth2(&login);
    let query = HealthQuery { authentication, ..query(&[("a", server.url("/"))]) };
    let expected = "TimedOut: oauth2: cannot fetch token: there was no answer within 5s";
    assert_eq!(summary(&ask(query).await), expected);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn what_is_wrong_whoever_answers_is_a_fault() {
    let outcome = ask(query(&[("a", "ftp://a".to_owned())])).await;
    let expected = "Misconfigured: unsupported protocol scheme \"ftp\"";
    assert_eq!(summary(&outcome), expected);

    // A token that cannot be had says nothing about the target.
    let server = Server::start(vec![ok("ok")]).await;
    let login = Server::start(vec![answer("401 No", "", "")]).await;
    let authentication = oauth2(&login);
    let query = HealthQuery { authentication, ..query(&[("a", server.url("/"))]) };
    let expected = "Refused: oauth2: cannot fetch token: 401 Unauthorized from HOST";
    assert_eq!(describe(&ask(query).await, Some(&login)), expected);
}
