//! The Mann-Whitney interval as the original finds it: by a coarse root search on a step function.

use thiserror::Error;

use crate::float::size;
use crate::level::Confidence;
use crate::special::normal_quantile;

/// The root search stops within this distance, in the units of the values: the hole that loses
/// small units.
const ROOT_TOLERANCE: f64 = 1e-4;
/// The most steps of a root search.
const ROOT_STEPS: u32 = 1001;
/// The smallest float above 0: what counts as equal to 0.
const SMALLEST: f64 = 5e-324;

/// The shift of experiment against control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShiftInterval {
    /// The lower end.
    pub low: f64,
    /// The upper end; it may lie below the lower one, because both are found apart.
    pub high: f64,
    /// The estimate.
    pub estimate: f64,
}

/// The interval cannot be computed.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("cannot compute confidence interval when all observations are tied")]
pub struct AllTied;

/// The interval and estimate of the shift of `x` against `y`.
///
/// # Errors
///
/// [`AllTied`] when at some shift that is tried all values are equal.
///
/// # Source
///
/// Brent's method on the tie-corrected, continuity-corrected Mann-Whitney statistic, stopping where
/// the original stops. Golden values: `fixtures/stats/kayenta.json`, group `mann_whitney`.
pub fn shift_interval(x: &[f64], y: &[f64], level: Confidence) -> Result<ShiftInterval, AllTied> {
    let z = -normal_quantile(0.5 * level.outside());
    let smallest = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = smallest(x) - largest(y);
    let high = largest(x) - smallest(y);
    let guarded = |quantile: f64| -> Result<f64, AllTied> {
        if statistic(x, y, low, quantile)? <= 0.0 {
            return Ok(low);
        }
        if 0.0 <= statistic(x, y, high, quantile)? {
            return Ok(high);
        }
        root(low, high, |shift| statistic(x, y, shift, quantile))
    };
    Ok(ShiftInterval {
        low: guarded(z)?,
        high: guarded(-z)?,
        estimate: root(low, high, |shift| statistic(x, y, shift, 0.0))?,
    })
}

/// How far the Mann-Whitney statistic at a shift of `x` lies above a quantile.
///
/// # Errors
///
/// [`AllTied`] when all shifted values are equal.
pub fn statistic(x: &[f64], y: &[f64], shift: f64, quantile: f64) -> Result<f64, AllTied> {
    let (n, m) = (size(x.len()), size(y.len()));
    let ranks = rank_sum(x, y, shift);
    let excess = ranks.sum - n * (n + 1.0) / 2.0 - n * m / 2.0;
    let correction = if excess.abs() <= 0.0 { 0.0 } else { libm::copysign(0.5, excess) };
    let total = n + m;
    let variance = (n * m / 12.0) * ((total + 1.0) - ranks.ties / (total * (total - 1.0)));
    let deviation = libm::sqrt(variance);
    if deviation.abs() <= 0.0 {
        return Err(AllTied);
    }
    Ok((excess - correction) / deviation - quantile)
}

/// The ranks of the shifted `x` among all values.
pub(crate) struct RankSum {
    /// The sum of the ranks of `x`, ties averaged.
    pub(crate) sum: f64,
    /// The sum of `t^3 - t` over groups of `t` equal values.
    pub(crate) ties: f64,
}

/// Ranks `x - shift` among itself and `y`; NaN ranks highest.
pub(crate) fn rank_sum(x: &[f64], y: &[f64], shift: f64) -> RankSum {
    let shifted = x.iter().map(|value| (value - shift, true));
    let mut all: Vec<(f64, bool)> =
        shifted.chain(y.iter().map(|&value| (value, false))).map(unsigned).collect();
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut sum, mut ties) = (0.0, 0.0);
    let mut start = 0;
    while start < all.len() {
        let first = all[start].0;
        let same = |value: &f64| value.total_cmp(&first).is_eq();
        let length = all[start..].iter().take_while(|(value, _)| same(value)).count();
        let own = all[start..start + length].iter().filter(|(_, own)| *own).count();
        // Ranks from start + 1 to start + length, averaged.
        let rank = size(start) + 0.5 * (size(length) + 1.0);
        sum += rank * size(own);
        let t = size(length);
        ties += t * t * t - t;
        start += length;
    }
    RankSum { sum, ties }
}

/// One zero and one NaN, so that a total order ranks them as equal values.
fn unsigned((value, own): (f64, bool)) -> (f64, bool) {
    (if value.is_nan() { f64::NAN } else { value + 0.0 }, own)
}

/// A root of a falling function between `low` and `high`, by Brent's method.
///
/// Source: Brent (1973), Algorithms for Minimization without Derivatives, 4; in the form of Netlib's
/// `zeroin`, whose iterates must be matched because the function is a staircase.
fn root(
    low: f64,
    high: f64,
    mut value: impl FnMut(f64) -> Result<f64, AllTied>,
) -> Result<f64, AllTied> {
    let is_zero = |value: f64| value.abs() <= SMALLEST;
    let (mut a, mut b) = (low, high);
    let (mut at_a, mut at_b) = (value(a)?, value(b)?);
    let (mut c, mut at_c) = (a, at_a);
    if is_zero(at_a) {
        return Ok(a);
    }
    if is_zero(at_b) {
        return Ok(b);
    }
    for _ in 0..ROOT_STEPS {
        let previous = b - a;
        if at_c.abs() < at_b.abs() {
            (a, b, c) = (b, c, b);
            (at_a, at_b, at_c) = (at_b, at_c, at_b);
        }
        let tolerance = 2.0 * f64::EPSILON * b.abs() + ROOT_TOLERANCE / 2.0;
        let half = (c - b) / 2.0;
        if half.abs() <= tolerance || is_zero(at_b) {
            return Ok(b);
        }
        let mut step = half;
        if tolerance <= previous.abs() && at_b.abs() < at_a.abs() {
            let width = c - b;
            let (mut p, mut q) = interpolation((a, at_a), (b, at_b), (c, at_c), width);
            if 0.0 < p {
                q = -q;
            } else {
                p = -p;
            }
            if p < 0.75 * width * q - (tolerance * q).abs() / 2.0 && p < (previous * q / 2.0).abs()
            {
                step = p / q;
            }
        }
        if step.abs() < tolerance {
            step = if 0.0 < step { tolerance } else { -tolerance };
        }
        (a, at_a) = (b, at_b);
        b += step;
        at_b = value(b)?;
        if (0.0 < at_b && 0.0 < at_c) || (at_b < 0.0 && at_c < 0.0) {
            (c, at_c) = (a, at_a);
        }
    }
    Ok(b)
}

/// The interpolated step as a fraction: a secant through two points, or a parabola through three.
fn interpolation(a: (f64, f64), b: (f64, f64), c: (f64, f64), width: f64) -> (f64, f64) {
    if a.0.total_cmp(&c.0).is_eq() {
        let t = b.1 / a.1;
        return (width * t, 1.0 - t);
    }
    let q = a.1 / c.1;
    let t1 = b.1 / c.1;
    let t2 = b.1 / a.1;
    let p = t2 * (width * q * (q - t1) - (b.0 - a.0) * (t1 - 1.0));
    (p, (q - 1.0) * (t1 - 1.0) * (t2 - 1.0))
}
