//! By how much one sample is shifted against the other: the Hodges-Lehmann estimate and interval.

use crate::classic::Insufficient;
use crate::classic::mann_whitney::deviation;
use crate::classic::sample::Sample;
use crate::classic::sorted::{ascending, own_ties};
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
    let differences = Differences { x: ascending(x.values()), y: ascending(y.values()) };
    let (n, m) = (size(x.len()), size(y.len()));
    let ties = own_ties(&differences.x) + own_ties(&differences.y);
    let spread = deviation(n, m, ties);
    if !(0.0 < spread) {
        return Err(Insufficient::NoVariation);
    }
    let z = -normal_quantile(0.5 * level.outside());
    // As many differences as this lie above the lower end, and below the upper one.
    let inside = libm::ceil(0.5 * n * m + 0.5 + z * spread).min(n * m);
    let rank = index(n * m - inside);
    let count = differences.count();
    Ok(Shift {
        estimate: differences.median(),
        lower: differences.ranked(rank),
        upper: differences.ranked(count - 1 - rank),
    })
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
    Ok(Differences { x: ascending(x.values()), y: ascending(y.values()) }.median())
}

/// All differences `x - y` of two ascending samples, without writing them down.
struct Differences {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Differences {
    fn count(&self) -> usize {
        self.x.len().saturating_mul(self.y.len())
    }

    fn median(&self) -> f64 {
        let count = self.count();
        if count % 2 == 1 {
            return self.ranked(count / 2);
        }
        let (low, high) = (self.ranked(count / 2 - 1), self.ranked(count / 2));
        low + 0.5 * (high - low)
    }

    /// How many differences are at most `limit`.
    fn at_most(&self, limit: f64) -> usize {
        let mut sum = 0;
        let mut j = self.y.len();
        // As x grows, fewer of the ys are large enough.
        for &x in &self.x {
            while 0 < j && x - self.y[self.y.len() - j] > limit {
                j -= 1;
            }
            sum += j;
        }
        sum
    }

    /// The difference at `rank` of the ascending order, from 0.
    fn ranked(&self, rank: usize) -> f64 {
        let (n, m) = (self.x.len(), self.y.len());
        let mut low = self.x[0] - self.y[m - 1];
        let mut high = self.x[n - 1] - self.y[0];
        let (mut below, mut above) = (self.at_most(low), self.count());
        if rank < below {
            return low;
        }
        // Invariant: at most `low` lie `below <= rank`, at most `high` lie `above > rank`.
        for round in 0..200 {
            if above - below <= 4 * (n + m) {
                break;
            }
            let part = (size(rank - below) + 0.5) / size(above - below);
            // Interpolation is quick, halving is sure; they take turns.
            let guess = if round % 2 == 0 { low + (high - low) * part } else { 0.5 * (low + high) };
            if !(low < guess && guess < high) {
                break;
            }
            let count = self.at_most(guess);
            if count <= rank {
                (low, below) = (guess, count);
            } else {
                (high, above) = (guess, count);
            }
        }
        if 4 * (n + m) < above - below {
            // Neighbouring floats still enclose this many differences: they are all equal.
            return high;
        }
        let mut candidates = self.between(low, high);
        let place = (rank - below).min(candidates.len().saturating_sub(1));
        let (_, found, _) = candidates.select_nth_unstable_by(place, f64::total_cmp);
        *found
    }

    /// The differences above `low` and at most `high`.
    fn between(&self, low: f64, high: f64) -> Vec<f64> {
        let mut found = Vec::new();
        for &x in &self.x {
            let from = self.y.partition_point(|&y| high < x - y);
            for &y in &self.y[from..] {
                let difference = x - y;
                if difference <= low {
                    break;
                }
                found.push(difference);
            }
        }
        found
    }
}
