//! Sorting finite floats fast, and walking two sorted samples together.

/// The values in ascending order; the two zeros are one value.
pub(crate) fn ascending(values: &[f64]) -> Vec<f64> {
    // Integers sort without the branches that a comparison of floats needs.
    let mut keys: Vec<u64> = values.iter().map(|&value| key(value)).collect();
    keys.sort_unstable();
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
    fn pairs_and_ties_are_counted() {
        let check = |x: &[f64], y: &[f64], twice_u: u64, ties: f64| {
            assert_eq!(compare(x, y), Comparison { twice_u, ties }, "{x:?} {y:?}");
        };
        check(&[1.0, 4.0, 6.0, 9.0], &[0.5, 5.0, 7.0], 14, 0.0);
        check(&[1.0, 2.0], &[2.0, 3.0], 1, 6.0);
        check(&[2.0, 2.0, 2.0], &[1.0], 6, 24.0);
        check(&[1.0], &[1.0, 1.0], 2, 24.0);
    }

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
