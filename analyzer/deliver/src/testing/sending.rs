//! One attempt at targets that take it, refuse it, and do neither.

use std::time::Duration;

use assay_template::secret::Secret;
use tokio::time::Instant;

use super::server::{Act, Server, answer};
use super::{BODY, KEY, at, attempt, deliverer, describe, id, settings};
use crate::deliverer::Attempt;
use crate::message::tests::verdict;
use crate::message::{Encoded, Form};
use crate::policy::answer::Outcome;
use crate::target::{Target, TargetSettings};
use crate::webhook::key::VerifyingKey;
use crate::webhook::verify::{Headers, TOLERANCE, Verifier};

/// Sends once to a target that does this.
async fn check(act: Act, expected: &str) {
    let server = Server::start(vec![act]).await;
    let report = attempt(&deliverer(), &settings(&server.url("/hook"))).await;
    assert_eq!(describe(&report), expected);
    assert_eq!(server.seen().len(), 1);
}

const AGAIN: &str = "Retry { after: 4.";

/// The same, where the wait is some four seconds.
async fn check_again(act: Act, expected: &str) {
    let server = Server::start(vec![act]).await;
    let report = attempt(&deliverer(), &settings(&server.url("/hook"))).await;
    let described = describe(&report);
    assert!(described.starts_with(AGAIN), "{described}");
    let (_, told) = described.split_once("}: ").unwrap();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_status_decides() {
    check(answer("200 OK", "", "thanks"), "Delivered: answered 200 [thanks]").await;
    check(answer("204 No Content", "", ""), "Delivered: answered 204 []").await;
    check(answer("410 Gone", "", "bye"), "Disabled: answered 410 [bye]").await;
    check_again(answer("500 Oops", "", "x\r\n\x1b[31my"), "answered 500 [x   [31my]").await;
    check_again(answer("404 Not Found", "", ""), "answered 404 []").await;
    let wait = answer("429 Slow", "Retry-After: 120\r\n", "");
    check(wait, "Retry { after: 120s }: answered 429 []").await;
    let until = "Retry-After: Mon, 05 Jan 2026 10:07:00 GMT\r\n";
    check(answer("503 Busy", until, ""), "Retry { after: 120s }: answered 503 []").await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let there = Server::start(vec![answer("200 OK", "", "")]).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = format!("Location: {}\r\n", there.url("/"));
        let number = &status[..3];
        let expected = format!("answered {number}, a redirect, and redirects are not followed []");
        check_again(answer(status, &location, ""), &expected).await;
    }
    assert_eq!(there.connections(), 0);
}

#[tokio::test]
async fn connections_that_break_are_tried_again() {
    let closed = "closed the connection before its answer was complete []";
    check_again(Act::SendAndClose(vec![]), closed).await;
    check_again(Act::SendAndClose(b"HTTP/1.1 200".to_vec()), closed).await;
    let rubbish = Act::SendAndClose(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec());
    check_again(rubbish, "did not answer in HTTP that can be read []").await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let report = attempt(&deliverer(), &settings(&format!("http://{free}/"))).await;
    assert_eq!(report.to_string(), "refused the connection");
}

#[tokio::test]
async fn the_status_counts_even_if_the_body_breaks_off() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    check(Act::SendAndClose(half), "Delivered: answered 200 []").await;
}

#[tokio::test]
async fn an_endless_answer_is_not_read() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
    let server = Server::start(vec![Act::Endless(head, chunk)]).await;
    let report = attempt(&deliverer(), &settings(&server.url("/"))).await;
    assert_eq!(report.outcome, Outcome::Delivered);
    assert_eq!(report.excerpt, format!("{}…", "x".repeat(512)));
}

#[tokio::test]
async fn endless_headers_are_not_read() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let server = Server::start(vec![Act::Endless(head, b"x-a: b\r\n".to_vec())]).await;
    let report = attempt(&deliverer(), &settings(&server.url("/"))).await;
    assert_eq!(report.to_string(), "did not answer in HTTP that can be read");
}

/// The attempt ends after the target's timeout and not much later.
async fn check_late(act: Act, expected: &str) {
    let server = Server::start(vec![act]).await;
    let start = Instant::now();
    let report = attempt(&deliverer(), &settings(&server.url("/"))).await;
    assert_eq!(report.to_string(), expected);
    assert_eq!(report.took.as_secs(), 15);
    assert!(start.elapsed() < Duration::from_secs(16));
}

#[tokio::test(start_paused = true)]
async fn a_slow_target_does_not_hold_us_up() {
    let late = "did not answer within 15s";
    check_late(Act::Hang, late).await;
    check_late(Act::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), late).await;
    // It has the message, however long it goes on about it.
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n".to_vec();
    check_late(Act::Send(head), "answered 200").await;
}

#[tokio::test]
async fn a_target_gets_the_bytes_and_can_tell_who_sent_them() {
    let server = Server::start(vec![answer("500 No", "", ""), answer("200 OK", "", "")]).await;
    let target = Target::new(&TargetSettings {
        headers: vec![(String::from("X-Team"), Secret::new(String::from("shop")))],
        authorization: Some(Secret::new(String::from("Bearer receiver-token"))),
        ..settings(&server.url("/hook?a=b"))
    });
    let (target, deliverer) = (target.unwrap(), deliverer());
    let form = Form::CloudEvents { source: String::from("/assay") };
    let Encoded { id, body } = verdict().encode(&form).unwrap();
    let later = at() + jiff::SignedDuration::from_secs(5);
    for (number, at) in [(1, at()), (2, later)] {
        deliverer.deliver(&target, Attempt { id: &id, body: &body, number, at }).await;
    }
    let seen = server.seen();
    let verifier = Verifier::new(vec![VerifyingKey::read(KEY).unwrap()], TOLERANCE);
    let mut ids = Vec::new();
    for (request, at) in seen.iter().zip([at(), later]) {
        let (head, got) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
        let header = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            let mut values = lines.filter(|(key, _)| *key == name).map(|(_, value)| value);
            values.next().unwrap_or_default()
        };
        assert_eq!(header("content-type"), "application/cloudevents+json; charset=utf-8");
        assert_eq!(header("x-team"), "shop");
        assert_eq!(header("authorization"), "Bearer receiver-token");
        assert_eq!(header("webhook-timestamp"), at.as_second().to_string());
        assert_eq!(got.as_bytes(), body);
        let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
        let headers = Headers { id, timestamp, signature: header("webhook-signature") };
        assert_eq!(verifier.verify(headers, got.as_bytes(), at), Ok(()));
        ids.push(id.to_owned());
    }
    // The same id in both attempts, on one connection.
    assert_eq!(ids, vec![id.as_str(); 2]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn secrets_that_a_target_sends_back_are_not_shown() {
    let server = Server::start(vec![Act::Echo("400 Bad Request")]).await;
    let target = TargetSettings {
        authorization: Some(Secret::new(String::from("Bearer pl4nted-token"))),
        headers: vec![(String::from("x-key"), Secret::new(String::from("pl4nted-header")))],
        ..settings(
            &server
                .url("/services/pl4nted-path?key=pl4nted-query")
                .replace("http://", "http://user:pl4nted-password@"),
        )
    };
    let report = attempt(&deliverer(), &target).await;
    assert!(report.excerpt.starts_with("POST /***/***?key=*** HTTP/1.1  "), "{}", report.excerpt);
    assert!(server.seen()[0].contains("pl4nted-token"));
    let told = format!("{report:?} {report}");
    assert!(!told.contains("pl4nted"), "{told}");
    assert!(!format!("{target:?}").contains("pl4nted"), "{target:?}");
}

#[tokio::test]
async fn a_key_that_is_sent_back_is_not_shown() {
    let key = KEY.split_once('_').unwrap().1;
    for body in [KEY.to_owned(), format!("{}{}", "x".repeat(4096 - 20), key)] {
        let server = Server::start(vec![answer("500 No", "", &body)]).await;
        let report = attempt(&deliverer(), &settings(&server.url("/"))).await;
        assert!(!report.excerpt.contains(&key[..8]), "{}", report.excerpt);
    }
    // The last one is cut in two where reading ends.
    let many = format!("{}{}", "x".repeat(20), format!("{KEY} ").repeat(110));
    let server = Server::start(vec![answer("500 No", "", &many)]).await;
    let report = attempt(&deliverer(), &settings(&server.url("/"))).await;
    assert!(report.excerpt.starts_with("xxxxxxxxxxxxxxxxxxxx*** ***"), "{}", report.excerpt);
    assert!(!report.excerpt.contains("MfKQ"), "{}", report.excerpt);
}

#[tokio::test]
async fn the_number_of_the_attempt_counts() {
    let server = Server::start(vec![answer("500 No", "", "")]).await;
    let target = Target::new(&settings(&server.url("/"))).unwrap();
    let last = Attempt { id: &id(), body: BODY, number: 20, at: at() };
    let report = deliverer().deliver(&target, last).await;
    assert_eq!(report.outcome, Outcome::Dead);
}
