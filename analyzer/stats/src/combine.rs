//! Several metrics, one level: averages of e-values, and which metrics may be blamed.
//!
//! An average of e-values is an e-value however the metrics depend on each other.

use thiserror::Error;

use crate::float::{log_add_exp, log_sum_exp, real, size};
use crate::level::Alpha;

/// The weights of several metrics do not fit their e-values.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum InvalidWeights {
    /// There are not as many weights as e-values, or none.
    #[error("{values} values need as many weights, not {weights}")]
    Count {
        /// How many e-values there are.
        values: usize,
        /// How many weights.
        weights: usize,
    },
    /// A weight is negative or not finite, or all are 0.
    #[error("weights are positive or 0 with a sum above 0, not {sum} in all")]
    Values {
        /// The sum of the weights.
        sum: f64,
    },
}

/// The log of the weighted average of e-values given as logs; weights are scaled to sum to 1.
///
/// # Errors
///
/// [`InvalidWeights`] when weights and values do not fit or no weight is above 0.
///
/// # Source
///
/// Vovk and Wang (2021), Ann. Stat. 49:1736.
pub fn weighted_average(log_e: &[f64], weights: &[f64]) -> Result<f64, InvalidWeights> {
    if log_e.len() != weights.len() || log_e.is_empty() {
        return Err(InvalidWeights::Count { values: log_e.len(), weights: weights.len() });
    }
    let sum: f64 = weights.iter().sum();
    let usable = weights.iter().all(|weight| 0.0 <= *weight && weight.is_finite());
    let positive = 0.0 < sum && sum.is_finite();
    if !usable || !positive {
        return Err(InvalidWeights::Values { sum });
    }
    let terms = log_e.iter().zip(weights).filter(|(_, weight)| 0.0 < **weight);
    Ok(log_sum_exp(terms.map(|(log_e, weight)| log_e + libm::log(weight / sum))))
}

/// Which metrics may be named as harmful with a family-wise error rate of at most `alpha`.
///
/// Metric `j` is named when for every set of metrics that holds `j` the average evidence reaches
/// `1/alpha`. It is enough to look at `j` with the weakest others.
///
/// # Source
///
/// Closed testing with averages, Vovk and Wang (2021). Golden values:
/// `fixtures/stats/statistics.json`, group `e_holm`.
pub fn culprits(log_e: &[f64], alpha: Alpha) -> Vec<bool> {
    let mut order: Vec<usize> = (0..log_e.len()).collect();
    order.sort_by(|&a, &b| log_e[a].total_cmp(&log_e[b]));
    let named = |metric: usize| {
        let mut sum = log_e[metric];
        let mut members = 1_u64;
        let mut holds = alpha.log_needed() <= sum;
        for &other in order.iter().filter(|&&other| other != metric) {
            sum = log_add_exp(sum, log_e[other]);
            members += 1;
            holds = holds && alpha.log_needed() <= sum - libm::log(real(members));
        }
        holds
    };
    (0..log_e.len()).map(named).collect()
}

/// Which metrics may be listed with an expected share of wrong ones of at most `alpha`.
///
/// # Source
///
/// The e-BH procedure, Wang and Ramdas (2022), arXiv 2009.02824.
pub fn false_discovery_list(log_e: &[f64], alpha: Alpha) -> Vec<bool> {
    let mut sorted = log_e.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let count = size(log_e.len());
    let needed = |rank: usize| libm::log(count / size(rank)) + alpha.log_needed();
    let listed = (1..=sorted.len()).rev().find(|&rank| needed(rank) <= sorted[rank - 1]);
    let Some(listed) = listed else { return vec![false; log_e.len()] };
    let limit = sorted[listed - 1];
    log_e.iter().map(|value| limit <= *value).collect()
}

/// A p-value as an e-value by the calibrator `κ p^(κ-1)`, for `κ` strictly between 0 and 1.
///
/// NaN for a p-value outside `[0, 1]` or another `κ`; infinite for a p-value of 0.
pub fn calibrated(p: f64, kappa: f64) -> f64 {
    let inside = 0.0 < kappa && kappa < 1.0;
    if !(0.0..=1.0).contains(&p) || !inside {
        return f64::NAN;
    }
    kappa * libm::pow(p, kappa - 1.0)
}

/// A p-value as an e-value by the average of all `κ p^(κ-1)`; 1/2 at a p-value of 1.
///
/// NaN for a p-value outside `[0, 1]`; infinite for a p-value of 0.
///
/// # Source
///
/// Vovk and Wang (2021), Ann. Stat. 49:1736.
pub fn calibrated_by_average(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p <= 0.0 {
        return f64::INFINITY;
    }
    let log = libm::log(p);
    if log.abs() < 1e-4 {
        // The series around 1, where both sides of the fraction vanish.
        return 0.5 - log / 6.0;
    }
    (1.0 - p + p * log) / (p * log * log)
}
