//! Latency: are more of the canary's requests slow than of the baseline's?
//!
//! A quantile is not compared as such. Around it, the share of requests above each bucket bound is an
//! exact count, and the plain average of the bounds' evidence is evidence.

use crate::boundary::{Boundary, LOOKS_MIN};
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
    /// Which threshold the evidence is held against.
    pub boundary: Boundary,
    /// How many looks are declared.
    pub looks: Option<u32>,
}

/// A latency criterion with all that is known before the run.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyComparison {
    settings: LatencySettings,
    bounds: Vec<(usize, RatioTest)>,
    horizon: Option<f64>,
}

/// Where a latency criterion stands.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyState {
    bounds: Vec<(RatioEvidence, PodDispersion)>,
    looks: u64,
    usable: u64,
    log_e: f64,
    worse_at: Option<u64>,
}

impl LatencyState {
    /// The log evidence that the canary is slower.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// The look, from 1, at which the canary was found slower.
    pub fn worse_at(&self) -> Option<u64> {
        self.worse_at
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
        Some(Self { settings, bounds: chosen.into_iter().map(test).collect(), horizon })
    }

    /// The positions of the bucket bounds that are compared.
    pub fn bounds(&self) -> Vec<usize> {
        self.bounds.iter().map(|(bound, _)| *bound).collect()
    }

    /// The state before the first look.
    pub fn start(&self) -> LatencyState {
        let bounds =
            self.bounds.iter().map(|(_, test)| (test.start(), PodDispersion::default())).collect();
        LatencyState { bounds, looks: 0, usable: 0, log_e: 0.0, worse_at: None }
    }

    /// Takes one interval of history: `pods[j][i]` is what pod `j` saw above `self.bounds()[i]`.
    pub fn record_history(&self, state: &mut LatencyState, pods: &[Vec<Arm>]) {
        for (at, (_, dispersion)) in state.bounds.iter_mut().enumerate() {
            dispersion.record(&at_bound(pods, at));
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
        let mut usable = false;
        let mut noisiest = Dispersion::NONE;
        let mut evidence = Vec::with_capacity(self.bounds.len());
        for (at, ((_, test), (harm, dispersion))) in
            self.bounds.iter().zip(&mut state.bounds).enumerate()
        {
            let pods = at_bound(baseline, at);
            let look = Look { canary: Arm::sum(&at_bound(canary, at)), baseline: Arm::sum(&pods) };
            let noise = dispersion.estimate();
            usable = usable || look.is_usable();
            *harm = test.step(harm.clone(), &look, noise);
            evidence.push(harm.log_e());
            dispersion.record(&pods);
            if noisiest < noise {
                noisiest = noise;
            }
        }
        state.usable = state.usable.saturating_add(u64::from(usable));
        state.log_e = average_log_e(&evidence);
        let needed = self.settings.boundary.log_needed(self.settings.alpha, noisiest, self.horizon);
        if usable && LOOKS_MIN <= state.usable && needed <= state.log_e {
            state.worse_at = state.worse_at.or(Some(state.looks));
        }
        state
    }
}

fn at_bound(pods: &[Vec<Arm>], at: usize) -> Vec<Arm> {
    pods.iter().map(|pod| pod.get(at).copied().unwrap_or(Arm::NOTHING)).collect()
}
