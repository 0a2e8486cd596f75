//! All metrics together: classify each, then score.

use thiserror::Error;

use crate::kayenta::Mode;
use crate::kayenta::classify::{Classification, MetricSettings, classify};
use crate::kayenta::score::{GroupWeight, Score, Scored, score};
use crate::kayenta::transform::Outliers;

/// The values of one metric, or of one tag set of it, on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricPair<'a> {
    /// The settings of the metric.
    pub settings: &'a MetricSettings,
    /// The new version's values, NaN where one is missing.
    pub experiment: &'a [f64],
    /// The old version's values.
    pub control: &'a [f64],
}

/// From which score on a judgement passes or is marginal, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// At or above: pass.
    pub pass: f64,
    /// At or above, but below `pass`: marginal.
    pub marginal: f64,
}

/// What all metrics come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// One result for each pair, in the order given.
    pub results: Vec<Classification>,
    /// The score and its groups.
    pub score: Score,
}

/// A judgement cannot be made at all.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum InvalidJudgement {
    /// The factor of an outlier filter is not above 0.
    #[error("the outlier factor of metric `{metric}` must be above 0, not {factor}")]
    OutlierFactor {
        /// The metric.
        metric: String,
        /// Its factor.
        factor: f64,
    },
}

/// Judges all pairs.
///
/// # Errors
///
/// [`InvalidJudgement`] when the settings of a metric make no sense.
pub fn judge(
    pairs: &[MetricPair<'_>],
    weights: &[GroupWeight],
    thresholds: Thresholds,
    mode: Mode,
) -> Result<Judgement, InvalidJudgement> {
    for pair in pairs {
        if let Outliers::Remove { factor } = pair.settings.outliers
            && !(0.0 < factor)
        {
            let metric = pair.settings.name.clone();
            return Err(InvalidJudgement::OutlierFactor { metric, factor });
        }
    }
    let results: Vec<Classification> = pairs
        .iter()
        .map(|pair| classify(pair.settings, pair.experiment, pair.control, mode))
        .collect();
    let scored: Vec<Scored<'_>> = pairs
        .iter()
        .zip(&results)
        .map(|(pair, result)| Scored {
            class: result.class,
            critical: result.critical,
            muted: pair.settings.muted,
            reason: result.reason.as_deref(),
            groups: &pair.settings.groups,
        })
        .collect();
    let score = score(&scored, weights, thresholds.pass, thresholds.marginal, mode);
    Ok(Judgement { results, score })
}
