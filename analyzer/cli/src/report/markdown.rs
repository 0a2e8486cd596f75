//! Markdown, for a job summary or a comment on a change.

use std::fmt::Write;

use super::escape::{markdown, markdown_code};
use super::rollout::RolloutReport;
use super::{MetricReport, Report, banner, symbol};

/// The report as Markdown: verdict and sentence first, then the metrics, then the measurements
/// folded away.
pub(crate) fn write(report: &Report) -> String {
    let (mark, word) = banner(report.verdict);
    let mut out = format!("## {mark} {word}: {}\n\n", markdown(&report.template));
    let _ = writeln!(out, "{}\n", markdown(&report.sentence));
    match &report.rollout {
        Some(rollout) => walk(&mut out, report, rollout),
        None => metrics(&mut out, report),
    }
    warnings(&mut out, report);
    out.push_str("\n<details><summary>Measurements</summary>\n\n");
    out.push_str("| time | metric | phase | value | |\n| --- | --- | --- | --- | --- |\n");
    let analyses = report.rollout.iter().flat_map(|rollout| &rollout.analyses);
    let runs = [report].into_iter().chain(analyses.map(|analysis| &analysis.run));
    for metric in runs.flat_map(|run| &run.metrics) {
        rows(&mut out, metric);
    }
    out.push_str("\n</details>\n");
    out
}

/// The steps of a Rollout, then its analyses one by one.
fn walk(out: &mut String, report: &Report, rollout: &RolloutReport) {
    out.push_str("| step | what | weight | from | to | ended |\n");
    out.push_str("| ---: | --- | ---: | --- | --- | --- |\n");
    for step in &rollout.steps {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            step.step,
            markdown(&step.what),
            step.percent(),
            step.started_at.as_deref().unwrap_or_default(),
            step.completed_at.as_deref().unwrap_or_default(),
            step.ended(),
        );
    }
    let (what, weight) = rollout.end(report.verdict);
    let at = report.completed_at.as_deref().unwrap_or_default();
    let _ = writeln!(out, "| end | {what} | {weight} | {at} | | |");
    for it in &rollout.stand_ins {
        let (arg, value) = (markdown_code(&it.arg), markdown_code(&it.value));
        let _ = writeln!(out, "\n{value} stands for {} in argument {arg}.", markdown(&it.from));
    }
    for analysis in &rollout.analyses {
        let run = &analysis.run;
        let (mark, place) = (symbol(run.phase), markdown(&analysis.place()));
        let _ = writeln!(out, "\n### {mark} {place}: {}\n", markdown(&run.template));
        let _ = writeln!(out, "{}\n", markdown(&run.sentence));
        metrics(out, run);
        warnings(out, run);
    }
}

fn metrics(out: &mut String, report: &Report) {
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
}

fn warnings(out: &mut String, report: &Report) {
    for metric in &report.metrics {
        for warning in metric.unsaid_warnings() {
            let (name, warning) = (markdown(&metric.name), markdown(warning));
            let _ = writeln!(out, "\n> ⚠ {name}: {warning}");
        }
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "\n> ⚠ {} ({})", markdown(&warning.message), warning.code);
    }
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
