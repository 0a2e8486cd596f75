//! Means of values between 0 and 1, at any time, without any law assumed.

use crate::float::{index, size};
use crate::level::Alpha;
use crate::uniform::UniformInterval;

/// Bets on the next value from those before it: `(square root of evidence) / deviation so far`.
///
/// Source: Waudby-Smith and Ramdas (2024), arXiv 2010.09686, predictable plug-in.
fn bets(values: &[f64], log_needed: f64, most: f64) -> Vec<f64> {
    let (mut sum, mut squares, mut variance) = (0.5, 0.25, 0.25);
    let mut bets = Vec::with_capacity(values.len());
    for (t, &value) in values.iter().enumerate() {
        let t = size(t) + 1.0;
        bets.push(libm::sqrt(2.0 * log_needed / (t * libm::log1p(t) * variance)).min(most));
        sum += value;
        let mean = (sum / (t + 1.0)).min(1.0);
        squares += (value - mean) * (value - mean);
        variance = squares / (t + 1.0);
    }
    bets
}

/// The empirical Bernstein lower bound of the mean after each value; may lie below 0.
///
/// # Source
///
/// Waudby-Smith and Ramdas (2024), arXiv 2010.09686, theorem 2, bets of at most 1/2.
pub fn bernstein_lower(values: &[f64], alpha: Alpha) -> Vec<f64> {
    let bets = bets(values, alpha.log_needed(), 0.5);
    let mut sum = 0.0;
    let mut mean = 0.0;
    let terms = values.iter().zip(&bets).enumerate().map(|(t, (&value, &bet))| {
        let square = (value - mean) * (value - mean);
        sum += value;
        mean = sum / (size(t) + 1.0);
        (value, bet, square * (-libm::log1p(-bet) - bet))
    });
    lower_bounds(terms, alpha)
}

/// Both empirical Bernstein bounds after each value, within `[0, 1]`.
pub fn bernstein_interval(values: &[f64], alpha: Alpha) -> Vec<UniformInterval> {
    both_ways(values, alpha, bernstein_lower)
}

/// The Hoeffding lower bound of the mean after each value; may lie below 0.
///
/// # Source
///
/// Waudby-Smith and Ramdas (2024), arXiv 2010.09686, proposition 1.
pub fn hoeffding_lower(values: &[f64], alpha: Alpha) -> Vec<f64> {
    let terms = values.iter().enumerate().map(|(t, &value)| {
        let t = size(t) + 1.0;
        let bet = libm::sqrt(8.0 * alpha.log_needed() / (t * libm::log1p(t))).min(1.0);
        (value, bet, bet * bet / 8.0)
    });
    lower_bounds(terms, alpha)
}

/// Both Hoeffding bounds after each value, within `[0, 1]`.
pub fn hoeffding_interval(values: &[f64], alpha: Alpha) -> Vec<UniformInterval> {
    both_ways(values, alpha, hoeffding_lower)
}

/// Bounds from terms of value, bet and the price of the bet.
fn lower_bounds(terms: impl Iterator<Item = (f64, f64, f64)>, alpha: Alpha) -> Vec<f64> {
    let (mut bet_sum, mut value_sum, mut price_sum) = (0.0, 0.0, 0.0);
    terms
        .map(|(value, bet, price)| {
            bet_sum += bet;
            value_sum += bet * value;
            price_sum += price;
            (value_sum - alpha.log_needed() - price_sum) / bet_sum
        })
        .collect()
}

fn both_ways(
    values: &[f64],
    alpha: Alpha,
    lower: impl Fn(&[f64], Alpha) -> Vec<f64>,
) -> Vec<UniformInterval> {
    let half = Alpha::try_from(0.5 * alpha.share()).unwrap_or(alpha);
    let mirrored: Vec<f64> = values.iter().map(|value| 1.0 - value).collect();
    let ends = lower(values, half).into_iter().zip(lower(&mirrored, half));
    ends.map(|(lower, mirrored)| UniformInterval {
        lower: lower.max(0.0),
        upper: (1.0 - mirrored).min(1.0),
    })
    .collect()
}

/// The capital of two gamblers, up and down, against "the mean is `mean`", after each value.
///
/// `up_share` of the stake bets that the mean is higher; the larger of the two capitals counts. Bets
/// are cut at `most` times what cannot go bankrupt.
///
/// # Source
///
/// The hedged capital process, Waudby-Smith and Ramdas (2024), arXiv 2010.09686, section 4.
pub fn hedged_capital(
    values: &[f64],
    mean: f64,
    alpha: Alpha,
    up_share: f64,
    most: f64,
) -> Vec<f64> {
    let bets = bets(values, alpha.log_needed(), f64::INFINITY);
    let (mut up, mut down) = (1.0, 1.0);
    values
        .iter()
        .zip(bets)
        .map(|(value, bet)| {
            up *= 1.0 + bet.min(most / mean) * (value - mean);
            down *= 1.0 - bet.min(most / (1.0 - mean)) * (value - mean);
            f64::max(up_share * up, (1.0 - up_share) * down)
        })
        .collect()
}

/// The interval of means whose hedged capital is not above `1/alpha`, on a grid of `steps` steps.
///
/// Each gambler holds half the stake, so bets are sized for half of `alpha`.
///
/// After the first `count` values; one step wider on both sides, within `[0, 1]`.
pub fn hedged_interval(values: &[f64], count: usize, alpha: Alpha, steps: u32) -> UniformInterval {
    let values = &values[..count.min(values.len())];
    let at = |step: u32| f64::from(step) / f64::from(steps);
    let half = Alpha::try_from(0.5 * alpha.share()).unwrap_or(alpha);
    let kept = |step: &u32| {
        let capital = hedged_capital(values, at(*step), half, 0.5, 0.5);
        capital.last().is_none_or(|capital| !(1.0 / alpha.share() < *capital))
    };
    let first = (0..=steps).find(kept);
    let last = (0..=steps).rev().find(kept);
    match (first, last) {
        (Some(first), Some(last)) => UniformInterval {
            lower: (at(first) - at(1)).max(0.0),
            upper: (at(last) + at(1)).min(1.0),
        },
        (None, _) | (_, None) => UniformInterval { lower: 0.0, upper: 1.0 },
    }
}

/// The log capital of one gambler who bets that the mean is above `mean`, after each value.
///
/// Bets are sized for a two-sided level and cut at `most / mean`.
pub fn upward_log_capital(values: &[f64], mean: f64, alpha: Alpha, most: f64) -> Vec<f64> {
    let log_needed = alpha.log_needed() + std::f64::consts::LN_2;
    let mut log = 0.0;
    values
        .iter()
        .zip(bets(values, log_needed, most / mean))
        .map(|(value, bet)| {
            log += libm::log1p(bet * (value - mean));
            log
        })
        .collect()
}

/// The positions, from 0, of the counts `at` in a list of results after each value.
pub fn at_counts<T: Copy>(results: &[T], at: &[f64]) -> Vec<T> {
    at.iter().filter_map(|&count| results.get(index(count).checked_sub(1)?).copied()).collect()
}
