//! `assay condition`: a handful of rows by the command; the rest runs through the library.

use assay_tests::binary::{assay, run};
use expect_test::expect;

fn check(arguments: &[&str], phase: &str, value: &str) {
    let printed = run(assay(&["condition", "-o", "json"]).args(arguments));
    assert_eq!(printed.code, 0, "{printed:?}");
    let judged = printed.json();
    assert_eq!((judged["phase"].as_str(), judged["value"].as_str()), (Some(phase), Some(value)));
}

#[test]
fn prometheus_values_are_judged() {
    let success = "result[0] >= 0.95";
    check(&["--kind", "vector", "--result=[0.97]", "--success", success], "Successful", "[0.97]");
    check(&["--kind", "vector", "--result=[0.5]", "--success", success], "Failed", "[0.5]");
    check(&["--kind", "scalar", "--result=10", "--success", "result == 10"], "Successful", "10");
    check(
        &["--kind", "matrix", "--result=[[11,12],[13]]", "--success", "all(result, # > 10)"],
        "Successful",
        "[11,12,13]",
    );
    check(
        &[
            "--kind",
            "scalar",
            "--result=0.7",
            "--success",
            "result >= 0.9",
            "--failure",
            "result < 0.5",
        ],
        "Inconclusive",
        "0.7",
    );
}

#[test]
fn missing_data_is_told_apart_in_strict_mode() {
    let argo = ["--compat", "argo"];
    for (value, recorded) in
        [("[NaN]", "[NaN]"), ("[+Inf]", "[+Inf]"), ("[-Inf]", "[-Inf]"), ("[]", "[]")]
    {
        let result = format!("--result={value}");
        let base = ["--kind", "vector", &result, "--failure", "result[0] < -1e300"];
        check(&base, "Inconclusive", recorded);
        let phase = match value {
            "[-Inf]" => "Failed",
            "[]" => "Error",
            _ => "Successful",
        };
        check(&[&base[..], &argo].concat(), phase, if value == "[]" { "" } else { recorded });
    }
}

#[test]
fn web_answers_are_judged() {
    let web = ["--kind", "web", "--compat", "argo"];
    let body = r#"{"data":{"ok":true,"successPercent":0.95}}"#;
    let success = ["--success", "result.ok && result.successPercent >= 0.90"];
    check(
        &[&web[..], &["--body", body, "--json-path", "{$.data}"], &success].concat(),
        "Successful",
        r#"{"ok":true,"successPercent":0.95}"#,
    );
    check(
        &[&web[..], &["--body", "OK", "--success", "result == 'OK'"]].concat(),
        "Successful",
        "OK",
    );
    check(&[&web[..], &["--body", "{}", "--status", "503"]].concat(), "Error", "");
    check(&[&web[..], &["--body", "{}", "--json-path", "{$.a[}"]].concat(), "Error", "");
    check(
        &[&web[..], &["--body", "null", "--success", "result == nil"]].concat(),
        "Successful",
        "null",
    );
}

#[test]
fn what_is_wrong_with_a_condition_is_said() {
    let printed = run(&mut assay(&[
        "condition",
        "--kind",
        "vector",
        "--result=[0.97]",
        "--success",
        "result >= 0.95",
    ]));
    expect![[r#"
        ! Error  [0.97]  invalid operation: >= (mismatched types []float64 and float64)
        help: a Prometheus vector is a list: write `result[0] >= …`, or `all(result, # >= …)` for every series
    "#]]
    .assert_eq(&printed.stdout);
    let printed = run(&mut assay(&["condition", "--kind", "vector", "--result=0.97"]));
    assert_eq!(printed.code, 2);
    expect![[r#"
        error: --result: `0.97` is no list of numbers such as [0.97, NaN]
    "#]]
    .assert_eq(&printed.stderr);
}
