//! The canary against a constant: a share of events above an objective, a gauge above a limit.
//!
//! There is no baseline to cancel what hits everything, so an outage next door counts as well. Give
//! such a criterion a small part of the run's level.

use crate::boundary::LOOKS_MIN;
use crate::comparison::noise::Noise;
use crate::float::real;
use crate::gauge::{GaugeEvidence, GaugeHistory, GaugeTest};
use crate::level::{Alpha, Dispersion, Ratio, Share};
use crate::look::{Arm, Look};
use crate::ratio::limit::InvalidLimit;
use crate::ratio::{LimitTest, PodDispersion, RatioEvidence};

/// What the dispersion counts as before anything is known of it.
const PRIOR: f64 = 1.5;
/// How many looks that belief weighs.
const PRIOR_LOOKS: f64 = 8.0;
/// The looks a dispersion is measured on; later ones change it little.
const LOOKS_KEPT_MAX: usize = 1_000;

/// "At most this share of requests fails", looked at as often as one likes.
#[derive(Clone, Debug, PartialEq)]
pub struct CountLimit {
    test: LimitTest,
    alpha: Alpha,
}

/// Where a limit on a share stands.
#[derive(Clone, Debug, PartialEq)]
pub struct CountLimitState {
    evidence: RatioEvidence,
    source: Noise,
    noise: Dispersion,
    /// The looks so far, kept only where there is nothing else to measure the noise on.
    own: Vec<Arm>,
    total: Arm,
    worse_at: Option<u64>,
}

impl CountLimit {
    /// A criterion on the share of events, tuned for shares of `effect` times the limit and more.
    ///
    /// # Errors
    ///
    /// [`InvalidLimit`] unless the limit lies strictly between 0 and 0.9.
    pub fn new(
        limit: Share,
        effect: Ratio,
        looks: Option<u32>,
        alpha: Alpha,
    ) -> Result<Self, InvalidLimit> {
        Ok(Self { test: LimitTest::new(limit, effect, looks, alpha)?, alpha })
    }

    /// The state before the first look; `dispersion` has seen the history of pods like the canary's.
    pub fn start(&self, dispersion: PodDispersion) -> CountLimitState {
        CountLimitState {
            evidence: self.test.start(),
            noise: dispersion.estimate(),
            source: Noise::new(dispersion),
            own: Vec::new(),
            total: Arm::NOTHING,
            worse_at: None,
        }
    }

    /// The state after one more look at the canary's pods.
    ///
    /// `baseline` serves to measure the noise alone and may be empty: then the noise is that of
    /// history, and when there is none either, how far the canary's own share wanders from look to
    /// look, with an approximate guarantee.
    pub fn step(
        &self,
        mut state: CountLimitState,
        canary: &[Arm],
        baseline: &[Arm],
    ) -> CountLimitState {
        let arm = Arm::sum(canary);
        let measured = !baseline.is_empty() || !state.source.is_approximate();
        state.noise = if !measured {
            dispersion_over_time(&state.own)
        } else if baseline.is_empty() {
            state.source.at(canary, canary)
        } else {
            state.source.at(canary, baseline)
        };
        if !measured && arm.is_observed() && state.own.len() < LOOKS_KEPT_MAX {
            state.own.push(arm);
        }
        state.source.record(&Look { canary: arm, baseline: Arm::sum(baseline) }, baseline);
        state.total = Arm::sum(&[state.total, arm]);
        state.evidence = self.test.step(state.evidence, arm, state.noise);
        let enough = LOOKS_MIN <= state.evidence.usable_looks() && arm.is_observed();
        if enough && self.alpha.log_needed() <= state.evidence.log_e() {
            state.worse_at = state.worse_at.or(Some(state.evidence.looks()));
        }
        state
    }
}

/// How far an arm's share of events wanders around its mean, over single looks and batches of them.
///
/// Drawn towards [`PRIOR`] as if that had been seen for [`PRIOR_LOOKS`] looks.
fn dispersion_over_time(looks: &[Arm]) -> Dispersion {
    let all = Arm::sum(looks);
    let at_scale = |&length: &usize| {
        let batches = looks.chunks_exact(length).map(|batch| {
            let batch = Arm::sum(batch);
            let expected = all.rate() * batch.exposure();
            let residual = real(batch.events()) - expected;
            if 0.0 < expected { (residual * residual / expected, 1.0) } else { (0.0, 0.0) }
        });
        let (square, count) =
            batches.fold((0.0, 0.0), |sum, batch| (sum.0 + batch.0, sum.1 + batch.1));
        (PRIOR_LOOKS * PRIOR + square) / (PRIOR_LOOKS + f64::max(count - 1.0, 0.0))
    };
    Dispersion::at_least_one([1, 4, 8].iter().map(at_scale).fold(1.0, f64::max))
}

impl CountLimitState {
    /// The log evidence that the share is above the limit.
    pub fn log_e(&self) -> f64 {
        self.evidence.log_e()
    }

    /// The look, from 1, at which it was found above.
    pub fn worse_at(&self) -> Option<u64> {
        self.worse_at
    }

    /// The dispersion used at the last look.
    pub fn noise(&self) -> Dispersion {
        self.noise
    }

    /// Events and requests so far.
    pub fn total(&self) -> Arm {
        self.total
    }

    /// How many looks had requests, and how many there were.
    pub fn looks(&self) -> (u64, u64) {
        (self.evidence.usable_looks(), self.evidence.looks())
    }
}

/// "The gauge is at most this on average", looked at as often as one likes.
///
/// Readings are the canary's mean minus the limit, or the difference of their logs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugeLimit {
    test: GaugeTest,
    alpha: Alpha,
}

impl GaugeLimit {
    /// A criterion on the level; `history` as [`GaugeHistory::of_level`] has it from pods like these.
    pub fn new(history: Option<GaugeHistory>, looks: Option<u32>, alpha: Alpha) -> Self {
        Self { test: GaugeTest::new(0.0, history, looks), alpha }
    }

    /// No evidence yet.
    pub fn start(&self) -> GaugeEvidence {
        self.test.start()
    }

    /// The evidence after one more reading above (or below) the limit; `None` is no reading.
    pub fn step(&self, evidence: GaugeEvidence, above: Option<f64>) -> GaugeEvidence {
        self.test.step(evidence, above)
    }

    /// Whether the evidence is enough to say that the limit is exceeded.
    pub fn is_worse(&self, evidence: &GaugeEvidence) -> bool {
        evidence.is_decidable() && self.alpha.log_needed() <= evidence.log_e()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_above_the_limit_is_found_and_one_below_is_not() {
        let check = |events: u64, worse: bool| {
            let (limit, effect) = (Share::try_from(0.01).unwrap(), Ratio::try_from(1.5).unwrap());
            let limit = CountLimit::new(limit, effect, Some(30), Alpha::ONE_IN_TWENTY).unwrap();
            let mut state = limit.start(PodDispersion::default());
            for _ in 0..30 {
                state = limit.step(state, &[Arm::of_requests(events, 1000)], &[]);
            }
            assert_eq!(state.worse_at().is_some(), worse, "{events}");
            assert_eq!(state.looks(), (30, 30));
            let noise = state.noise().get();
            assert!(
                (1.0..=1.5).contains(&noise),
                "{noise}: always the same count, hardly any noise"
            );
        };
        check(20, true);
        check(10, false);
        check(2, false);
    }

    #[test]
    fn a_level_above_the_limit_is_found_and_one_below_is_not() {
        let check = |level: f64, worse: bool| {
            let limit = GaugeLimit::new(None, Some(40), Alpha::ONE_IN_TWENTY);
            let mut evidence = limit.start();
            for t in 0..40_u32 {
                let wave = f64::from((t * 7) % 11) / 11.0 - 0.45;
                evidence = limit.step(evidence, Some(level + wave));
            }
            assert_eq!(limit.is_worse(&evidence), worse, "{level}");
        };
        check(1.0, true);
        check(0.0, false);
        check(-1.0, false);
    }
}
