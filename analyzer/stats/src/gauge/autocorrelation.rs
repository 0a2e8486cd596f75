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

/// The lag-one autocorrelation of a series that comes one value at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Lagged {
    /// The first value: all sums are taken around it, so that a large level costs no digits.
    origin: Option<f64>,
    count: f64,
    sum: f64,
    squares: f64,
    pairs: f64,
    products: f64,
    /// Of each pair, the sums of the earlier and the later value.
    ends: (f64, f64),
}

impl Lagged {
    /// The sums with one more value; `previous` is the one before it, if it was not missing.
    pub(crate) fn with(mut self, previous: Option<f64>, value: f64) -> Self {
        let origin = *self.origin.get_or_insert(value);
        let now = value - origin;
        self.count += 1.0;
        self.sum += now;
        self.squares += now * now;
        if let Some(before) = previous.map(|previous| previous - origin) {
            self.pairs += 1.0;
            self.products += before * now;
            self.ends = (self.ends.0 + before, self.ends.1 + now);
        }
        self
    }

    /// The corrected autocorrelation, drawn towards `assumed` as if that had been seen `weight` times.
    pub(crate) fn shrunk_to(self, assumed: f64, weight: f64) -> f64 {
        let mean = self.sum / self.count;
        let square = self.squares - self.sum * mean;
        let product = self.products - mean * (self.ends.0 + self.ends.1) + self.pairs * mean * mean;
        let raw = product / square;
        if self.count < 3.0 || !raw.is_finite() || 1.0 < raw.abs() {
            return assumed;
        }
        let corrected = raw + (1.0 + 3.0 * raw) / self.count;
        let shrunk = (self.count * corrected + weight * assumed) / (self.count + weight);
        shrunk.clamp(0.0, AUTOCORRELATION_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_at_a_time_gives_the_same_answer() {
        let series: Vec<f64> =
            (0..40_u32).map(|t| 1e6 + f64::from((t * t + 3 * t) % 17 / (1 + t % 2))).collect();
        let mut lagged = Lagged::default();
        let mut previous = None;
        for &value in &series {
            lagged = lagged.with(previous, value);
            previous = Some(value);
        }
        let found = lagged.shrunk_to(0.0, 0.0);
        assert!((found - autocorrelation(&series)).abs() < 1e-9, "{found}");
        assert!((Lagged::default().shrunk_to(0.4, 8.0) - 0.4).abs() < 1e-15);
    }
}
