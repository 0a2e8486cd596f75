//! What happens to a side's values before they are compared.

use crate::float::{index, real, size};

/// What becomes of NaN.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NanStrategy {
    /// It is dropped.
    Remove,
    /// It counts as 0.
    Replace,
}

/// Whether values far from the others are cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outliers {
    /// All values are kept.
    Keep,
    /// Values beyond so many interquartile ranges are cut; the factor must be above 0.
    Remove {
        /// How many interquartile ranges from the quartiles, 3 by default.
        factor: f64,
    },
}

/// What a side comes to after the transformation; all 0 without values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, with one degree of freedom taken off; 0 for one value.
    pub deviation: f64,
    /// How many values.
    pub count: u64,
}

/// The values after NaN and outliers were dealt with, in the order given.
pub fn transformed(values: &[f64], nan: NanStrategy, outliers: Outliers) -> Vec<f64> {
    let without_nan: Vec<f64> = match nan {
        NanStrategy::Remove => values.iter().copied().filter(|value| !value.is_nan()).collect(),
        NanStrategy::Replace => {
            values.iter().map(|&value| if value.is_nan() { 0.0 } else { value }).collect()
        }
    };
    match outliers {
        Outliers::Keep => without_nan,
        Outliers::Remove { factor } => {
            let outside = outside_fences(&without_nan, factor, true);
            let kept = without_nan.into_iter().zip(outside).filter(|(_, outside)| !outside);
            kept.map(|(value, _)| value).collect()
        }
    }
}

/// Which values lie beyond `factor` interquartile ranges outside the quartiles.
///
/// `mild` moves the fences out to the 1st and 99th percentile, as the judge does.
pub fn outside_fences(values: &[f64], factor: f64, mild: bool) -> Vec<bool> {
    let (lower_quartile, upper_quartile) = (percentile(values, 25.0), percentile(values, 75.0));
    let reach = factor * (upper_quartile - lower_quartile);
    let (mut low, mut high) = (lower_quartile - reach, upper_quartile + reach);
    if mild {
        low = low.min(percentile(values, 1.0));
        high = high.max(percentile(values, 99.0));
    }
    values.iter().map(|&value| value < low || high < value).collect()
}

/// Which values lie more than `factor` standard deviations from the mean.
///
/// The judge does not use it; its vectors do.
pub fn outside_deviations(values: &[f64], factor: f64) -> Vec<bool> {
    let statistics = statistics(values);
    let reach = factor * statistics.deviation;
    values.iter().map(|&value| reach < (value - statistics.mean).abs()).collect()
}

/// The percentile, from 0 to 100, linear between neighbours (R's type 7); NaN without values.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = (percent / 100.0).clamp(0.0, 1.0) * size(last);
    let low = index(position).min(last);
    let high = (low + 1).min(last);
    let part = position - size(low);
    if part <= 0.0 { sorted[low] } else { sorted[low] + part * (sorted[high] - sorted[low]) }
}

/// The mean in two passes: the second takes out what the first rounded; NaN without values.
pub fn mean(values: &[f64]) -> f64 {
    let count = size(values.len());
    let first = values.iter().sum::<f64>() / count;
    first + values.iter().map(|value| value - first).sum::<f64>() / count
}

/// Smallest, largest, mean, deviation and count.
pub fn statistics(values: &[f64]) -> Statistics {
    if values.is_empty() {
        return Statistics::default();
    }
    let mean = mean(values);
    let square: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let slack: f64 = values.iter().map(|value| value - mean).sum();
    let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
    let freedom = real(count) - 1.0;
    let variance = (square - slack * slack / real(count)) / freedom.max(1.0);
    Statistics {
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        mean,
        deviation: if count < 2 { 0.0 } else { libm::sqrt(variance) },
        count,
    }
}
