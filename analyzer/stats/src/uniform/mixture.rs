//! Mixture boundaries: how far a sum may stray from its mean, at any time.

use crate::float::bisect;
use crate::level::Alpha;
use crate::special::{
    beta_regularized, gamma_lower, gamma_upper, ln_beta, ln_gamma, ln_normal_cdf,
};

/// A mixture over exponential supermartingales of a sum `s` with intrinsic time `v`.
///
/// # Source
///
/// Howard, Ramdas, McAuliffe and Sekhon (2021), arXiv 1810.08240, propositions 5, 6, 7, 9 and 10.
/// Golden values: `fixtures/stats/statistics.json`, group `confseq_boundary`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mixture {
    /// Sub-Gaussian sums, both ways.
    NormalTwoSided {
        /// The precision of the mixture.
        precision: f64,
    },
    /// Sub-Gaussian sums, upwards.
    Normal {
        /// The precision of the mixture.
        precision: f64,
    },
    /// Sub-exponential sums of the given scale, upwards.
    GammaExponential {
        /// The precision of the mixture.
        precision: f64,
        /// The scale, above 0.
        scale: f64,
    },
    /// Sub-Poisson sums of the given scale, upwards.
    GammaPoisson {
        /// The precision of the mixture.
        precision: f64,
        /// The scale, above 0.
        scale: f64,
    },
    /// Sums of steps between `-below` and `above`, both ways or upwards.
    BetaBinomial {
        /// The precision of the mixture less `below * above`.
        precision: f64,
        /// How far a step goes down, above 0.
        below: f64,
        /// How far a step goes up, above 0.
        above: f64,
        /// Whether it looks upwards only.
        one_sided: bool,
    },
}

/// The precision that makes a two-sided normal mixture tightest at time `v`.
fn best_precision(v: f64, alpha: f64) -> f64 {
    let log = -libm::log(alpha);
    v / (2.0 * log + libm::log1p(2.0 * log))
}

impl Mixture {
    /// A two-sided normal mixture that is tightest at time `v_best`.
    pub fn normal_two_sided(v_best: f64, alpha: Alpha) -> Self {
        Self::NormalTwoSided { precision: best_precision(v_best, alpha.share()) }
    }

    /// A one-sided normal mixture that is tightest at time `v_best`, for `alpha` below 1/2.
    pub fn normal(v_best: f64, alpha: Alpha) -> Self {
        Self::Normal { precision: best_precision(v_best, 2.0 * alpha.share()) }
    }

    /// A gamma-exponential mixture that is tightest at about time `v_best`.
    pub fn gamma_exponential(v_best: f64, scale: f64, alpha: Alpha) -> Self {
        Self::GammaExponential { precision: best_precision(v_best, 2.0 * alpha.share()), scale }
    }

    /// A gamma-Poisson mixture that is tightest at about time `v_best`.
    pub fn gamma_poisson(v_best: f64, scale: f64, alpha: Alpha) -> Self {
        Self::GammaPoisson { precision: best_precision(v_best, 2.0 * alpha.share()), scale }
    }

    /// A beta-binomial mixture that is tightest at about time `v_best`.
    pub fn beta_binomial(
        v_best: f64,
        below: f64,
        above: f64,
        one_sided: bool,
        alpha: Alpha,
    ) -> Self {
        let level = if one_sided { 2.0 * alpha.share() } else { alpha.share() };
        let product = below * above;
        let precision = (best_precision(v_best, level) - product).max(1e-3 * product);
        Self::BetaBinomial { precision, below, above, one_sided }
    }

    /// The log e-value of a sum `s` at intrinsic time `v`.
    pub fn log_e(&self, s: f64, v: f64) -> f64 {
        match *self {
            Self::NormalTwoSided { precision } => {
                0.5 * libm::log(precision / (v + precision)) + s * s / (2.0 * (v + precision))
            }
            Self::Normal { precision } => {
                0.5 * libm::log(4.0 * precision / (v + precision))
                    + s * s / (2.0 * (v + precision))
                    + ln_normal_cdf(s / libm::sqrt(v + precision))
            }
            Self::GammaExponential { precision, scale } => {
                let square = scale * scale;
                let (start, now) = (precision / square, (v + precision) / square);
                let reach = (scale * s + v + precision) / square;
                let constant = start * libm::log(start)
                    - ln_gamma(start)
                    - libm::log(gamma_lower(start, start));
                constant + ln_gamma(now) + libm::log(gamma_lower(now, reach))
                    - now * libm::log(reach)
                    + (scale * s + v) / square
            }
            Self::GammaPoisson { precision, scale } => {
                let square = scale * scale;
                let (start, now) = (precision / square, (v + precision) / square);
                let shape = s / scale + now;
                let constant = start * libm::log(start)
                    - ln_gamma(start)
                    - libm::log(gamma_upper(start, start));
                constant + ln_gamma(shape) + libm::log(gamma_upper(shape, now))
                    - shape * libm::log(now)
                    + v / square
            }
            Self::BetaBinomial { precision, below: g, above: h, one_sided } => {
                let cut = if one_sided { h / (g + h) } else { 1.0 };
                let span = g + h;
                let first = (precision + v - g * s) / (g * span);
                let second = (precision + v + h * s) / (h * span);
                v / (g * h) * libm::log(span)
                    - (v + h * s) / (h * span) * libm::log(g)
                    - (v - g * s) / (g * span) * libm::log(h)
                    + ln_incomplete_beta(first, second, cut)
                    - ln_incomplete_beta(precision / (g * span), precision / (h * span), cut)
            }
        }
    }

    /// The sum that is exceeded, at any time, with chance `alpha` at most; at time `v`.
    pub fn bound(&self, v: f64, alpha: Alpha) -> f64 {
        let needed = alpha.log_needed();
        let high = match *self {
            Self::BetaBinomial { below, .. } => v / below,
            Self::NormalTwoSided { .. }
            | Self::Normal { .. }
            | Self::GammaExponential { .. }
            | Self::GammaPoisson { .. } => {
                let mut high = v.max(1e-12);
                while self.log_e(high, v) <= needed && high < 1e300 {
                    high *= 2.0;
                }
                high
            }
        };
        if self.log_e(high, v) < needed {
            return high;
        }
        bisect(0.0, high, |s| self.log_e(s, v) < needed)
    }
}

fn ln_incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    let whole = ln_beta(a, b);
    if 1.0 <= x { whole } else { whole + libm::log(beta_regularized(a, b, x)) }
}
