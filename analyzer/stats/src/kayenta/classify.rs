//! One metric: is the experiment higher, lower, or neither?

use crate::classic::{Sample, shift::shift};
use crate::draw::Draw;
use crate::kayenta::effect::{EffectMeasure, EffectSize, effect, mean_ratio};
use crate::kayenta::interval::{ShiftInterval, shift_interval};
use crate::kayenta::transform::{NanStrategy, Outliers, Statistics, mean, statistics, transformed};
use crate::kayenta::{Mode, TOLERANCE};
use crate::level::Confidence;

/// Points a side needs in strict mode; with fewer the original can never fail a metric.
pub const STRICT_POINTS_MIN: usize = 5;
/// The deviation, as a share of the value, of the noise put on two constants.
const NOISE_SHARE: f64 = 1e-5;

/// Which way a metric must not go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Up.
    Increase,
    /// Down.
    Decrease,
    /// Neither way.
    Either,
}

/// The settings of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSettings {
    /// Its name, as it stands in the reasons.
    pub name: String,
    /// The groups it counts in.
    pub groups: Vec<String>,
    /// Which way it must not go.
    pub direction: Direction,
    /// What becomes of NaN.
    pub nan: NanStrategy,
    /// Whether outliers are cut.
    pub outliers: Outliers,
    /// Whether its failure fails everything.
    pub critical: bool,
    /// Whether missing data counts as a failure.
    pub must_have_data: bool,
    /// Whether it is left out of the score.
    pub muted: bool,
    /// How large an effect must be.
    pub effect: EffectSize,
    /// The tolerated shift as a share of the estimate; [`TOLERANCE`] in the original.
    pub tolerance: f64,
    /// The confidence of the interval; 0.98 in the original.
    pub confidence: Confidence,
}

impl MetricSettings {
    /// The defaults of the original.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            groups: Vec::new(),
            direction: Direction::Either,
            nan: NanStrategy::Remove,
            outliers: Outliers::Keep,
            critical: false,
            must_have_data: false,
            muted: false,
            effect: EffectSize::none(EffectMeasure::MeanRatio),
            tolerance: TOLERANCE,
            confidence: Confidence::NINETY_EIGHT,
        }
    }
}

/// What a metric was found to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// Neither high nor low.
    Pass,
    /// Higher than the control.
    High,
    /// Lower than the control.
    Low,
    /// A side has no data.
    NoData,
    /// A side has no data, which counts as a failure.
    NoDataFailMetric,
    /// The comparison could not be made.
    Error,
}

/// The class of a metric and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// What the metric was found to be.
    pub class: Class,
    /// Why, in the words of the original.
    pub reason: Option<String>,
    /// Whether this alone fails everything.
    pub critical: bool,
    /// The ratio of the means; NaN when one is 0, nothing after an error.
    pub ratio: Option<f64>,
    /// The interval of the shift, where it was computed.
    pub interval: Option<ShiftInterval>,
    /// The effect in the chosen measure, where it was computed.
    pub effect: Option<f64>,
    /// What the experiment comes to.
    pub experiment: Statistics,
    /// What the control comes to.
    pub control: Statistics,
}

/// Classifies one metric from the raw values of both sides.
pub fn classify(
    settings: &MetricSettings,
    experiment: &[f64],
    control: &[f64],
    mode: Mode,
) -> Classification {
    let x = transformed(experiment, settings.nan, settings.outliers);
    let y = transformed(control, settings.nan, settings.outliers);
    let base = Classification {
        class: Class::Pass,
        reason: None,
        critical: false,
        ratio: Some(1.0),
        interval: None,
        effect: None,
        experiment: statistics(&x),
        control: statistics(&y),
    };
    match mode {
        Mode::Compatible => compatible(settings, &x, &y, base),
        Mode::Strict => strict(settings, (experiment, control), (&x, &y), base),
    }
}

fn compatible(
    settings: &MetricSettings,
    x: &[f64],
    y: &[f64],
    base: Classification,
) -> Classification {
    if x.is_empty() || y.is_empty() {
        return match settings.nan {
            NanStrategy::Replace => base,
            NanStrategy::Remove => missing(settings, base),
        };
    }
    if same_values(x, y) {
        let reason = Some("The Canary and Baseline data are identical".to_owned());
        return Classification { reason, ..base };
    }
    if is_constant(x) && is_constant(y) && x[0].total_cmp(&y[0]).is_eq() {
        return base;
    }
    let noisy = is_constant(x) && is_constant(y);
    let (x, y) = if noisy { with_noise(x, y) } else { (x.to_vec(), y.to_vec()) };
    match shift_interval(&x, &y, settings.confidence) {
        Ok(interval) => decided(settings, &x, &y, interval, base),
        Err(_) => failed_to_classify(base),
    }
}

fn failed_to_classify(base: Classification) -> Classification {
    let reason = Some("Metric Classification Failed".to_owned());
    Classification { class: Class::Error, reason, ratio: None, ..base }
}

fn missing(settings: &MetricSettings, base: Classification) -> Classification {
    let fails = settings.must_have_data && !settings.critical;
    let class = if fails { Class::NoDataFailMetric } else { Class::NoData };
    let reason = Some(format!("Missing data for {}", settings.name));
    Classification { class, reason, critical: settings.critical, ..base }
}

/// High, low or neither, from the interval and the effect.
fn decided(
    settings: &MetricSettings,
    x: &[f64],
    y: &[f64],
    interval: ShiftInterval,
    base: Classification,
) -> Classification {
    let size = effect(settings.effect.measure, x, y);
    let ratio = Some(mean_ratio(x, y));
    let class = class_of(settings, interval, size);
    let critical = settings.critical
        && match class {
            Class::High => size.is_nan() || settings.effect.critical_increase <= size,
            Class::Low => size.is_nan() || size <= settings.effect.critical_decrease,
            Class::Pass | Class::NoData | Class::NoDataFailMetric | Class::Error => false,
        };
    let (name, word) = (&settings.name, if class == Class::High { "High" } else { "Low" });
    let reason = match class {
        Class::High | Class::Low if critical => {
            Some(format!("The metric {name} was classified as {word} (Critical)"))
        }
        Class::High | Class::Low => Some(format!("{name} was classified as {word}")),
        Class::Pass | Class::NoData | Class::NoDataFailMetric | Class::Error => None,
    };
    Classification {
        class,
        reason,
        critical,
        ratio,
        interval: Some(interval),
        effect: Some(size),
        ..base
    }
}

fn class_of(settings: &MetricSettings, interval: ShiftInterval, size: f64) -> Class {
    let bound = settings.tolerance * interval.estimate.abs();
    let may_rise = settings.direction == Direction::Decrease;
    let may_fall = settings.direction == Direction::Increase;
    let large = size.is_nan() || settings.effect.allowed_increase <= size;
    let small = size.is_nan() || size <= settings.effect.allowed_decrease;
    if !may_rise && bound < interval.low && large {
        Class::High
    } else if !may_fall && interval.high < -bound && small {
        Class::Low
    } else {
        Class::Pass
    }
}

/// The same settings without the holes: exact interval ends at any scale, no noise, no evidence from
/// too few points, infinities are an error, and a ratio of means counts only when both are positive.
fn strict(
    settings: &MetricSettings,
    raw: (&[f64], &[f64]),
    sides: (&[f64], &[f64]),
    base: Classification,
) -> Classification {
    let present = |values: &[f64]| values.iter().any(|value| !value.is_nan());
    let (x, y) = sides;
    let points = x.len().min(y.len());
    if !present(raw.0) || !present(raw.1) || points < STRICT_POINTS_MIN {
        return missing(settings, base);
    }
    let (Ok(own), Ok(other)) = (Sample::new(x), Sample::new(y)) else {
        let reason = Some(format!("{} holds infinite values", settings.name));
        let critical = settings.critical;
        return Classification { class: Class::Error, reason, critical, ratio: None, ..base };
    };
    let interval = if is_constant(x) && is_constant(y) {
        let shift = x[0] - y[0];
        ShiftInterval { low: shift, high: shift, estimate: shift }
    } else {
        match shift(own, other, settings.confidence) {
            Ok(found) => {
                ShiftInterval { low: found.lower, high: found.upper, estimate: found.estimate }
            }
            Err(_) => return failed_to_classify(base),
        }
    };
    let mut settings = settings.clone();
    let positive = 0.0 < mean(x) && 0.0 < mean(y);
    if settings.effect.measure == EffectMeasure::MeanRatio && !positive {
        // A ratio of means says nothing here; the shift alone decides, and it is critical.
        settings.effect = EffectSize::none(EffectMeasure::CommonLanguage);
    }
    decided(&settings, x, y, interval, base)
}

fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] <= pair[0])
}

fn same_values(x: &[f64], y: &[f64]) -> bool {
    let sorted = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    };
    sorted(x) == sorted(y)
}

/// Two constants with a little noise on them, so that the test can be computed.
///
/// The original draws it without a seed and so gives another answer each time; ours is always the
/// same.
fn with_noise(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut draw = Draw::new(0, 0);
    let mut noisy = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|value| value + draw.normal() * value * NOISE_SHARE).collect()
    };
    (noisy(x), noisy(y))
}
