//! Special functions, from `libm` alone so that every platform gives the same digits.
//!
//! Tails are computed as tails, never as one minus a body: a p-value of 1e-30 keeps its digits.
//!
//! Golden values: mpmath with 50 digits, `fixtures/stats/statistics.json`, group `special`.

use std::f64::consts::{LN_2, PI, SQRT_2};

use crate::float::{bisect, size};

const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_7;

/// The natural log of the gamma function, for arguments above 0.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The natural log of the beta function, for arguments above 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// The chance that a standard normal lies below `x`, in `[0, 1]`.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// The chance that a standard normal lies above `x`, in `[0, 1]`, exact far into the tail.
pub fn normal_sf(x: f64) -> f64 {
    0.5 * libm::erfc(x / SQRT_2)
}

/// The log of [`normal_cdf`], finite for every finite `x`.
pub fn ln_normal_cdf(x: f64) -> f64 {
    if -35.0 < x {
        return libm::log(normal_cdf(x));
    }
    // Mills' ratio; the next term is below 1e-12 here.
    let inverse_square = 1.0 / (x * x);
    let series = 1.0
        - inverse_square
            * (1.0
                - 3.0
                    * inverse_square
                    * (1.0 - 5.0 * inverse_square * (1.0 - 7.0 * inverse_square)));
    -0.5 * x * x - libm::log(-x) - LN_SQRT_2PI + libm::log(series)
}

/// The point below which a standard normal lies with chance `p`; infinite at 0 and 1, NaN outside.
///
/// Source: Abramowitz and Stegun 26.2.23 as a start, then Halley's steps on the exact tail.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if 0.5 < p { normal_upper_quantile(1.0 - p) } else { -normal_upper_quantile(p) }
}

/// The point above which a standard normal lies with chance `tail`, for `tail` in `[0, 0.5]`.
fn normal_upper_quantile(tail: f64) -> f64 {
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    let t = libm::sqrt(-2.0 * libm::log(tail));
    let mut x = t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    for _ in 0..4 {
        let density = libm::exp(-0.5 * x * x - LN_SQRT_2PI);
        if density <= 0.0 {
            break;
        }
        let newton = (normal_sf(x) - tail) / density;
        x += newton / (1.0 - 0.5 * x * newton);
    }
    x
}

/// The error of Stirling's formula for `ln(n!)`, for `n` of 0 or more.
///
/// Source: Loader (2000), "Fast and accurate computation of binomial probabilities".
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        if n <= 0.0 {
            return 0.0;
        }
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - LN_SQRT_2PI;
    }
    let square = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square)
            / square)
        / n
}

/// `x ln(x/np) + np - x` without cancellation when `x` is near `np`.
fn deviance(x: f64, np: f64) -> f64 {
    if (x - np).abs() < 0.1 * (x + np) {
        let ratio = (x - np) / (x + np);
        let mut sum = (x - np) * ratio;
        let mut term = 2.0 * x * ratio;
        for j in 1..1000_u32 {
            term *= ratio * ratio;
            let next = sum + term / f64::from(2 * j + 1);
            if next.to_bits() == sum.to_bits() {
                break;
            }
            sum = next;
        }
        return sum;
    }
    if x <= 0.0 { np } else { x * libm::log(x / np) + np - x }
}

/// The log chance of `x` successes in `n` tries at chance `p`, any real `0 <= x <= n`.
///
/// `q` is `1 - p`, given by the caller because it may know it with more digits.
pub(crate) fn ln_binomial_density(x: f64, n: f64, p: f64, q: f64) -> f64 {
    if p <= 0.0 {
        return if x <= 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    if q <= 0.0 {
        return if n <= x { 0.0 } else { f64::NEG_INFINITY };
    }
    if x <= 0.0 {
        return if p < 0.1 { -deviance(n, n * q) - n * p } else { n * libm::log(q) };
    }
    if n <= x {
        return if q < 0.1 { -deviance(n, n * p) - n * q } else { n * libm::log(p) };
    }
    let log = stirling_error(n)
        - stirling_error(x)
        - stirling_error(n - x)
        - deviance(x, n * p)
        - deviance(n - x, n * q);
    log + 0.5 * libm::log(n / (2.0 * PI * x * (n - x)))
}

/// The log chance of `x` events of a Poisson count with the given mean, any real `x >= 0`.
pub(crate) fn ln_poisson_density(x: f64, mean: f64) -> f64 {
    if x <= 0.0 {
        return -mean;
    }
    if mean <= 0.0 {
        return f64::NEG_INFINITY;
    }
    -stirling_error(x) - deviance(x, mean) - 0.5 * libm::log(2.0 * PI * x)
}

/// The regularised incomplete beta function `I_x(a, b)`, for `a, b > 0` and `x` in `[0, 1]`.
///
/// Source: the continued fraction DLMF 8.17.22, by Lentz's method, with Loader's density in front.
pub fn beta_regularized(a: f64, b: f64, x: f64) -> f64 {
    beta_with_complement(a, b, x, 1.0 - x)
}

/// [`beta_regularized`] for a caller that knows `1 - x` with more digits than `1.0 - x` has.
pub(crate) fn beta_with_complement(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    if !(0.0 < a && 0.0 < b) || x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 0.0;
    }
    if complement <= 0.0 {
        return 1.0;
    }
    let front = libm::exp(ln_binomial_density(a, a + b, x, complement)) * a * b / (a + b);
    let value = if x <= (a + 1.0) / (a + b + 2.0) {
        front / a * beta_fraction(a, b, x)
    } else {
        1.0 - front / b * beta_fraction(b, a, complement)
    };
    value.clamp(0.0, 1.0)
}

/// A value too small to matter that keeps Lentz's method from dividing by zero.
const TINY: f64 = 1e-300;

fn not_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..20_000_u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / not_zero(1.0 + even * d);
        c = not_zero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / not_zero(1.0 + odd * d);
        c = not_zero(1.0 + odd / c);
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// The regularised lower incomplete gamma function `P(a, x)`, for `a > 0` and `x >= 0`.
pub fn gamma_lower(a: f64, x: f64) -> f64 {
    gamma_pair(a, x).0
}

/// The regularised upper incomplete gamma function `Q(a, x)`, for `a > 0` and `x >= 0`.
pub fn gamma_upper(a: f64, x: f64) -> f64 {
    gamma_pair(a, x).1
}

/// Lower and upper part; the smaller one is computed, so that it keeps its digits.
///
/// Source: series DLMF 8.7.1 and continued fraction 8.9.2; Temme's uniform form above 1e7.
fn gamma_pair(a: f64, x: f64) -> (f64, f64) {
    if !(0.0 < a) || x.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if 1e7 < a {
        return gamma_pair_large(a, x);
    }
    if x < a + 1.0 {
        let mut term = 1.0;
        let mut sum = 1.0;
        for k in 1..200_000_u32 {
            term *= x / (a + f64::from(k));
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        let lower = (libm::exp(ln_poisson_density(a, x)) * sum).min(1.0);
        return (lower, 1.0 - lower);
    }
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / not_zero(b);
    let mut fraction = d;
    for k in 1..200_000_u32 {
        let k = f64::from(k);
        let numerator = -k * (k - a);
        b += 2.0;
        d = 1.0 / not_zero(numerator * d + b);
        c = not_zero(b + numerator / c);
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    let upper = (libm::exp(ln_poisson_density(a, x)) * a * fraction).min(1.0);
    (1.0 - upper, upper)
}

fn gamma_pair_large(a: f64, x: f64) -> (f64, f64) {
    let half_square = deviance(a, x) / a;
    let eta = if x < a { -1.0 } else { 1.0 } * libm::sqrt(2.0 * half_square);
    let lambda = x / a - 1.0;
    let bend = if lambda.abs() < 1e-5 { -1.0 / 3.0 } else { 1.0 / lambda - 1.0 / eta };
    let rest = libm::exp(-a * half_square) / libm::sqrt(2.0 * PI * a) * bend;
    let upper = (normal_sf(eta * libm::sqrt(a)) + rest).clamp(0.0, 1.0);
    (1.0 - upper, upper)
}

/// The chance that Student's t with `df` degrees of freedom lies below `t`.
pub fn student_cdf(t: f64, df: f64) -> f64 {
    if t <= 0.0 { student_sf(-t, df) } else { 1.0 - student_sf(t, df) }
}

/// The chance that Student's t with `df` degrees of freedom lies above `t`; exact in the tail.
pub fn student_sf(t: f64, df: f64) -> f64 {
    if t.is_nan() || !(0.0 < df) {
        return f64::NAN;
    }
    if df == f64::INFINITY || 1e10 < df {
        return normal_sf(t);
    }
    let square = t * t;
    let near = if square == f64::INFINITY { 0.0 } else { df / (df + square) };
    let far = if square == f64::INFINITY { 1.0 } else { square / (df + square) };
    let tail = 0.5 * beta_with_complement(0.5 * df, 0.5, near, far);
    if t < 0.0 { 1.0 - tail } else { tail }
}

/// The point below which Student's t with `df` degrees of freedom lies with chance `p`.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || !(0.0 < df) {
        return f64::NAN;
    }
    let tail = p.min(1.0 - p);
    if tail <= 0.0 {
        return if p < 0.5 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let mut high = 1.0;
    while tail < student_sf(high, df) && high < 1e300 {
        high *= 2.0;
    }
    let root = bisect(0.0, high, |t| tail < student_sf(t, df));
    if p < 0.5 { -root } else { root }
}

/// Riemann's zeta function for real `s` above 1.
///
/// Source: Euler and Maclaurin's formula, DLMF 25.2.9, after 20 terms.
pub fn zeta(s: f64) -> f64 {
    if !(1.0 < s) {
        return f64::NAN;
    }
    let cut: u32 = 20;
    let n = f64::from(cut);
    let direct: f64 = (1..cut).map(|k| libm::pow(f64::from(k), -s)).sum();
    // Bernoulli numbers over factorials: B2/2!, B4/4!, B6/6!, B8/8!, B10/10!.
    let bernoulli =
        [1.0 / 12.0, -1.0 / 720.0, 1.0 / 30_240.0, -1.0 / 1_209_600.0, 1.0 / 47_900_160.0];
    let mut rising = s;
    let mut rest = 0.0;
    for (k, coefficient) in bernoulli.iter().enumerate() {
        let shift = 2.0 * size(k);
        rest += coefficient * rising * libm::pow(n, -s - shift - 1.0);
        rising *= (s + shift + 1.0) * (s + shift + 2.0);
    }
    direct + libm::pow(n, 1.0 - s) / (s - 1.0) + 0.5 * libm::pow(n, -s) + rest
}

/// The lower branch of Lambert's function: `w <= -1` with `w e^w = x`, for `x` in `(-1/e, 0)`.
pub fn lambert_lower(x: f64) -> f64 {
    if !(-libm::exp(-1.0) <= x && x < 0.0) {
        return f64::NAN;
    }
    // w = -e^u turns the equation into u - e^u = ln(-x), which has one root above 0.
    let target = libm::log(-x);
    let high = libm::log(2.0 - 2.0 * target) + LN_2;
    let u = bisect(0.0, high, |u| target < u - libm::exp(u));
    -libm::exp(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        let scale = expected.abs().max(1e-300);
        assert!((found - expected).abs() / scale < 2e-12, "{found} is not {expected}");
    }

    #[test]
    fn quantiles_invert() {
        for p in [1e-300, 1e-20, 1e-5, 0.01, 0.3, 0.5, 0.77, 0.99] {
            close(normal_cdf(normal_quantile(p)), p);
            close(student_cdf(student_quantile(p, 7.5), 7.5), p);
        }
        close(normal_quantile(0.975), 1.959_963_984_540_054);
    }

    #[test]
    fn known_values() {
        close(zeta(1.4), 3.105_547_277_977_580_6);
        close(zeta(2.0), PI * PI / 6.0);
        close(gamma_lower(3.0, 2.0), 0.323_323_583_816_936_5);
        close(gamma_upper(0.5, 30.0), libm::erfc(libm::sqrt(30.0)));
        close(gamma_lower(2e7, 2e7 + 3000.0) + gamma_upper(2e7, 2e7 + 3000.0), 1.0);
        let w = lambert_lower(-0.05);
        close(w * libm::exp(w), -0.05);
        close(ln_normal_cdf(-36.5), -670.642_000_000_313_8);
    }
}
