//! Errors, or any counter: is the canary's rate higher (or lower) than the baseline's?

use crate::boundary::{Boundary, Calibration, LOOKS_MIN, calibrated};
use crate::comparison::noise::Noise;
use crate::comparison::suspicion::Suspicion;
use crate::float::log_add_exp;
use crate::level::{Alpha, Dispersion, Ratio};
use crate::look::{Arm, Look};
use crate::ratio::{PodDispersion, PodSpread, RatioEvidence, RatioTest};

/// Which way a change is harmful.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// More events than the baseline: errors.
    Increase,
    /// Fewer events than the baseline: orders, logins.
    Decrease,
    /// Either; the average of both evidences, so twice as much is needed.
    Both,
}

/// What to compare and how surely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountSettings {
    /// Which way a change is harmful.
    pub direction: Direction,
    /// The ratio of rates that is tolerated: 1.1 is ten percent more (or, for a decrease, a baseline
    /// that has ten percent more than the canary).
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
    /// A smaller difference of the rates never counts as worse, in events per exposure, from 0.
    pub excess_min: f64,
    /// Exposure of each arm below which nothing can be said at the end of the run.
    pub exposure_min: f64,
}

impl CountSettings {
    /// No tolerance, tuned for half more events, ruling out twice as many, one in twenty.
    pub fn plain(looks: Option<u32>) -> Self {
        let ratio = |value: f64| Ratio::try_from(value).unwrap_or(Ratio::EQUAL);
        Self {
            direction: Direction::Increase,
            allowed: Ratio::EQUAL,
            effect: ratio(1.5),
            rule_out: ratio(2.0),
            alpha: Alpha::ONE_IN_TWENTY,
            beta: Alpha::ONE_IN_TWENTY,
            boundary: Boundary::Auto,
            looks,
            spread_z: 1.0,
            excess_min: 0.0,
            exposure_min: 0.0,
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

    /// The log threshold of the declared horizon, for [`CountComparison::new`].
    ///
    /// `exposures` are those planned for canary and baseline at each declared look, `rate` the
    /// baseline's events per exposure. `None`, which is `1/α`, where the boundary does not use one,
    /// without declared looks, and for [`Direction::Both`], whose null is not simulated.
    pub fn horizon(
        &self,
        allowed: Ratio,
        exposures: &[(f64, f64)],
        rate: f64,
        calibration: Calibration,
    ) -> Option<f64> {
        if !self.boundary.uses_horizon() || self.looks.is_none() {
            return None;
        }
        let test = self.harm_test(allowed);
        match self.direction {
            Direction::Increase => calibrated(&test, exposures, rate, self.alpha, calibration),
            Direction::Decrease => {
                let swapped: Vec<(f64, f64)> = exposures.iter().map(|&(n, m)| (m, n)).collect();
                calibrated(&test, &swapped, rate / allowed.get(), self.alpha, calibration)
            }
            Direction::Both => None,
        }
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

/// The evidence on one direction.
#[derive(Clone, Debug, PartialEq)]
struct Side {
    swapped: bool,
    harm: RatioEvidence,
    clearance: RatioEvidence,
    suspicion: Suspicion,
}

/// Where a count criterion stands.
#[derive(Clone, Debug, PartialEq)]
pub struct CountState {
    sides: Vec<Side>,
    source: Noise,
    noise: Dispersion,
    log_e: f64,
    log_needed: f64,
    looks: u64,
    usable: u64,
    totals: Look,
    worse_at: Option<u64>,
    cleared_at: Option<u64>,
}

impl CountState {
    /// The log evidence that the canary is worse.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// The log evidence that was needed at the last look.
    pub fn log_needed(&self) -> f64 {
        self.log_needed
    }

    /// The log evidence that the ratio to rule out is ruled out, the weaker of two directions.
    pub fn clearance_log_e(&self) -> f64 {
        self.sides.iter().map(|side| side.clearance.log_e()).fold(f64::INFINITY, f64::min)
    }

    /// The dispersion used at the last look.
    pub fn noise(&self) -> Dispersion {
        self.noise
    }

    /// Whether the noise could not be measured on pods: say "approximate guarantee".
    pub fn is_approximate(&self) -> bool {
        self.source.is_approximate()
    }

    /// The look, from 1, at which the canary was found worse.
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

    /// Events and exposure of both arms so far.
    pub fn totals(&self) -> Look {
        self.totals
    }

    /// The change since it most likely began, in the direction that is most suspect.
    ///
    /// For a decrease the ratio is baseline over canary.
    pub fn suspicion(&self) -> Suspicion {
        let strongest = self.sides.iter().max_by(|a, b| a.harm.log_e().total_cmp(&b.harm.log_e()));
        strongest.map(|side| side.suspicion).unwrap_or_default()
    }
}

impl CountComparison {
    /// A criterion that tolerates `allowed`, see [`CountSettings::allowed_with`].
    ///
    /// An early promotion must then rule out as much less: what an unlucky draw of pods may hide.
    ///
    /// `horizon` is the log threshold of [`CountSettings::horizon`]; without it the boundary is `1/α`.
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
        let side = |swapped: bool| Side {
            swapped,
            harm: self.harm.start(),
            clearance: self.clearance.start(),
            suspicion: Suspicion::default(),
        };
        CountState {
            sides: match self.settings.direction {
                Direction::Increase => vec![side(false)],
                Direction::Decrease => vec![side(true)],
                Direction::Both => vec![side(false), side(true)],
            },
            noise: dispersion.estimate(),
            source: Noise::new(dispersion),
            log_e: 0.0,
            log_needed: self.settings.alpha.log_needed(),
            looks: 0,
            usable: 0,
            totals: Look { canary: Arm::NOTHING, baseline: Arm::NOTHING },
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
        state.noise = state.source.at(canary, baseline);
        state.source.record(&look, baseline);
        state.looks = state.looks.saturating_add(1);
        state.usable = state.usable.saturating_add(u64::from(look.is_usable()));
        state.totals = Look {
            canary: Arm::sum(&[state.totals.canary, look.canary]),
            baseline: Arm::sum(&[state.totals.baseline, look.baseline]),
        };
        let (settings, noise) = (&self.settings, state.noise);
        let quiet = state.source.for_clearance(noise);
        let effect = libm::log(settings.effect.get().max(1.05));
        let move_side = |side: Side| {
            let look = if side.swapped { look.swapped() } else { look };
            let mut suspicion = side.suspicion;
            suspicion.record(&look, effect);
            let harm = self.harm.step(side.harm, &look, noise);
            let clearance = self.clearance.step(side.clearance, &look, quiet);
            Side { swapped: side.swapped, harm, clearance, suspicion }
        };
        state.sides = state.sides.into_iter().map(move_side).collect();
        let sum = state.sides.iter().map(|side| side.harm.log_e()).reduce(log_add_exp);
        state.log_e = sum.unwrap_or(0.0) - libm::log(crate::float::size(state.sides.len().max(1)));
        state.log_needed = settings.boundary.log_needed(settings.alpha, noise, self.horizon);
        self.conclude(state, look.is_usable())
    }

    /// Whether both arms had exposure enough, and at least half of the looks data, to say anything.
    ///
    /// Asked at the end of a run: without it the answer is inconclusive, never a pass.
    pub fn is_enough(&self, state: &CountState) -> bool {
        let least = state.totals.canary.exposure().min(state.totals.baseline.exposure());
        let half = state.looks <= state.usable.saturating_mul(2);
        LOOKS_MIN <= state.usable && half && self.settings.exposure_min <= least
    }

    fn conclude(&self, mut state: CountState, usable: bool) -> CountState {
        let enough = LOOKS_MIN <= state.usable && usable;
        let suspicion = state.suspicion();
        let allowed = self.settings.allowed.get();
        // Both gates can only take false aborts away.
        let large = allowed <= suspicion.ratio() && self.settings.excess_min <= suspicion.excess();
        if enough && large && state.log_needed <= state.log_e {
            state.worse_at = state.worse_at.or(Some(state.looks));
        }
        let cleared = self.settings.beta.log_needed() <= state.clearance_log_e();
        if enough && cleared && state.worse_at.is_none() {
            state.cleared_at = state.cleared_at.or(Some(state.looks));
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a run of 20 looks of two canary arms ends: found worse, cleared.
    fn ends(settings: CountSettings, canary: u64, baseline: u64) -> (bool, bool) {
        let comparison = CountComparison::new(settings, settings.allowed, None);
        let mut state = comparison.start(PodDispersion::default());
        for _ in 0..20 {
            let own = [Arm::of_requests(canary, 1000)];
            let others = [Arm::of_requests(baseline, 1000); 4];
            state = comparison.step(state, &own, &others);
        }
        (state.worse_at().is_some(), state.cleared_at().is_some())
    }

    #[test]
    fn a_direction_decides_what_is_worse() {
        let check = |direction, canary, baseline, worse, cleared| {
            let settings = CountSettings { direction, ..CountSettings::plain(Some(20)) };
            assert_eq!(
                ends(settings, canary, baseline),
                (worse, cleared),
                "{direction:?} {canary}"
            );
        };
        check(Direction::Increase, 90, 30, true, false);
        check(Direction::Decrease, 90, 30, false, true);
        check(Direction::Decrease, 30, 90, true, false);
        check(Direction::Increase, 30, 90, false, true);
        check(Direction::Both, 30, 90, true, false);
        check(Direction::Both, 90, 30, true, false);
        check(Direction::Both, 60, 60, false, true);
    }

    #[test]
    fn a_difference_too_small_to_matter_is_never_worse() {
        let plain = CountSettings::plain(Some(20));
        let excess_min = 0.05;
        assert_eq!(ends(plain, 60, 20), (true, false));
        assert_eq!(ends(CountSettings { excess_min, ..plain }, 60, 20), (false, false));
        assert_eq!(ends(CountSettings { excess_min, ..plain }, 90, 20), (true, false));
    }

    #[test]
    fn little_data_is_not_enough() {
        let settings = CountSettings { exposure_min: 100.0, ..CountSettings::plain(None) };
        let comparison = CountComparison::new(settings, settings.allowed, None);
        let mut state = comparison.start(PodDispersion::default());
        let (own, others) = ([Arm::of_requests(1, 60)], [Arm::of_requests(1, 600); 3]);
        for (arm, enough) in [(own, false), (own, true), ([Arm::NOTHING], true)] {
            state = comparison.step(state, &arm, &others);
            assert_eq!(comparison.is_enough(&state), enough);
        }
        for _ in 0..2 {
            state = comparison.step(state, &[Arm::NOTHING], &others);
        }
        assert!(!comparison.is_enough(&state), "two of five looks had data");
    }
}
