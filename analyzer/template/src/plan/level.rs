//! What each statistical criterion may use of the level of its run.

use std::time::Duration;

use assay_stats::boundary::{Boundary, Calibration};
use assay_stats::comparison::{CountSettings, Direction, Together};
use assay_stats::level::{Alpha, Dispersion, Ratio};

use super::compare::{Sequential, Statistic, Threshold};
use super::{MetricPlan, Plan};

/// Simulated rollouts behind a threshold, as many as a verdict asks for.
const PATHS: u32 = 10_000;
/// Any number: the same one for ever, so that a replay finds the same threshold.
const SEED: u64 = 20_261_121;

/// What one criterion may use of the run's level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Its part of the tolerated false aborts.
    pub alpha: Alpha,
    /// The tolerated wrong early promotions.
    pub beta: Alpha,
    /// Which threshold the evidence is held against.
    pub boundary: Boundary,
    /// How many looks are declared.
    pub looks: u32,
    /// How the threshold of the declared looks is found.
    pub calibration: Calibration,
    /// Exposure of canary and baseline at a look, once the first one has shown it.
    pub planned: (f64, f64),
}

/// The criteria that share the level of a run, by their places in the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Members {
    together: Together,
    places: Vec<usize>,
}

impl Members {
    /// Those of `plan` that have a say; none if there is none.
    pub fn of(plan: &Plan) -> Option<Self> {
        let weight = |metric: &MetricPlan| {
            let comparison = metric.comparison()?;
            let takes_part = comparison.statistic.is_sequential() && !metric.dry_run;
            takes_part.then_some(comparison.weight)
        };
        Self::of_weights(plan.sequential.as_ref()?, plan.metrics.iter().map(weight))
    }

    /// The same of the weights of all metrics in their order, with none for those without a say.
    pub fn of_weights(
        common: &Sequential,
        weights: impl IntoIterator<Item = Option<f64>>,
    ) -> Option<Self> {
        let weights = weights.into_iter().enumerate();
        let (places, weights): (Vec<usize>, Vec<f64>) =
            weights.filter_map(|(place, weight)| Some((place, weight?))).unzip();
        let together = Together::new(&weights, common.alpha, common.boundary).ok()?;
        Some(Self { together, places })
    }

    /// How they are held to one level.
    pub fn together(&self) -> &Together {
        &self.together
    }

    /// Their places in the plan, ascending.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// The part of the level of the metric at `place`; none for one without a say.
    pub fn alpha_of(&self, place: usize) -> Option<Alpha> {
        self.together.alpha_of(self.places.iter().position(|member| *member == place)?)
    }
}

impl Level {
    /// What the criterion of the metric at `place` may use, looked at every `interval`. One without a
    /// say has all of the level to itself.
    pub fn of(
        members: Option<&Members>,
        common: &Sequential,
        place: usize,
        interval: Duration,
    ) -> Self {
        let part = members.and_then(|members| members.alpha_of(place));
        Self {
            alpha: part.unwrap_or(common.alpha),
            beta: common.beta,
            boundary: common.boundary,
            looks: common.looks(interval),
            calibration: match common.threshold {
                Threshold::Table => Calibration::Table,
                Threshold::Simulated => Calibration::Simulated { paths: PATHS, seed: SEED },
            },
            planned: (0.0, 0.0),
        }
    }

    /// What every declared look is expected to see.
    pub fn exposures(&self) -> Vec<(f64, f64)> {
        vec![self.planned; usize::try_from(self.looks).unwrap_or(0)]
    }

    /// The settings of a criterion on counts at this level; those of a plain one for other criteria.
    pub fn count_settings(&self, statistic: &Statistic) -> CountSettings {
        let plain = CountSettings {
            alpha: self.alpha,
            beta: self.beta,
            boundary: self.boundary,
            ..CountSettings::plain(Some(self.looks))
        };
        match *statistic {
            Statistic::ErrorRate { allowed, effect, rule_out, requests_min, excess_min } => {
                let exposure_min = requests_min;
                CountSettings { allowed, effect, rule_out, exposure_min, excess_min, ..plain }
            }
            Statistic::Latency { slower: allowed, effect, rule_out, requests_min, .. } => {
                let exposure_min = requests_min;
                CountSettings { allowed, effect, rule_out, exposure_min, ..plain }
            }
            Statistic::Counts { direction, allowed, effect, rule_out, exposure_min, .. } => {
                CountSettings { direction, allowed, effect, rule_out, exposure_min, ..plain }
            }
            Statistic::Gauge { .. }
            | Statistic::Limit(_)
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => plain,
        }
    }

    /// The log evidence that a criterion on counts needs at this level under a noise.
    ///
    /// That of the table for the declared looks where the boundary uses it, as a run does; of a change
    /// in either direction twice as much, since only one of the two evidences grows.
    pub fn log_needed(&self, direction: Direction, noise: Dispersion) -> f64 {
        let settings = CountSettings {
            direction,
            alpha: self.alpha,
            boundary: self.boundary,
            ..CountSettings::plain(Some(self.looks))
        };
        // The table needs the number of looks only.
        let planned = vec![(1.0, 1.0); usize::try_from(self.looks).unwrap_or(0)];
        let horizon = settings.horizon(Ratio::EQUAL, &planned, 0.0, Calibration::Table);
        let own = self.boundary.log_needed(self.alpha, noise, horizon);
        match direction {
            Direction::Both => own + std::f64::consts::LN_2,
            Direction::Increase | Direction::Decrease => own,
        }
    }
}

impl Sequential {
    /// How many looks are declared at an interval over all runs that go on with each other's evidence,
    /// those of the warm-up left out; at least 2.
    pub fn looks(&self, interval: Duration) -> u32 {
        let time = self.max_duration.saturating_sub(self.warmup).as_nanos();
        let looks = u32::try_from(time / interval.as_nanos().max(1)).unwrap_or(u32::MAX);
        looks.saturating_mul(self.runs).max(2)
    }
}
