//! One number from the points of one series in a window.

use crate::Dialect;
use crate::eval::EvalError;
use crate::eval::float::{KahanSum, count, mean, quantile, seconds};
use crate::eval::rate::{extrapolated, growth, instant};
use crate::eval::window::Window;
use crate::query::RangeFunction;

/// Applies `function`; `None` where it has no value, for example with too few points.
///
/// # Errors
///
/// A parameter that the function cannot take.
pub(super) fn apply(
    function: RangeFunction,
    window: &Window<'_>,
    parameters: &[f64],
) -> Result<Option<f64>, EvalError> {
    let values = window.values;
    let dialect = window.frame.dialect;
    let parameter = |index: usize| parameters.get(index).copied().unwrap_or(f64::NAN);
    Ok(match function {
        RangeFunction::Rate | RangeFunction::Increase | RangeFunction::Delta => {
            extrapolated(window, growth(function))
        }
        RangeFunction::Irate | RangeFunction::Idelta => instant(window, growth(function)),
        RangeFunction::AvgOverTime => Some(mean(values, dialect)),
        RangeFunction::SumOverTime => {
            let mut sum = KahanSum::default();
            values.iter().for_each(|&value| sum.add(value, dialect));
            Some(sum.total())
        }
        RangeFunction::CountOverTime => Some(count(values.len())),
        RangeFunction::MinOverTime => Some(extreme(values, |new, old| new < old)),
        RangeFunction::MaxOverTime => Some(extreme(values, |new, old| old < new)),
        RangeFunction::FirstOverTime => Some(window.first().1),
        RangeFunction::LastOverTime => Some(window.last().1),
        RangeFunction::PresentOverTime => Some(1.0),
        RangeFunction::StddevOverTime => Some(variance(values, dialect).sqrt()),
        RangeFunction::StdvarOverTime => Some(variance(values, dialect)),
        RangeFunction::MadOverTime => {
            let middle = quantile(0.5, &mut values.to_vec());
            let mut distances: Vec<f64> =
                values.iter().map(|value| (value - middle).abs()).collect();
            Some(quantile(0.5, &mut distances))
        }
        RangeFunction::QuantileOverTime => Some(quantile(parameter(0), &mut values.to_vec())),
        RangeFunction::Changes => {
            let differs = |pair: &&[f64]| {
                let (old, new) = (pair[0], pair[1]);
                !(old.is_nan() && new.is_nan())
                    && (old < new || new < old || old.is_nan() || new.is_nan())
            };
            Some(count(values.windows(2).filter(differs).count()))
        }
        RangeFunction::Resets => {
            Some(count(values.windows(2).filter(|pair| pair[1] < pair[0]).count()))
        }
        RangeFunction::Deriv => (2 <= values.len()).then(|| regression(window, window.first().0).0),
        RangeFunction::PredictLinear => (2 <= values.len()).then(|| {
            let (slope, now) = regression(window, window.frame.at_ms);
            slope * parameter(0) + now
        }),
        RangeFunction::DoubleExponentialSmoothing => smoothed(values, parameter(0), parameter(1))?,
    })
}

/// The value that beats all others; anything beats NaN.
fn extreme(values: &[f64], beats: impl Fn(f64, f64) -> bool) -> f64 {
    let mut best = values[0];
    for &value in values {
        if beats(value, best) || best.is_nan() {
            best = value;
        }
    }
    best
}

/// The variance of the population (Welford), with what rounding takes away kept.
fn variance(values: &[f64], dialect: Dialect) -> f64 {
    let (mut mean, mut squares) = (KahanSum::default(), KahanSum::default());
    for (index, &value) in values.iter().enumerate() {
        let distance = value - (mean.sum + mean.lost);
        mean.add(distance / count(index + 1), dialect);
        squares.add(distance * (value - (mean.sum + mean.lost)), dialect);
    }
    (squares.sum + squares.lost) / count(values.len())
}

/// Slope per second, and value at `origin_ms`, of the line with the least squares.
fn regression(window: &Window<'_>, origin_ms: i64) -> (f64, f64) {
    let dialect = window.frame.dialect;
    let first = window.values[0];
    if window.values.iter().all(|value| value.to_bits() == first.to_bits() && !value.is_nan()) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let (mut x_sum, mut y_sum) = (KahanSum::default(), KahanSum::default());
    let (mut xy_sum, mut xx_sum) = (KahanSum::default(), KahanSum::default());
    for (&time_ms, &y) in window.times_ms.iter().zip(window.values) {
        let x = seconds(time_ms.saturating_sub(origin_ms));
        x_sum.add(x, dialect);
        y_sum.add(y, dialect);
        xy_sum.add(x * y, dialect);
        xx_sum.add(x * x, dialect);
    }
    let n = count(window.values.len());
    let plain = |sum: KahanSum| sum.sum + sum.lost;
    let (x, y) = (plain(x_sum), plain(y_sum));
    let covariance = plain(xy_sum) - x * y / n;
    let variance = plain(xx_sum) - x * x / n;
    let slope = covariance / variance;
    (slope, y / n - slope * x / n)
}

/// Holt's double exponential smoothing; `None` with fewer than two points.
fn smoothed(values: &[f64], level: f64, trend: f64) -> Result<Option<f64>, EvalError> {
    for (name, factor) in [("smoothing", level), ("trend", trend)] {
        if !(0.0 < factor && factor < 1.0) {
            return Err(EvalError::BadFactor { name, factor });
        }
    }
    let [first, second, ..] = values else { return Ok(None) };
    let (mut before, mut now, mut slope) = (0.0, *first, second - first);
    for (index, value) in values.iter().enumerate().skip(1) {
        let weighed = level * value;
        if 1 < index {
            slope = trend * (now - before) + (1.0 - trend) * slope;
        }
        let rest = (1.0 - level) * (now + slope);
        before = std::mem::replace(&mut now, weighed + rest);
    }
    Ok(Some(now))
}
