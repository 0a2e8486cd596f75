//! `assay dry-run` as a user sees it: what is printed, and the exit code.

use assay_tests::binary::{assay, run};
use expect_test::{Expect, expect, expect_file};

/// Runs the shipped template on a shipped fixture and compares code and output.
fn check(fixture: &str, arguments: &[&str], code: i32, stdout: &Expect) {
    let printed =
        run(assay(&["dry-run", "templates/success-rate.yaml", "-a", "service-name=shop"])
            .args(["--fixture", &format!("fixtures/success-rate/{fixture}.yaml")])
            .args(arguments));
    stdout.assert_eq(&printed.stdout);
    assert_eq!(printed.stderr, "");
    assert_eq!(printed.code, code);
}

#[test]
fn a_healthy_release_is_promoted() {
    check(
        "healthy",
        &[],
        0,
        &expect![[r#"
            ✔ success-rate  Successful
              wants   result[0] >= 0.95
              asks    prometheus: sum(irate( istio_requests_total{reporter="source",destination_service=~"shop",response_code!~"5.*"}[5m] )) / sum(irate( istio_requests_total{reporter="source",destination_service=~"shop"}[5m] ))
              counts  5 good, 1 bad
              10:00:00Z  ✔ Successful  [0.991]
              10:05:00Z  ✔ Successful  [0.987]
              10:10:00Z  ✖ Failed      [0.944]
              10:15:00Z  ✔ Successful  [0.989]
              10:20:00Z  ✔ Successful  [0.993]
              10:25:00Z  ✔ Successful  [0.993]

            warning: metric `success-rate` goes on until somebody ends the run: add `count`, or `maxDuration` for the run [assay::template::runs_until_terminated]

            ✔ PROMOTE  Every metric was good: success-rate in 5 of 6 measurements (1 bad, last 0.993, needs `result[0] >= 0.95`).
              What would have changed it: 3 more bad measurements of success-rate would have failed it.
        "#]],
    );
}

#[test]
fn an_error_spike_is_aborted() {
    check(
        "spike",
        &[],
        10,
        &expect![[r#"
            ✖ success-rate  Failed
              wants   result[0] >= 0.95
              asks    prometheus: sum(irate( istio_requests_total{reporter="source",destination_service=~"shop",response_code!~"5.*"}[5m] )) / sum(irate( istio_requests_total{reporter="source",destination_service=~"shop"}[5m] ))
              counts  1 good, 4 bad
              10:00:00Z  ✔ Successful  [0.991]
              10:05:00Z  ✖ Failed      [0.902]
              10:10:00Z  ✖ Failed      [0.764]
              10:15:00Z  ✖ Failed      [0.731]
              10:20:00Z  ✖ Failed      [0.731]

            warning: metric `success-rate` goes on until somebody ends the run: add `count`, or `maxDuration` for the run [assay::template::runs_until_terminated]

            ✖ ABORT  success-rate was 0.731 at 10:20:00Z, below what `result[0] >= 0.95` asks: 4 of 5 measurements failed and only 3 may.
              What would have changed it: with `failureLimit: 4` success-rate would have gone on.
        "#]],
    );
}

#[test]
fn a_blind_source_holds() {
    check(
        "blind",
        &[],
        11,
        &expect![[r#"
            ? success-rate  Inconclusive
              wants   result[0] >= 0.95
              asks    prometheus: sum(irate( istio_requests_total{reporter="source",destination_service=~"shop",response_code!~"5.*"}[5m] )) / sum(irate( istio_requests_total{reporter="source",destination_service=~"shop"}[5m] ))
              counts  1 good, 3 without data, 2 with errors
              10:00:00Z  ✔ Successful    [0.991]
              10:05:00Z  ? Inconclusive  [NaN]    the value was NaN
              10:05:10Z  ? Inconclusive  []       the answer was empty
              10:05:20Z  ! Error                  server_error: server error: 503
              10:05:30Z  ! Error                  connection refused
              10:05:40Z  ? Inconclusive  []       the answer was empty

            warning: metric `success-rate` goes on until somebody ends the run: add `count`, or `maxDuration` for the run [assay::template::runs_until_terminated]

            ‖ HOLD  Nobody can tell: success-rate went blind, 5 measurements in a row told nothing, 3 without data and 2 in error (last: the answer was empty); 1 earlier one was good (last 0.991, needs `result[0] >= 0.95`).
              What would have changed it: one answer with data among the last 5 measurements, and success-rate would have gone on.
        "#]],
    );
}

#[test]
fn argo_mode_tells_the_traps() {
    check(
        "blind",
        &["--compat", "argo"],
        11,
        &expect![[r#"
            ! success-rate  Error
              wants   result[0] >= 0.95
              asks    prometheus: sum(irate( istio_requests_total{reporter="source",destination_service=~"shop",response_code!~"5.*"}[5m] )) / sum(irate( istio_requests_total{reporter="source",destination_service=~"shop"}[5m] ))
              counts  1 good, 1 bad, 5 with errors
              10:00:00Z  ✔ Successful  [0.991]
              10:05:00Z  ✖ Failed      [NaN]
              10:10:00Z  ! Error                could not evaluate successCondition "result[0] >= 0.95": metric result i…
              10:10:10Z  ! Error                server_error: server error: 503
              10:10:20Z  ! Error                connection refused
              10:10:30Z  ! Error                could not evaluate successCondition "result[0] >= 0.95": metric result i…
              10:10:40Z  ! Error                could not evaluate successCondition "result[0] >= 0.95": metric result i…

            warning: metric `success-rate` goes on until somebody ends the run: add `count`, or `maxDuration` for the run [assay::template::runs_until_terminated]
            warning: metric `success-rate` takes an element of the answer without asking whether there is one: write `len(result) > 0 && …`: a query that matches nothing is an error otherwise [assay::trap::empty_is_error]
            warning: metric `success-rate` reads only fixed places of the answer, so further series are left out: aggregate in the query, for example with `sum(…)`, or judge all of them with `all(result, …)` [assay::trap::only_fixed_places]
            warning: metric `success-rate` takes +Inf for a good value: add an upper bound or `&& !isInf(result[0])`: a division by zero gives +Inf [assay::trap::infinity_passes]
            warning: a query of success-rate returned no data, and its condition cannot judge that, which Argo counts as an error. [assay::trap::empty_is_error]
            warning: success-rate ended in Error, on which Argo Rollouts would abort. [assay::run::error_aborts_in_argo]

            ‖ HOLD  Nobody can tell: success-rate cannot be judged, 5 measurements in a row ended in an error (last: could not evaluate successCondition "result[0] >= 0.95": metric result is nil or empty: no data returned from the metric provider); 1 earlier one was good and 1 bad (last NaN, needs `result[0] >= 0.95`).
              What would have changed it: one answer with data among the last 5 measurements, and success-rate would have gone on.
        "#]],
    );
}

#[test]
fn a_run_may_be_ended_early() {
    check(
        "healthy",
        &["--for", "7m"],
        0,
        &expect![[r#"
            ✔ success-rate  Successful
              wants   result[0] >= 0.95
              asks    prometheus: sum(irate( istio_requests_total{reporter="source",destination_service=~"shop",response_code!~"5.*"}[5m] )) / sum(irate( istio_requests_total{reporter="source",destination_service=~"shop"}[5m] ))
              counts  2 good
              10:00:00Z  ✔ Successful  [0.991]
              10:05:00Z  ✔ Successful  [0.987]

            warning: metric `success-rate` goes on until somebody ends the run: add `count`, or `maxDuration` for the run [assay::template::runs_until_terminated]

            ✔ PROMOTE  Every metric was good: success-rate in 2 of 2 measurements (last 0.987, needs `result[0] >= 0.95`).
              What would have changed it: 4 more bad measurements of success-rate would have failed it.
        "#]],
    );
}

#[test]
fn each_format_is_what_it_was() {
    for format in ["json", "yaml", "markdown", "junit"] {
        let printed = run(assay(&["dry-run", "templates/success-rate.yaml", "-o", format]).args([
            "-a",
            "service-name=shop",
            "--fixture",
            "fixtures/success-rate/spike.yaml",
        ]));
        assert_eq!(printed.code, 10, "{printed:?}");
        expect_file![format!("dry_run/spike.{format}.txt")].assert_eq(&printed.stdout);
    }
}

#[test]
fn several_templates_are_judged_as_one_run() {
    let printed = run(&mut assay(&[
        "dry-run",
        "tests/dry_run/two.yaml",
        "--fixture",
        "tests/dry_run/two.fixture.yaml",
        "-o",
        "json",
    ]));
    assert_eq!(printed.code, 10, "{printed:?}");
    let report = printed.json();
    assert_eq!(report["metrics"][0]["name"], "error-rate");
    assert_eq!(report["metrics"][0]["phase"], "Inconclusive");
    assert_eq!(report["metrics"][1]["name"], "latency");
    assert_eq!(report["metrics"][1]["phase"], "Failed");
}

#[test]
fn an_argument_comes_from_the_environment_a_file_or_the_command_line() {
    let fixture = ["--fixture", "fixtures/success-rate/healthy.yaml", "-o", "json"];
    let service = |command: &mut std::process::Command| {
        let report = run(command.args(fixture)).json();
        let query = report["metrics"][0]["query"].as_str().expect("a query").to_owned();
        let (_, after) = query.split_once("destination_service=~\"").expect("the selector");
        after.split_once('"').expect("its end").0.to_owned()
    };
    let base = ["dry-run", "templates/success-rate.yaml"];
    let file = ["--arg-file", "tests/dry_run/arguments.yaml"];
    let environment = ("ASSAY_ARG_SERVICE_NAME", "from-environment");
    assert_eq!(service(assay(&base).env(environment.0, environment.1)), "from-environment");
    assert_eq!(service(assay(&base).args(file).env(environment.0, environment.1)), "from-file");
    assert_eq!(
        service(assay(&base).args(file).args(["-a", "service-name=from-command-line"])),
        "from-command-line"
    );
}

#[test]
fn a_template_from_standard_input_is_read() {
    let template =
        std::fs::File::open(assay_tests::binary::root().join("templates/success-rate.yaml"));
    let printed = run(assay(&["dry-run", "-", "-a", "service-name=shop"])
        .args(["--fixture", "fixtures/success-rate/healthy.yaml"])
        .stdin(template.expect("the shipped template")));
    assert_eq!(printed.code, 0, "{printed:?}");
}

#[test]
fn a_second_fixture_in_the_file_is_not_passed_over() {
    let printed =
        run(assay(&["dry-run", "templates/success-rate.yaml", "-a", "service-name=shop"])
            .args(["--fixture", "tests/dry_run/several.fixture.yaml"]));
    assert_eq!(printed.code, 2, "{printed:?}");
    expect![[r#"
        error: tests/dry_run/several.fixture.yaml has 2 fixtures: write after the file which one is meant, `#one` or `#two`
    "#]]
    .assert_eq(&printed.stderr);
}

#[test]
fn every_report_fits_its_schema() {
    let schema = run(&mut assay(&["schema", "--of", "report"])).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for fixture in ["healthy", "spike", "blind"] {
        for mode in ["strict", "argo"] {
            let report = run(assay(&["dry-run", "templates/success-rate.yaml", "-o", "json"])
                .args(["-a", "service-name=shop", "--compat", mode])
                .args(["--fixture", &format!("fixtures/success-rate/{fixture}.yaml")]))
            .json();
            let problems: Vec<String> =
                validator.iter_errors(&report).map(|error| error.to_string()).collect();
            assert!(problems.is_empty(), "{problems:?} in {report}");
        }
    }
}
