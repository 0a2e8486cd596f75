//! JUnit XML: a test suite for the run, a test case for each metric.

use std::fmt::Write;

use assay_run::state::Phase;
use assay_run::verdict::Decision;

use super::escape::xml;
use super::{MetricReport, Report};

/// The report as JUnit XML.
///
/// A Failed metric is a failure, one that could not be judged an error, and a dry-run metric that
/// was not good is skipped: it must not turn a pipeline red. A hold is an error of its own test case
/// so that a pipeline that only reads JUnit does not take it for a promote.
pub(crate) fn write(report: &Report) -> String {
    let mut cases = String::new();
    let mut elements = Vec::new();
    let template = xml(&report.template);
    for metric in &report.metrics {
        let name = xml(&metric.name);
        let _ = write!(cases, "    <testcase name=\"{name}\" classname=\"{template}\">");
        let message =
            if metric.message.is_empty() { metric.phase.as_str() } else { &metric.message };
        elements.extend(add(&mut cases, of_metric(metric), message));
        let _ = write!(cases, "\n      <system-out>{}</system-out>", xml(&measurements(metric)));
        cases.push_str("\n    </testcase>\n");
    }
    let _ = write!(cases, "    <testcase name=\"verdict\" classname=\"{template}\">");
    elements.extend(add(&mut cases, of_verdict(report.verdict), &report.sentence));
    let _ = writeln!(
        cases,
        "\n      <system-out>{}: {}</system-out>\n    </testcase>",
        report.verdict.map_or("running", Decision::as_str),
        xml(&report.sentence)
    );
    let count = |wanted: &str| elements.iter().filter(|element| **element == wanted).count();
    let (failures, errors, skipped) = (count("failure"), count("error"), count("skipped"));
    let tests = report.metrics.len() + 1;
    let counts = format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\""
    );
    let timestamp = report.started_at.as_deref().unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\" {counts}>\n  \
         <testsuite name=\"{template}\" {counts} timestamp=\"{timestamp}\">\n{cases}  \
         </testsuite>\n</testsuites>\n"
    )
}

/// The element that says how a metric came out; none for a good one.
fn of_metric(metric: &MetricReport) -> Option<&'static str> {
    match metric.phase {
        Phase::Successful => None,
        Phase::Pending | Phase::Running | Phase::Failed | Phase::Inconclusive | Phase::Error
            if metric.dry_run =>
        {
            Some("skipped")
        }
        Phase::Failed => Some("failure"),
        Phase::Pending | Phase::Running | Phase::Inconclusive | Phase::Error => Some("error"),
    }
}

fn of_verdict(verdict: Option<Decision>) -> Option<&'static str> {
    match verdict {
        Some(Decision::Promote) => None,
        Some(Decision::Abort) => Some("failure"),
        Some(Decision::Hold) | None => Some("error"),
    }
}

/// Adds the element, if there is one, with its message.
fn add(cases: &mut String, element: Option<&'static str>, message: &str) -> Option<&'static str> {
    if let Some(element) = element {
        let _ = write!(cases, "\n      <{element} message=\"{}\"/>", xml(message));
    }
    element
}

fn measurements(metric: &MetricReport) -> String {
    let lines = metric.measurements.iter().map(|measurement| {
        format!(
            "{} {} {} {}",
            measurement.started_at,
            measurement.phase.as_str(),
            measurement.value,
            measurement.message
        )
    });
    let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}
