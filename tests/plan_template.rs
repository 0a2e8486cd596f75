//! `assay plan` of a template's criteria: with traffic that is stated, from a fixture, from a real
//! Prometheus; and what `assay check` says of steps that are too short.

use assay_tests::binary::{Printed, assay, run};
use assay_tests::prometheus::Prometheus;
use expect_test::expect_file;
use serde_json::Value;

use crate::compare::shop;

const ERROR_RATE: [&str; 2] =
    ["templates/canary-error-rate.yaml", "--arg=selector=app=\"checkout\""];
const SIGNALS: [&str; 3] = [
    "templates/canary-golden-signals.yaml",
    "--arg=selector=app=\"checkout\"",
    "--arg=canary-weight=5%",
];

fn planned(template: &[&str], more: &[&str]) -> Printed {
    run(assay(&["plan"]).args(template).args(more))
}

fn json(template: &[&str], more: &[&str]) -> Value {
    let printed = planned(template, &[more, &["-o=json"]].concat());
    assert_eq!(printed.code, 0, "{printed:?}");
    printed.json()
}

#[test]
fn the_criteria_of_a_template_are_written_for_people() {
    let printed = planned(&ERROR_RATE, &["--rate=50", "--weight=5%"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    expect_file!["plan/template.table.txt"].assert_eq(&printed.stdout);
    let given = ["--rate=200", "--weight=25%", "--errors=1%", "--effect=1.2", "-o=markdown"];
    let printed = planned(&SIGNALS, &given);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    expect_file!["plan/template.markdown.txt"].assert_eq(&printed.stdout);
}

#[test]
fn what_a_fixture_shows_is_planned_with() {
    let fixture = ["--fixture=fixtures/canary/doubled.yaml"];
    let printed = planned(&SIGNALS, &fixture);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    expect_file!["plan/fixture.table.txt"].assert_eq(&printed.stdout);
    let plan = json(&ERROR_RATE, &fixture);
    let seen = &plan["metrics"][0];
    assert_eq!(seen["seen"]["baseline"]["pods"], 4, "{plan:#}");
    assert_eq!(seen["seen"]["canary"]["pods"], 1, "{plan:#}");
    // A twentieth of the traffic, while the canary was there.
    assert!((seen["canaryShare"].as_f64().expect("a share") - 0.05).abs() < 1e-3, "{plan:#}");
    assert!((seen["rate"].as_f64().expect("a rate") - 18.0 / 3562.0).abs() < 1e-6, "{plan:#}");
    // What is said counts more than what is seen.
    let said = json(&ERROR_RATE, &[fixture[0], "--weight=20%", "--errors=2%", "--dispersion=4"]);
    let said = &said["metrics"][0];
    assert_eq!((&said["canaryShare"], &said["rate"]), (&0.2.into(), &0.02.into()));
    assert_eq!(said["dispersion"], 4.0);
    assert!(seen["needed"].as_f64() < said["needed"].as_f64(), "1/alpha under noise");
}

#[test]
fn criteria_share_the_level_as_in_a_run() {
    let plan = json(&SIGNALS, &["--rate=200", "--weight=25%"]);
    let alphas: Vec<f64> = plan["metrics"]
        .as_array()
        .expect("metrics")
        .iter()
        .map(|metric| metric["alpha"].as_f64().expect("a level"))
        .collect();
    let fixture = "fixtures/canary/doubled.yaml";
    let walked = run(assay(&["dry-run", "-o=json", "--fixture", fixture]).args(SIGNALS));
    let of_run: Vec<f64> = walked.json()["metrics"]
        .as_array()
        .expect("metrics")
        .iter()
        .filter(|metric| {
            ["errorRate", "latency", "limit"]
                .iter()
                .any(|known| metric["comparison"]["criterion"] == *known)
        })
        .map(|metric| metric["comparison"]["needed"].as_f64().expect("evidence"))
        .collect();
    assert_eq!(alphas.len(), of_run.len());
    let of_plan: Vec<f64> = plan["metrics"]
        .as_array()
        .expect("metrics")
        .iter()
        .map(|metric| metric["needed"].as_f64().expect("evidence"))
        .collect();
    for (planned, run) in of_plan.iter().zip(&of_run) {
        assert!((planned / run - 1.0).abs() < 1e-3, "{of_plan:?}, {of_run:?}");
    }
}

#[test]
fn the_engine_takes_as_long_as_the_formula_says() {
    let given = ["--rate=400", "--weight=20%", "--errors=1%", "--simulate=150", "--pods=6"];
    let plan = json(&SIGNALS, &given);
    let mut compared = 0;
    for metric in plan["metrics"].as_array().expect("metrics") {
        let simulated = metric["simulation"]["effects"].as_array().expect("effects");
        assert!(simulated[0]["shareWithin"].as_f64().expect("a share") <= 0.1, "{metric:#}");
        let effects = metric["effects"].as_array().expect("effects");
        for (effect, found) in effects.iter().zip(&simulated[1..]) {
            let pair = effect["minutes80"].as_f64().zip(found["minutes80"].as_f64());
            let Some((formula, found)) = pair.filter(|(formula, _)| *formula < 20.0) else {
                continue;
            };
            compared += 1;
            assert!(
                (found - formula).abs() <= 1.0 + 0.25 * formula,
                "{found}, {formula}: {metric:#}"
            );
        }
    }
    assert!(9 <= compared, "{plan:#}");
}

#[test]
fn what_cannot_be_planned_is_told() {
    let check = |arguments: &[&str], code: i32, said: &str| {
        let printed = planned(&[], arguments);
        assert_eq!(printed.code, code, "{arguments:?}: {printed:?}");
        assert!(printed.stderr.contains(said), "{arguments:?}: {printed:?}");
    };
    let [template, selector] = ERROR_RATE;
    check(&[template, selector], 1, "give --rate, or `requestsPerSecond` in `compare.traffic`");
    check(&[template, selector, "--rate=50"], 1, "give --weight, or `canaryWeight`");
    check(&[template, "--rate=50", "--weight=5%"], 2, "\"selector\" was not supplied");
    check(
        &[template, selector, "--rate=5", "--weight=5%", "--margin=1%"],
        2,
        "cannot be used with",
    );
    check(&["--rate=5", "--weight=5%", "--prometheus=http://a"], 2, "TEMPLATE");
    check(
        &["templates/success-rate.yaml", "--arg=service-name=a", "--rate=5"],
        2,
        "has no statistical criterion",
    );
    check(&[template, selector, "--prometheus=nowhere"], 2, "--prometheus");
    let fixture = "--fixture=fixtures/canary/doubled.yaml";
    check(
        &[template, "--arg=selector=app=\"chekout\"", fixture],
        1,
        "no series of the baseline came: no series match: `app` is `checkout`",
    );
    check(&[template, selector, "--prometheus=http://127.0.0.1:1"], 1, "refused the connection");
}

#[test]
fn a_real_prometheus_shows_what_a_service_is_like() {
    let shop = shop(5);
    let prometheus = Prometheus::scraping(shop.address());
    prometheus.wait_for("count_over_time(http_requests_total{role=\"canary\"}[1m]) > 16");
    let url = format!("--prometheus={}", prometheus.url());
    let template = ["tests/live/compare.yaml"];
    let plan = json(&template, &[&url, "--since=3s"]);
    let metric = &plan["metrics"][0];
    assert_eq!(metric["seen"]["baseline"]["pods"], 5, "{plan:#}");
    assert_eq!(metric["seen"]["canary"]["pods"], 1, "{plan:#}");
    let near = |field: &str, expected: f64, slack: f64| {
        let found = metric[field].as_f64().expect("a number");
        assert!((found / expected - 1.0).abs() < slack, "{field}: {found}, {expected}: {plan:#}");
    };
    near("canaryShare", 1.0 / 6.0, 0.01);
    near("rate", 0.005, 0.3);
    // Five scrapes a second, each of which counts a thousand requests at each of six pods.
    near("requestsPerSecond", 30_000.0, 0.5);
    let printed = planned(&template, &[&url, "--since=3s", "--weight=1%"]);
    assert!(printed.stdout.contains("1 % of them to the canary"), "{printed:?}");
    let other = ["tests/plan/other-label.yaml", &url];
    let printed = planned(&other, &["--since=3s"]);
    assert_eq!(printed.code, 1, "{printed:?}");
    assert!(printed.stderr.contains("no series of the baseline came"), "{printed:?}");
}

#[test]
fn steps_that_are_too_short_are_warned_about() {
    let printed = run(&mut assay(&["check", "tests/plan/too-short.yaml"]));
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    expect_file!["plan/too-short.txt"].assert_eq(&printed.stdout);
    // The template itself says what `plan` needs.
    let plan = json(&["tests/plan/too-short.yaml", "--arg=selector=app=\"a\""], &[]);
    assert_eq!(plan["metrics"][0]["isEnough"], false, "{plan:#}");
}
