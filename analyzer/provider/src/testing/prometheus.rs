//! Rows B of the compatibility table, and the faults of a source (F23 to F32).

use std::time::Duration;

use assay_template::condition::TimeExpression;
use assay_template::plan::RangeQuery;
use assay_template::secret::Resolved;

use super::server::{Act, Server, answer, ok};
use super::{ask, describe, prometheus_query, sources};
use crate::sources::{SourceSettings, Sources};

const GOOD: &str = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"10"]}}"#;

/// Asks a server that acts so.
async fn check(acts: Vec<Act>, expected: &str) {
    let server = Server::start(acts).await;
    let outcome = ask(&sources(), prometheus_query(&server.url(""))).await;
    assert_eq!(describe(&outcome, Some(&server)), expected);
}

fn page(status: &str) -> Act {
    answer(status, "Content-Type: text/html\r\n", "<html>busy</html>")
}

#[tokio::test]
async fn an_instant_query_is_a_form_with_the_time_it_was_asked_for() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let outcome = ask(&sources(), prometheus_query(&server.url("/base/"))).await;
    assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    let seen = server.seen().concat();
    let (head, body) = seen.split_once("\n\n").unwrap();
    let mut lines = head.lines().collect::<Vec<_>>();
    lines.sort_unstable();
    let agent = format!("user-agent: assay/{}", env!("CARGO_PKG_VERSION"));
    let host = format!("host: {}", server.address());
    let expected = [
        "POST /base/api/v1/query HTTP/1.1",
        "accept-encoding: gzip",
        "accept: */*",
        "content-length: 27",
        "content-type: application/x-www-form-urlencoded",
        &host,
        &agent,
    ];
    assert_eq!(lines, expected);
    assert_eq!(body, "query=up&time=1767607200.25");
}

#[tokio::test]
async fn a_range_query_sends_its_window() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let mut query = prometheus_query(&server.url(""));
    let step = Duration::from_millis(1500);
    query.range = Some(RangeQuery { start: None, end: None, step });
    let _ = ask(&sources(), query).await;
    let seen = server.seen().concat();
    assert!(seen.starts_with("POST /api/v1/query_range "), "{seen}");
    assert!(seen.ends_with("end=1767607200.25&query=up&start=1767607200.25&step=1.5"), "{seen}");
}

#[tokio::test]
async fn b16_a_start_that_is_no_time_is_not_sent() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let mut query = prometheus_query(&server.url(""));
    let start = TimeExpression::compile(r#"now() - duration("??")"#).unwrap();
    let step = Duration::from_secs(60);
    query.range = Some(RangeQuery { start: Some(start), end: None, step });
    let outcome = ask(&sources(), query).await;
    let expected = r#"failed to parse rangeQuery.start as time: time: invalid duration "??""#;
    assert_eq!(describe(&outcome, None), format!("Misconfigured: {expected}"));
}

#[tokio::test]
async fn b18_start_and_end_are_expressions() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let mut query = prometheus_query(&server.url(""));
    let text = r#"date("2023-08-14 00:00:00", "2006-01-02 15:04:05", "UTC") - duration("1h")"#;
    let start = TimeExpression::compile(text).unwrap();
    let step = Duration::from_secs(60);
    query.range = Some(RangeQuery { start: Some(start), end: None, step });
    let _ = ask(&sources(), query).await;
    let seen = server.seen().concat();
    // 2023-08-13T23:00:00Z
    assert!(seen.ends_with("end=1767607200.25&query=up&start=1691967600&step=60"), "{seen}");
}

#[tokio::test]
async fn a_server_that_takes_no_post_is_asked_by_get() {
    for status in ["403 Forbidden", "405 Method Not Allowed", "501 Not Implemented"] {
        let server = Server::start(vec![answer(status, "", ""), ok(GOOD)]).await;
        let outcome = ask(&sources(), prometheus_query(&server.url(""))).await;
        assert_eq!(describe(&outcome, None), "Scalar(10.0)");
        let seen = server.seen();
        assert!(
            seen[1].starts_with("GET /api/v1/query?query=up&time=1767607200.25 HTTP"),
            "{seen:?}"
        );
    }
}

#[tokio::test]
async fn b20_no_time_at_all_is_a_deadline_that_has_passed() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let mut query = prometheus_query(&server.url(""));
    query.timeout = Duration::ZERO;
    let outcome = ask(&sources(), query).await;
    assert_eq!(describe(&outcome, Some(&server)), "TimedOut: HOST did not answer within 0s");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn b21_an_address_needs_scheme_and_host() {
    for address in ["prometheus:9090", "prometheus", "//prometheus", "http://", ":", "/x"] {
        let outcome = ask(&sources(), prometheus_query(address)).await;
        let expected = "Misconfigured: prometheus address is not is url format";
        assert_eq!(describe(&outcome, None), expected, "{address}");
    }
    let outcome = ask(&sources(), prometheus_query("ftp://prometheus")).await;
    assert_eq!(describe(&outcome, None), "Misconfigured: unsupported protocol scheme \"ftp\"");
}

#[tokio::test]
async fn b22_without_an_address_the_default_is_asked() {
    for address in [None, Some(Resolved::plain(""))] {
        let mut query = prometheus_query("");
        query.address = address;
        let outcome = ask(&sources(), query.clone()).await;
        let expected = "Misconfigured: prometheus address is not configured";
        assert_eq!(describe(&outcome, None), expected);

        let server = Server::start(vec![ok(GOOD)]).await;
        let prometheus_address = Some(server.url(""));
        let settings = SourceSettings { prometheus_address, ..SourceSettings::default() };
        let outcome = ask(&Sources::new(settings).unwrap(), query).await;
        assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    }
}

#[tokio::test]
async fn b24_errors_of_something_in_front_keep_argos_words() {
    let row = |status| vec![page(status)];
    check(row("503 X"), "Refused: server_error: server error: 503").await;
    check(row("500 X"), "Refused: server_error: server error: 500").await;
    check(row("401 X"), "Refused: client_error: client error: 401").await;
    check(row("429 X"), "Refused: client_error: client error: 429").await;
    check(row("403 X"), "Refused: client_error: client error: 403").await;
}

#[tokio::test]
async fn a_source_that_is_not_there() {
    let address = Server::start(vec![Act::Hang]).await.address();
    // The listener is gone once its task has been dropped.
    tokio::task::yield_now().await;
    let outcome = ask(&sources(), prometheus_query(&format!("http://{address}"))).await;
    let expected = format!("Unreachable: {address} refused the connection");
    assert_eq!(describe(&outcome, None), expected);

    let outcome = ask(&sources(), prometheus_query("http://nowhere.invalid:9090")).await;
    let expected =
        "Unreachable: nowhere.invalid:9090 could not be found: its host name has no address";
    assert_eq!(describe(&outcome, None), expected);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_late() {
    let late = "TimedOut: HOST did not answer within 30s";
    check(vec![Act::Hang], late).await;
    let Act::Send(slow) = ok(GOOD) else { unreachable!() };
    check(vec![Act::Drip(slow)], late).await;
}

#[tokio::test]
async fn a_source_that_breaks_off() {
    let closed = "Unreachable: HOST closed the connection before its answer was complete";
    check(vec![Act::SendAndClose(vec![])], closed).await;
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":";
    check(vec![Act::SendAndClose(half.to_vec())], closed).await;
    check(vec![Act::SendAndClose(half[..20].to_vec())], closed).await;
    check(vec![Act::SendAndReset(half.to_vec())], closed).await;
    let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"s";
    check(vec![Act::SendAndClose(chunk.to_vec())], closed).await;
}

#[tokio::test]
async fn a_source_that_talks_rubbish() {
    let rubbish = "Unreadable: HOST did not answer in HTTP that can be read";
    check(vec![Act::SendAndClose(b"SSH-2.0-OpenSSH\r\n".to_vec())], rubbish).await;
    let bad_chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let undecodable = "Unreadable: HOST answered with a body that cannot be decoded";
    check(vec![Act::SendAndClose(bad_chunk.to_vec())], undecodable).await;
    let page = page("200 OK");
    check(vec![page], "Unreadable: HOST: the answer is not JSON but a page in HTML or XML").await;
    check(vec![ok("")], "Unreadable: HOST: the answer is empty").await;
    check(vec![ok(&GOOD[..40])], "Unreadable: HOST: the answer ends in the middle").await;
    let not_gzip = answer("200 OK", "Content-Encoding: gzip\r\n", "hello, no gzip at all");
    check(vec![not_gzip], undecodable).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let redirect =
        |to: &str| vec![answer("302 Found", &format!("Location: {to}\r\n"), ""), ok(GOOD)];
    let refused = "Refused: HOST answered 302, a redirect, and redirects are not followed";
    check(redirect("/login?token=abc"), refused).await;
    let refused = "Refused: HOST answered 302, a redirect (to an `https` address), \
                   and redirects are not followed";
    check(redirect("https://elsewhere/"), refused).await;
    check(vec![answer("304 X", "", "")], "Refused: bad_response: bad response code 304").await;
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let large = "TooLarge: HOST answered with more than 4194304 bytes";
    let declared = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
    check(vec![Act::Send(declared.to_vec())], large).await;
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    check(vec![Act::Endless(chunked.to_vec(), chunk)], large).await;
    let plain = b"HTTP/1.1 200 OK\r\n\r\n";
    check(vec![Act::Endless(plain.to_vec(), vec![b' '; 0x10000])], large).await;
    check(vec![ok(vec![b' '; 10 << 20])], large).await;
    // 10 MB of spaces in 65 KB.
    check(vec![answer("200 OK", "Content-Encoding: gzip\r\n", bomb())], large).await;
}

/// A gzip file written by hand: one space, then "the last byte 258 times again", 40,000 times.
fn bomb() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(1, 1); // the last block
    bits.push(1, 2); // fixed codes
    bits.push_reversed(0x30 + u32::from(b' '), 8);
    for _ in 0..40_000 {
        bits.push_reversed(0b1100_0101, 8); // length 258
        bits.push(0, 5); // distance 1
    }
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    [header.as_slice(), &bits.bytes].concat()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for place in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = u8::from((value >> place) & 1 == 1);
            *self.bytes.last_mut().unwrap() |= bit << (self.used % 8);
            self.used += 1;
        }
    }

    /// Huffman codes start with their most significant bit.
    fn push_reversed(&mut self, value: u32, count: u32) {
        for place in (0..count).rev() {
            self.push(value >> place, 1);
        }
    }
}

#[tokio::test]
async fn a_proxy_is_used_when_the_operator_says_so() {
    let proxy = Server::start(vec![ok(GOOD)]).await;
    let address = assay_template::secret::Secret::new(proxy.url(""));
    let settings = SourceSettings { proxy: Some(address), ..SourceSettings::default() };
    let outcome = ask(&Sources::new(settings).unwrap(), prometheus_query("http://prom:9090")).await;
    assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    let seen = proxy.seen().concat();
    assert!(seen.starts_with("POST http://prom:9090/api/v1/query HTTP/1.1"), "{seen}");
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let sources = sources();
    for _ in 0..3 {
        let outcome = ask(&sources, prometheus_query(&server.url(""))).await;
        assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_template_sends_its_headers() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let mut query = prometheus_query(&server.url(""));
    let header = |name: &str, value: &str| (name.to_owned(), Resolved::plain(value));
    query.headers = vec![header("X-Scope-OrgID", "team"), header("Host", "internal")];
    let _ = ask(&sources(), query).await;
    let seen = server.seen().concat();
    assert!(seen.contains("\nx-scope-orgid: team\n"), "{seen}");
    assert!(!seen.contains("internal"), "{seen}");
}
