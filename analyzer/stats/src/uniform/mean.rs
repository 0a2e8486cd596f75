//! Means of values, at any time: known deviation, many values, few values.

use crate::gauge::Moments;
use crate::level::Alpha;
use crate::special::{lambert_lower, ln_gamma};
use crate::uniform::UniformInterval;

/// The log likelihood ratio of a normal mean, mixed over a normal prior around `null`.
///
/// `deviation` is that of a value, `prior_deviation` that of the prior, both known and above 0.
///
/// # Source
///
/// The mSPRT of Robbins (1970); Johari et al. (2022). Golden values: `fixtures/stats/statistics.json`,
/// group `msprt`.
pub fn mixture_log_ratio(moments: Moments, null: f64, deviation: f64, prior_deviation: f64) -> f64 {
    let n = crate::float::real(moments.count());
    let (variance, prior) = (deviation * deviation, prior_deviation * prior_deviation);
    let total = variance + n * prior;
    let shift = n * (moments.mean() - null);
    0.5 * libm::log(variance / total) + prior * shift * shift / (2.0 * variance * total)
}

/// The precision parameter that makes the asymptotic interval tightest at `t_best` values.
pub fn asymptotic_precision(t_best: f64, alpha: Alpha) -> f64 {
    let share = alpha.share();
    (-lambert_lower(-share * share * libm::exp(-1.0)) - 1.0) / t_best
}

/// The asymptotic confidence sequence of a mean; the whole line for fewer than two values.
///
/// # Source
///
/// Waudby-Smith et al. (2024), arXiv 2103.06476, theorem 2.2.
pub fn asymptotic_interval(moments: Moments, precision: f64, alpha: Alpha) -> UniformInterval {
    if moments.count() < 2 {
        return UniformInterval { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
    }
    let n = crate::float::real(moments.count());
    let spread = n * precision + 1.0;
    let reach = libm::sqrt(moments.variance())
        * libm::sqrt(
            2.0 * spread / (n * n * precision) * (0.5 * libm::log(spread) + alpha.log_needed()),
        );
    UniformInterval { lower: moments.mean() - reach, upper: moments.mean() + reach }
}

/// The e-value of a t statistic of `n` values for an effect of `delta` deviations against none.
///
/// # Source
///
/// Pérez-Ortiz et al. (2024), arXiv 2208.07610: the ratio of the noncentral to the central density.
/// Golden values: safestats, `fixtures/stats/statistics.json`, group `safe_t`.
pub fn safe_t(t: f64, n: f64, delta: f64) -> f64 {
    let freedom = n - 1.0;
    let centre = delta * libm::sqrt(n);
    let ratio = freedom / (t * t + freedom);
    let peak_shift = centre * t / libm::sqrt(t * t + freedom);
    // The noncentral density is an integral over the unknown deviation with one smooth peak.
    let peak = 0.5 * (peak_shift + libm::sqrt(peak_shift * peak_shift + 4.0 * freedom));
    let width = 1.0 / libm::sqrt(1.0 + freedom / (peak * peak));
    let log_density = |y: f64| freedom * libm::log(y) - 0.5 * (y - peak_shift) * (y - peak_shift);
    let top = log_density(peak);
    let steps = 2000_u32;
    let (low, high) = ((peak - 14.0 * width).max(1e-12), peak + 14.0 * width);
    let step = (high - low) / f64::from(steps);
    let sum: f64 =
        (0..=steps).map(|k| libm::exp(log_density(low + step * f64::from(k)) - top)).sum();
    let log_integral = top + libm::log(sum * step);
    let log_central =
        0.5 * (freedom - 1.0) * std::f64::consts::LN_2 + ln_gamma(0.5 * (freedom + 1.0));
    libm::exp(log_integral - log_central - 0.5 * centre * centre * ratio)
}

/// What a covariate from before takes out of the variance of a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjusted {
    /// The slope on the covariate.
    pub slope: f64,
    /// The adjusted mean.
    pub mean: f64,
    /// The variance of an adjusted value, with one degree of freedom taken off.
    pub variance: f64,
    /// The share of the variance that is gone, from 0 to 1.
    pub reduction: f64,
}

/// Adjusts `after` for what the same units showed `before`, around the covariate's mean.
///
/// `None` for fewer than two pairs, unequal lengths or no variation before.
///
/// # Source
///
/// CUPED, Deng et al. (2013). Golden values: `fixtures/stats/statistics.json`, group `cuped`.
pub fn adjusted(before: &[f64], after: &[f64]) -> Option<Adjusted> {
    if before.len() != after.len() || before.len() < 2 {
        return None;
    }
    let moments = |values: &[f64]| values.iter().fold(Moments::default(), |m, &v| m.with(v));
    let (own, other) = (moments(before), moments(after));
    let products =
        before.iter().zip(after).map(|(b, a)| (b - own.mean()) * (a - other.mean())).sum::<f64>();
    if !(0.0 < own.squares()) {
        return None;
    }
    let slope = products / own.squares();
    let left: Vec<f64> =
        before.iter().zip(after).map(|(b, a)| a - slope * (b - own.mean())).collect();
    let result = moments(&left);
    let reduction = products * products / (own.squares() * other.squares());
    Some(Adjusted { slope, mean: result.mean(), variance: result.variance(), reduction })
}
