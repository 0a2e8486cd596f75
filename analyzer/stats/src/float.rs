//! Arithmetic that every statistic here leans on: exact casts, sums in logs, sums in one order.

/// A count as a float; exact up to 2^53, which is more requests than a rollout sees.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53; above it is rounding")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

/// A length as a float.
pub(crate) fn size(length: usize) -> f64 {
    real(u64::try_from(length).unwrap_or(u64::MAX))
}

/// The whole part of a float as a count; what is negative or NaN is 0, what is too large the maximum.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates at both ends, which is what is wanted, and is documented"
)]
pub(crate) fn whole(value: f64) -> u64 {
    value as u64
}

/// The whole part of a float as an index; saturates like [`whole`].
pub(crate) fn index(value: f64) -> usize {
    usize::try_from(whole(value)).unwrap_or(usize::MAX)
}

/// `ln(e^a + e^b)` without overflow; minus infinity stands for nothing.
pub(crate) fn log_add_exp(a: f64, b: f64) -> f64 {
    let (large, small) = if a < b { (b, a) } else { (a, b) };
    // The smaller one is below the last digit of the larger one from here on.
    if small == f64::NEG_INFINITY || small < large - 40.0 {
        large
    } else {
        large + libm::log1p(libm::exp(small - large))
    }
}

/// `ln(sum of e^term)`; minus infinity for no terms.
pub(crate) fn log_sum_exp(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    let sum: f64 = terms.map(|term| libm::exp(term - largest)).sum();
    largest + libm::log(sum)
}

/// The sum in ascending order, so that the order of the terms cannot show in the last digit.
///
/// Leaves the terms in that order.
pub(crate) fn sorted_sum(terms: &mut [f64]) -> f64 {
    // Equal terms, the usual case of pods that carry alike, are in order already.
    let in_order = terms.windows(2).all(|pair| pair[0] <= pair[1]);
    if !in_order {
        terms.sort_unstable_by(f64::total_cmp);
    }
    terms.iter().sum()
}

/// `count` points from `low` to `high`, each the same factor above the one before.
pub(crate) fn geometric_points(low: f64, high: f64, count: usize) -> Vec<f64> {
    let (log_low, log_high) = (libm::log(low), libm::log(high));
    let steps = size(count.saturating_sub(1)).max(1.0);
    (0..count)
        .map(|k| {
            if k == 0 {
                low
            } else if k + 1 == count {
                high
            } else {
                libm::exp(log_low + (log_high - log_low) * size(k) / steps)
            }
        })
        .collect()
}

/// The point in `[low, high]` at which `below` turns from true to false, by halving.
///
/// Ends when the two sides are neighbours to the last digit, at the latest after 200 halvings.
pub(crate) fn bisect(mut low: f64, mut high: f64, mut below: impl FnMut(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || high <= middle {
            break;
        }
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
