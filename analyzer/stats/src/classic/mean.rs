//! Welch's t-test: do two means differ when the deviations may too?

use crate::classic::sample::Sample;
use crate::classic::{Alternative, Insufficient};
use crate::float::{real, size};
use crate::level::Confidence;
use crate::special::{student_cdf, student_quantile, student_sf};

/// What a sample comes to: how many values, their mean and their standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, with one degree of freedom taken off.
    pub deviation: f64,
}

/// Welch's test and the interval of the difference of the means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// The t statistic, of the first mean minus the second.
    pub t: f64,
    /// Its degrees of freedom, by Welch and Satterthwaite.
    pub freedom: f64,
    /// The p-value, from 0 to 1.
    pub p: f64,
    /// The lower end of the interval of the difference; minus infinity for a one-sided "less".
    pub lower: f64,
    /// The upper end; infinite for a one-sided "greater".
    pub upper: f64,
}

/// Sums up a sample; both passes are scaled, so that no value is too large or too small.
///
/// # Errors
///
/// [`Insufficient`] for fewer than two values.
pub fn summary(sample: Sample<'_>) -> Result<Summary, Insufficient> {
    let values = sample.values();
    if values.len() < 2 {
        return Err(Insufficient::Values { needed: 2, found: values.len() });
    }
    let count = size(values.len());
    let mean: f64 = values.iter().map(|value| value / count).sum();
    let reach = values.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max);
    let square = |value: &f64| ((value - mean) / reach) * ((value - mean) / reach);
    let deviation = if 0.0 < reach {
        reach * libm::sqrt(values.iter().map(square).sum::<f64>() / (count - 1.0))
    } else {
        0.0
    };
    Ok(Summary { count: u64::try_from(values.len()).unwrap_or(u64::MAX), mean, deviation })
}

/// Welch's t-test of two samples.
///
/// # Errors
///
/// [`Insufficient`] for fewer than two values in a sample, or when neither varies.
///
/// # Source
///
/// Welch (1947), Biometrika 34:28. Golden values: SciPy and R, `fixtures/stats/statistics.json`,
/// group `welch_t`.
pub fn welch(
    x: Sample<'_>,
    y: Sample<'_>,
    alternative: Alternative,
    level: Confidence,
) -> Result<Welch, Insufficient> {
    welch_of_summaries(summary(x)?, summary(y)?, alternative, level)
}

/// Welch's t-test of two samples that are summed up already.
///
/// # Errors
///
/// As for [`welch`].
pub fn welch_of_summaries(
    x: Summary,
    y: Summary,
    alternative: Alternative,
    level: Confidence,
) -> Result<Welch, Insufficient> {
    let fewest = x.count.min(y.count);
    if fewest < 2 {
        let found = usize::try_from(fewest).unwrap_or(0);
        return Err(Insufficient::Values { needed: 2, found });
    }
    let scale = x.deviation.max(y.deviation);
    if !(0.0 < scale && scale < f64::INFINITY) {
        return Err(Insufficient::NoVariation);
    }
    let part = |sample: Summary| {
        (sample.deviation / scale) * (sample.deviation / scale) / real(sample.count)
    };
    let (own, other) = (part(x), part(y));
    let error = libm::sqrt(own + other);
    let freedom = (own + other) * (own + other)
        / (own * own / (real(x.count) - 1.0) + other * other / (real(y.count) - 1.0));
    let difference = x.mean - y.mean;
    let t = difference / (error * scale);
    let reach = |p: f64| student_quantile(p, freedom) * error * scale;
    let inside = level.share();
    let (p, lower, upper) = match alternative {
        Alternative::TwoSided => {
            let reach = reach(0.5 + 0.5 * inside);
            (2.0 * student_sf(t.abs(), freedom), difference - reach, difference + reach)
        }
        Alternative::Greater => (student_sf(t, freedom), difference - reach(inside), f64::INFINITY),
        Alternative::Less => {
            (student_cdf(t, freedom), f64::NEG_INFINITY, difference + reach(inside))
        }
    };
    Ok(Welch { t, freedom, p: p.min(1.0), lower, upper })
}
