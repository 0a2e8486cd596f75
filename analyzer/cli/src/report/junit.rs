//! JUnit XML: a test suite for the run, a test case for each metric.

use std::fmt::Write;

use super::escape::xml;
use super::{MetricReport, Report};

/// The report as JUnit XML.
///
/// A Failed metric is a failure, one that could not be judged an error, and a dry-run metric that
/// was not good is skipped: it must not turn a pipeline red. A hold is an error of its own test case
/// so that a pipeline that only reads JUnit does not take it for a promote.
pub(crate) fn write(report: &Report) -> String {
    let mut cases = String::new();
    let (mut failures, mut errors, mut skipped) = (0, 0, 0);
    for metric in &report.metrics {
        let _ = write!(
            cases,
            "    <testcase name=\"{}\" classname=\"{}\">",
            xml(&metric.name),
            xml(&report.template)
        );
        let element = match (metric.phase, metric.dry_run) {
            ("Successful", _) => None,
            (_, true) => {
                skipped += 1;
                Some("skipped")
            }
            ("Failed", false) => {
                failures += 1;
                Some("failure")
            }
            (_, false) => {
                errors += 1;
                Some("error")
            }
        };
        if let Some(element) = element {
            let message = if metric.message.is_empty() { metric.phase } else { &metric.message };
            let _ = write!(cases, "\n      <{element} message=\"{}\"/>", xml(message));
        }
        let _ = write!(cases, "\n      <system-out>{}</system-out>", xml(&measurements(metric)));
        cases.push_str("\n    </testcase>\n");
    }
    let verdict = report.verdict.unwrap_or("running");
    let _ =
        write!(cases, "    <testcase name=\"verdict\" classname=\"{}\">", xml(&report.template));
    match verdict {
        "promote" => {}
        "abort" => {
            failures += 1;
            let _ = write!(cases, "\n      <failure message=\"{}\"/>", xml(&report.sentence));
        }
        _ => {
            errors += 1;
            let _ = write!(cases, "\n      <error message=\"{}\"/>", xml(&report.sentence));
        }
    }
    let _ = writeln!(
        cases,
        "\n      <system-out>{}: {}</system-out>\n    </testcase>",
        verdict,
        xml(&report.sentence)
    );
    let tests = report.metrics.len() + 1;
    let name = xml(&report.template);
    let counts = format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\""
    );
    let timestamp = report.started_at.as_deref().unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\" {counts}>\n  \
         <testsuite name=\"{name}\" {counts} timestamp=\"{timestamp}\">\n{cases}  \
         </testsuite>\n</testsuites>\n"
    )
}

fn measurements(metric: &MetricReport) -> String {
    let lines = metric.measurements.iter().map(|measurement| {
        format!(
            "{} {} {} {}",
            measurement.started_at, measurement.phase, measurement.value, measurement.message
        )
    });
    let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}
