//! What `assay test` prints.

use std::fmt::Write as _;

use serde::Serialize;

use super::suite::{CaseResult, Tested};
use crate::problems;
use crate::report::escape::{line, xml};

/// For people: a line a file, then what went wrong with its place, then the counts.
pub(crate) fn table(tested: &[Tested], colour: bool) -> String {
    let mut text = String::new();
    for tested in tested {
        let bad = tested.cases.iter().filter(|case| !case.is_good()).count();
        let is_good = bad == 0 && tested.refused.is_empty();
        let (mark, count) = (if is_good { '✔' } else { '✖' }, tested.cases.len());
        let cases = if count == 1 { "case" } else { "cases" };
        let _ = write!(text, "{mark} {}  {count} {cases}", line(tested.name()));
        let _ = writeln!(text, "{}", if bad == 0 { String::new() } else { format!(", {bad} bad") });
        for case in &tested.cases {
            for warning in &case.warnings {
                let _ = writeln!(text, "  warning: {}: {}", line(&case.name), line(warning));
            }
        }
        let found = tested.refused.iter().chain(tested.cases.iter().flat_map(|case| &case.found));
        let found: Vec<_> = found.cloned().collect();
        if !found.is_empty() {
            text.push_str(&problems::render(&tested.sources, &found, colour));
        }
    }
    let cases = || tested.iter().flat_map(|tested| &tested.cases);
    let failed = cases().filter(|case| !case.is_good()).count();
    let refused = tested.iter().filter(|tested| !tested.refused.is_empty()).count();
    let _ = write!(text, "{} passed, {failed} failed", cases().count() - failed);
    let files = if refused == 1 { "file" } else { "files" };
    if 0 < refused {
        let _ = write!(text, ", {refused} {files} refused");
    }
    text.push('\n');
    text
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TestReport {
    api_version: &'static str,
    kind: &'static str,
    passed: usize,
    failed: usize,
    files: Vec<FileReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileReport {
    file: String,
    problems: Vec<String>,
    cases: Vec<CaseReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CaseReport {
    test: String,
    case: String,
    passed: bool,
    sentence: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    problems: Vec<String>,
}

/// One JSON object.
///
/// # Errors
///
/// When a value cannot be written as JSON.
pub(crate) fn json(tested: &[Tested]) -> anyhow::Result<String> {
    let failed = tested.iter().flat_map(|file| &file.cases).filter(|case| !case.is_good()).count();
    let all: usize = tested.iter().map(|file| file.cases.len()).sum();
    let report = TestReport {
        api_version: "assay.dev/v1alpha1",
        kind: "TestReport",
        passed: all - failed,
        failed,
        files: tested.iter().map(file).collect(),
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

fn file(tested: &Tested) -> FileReport {
    FileReport {
        file: tested.name().to_owned(),
        problems: tested.refused.iter().map(|found| found.problem.to_string()).collect(),
        cases: tested.cases.iter().map(case).collect(),
    }
}

fn case(case: &CaseResult) -> CaseReport {
    CaseReport {
        test: case.suite.clone(),
        case: case.name.clone(),
        passed: case.is_good(),
        sentence: case.sentence.clone(),
        warnings: case.warnings.clone(),
        problems: case.found.iter().map(|found| found.problem.to_string()).collect(),
    }
}

/// JUnit XML: a test suite a file, a test case a case.
pub(crate) fn junit(tested: &[Tested]) -> String {
    let mut suites = String::new();
    for tested in tested {
        let failed = tested.cases.iter().filter(|case| !case.is_good()).count();
        let (errors, name) = (tested.refused.len(), xml(tested.name()));
        let tests = tested.cases.len() + errors;
        let _ = writeln!(
            suites,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{errors}\">"
        );
        for found in &tested.refused {
            let problem = xml(&found.problem.to_string());
            let _ = writeln!(
                suites,
                "    <testcase name=\"file\" classname=\"{name}\"><error message=\"{problem}\"/></testcase>"
            );
        }
        for case in &tested.cases {
            let (class, case_name) = (xml(&case.suite), xml(&case.name));
            let _ = write!(suites, "    <testcase name=\"{case_name}\" classname=\"{class}\">");
            if !case.is_good() {
                let problems: Vec<String> =
                    case.found.iter().map(|found| found.problem.to_string()).collect();
                let _ = write!(suites, "<failure message=\"{}\">", xml(&problems.join("; ")));
                let shown = problems::render(&tested.sources, &case.found, false);
                let _ = write!(suites, "{}</failure>", xml(&shown));
            }
            let _ = writeln!(suites, "<system-out>{}</system-out></testcase>", xml(&case.sentence));
        }
        suites.push_str("  </testsuite>\n");
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\">\n{suites}</testsuites>\n"
    )
}
