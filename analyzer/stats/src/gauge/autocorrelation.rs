//! How much of a value is still there one reading later.

use crate::float::size;

/// The most autocorrelation that is believed; beyond it there is next to no information left.
pub const AUTOCORRELATION_MAX: f64 = 0.9;

/// The lag-one autocorrelation, corrected for its bias in short series, from 0 to 0.9.
///
/// A series shorter than 3 or without any variation gives 0.
///
/// # Source
///
/// Kendall (1954), Biometrika 41:403. Golden values: `fixtures/stats/statistics.json`, group
/// `autocorrelation`.
pub fn autocorrelation(series: &[f64]) -> f64 {
    let length = size(series.len());
    if series.len() < 3 {
        return 0.0;
    }
    let mean = series.iter().sum::<f64>() / length;
    // Scaled first, so that neither tiny nor huge values leave the range of a float.
    let reach = series.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max);
    if !(0.0 < reach && reach < f64::INFINITY) {
        return 0.0;
    }
    let centred = |value: &f64| (value - mean) / reach;
    let square: f64 = series.iter().map(|value| centred(value) * centred(value)).sum();
    let product: f64 = series.windows(2).map(|pair| centred(&pair[0]) * centred(&pair[1])).sum();
    let raw = product / square;
    (raw + (1.0 + 3.0 * raw) / length).clamp(0.0, AUTOCORRELATION_MAX)
}

/// The series with its autocorrelation taken out: one value shorter, same mean, long-run variance.
pub fn prewhitened(series: &[f64], autocorrelation: f64) -> Vec<f64> {
    series.windows(2).map(|pair| prewhiten(pair[0], pair[1], autocorrelation)).collect()
}

/// What is new in `value` when `previous` came before it.
pub(crate) fn prewhiten(previous: f64, value: f64, autocorrelation: f64) -> f64 {
    (value - autocorrelation * previous) / (1.0 - autocorrelation)
}
