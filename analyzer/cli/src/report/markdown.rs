//! Markdown, for a job summary or a comment on a change.

use std::fmt::Write;

use super::escape::{markdown, markdown_code};
use super::{MetricReport, Report, banner, symbol};

/// The report as Markdown: verdict and sentence first, then the metrics, then the measurements
/// folded away.
pub(crate) fn write(report: &Report) -> String {
    let (mark, word) = banner(report.verdict);
    let mut out = format!("## {mark} {word}: {}\n\n", markdown(&report.template));
    let _ = writeln!(out, "{}\n", markdown(&report.sentence));
    out.push_str("| metric | phase | value | condition | good | bad | undecided | blind |\n");
    out.push_str("| --- | --- | --- | --- | ---: | ---: | ---: | ---: |\n");
    for metric in &report.metrics {
        let _ = writeln!(
            out,
            "| {}{} | {} {} | {} | {} | {} | {} | {} | {} |",
            markdown(&metric.name),
            if metric.dry_run { " (dry run)" } else { "" },
            symbol(metric.phase),
            metric.phase.as_str(),
            markdown_code(metric.last_value()),
            markdown_code(&metric.condition()),
            metric.successful,
            metric.failed,
            metric.inconclusive,
            metric.error + metric.no_data,
        );
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "\n> ⚠ {} ({})", markdown(&warning.message), warning.code);
    }
    out.push_str("\n<details><summary>Measurements</summary>\n\n");
    out.push_str("| time | metric | phase | value | |\n| --- | --- | --- | --- | --- |\n");
    for metric in &report.metrics {
        rows(&mut out, metric);
    }
    out.push_str("\n</details>\n");
    out
}

fn rows(out: &mut String, metric: &MetricReport) {
    for measurement in &metric.measurements {
        let _ = writeln!(
            out,
            "| {} | {} | {} {} | {} | {} |",
            measurement.started_at,
            markdown(&metric.name),
            symbol(measurement.phase),
            measurement.phase.as_str(),
            markdown_code(&measurement.value),
            markdown(&measurement.message),
        );
    }
}
