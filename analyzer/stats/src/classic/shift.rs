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
        let (low, high) = self.ranked_pair((count - 1) / 2, count / 2);
        low + 0.5 * (high - low)
    }

    /// How many differences are at most `limit`.
    fn at_most(&self, limit: f64) -> usize {
        let mut sum = 0;
        let mut first = 0;
        // As x grows, fewer of the ys are large enough.
        for &x in &self.x {
            while first < self.y.len() && limit < x - self.y[first] {
                first += 1;
            }
            sum += self.y.len() - first;
        }
        sum
    }

    /// The difference at `rank` of the ascending order, from 0.
    fn ranked(&self, rank: usize) -> f64 {
        self.ranked_pair(rank, rank).0
    }

    /// The differences at two ranks that are equal or neighbours.
    fn ranked_pair(&self, rank: usize, next: usize) -> (f64, f64) {
        let few = 4 * (self.x.len() + self.y.len());
        let bracket = self.bracket(rank, few);
        if few < bracket.above - bracket.below {
            // Neighbouring floats still enclose this many differences: they are all equal.
            let other = if next < bracket.above { bracket.high } else { self.ranked(next) };
            return (bracket.high, other);
        }
        if rank < bracket.below {
            // The smallest difference of all, which the bracket leaves out.
            let other = if next < bracket.below { bracket.low } else { self.ranked(next) };
            return (bracket.low, other);
        }
        let mut candidates = self.between(bracket.low, bracket.high);
        let place = (rank - bracket.below).min(candidates.len().saturating_sub(1));
        let (_, &mut found, rest) = candidates.select_nth_unstable_by(place, f64::total_cmp);
        if next == rank {
            return (found, found);
        }
        let beyond = rest.iter().copied().fold(f64::INFINITY, f64::min);
        (found, if beyond.is_finite() { beyond } else { self.ranked(next) })
    }

    /// Closes in on a rank until few differences are left around it.
    fn bracket(&self, rank: usize, few: usize) -> Bracket {
        let (n, m) = (self.x.len(), self.y.len());
        let low = self.x[0] - self.y[m - 1];
        let high = self.x[n - 1] - self.y[0];
        let mut bracket = Bracket { low, high, below: self.at_most(low), above: self.count() };
        if rank < bracket.below {
            return bracket;
        }
        let (mut guess, mut density) = self.normal_guess(rank);
        let aim = 0.375 * size(few);
        // Invariant: at most `low` lie `below <= rank`, at most `high` lie `above > rank`.
        for round in 0..200 {
            if bracket.above - bracket.below <= few {
                break;
            }
            // A few guided steps are quick, halving is sure.
            if !(bracket.low < guess && guess < bracket.high) || 8 < round {
                guess = 0.5 * (bracket.low + bracket.high);
                if !(bracket.low < guess && guess < bracket.high) {
                    break;
                }
            }
            let count = self.at_most(guess);
            let width = bracket.high - bracket.low;
            if count <= rank {
                (bracket.low, bracket.below) = (guess, count);
            } else {
                (bracket.high, bracket.above) = (guess, count);
            }
            // Aimed a little beyond the rank, so that the next guess closes the other side.
            let target = if count <= rank { size(rank) + aim } else { size(rank) - aim };
            if 1 < round {
                let narrowed = (bracket.high - bracket.low).max(width * 1e-12);
                density = size(bracket.above - bracket.below) / narrowed;
            }
            guess += (target - size(count)) / density;
        }
        bracket
    }

    /// Where a rank would lie, and how densely, if both samples were normal with their quartiles.
    fn normal_guess(&self, rank: usize) -> (f64, f64) {
        let at = |sorted: &[f64], share: f64| {
            sorted[index(share * size(sorted.len())).min(sorted.len() - 1)]
        };
        let scale = |sorted: &[f64]| (at(sorted, 0.75) - at(sorted, 0.25)) / 1.349;
        let (own, other) = (scale(&self.x), scale(&self.y));
        let deviation = libm::sqrt(own * own + other * other);
        let count = size(self.count());
        let z = normal_quantile(((size(rank) + 0.5) / count).clamp(1e-9, 1.0 - 1e-9));
        let centre = at(&self.x, 0.5) - at(&self.y, 0.5);
        let density = count * 0.398_942 * libm::exp(-0.5 * z * z) / deviation;
        (centre + z * deviation, density)
    }

    /// The differences above `low` and at most `high`.
    fn between(&self, low: f64, high: f64) -> Vec<f64> {
        let mut found = Vec::new();
        let mut from = 0;
        for &x in &self.x {
            while from < self.y.len() && high < x - self.y[from] {
                from += 1;
            }
            let differences = self.y[from..].iter().map(|y| x - y);
            found.extend(differences.take_while(|difference| low < *difference));
        }
        found
    }
}

/// Two values around a rank, and how many differences are at most each.
struct Bracket {
    low: f64,
    high: f64,
    below: usize,
    above: usize,
}
