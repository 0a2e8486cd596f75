//! The ratio of the arms' rates with an interval that holds at every look at once.

use crate::float::{bisect, geometric_points, log_sum_exp, real, size};
use crate::level::{Alpha, Dispersion};
use crate::look::Look;

/// Points on either side of no change.
const SIDE_POINTS: usize = 24;
/// How far the interval is looked for, as a log ratio; beyond it an end counts as 0 or infinite.
const LOG_RATIO_SPAN: f64 = 14.0;

/// The estimated ratio, canary over baseline, with its time-uniform confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioInterval {
    /// The ratio at which the events are most likely; 0 or infinite when an arm had none.
    pub estimate: f64,
    /// The lower end, from 0.
    pub lower: f64,
    /// The upper end; infinite when nothing bounds it.
    pub upper: f64,
}

/// The ratio of the two rates and the interval of ratios not yet rejected.
///
/// Over the life of a run the true ratio leaves the interval, at any look, in at most a share `alpha`
/// of runs. `None` when no look has data in both arms, or neither arm has an event.
///
/// # Source
///
/// Howard et al. (2021), arXiv 1810.08240, by inverting the two-sided mixture. Golden values:
/// `fixtures/stats/statistics.json`, group `ratio_cs`.
pub fn ratio_interval(looks: &[Look], alpha: Alpha, noise: Dispersion) -> Option<RatioInterval> {
    let groups = by_split(looks);
    let canary: f64 = groups.iter().map(|group| group.canary).sum();
    let both: f64 = groups.iter().map(|group| group.both).sum();
    if both <= 0.0 {
        return None;
    }
    let deltas = geometric_points(0.05, 3.5, SIDE_POINTS);
    let log_e = |log_ratio: f64| two_sided_log_e(&groups, &deltas, log_ratio, noise);
    let needed = alpha.log_needed();
    let estimate = if canary <= 0.0 {
        -LOG_RATIO_SPAN
    } else if both <= canary {
        LOG_RATIO_SPAN
    } else {
        // The score falls as the ratio grows.
        bisect(-LOG_RATIO_SPAN, LOG_RATIO_SPAN, |log_ratio| {
            let ratio = libm::exp(log_ratio);
            groups.iter().map(|group| group.both * group.share(ratio)).sum::<f64>() < canary
        })
    };
    let rejected = |log_ratio: f64| needed <= log_e(log_ratio);
    let lower = if canary <= 0.0 || !rejected(-LOG_RATIO_SPAN) {
        0.0
    } else {
        libm::exp(bisect(-LOG_RATIO_SPAN, estimate, rejected))
    };
    let upper = if both <= canary || !rejected(LOG_RATIO_SPAN) {
        f64::INFINITY
    } else {
        libm::exp(bisect(estimate, LOG_RATIO_SPAN, |log_ratio| !rejected(log_ratio)))
    };
    let estimate = if canary <= 0.0 {
        0.0
    } else if both <= canary {
        f64::INFINITY
    } else {
        libm::exp(estimate)
    };
    Some(RatioInterval { estimate, lower, upper })
}

/// All looks with one split of the exposure; only their sums matter.
struct SplitGroup {
    exposure: (f64, f64),
    canary: f64,
    both: f64,
}

impl SplitGroup {
    fn share(&self, ratio: f64) -> f64 {
        let weighted = self.exposure.0 * ratio;
        weighted / (weighted + self.exposure.1)
    }
}

fn by_split(looks: &[Look]) -> Vec<SplitGroup> {
    let mut groups: Vec<SplitGroup> = Vec::new();
    for look in looks.iter().filter(|look| look.is_usable()) {
        let exposure = (look.canary.exposure(), look.baseline.exposure());
        let canary = real(look.canary.events());
        let both = canary + real(look.baseline.events());
        let same = |group: &&mut SplitGroup| {
            group.exposure.0.to_bits() == exposure.0.to_bits()
                && group.exposure.1.to_bits() == exposure.1.to_bits()
        };
        match groups.iter_mut().find(same) {
            Some(group) => {
                group.canary += canary;
                group.both += both;
            }
            None => groups.push(SplitGroup { exposure, canary, both }),
        }
    }
    groups
}

/// The two-sided log evidence against "the ratio is exactly this".
fn two_sided_log_e(
    groups: &[SplitGroup],
    deltas: &[f64],
    log_ratio: f64,
    noise: Dispersion,
) -> f64 {
    let ratio = libm::exp(log_ratio);
    let log_weight = -libm::log(2.0 * size(deltas.len()));
    let terms: Vec<f64> = deltas
        .iter()
        .flat_map(|&delta| [delta, -delta])
        .map(|delta| {
            let growth = libm::expm1(delta);
            let gain: f64 = groups
                .iter()
                .map(|group| {
                    group.canary * delta - group.both * libm::log1p(group.share(ratio) * growth)
                })
                .sum();
            gain / noise.get() + log_weight
        })
        .collect();
    log_sum_exp(terms.iter().copied())
}
