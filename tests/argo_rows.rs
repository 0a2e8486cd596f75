//! Runs of one metric, a letter a measurement: `--compat argo` gives the phase Argo Rollouts gives.

use assay_tests::binary::{assay, run};
use assay_tests::folder::Folder;

/// Fields of a metric that is measured every minute.
const EVERY_MINUTE: &str = "interval: 1m\n";

/// Rehearses a metric with `fields` on `sequence` (S, F, I, E: one letter a measurement) and compares
/// its phase and the number of measurements that were taken, errors too.
fn check(id: &str, fields: &str, sequence: &str, phase: &str, taken: u64) {
    let metric = rehearse(id, fields, sequence, &[]);
    assert_eq!(metric["phase"], phase, "{id}: {metric}");
    assert_eq!(count(&metric), taken, "{id}: {metric}");
}

fn rehearse(id: &str, fields: &str, sequence: &str, more: &[&str]) -> serde_json::Value {
    let folder = Folder::new();
    let fields = fields.replace('\n', "\n      ");
    let template = folder.write(
        "template.yaml",
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: {id}}}\n\
             spec:\n  metrics:\n    - name: m\n      {fields}\n      successCondition: result >= 0.9\n\
             \x20     failureCondition: result < 0.1\n      provider: {{prometheus: {{address: \
             'http://prometheus:9090', query: up}}}}\n"
        ),
    );
    let answers: Vec<&str> = sequence.chars().map(answer).collect();
    let fixture = folder.write(
        "fixture.yaml",
        format!(
            "apiVersion: assay.dev/v1alpha1\nkind: Fixture\nmetadata: {{name: {id}}}\n\
             spec: {{recorded: [{{metric: m, answers: [{}]}}]}}\n",
            answers.join(", ")
        ),
    );
    let printed = run(assay(&["dry-run", "--compat", "argo", "-o", "json"])
        .arg(template)
        .arg("--fixture")
        .arg(fixture)
        .args(more));
    let mut report = printed.json();
    report["metrics"][0].take()
}

fn answer(letter: char) -> &'static str {
    match letter {
        'S' => "{value: 1}",
        'F' => "{value: 0}",
        'I' => "{value: 0.5}",
        'E' => "{error: refused}",
        other => panic!("no measurement is written {other}"),
    }
}

fn count(metric: &serde_json::Value) -> u64 {
    let counters = ["successful", "failed", "inconclusive", "error"];
    counters.iter().filter_map(|counter| metric[counter].as_u64()).sum()
}

fn every_minute(fields: &str) -> String {
    format!("{EVERY_MINUTE}{fields}")
}

#[test]
fn m201_m205_one_measurement() {
    check("m201", "", "S", "Successful", 1);
    check("m202", "", "F", "Failed", 1);
    check("m205", "", "EEEEE", "Error", 5);
}

#[test]
fn m204_an_error_alone_decides_nothing_until_somebody_ends_the_run() {
    let metric = rehearse("m204", "", "E", &["--for", "5s"]);
    assert_eq!(metric["phase"], "Successful", "{metric}");
    assert_eq!(count(&metric), 1, "{metric}");
}

#[test]
fn m207_m214_a_count_with_limits() {
    check("m207", &every_minute("count: 3"), "SFS", "Failed", 2);
    check("m208", &every_minute("count: 3\nfailureLimit: 1"), "SFS", "Successful", 3);
    // Argo Rollouts promotes these two although nothing was ever good.
    check("m210", &every_minute("count: 3\nfailureLimit: 3"), "FFF", "Successful", 3);
    let one_of_each = "count: 2\nfailureLimit: 1\ninconclusiveLimit: 1";
    check("m213", &every_minute(one_of_each), "FI", "Successful", 2);
    check("m211", &every_minute("count: 3\ninconclusiveLimit: 1"), "SIS", "Successful", 3);
    check("m214", &every_minute("count: 2\nfailureLimit: 1"), "FI", "Inconclusive", 2);
}

#[test]
fn m216_m217_no_count() {
    // Still running after five, so whoever ends the run there ends it well.
    let metric = rehearse("m216", &every_minute("failureLimit: 2"), "SFSFS", &["--for", "4m30s"]);
    assert_eq!(metric["phase"], "Successful", "{metric}");
    assert_eq!(count(&metric), 5, "{metric}");
    check("m217", &every_minute("failureLimit: 2"), "SFSFSF", "Failed", 6);
}

#[test]
fn m219_m223_successes_in_a_row() {
    let never = "failureLimit: -1\nconsecutiveSuccessLimit: 3";
    check("m219", &every_minute(&format!("count: 5\n{never}")), "SSFSS", "Failed", 5);
    let two = "count: 5\nfailureLimit: 2\nconsecutiveSuccessLimit: 3";
    check("m220", &every_minute(two), "SSFSS", "Inconclusive", 5);
    check("m222", &every_minute(never), "SSESSS", "Successful", 6);
    let undecided = format!("{never}\ninconclusiveLimit: 5");
    check("m223", &every_minute(&undecided), "SSISSS", "Successful", 6);
}

#[test]
fn m225_m226_errors_in_a_row() {
    check("m225", &every_minute("count: 3\nconsecutiveErrorLimit: 0"), "SE", "Error", 2);
    let two = "count: 3\nconsecutiveErrorLimit: 2";
    check("m226", &every_minute(two), "EESEESEES", "Successful", 9);
}

#[test]
fn m228_a_count_that_is_no_number_is_zero() {
    check("m228", "count: \"abc\"", "S", "Successful", 1);
}
