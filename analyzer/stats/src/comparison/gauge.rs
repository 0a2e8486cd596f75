//! A gauge of the pods: does it lie higher in the canary than in the baseline?

use crate::float::size;
use crate::gauge::process::log_mean;
use crate::gauge::{GaugeEvidence, GaugeHistory, GaugeTest};
use crate::level::{Alpha, Ratio};

/// On which scale two arms are subtracted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GaugeScale {
    /// Logs of the arms' means, for values above 0: "ten percent more".
    Logs {
        /// The tolerated ratio.
        allowed: Ratio,
        /// The ratio to rule out before an early promotion.
        rule_out: Ratio,
    },
    /// The arms' means themselves, for values that may be 0 or less: "3 more".
    Plain {
        /// The tolerated difference, in units of the gauge.
        allowed: f64,
        /// The difference to rule out before an early promotion.
        rule_out: f64,
    },
}

/// What to compare and how surely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugeSettings {
    /// The scale, with what is tolerated on it.
    pub scale: GaugeScale,
    /// The tolerated rate of false aborts over the whole run.
    pub alpha: Alpha,
    /// The tolerated rate of wrong early promotions.
    pub beta: Alpha,
    /// How many looks are declared.
    pub looks: Option<u32>,
}

/// A gauge criterion with all that is known before the run.
///
/// Always held to `1/α`: its noise is estimated, and Ville's slack pays for that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugeComparison {
    settings: GaugeSettings,
    harm: GaugeTest,
    clearance: GaugeTest,
}

/// Where a gauge criterion stands.
#[derive(Clone, Debug, PartialEq)]
pub struct GaugeState {
    harm: GaugeEvidence,
    clearance: GaugeEvidence,
    looks: u64,
    usable: u64,
    sum: f64,
    approximate: bool,
    worse_at: Option<u64>,
    cleared_at: Option<u64>,
}

impl GaugeState {
    /// The log evidence that the canary lies higher.
    pub fn log_e(&self) -> f64 {
        self.harm.log_e()
    }

    /// The log evidence that what is to be ruled out is ruled out.
    pub fn clearance_log_e(&self) -> f64 {
        self.clearance.log_e()
    }

    /// The look, from 1, at which the canary was found worse.
    pub fn worse_at(&self) -> Option<u64> {
        self.worse_at
    }

    /// The look, from 1, at which it was cleared.
    pub fn cleared_at(&self) -> Option<u64> {
        self.cleared_at
    }

    /// How many looks there were.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// How many had a reading of both arms.
    pub fn usable_looks(&self) -> u64 {
        self.usable
    }

    /// The mean difference of the arms so far, on the scale of the test; NaN without a reading.
    ///
    /// On logs, `exp` of it is the ratio of the arms.
    pub fn difference(&self) -> f64 {
        self.sum / crate::float::real(self.usable)
    }

    /// Whether there was no history to measure the noise on: say "approximate guarantee".
    pub fn is_approximate(&self) -> bool {
        self.approximate
    }

    /// Whether the canary turned out to be clearly noisier than the baseline.
    pub fn is_noisier(&self) -> bool {
        self.harm.is_noisier()
    }
}

impl GaugeScale {
    /// The mean of an arm's pods on this scale; `None` when a pod has no usable value, or there is none.
    pub fn level(self, pods: &[f64]) -> Option<f64> {
        match self {
            Self::Logs { .. } => log_mean(pods),
            Self::Plain { .. } => {
                let usable = !pods.is_empty() && pods.iter().all(|value| value.is_finite());
                usable.then(|| pods.iter().map(|value| value / size(pods.len())).sum())
            }
        }
    }

    fn edges(self) -> (f64, f64) {
        match self {
            Self::Logs { allowed, rule_out } => {
                (libm::log(allowed.get()), libm::log(rule_out.get()))
            }
            Self::Plain { allowed, rule_out } => (allowed, rule_out),
        }
    }
}

impl GaugeComparison {
    /// A criterion with the noise the baseline's pods showed before the canary came.
    ///
    /// `history[j][t]` is what pod `j` read at instant `t`, in units of the gauge. With fewer than two
    /// pods or four instants the noise is learned on the way, and the guarantee is approximate.
    pub fn new(settings: GaugeSettings, history: &[Vec<f64>], canary_pods: u32) -> Self {
        let scaled = |series: &Vec<f64>| -> Vec<f64> {
            let level = |value: &f64| settings.scale.level(&[*value]).unwrap_or(f64::NAN);
            series.iter().map(level).collect()
        };
        let scaled: Vec<Vec<f64>> = history.iter().map(scaled).collect();
        let known = GaugeHistory::of_pods(&scaled, canary_pods);
        let (allowed, rule_out) = settings.scale.edges();
        Self {
            settings,
            harm: GaugeTest::new(allowed, known, settings.looks),
            clearance: GaugeTest::new(-rule_out, known, None),
        }
    }

    /// The state before the first look.
    pub fn start(&self) -> GaugeState {
        GaugeState {
            harm: self.harm.start(),
            clearance: self.clearance.start(),
            looks: 0,
            usable: 0,
            sum: 0.0,
            approximate: !self.harm.knows_history(),
            worse_at: None,
            cleared_at: None,
        }
    }

    /// The state after one more look at the pods of both arms, read at one instant.
    pub fn step(&self, mut state: GaugeState, canary: &[f64], baseline: &[f64]) -> GaugeState {
        let scale = self.settings.scale;
        let levels = scale.level(canary).zip(scale.level(baseline));
        let difference = levels.map(|(own, other)| own - other).filter(|value| value.is_finite());
        state.looks = state.looks.saturating_add(1);
        if let Some(difference) = difference {
            state.usable = state.usable.saturating_add(1);
            state.sum += difference;
        }
        state.harm = self.harm.step(state.harm, difference);
        state.clearance = self.clearance.step(state.clearance, difference.map(|value| -value));
        let (harm, settings) = (&state.harm, &self.settings);
        let usable = difference.is_some() && harm.is_decidable();
        if usable && settings.alpha.log_needed() <= harm.log_e() {
            state.worse_at = state.worse_at.or(Some(state.looks));
        }
        let cleared = settings.beta.log_needed() <= state.clearance.log_e();
        if usable && cleared && state.worse_at.is_none() {
            state.cleared_at = state.cleared_at.or(Some(state.looks));
        }
        state
    }

    /// Whether at least half of the looks, and enough of them, had readings of both arms.
    pub fn is_enough(&self, state: &GaugeState) -> bool {
        state.harm.is_decidable() && state.looks <= state.usable.saturating_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where 40 looks end at a canary that lies `shift` above a baseline of three pods around `level`.
    fn ends(scale: GaugeScale, level: f64, shift: f64) -> (bool, bool) {
        let alpha = Alpha::ONE_IN_TWENTY;
        let settings = GaugeSettings { scale, alpha, beta: alpha, looks: Some(40) };
        let wave = |t: u32, pod: u32| f64::from((t * (7 + pod) + 3 * pod) % 11) / 11.0 - 0.45;
        let pods = |t: u32| (0..3).map(|pod| level + wave(t, pod)).collect::<Vec<f64>>();
        let history: Vec<Vec<f64>> =
            (0..3).map(|pod| (0..60).map(|t| level + wave(t, pod)).collect()).collect();
        let comparison = GaugeComparison::new(settings, &history, 1);
        let mut state = comparison.start();
        for t in 0..40 {
            state = comparison.step(state, &[level + shift + wave(t, 3)], &pods(t));
        }
        assert!(comparison.is_enough(&state) && !state.is_approximate());
        assert!((state.difference() - shift).abs() < 0.2 || level > 5.0);
        (state.worse_at().is_some(), state.cleared_at().is_some())
    }

    #[test]
    fn a_scale_decides_what_higher_means() {
        let ratio = |value: f64| Ratio::try_from(value).unwrap();
        let logs = GaugeScale::Logs { allowed: ratio(1.1), rule_out: ratio(1.5) };
        let plain = GaugeScale::Plain { allowed: 0.2, rule_out: 2.0 };
        assert_eq!(ends(logs, 10.0, 0.0), (false, true));
        assert_eq!(ends(logs, 10.0, 5.0), (true, false));
        assert_eq!(ends(plain, 0.0, 0.0), (false, true));
        assert_eq!(ends(plain, 0.0, 2.0), (true, false));
    }

    #[test]
    fn readings_that_are_missing_are_not_evidence() {
        let ratio = |value: f64| Ratio::try_from(value).unwrap();
        let scale = GaugeScale::Logs { allowed: ratio(1.1), rule_out: ratio(1.5) };
        let alpha = Alpha::ONE_IN_TWENTY;
        let settings = GaugeSettings { scale, alpha, beta: alpha, looks: None };
        let comparison = GaugeComparison::new(settings, &[], 1);
        let mut state = comparison.start();
        for _ in 0..20 {
            state = comparison.step(state, &[0.0], &[1.0]); // a log of 0 is no number
            state = comparison.step(state, &[], &[1.0]);
            state = comparison.step(state, &[f64::NAN], &[1.0]);
        }
        assert_eq!((state.worse_at(), state.cleared_at(), state.usable_looks()), (None, None, 0));
        assert!(!comparison.is_enough(&state) && state.is_approximate());
    }
}
