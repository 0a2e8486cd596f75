//! The gauge criterion: paired differences in, evidence out.

use crate::float::{log_sum_exp, real};
use crate::gauge::autocorrelation::{Lagged, prewhiten};
use crate::gauge::history::GaugeHistory;
use crate::gauge::sequential_t::{Moments, VariancePrior, sequential_t_log_e};

/// What the variance from history weighs, in readings.
const HISTORY_WEIGHT: f64 = 5.0;
/// The prior precision of the mean over the deviation.
const PRECISION: f64 = 1.0;
/// Readings before a test without history says anything.
const READINGS_MIN_WITHOUT_HISTORY: u64 = 8;
/// The autocorrelation that is assumed before any is seen, and how many readings that weighs.
const ASSUMED_AUTOCORRELATION: (f64, f64) = (0.8, 16.0);
/// Readings before anything is decided.
pub const READINGS_MIN: u64 = 5;
/// Readings from which on the canary's own variance is held against that of history.
const VARIANCE_READINGS: u64 = 4;
/// How many times the variance of history is too much to go on believing it.
const VARIANCE_EXCESS: f64 = 2.0;
/// The weights of a change that begins at the start, and after each quarter.
const START_WEIGHTS: [f64; 4] = [0.5, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0];

/// What to test; made once for a metric, shared by all its looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugeTest {
    allowed: f64,
    /// From history; without it, it is learned on the way.
    autocorrelation: Option<f64>,
    prior: VariancePrior,
    quarter: u64,
}

/// The evidence so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugeEvidence {
    previous: Option<f64>,
    lagged: Lagged,
    readings: u64,
    noisier: bool,
    starts: [Moments; 4],
    log_e: f64,
}

impl GaugeEvidence {
    /// The log e-value: 0 at the start, `ln(1/α)` or more rejects.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// How many differences, after prewhitening, the evidence rests on.
    pub fn readings(&self) -> u64 {
        self.readings
    }

    /// Whether there are readings enough to decide on, [`READINGS_MIN`] of them.
    pub fn is_decidable(&self) -> bool {
        READINGS_MIN <= self.readings
    }

    /// Whether the readings vary so much more than history did that it is no longer believed.
    pub fn is_noisier(&self) -> bool {
        self.noisier
    }

    /// The mean difference beyond what is allowed, and its standard deviation, both prewhitened.
    pub fn excess(&self) -> (f64, f64) {
        (self.starts[0].mean(), libm::sqrt(self.starts[0].variance()))
    }
}

impl GaugeTest {
    /// A test of "the difference is at most `allowed` on average", on the scale of the differences.
    ///
    /// On the default log scale `allowed` is `ln(1 + maxIncrease)`. `looks` is how many are declared;
    /// the test also bets on a change that begins after each quarter of them. Without history the
    /// deviation and the autocorrelation are learned on the way: an approximate guarantee.
    pub fn new(allowed: f64, history: Option<GaugeHistory>, looks: Option<u32>) -> Self {
        let prior = history.map_or(VariancePrior::UNKNOWN, |history| VariancePrior {
            variance: history.variance,
            weight: HISTORY_WEIGHT,
        });
        Self {
            allowed,
            autocorrelation: history.map(|history| history.autocorrelation),
            prior,
            quarter: u64::from(looks.unwrap_or(0) / 4),
        }
    }

    /// No evidence yet.
    pub fn start(&self) -> GaugeEvidence {
        GaugeEvidence {
            previous: None,
            lagged: Lagged::default(),
            readings: 0,
            noisier: false,
            starts: [Moments::default(); 4],
            log_e: 0.0,
        }
    }

    /// Whether the noise was measured before the run.
    pub fn knows_history(&self) -> bool {
        self.autocorrelation.is_some()
    }

    /// The evidence after one more paired difference, canary minus baseline.
    ///
    /// `None` or a value that is not finite is a look without data: it changes no evidence, and the
    /// next difference only serves as a new beginning.
    pub fn step(&self, mut state: GaugeEvidence, difference: Option<f64>) -> GaugeEvidence {
        let difference = difference.filter(|value| value.is_finite());
        let previous = std::mem::replace(&mut state.previous, difference);
        let Some(value) = difference else { return state };
        // Only what came before this reading may say how much of it is not new.
        let kept = self.autocorrelation.unwrap_or_else(|| {
            let (assumed, weight) = ASSUMED_AUTOCORRELATION;
            state.lagged.shrunk_to(assumed, weight)
        });
        state.lagged = state.lagged.with(previous, value);
        let Some(previous) = previous else { return state };
        let news = prewhiten(previous, value, kept) - self.allowed;
        let index = state.readings;
        state.readings = state.readings.saturating_add(1);
        let mut terms = [0.0; 4];
        for (position, moments) in (0_u64..).zip(state.starts.iter_mut()) {
            let begun = position == 0 || (0 < self.quarter && position * self.quarter <= index);
            if begun {
                *moments = moments.with(news);
            }
        }
        state.noisier = self.is_noisier_than_history(state.starts[0]);
        let prior = if state.noisier { VariancePrior::UNKNOWN } else { self.prior };
        for ((term, moments), weight) in terms.iter_mut().zip(&state.starts).zip(START_WEIGHTS) {
            *term = self.log_e(*moments, prior) + libm::log(weight);
        }
        state.log_e = log_sum_exp(terms.iter().copied());
        state
    }

    /// History is not believed any more once the canary is clearly noisier than that.
    fn is_noisier_than_history(&self, all: Moments) -> bool {
        let noisier = VARIANCE_EXCESS * self.prior.variance < all.variance();
        0.0 < self.prior.weight && VARIANCE_READINGS <= all.count() && noisier
    }

    fn log_e(&self, moments: Moments, prior: VariancePrior) -> f64 {
        let known = 0.0 < prior.weight;
        if moments.count() == 0 || (!known && moments.count() < READINGS_MIN_WITHOUT_HISTORY) {
            return 0.0;
        }
        sequential_t_log_e(moments, PRECISION, prior)
    }
}

/// The mean of the logs of an arm's pods at one instant; `None` unless all are positive and finite.
pub fn log_mean(pods: &[f64]) -> Option<f64> {
    if pods.is_empty() || pods.iter().any(|value| !(0.0 < *value && value.is_finite())) {
        return None;
    }
    let count = real(u64::try_from(pods.len()).unwrap_or(u64::MAX));
    Some(libm::log(pods.iter().map(|value| value / count).sum::<f64>()))
}
