//! How large a difference is, beside whether there is one.

use crate::float::size;
use crate::kayenta::interval::rank_sum;
use crate::kayenta::transform::mean;

/// What an effect is measured in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EffectMeasure {
    /// The mean of the experiment over that of the control.
    MeanRatio,
    /// The chance that a value of the experiment is the larger of two.
    CommonLanguage,
}

/// How large an effect must be to count, and to be critical.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectSize {
    /// What it is measured in.
    pub measure: EffectMeasure,
    /// High from this value on.
    pub allowed_increase: f64,
    /// Low up to this value.
    pub allowed_decrease: f64,
    /// Critical from this value on.
    pub critical_increase: f64,
    /// Critical up to this value.
    pub critical_decrease: f64,
}

impl EffectSize {
    /// No gate beyond the sign: 1 for a mean ratio, 0.5 for the common language effect.
    pub fn none(measure: EffectMeasure) -> Self {
        let neutral = match measure {
            EffectMeasure::MeanRatio => 1.0,
            EffectMeasure::CommonLanguage => 0.5,
        };
        Self {
            measure,
            allowed_increase: neutral,
            allowed_decrease: neutral,
            critical_increase: neutral,
            critical_decrease: neutral,
        }
    }
}

/// The effect in the given measure; NaN where it does not exist.
pub fn effect(measure: EffectMeasure, experiment: &[f64], control: &[f64]) -> f64 {
    match measure {
        EffectMeasure::MeanRatio => mean_ratio(experiment, control),
        EffectMeasure::CommonLanguage => common_language(experiment, control),
    }
}

/// The ratio of the means; NaN when either is 0.
pub fn mean_ratio(experiment: &[f64], control: &[f64]) -> f64 {
    let (own, other) = (mean(experiment), mean(control));
    let zero = |mean: f64| mean.abs() <= 0.0;
    if zero(own) || zero(other) { f64::NAN } else { own / other }
}

/// The chance that the experiment's value is the larger of two, equal ones counted half.
pub fn common_language(experiment: &[f64], control: &[f64]) -> f64 {
    let (n, m) = (size(experiment.len()), size(control.len()));
    let sum = rank_sum(experiment, control, 0.0).sum;
    (2.0 * sum - n * (n + 1.0)) / (2.0 * n * m)
}

/// The distance of the means in pooled standard deviations; the judge does not use it.
pub fn cohens_d(experiment: &[f64], control: &[f64]) -> f64 {
    let (own, other) = (mean(experiment), mean(control));
    let spread = |values: &[f64]| {
        let mean = mean(values);
        values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
    };
    let freedom = size(experiment.len() + control.len()) - 2.0;
    let pooled = libm::sqrt((spread(experiment) + spread(control)) / freedom);
    (own - other).abs() / pooled
}
