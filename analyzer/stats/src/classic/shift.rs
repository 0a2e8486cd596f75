//! By how much one sample is shifted against the other: the Hodges-Lehmann estimate and interval.

use crate::classic::Insufficient;
use crate::classic::ascending::ascending;
use crate::classic::differences::Differences;
use crate::classic::mann_whitney::deviation;
use crate::classic::sample::Sample;
use crate::classic::sorted::own_ties;
use crate::float::{index, size};
use crate::level::Confidence;
use crate::special::normal_quantile;

/// The shift of the first sample against the second, in the units of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The median of all differences.
    pub estimate: f64,
    /// The lower end of the interval.
    pub lower: f64,
    /// The upper end of the interval.
    pub upper: f64,
}

/// The Hodges-Lehmann estimate with the interval of shifts the Mann-Whitney test does not reject.
///
/// By the normal law with continuity correction; the ends are differences of the data, found exactly.
/// With so few values that no difference is rejected, the interval spans all of them.
///
/// # Errors
///
/// [`Insufficient`] for an empty sample, or when each sample is one repeated value.
///
/// # Source
///
/// Hodges and Lehmann (1963), Ann. Math. Stat. 34:598. Golden values: R's `wilcox.test`,
/// `fixtures/stats/statistics.json`, group `hodges_lehmann`.
pub fn shift(x: Sample<'_>, y: Sample<'_>, level: Confidence) -> Result<Shift, Insufficient> {
    if x.is_empty() || y.is_empty() {
        return Err(Insufficient::Values { needed: 1, found: 0 });
    }
    let (own, other) = (ascending(x.values()), ascending(y.values()));
    let differences = Differences::new(own, other);
    let (n, m) = (size(x.len()), size(y.len()));
    let ties = own_ties(differences.x()) + own_ties(differences.y());
    let spread = deviation(n, m, ties);
    if !(0.0 < spread) {
        return Err(Insufficient::NoVariation);
    }
    let z = -normal_quantile(0.5 * level.outside());
    // As many differences as this lie above the lower end, and below the upper one.
    let inside = libm::ceil(0.5 * n * m + 0.5 + z * spread).min(n * m);
    let rank = index(n * m - inside);
    let count = differences.count();
    let middle = ((count - 1) / 2, count / 2);
    let last = count - 1 - rank;
    let [median, lower, upper] = differences.ranked_pairs([middle, (rank, rank), (last, last)]);
    Ok(Shift { estimate: halfway(median), lower: lower.0, upper: upper.0 })
}

/// The Hodges-Lehmann estimate alone: the median of all differences.
///
/// # Errors
///
/// [`Insufficient`] for an empty sample.
pub fn median_difference(x: Sample<'_>, y: Sample<'_>) -> Result<f64, Insufficient> {
    if x.is_empty() || y.is_empty() {
        return Err(Insufficient::Values { needed: 1, found: 0 });
    }
    let (own, other) = (ascending(x.values()), ascending(y.values()));
    let differences = Differences::new(own, other);
    let count = differences.count();
    let [median] = differences.ranked_pairs([((count - 1) / 2, count / 2)]);
    Ok(halfway(median))
}

fn halfway((low, high): (f64, f64)) -> f64 {
    low + 0.5 * (high - low)
}
