//! Sorting finite floats fast, and walking two sorted samples together.

/// Below this many values a comparison sort is quicker than counting digits.
const RADIX_MIN: usize = 1024;
/// Bits of a digit; six digits make a float.
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 6;
const BUCKETS: usize = 1 << DIGIT_BITS;

/// The values in ascending order; the two zeros are one value.
pub(crate) fn ascending(values: &[f64]) -> Vec<f64> {
    let mut keys: Vec<u64> = values.iter().map(|&value| key(value)).collect();
    if keys.len() < RADIX_MIN {
        keys.sort_unstable();
    } else {
        sort_by_digits(&mut keys);
    }
    keys.into_iter().map(value).collect()
}

/// An integer that orders as the float does.
fn key(value: f64) -> u64 {
    // Adding zero turns minus zero into zero.
    let bits = (value + 0.0).to_bits();
    let negative = bits >> 63;
    bits ^ (negative.wrapping_neg() | (1 << 63))
}

fn value(key: u64) -> f64 {
    let positive = key >> 63;
    f64::from_bits(key ^ (positive.wrapping_sub(1) | (1 << 63)))
}

/// A least-significant-digit radix sort; digits that are all alike cost nothing.
fn sort_by_digits(keys: &mut Vec<u64>) {
    let mut counts = vec![[0_usize; BUCKETS]; DIGITS];
    for &key in keys.iter() {
        for (digit, count) in counts.iter_mut().enumerate() {
            count[bucket(key, digit)] += 1;
        }
    }
    let mut other = vec![0_u64; keys.len()];
    for (digit, count) in counts.iter_mut().enumerate() {
        if count.contains(&keys.len()) {
            continue;
        }
        let mut start = 0;
        for slot in count.iter_mut() {
            start += std::mem::replace(slot, start);
        }
        for &key in keys.iter() {
            let slot = &mut count[bucket(key, digit)];
            other[*slot] = key;
            *slot += 1;
        }
        std::mem::swap(keys, &mut other);
    }
}

fn bucket(key: u64, digit: usize) -> usize {
    let shift = DIGIT_BITS * u32::try_from(digit).unwrap_or(0);
    let mask = u64::try_from(BUCKETS - 1).unwrap_or(0);
    usize::try_from((key >> shift) & mask).unwrap_or(0)
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
    let (mut i, mut j) = (0, 0);
    let mut twice_u = 0_u64;
    let mut ties = 0.0;
    let wide = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
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
    fn sorts_like_the_library() {
        for count in [0, 1, 5, 1000, 5000] {
            let mut state = 7_u64;
            let values: Vec<f64> = (0..count)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    f64::from_bits(state)
                })
                .filter(|value| value.is_finite())
                .collect();
            let mut expected = values.clone();
            expected.sort_by(f64::total_cmp);
            assert_eq!(ascending(&values), expected);
        }
    }
}
