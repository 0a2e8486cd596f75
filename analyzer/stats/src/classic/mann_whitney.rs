//! The Mann-Whitney test: does one sample tend to be larger than the other?

use crate::classic::ascending::ascending;
use crate::classic::sample::Sample;
use crate::classic::sorted::compare;
use crate::classic::{Alternative, Insufficient};
use crate::float::{index, real, size};
use crate::special::normal_sf;

/// The largest product of the two sizes for which the exact law is computed.
pub const EXACT_PAIRS_MAX: u64 = 10_000;

/// The U statistic and its p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannWhitney {
    /// In how many pairs the first sample is larger, equal pairs counted half.
    pub u: f64,
    /// The p-value, from 0 to 1.
    pub p: f64,
}

/// The test by the exact law of U; for values that all differ.
///
/// # Errors
///
/// [`Insufficient`] for an empty sample, for ties, and beyond [`EXACT_PAIRS_MAX`] pairs.
///
/// # Source
///
/// Mann and Whitney (1947), Ann. Math. Stat. 18:50, by their recursion. Golden values: SciPy,
/// `fixtures/stats/statistics.json`, group `mann_whitney`.
pub fn exact(
    x: Sample<'_>,
    y: Sample<'_>,
    alternative: Alternative,
) -> Result<MannWhitney, Insufficient> {
    not_empty(x, y)?;
    let found = real(u64::try_from(x.len()).unwrap_or(u64::MAX)) * size(y.len());
    if real(EXACT_PAIRS_MAX) < found {
        return Err(Insufficient::TooLarge { found: found_pairs(x, y), limit: EXACT_PAIRS_MAX });
    }
    let (own, other) = (ascending(x.values()), ascending(y.values()));
    let pairs = compare(&own, &other);
    if 0.0 < pairs.ties {
        return Err(Insufficient::Ties);
    }
    let law = law_of_u(x.len(), y.len());
    let u = index(real(pairs.twice_u / 2));
    let at_least = |u: usize| law.iter().skip(u).sum::<f64>().min(1.0);
    let mirrored = x.len() * y.len() - u;
    let p = match alternative {
        Alternative::Greater => at_least(u),
        Alternative::Less => at_least(mirrored),
        Alternative::TwoSided => (2.0 * at_least(u.max(mirrored))).min(1.0),
    };
    Ok(MannWhitney { u: size(u), p })
}

fn found_pairs(x: Sample<'_>, y: Sample<'_>) -> u64 {
    let wide = |sample: Sample<'_>| u64::try_from(sample.len()).unwrap_or(u64::MAX);
    wide(x).saturating_mul(wide(y))
}

fn not_empty(x: Sample<'_>, y: Sample<'_>) -> Result<(), Insufficient> {
    if x.is_empty() || y.is_empty() {
        return Err(Insufficient::Values { needed: 1, found: 0 });
    }
    Ok(())
}

/// The chances of U = 0, 1, ..., n m when both samples come from one continuous law.
fn law_of_u(n: usize, m: usize) -> Vec<f64> {
    // With i values of the first kind and j of the second, the largest of all is of the first kind
    // with chance i / (i + j), and then it beats all j. `rows[j]` is the law for the current i.
    let mut rows: Vec<Vec<f64>> = vec![vec![1.0]; m + 1];
    for i in 1..=n {
        let mut next: Vec<Vec<f64>> = Vec::with_capacity(m + 1);
        next.push(vec![1.0]);
        for j in 1..=m {
            let first = size(i) / size(i + j);
            let mut law = vec![0.0; i * j + 1];
            for (u, chance) in rows[j].iter().enumerate() {
                law[u + j] += first * chance;
            }
            for (u, chance) in next[j - 1].iter().enumerate() {
                law[u] += (1.0 - first) * chance;
            }
            next.push(law);
        }
        rows = next;
    }
    rows.pop().unwrap_or_default()
}

/// The test by the normal law with the correction for ties, for larger samples.
///
/// `continuity` moves U half a step towards its mean, as is the custom.
///
/// # Errors
///
/// [`Insufficient`] for an empty sample or when all values are equal.
///
/// # Source
///
/// Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 4.1. Golden values: SciPy and R,
/// `fixtures/stats/statistics.json`, group `mann_whitney`.
pub fn asymptotic(
    x: Sample<'_>,
    y: Sample<'_>,
    alternative: Alternative,
    continuity: bool,
) -> Result<MannWhitney, Insufficient> {
    not_empty(x, y)?;
    let (own, other) = (ascending(x.values()), ascending(y.values()));
    let pairs = compare(&own, &other);
    let u = 0.5 * real(pairs.twice_u);
    let (n, m) = (size(x.len()), size(y.len()));
    let deviation = deviation(n, m, pairs.ties);
    if !(0.0 < deviation) {
        return Err(Insufficient::NoVariation);
    }
    let step = if continuity { 0.5 } else { 0.0 };
    let above = |u: f64| normal_sf((u - 0.5 * n * m - step) / deviation);
    let p = match alternative {
        Alternative::Greater => above(u),
        Alternative::Less => above(n * m - u),
        Alternative::TwoSided => (2.0 * above(u.max(n * m - u))).min(1.0),
    };
    Ok(MannWhitney { u, p })
}

/// The standard deviation of U for sizes `n` and `m` with the given tie term.
pub(crate) fn deviation(n: f64, m: f64, ties: f64) -> f64 {
    let total = n + m;
    let spread = total + 1.0 - ties / (total * (total - 1.0)).max(1.0);
    libm::sqrt((n * m / 12.0 * spread).max(0.0))
}
