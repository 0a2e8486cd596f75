//! Sorting finite floats fast, and walking two sorted samples together.

/// Below this many values a comparison sort is quicker than looking for places.
const PLACES_MIN: usize = 200;
/// Up to this many values; beyond, the table of places leaves the nearest cache and its gain is gone.
const PLACES_MAX: usize = 16_384;
/// Pairs of values in one place, for each value, above which the places do not help.
const CROWD_MAX: usize = 8;

/// The values in ascending order; the two zeros are one value.
pub(crate) fn ascending(values: &[f64]) -> Vec<f64> {
    // Adding zero turns minus zero into zero.
    let mut values: Vec<f64> = values.iter().map(|&value| value + 0.0).collect();
    if PLACES_MIN <= values.len()
        && values.len() <= PLACES_MAX
        && let Some(mut placed) = placed(&values)
    {
        settle(&mut placed);
        return placed;
    }
    by_comparison(&mut values);
    values
}

/// Sorts by comparing integers that order as the values do.
fn by_comparison(values: &mut [f64]) {
    let mut keys: Vec<u64> = values.iter().map(|&value| key(value)).collect();
    keys.sort_unstable();
    values.iter_mut().zip(keys).for_each(|(slot, key)| *slot = value(key));
}

/// The values roughly where they belong, as if they were spread evenly.
///
/// `None` when their range is no number, or too many of them share a place.
fn placed(values: &[f64]) -> Option<Vec<f64>> {
    let places = 2 * values.len();
    let (low, high) = range(values);
    let scale = crate::float::size(places - 1) / (high - low);
    if !(0.0 < scale && scale < f64::INFINITY) {
        return None;
    }
    // Subtracting and multiplying keep the order, so a larger value never gets an earlier place.
    let place_of = |value: f64| small((value - low) * scale).min(places - 1);
    let mut ends = vec![0_usize; places];
    values.iter().for_each(|&value| ends[place_of(value)] += 1);
    let mut sum = 0;
    let mut crowd = 0;
    for slot in &mut ends {
        let here = *slot;
        crowd += here.saturating_mul(here);
        *slot = sum;
        sum += here;
    }
    if CROWD_MAX * values.len() < crowd {
        return None;
    }
    let mut placed = vec![0.0; values.len()];
    for &value in values {
        let slot = &mut ends[place_of(value)];
        placed[*slot] = value;
        *slot += 1;
    }
    Some(placed)
}

/// The smallest and the largest value, found in four strands that do not wait for each other.
fn range(values: &[f64]) -> (f64, f64) {
    let mut low = [f64::INFINITY; 4];
    let mut high = [f64::NEG_INFINITY; 4];
    let mut take = |strand: usize, value: f64| {
        low[strand] = if value < low[strand] { value } else { low[strand] };
        high[strand] = if high[strand] < value { value } else { high[strand] };
    };
    let (quads, rest) = values.as_chunks::<4>();
    for quad in quads {
        (0..4).for_each(|strand| take(strand, quad[strand]));
    }
    rest.iter().for_each(|&value| take(0, value));
    let least = low.into_iter().fold(f64::INFINITY, f64::min);
    (least, high.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

/// A float from 0 to some thousands as an index.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the caller bounds the answer"
)]
fn small(value: f64) -> usize {
    // A signed integer is a single instruction away.
    value as i32 as usize
}

/// Sorts values that are nearly in order by moving each to its place.
fn settle(values: &mut [f64]) {
    for at in 1..values.len() {
        let value = values[at];
        let mut place = at;
        while 0 < place && value < values[place - 1] {
            values[place] = values[place - 1];
            place -= 1;
        }
        values[place] = value;
    }
}

/// An integer that orders as the float does.
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    let negative = bits >> 63;
    bits ^ (negative.wrapping_neg() | (1 << 63))
}

fn value(key: u64) -> f64 {
    let positive = key >> 63;
    f64::from_bits(key ^ (positive.wrapping_sub(1) | (1 << 63)))
}

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
    let repeats = |sorted: &[f64]| sorted.windows(2).any(|pair| pair[1] <= pair[0]);
    if repeats(x) || repeats(y) { compare_runs(x, y) } else { compare_distinct(x, y) }
}

/// Parts of the first sample that are walked side by side: one step alone waits for its own loads.
const LANES: usize = 4;

/// The walk for samples whose own values all differ: no branch depends on which one is larger.
fn compare_distinct(x: &[f64], y: &[f64]) -> Comparison {
    let mut lanes = [Lane::default(); LANES];
    let mut from = 0;
    for (part, lane) in (1..).zip(&mut lanes) {
        let end = x.len() * part / LANES;
        let start = if from == 0 { 0 } else { y.partition_point(|&value| value < x[from]) };
        let stop = if end < x.len() { y.partition_point(|&value| value < x[end]) } else { y.len() };
        *lane = Lane { i: from, end, j: start, stop, ..Lane::default() };
        from = end;
    }
    let steps = |lanes: &[Lane; LANES]| {
        lanes.iter().map(|lane| (lane.end - lane.i).min(lane.stop - lane.j)).min().unwrap_or(0)
    };
    loop {
        // So many steps stay inside every lane, whichever way each of them goes.
        let safe = steps(&lanes);
        if safe < 8 {
            break;
        }
        for _ in 0..safe {
            lanes.iter_mut().for_each(|lane| lane.step(x, y));
        }
    }
    let (mut pairs, mut equal) = (0, 0);
    for lane in &mut lanes {
        while lane.i < lane.end && lane.j < lane.stop {
            lane.step(x, y);
        }
        pairs += lane.pairs + wide(lane.end - lane.i) * wide(lane.stop);
        equal += lane.equal;
    }
    Comparison { twice_u: 2 * pairs + equal, ties: 6.0 * crate::float::real(equal) }
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
}

impl Lane {
    #[inline]
    fn step(&mut self, x: &[f64], y: &[f64]) {
        let (own, other) = (x[self.i], y[self.j]);
        let (up, down) = (own <= other, other <= own);
        // A value of the first sample that is left behind was larger than `j` of the others.
        self.pairs += wide(self.j) & u64::from(up).wrapping_neg();
        self.equal += u64::from(up && down);
        self.i += usize::from(up);
        self.j += usize::from(down);
    }
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
        };
        check(&[1.0, 4.0, 6.0, 9.0], &[0.5, 5.0, 7.0], 14, 0.0);
        check(&[1.0, 2.0], &[2.0, 3.0], 1, 6.0);
        check(&[1.0, 2.0, 5.0, 8.0], &[2.0, 5.0], 8, 12.0);
        check(&[2.0, 2.0, 2.0], &[1.0], 6, 24.0);
        check(&[1.0], &[1.0, 1.0], 2, 24.0);
    }

    #[test]
    fn sorts_like_the_library() {
        let shapes: [fn(u64) -> f64; 5] = [
            f64::from_bits,
            |bits| f64::from(u8::try_from(bits >> 56).unwrap_or(0)) - 100.0,
            // Many values that differ in their last digits alone.
            |bits| f64::from_bits((bits >> 44) | (bits & 1) << 63),
            |bits| f64::from_bits(0x3ff0_0000_0000_0000 | (bits >> 34)),
            |_| 7.0,
        ];
        for shape in shapes {
            for count in [0, 1, 5, 300, 1000, 5000, 20_000] {
                let mut state = 7_u64;
                let mut draw = || {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    shape(state ^ (state >> 29))
                };
                let values = (0..count).map(|_| draw()).filter(|value| value.is_finite());
                // The two zeros are one value.
                let values: Vec<f64> = values.map(|value| value + 0.0).collect();
                let mut expected = values.clone();
                expected.sort_by(f64::total_cmp);
                assert_eq!(ascending(&values), expected);
            }
        }
    }
}
