//! Latency: are more of the canary's requests slow than of the baseline's?
//!
//! A quantile is not compared as such. Around it, the share of requests above each bucket bound is an
//! exact count, and the plain average of the bounds' evidence is evidence.

use crate::boundary::{Boundary, Calibration, LOOKS_MIN, calibrated};
use crate::comparison::noise::Noise;
use crate::histogram::{Histogram, average_log_e};
use crate::level::{Alpha, Dispersion, Ratio, Share};
use crate::look::{Arm, Look};
use crate::ratio::{PodDispersion, RatioEvidence, RatioTest};

/// What to compare and how surely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencySettings {
    /// The quantile that matters: 0.95.
    pub quantile: Share,
    /// How many times as long it may take: 1.05 is five percent more.
    pub slower: Ratio,
    /// The smallest ratio of shares worth finding: 1.25.
    pub effect: Ratio,
    /// The tolerated rate of false aborts over the whole run.
    pub alpha: Alpha,
    /// The ratio of shares that must be ruled out before an early promotion: 2.
    pub rule_out: Ratio,
    /// The tolerated rate of wrong early promotions.
    pub beta: Alpha,
    /// Which threshold the evidence is held against.
    pub boundary: Boundary,
    /// How many looks are declared.
    pub looks: Option<u32>,
}

impl LatencySettings {
    /// The log threshold of the declared horizon, for [`LatencyComparison::new`].
    ///
    /// For a single bound at the quantile with the requests planned for canary and baseline at each
    /// declared look: an average of several bounds stays below it more often still. `None`, which is
    /// `1/α`, where the boundary does not use one.
    pub fn horizon(&self, exposures: &[(f64, f64)], calibration: Calibration) -> Option<f64> {
        if !self.boundary.uses_horizon() || self.looks.is_none() {
            return None;
        }
        let test = RatioTest::harm(self.effect, Ratio::EQUAL, self.looks, self.alpha);
        let tail = 1.0 - self.quantile.get();
        calibrated(&test, exposures, tail, self.alpha, calibration)
    }
}

/// A latency criterion with all that is known before the run.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyComparison {
    settings: LatencySettings,
    bounds: Vec<(usize, RatioTest)>,
    clearance: RatioTest,
    horizon: Option<f64>,
}

/// Where a latency criterion stands.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyState {
    bounds: Vec<BoundState>,
    looks: u64,
    usable: u64,
    log_e: f64,
    log_needed: f64,
    clearance_log_e: f64,
    noise: Dispersion,
    worse_at: Option<u64>,
    cleared_at: Option<u64>,
}

/// Where one bucket bound stands.
#[derive(Clone, Debug, PartialEq)]
struct BoundState {
    harm: RatioEvidence,
    clearance: RatioEvidence,
    history: PodDispersion,
    noise: Option<Noise>,
}

impl LatencyState {
    /// The log evidence that the canary is slower.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// The log evidence that was needed at the last look.
    pub fn log_needed(&self) -> f64 {
        self.log_needed
    }

    /// The log evidence that the ratio to rule out is ruled out.
    pub fn clearance_log_e(&self) -> f64 {
        self.clearance_log_e
    }

    /// The largest dispersion of any bound at the last look.
    pub fn noise(&self) -> Dispersion {
        self.noise
    }

    /// The look, from 1, at which the canary was found slower.
    pub fn worse_at(&self) -> Option<u64> {
        self.worse_at
    }

    /// The look, from 1, at which the ratio to rule out was ruled out.
    pub fn cleared_at(&self) -> Option<u64> {
        self.cleared_at
    }

    /// How many looks there were.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// How many looks had data in both arms.
    pub fn usable_looks(&self) -> u64 {
        self.usable
    }

    /// Whether the noise could not be measured on pods: say "approximate guarantee".
    pub fn is_approximate(&self) -> bool {
        let approximate = |bound: &BoundState| match &bound.noise {
            Some(noise) => noise.is_approximate(),
            None => !bound.history.has_freedom(),
        };
        self.bounds.iter().any(approximate)
    }
}

impl LatencyComparison {
    /// A criterion on the bounds around the quantile, as the baseline's history shows them.
    ///
    /// `None` when no bucket bound lies inside the history's latencies: then nothing can be compared.
    pub fn new(
        settings: LatencySettings,
        history: &Histogram,
        horizon: Option<f64>,
    ) -> Option<Self> {
        let chosen = history.bounds_for(settings.quantile);
        if chosen.is_empty() {
            return None;
        }
        let test = |bound: usize| {
            let allowed = history.allowed_ratio(bound, settings.slower);
            let effect = Ratio::try_from(settings.effect.get() * allowed.get()).unwrap_or(allowed);
            (bound, RatioTest::harm(effect, allowed, settings.looks, settings.alpha))
        };
        let clearance = RatioTest::clearance(settings.rule_out, settings.beta);
        let bounds = chosen.into_iter().map(test).collect();
        Some(Self { settings, bounds, clearance, horizon })
    }

    /// The positions of the bucket bounds that are compared.
    pub fn bounds(&self) -> Vec<usize> {
        self.bounds.iter().map(|(bound, _)| *bound).collect()
    }

    /// The state before the first look.
    pub fn start(&self) -> LatencyState {
        let bound = |(_, test): &(usize, RatioTest)| BoundState {
            harm: test.start(),
            clearance: self.clearance.start(),
            history: PodDispersion::default(),
            noise: None,
        };
        LatencyState {
            bounds: self.bounds.iter().map(bound).collect(),
            looks: 0,
            usable: 0,
            log_e: 0.0,
            log_needed: self.settings.alpha.log_needed(),
            clearance_log_e: 0.0,
            noise: Dispersion::NONE,
            worse_at: None,
            cleared_at: None,
        }
    }

    /// Takes one interval of history: `pods[j][i]` is what pod `j` saw above `self.bounds()[i]`.
    ///
    /// All of it before the first look; later it changes nothing.
    pub fn record_history(&self, state: &mut LatencyState, pods: &[Vec<Arm>]) {
        for (at, bound) in state.bounds.iter_mut().enumerate() {
            bound.history.record(&at_bound(pods, at));
        }
    }

    /// The state after one more look, given what each pod saw above `self.bounds()`.
    pub fn step(
        &self,
        mut state: LatencyState,
        canary: &[Vec<Arm>],
        baseline: &[Vec<Arm>],
    ) -> LatencyState {
        state.looks = state.looks.saturating_add(1);
        state.noise = Dispersion::NONE;
        let mut usable = false;
        let mut evidence = Vec::with_capacity(self.bounds.len());
        let mut clearances = Vec::with_capacity(self.bounds.len());
        for (at, ((_, test), bound)) in self.bounds.iter().zip(&mut state.bounds).enumerate() {
            let (own, others) = (at_bound(canary, at), at_bound(baseline, at));
            let look = Look { canary: Arm::sum(&own), baseline: Arm::sum(&others) };
            let source = bound.noise.get_or_insert_with(|| Noise::new(bound.history.clone()));
            let noise = source.at(&own, &others);
            let quiet = source.for_clearance(noise);
            source.record(&look, &others);
            usable = usable || look.is_usable();
            let harm = std::mem::take(&mut bound.harm);
            bound.harm = test.step(harm, &look, noise);
            let clearance = std::mem::take(&mut bound.clearance);
            bound.clearance = self.clearance.step(clearance, &look, quiet);
            evidence.push(bound.harm.log_e());
            clearances.push(bound.clearance.log_e());
            if state.noise < noise {
                state.noise = noise;
            }
        }
        state.usable = state.usable.saturating_add(u64::from(usable));
        state.log_e = average_log_e(&evidence);
        state.clearance_log_e = average_log_e(&clearances);
        let settings = &self.settings;
        state.log_needed = settings.boundary.log_needed(settings.alpha, state.noise, self.horizon);
        let enough = usable && LOOKS_MIN <= state.usable;
        if enough && state.log_needed <= state.log_e {
            state.worse_at = state.worse_at.or(Some(state.looks));
        }
        let cleared = settings.beta.log_needed() <= state.clearance_log_e;
        if enough && cleared && state.worse_at.is_none() {
            state.cleared_at = state.cleared_at.or(Some(state.looks));
        }
        state
    }
}

fn at_bound(pods: &[Vec<Arm>], at: usize) -> Vec<Arm> {
    pods.iter().map(|pod| pod.get(at).copied().unwrap_or(Arm::NOTHING)).collect()
}
