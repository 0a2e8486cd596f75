//! Barnard's and Boschloo's exact tests of two small tallies: the worst case over the common share.

use crate::classic::Alternative;
use crate::classic::Insufficient;
use crate::classic::proportion::Tally;
use crate::classic::table::fisher;
use crate::float::{real, size};
use crate::special::ln_binomial_density;

/// The most pairs of counts that are looked at.
const PAIRS_MAX: u64 = 250_000;
/// Points of the common share before the best of them is refined.
const SHARE_POINTS: usize = 1024;

/// Barnard's test: the pooled z statistic and its two-sided p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Barnard {
    /// The statistic, of the first share minus the second.
    pub statistic: f64,
    /// The p-value, from 0 to 1.
    pub p: f64,
}

/// Barnard's two-sided exact test with the pooled z statistic.
///
/// # Errors
///
/// [`Insufficient::TooLarge`] for more than 250,000 pairs of counts.
///
/// # Source
///
/// Barnard (1947), Biometrika 34:123. Golden values: SciPy, `fixtures/stats/statistics.json`.
pub fn barnard(x: Tally, y: Tally) -> Result<Barnard, Insufficient> {
    check_size(x, y)?;
    let (n, m) = (x.tries(), y.tries());
    let statistic = pooled_z(x.events(), n, y.events(), m);
    let extreme = statistic.abs() * (1.0 - 1e-12);
    let p = worst_case(x, y, |i, j| extreme <= pooled_z(i, n, j, m).abs());
    Ok(Barnard { statistic, p })
}

/// Boschloo's exact test, two-sided as twice the smaller one-sided p-value, from 0 to 1.
///
/// # Errors
///
/// [`Insufficient::TooLarge`] for more than 250,000 pairs of counts.
///
/// # Source
///
/// Boschloo (1970), Statistica Neerlandica 24:1. Golden values: SciPy,
/// `fixtures/stats/statistics.json`, group `barnard`.
pub fn boschloo(x: Tally, y: Tally) -> Result<f64, Insufficient> {
    check_size(x, y)?;
    let one_sided = |alternative: Alternative| -> Result<f64, Insufficient> {
        let limit = fisher(x, y, alternative)?.p * (1.0 + 1e-12);
        let mut table = Vec::new();
        for i in 0..=x.tries() {
            for j in 0..=y.tries() {
                let own = Tally::new(i, x.tries())?;
                let p = fisher(own, Tally::new(j, y.tries())?, alternative)?.p;
                table.push(p <= limit);
            }
        }
        let width = y.tries() + 1;
        let at = |i: u64, j: u64| usize::try_from(i * width + j).unwrap_or(usize::MAX);
        Ok(worst_case(x, y, |i, j| table.get(at(i, j)).copied().unwrap_or(false)))
    };
    let p = one_sided(Alternative::Greater)?.min(one_sided(Alternative::Less)?);
    Ok((2.0 * p).min(1.0))
}

fn check_size(x: Tally, y: Tally) -> Result<(), Insufficient> {
    let found = x.tries().saturating_add(1).saturating_mul(y.tries().saturating_add(1));
    if PAIRS_MAX < found {
        return Err(Insufficient::TooLarge { found, limit: PAIRS_MAX });
    }
    Ok(())
}

fn pooled_z(i: u64, n: u64, j: u64, m: u64) -> f64 {
    let (i, n, j, m) = (real(i), real(n), real(j), real(m));
    let pooled = (i + j) / (n + m);
    let variance = pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m);
    if 0.0 < variance { (i / n - j / m) / libm::sqrt(variance) } else { 0.0 }
}

/// The largest chance, over the common share, of the pairs that are `extreme`.
fn worst_case(x: Tally, y: Tally, extreme: impl Fn(u64, u64) -> bool) -> f64 {
    let mut rows: Vec<Vec<u64>> = Vec::new();
    for i in 0..=x.tries() {
        rows.push((0..=y.tries()).filter(|&j| extreme(i, j)).collect());
    }
    let chance = |share: f64| {
        let law = |tries: u64| -> Vec<f64> {
            let density =
                |k: u64| libm::exp(ln_binomial_density(real(k), real(tries), share, 1.0 - share));
            (0..=tries).map(density).collect()
        };
        let (own, other) = (law(x.tries()), law(y.tries()));
        let inner = |row: &Vec<u64>| -> f64 {
            row.iter().filter_map(|&j| other.get(usize::try_from(j).ok()?)).sum()
        };
        own.iter().zip(&rows).map(|(density, row)| density * inner(row)).sum::<f64>()
    };
    let at = |k: usize| size(k) / size(SHARE_POINTS);
    let best = (1..SHARE_POINTS)
        .map(|k| (k, chance(at(k))))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(1, |(k, _)| k);
    refined(at(best - 1), at(best + 1), chance).min(1.0)
}

/// The largest value of a function with one peak between `low` and `high`, by golden sections.
fn refined(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let mut best = 0.0_f64;
    for _ in 0..60 {
        let (left, right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        let (at_left, at_right) = (value(left), value(right));
        best = best.max(at_left).max(at_right);
        if at_left < at_right {
            low = left;
        } else {
            high = right;
        }
    }
    best
}
