//! Walking two sorted samples together.

/// What two sorted samples say about each other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Comparison {
    /// Pairs in which the first is larger, twice, plus pairs that are equal.
    pub(crate) twice_u: u64,
    /// The sum of `t^3 - t` over groups of `t` equal values of both samples together.
    pub(crate) ties: f64,
}

/// Counts pairs and ties of two ascending samples.
pub(crate) fn compare(x: &[f64], y: &[f64]) -> Comparison {
    let repeats = |sorted: &[f64]| {
        sorted.windows(2).map(|pair| usize::from(pair[1] <= pair[0])).sum::<usize>()
    };
    let (all, repeated) = (x.len() + y.len(), repeats(x) + repeats(y));
    if repeated == 0 {
        compare_distinct(x, y)
    } else if all < MIXED_MIN || all / 2 < repeated {
        compare_runs(x, y)
    } else {
        compare_mixed(x, y)
    }
}

/// Values of both samples below which runs are walked one by one.
const MIXED_MIN: usize = 500;

/// Parts of the first sample that are walked side by side: one step alone waits for its own loads.
const LANES: usize = 4;

/// The walk for samples whose own values all differ: no branch depends on which one is larger.
fn compare_distinct(x: &[f64], y: &[f64]) -> Comparison {
    let (pairs, equal) = walked(x, y, |lane| {
        let (own, other) = (x[lane.i], y[lane.j]);
        let (up, down) = (own <= other, other <= own);
        lane.pairs += wide(lane.j) & u64::from(up).wrapping_neg();
        lane.equal += u64::from(up && down);
        lane.i += usize::from(up);
        lane.j += usize::from(down);
    });
    Comparison { twice_u: 2 * pairs + equal, ties: 6.0 * crate::float::real(equal) }
}

/// Walks two samples in several lanes with the given step; answers the sums of all lanes.
#[inline]
fn walked(x: &[f64], y: &[f64], step: impl Fn(&mut Lane)) -> (u64, u64) {
    let mut lanes = lanes(x, y);
    side_by_side(&mut lanes, &step);
    let (mut pairs, mut equal) = (0, 0);
    for lane in &mut lanes {
        while lane.i < lane.end && lane.j < lane.stop {
            step(lane);
        }
        // What is left was larger than all that it could meet.
        pairs += lane.pairs + wide(lane.end - lane.i) * wide(lane.stop);
        equal += lane.equal;
    }
    (pairs, equal)
}

/// Cuts two samples into lanes, where no value is equal to one in another lane.
fn lanes(x: &[f64], y: &[f64]) -> [Lane; LANES] {
    let mut lanes = [Lane::default(); LANES];
    let (mut from, mut start) = (0, 0);
    for (part, lane) in (1..).zip(&mut lanes) {
        let cut = (x.len() * part / LANES).max(from);
        let (end, stop) = match x.get(cut) {
            Some(&first) => (
                from + x[from..].partition_point(|&value| value < first),
                y.partition_point(|&value| value < first),
            ),
            None => (x.len(), y.len()),
        };
        *lane = Lane { i: from, end, j: start, stop, ..Lane::default() };
        (from, start) = (end, stop);
    }
    lanes
}

/// Takes the steps that stay inside every lane, whichever way each of them goes.
#[inline]
fn side_by_side(lanes: &mut [Lane; LANES], step: impl Fn(&mut Lane)) {
    let steps = |lanes: &[Lane; LANES]| {
        lanes.iter().map(|lane| (lane.end - lane.i).min(lane.stop - lane.j)).min().unwrap_or(0)
    };
    loop {
        let safe = steps(lanes);
        if safe < 8 {
            break;
        }
        for _ in 0..safe {
            lanes.iter_mut().for_each(&step);
        }
    }
}

/// The walk for samples in which some values repeat: no branch depends on which one is larger.
fn compare_mixed(x: &[f64], y: &[f64]) -> Comparison {
    let at = |sorted: &[f64], place: usize| sorted.get(place).copied().unwrap_or(f64::INFINITY);
    let step = |lane: &mut Lane| {
        let (own, other) = (at(x, lane.i), at(y, lane.j));
        // Of equal values those of the first sample come first.
        let up = own <= other;
        lane.pairs += wide(lane.j) & u64::from(up).wrapping_neg();
        lane.i += usize::from(up);
        lane.j += usize::from(!up);
        lane.run.take(if up { own } else { other });
    };
    let mut lanes = lanes(x, y);
    side_by_side(&mut lanes, step);
    let (mut larger, mut together, mut thirds) = (0, 0, 0);
    for lane in &mut lanes {
        while lane.i < lane.end || lane.j < lane.stop {
            step(lane);
        }
        larger += lane.pairs;
        together += lane.run.pairs;
        thirds += lane.run.thirds;
    }
    // Pairs of equal values, one of each sample.
    let equal = together - equal_pairs(x) - equal_pairs(y);
    Comparison { twice_u: 2 * larger + equal, ties: wide_real(3 * thirds) }
}

/// Pairs of equal values within an ascending sample.
fn equal_pairs(sorted: &[f64]) -> u64 {
    let mut run = Run::default();
    sorted.iter().for_each(|&value| run.take(value));
    run.pairs
}

/// Runs of equal values, as ascending values come in.
#[derive(Clone, Copy)]
struct Run {
    last: f64,
    /// The last value is this one of its run, from 1.
    place: u64,
    /// Pairs of equal values.
    pairs: u64,
    /// The k-th value of a run adds 3 k (k - 1) to the run's t^3 - t.
    thirds: u128,
}

impl Default for Run {
    fn default() -> Self {
        Self { last: f64::NAN, place: 0, pairs: 0, thirds: 0 }
    }
}

impl Run {
    #[inline]
    fn take(&mut self, value: f64) {
        let before = self.place & u64::from(value <= self.last).wrapping_neg();
        self.place = before + 1;
        self.pairs += before;
        self.thirds += u128::from(before * self.place);
        self.last = value;
    }
}

/// A wide count as a float.
#[expect(clippy::cast_precision_loss, reason = "rounded once, at the very end")]
fn wide_real(count: u128) -> f64 {
    count as f64
}

/// A part of the walk: `x[i..end]` against `y[j..stop]`.
#[derive(Clone, Copy, Default)]
struct Lane {
    i: usize,
    end: usize,
    j: usize,
    stop: usize,
    pairs: u64,
    equal: u64,
    run: Run,
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The walk over runs of equal values.
fn compare_runs(x: &[f64], y: &[f64]) -> Comparison {
    let (mut i, mut j) = (0, 0);
    let mut twice_u = 0_u64;
    let mut ties = 0.0;
    while i < x.len() && j < y.len() {
        if x[i] < y[j] {
            let run = run_length(&x[i..]);
            twice_u += 2 * wide(run) * wide(j);
            ties += tie_term(run);
            i += run;
        } else if y[j] < x[i] {
            let run = run_length(&y[j..]);
            ties += tie_term(run);
            j += run;
        } else {
            let (own, other) = (run_length(&x[i..]), run_length(&y[j..]));
            twice_u += wide(own) * (2 * wide(j) + wide(other));
            ties += tie_term(own + other);
            i += own;
            j += other;
        }
    }
    while i < x.len() {
        let run = run_length(&x[i..]);
        twice_u += 2 * wide(run) * wide(y.len());
        ties += tie_term(run);
        i += run;
    }
    while j < y.len() {
        let run = run_length(&y[j..]);
        ties += tie_term(run);
        j += run;
    }
    Comparison { twice_u, ties }
}

/// How many values at the front are equal.
fn run_length(sorted: &[f64]) -> usize {
    let first = sorted[0];
    1 + sorted[1..].iter().take_while(|&&value| value <= first).count()
}

fn tie_term(count: usize) -> f64 {
    if count == 1 {
        return 0.0;
    }
    let t = crate::float::size(count);
    t * (t * t - 1.0)
}

/// The tie term within one ascending sample.
pub(crate) fn own_ties(sorted: &[f64]) -> f64 {
    let mut at = 0;
    let mut ties = 0.0;
    while at < sorted.len() {
        let run = run_length(&sorted[at..]);
        ties += tie_term(run);
        at += run;
    }
    ties
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_ties_are_counted() {
        let check = |x: &[f64], y: &[f64], twice_u: u64, ties: f64| {
            assert_eq!(compare(x, y), Comparison { twice_u, ties }, "{x:?} {y:?}");
            assert_eq!(compare_runs(x, y), Comparison { twice_u, ties }, "{x:?} {y:?}");
            assert_eq!(compare_mixed(x, y), Comparison { twice_u, ties }, "{x:?} {y:?}");
        };
        check(&[1.0, 4.0, 6.0, 9.0], &[0.5, 5.0, 7.0], 14, 0.0);
        check(&[1.0, 2.0], &[2.0, 3.0], 1, 6.0);
        check(&[1.0, 2.0, 5.0, 8.0], &[2.0, 5.0], 8, 12.0);
        check(&[2.0, 2.0, 2.0], &[1.0], 6, 24.0);
        check(&[1.0], &[1.0, 1.0], 2, 24.0);
    }

    #[test]
    fn all_walks_agree() {
        let mut state = 3_u64;
        for values in [3_u64, 40, 700, 100_000] {
            let mut sample = |count: usize| {
                let mut draw = || {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    crate::float::real((state >> 33) % values)
                };
                let mut sample: Vec<f64> = (0..count).map(|_| draw()).collect();
                sample.sort_by(f64::total_cmp);
                sample
            };
            for (n, m) in [(1, 1), (5, 90), (300, 7), (400, 500)] {
                let (mut x, mut y) = (sample(n), sample(m));
                assert_eq!(compare_mixed(&x, &y), compare_runs(&x, &y), "{n} and {m} of {values}");
                x.dedup();
                y.dedup();
                assert_eq!(compare_distinct(&x, &y), compare_runs(&x, &y), "{n}, {m}, {values}");
            }
        }
    }
}
