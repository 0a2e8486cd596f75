//! Shares of events and of traffic, at any time.

use crate::float::{bisect, real};
use crate::level::Alpha;
use crate::special::ln_beta;
use crate::uniform::{Mixture, UniformInterval};

/// The interval of a share by the sub-Bernoulli mixture, tightest at `t_best` tries.
///
/// # Source
///
/// Howard et al. (2021), arXiv 1810.08240, proposition 7. Golden values: confseq,
/// `fixtures/stats/statistics.json`.
pub fn bernoulli_interval(events: u64, tries: u64, t_best: f64, alpha: Alpha) -> UniformInterval {
    let n = real(tries);
    let found = real(events) / n;
    let rejected = |p: f64| {
        let variance = p * (1.0 - p);
        let mixture = Mixture::beta_binomial(variance * t_best, p, 1.0 - p, false, alpha);
        alpha.log_needed() <= mixture.log_e((found - p) * n, variance * n)
    };
    around(found, rejected)
}

/// The interval of a share by the mixture with a beta prior of the given parameters.
///
/// # Source
///
/// Robbins (1970); the ratio of the beta-binomial to the binomial law.
pub fn beta_mixture_interval(
    events: u64,
    tries: u64,
    prior: (f64, f64),
    alpha: Alpha,
) -> UniformInterval {
    let (s, f) = (real(events), real(tries.saturating_sub(events)));
    let constant = ln_beta(prior.0 + s, prior.1 + f) - ln_beta(prior.0, prior.1);
    let log_e = |p: f64| constant - s * libm::log(p) - f * libm::log1p(-p);
    around(s / (s + f), |p| alpha.log_needed() <= log_e(p))
}

/// The ends of the interval around `centre` in which nothing is rejected, within `[0, 1]`.
fn around(centre: f64, rejected: impl Fn(f64) -> bool) -> UniformInterval {
    UniformInterval {
        lower: if 0.0 < centre { bisect(0.0, centre, &rejected) } else { 0.0 },
        upper: if centre < 1.0 { bisect(centre, 1.0, |p| !rejected(p)) } else { 1.0 },
    }
}

/// The log e-value for "events fall on the arms with the given shares", from the counts so far.
///
/// `strength` is the weight of the prior around the shares, in events. Two-sided: any other shares
/// count against it. Divide the counts by a dispersion first where events come in bunches.
///
/// # Source
///
/// Lindon and Malek (2022), arXiv 2011.03567, Dirichlet-multinomial. Golden values: savvi,
/// `fixtures/stats/statistics.json`, group `lindon_malek`.
pub fn share_log_e(counts: &[f64], shares: &[f64], strength: f64) -> f64 {
    against(counts, shares, shares, strength)
}

fn against(counts: &[f64], shares: &[f64], prior: &[f64], strength: f64) -> f64 {
    let ln_gamma = crate::special::ln_gamma;
    let total: f64 = counts.iter().sum();
    let whole: f64 = prior.iter().sum();
    let arms: f64 = counts
        .iter()
        .zip(prior)
        .zip(shares)
        .map(|((&count, &prior), &share)| {
            let weight = strength * prior / whole;
            let likelihood = if 0.0 < count { count * libm::log(share) } else { 0.0 };
            ln_gamma(weight + count) - ln_gamma(weight) - likelihood
        })
        .sum();
    arms - ln_gamma(strength + total) + ln_gamma(strength)
}

/// The interval of the first arm's share of two, at any time, with a prior around `expected`.
pub fn share_interval(
    counts: (f64, f64),
    expected: f64,
    strength: f64,
    alpha: Alpha,
) -> UniformInterval {
    let prior = [expected, 1.0 - expected];
    let rejected = |share: f64| {
        let shares = [share, 1.0 - share];
        alpha.log_needed() <= against(&[counts.0, counts.1], &shares, &prior, strength)
    };
    around(counts.0 / (counts.0 + counts.1), rejected)
}

/// The log e-value for "both arms have one share", after each block of equal sizes.
///
/// Learns both shares from the blocks before, starting from `prior` events and non-events each.
///
/// # Source
///
/// Turner, Ly and Grünwald (2024), arXiv 2106.02693. Golden values: safestats,
/// `fixtures/stats/statistics.json`, group `safe_2x2`.
pub fn safe_two_by_two(blocks: &[(u64, u64)], sizes: (u64, u64), prior: f64) -> Vec<f64> {
    let (na, nb) = (real(sizes.0), real(sizes.1));
    let mut seen = [(0.0, 0.0); 2];
    let mut log_e = 0.0;
    blocks
        .iter()
        .map(|&(a, b)| {
            let rate =
                |(events, others): (f64, f64)| (events + prior) / (events + others + 2.0 * prior);
            let (pa, pb) = (rate(seen[0]), rate(seen[1]));
            let common = (na * pa + nb * pb) / (na + nb);
            let gain = |events: f64, size: f64, p: f64| {
                events * libm::log(p / common)
                    + (size - events) * libm::log((1.0 - p) / (1.0 - common))
            };
            let (a, b) = (real(a), real(b));
            log_e += gain(a, na, pa) + gain(b, nb, pb);
            seen[0] = (seen[0].0 + a, seen[0].1 + na - a);
            seen[1] = (seen[1].0 + b, seen[1].1 + nb - b);
            log_e
        })
        .collect()
}
