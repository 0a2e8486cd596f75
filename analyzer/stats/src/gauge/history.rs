//! What the baseline's pods did before the canary came: how noisy and how sticky the gauge is.

use crate::float::size;
use crate::gauge::autocorrelation::{AUTOCORRELATION_MAX, autocorrelation, prewhitened};

/// How many standard errors the autocorrelation is raised by.
const DOUBT: f64 = 0.5;

/// The noise of the paired difference of one canary arm against the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugeHistory {
    /// How much of a difference is still there one reading later, from 0 to 0.9.
    pub autocorrelation: f64,
    /// The variance of the prewhitened difference, in squared units of the readings.
    pub variance: f64,
}

impl GaugeHistory {
    /// Measures every pod against the mean of the others, as the canary will be measured.
    ///
    /// `pods[j][t]` is what pod `j` showed at instant `t`, on the scale of the test (logs by
    /// default). Series are cut to the shortest. `None` with fewer than two pods or four instants,
    /// or when a value is not finite: then nothing is known and the test must learn it.
    pub fn of_pods(pods: &[Vec<f64>], canary_pods: u32) -> Option<Self> {
        let length = pods.iter().map(Vec::len).min()?;
        let finite = pods.iter().all(|pod| pod.iter().take(length).all(|value| value.is_finite()));
        if pods.len() < 2 || length < 4 || !finite {
            return None;
        }
        let count = size(pods.len());
        let totals: Vec<f64> =
            (0..length).map(|t| pods.iter().map(|pod| pod[t]).sum::<f64>()).collect();
        let residuals: Vec<Vec<f64>> = pods
            .iter()
            .map(|pod| {
                let others = |t: usize| (totals[t] - pod[t]) / (count - 1.0);
                (0..length).map(|t| pod[t] - others(t)).collect()
            })
            .collect();
        let mean_of = |values: &[f64]| values.iter().sum::<f64>() / size(values.len());
        let per_pod: Vec<f64> = residuals.iter().map(|series| autocorrelation(series)).collect();
        let found = mean_of(&per_pod);
        // What too little data makes of it is a matter of luck: half a standard error is charged.
        let seen = size(length) * (count - 1.0);
        let doubt = DOUBT * libm::sqrt((1.0 - found * found) / seen);
        let autocorrelation = (found + doubt).min(AUTOCORRELATION_MAX);
        let news: Vec<f64> =
            residuals.iter().flat_map(|series| prewhitened(series, autocorrelation)).collect();
        let mean = mean_of(&news);
        let squares: Vec<f64> = news.iter().map(|value| (value - mean) * (value - mean)).collect();
        let draw = 1.0 / f64::from(canary_pods.max(1)) + 1.0 / count;
        let variance = mean_of(&squares) * draw / (1.0 + 1.0 / (count - 1.0));
        Some(Self { autocorrelation, variance })
    }

    /// Measures the level of all pods together, as a canary is measured against a constant.
    ///
    /// `pods` as for [`Self::of_pods`]; one pod is enough. What moves all pods does not cancel here.
    pub fn of_level(pods: &[Vec<f64>], canary_pods: u32) -> Option<Self> {
        let length = pods.iter().map(Vec::len).min()?;
        let count = size(pods.len());
        let level = |t: usize| pods.iter().map(|pod| pod[t]).sum::<f64>() / count;
        let series: Vec<f64> = (0..length).map(level).collect();
        if length < 4 || series.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let autocorrelation = autocorrelation(&series);
        let news = prewhitened(&series, autocorrelation);
        let mean = news.iter().sum::<f64>() / size(news.len());
        let square: f64 = news.iter().map(|value| (value - mean) * (value - mean)).sum();
        // Fewer pods average out less; what they have in common is then overstated, not understated.
        let draw = (count / f64::from(canary_pods.max(1))).max(1.0);
        Some(Self { autocorrelation, variance: square / size(news.len()) * draw })
    }
}
