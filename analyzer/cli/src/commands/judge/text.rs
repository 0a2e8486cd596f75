//! The result for people, as a table and as Markdown.

use std::fmt::Write;

use super::result::{CanaryAnalysisResult, CanaryJudgeResult, Double};
use crate::report::banner;
use crate::report::columns::columns;
use crate::report::escape::{line, markdown as escaped};

/// The result as plain text: metrics, groups, what the other mode says, the verdict.
pub(super) fn table(result: &CanaryJudgeResult) -> String {
    let mut out = String::new();
    let heads = ["metric", "class", "canary mean", "baseline mean", "ratio", "why"];
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(result.results.iter().map(|found| cells(found).map(|cell| line(&cell))));
    columns(&mut out, &rows);
    out.push('\n');
    let mut rows = vec![["group", "score"].map(str::to_owned)];
    let groups = result.group_scores.iter();
    rows.extend(groups.map(|group| [line(&group.name), number(group.score)]));
    if 1 < rows.len() {
        columns(&mut out, &rows);
        out.push('\n');
    }
    let notes = notes(result);
    for note in &notes {
        let _ = writeln!(out, "{}", line(note));
    }
    if !notes.is_empty() {
        out.push('\n');
    }
    let (mark, word) = banner(Some(result.assay.verdict));
    let _ = writeln!(out, "{mark} {word}  {}", line(&result.assay.sentence));
    out
}

/// The result as Markdown: the verdict first.
pub(super) fn markdown(result: &CanaryJudgeResult) -> String {
    let (mark, word) = banner(Some(result.assay.verdict));
    let mut out = format!("## {mark} {word}: score {}\n\n", number(result.score.score));
    let _ = writeln!(out, "{}\n", escaped(&result.assay.sentence));
    out.push_str("| metric | class | canary mean | baseline mean | ratio | why |\n");
    out.push_str("| --- | --- | --- | --- | ---: | --- |\n");
    for found in &result.results {
        let cells = cells(found).map(|cell| escaped(&cell));
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push_str("\n| group | score |\n| --- | ---: |\n");
    for group in &result.group_scores {
        let _ = writeln!(out, "| {} | {} |", escaped(&group.name), number(group.score));
    }
    for note in notes(result) {
        let _ = writeln!(out, "\n> {}", escaped(&note));
    }
    out
}

/// What the other mode says, and what Kayenta passes over.
fn notes(result: &CanaryJudgeResult) -> Vec<String> {
    let beside = &result.assay;
    let strict = beside.mode == "strict";
    let difference = beside.differences.iter().map(|difference| {
        let (name, why) = (&difference.about, &difference.why);
        let (other, own) = (&difference.compatible, &difference.strict);
        if strict {
            format!("strict: {name} is {own}; Kayenta says {other}: {why}")
        } else {
            format!("note: {name} would be {own} with --strict, not {other}: {why}")
        }
    });
    let fault = beside.faults.iter().map(|fault| format!("note: --strict refuses: {fault}"));
    difference.chain(fault).collect()
}

fn cells(found: &CanaryAnalysisResult) -> [String; 6] {
    let side = |stats: &super::result::SideStats| match stats.count {
        0 => String::from("no data"),
        count => format!("{} (n {count})", number(stats.mean)),
    };
    let tags = found.tags.iter().map(|(name, value)| format!("{name}={value}"));
    let tags = tags.collect::<Vec<String>>().join(",");
    let name =
        if tags.is_empty() { found.name.clone() } else { format!("{}{{{tags}}}", found.name) };
    let class = match (found.critical, found.muted) {
        (_, true) => format!("{} (muted)", found.classification),
        (true, false) => format!("{} (critical)", found.classification),
        (false, false) => found.classification.to_owned(),
    };
    [
        name,
        class,
        side(&found.experiment_metadata.stats),
        side(&found.control_metadata.stats),
        found.result_metadata.ratio.map_or_else(|| String::from("-"), number),
        found.classification_reason.clone().unwrap_or_default(),
    ]
}

/// Four digits are enough for a person; the other formats have all of them.
fn number(value: Double) -> String {
    let value = value.0;
    let size = value.abs();
    if !value.is_finite() || (0.0 < size && size < 1e-3) || 1e6 <= size {
        return format!("{value:.3e}");
    }
    let digits = if size < 1.0 {
        4
    } else if size < 100.0 {
        2
    } else {
        1
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
