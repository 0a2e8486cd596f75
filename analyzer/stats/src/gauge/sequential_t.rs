//! The e-value of a one-sided t-test that may be looked at after every reading.

use crate::float::{bisect, real};
use crate::level::Alpha;
use crate::special::{student_cdf, student_sf};

/// Count, mean and squared deviations of a series, updated one reading at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// The moments with one more reading. Source: Welford (1962), Technometrics 4:419.
    #[must_use]
    pub fn with(self, value: f64) -> Self {
        let count = self.count.saturating_add(1);
        let before = value - self.mean;
        let mean = self.mean + before / real(count);
        Self { count, mean, squares: self.squares + before * (value - mean) }
    }

    /// How many readings there were.
    pub fn count(self) -> u64 {
        self.count
    }

    /// Their mean; 0 for none.
    pub fn mean(self) -> f64 {
        self.mean
    }

    /// The sum of squared deviations from the mean.
    pub fn squares(self) -> f64 {
        self.squares
    }

    /// The sample variance, with one degree of freedom taken off; 0 for fewer than two readings.
    pub fn variance(self) -> f64 {
        if self.count < 2 { 0.0 } else { self.squares / (real(self.count) - 1.0) }
    }
}

/// A variance known from history, and how many readings it is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VariancePrior {
    /// The variance, in squared units of the readings.
    pub variance: f64,
    /// How many readings it weighs; 0 means that nothing is known.
    pub weight: f64,
}

impl VariancePrior {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { variance: 0.0, weight: 0.0 };
}

/// The log e-value for "the mean is at most 0" after the readings in `moments`.
///
/// A half-normal prior of precision `precision` (1 by default) on the mean over the standard
/// deviation, and the right Haar prior on the latter. 0, that is no evidence, while the deviation
/// cannot be estimated: fewer than two readings and prior readings together, or all of them equal 0;
/// and where `precision` is not a number above 0.
///
/// # Source
///
/// Wang and Ramdas, arXiv 2310.03722, and Pérez-Ortiz et al., arXiv 2208.07610; one-sided closed form
/// re-derived. Golden values: `fixtures/stats/statistics.json`, group `sequential_t` (quadrature).
pub fn sequential_t_log_e(moments: Moments, precision: f64, prior: VariancePrior) -> f64 {
    let n = real(moments.count);
    let freedom = n + prior.weight;
    let known = prior.weight * prior.variance + moments.squares;
    let square = n * moments.mean * moments.mean;
    let shrunk = precision * square / (precision + n);
    let with = known + shrunk;
    let positive = |number: f64| 0.0 < number && number < f64::INFINITY;
    let known_enough = (2.0..f64::INFINITY).contains(&freedom);
    if !(positive(precision) && positive(with) && known_enough) {
        return 0.0;
    }
    // The ratio of the two sums, without cancellation when they are near each other.
    let gain = libm::log1p((square - shrunk) / with);
    let t = n * moments.mean / (precision + n) / libm::sqrt(with / (freedom * (precision + n)));
    let log_e = 0.5 * libm::log(precision / (precision + n)) + 0.5 * freedom * gain;
    let tail = if t < 0.0 { student_sf(-t, freedom) } else { student_cdf(t, freedom) };
    log_e + libm::log((2.0 * tail).max(f64::MIN_POSITIVE))
}

/// The two-sided log e-value of a t statistic with `freedom` degrees of freedom and `n` readings.
///
/// # Source
///
/// Lindon et al., arXiv 2210.08589. Golden values: avlm, `fixtures/stats/statistics.json`.
pub fn two_sided_t_log_e(t: f64, freedom: f64, n: f64, precision: f64) -> f64 {
    let share = precision / (precision + n);
    let square = t * t / freedom;
    0.5 * libm::log(share)
        + 0.5 * (freedom + 1.0) * (libm::log1p(square) - libm::log1p(share * square))
}

/// The t statistic that `n` readings must reach to be rejected at `alpha`, two-sided, at any time.
///
/// Infinite when no t statistic reaches it at this `n`.
pub fn t_radius(freedom: f64, n: f64, precision: f64, alpha: Alpha) -> f64 {
    let needed = alpha.log_needed();
    let too_little = |t: f64| two_sided_t_log_e(t, freedom, n, precision) < needed;
    let mut high = 1.0;
    while too_little(high) {
        high *= 2.0;
        if 1e12 < high {
            return f64::INFINITY;
        }
    }
    bisect(0.0, high, too_little)
}

/// The same for a known deviation: the limit of many degrees of freedom.
pub fn z_radius(n: f64, precision: f64, alpha: Alpha) -> f64 {
    let ratio = (precision + n) / n;
    let spread = libm::log((precision + n) / precision);
    libm::sqrt(ratio * (spread + 2.0 * alpha.log_needed()))
}
