//! Quantiles of raw samples, at any time.

use crate::classic::Sample;
use crate::classic::sample::InvalidSample;
use crate::float::{index, size};
use crate::level::{Alpha, Share};
use crate::uniform::{Mixture, UniformInterval};

/// An interval for a quantile from order statistics; infinite ends where there are too few values.
///
/// Tightest at `t_best` values.
///
/// # Errors
///
/// [`InvalidSample`] for values that are not finite.
///
/// # Source
///
/// Howard and Ramdas (2022), arXiv 1906.09712, with the one-sided normal mixture on both sides.
pub fn quantile_interval(
    values: &[f64],
    quantile: Share,
    t_best: f64,
    alpha: Alpha,
) -> Result<UniformInterval, InvalidSample> {
    let mut sorted = Sample::new(values)?.values().to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let t = size(sorted.len());
    let half = Alpha::try_from(0.5 * alpha.share()).unwrap_or(alpha);
    let reach = Mixture::normal(0.25 * t_best, half).bound(0.25 * t, half);
    let at = |rank: f64| {
        if rank < 1.0 {
            f64::NEG_INFINITY
        } else if t < rank {
            f64::INFINITY
        } else {
            sorted[index(rank) - 1]
        }
    };
    Ok(UniformInterval {
        lower: at(libm::ceil(t * quantile.get() - reach)),
        upper: at(libm::floor(t * quantile.get() + reach) + 1.0),
    })
}

/// The anytime p-value for "both samples have the same quantile", from 0 to 1.
///
/// Tightest at `t_best` values an arm.
///
/// # Errors
///
/// [`InvalidSample`] for values that are not finite.
///
/// # Source
///
/// Howard and Ramdas (2022), arXiv 1906.09712, section 5: the least joint evidence over all common
/// values of the quantile.
pub fn same_quantile_p(
    first: &[f64],
    second: &[f64],
    quantile: Share,
    t_best: f64,
    alpha: Alpha,
) -> Result<f64, InvalidSample> {
    let arms =
        [Arm::new(first, quantile, t_best, alpha)?, Arm::new(second, quantile, t_best, alpha)?];
    let all = arms[0].sorted.iter().chain(&arms[1].sorted);
    let least = all
        .map(|&value| arms[0].log_e_at(value) + arms[1].log_e_at(value))
        .fold(f64::INFINITY, f64::min);
    if least == f64::INFINITY {
        return Ok(1.0);
    }
    Ok(libm::exp(-least).min(1.0))
}

struct Arm {
    sorted: Vec<f64>,
    quantile: f64,
    mixture: Mixture,
    /// The share below the quantile against which there is least evidence.
    easiest: f64,
}

impl Arm {
    fn new(
        values: &[f64],
        quantile: Share,
        t_best: f64,
        alpha: Alpha,
    ) -> Result<Self, InvalidSample> {
        let mut sorted = Sample::new(values)?.values().to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let q = quantile.get();
        let mixture = Mixture::beta_binomial(t_best * q * (1.0 - q), q, 1.0 - q, false, alpha);
        let mut arm = Self { sorted, quantile: q, mixture, easiest: q };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..100 {
            let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if arm.log_e(left) < arm.log_e(right) {
                high = right;
            } else {
                low = left;
            }
        }
        arm.easiest = 0.5 * (low + high);
        Ok(arm)
    }

    /// The log evidence when a share `below` of the values lies below the quantile.
    fn log_e(&self, below: f64) -> f64 {
        let n = size(self.sorted.len());
        let v = self.quantile * (1.0 - self.quantile) * n;
        self.mixture.log_e((below - self.quantile) * n, v)
    }

    /// The least log evidence against `value` being the quantile.
    fn log_e_at(&self, value: f64) -> f64 {
        let n = size(self.sorted.len()).max(1.0);
        let below = size(self.sorted.partition_point(|&other| other < value)) / n;
        let up_to = size(self.sorted.partition_point(|&other| other <= value)) / n;
        self.log_e(self.easiest.clamp(below, up_to))
    }
}
