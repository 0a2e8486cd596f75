//! Where a statistical criterion stands, in numbers for people and programs.

use assay_stats::comparison::Direction;
use assay_stats::level::{Alpha, Share};
use assay_stats::look::{Arm, Look};
use assay_stats::plan::PlannedTraffic;
use assay_template::plan::Plan;
use assay_template::plan::compare::{Comparison, Limit, Scale, Sequential, Statistic};

use crate::compare::ComparisonState;
use crate::compare::engine::{Counts, Looks, Standing};
use crate::compare::group::{self, Group};
use crate::compare::statistic::Evidence;
use crate::state::RunState;

/// The power at which the smallest change is told that could have been seen.
const POWER: f64 = 0.8;

/// Where a statistical criterion stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Its key in the template: `errorRate`, `latency`, …
    pub criterion: &'static str,
    /// Looks so far, those of the warm-up left out.
    pub looks: u64,
    /// Of those, with data in both arms.
    pub usable_looks: u64,
    /// How many looks are declared.
    pub looks_declared: u32,
    /// The evidence for harm, an e-value: 1 at the start.
    pub evidence: f64,
    /// The evidence at which this criterion fails by itself.
    pub needed: f64,
    /// The weighted average of the evidence of all criteria of the run.
    pub joint_evidence: f64,
    /// The average at which the run fails.
    pub joint_needed: f64,
    /// Whether it is to blame, with a family-wise error of at most the run's level (closed testing).
    pub culprit: bool,
    /// Whether it may be listed as suspect, at most one in ten of those wrongly (e-BH).
    pub suspect: bool,
    /// Whether the change to rule out is ruled out.
    pub cleared: bool,
    /// The ratio, or difference, that is ruled out then; none where there is none.
    pub rule_out: Option<f64>,
    /// The noise beyond independent requests that was discounted (φ), 1 or more.
    pub noise: f64,
    /// Whether a gauge of the canary varies clearly more than the baseline's.
    pub noisier: bool,
    /// Whether the noise could not be measured on pods, so that the guarantee is approximate.
    pub approximate: bool,
    /// How much the baseline's pods differ for good: the standard deviation of their log rates (τ).
    pub pod_spread: f64,
    /// The new version.
    pub canary: ArmSummary,
    /// What it is compared with; none where it is compared with a constant.
    pub baseline: Option<ArmSummary>,
    /// The constant it is compared with.
    pub limit: Option<f64>,
    /// How many times the baseline's rate the canary's is; for a gauge the ratio of the means.
    pub ratio: Option<RatioSummary>,
    /// The smallest ratio that would have been found 4 of 5 times at this traffic.
    pub smallest_ratio: Option<f64>,
    /// The largest rate of the canary that would have stopped nothing so far.
    pub harmless_rate: Option<f64>,
    /// What is counted over what, as in `errors of requests`.
    pub unit: String,
}

/// One arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArmSummary {
    /// Pods at the newest look.
    pub pods: usize,
    /// What was counted since the comparison began.
    pub events: Option<u64>,
    /// Over how many requests, or seconds times weight.
    pub exposure: Option<f64>,
    /// What a gauge showed on average, or the quantile of a latency.
    pub level: Option<f64>,
}

/// A ratio with the interval that holds at every look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioSummary {
    /// The estimate; 0 or infinite when an arm had no event.
    pub estimate: f64,
    /// The lower end; none where no interval is known.
    pub lower: Option<f64>,
    /// The upper end, which may be infinite; none where no interval is known.
    pub upper: Option<f64>,
}

/// Where the statistical criterion of a metric stands; none for other metrics, and before a first look.
pub fn summary(plan: &Plan, state: &RunState, metric: usize) -> Option<Summary> {
    let common = plan.sequential.as_ref()?;
    let comparison = group::comparison(plan.metrics.get(metric)?)?;
    let known = state.metrics.get(metric)?.comparison.as_deref()?;
    let mut summary = known.summary(comparison, common)?;
    let member = group::standing(state, metric).is_some() && comparison.statistic.is_sequential();
    if let Some(group) = Group::of(plan).filter(|_| member) {
        let joint = group.joint(state);
        summary.joint_evidence = libm::exp(joint.log_average);
        summary.joint_needed = libm::exp(joint.log_needed);
        let at = group.place_of(metric);
        let is = |of: &[bool]| at.and_then(|at| of.get(at).copied()).unwrap_or(false);
        (summary.culprit, summary.suspect) = (is(&joint.culprits), is(&joint.suspects));
    }
    Some(summary)
}

/// The same without what takes time to find out: intervals, and what would have been found.
pub(crate) fn brief(plan: &Plan, state: &RunState, metric: usize) -> Option<Summary> {
    let common = plan.sequential.as_ref()?;
    let comparison = group::comparison(plan.metrics.get(metric)?)?;
    state.metrics.get(metric)?.comparison.as_deref()?.brief(comparison, common)
}

impl ComparisonState {
    /// Whether the interval of the ratio ends below what is to be ruled out.
    pub(crate) fn is_bounded(&self, comparison: &Comparison, alpha: Alpha) -> bool {
        let ratio = self.evidence.as_ref().and_then(|evidence| evidence.ratio(alpha));
        let upper = ratio.and_then(|ratio| ratio.upper);
        upper.zip(rule_out(&comparison.statistic)).is_some_and(|(upper, bound)| upper < bound)
    }

    fn summary(&self, comparison: &Comparison, common: &Sequential) -> Option<Summary> {
        let evidence = self.evidence.as_ref()?;
        let standing = evidence.standing();
        Some(Summary {
            ratio: evidence.ratio(common.alpha),
            smallest_ratio: standing.and_then(|it| evidence.smallest_ratio(&it)),
            harmless_rate: standing.and_then(|it| evidence.harmless_rate(&it)),
            ..self.brief(comparison, common)?
        })
    }

    fn brief(&self, comparison: &Comparison, common: &Sequential) -> Option<Summary> {
        let evidence = self.evidence.as_ref()?;
        let (looks, usable_looks) = evidence.looks();
        let standing = evidence.standing();
        let (canary, baseline) = evidence.arms();
        let with_baseline = comparison.statistic.needs_baseline();
        Some(Summary {
            criterion: comparison.statistic.key(),
            looks,
            usable_looks,
            looks_declared: common.looks(comparison.interval),
            evidence: standing.map_or(1.0, |it| libm::exp(it.log_e)),
            needed: standing.map_or(f64::INFINITY, |it| libm::exp(it.log_needed)),
            joint_evidence: standing.map_or(1.0, |it| libm::exp(it.log_e)),
            joint_needed: libm::exp(common.alpha.log_needed()),
            culprit: false,
            suspect: false,
            cleared: standing.is_some_and(|it| it.is_cleared),
            rule_out: rule_out(&comparison.statistic),
            noise: standing.map_or(1.0, |it| it.noise.get()),
            noisier: evidence.is_noisier(),
            approximate: standing.is_some_and(|it| it.is_approximate),
            pod_spread: evidence.spread(),
            canary,
            baseline: with_baseline.then_some(baseline),
            limit: evidence.limit(),
            ratio: with_baseline.then(|| plain_ratio(&canary, &baseline)).flatten(),
            smallest_ratio: None,
            harmless_rate: None,
            unit: unit(comparison, evidence),
        })
    }
}

/// The ratio of the rates, or of the means, of all looks together.
fn plain_ratio(canary: &ArmSummary, baseline: &ArmSummary) -> Option<RatioSummary> {
    let rate = |arm: &ArmSummary| match (arm.events, arm.exposure) {
        (Some(events), Some(exposure)) => Some(as_float(events) / exposure),
        (_, _) => arm.level,
    };
    let estimate = rate(canary)? / rate(baseline)?;
    (!estimate.is_nan()).then_some(RatioSummary { estimate, lower: None, upper: None })
}

/// A count as people are told it.
#[expect(clippy::cast_precision_loss, reason = "for display only")]
pub(crate) fn as_float(count: u64) -> f64 {
    count as f64
}

fn rule_out(statistic: &Statistic) -> Option<f64> {
    match statistic {
        Statistic::ErrorRate { rule_out, .. }
        | Statistic::Latency { rule_out, .. }
        | Statistic::Counts { rule_out, .. }
        | Statistic::Gauge { scale: Scale::Ratio { rule_out, .. }, .. } => Some(rule_out.get()),
        Statistic::Gauge { scale: Scale::Difference { rule_out, .. }, .. } => Some(*rule_out),
        Statistic::Limit(_) | Statistic::TrafficShare { .. } | Statistic::Classic { .. } => None,
    }
}

fn unit(comparison: &Comparison, evidence: &Evidence) -> String {
    match &comparison.statistic {
        Statistic::ErrorRate { .. } | Statistic::Limit(Limit::Share { .. }) => {
            String::from("errors of requests")
        }
        Statistic::Latency { tail, .. } => {
            let bound = match (tail, evidence) {
                (assay_template::plan::compare::Tail::Above(bound), _) => Some(*bound),
                (_, Evidence::Latency(latency)) => latency.shown(),
                (_, _) => None,
            };
            bound.map_or_else(String::new, |bound| format!("requests above {bound}"))
        }
        Statistic::Counts { .. } => String::from("counted"),
        Statistic::TrafficShare { .. } => String::from("requests"),
        Statistic::Gauge { .. }
        | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
        | Statistic::Classic { .. } => String::from("mean"),
    }
}

fn counted(arm: Arm, pods: usize) -> ArmSummary {
    ArmSummary { pods, events: Some(arm.events()), exposure: Some(arm.exposure()), level: None }
}

fn shown(level: f64, pods: usize) -> ArmSummary {
    ArmSummary { pods, level: level.is_finite().then_some(level), ..ArmSummary::default() }
}

impl Evidence {
    fn arms(&self) -> (ArmSummary, ArmSummary) {
        let pods = self.pods();
        let both = |look: Look| (counted(look.canary, pods.0), counted(look.baseline, pods.1));
        match self {
            Self::Counts(counts) => both(counts.totals()),
            Self::Latency(latency) => {
                let (mut own, mut other) = both(latency.totals());
                let (quantile, of_baseline) = latency.quantiles();
                own.level = quantile.is_finite().then_some(quantile);
                other.level = of_baseline.is_finite().then_some(of_baseline);
                (own, other)
            }
            Self::Gauge(gauge) => {
                let (own, other) = gauge.means.get();
                (shown(own, pods.0), shown(other, pods.1))
            }
            Self::Share(share) => (counted(share.total(), pods.0), ArmSummary::default()),
            Self::Level(level) => (shown(level.means.get().0, pods.0), ArmSummary::default()),
            Self::Traffic(traffic) => {
                let arm = |events| ArmSummary { events: Some(events), ..ArmSummary::default() };
                (arm(traffic.requests.0), arm(traffic.requests.1))
            }
            Self::Classic(classic) => {
                let mean = |values: &[f64]| {
                    let count = values.iter().fold(0.0, |count, _| count + 1.0);
                    shown(values.iter().sum::<f64>() / count, 0)
                };
                (mean(&classic.canary), mean(&classic.baseline))
            }
        }
    }

    /// With the interval at the level of the run, whatever part of it is the criterion's own.
    fn ratio(&self, alpha: Alpha) -> Option<RatioSummary> {
        let interval = match self {
            Self::Counts(counts) => counts.ratio(alpha),
            Self::Latency(latency) => {
                let noise = latency.standing()?.noise;
                latency.looks()?.interval(alpha, noise)
            }
            Self::Gauge(gauge) => {
                let (own, other) = gauge.means.get();
                let estimate = own / other;
                return (gauge.is_on_logs() && estimate.is_finite()).then_some(RatioSummary {
                    estimate,
                    lower: None,
                    upper: None,
                });
            }
            Self::Share(_) | Self::Level(_) | Self::Traffic(_) | Self::Classic(_) => None,
        }?;
        Some(RatioSummary {
            estimate: interval.estimate,
            lower: Some(interval.lower),
            upper: Some(interval.upper),
        })
    }

    fn is_noisier(&self) -> bool {
        match self {
            Self::Gauge(gauge) => gauge.is_noisier(),
            Self::Counts(_)
            | Self::Latency(_)
            | Self::Share(_)
            | Self::Level(_)
            | Self::Traffic(_)
            | Self::Classic(_) => false,
        }
    }

    fn spread(&self) -> f64 {
        match self {
            Self::Counts(counts) => counts.spread(),
            Self::Latency(_)
            | Self::Gauge(_)
            | Self::Share(_)
            | Self::Level(_)
            | Self::Traffic(_)
            | Self::Classic(_) => 0.0,
        }
    }

    fn limit(&self) -> Option<f64> {
        match self {
            Self::Share(share) => Some(share.at_most()),
            Self::Level(level) => Some(level.limit()),
            Self::Counts(_)
            | Self::Latency(_)
            | Self::Gauge(_)
            | Self::Traffic(_)
            | Self::Classic(_) => None,
        }
    }

    /// By the closed form of planning, at the traffic seen (statistics, section 6).
    fn smallest_ratio(&self, standing: &Standing) -> Option<f64> {
        let (looks, allowed, effect) = match self {
            Self::Counts(counts) => (&counts.looks, counts.allowed(), counts.settings().effect),
            Self::Latency(latency) => {
                (latency.looks()?, latency.settings().slower, latency.settings().effect)
            }
            Self::Gauge(_)
            | Self::Share(_)
            | Self::Level(_)
            | Self::Traffic(_)
            | Self::Classic(_) => return None,
        };
        let (totals, count) = totals(looks);
        let rate = totals.baseline.rate();
        if count < 2.0 || !(0.0 < rate && rate.is_finite()) {
            return None;
        }
        let traffic = PlannedTraffic {
            canary: totals.canary.exposure() / count,
            baseline: totals.baseline.exposure() / count,
            rate,
            allowed,
            effect,
            noise: standing.noise,
            log_needed: standing.log_needed,
        };
        traffic.smallest_found(count, Share::try_from(POWER).ok()?)
    }

    fn harmless_rate(&self, standing: &Standing) -> Option<f64> {
        match self {
            Self::Counts(counts) if standing.is_worse => harmless_rate(counts, standing),
            Self::Counts(_)
            | Self::Latency(_)
            | Self::Gauge(_)
            | Self::Share(_)
            | Self::Level(_)
            | Self::Traffic(_)
            | Self::Classic(_) => None,
        }
    }
}

fn totals(looks: &Looks) -> (Look, f64) {
    let looks = looks.as_slice();
    let sum = |arm: fn(&Look) -> Arm| Arm::sum(&looks.iter().map(arm).collect::<Vec<_>>());
    let count = looks.iter().fold(0.0, |count, _| count + 1.0);
    (Look { canary: sum(|look| look.canary), baseline: sum(|look| look.baseline) }, count)
}

/// The largest rate at which the same run would have found nothing so far, all looks scaled alike.
fn harmless_rate(counts: &Counts, standing: &Standing) -> Option<f64> {
    let rate = counts.totals().canary.rate();
    if counts.direction() != Direction::Increase || !(0.0 < rate && rate.is_finite()) {
        return None;
    }
    let found = |share: f64| standing.log_needed <= counts.largest_log_e(share);
    if !found(1.0) || found(0.0) {
        return None;
    }
    let (mut harmless, mut harmful) = (0.0, 1.0);
    for _ in 0..30 {
        let middle = 0.5 * (harmless + harmful);
        if found(middle) {
            harmful = middle;
        } else {
            harmless = middle;
        }
    }
    Some(rate * harmless)
}
