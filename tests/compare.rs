//! Statistical criteria live: a canary and its stable version, counted by a real server.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use assay_tests::binary::{Printed, assay, run};
use assay_tests::http::Server;
use assay_tests::prometheus::Prometheus;

/// Requests that each pod answers from one scrape to the next.
const REQUESTS: u64 = 1_000;

/// A page on which five pods of the stable version and one canary count on with every scrape; the canary
/// fails `failing` of its requests, the others 5.
pub(crate) fn shop(failing: u64) -> Server {
    let scrapes = Arc::new(AtomicU64::new(1));
    Server::start(move |path| {
        if path != "/metrics" {
            return (404, String::from("not here"));
        }
        let scrapes = scrapes.fetch_add(1, Ordering::SeqCst);
        let mut page = String::from("# TYPE http_requests_total counter\n");
        for pod in 0..6 {
            let (role, errors) = if pod < 5 { ("stable", 5) } else { ("canary", failing) };
            // Pods differ a little from each other, as they do.
            let failed = errors * scrapes + (scrapes + pod) / 2;
            for (code, count) in [("200", REQUESTS * scrapes - failed), ("500", failed)] {
                let labels = format!("role=\"{role}\",pod=\"{role}-{pod}\",code=\"{code}\"");
                let _ = writeln!(page, "http_requests_total{{{labels}}} {count}");
            }
        }
        (200, page)
    })
}

fn by_prometheus(failing: u64) -> Printed {
    let shop = shop(failing);
    let prometheus = Prometheus::scraping(shop.address());
    let url = prometheus.url();
    run(&mut assay(&["run", "tests/live/compare.yaml", "-o", "json", "--prometheus", &url]))
}

fn by_pages(failing: u64) -> Printed {
    let shop = shop(failing);
    let address = format!("address={}", shop.address());
    run(&mut assay(&["run", "tests/live/compare-scrape.yaml", "-o", "json", "-a", &address]))
}

fn check(printed: &Printed, code: i32, verdict: &str) {
    assert_eq!(printed.code, code, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["verdict"], verdict);
    let compared = &report["metrics"][0]["comparison"];
    assert_eq!(compared["canary"]["pods"], 1, "{report}");
    assert_eq!(compared["baseline"]["pods"], 5, "{report}");
    assert!(1 < compared["usableLooks"].as_u64().expect("a count"), "{report}");
}

#[test]
fn a_canary_that_fails_more_often_is_aborted() {
    check(&by_prometheus(40), 10, "abort");
    check(&by_pages(40), 10, "abort");
}

#[test]
fn a_canary_that_is_alike_is_promoted() {
    check(&by_prometheus(5), 0, "promote");
    check(&by_pages(5), 0, "promote");
}

#[test]
fn a_canary_that_never_comes_is_held() {
    let page = "# TYPE http_requests_total counter\n\
                http_requests_total{role=\"stable\",pod=\"a\",code=\"500\"} 3\n\
                http_requests_total{role=\"stable\",pod=\"a\",code=\"200\"} 3000\n";
    let server = Server::start(move |_| (200, page.to_owned()));
    let address = format!("address={}", server.address());
    let printed =
        run(&mut assay(&["run", "tests/live/compare-scrape.yaml", "-o", "json", "-a", &address]));
    assert_eq!(printed.code, 11, "{printed:?}");
    let sentence = printed.json()["sentence"].as_str().expect("a sentence").to_owned();
    assert!(sentence.contains("no series of the canary came"), "{sentence}");
}
