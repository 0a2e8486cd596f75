//! Selection among all differences of two samples, without writing them down.

use crate::float::{index, size};
use crate::special::normal_quantile;

/// All differences `x - y` of two ascending samples, without writing them down.
pub(crate) struct Differences {
    x: Vec<f64>,
    y: Vec<f64>,
    n: usize,
    m: usize,
}

/// Rounds after which a rank that is still not close is looked for by itself.
const ROUNDS: usize = 4;

impl Differences {
    /// The differences of two ascending samples, neither empty.
    pub(crate) fn new(mut x: Vec<f64>, mut y: Vec<f64>) -> Self {
        let (n, m) = (x.len(), y.len());
        // A value beyond all ends a walk without asking for the end.
        x.push(f64::INFINITY);
        y.push(f64::INFINITY);
        Self { x, y, n, m }
    }

    pub(crate) fn x(&self) -> &[f64] {
        &self.x[..self.n]
    }

    pub(crate) fn y(&self) -> &[f64] {
        &self.y[..self.m]
    }

    pub(crate) fn count(&self) -> usize {
        self.n.saturating_mul(self.m)
    }

    /// The differences at several ranks of the ascending order, from 0, and those at the ranks after
    /// them, each of which is the same or the next.
    pub(crate) fn ranked_pairs<const N: usize>(
        &self,
        ranks: [(usize, usize); N],
    ) -> [(f64, f64); N] {
        let few = 2 * (self.n + self.m);
        let brackets = self.brackets(ranks.map(|(rank, _)| rank), few);
        let mut found = [(0.0, 0.0); N];
        for ((slot, bracket), (rank, next)) in found.iter_mut().zip(brackets).zip(ranks) {
            let narrow = bracket.below <= rank && bracket.above - bracket.below <= few;
            *slot = if narrow {
                self.inside(&bracket, rank, next)
            } else {
                self.ranked_pair(rank, next)
            };
        }
        found
    }

    /// Closes in on several ranks at once: counts of several limits cost little more than one.
    fn brackets<const N: usize>(&self, ranks: [usize; N], few: usize) -> [Bracket; N] {
        let low = self.x[0] - self.y[self.m - 1];
        let high = self.x[self.n - 1] - self.y[0];
        let below = self.at_most(low);
        let all = Bracket { low, high, below, above: self.count() };
        let mut brackets = [all; N];
        let mut aims = ranks.map(|rank| self.rough_guess(rank));
        for _ in 0..ROUNDS {
            let limits = [
                aims.map(|(guess, wide)| finite(guess - wide)),
                aims.map(|(guess, wide)| finite(guess + wide)),
            ];
            let counts = self.at_most_each(limits);
            let mut open = false;
            for at in 0..N {
                let (bracket, rank) = (&mut brackets[at], ranks[at]);
                for side in 0..2 {
                    bracket.tighten(limits[side][at], counts[side][at], rank);
                }
                let inside = bracket.above - bracket.below;
                open = open || few < inside;
                let density = size(inside) / (bracket.high - bracket.low);
                let guess = bracket.low + (size(rank - bracket.below.min(rank)) + 0.5) / density;
                let wide = f64::max(0.2 * size(few), 0.02 * size(inside)) / density;
                aims[at] = (guess, wide);
            }
            if !open {
                break;
            }
        }
        brackets
    }

    /// How many differences are at most each limit; none of the walks waits for another.
    fn at_most_each<const N: usize>(&self, limits: [[f64; N]; 2]) -> [[usize; N]; 2] {
        let mut sums = [[0; N]; 2];
        let mut rows = [[0_usize; N]; 2];
        let mut columns = [[0_usize; N]; 2];
        for _ in 0..self.n + self.m {
            for side in 0..2 {
                for at in 0..N {
                    let (row, column) = (&mut rows[side][at], &mut columns[side][at]);
                    // As x grows, fewer of the ys are large enough.
                    let further = limits[side][at] < self.x[*row] - self.y[*column];
                    sums[side][at] += (self.m - *column) & usize::from(further).wrapping_sub(1);
                    *column += usize::from(further);
                    *row += usize::from(!further);
                }
            }
        }
        sums
    }

    /// Where a rank would lie if both samples were normal with their quartiles, and a margin.
    fn rough_guess(&self, rank: usize) -> (f64, f64) {
        let at = |sorted: &[f64], share: f64| {
            sorted[index(share * size(sorted.len())).min(sorted.len() - 1)]
        };
        let scale = |sorted: &[f64]| (at(sorted, 0.75) - at(sorted, 0.25)) / 1.349;
        let (own, other) = (scale(self.x()), scale(self.y()));
        let deviation = libm::sqrt(own * own + other * other);
        let share = (size(rank) + 0.5) / size(self.count());
        // Tukey's lambda stands in for the normal quantile: a start needs no more.
        let z = 4.91 * (libm::pow(share, 0.14) - libm::pow(1.0 - share, 0.14));
        let density = 0.398_942 * libm::exp(-0.5 * z * z) / deviation;
        (at(self.x(), 0.5) - at(self.y(), 0.5) + z * deviation, 0.03 / density)
    }

    /// How many differences are at most `limit`.
    fn at_most(&self, limit: f64) -> usize {
        let mut sum = 0;
        let mut first = 0;
        // As x grows, fewer of the ys are large enough.
        for &x in self.x() {
            while first < self.m && limit < x - self.y[first] {
                first += 1;
            }
            sum += self.m - first;
        }
        sum
    }

    /// The difference at `rank` of the ascending order, from 0.
    fn ranked(&self, rank: usize) -> f64 {
        self.ranked_pair(rank, rank).0
    }

    /// The differences at two ranks that are equal or neighbours.
    fn ranked_pair(&self, rank: usize, next: usize) -> (f64, f64) {
        let few = 4 * (self.n + self.m);
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
        self.inside(&bracket, rank, next)
    }

    /// The same for a bracket that encloses the rank and few differences.
    fn inside(&self, bracket: &Bracket, rank: usize, next: usize) -> (f64, f64) {
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
        let (n, m) = (self.n, self.m);
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
        let (own, other) = (scale(self.x()), scale(self.y()));
        let deviation = libm::sqrt(own * own + other * other);
        let count = size(self.count());
        let z = normal_quantile(((size(rank) + 0.5) / count).clamp(1e-9, 1.0 - 1e-9));
        let centre = at(self.x(), 0.5) - at(self.y(), 0.5);
        let density = count * 0.398_942 * libm::exp(-0.5 * z * z) / deviation;
        (centre + z * deviation, density)
    }

    /// The differences above `low` and at most `high`.
    fn between(&self, low: f64, high: f64) -> Vec<f64> {
        let mut found = Vec::new();
        let mut from = 0;
        for &x in self.x() {
            while from < self.m && high < x - self.y[from] {
                from += 1;
            }
            let differences = self.y[from..self.m].iter().map(|y| x - y);
            found.extend(differences.take_while(|difference| low < *difference));
        }
        found
    }
}

/// A limit that the end of a walk lies beyond; what is not a number is as good a guess as any.
fn finite(limit: f64) -> f64 {
    if limit.is_nan() { 0.0 } else { limit.clamp(-f64::MAX, f64::MAX) }
}

/// Two values around a rank, and how many differences are at most each.
#[derive(Clone, Copy)]
struct Bracket {
    low: f64,
    high: f64,
    below: usize,
    above: usize,
}

impl Bracket {
    /// Moves the side that a limit with so many differences up to it belongs to.
    fn tighten(&mut self, limit: f64, count: usize, rank: usize) {
        if !(self.low < limit && limit < self.high) {
            return;
        }
        if count <= rank {
            (self.low, self.below) = (limit, count);
        } else {
            (self.high, self.above) = (limit, count);
        }
    }
}
