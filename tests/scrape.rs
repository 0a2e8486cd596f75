//! `assay run` without a Prometheus: pages of metrics as services serve them.

use assay_tests::binary::{Printed, assay, run, run_until};
use assay_tests::http::Service;
use assay_tests::node_exporter::NodeExporter;

/// A template for a service that counts its requests by code, read five times a second.
const TEMPLATE: &str = "tests/live/scrape.yaml";

/// Good measurements that are waited for before something happens.
const SEEN_GOOD: usize = 3;

#[test]
fn a_service_that_stays_healthy_is_promoted() {
    let service = Service::start();
    let printed = run(&mut assay(&["run", TEMPLATE, "-o", "json", "-a", &address(&service)]));
    assert_eq!(printed.code, 0, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["verdict"], "promote");
    assert_eq!(report["metrics"][0]["successful"], 8);
}

#[test]
fn a_service_whose_errors_rise_is_aborted() {
    let service = Service::start();
    let printed = endless(&address(&service), || service.turn_bad());
    assert_eq!(printed.code, 10, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["verdict"], "abort");
    assert_eq!(report["metrics"][0]["phase"], "Failed");
    let sentence = report["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("result[0] >= 0.9"), "{sentence}");
}

#[test]
fn a_service_that_is_killed_is_blind_not_bad() {
    let service = Service::start();
    let address = address(&service);
    let printed = endless(&address, || drop(service));
    assert_eq!(printed.code, 11, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["verdict"], "hold");
    assert_eq!(report["reason"]["cause"], "sourceFailed");
    let sentence = report["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("refused the connection"), "{sentence}");
}

#[test]
fn a_misspelt_metric_is_told_with_what_may_be_meant() {
    let service = Service::start();
    let template = "tests/live/scrape-misspelt.yaml";
    let printed = run(&mut assay(&["run", template, "-o", "json", "-a", &address(&service)]));
    assert_eq!(printed.code, 11, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["reason"]["cause"], "noData");
    let sentence = report["sentence"].as_str().expect("a sentence");
    let hint = "the answer was empty: no series match `http_request_total`, did you mean \
                `http_requests_total`?";
    assert!(sentence.contains(hint), "{sentence}");
}

#[test]
fn a_real_node_exporter_is_read() {
    let node = NodeExporter::start();
    let address = format!("address={}", node.address());
    let template = "tests/live/scrape-node.yaml";
    let printed = run(&mut assay(&["run", template, "-o", "json", "-a", &address]));
    assert_eq!(printed.code, 0, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["metrics"][2]["successful"], 3, "{report}");
}

fn address(service: &Service) -> String {
    format!("address={}", service.address())
}

/// Runs until something good was seen, lets `happen`, and goes on to the verdict.
fn endless(address: &str, happen: impl FnOnce()) -> Printed {
    let mut command = assay(&["run", TEMPLATE, "-o", "json", "-a", address, "-a", "count=400"]);
    run_until(&mut command, "Successful", SEEN_GOOD, happen)
}
