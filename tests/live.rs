//! `assay run` against the real thing: a Prometheus that scrapes a service, and backends that answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use assay_tests::binary::{Printed, assay, run, run_until};
use assay_tests::http::{Server, Service};
use assay_tests::prometheus::Prometheus;

/// A template for a service that counts its requests by code, looked at four times a second.
const TEMPLATE: &str = "tests/live/success-rate.yaml";

/// Good measurements that are waited for before something happens.
const SEEN_GOOD: u64 = 3;

#[test]
fn a_service_that_stays_healthy_is_promoted() {
    let service = Service::start();
    let prometheus = Prometheus::scraping(service.address());
    let printed = live(&["--prometheus", &prometheus.url()]);
    assert_eq!(printed.code, 0, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["verdict"], "promote");
    assert_eq!(report["metrics"][0]["successful"], 12);
}

#[test]
fn a_service_that_turns_bad_half_way_is_aborted() {
    let service = Service::start();
    let prometheus = Prometheus::scraping(service.address());
    let printed = live_until(&prometheus.url(), || service.turn_bad());
    assert_eq!(printed.code, 10, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["verdict"], "abort");
    assert_eq!(report["metrics"][0]["phase"], "Failed");
    let sentence = report["sentence"].as_str().expect("a sentence");
    for part in ["success-rate", "result[0] >= 0.9"] {
        assert!(sentence.contains(part), "{sentence}");
    }
    let successful = report["metrics"][0]["successful"].as_u64().expect("a count");
    assert!(SEEN_GOOD <= successful, "it was good before it was bad: {report}");
}

#[test]
fn a_prometheus_that_dies_in_the_middle_is_blind_not_bad() {
    let service = Service::start();
    let mut prometheus = Prometheus::scraping(service.address());
    let url = prometheus.url();
    let printed = live_until(&url, || prometheus.kill());
    assert_eq!(printed.code, 11, "{printed:?}");
    assert!(printed.stderr.contains("refused the connection"), "{printed:?}");
    let report = printed.json();
    assert_eq!(report["verdict"], "hold");
    assert_eq!(report["reason"]["cause"], "sourceFailed");
    let sentence = report["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("blind"), "{sentence}");
}

/// Runs until something good was seen, lets `happen`, and goes on to the verdict.
fn live_until(url: &str, happen: impl FnOnce()) -> Printed {
    let mut command =
        assay(&["run", TEMPLATE, "-o", "json", "--prometheus", url, "-a", "count=400"]);
    let wanted = usize::try_from(SEEN_GOOD).expect("a small number");
    run_until(&mut command, "Successful", wanted, happen)
}

#[test]
fn a_run_that_is_still_running_at_its_timeout_says_so() {
    let service = Service::start();
    let prometheus = Prometheus::scraping(service.address());
    let printed =
        live(&["--prometheus", &prometheus.url(), "--arg", "count=400", "--timeout", "600ms"]);
    assert_eq!(printed.code, 12, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["verdict"], serde_json::Value::Null);
    assert_eq!(report["phase"], "Running");
}

#[test]
fn the_backend_that_fails_is_named() {
    let backends = backends(5, Some(3));
    let printed = health(&backends);
    assert_eq!(printed.code, 10, "{printed:?}");
    let report = printed.json();
    let sentence = report["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains(&backends[3].address().to_string()), "{sentence}");
    for healthy in [0, 1, 2, 4] {
        assert!(!sentence.contains(&backends[healthy].address().to_string()), "{sentence}");
    }
}

#[test]
fn backends_that_all_answer_ok_are_promoted() {
    let printed = health(&backends(5, None));
    assert_eq!(printed.code, 0, "{printed:?}");
}

#[test]
fn the_command_of_the_verdict_runs_and_no_other() {
    let backends = backends(2, Some(1));
    let printed = run(assay(&["run", "tests/live/health-two.yaml", "-q"])
        .args(targets(&backends))
        .args(["--on-promote", "echo promoted", "--on-hold", "echo held"])
        .args(["--on-abort", "echo \"rolled back: $ASSAY_VERDICT of $ASSAY_TEMPLATE\""]));
    assert_eq!(printed.code, 10, "{printed:?}");
    assert!(printed.stderr.contains("rolled back: abort of health-two"), "{printed:?}");
    assert!(!printed.stderr.contains("promoted") && !printed.stderr.contains("held"));
}

/// What a source answers is part of the sentence, and no variable can hold a NUL.
#[test]
fn an_answer_with_a_nul_does_not_keep_the_command_from_running() {
    let page = Server::start(|_| (200, String::from("draining\0")));
    let address = format!("address={}", page.address());
    let printed = run(assay(&["run", "tests/live/page.yaml", "-q", "--arg", &address])
        .args(["--on-abort", "echo \"rolled back: $ASSAY_SENTENCE\""]));
    assert_eq!(printed.code, 10, "{printed:?}");
    assert!(printed.stderr.contains("rolled back: page was draining\u{fffd}"), "{printed:?}");
}

#[test]
fn a_command_that_fails_is_not_passed_over() {
    let backends = backends(2, None);
    let printed =
        run(assay(&["run", "tests/live/health-two.yaml", "-q", "--on-promote", "exit 7"])
            .args(targets(&backends)));
    assert_eq!(printed.code, 1, "{printed:?}");
    assert!(printed.stderr.contains("the verdict is promote, but `exit 7` ended with"));
}

fn live(arguments: &[&str]) -> Printed {
    run(assay(&["run", TEMPLATE, "-o", "json"]).args(arguments))
}

/// Backends that answer `ok` on `/healthz`; the one at `failing` does so twice only.
fn backends(count: usize, failing: Option<usize>) -> Vec<Server> {
    let backend = |place| {
        let asked = Arc::new(AtomicU64::new(0));
        Server::start(move |path| match path {
            "/healthz" if failing == Some(place) && 2 <= asked.fetch_add(1, Ordering::SeqCst) => {
                (503, String::from("draining"))
            }
            "/healthz" => (200, String::from("ok\n")),
            _ => (404, String::from("not here")),
        })
    };
    (0..count).map(backend).collect()
}

fn targets(backends: &[Server]) -> Vec<String> {
    let target = |(place, backend): (usize, &Server)| {
        ["--arg".to_owned(), format!("backend-{place}={}", backend.address())]
    };
    backends.iter().enumerate().flat_map(target).collect()
}

fn health(backends: &[Server]) -> Printed {
    let template = "tests/live/health-five.yaml";
    run(assay(&["run", template, "-o", "json"]).args(targets(backends)))
}
