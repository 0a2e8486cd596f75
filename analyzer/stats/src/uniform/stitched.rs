//! Boundaries glued together over geometric epochs, and the law of the iterated logarithm.

use crate::float::bisect;
use crate::level::Alpha;
use crate::special::zeta;

/// The shape of a stitched boundary: how epochs grow and how error is spent on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stitching {
    /// Error is spent as `1/k^power` over epochs; above 1.
    pub power: f64,
    /// Each epoch is this many times as long as the one before; above 1.
    pub growth: f64,
}

impl Default for Stitching {
    fn default() -> Self {
        Self { power: 1.4, growth: 2.0 }
    }
}

impl Stitching {
    fn slopes(self) -> (f64, f64) {
        let root = libm::sqrt(self.growth);
        let quarter = libm::sqrt(root);
        ((quarter + 1.0 / quarter) / std::f64::consts::SQRT_2, (root + 1.0) / 2.0)
    }

    /// The polynomially stitched boundary at time `v`, for sums of the given scale.
    ///
    /// Before time `v_start` it is that of `v_start`.
    ///
    /// # Source
    ///
    /// Howard et al. (2021), arXiv 1810.08240, theorem 1.
    pub fn bound(self, v: f64, v_start: f64, scale: f64, alpha: Alpha) -> f64 {
        let (k1, k2) = self.slopes();
        let v = v.max(v_start);
        let log_growth = libm::log(self.growth);
        let spent = self.power * libm::log(libm::log(self.growth * v / v_start))
            + libm::log(zeta(self.power) / libm::pow(log_growth, self.power))
            + alpha.log_needed();
        let linear = k2 * scale * spent;
        libm::sqrt(k1 * k1 * v * spent + linear * linear) + linear
    }

    /// The doubly stitched boundary of an empirical quantile: how far the count below it may stray.
    ///
    /// `t` observations, tightest from `t_start` on, `spacing` between neighbouring quantiles.
    ///
    /// # Source
    ///
    /// Howard and Ramdas (2022), arXiv 1906.09712, theorem 3.
    pub fn quantile_bound(
        self,
        quantile: f64,
        t: f64,
        t_start: f64,
        spacing: f64,
        alpha: Alpha,
    ) -> f64 {
        let (k1, k2) = self.slopes();
        let t = t.max(t_start);
        let logit = libm::log(quantile / (1.0 - quantile));
        let reach = if 0.5 <= quantile {
            quantile
        } else {
            let moved = logit + 2.0 * spacing * libm::sqrt(t_start * self.growth / t);
            f64::min(0.5, 1.0 / (1.0 + libm::exp(-moved)))
        };
        let variance = reach * (1.0 - reach);
        let place = libm::sqrt(t / t_start) * logit.abs() / (2.0 * spacing) + 1.0;
        let z = zeta(self.power);
        let log_growth = libm::log(self.growth);
        let spent = self.power * libm::log(libm::log(self.growth * t / t_start))
            + self.power * libm::log(place)
            + libm::log(2.0 * z * (2.0 * z + 1.0) / libm::pow(log_growth, self.power))
            + alpha.log_needed();
        let linear = k2 * (1.0 - 2.0 * quantile) / 3.0 * spent;
        spacing * libm::sqrt(self.growth * t * variance / t_start)
            + libm::sqrt(k1 * k1 * variance * t * spent + linear * linear)
            + linear
    }
}

/// Half the width of the band around an empirical distribution function, at every `t` from `t_start`.
///
/// `slope` is the constant before the iterated logarithm, above `√½`. Infinite before `t_start`.
///
/// # Source
///
/// Howard and Ramdas (2022), arXiv 1906.09712, theorem 2.
pub fn band_half_width(t: f64, t_start: f64, slope: f64, alpha: Alpha) -> f64 {
    if t < t_start {
        return f64::INFINITY;
    }
    let constant = band_constant(slope, alpha);
    slope * libm::sqrt((libm::log1p(libm::log(t / t_start)) + constant) / t)
}

/// The smallest constant whose error, at the best growth of epochs, is at most `alpha`.
fn band_constant(slope: f64, alpha: Alpha) -> f64 {
    let too_small = |constant: f64| alpha.share() < least_error(slope, constant);
    let mut high = 1.0;
    while too_small(high) && high < 1e6 {
        high *= 2.0;
    }
    bisect(0.0, high, too_small)
}

fn least_error(slope: f64, constant: f64) -> f64 {
    let reach =
        |growth: f64| libm::sqrt(growth / 2.0) + libm::sqrt(2.0 * (growth - 1.0) / constant);
    let highest = bisect(1.0, 2.0 * slope * slope, |growth| reach(growth) < slope);
    let error = |growth: f64| {
        let left = slope - libm::sqrt(2.0 * (growth - 1.0) / constant);
        let exponent = 2.0 / growth * left * left;
        if exponent <= 1.0 {
            return f64::INFINITY;
        }
        let epochs = 1.0 + 1.0 / ((exponent - 1.0) * libm::log(growth));
        4.0 * libm::exp(-exponent * constant) * epochs
    };
    let at = |step: u32| 1.0 + (highest - 1.0) * f64::from(step) / 400.0;
    let best = (1..400).min_by(|&a, &b| error(at(a)).total_cmp(&error(at(b)))).unwrap_or(1);
    let (mut low, mut high) = (at(best - 1), at(best + 1));
    for _ in 0..100 {
        let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if error(left) < error(right) {
            high = right;
        } else {
            low = left;
        }
    }
    error(0.5 * (low + high))
}
