//! JUnit XML: a test suite for the run, a test case for each metric.

use std::fmt::Write;

use assay_run::state::Phase;
use assay_run::verdict::Decision;

use super::escape::xml;
use super::rollout::StepReport;
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
    if let Some(rollout) = &report.rollout {
        steps(&mut cases, &mut elements, &template, &rollout.steps);
        for analysis in &rollout.analyses {
            let class = format!("{template}, {}", xml(&analysis.place()));
            metrics(&mut cases, &mut elements, &class, &analysis.run);
        }
    }
    metrics(&mut cases, &mut elements, &template, report);
    let verdict = of_verdict(report.verdict);
    let text =
        format!("{}: {}", report.verdict.map_or("running", Decision::as_str), report.sentence);
    let case = Case { name: "verdict", class: &template, element: verdict, text: &text };
    case.write(&report.sentence, &mut cases, &mut elements);
    let count = |wanted: &str| elements.iter().filter(|it| **it == Some(wanted)).count();
    let (failures, errors, skipped) = (count("failure"), count("error"), count("skipped"));
    let tests = elements.len();
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

/// One test case, with what it printed.
struct Case<'a> {
    name: &'a str,
    /// The class, escaped already.
    class: &'a str,
    element: Option<&'static str>,
    text: &'a str,
}

impl Case<'_> {
    /// Adds the case, and its element with its message if there is one.
    fn write(&self, message: &str, cases: &mut String, elements: &mut Vec<Option<&'static str>>) {
        let (name, class) = (xml(self.name), self.class);
        let _ = write!(cases, "    <testcase name=\"{name}\" classname=\"{class}\">");
        if let Some(element) = self.element {
            let _ = write!(cases, "\n      <{element} message=\"{}\"/>", xml(message));
        }
        let _ = write!(cases, "\n      <system-out>{}</system-out>", xml(self.text));
        cases.push_str("\n    </testcase>\n");
        elements.push(self.element);
    }
}

/// A test case for each metric of a run.
fn metrics(
    cases: &mut String,
    elements: &mut Vec<Option<&'static str>>,
    class: &str,
    report: &Report,
) {
    for metric in &report.metrics {
        let message =
            if metric.message.is_empty() { metric.phase.as_str() } else { &metric.message };
        let (element, text) = (of_metric(metric), measurements(metric));
        let case = Case { name: &metric.name, class, element, text: &text };
        case.write(message, cases, elements);
    }
}

/// A test case for each step of a Rollout; one that was not reached is skipped.
fn steps(
    cases: &mut String,
    elements: &mut Vec<Option<&'static str>>,
    class: &str,
    steps: &[StepReport],
) {
    for step in steps {
        let element = match step.ending {
            "aborted" => Some("failure"),
            "held" => Some("error"),
            "notReached" => Some("skipped"),
            _ => None,
        };
        let name = format!("step {}: {}", step.step, step.what);
        let text = format!(
            "{} {} {}",
            step.started_at.as_deref().unwrap_or_default(),
            step.percent(),
            step.ended()
        );
        let case = Case { name: &name, class, element, text: text.trim() };
        case.write(step.ended(), cases, elements);
    }
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
