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
    check("healthy", &[], 0, &expect![[r#""#]]);
}

#[test]
fn an_error_spike_is_aborted() {
    check("spike", &[], 10, &expect![[r#""#]]);
}

#[test]
fn a_blind_source_holds() {
    check("blind", &[], 11, &expect![[r#""#]]);
}

#[test]
fn argo_mode_tells_the_traps() {
    check("blind", &["--compat", "argo"], 11, &expect![[r#""#]]);
}

#[test]
fn a_run_may_be_ended_early() {
    check("healthy", &["--for", "7m"], 0, &expect![[r#""#]]);
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
