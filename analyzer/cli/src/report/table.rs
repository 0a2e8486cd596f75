//! The report for people: what was measured, metric by metric, and at the end the verdict.

use std::fmt::Write;

use super::columns::columns;
use super::escape::line;
use super::rollout::RolloutReport;
use super::{MeasurementReport, MetricReport, Report, banner, symbol, time_of_day};

/// Characters of a value or message shown before it is cut.
const CELL_CHARS_MAX: usize = 72;

/// Different warnings of a metric's source shown; the other formats have all of them.
const WARNINGS_SHOWN_MAX: usize = 3;

/// Characters of a query or condition shown before it is cut; the other formats have all of it.
const QUERY_CHARS_MAX: usize = 1000;

/// The report as plain text.
pub(crate) fn write(report: &Report) -> String {
    let mut out = String::new();
    if let Some(rollout) = &report.rollout {
        walk(&mut out, report, rollout);
    }
    body(&mut out, report);
    let (mark, word) = banner(report.verdict);
    let _ = writeln!(out, "{mark} {word}  {}", line(&report.sentence));
    let change = report.reason.as_ref().map_or("", |reason| reason.change.as_str());
    if !change.is_empty() {
        let _ = writeln!(out, "  What would have changed it: {}.", line(change));
    }
    out
}

/// The metrics of a run, and its warnings.
fn body(out: &mut String, report: &Report) {
    for metric in &report.metrics {
        heading(out, metric);
        let rows: Vec<[String; 4]> = metric.measurements.iter().map(row).collect();
        columns(out, &rows);
        out.push('\n');
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "warning: {} [{}]", line(&warning.message), warning.code);
    }
    if !report.warnings.is_empty() {
        out.push('\n');
    }
}

/// The steps of a Rollout, then its analyses one by one.
fn walk(out: &mut String, report: &Report, rollout: &RolloutReport) {
    let _ = writeln!(out, "Rollout {} ({})", line(&report.template), rollout.strategy);
    let day =
        |time: &Option<String>| time.as_deref().and_then(|time| time.get(..10)).map(str::to_owned);
    let within_a_day = day(&report.started_at) == day(&report.completed_at);
    let time = |time: &Option<String>| match time.as_deref() {
        Some(time) if within_a_day => time_of_day(time),
        Some(time) => time.to_owned(),
        None => String::new(),
    };
    let head = ["step", "what", "weight", "from", "to", "ended"].map(str::to_owned);
    let steps = rollout.steps.iter().map(|step| {
        [
            step.step.to_string(),
            line(&step.what),
            step.percent(),
            time(&step.started_at),
            time(&step.completed_at),
            step.ended().to_owned(),
        ]
    });
    let beside = rollout.analyses.iter().filter(|analysis| analysis.step.is_none());
    let beside = beside.map(|analysis| {
        let run = &analysis.run;
        [
            String::from("-"),
            format!("{}: {}", analysis.role, line(&run.template)),
            String::new(),
            time(&run.started_at),
            time(&run.completed_at),
            format!("{} {}", symbol(run.phase), run.phase.as_str()),
        ]
    });
    let (what, weight) = rollout.end(report.verdict);
    let end = [
        String::from("end"),
        what.to_owned(),
        weight,
        time(&report.completed_at),
        String::new(),
        String::new(),
    ];
    let rows = [head].into_iter().chain(steps).chain(beside).chain([end]);
    let rows: Vec<[String; 6]> = rows.collect();
    columns(out, &rows);
    for it in &rollout.stand_ins {
        let (arg, value, from) = (line(&it.arg), line(&it.value), line(&it.from));
        let _ = writeln!(out, "  `{value}` stands for {from} in argument `{arg}`");
    }
    out.push('\n');
    for analysis in &rollout.analyses {
        let (place, run) = (analysis.place(), &analysis.run);
        let (mark, word) = (symbol(run.phase), run.phase.as_str());
        let _ = writeln!(out, "{place}: {}  {mark} {word}", line(&run.template));
        let _ = writeln!(out, "  {}\n", line(&run.sentence));
        body(out, run);
    }
}

fn heading(out: &mut String, metric: &MetricReport) {
    let role = if metric.dry_run { " (dry run: no say in the verdict)" } else { "" };
    let (name, phase) = (line(&metric.name), metric.phase);
    let _ = writeln!(out, "{} {name}  {}{role}", symbol(phase), phase.as_str());
    let condition = metric.condition();
    if !condition.is_empty() {
        let _ = writeln!(out, "  wants   {}", cut(&line(&condition), QUERY_CHARS_MAX));
    }
    if !metric.query.is_empty() {
        let _ = writeln!(
            out,
            "  asks    {}: {}",
            metric.provider,
            cut(&line(&one_line(&metric.query)), QUERY_CHARS_MAX)
        );
    }
    let _ = writeln!(out, "  counts  {}", counts(metric));
    for warning in metric.unsaid_warnings().into_iter().take(WARNINGS_SHOWN_MAX) {
        let _ = writeln!(out, "  warns   {}", cut(&line(warning), QUERY_CHARS_MAX));
    }
}

/// A query as one line: how it was laid out in the file is no part of it.
fn one_line(query: &str) -> String {
    query.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// `5 good, 1 bad` and so on, nothing that is zero but the good ones.
fn counts(metric: &MetricReport) -> String {
    let mut parts = vec![match metric.wanted {
        Some(wanted) => format!("{} good of {wanted} wanted", metric.successful),
        None => format!("{} good", metric.successful),
    }];
    let others = [
        (metric.failed, "bad"),
        (metric.inconclusive, "undecided"),
        (metric.no_data, "without data"),
        (metric.error, "with errors"),
    ];
    parts.extend(others.iter().filter(|(n, _)| 0 < *n).map(|(n, what)| format!("{n} {what}")));
    let taken =
        metric.successful + metric.failed + metric.inconclusive + metric.no_data + metric.error;
    let shown = u32::try_from(metric.measurements.len()).unwrap_or(u32::MAX);
    if shown < taken {
        parts.push(format!("the last {shown} shown"));
    }
    parts.join(", ")
}

fn row(measurement: &MeasurementReport) -> [String; 4] {
    [
        time_of_day(&measurement.started_at),
        format!("{} {}", symbol(measurement.phase), measurement.phase.as_str()),
        cut(&line(&measurement.value), CELL_CHARS_MAX),
        cut(&line(&measurement.message), CELL_CHARS_MAX),
    ]
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
