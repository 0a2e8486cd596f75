//! How long a run must be to find a change, and what it can find in a given time.

use crate::float::{bisect, log_sum_exp};
use crate::level::{Alpha, Dispersion, Ratio, Share};
use crate::ratio::grid::Grid;
use crate::special::normal_cdf;

/// The most looks a plan answers with; beyond that a change counts as not findable.
const LOOKS_MAX: f64 = 1e7;
/// Looks without which nothing is ever decided.
const LOOKS_MIN: f64 = 2.0;
/// The prior weight of a change that is there from the first look on.
const ONSET_FIRST: f64 = 0.75;

/// Steady traffic and the settings of a ratio test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedTraffic {
    /// Requests (or seconds) of the canary per look, above 0.
    pub canary: f64,
    /// Requests (or seconds) of the baseline per look, above 0.
    pub baseline: f64,
    /// Events per request in the baseline, above 0.
    pub rate: f64,
    /// The ratio that is tolerated.
    pub allowed: Ratio,
    /// The smallest ratio the test is tuned for.
    pub effect: Ratio,
    /// The noise beyond independent requests.
    pub noise: Dispersion,
    /// The log evidence needed, `ln(1/α)` for the anytime boundary.
    pub log_needed: f64,
}

impl PlannedTraffic {
    /// Traffic with no tolerance, tuned for half more events, at `1/alpha`.
    pub fn new(canary: f64, baseline: f64, rate: f64, alpha: Alpha) -> Self {
        Self {
            canary,
            baseline,
            rate,
            allowed: Ratio::EQUAL,
            effect: Ratio::try_from(1.5).unwrap_or(Ratio::EQUAL),
            noise: Dispersion::NONE,
            log_needed: alpha.log_needed(),
        }
    }

    /// Looks after which a canary at `truth` times the baseline's rate is found with chance `power`.
    ///
    /// At least 2; infinite when it is never found or the traffic makes no sense. One or two looks
    /// optimistic at a power of 0.8, within two looks or conservative at 0.95.
    ///
    /// # Source
    ///
    /// First passage of a Brownian motion with the drift and variance of the log evidence at its best
    /// grid point, plus what the mixture costs. Golden values: `fixtures/stats/statistics.json`,
    /// group `plan`.
    pub fn looks_needed(&self, truth: Ratio, power: Share) -> f64 {
        let Some(drift) = Drift::of(self, truth) else { return f64::INFINITY };
        let grid = Grid::harm(self.effect, self.allowed);
        let reached = |looks: f64| drift.chance(looks, &grid, self.log_needed) >= power.get();
        let mut high = 1.0;
        while !reached(high) {
            high *= 2.0;
            if LOOKS_MAX < high {
                return f64::INFINITY;
            }
        }
        bisect(1e-3, high, |looks| !reached(looks)).max(LOOKS_MIN)
    }

    /// The smallest ratio found within `looks` looks with chance `power`; `None` when none is.
    pub fn smallest_found(&self, looks: f64, power: Share) -> Option<f64> {
        let too_slow = |ratio: f64| {
            let truth = Ratio::try_from(ratio).ok();
            truth.is_none_or(|truth| looks < self.looks_needed(truth, power))
        };
        let (low, mut high) = (1.01, 2.0);
        while too_slow(high) {
            high *= 2.0;
            if 1.0 < high * self.rate || 1e6 < high {
                return None;
            }
        }
        Some(libm::exp(bisect(libm::log(low), libm::log(high), |log| too_slow(libm::exp(log)))))
    }
}

/// What one look adds to the log evidence on average, how much it varies, what it knows.
struct Drift {
    excess: f64,
    mean: f64,
    variance: f64,
    information: f64,
}

impl Drift {
    fn of(traffic: &PlannedTraffic, truth: Ratio) -> Option<Self> {
        let positive = [traffic.canary, traffic.baseline, traffic.rate];
        if !positive.iter().all(|value| 0.0 < *value && *value <= 1e15) {
            return None;
        }
        let (truth, allowed, noise) = (truth.get(), traffic.allowed.get(), traffic.noise.get());
        let split = traffic.canary / traffic.baseline;
        let excess = libm::log(truth / allowed);
        let loss = libm::log((1.0 + split * truth) / (1.0 + split * allowed));
        let gain = excess - loss;
        let canary = traffic.canary * traffic.rate * truth / noise;
        let baseline = traffic.baseline * traffic.rate / noise;
        let information = baseline * split * truth / (1.0 + split * truth);
        Some(Self {
            excess,
            mean: canary * gain - baseline * loss,
            variance: canary * gain * gain + baseline * loss * loss,
            information,
        })
    }

    /// The chance to have crossed after `looks` looks.
    fn chance(&self, looks: f64, grid: &Grid, log_needed: f64) -> f64 {
        let points = grid.deltas().iter().zip(grid.weights());
        let fit = log_sum_exp(points.map(|(delta, weight)| {
            let miss = delta - self.excess;
            libm::log(*weight) - 0.5 * self.information * looks * miss * miss
        }));
        let height = log_needed - libm::log(ONSET_FIRST) - fit;
        let width = libm::sqrt(self.variance * looks);
        if !(0.0 < width) {
            return 0.0;
        }
        let direct = normal_cdf((self.mean * looks - height) / width);
        let reflected = (2.0 * self.mean * height / self.variance).min(700.0);
        direct + libm::exp(reflected) * normal_cdf(-(self.mean * looks + height) / width)
    }
}
