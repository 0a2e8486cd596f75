//! Whole distributions: the Kolmogorov-Smirnov test and the Dvoretzky-Kiefer-Wolfowitz band.

use crate::classic::Insufficient;
use crate::classic::ascending::ascending;
use crate::classic::sample::Sample;
use crate::float::{index, real, size};
use crate::level::Alpha;

/// Which way the distribution functions may differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KolmogorovSide {
    /// Either way.
    TwoSided,
    /// The first distribution function lies above: its values tend to be smaller.
    FunctionAbove,
    /// The first distribution function lies below: its values tend to be larger.
    FunctionBelow,
}

/// The largest distance of two distribution functions and its p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KolmogorovSmirnov {
    /// The distance, from 0 to 1.
    pub distance: f64,
    /// The p-value, from 0 to 1.
    pub p: f64,
}

/// The largest product of the sizes for which the exact law is computed.
const EXACT_PAIRS_MAX: u64 = 100_000_000;
/// The largest effective size for which the law of one sample is computed exactly.
const ONE_SAMPLE_EXACT_MAX: f64 = 500.0;

/// The two-sample test by the exact law, for any sizes whose product is at most 100 million.
///
/// # Errors
///
/// [`Insufficient`] for an empty sample or too many values.
///
/// # Source
///
/// Lattice paths, Hodges (1958), Ark. Mat. 3:469, counting those that leave, so that small chances
/// keep their digits. Golden values: SciPy, `fixtures/stats/statistics.json`, group `ks`.
pub fn exact(
    x: Sample<'_>,
    y: Sample<'_>,
    side: KolmogorovSide,
) -> Result<KolmogorovSmirnov, Insufficient> {
    let steps = Steps::of(x, y)?;
    let wide = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let found = wide(x.len()).saturating_mul(wide(y.len()));
    if EXACT_PAIRS_MAX < found {
        return Err(Insufficient::TooLarge { found, limit: EXACT_PAIRS_MAX });
    }
    let p = leaving_chance(x.len(), y.len(), steps.gap(side), side);
    Ok(KolmogorovSmirnov { distance: steps.distance(side), p })
}

/// The two-sample test by the law for large samples.
///
/// Two-sided the law of one sample of the effective size is used, as SciPy does.
///
/// # Errors
///
/// [`Insufficient`] for an empty sample.
///
/// # Source
///
/// Hodges (1958) for one side; Marsaglia, Tsang and Wang (2003), J. Stat. Softw. 8(18) for both, the
/// limit of Kolmogorov (1933) above an effective size of 500.
pub fn asymptotic(
    x: Sample<'_>,
    y: Sample<'_>,
    side: KolmogorovSide,
) -> Result<KolmogorovSmirnov, Insufficient> {
    let steps = Steps::of(x, y)?;
    let distance = steps.distance(side);
    let (n, m) = (size(x.len().max(y.len())), size(x.len().min(y.len())));
    let p = match side {
        KolmogorovSide::TwoSided => one_sample_sf(distance, libm::rint(n * m / (n + m)).max(1.0)),
        KolmogorovSide::FunctionAbove | KolmogorovSide::FunctionBelow => {
            let z = libm::sqrt(n * m / (n + m)) * distance;
            let correction = 2.0 * z * (n + 2.0 * m) / libm::sqrt(n * m * (n + m)) / 3.0;
            libm::exp(-2.0 * z * z - correction)
        }
    };
    Ok(KolmogorovSmirnov { distance, p: p.clamp(0.0, 1.0) })
}

/// The largest gaps between the two step functions, in units of `1/(n m)`.
struct Steps {
    above: u64,
    below: u64,
    unit: f64,
}

impl Steps {
    fn of(x: Sample<'_>, y: Sample<'_>) -> Result<Self, Insufficient> {
        if x.is_empty() || y.is_empty() {
            return Err(Insufficient::Values { needed: 1, found: 0 });
        }
        let (x, y) = (ascending(x.values()), ascending(y.values()));
        let wide = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let (n, m) = (wide(x.len()), wide(y.len()));
        let (mut i, mut j) = (0, 0);
        let (mut above, mut below) = (0, 0);
        while i < x.len() && j < y.len() {
            let at = x[i].min(y[j]);
            i += x[i..].iter().take_while(|&&value| value <= at).count();
            j += y[j..].iter().take_while(|&&value| value <= at).count();
            let (own, other) = (wide(i).saturating_mul(m), wide(j).saturating_mul(n));
            above = above.max(own.saturating_sub(other));
            below = below.max(other.saturating_sub(own));
        }
        Ok(Self { above, below, unit: real(n) * real(m) })
    }

    fn gap(&self, side: KolmogorovSide) -> u64 {
        match side {
            KolmogorovSide::TwoSided => self.above.max(self.below),
            KolmogorovSide::FunctionAbove => self.above,
            KolmogorovSide::FunctionBelow => self.below,
        }
    }

    fn distance(&self, side: KolmogorovSide) -> f64 {
        real(self.gap(side)) / self.unit
    }
}

/// The chance that a random order of both samples shows a gap of at least `gap`.
fn leaving_chance(n: usize, m: usize, gap: u64, side: KolmogorovSide) -> f64 {
    if gap == 0 {
        return 1.0;
    }
    let wide = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let leaves = |i: usize, j: usize| {
        let (own, other) = (wide(i) * wide(m), wide(j) * wide(n));
        match side {
            KolmogorovSide::TwoSided => gap <= own.abs_diff(other),
            KolmogorovSide::FunctionAbove => gap <= own.saturating_sub(other),
            KolmogorovSide::FunctionBelow => gap <= other.saturating_sub(own),
        }
    };
    // `row[j]`: of all orders of i and j values, the share that has left by then.
    let mut row = vec![0.0; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            row[j] = if leaves(i, j) {
                1.0
            } else if i + j == 0 {
                0.0
            } else {
                let total = size(i + j);
                let from_first = if 0 < i { row[j] * (size(i) / total) } else { 0.0 };
                let from_second = if 0 < j { row[j - 1] * (size(j) / total) } else { 0.0 };
                from_first + from_second
            };
        }
    }
    row[m]
}

/// The chance that one sample of size `n` lies at least `distance` from its own law.
fn one_sample_sf(distance: f64, n: f64) -> f64 {
    if distance <= 0.0 {
        return 1.0;
    }
    if 1.0 <= distance {
        return 0.0;
    }
    if ONE_SAMPLE_EXACT_MAX < n {
        let root = libm::sqrt(n);
        let z = distance * (root + 0.12 + 0.11 / root);
        let terms = (1..200_u32).map(|k| {
            let sign = if k % 2 == 1 { 1.0 } else { -1.0 };
            let k = f64::from(k);
            sign * libm::exp(-2.0 * k * k * z * z)
        });
        return (2.0 * terms.sum::<f64>()).clamp(0.0, 1.0);
    }
    1.0 - marsaglia(distance, n)
}

/// The chance that one sample of size `n` lies closer than `distance` to its own law.
fn marsaglia(distance: f64, n: f64) -> f64 {
    let k = index(libm::floor(n * distance)) + 1;
    let order = 2 * k - 1;
    let h = size(k) - n * distance;
    let mut matrix = vec![vec![0.0; order]; order];
    for (i, row) in matrix.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell = if j <= i + 1 { 1.0 } else { 0.0 };
        }
    }
    for (i, row) in matrix.iter_mut().enumerate() {
        row[0] -= libm::pow(h, size(i + 1));
    }
    for (i, cell) in matrix[order - 1].iter_mut().enumerate() {
        *cell -= libm::pow(h, size(order - i));
    }
    matrix[order - 1][0] += if 0.5 < h { libm::pow(2.0 * h - 1.0, size(order)) } else { 0.0 };
    for (i, row) in matrix.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            for g in 1..=(i + 1).saturating_sub(j) {
                *cell /= size(g);
            }
        }
    }
    let (power, mut exponent) = matrix_power(&matrix, index(n));
    let mut result = power[k - 1][k - 1];
    for i in 1..=index(n) {
        result *= size(i) / n;
        if result < 1e-140 {
            result *= 1e140;
            exponent -= 140;
        }
    }
    (result * libm::pow(10.0, f64::from(exponent))).clamp(0.0, 1.0)
}

/// A power of a square matrix, with a power of ten taken out so that it stays in range.
fn matrix_power(matrix: &[Vec<f64>], power: usize) -> (Vec<Vec<f64>>, i32) {
    let order = matrix.len();
    let product = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let cell = |i: usize, j: usize| (0..order).map(|k| a[i][k] * b[k][j]).sum();
        (0..order).map(|i| (0..order).map(|j| cell(i, j)).collect()).collect()
    };
    if power == 1 {
        return (matrix.to_vec(), 0);
    }
    let (half, exponent) = matrix_power(matrix, power / 2);
    let mut result = product(&half, &half);
    let mut exponent = 2 * exponent;
    if power % 2 == 1 {
        result = product(&result, matrix);
    }
    if 1e140 < result[order / 2][order / 2] {
        for cell in result.iter_mut().flatten() {
            *cell *= 1e-140;
        }
        exponent += 140;
    }
    (result, exponent)
}

/// Half the width of the band that holds the whole true distribution function with level `1 - alpha`.
///
/// Infinite for no values.
///
/// # Source
///
/// Dvoretzky, Kiefer and Wolfowitz (1956) with the constant of Massart (1990).
pub fn band_half_width(values: u64, alpha: Alpha) -> f64 {
    libm::sqrt((std::f64::consts::LN_2 + alpha.log_needed()) / (2.0 * real(values)))
}
