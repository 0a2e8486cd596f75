//! Permanent differences between pods: which pod became the canary is a lottery.
//!
//! A bad node or a sticky session does not average out with time. However much traffic there is, a
//! canary of a few pods cannot be told from an unlucky draw unless it differs by more than pods do.

use crate::float::{real, size, sorted_sum};
use crate::level::{Dispersion, Ratio};
use crate::look::Arm;
use crate::special::{gamma_upper, normal_cdf, student_quantile};

/// The chance of as much spread among pods that are all alike, above which it counts as none.
const CHANCE_MAX: f64 = 0.02;

/// How much the pods of a service differ from each other for good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodSpread {
    deviation: f64,
    pods: usize,
}

impl PodSpread {
    /// Pods that are all alike.
    pub const NONE: Self = Self { deviation: 0.0, pods: 0 };

    /// The standard deviation (τ) of a pod's log rate around the others; 0.2 is about ±20 percent.
    pub fn deviation(self) -> f64 {
        self.deviation
    }

    /// The ratio to tolerate before blaming the release, at `z` standard deviations of the draw.
    ///
    /// `canary_pods` counts as at least 1. With few pods their spread is hardly known, so `z` is
    /// stretched to the quantile of Student's t of the same level. The answer is 1 or more.
    pub fn tolerated(self, canary_pods: f64, z: f64) -> Ratio {
        if self.pods < 2 || !(0.0 < self.deviation && 0.0 < z) {
            return Ratio::EQUAL;
        }
        let draw = 1.0 / canary_pods.max(1.0) + 1.0 / size(self.pods);
        let stretched = student_quantile(normal_cdf(z), size(self.pods) - 1.0);
        let margin = libm::exp((stretched * self.deviation * libm::sqrt(draw)).min(13.8));
        Ratio::try_from(margin).unwrap_or(Ratio::EQUAL)
    }
}

/// Estimates the spread of the pods from each pod's total over the history.
///
/// `noise` is the dispersion already expected of the totals; 1 charges all excess to the pods. A
/// spread that chance explains at 2 percent is none: charging it would cost power on every quiet
/// service. Pods without exposure are left out; fewer than two give [`PodSpread::NONE`].
///
/// # Source
///
/// The method of moments of DerSimonian and Laird (1986), Control. Clin. Trials 7:177, on counts.
pub fn pod_spread(totals: &[Arm], noise: Dispersion) -> PodSpread {
    let live: Vec<Arm> = totals.iter().copied().filter(|pod| pod.is_observed()).collect();
    let all = Arm::sum(&live);
    if live.len() < 2 || all.events() == 0 {
        return PodSpread::NONE;
    }
    let events = real(all.events());
    let expected = |pod: &Arm| events * pod.exposure() / all.exposure();
    let mut terms: Vec<f64> = live
        .iter()
        .map(|pod| {
            let difference = real(pod.events()) - expected(pod);
            difference * difference / expected(pod)
        })
        .collect();
    let chi_square = sorted_sum(&mut terms);
    let mut squares: Vec<f64> = live.iter().map(|pod| expected(pod) * expected(pod)).collect();
    let weight = events - sorted_sum(&mut squares) / events;
    let freedom = size(live.len()) - 1.0;
    let by_chance = gamma_upper(0.5 * freedom, 0.5 * chi_square / noise.get());
    if CHANCE_MAX < by_chance {
        return PodSpread { deviation: 0.0, pods: live.len() };
    }
    let excess = chi_square - noise.get() * freedom;
    let variance = if 0.0 < weight { (excess / weight).max(0.0) } else { 0.0 };
    PodSpread { deviation: libm::sqrt(variance), pods: live.len() }
}
