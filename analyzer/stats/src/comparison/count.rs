//! Errors, or any counter: is the canary's rate higher than the baseline's?

use crate::boundary::{Boundary, LOOKS_MIN};
use crate::float::sorted_sum;
use crate::level::{Alpha, Dispersion, Ratio};
use crate::look::{Arm, Look};
use crate::ratio::{PodDispersion, PodSpread, RatioEvidence, RatioTest};

/// What to compare and how surely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountSettings {
    /// The ratio of rates that is tolerated: 1.1 is ten percent more.
    pub allowed: Ratio,
    /// The smallest ratio worth finding.
    pub effect: Ratio,
    /// The ratio that must be ruled out before an early promotion.
    pub rule_out: Ratio,
    /// The tolerated rate of false aborts over the whole run.
    pub alpha: Alpha,
    /// The tolerated rate of wrong early promotions.
    pub beta: Alpha,
    /// Which threshold the evidence is held against.
    pub boundary: Boundary,
    /// How many looks are declared.
    pub looks: Option<u32>,
    /// How many standard deviations of the pods' differences are granted to the canary.
    pub spread_z: f64,
}

impl CountSettings {
    /// No tolerance, tuned for half more events, ruling out twice as many, one in twenty.
    pub fn plain(looks: Option<u32>) -> Self {
        let ratio = |value: f64| Ratio::try_from(value).unwrap_or(Ratio::EQUAL);
        Self {
            allowed: Ratio::EQUAL,
            effect: ratio(1.5),
            rule_out: ratio(2.0),
            alpha: Alpha::ONE_IN_TWENTY,
            beta: Alpha::ONE_IN_TWENTY,
            boundary: Boundary::Auto,
            looks,
            spread_z: 1.0,
        }
    }

    /// The ratio to tolerate once the differences between pods are known.
    pub fn allowed_with(&self, spread: PodSpread, canary_pods: f64) -> Ratio {
        self.allowed.max(spread.tolerated(canary_pods, self.spread_z))
    }

    /// The test for harm at a tolerated ratio; a horizon threshold is calibrated with it.
    pub fn harm_test(&self, allowed: Ratio) -> RatioTest {
        RatioTest::harm(self.effect, allowed, self.looks, self.alpha)
    }
}

/// A count criterion with all that is known before the run.
#[derive(Clone, Debug, PartialEq)]
pub struct CountComparison {
    settings: CountSettings,
    harm: RatioTest,
    clearance: RatioTest,
    horizon: Option<f64>,
}

/// Where a count criterion stands.
#[derive(Clone, Debug, PartialEq)]
pub struct CountState {
    harm: RatioEvidence,
    clearance: RatioEvidence,
    dispersion: PodDispersion,
    noise: Dispersion,
    log_needed: f64,
    worse_at: Option<u64>,
    cleared_at: Option<u64>,
}

impl CountState {
    /// The log evidence that the canary is worse.
    pub fn log_e(&self) -> f64 {
        self.harm.log_e()
    }

    /// The log evidence that was needed at the last look.
    pub fn log_needed(&self) -> f64 {
        self.log_needed
    }

    /// The log evidence that the ratio to rule out is ruled out.
    pub fn clearance_log_e(&self) -> f64 {
        self.clearance.log_e()
    }

    /// The dispersion used at the last look.
    pub fn noise(&self) -> Dispersion {
        self.noise
    }

    /// The look, from 1, at which the canary was found worse.
    pub fn worse_at(&self) -> Option<u64> {
        self.worse_at
    }

    /// The look, from 1, at which the ratio to rule out was ruled out.
    pub fn cleared_at(&self) -> Option<u64> {
        self.cleared_at
    }

    /// How many looks had data in both arms.
    pub fn usable_looks(&self) -> u64 {
        self.harm.usable_looks()
    }
}

impl CountComparison {
    /// A criterion that tolerates `allowed`, see [`CountSettings::allowed_with`].
    ///
    /// An early promotion must then rule out as much less: what an unlucky draw of pods may hide.
    ///
    /// `horizon` is the log threshold calibrated for [`CountSettings::harm_test`]; without it the
    /// boundary is `1/α`.
    pub fn new(settings: CountSettings, allowed: Ratio, horizon: Option<f64>) -> Self {
        let granted = allowed.get() / settings.allowed.get();
        let rule_out = Ratio::try_from(settings.rule_out.get() / granted);
        let rule_out = rule_out.unwrap_or(settings.rule_out).max(Ratio::EQUAL);
        Self {
            settings,
            harm: settings.harm_test(allowed),
            clearance: RatioTest::clearance(rule_out, settings.beta),
            horizon,
        }
    }

    /// The state before the first look; `dispersion` has seen the history of the baseline's pods.
    pub fn start(&self, dispersion: PodDispersion) -> CountState {
        CountState {
            harm: self.harm.start(),
            clearance: self.clearance.start(),
            noise: dispersion.estimate(),
            dispersion,
            log_needed: self.settings.alpha.log_needed(),
            worse_at: None,
            cleared_at: None,
        }
    }

    /// The state after one more look at the pods of both arms.
    ///
    /// The noise is that known before the look. A canary whose pods carry more than the baseline's is
    /// granted more of it. Once found worse, or cleared, that stays.
    pub fn step(&self, mut state: CountState, canary: &[Arm], baseline: &[Arm]) -> CountState {
        let look = Look { canary: Arm::sum(canary), baseline: Arm::sum(baseline) };
        let load = concentration(canary) / concentration(baseline);
        state.noise = state.dispersion.estimate().for_load(load);
        state.harm = self.harm.step(state.harm, &look, state.noise);
        state.clearance = self.clearance.step(state.clearance, &look, state.noise);
        state.dispersion.record(baseline);
        let settings = &self.settings;
        state.log_needed = settings.boundary.log_needed(settings.alpha, state.noise, self.horizon);
        let enough = LOOKS_MIN <= state.harm.usable_looks() && look.is_usable();
        if enough && state.log_needed <= state.harm.log_e() {
            state.worse_at = state.worse_at.or(Some(state.harm.looks()));
        }
        let cleared = settings.beta.log_needed() <= state.clearance.log_e();
        if enough && cleared && state.worse_at.is_none() {
            state.cleared_at = state.cleared_at.or(Some(state.harm.looks()));
        }
        state
    }
}

/// The exposure of the pod that a request meets on average; NaN without any.
///
/// What a pod-wide swing weighs in an arm's sum grows with this, not with the number of pods.
pub(crate) fn concentration(pods: &[Arm]) -> f64 {
    let mut sizes: Vec<f64> = pods.iter().map(|pod| pod.exposure()).collect();
    let total = sorted_sum(&mut sizes);
    let mut squares: Vec<f64> = sizes.iter().map(|size| size * size).collect();
    sorted_sum(&mut squares) / total
}
