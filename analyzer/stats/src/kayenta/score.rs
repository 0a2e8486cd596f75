//! From classes to one number between 0 and 100, by groups and weights.

use crate::float::{real, size};
use crate::kayenta::Mode;
use crate::kayenta::classify::Class;

/// A group and its weight, in percent of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupWeight {
    /// The group's name.
    pub group: String,
    /// Its weight, meant to sum to 100 over all groups; the original does not check.
    pub percent: f64,
}

/// A metric as the score sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored<'a> {
    /// What it was found to be.
    pub class: Class,
    /// Whether it alone fails everything.
    pub critical: bool,
    /// Whether it is left out.
    pub muted: bool,
    /// Why.
    pub reason: Option<&'a str>,
    /// The groups it counts in.
    pub groups: &'a [String],
}

/// The score of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupScore {
    /// The group's name.
    pub group: String,
    /// From 0 to 100; 0 without data.
    pub score: f64,
    /// Whether no metric of the group counts.
    pub no_data: bool,
}

/// What the score means against the thresholds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ScoreClass {
    /// At or above the pass threshold.
    Pass,
    /// At or above the marginal one.
    Marginal,
    /// Below both.
    Fail,
}

/// The score of all metrics together.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// From 0 to 100; beyond in compatible mode when the weights are wrong.
    pub score: f64,
    /// What it means.
    pub class: ScoreClass,
    /// Why it is 0, when a rule beyond the sum made it so.
    pub reason: Option<String>,
    /// The groups, in the order of their first metric.
    pub groups: Vec<GroupScore>,
}

/// Scores classified metrics against the thresholds `pass` and `marginal`, in percent.
pub fn score(
    metrics: &[Scored<'_>],
    weights: &[GroupWeight],
    pass: f64,
    marginal: f64,
    mode: Mode,
) -> Score {
    let counted: Vec<&Scored<'_>> = metrics.iter().filter(|metric| !metric.muted).collect();
    let groups = group_scores(&counted, mode);
    let (score, reason) = match failed_outright(&counted) {
        Some(reason) => (0.0, Some(reason)),
        None => match mode {
            Mode::Compatible => (compatible_sum(&groups, weights), None),
            Mode::Strict => strict_sum(&groups, weights),
        },
    };
    let class = if pass <= score {
        ScoreClass::Pass
    } else if marginal <= score {
        ScoreClass::Marginal
    } else {
        ScoreClass::Fail
    };
    Score { score, class, reason, groups }
}

fn group_scores(metrics: &[&Scored<'_>], mode: Mode) -> Vec<GroupScore> {
    let mut names: Vec<&String> = Vec::new();
    for name in metrics.iter().flat_map(|metric| metric.groups) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| group_score(name, metrics, mode)).collect()
}

fn group_score(name: &str, metrics: &[&Scored<'_>], mode: Mode) -> GroupScore {
    let (mut passed, mut failed) = (0_u64, 0_u64);
    for metric in metrics.iter().filter(|metric| metric.groups.iter().any(|group| group == name)) {
        match metric.class {
            Class::Pass => passed += 1,
            Class::High | Class::Low | Class::NoDataFailMetric => failed += 1,
            Class::NoData => {}
            // In the original an error counts nowhere, so that errors alone score 100.
            Class::Error => failed += u64::from(mode == Mode::Strict),
        }
    }
    let no_data = passed + failed == 0;
    let score = if no_data { 0.0 } else { 100.0 * (real(passed) / real(passed + failed)) };
    GroupScore { group: name.to_owned(), score, no_data }
}

fn failed_outright(metrics: &[&Scored<'_>]) -> Option<String> {
    let critical = metrics.iter().find(|metric| metric.critical && metric.class != Class::Pass);
    if let Some(metric) = critical {
        return Some(format!("Canary Failed: {}", metric.reason.unwrap_or_default()));
    }
    let missing = metrics.iter().filter(|metric| metric.class == Class::NoData).count();
    (!metrics.is_empty() && metrics.len() <= 2 * missing)
        .then(|| "Canary Failed: 50% or more metrics returned NODATA".to_owned())
}

fn weight_of(weights: &[GroupWeight], group: &str) -> Option<f64> {
    weights.iter().find(|weight| weight.group == group).map(|weight| weight.percent)
}

/// The weighted sum as the original computes it: unchecked weights, a group without data counts 100.
fn compatible_sum(groups: &[GroupScore], weights: &[GroupWeight]) -> f64 {
    let named: f64 = weights.iter().map(|weight| weight.percent).sum();
    let unnamed = groups.iter().filter(|group| weight_of(weights, &group.group).is_none()).count();
    let share = if unnamed == 0 { 0.0 } else { (100.0 - named) / size(unnamed) };
    let sum: f64 = groups
        .iter()
        .map(|group| {
            let score = if group.no_data { 100.0 } else { group.score };
            score * weight_of(weights, &group.group).unwrap_or(share) / 100.0
        })
        .sum();
    two_decimals(sum)
}

/// The weighted mean over groups that have data; weights are scaled, so that a missing group does not
/// count as a failure or a success.
fn strict_sum(groups: &[GroupScore], weights: &[GroupWeight]) -> (f64, Option<String>) {
    let usable = |weight: f64| if 0.0 < weight && weight.is_finite() { weight } else { 0.0 };
    let named: f64 = weights.iter().map(|weight| usable(weight.percent)).sum();
    let unnamed = groups.iter().filter(|group| weight_of(weights, &group.group).is_none()).count();
    let share = usable(100.0 - named) / size(unnamed.max(1));
    let (mut sum, mut total) = (0.0, 0.0);
    for group in groups.iter().filter(|group| !group.no_data) {
        let weight = weight_of(weights, &group.group).map_or(share, usable);
        sum += weight * group.score;
        total += weight;
    }
    if 0.0 < total {
        (two_decimals(sum / total), None)
    } else {
        (0.0, Some("Canary Failed: no metric that counts returned data".to_owned()))
    }
}

/// Rounded half up to two decimals.
fn two_decimals(value: f64) -> f64 {
    libm::floor(value * 100.0 + 0.5) / 100.0
}

/// Whether a standalone analysis passes, and the sentence the original says about its last score.
pub fn final_decision(score: f64, marginal: Option<f64>, pass: Option<f64>) -> (bool, String) {
    if marginal.is_none() && pass.is_none() {
        return (true, "No score thresholds were specified.".to_owned());
    }
    let said = |what: &str| format!("Final canary score {score:?} {what}");
    if marginal.is_some_and(|marginal| score <= marginal) {
        return (false, said("is not above the marginal score threshold."));
    }
    match pass {
        None => (true, said("met or exceeded the marginal score threshold.")),
        Some(pass) if score < pass => (false, said("is below the pass score threshold.")),
        Some(_) => (true, said("met or exceeded the pass score threshold.")),
    }
}
