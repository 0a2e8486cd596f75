//! Where a statistical criterion stands, as it is printed.

use assay_run::compare::summary::{ArmSummary, RatioSummary, Summary};
use serde::Serialize;

/// Where a statistical criterion stands. What is infinite is null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComparisonReport {
    criterion: &'static str,
    looks: u64,
    usable_looks: u64,
    looks_declared: u32,
    evidence: f64,
    needed: f64,
    joint_evidence: f64,
    joint_needed: f64,
    culprit: bool,
    suspect: bool,
    cleared: bool,
    rule_out: Option<f64>,
    noise: f64,
    noisier: bool,
    approximate: bool,
    pod_spread: f64,
    unit: String,
    canary: ArmReport,
    baseline: Option<ArmReport>,
    limit: Option<f64>,
    ratio: Option<RatioReport>,
    smallest_ratio: Option<f64>,
    harmless_rate: Option<f64>,
}

/// One arm.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ArmReport {
    pods: usize,
    events: Option<u64>,
    exposure: Option<f64>,
    level: Option<f64>,
}

/// A ratio with its interval.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RatioReport {
    estimate: f64,
    lower: Option<f64>,
    upper: Option<f64>,
}

impl ComparisonReport {
    /// What `summary` says.
    pub(crate) fn of(summary: Summary) -> Self {
        Self {
            criterion: summary.criterion,
            looks: summary.looks,
            usable_looks: summary.usable_looks,
            looks_declared: summary.looks_declared,
            evidence: summary.evidence,
            needed: summary.needed,
            joint_evidence: summary.joint_evidence,
            joint_needed: summary.joint_needed,
            culprit: summary.culprit,
            suspect: summary.suspect,
            cleared: summary.cleared,
            rule_out: summary.rule_out,
            noise: summary.noise,
            noisier: summary.noisier,
            approximate: summary.approximate,
            pod_spread: summary.pod_spread,
            unit: summary.unit,
            canary: ArmReport::of(summary.canary),
            baseline: summary.baseline.map(ArmReport::of),
            limit: summary.limit,
            ratio: summary.ratio.map(RatioReport::of),
            smallest_ratio: summary.smallest_ratio,
            harmless_rate: summary.harmless_rate,
        }
    }
}

impl ArmReport {
    fn of(arm: ArmSummary) -> Self {
        Self { pods: arm.pods, events: arm.events, exposure: arm.exposure, level: arm.level }
    }
}

impl RatioReport {
    fn of(ratio: RatioSummary) -> Self {
        Self { estimate: ratio.estimate, lower: ratio.lower, upper: ratio.upper }
    }
}
