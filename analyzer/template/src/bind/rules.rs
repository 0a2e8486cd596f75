//! Rules for metrics by their names: which have no say, and how many measurements are kept.

use std::collections::BTreeSet;

use regex::Regex;

use crate::args::listed;
use crate::bind::findings::Findings;
use crate::problem::NestingProblem;
use crate::template::Rule;

/// Measurements kept where no rule says otherwise.
pub const RETENTION: usize = 10;

/// Measurements kept at most.
pub const RETENTION_MAX: usize = 100_000;

/// Bytes of memory that the pattern of one rule may take.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Which of `metrics` a rule of `rules` matches: for each rule, the places of the metrics.
///
/// A pattern is matched anywhere in a name. One that is no regular expression matches nothing, and a
/// rule that matches nothing is a problem, both as in Argo Rollouts. Without names, as in a check
/// without arguments, nothing can be said about what is not matched.
fn matches(
    field: &'static str,
    label: &'static str,
    rules: &[Rule],
    metrics: &[Option<&str>],
    findings: &mut Findings,
) -> Vec<Vec<usize>> {
    let mut seen = BTreeSet::new();
    let mut matched = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        if !seen.insert(rule.pattern.as_str()) {
            let (pattern, at) = (rule.pattern.clone(), rule.at);
            findings.add(rule.source, NestingProblem::DuplicateRule { rules: label, pattern, at });
        }
        let pattern = regex::RegexBuilder::new(&rule.pattern).size_limit(PATTERN_BYTES_MAX).build();
        let hits = match &pattern {
            Ok(pattern) => places(pattern, metrics),
            Err(_) => Vec::new(),
        };
        let undecided = pattern.is_ok() && metrics.iter().any(Option::is_none);
        if hits.is_empty() && !undecided {
            let help = help(&rule.pattern, pattern.is_ok(), metrics);
            let problem = NestingProblem::RuleMatchesNothing { field, index, help, at: rule.at };
            findings.add(rule.source, problem);
        }
        matched.push(hits);
    }
    matched
}

fn places(pattern: &Regex, metrics: &[Option<&str>]) -> Vec<usize> {
    let names = metrics.iter().enumerate();
    names
        .filter(|(_, name)| name.is_some_and(|name| pattern.is_match(name)))
        .map(|(i, _)| i)
        .collect()
}

fn help(pattern: &str, valid: bool, metrics: &[Option<&str>]) -> String {
    let names: Vec<&str> = metrics.iter().copied().flatten().collect();
    if !valid && pattern == "*" {
        return String::from("a rule is a regular expression: write `.*` for all metrics");
    }
    if !valid {
        return format!("`{pattern}` is no regular expression, and those match nothing");
    }
    match crate::shape::suggest(pattern, names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the metrics are {}", listed(&names)),
    }
}

/// For each metric, whether it has no say.
pub(crate) fn dry_run(
    rules: &[Rule],
    metrics: &[Option<&str>],
    findings: &mut Findings,
) -> Vec<bool> {
    let matched = matches("dryRun", "Dry-Run", rules, metrics, findings);
    (0..metrics.len()).map(|index| matched.iter().any(|hits| hits.contains(&index))).collect()
}

/// For each metric, how many measurements are kept; a later rule replaces an earlier one.
pub(crate) fn retention(
    rules: &[Rule],
    metrics: &[Option<&str>],
    findings: &mut Findings,
) -> Vec<usize> {
    let matched =
        matches("measurementRetention", "Measurement Retention", rules, metrics, findings);
    let keep = |rule: &Rule| match rule.limit.map(usize::try_from) {
        Some(Ok(limit)) if 0 < limit => limit.min(RETENTION_MAX),
        Some(Ok(_) | Err(_)) | None => RETENTION,
    };
    let last = |index: usize| rules.iter().zip(&matched).rfind(|(_, hits)| hits.contains(&index));
    (0..metrics.len()).map(|index| last(index).map_or(RETENTION, |(rule, _)| keep(rule))).collect()
}
