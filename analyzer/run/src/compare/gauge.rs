//! Gauges: what every pod shows at one instant.

use assay_stats::comparison::{GaugeComparison, GaugeLimit, GaugeScale, GaugeSettings, GaugeState};
use assay_stats::gauge::{GaugeEvidence, GaugeHistory};
use assay_stats::level::{Alpha, Dispersion};
use assay_template::plan::compare::Arm;

use crate::compare::engine::Standing;
use crate::compare::split::{Row, present};

/// What the pods of an arm show at an instant, in the order of their names: of several series of one
/// pod the mean.
pub(crate) fn levels<'a>(rows: &[Row<'a>], arm: Arm, instant: usize) -> Vec<(&'a str, f64)> {
    let mut levels: Vec<(&str, f64, f64)> = Vec::new();
    for (row, value) in present(rows, arm, instant) {
        match levels.last_mut() {
            Some((pod, sum, count)) if *pod == row.pod => {
                *sum += value;
                *count += 1.0;
            }
            Some(_) | None => levels.push((row.pod, value, 1.0)),
        }
    }
    levels.into_iter().map(|(pod, sum, count)| (pod, sum / count)).collect()
}

/// What the baseline's pods showed before the run, one list a pod; those with a gap are left out.
pub(crate) fn history(rows: &[Row<'_>], instants: std::ops::Range<usize>) -> Vec<Vec<f64>> {
    let length = instants.len();
    let mut pods: Vec<(&str, Vec<f64>)> = Vec::new();
    for instant in instants {
        for (pod, level) in levels(rows, Arm::Baseline, instant) {
            match pods.iter_mut().find(|(known, _)| *known == pod) {
                Some((_, values)) => values.push(level),
                None => pods.push((pod, vec![level])),
            }
        }
    }
    let complete = pods.into_iter().map(|(_, values)| values);
    complete.filter(|values| values.len() == length).collect()
}

/// The mean over looks of what the arms showed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Means {
    sums: (f64, f64),
    looks: (f64, f64),
}

impl Means {
    fn add(&mut self, canary: &[f64], baseline: &[f64]) {
        let mean = |pods: &[f64]| {
            let count = pods.iter().fold(0.0, |count, _| count + 1.0);
            pods.iter().sum::<f64>() / count
        };
        let (own, other) = (mean(canary), mean(baseline));
        if own.is_finite() {
            self.sums.0 += own;
            self.looks.0 += 1.0;
        }
        if other.is_finite() {
            self.sums.1 += other;
            self.looks.1 += 1.0;
        }
    }

    /// Of canary and baseline; NaN without a look.
    pub(crate) fn get(self) -> (f64, f64) {
        (self.sums.0 / self.looks.0, self.sums.1 / self.looks.1)
    }
}

/// A gauge of the canary beside that of the baseline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gauge {
    settings: GaugeSettings,
    looks_min: u64,
    comparison: GaugeComparison,
    state: GaugeState,
    pub(crate) means: Means,
    pub(crate) pods: (usize, usize),
}

impl Gauge {
    pub(crate) fn new(
        settings: GaugeSettings,
        looks_min: u64,
        history: &[Vec<f64>],
        canary_pods: usize,
    ) -> Self {
        let pods = u32::try_from(canary_pods.max(1)).unwrap_or(u32::MAX);
        let comparison = GaugeComparison::new(settings, history, pods);
        let (state, means) = (comparison.start(), Means::default());
        Self { settings, looks_min, comparison, state, means, pods: (0, 0) }
    }

    pub(crate) fn look(&mut self, canary: &[f64], baseline: &[f64]) {
        self.pods = (canary.len(), baseline.len());
        self.means.add(canary, baseline);
        self.state = self.comparison.step(self.state.clone(), canary, baseline);
    }

    pub(crate) fn standing(&self) -> Standing {
        let state = &self.state;
        Standing {
            log_e: state.log_e(),
            log_needed: self.settings.alpha.log_needed(),
            is_worse: state.worse_at().is_some(),
            is_large: true,
            is_cleared: state.cleared_at().is_some(),
            clearance_log_e: state.clearance_log_e(),
            looks: state.looks(),
            usable: state.usable_looks(),
            is_enough: self.comparison.is_enough(state) && self.looks_min <= state.usable_looks(),
            noise: Dispersion::NONE,
            is_approximate: state.is_approximate(),
        }
    }

    pub(crate) fn is_noisier(&self) -> bool {
        self.state.is_noisier()
    }

    /// Whether differences are of logs, so that a ratio is what to tell.
    pub(crate) fn is_on_logs(&self) -> bool {
        matches!(self.settings.scale, GaugeScale::Logs { .. })
    }
}

/// A gauge of the canary against a constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Level {
    alpha: Alpha,
    limit: f64,
    /// Whether the limit is the least that is allowed.
    is_floor: bool,
    test: GaugeLimit,
    evidence: GaugeEvidence,
    known: bool,
    looks: u64,
    usable: u64,
    worse: bool,
    pub(crate) means: Means,
    pub(crate) pods: (usize, usize),
}

impl Level {
    pub(crate) fn new(
        (limit, is_floor): (f64, bool),
        alpha: Alpha,
        looks: Option<u32>,
        history: &[Vec<f64>],
        canary_pods: usize,
    ) -> Self {
        let pods = u32::try_from(canary_pods.max(1)).unwrap_or(u32::MAX);
        let history = GaugeHistory::of_level(history, pods);
        let test = GaugeLimit::new(history, looks, alpha);
        Self {
            alpha,
            limit,
            is_floor,
            evidence: test.start(),
            test,
            known: history.is_some(),
            looks: 0,
            usable: 0,
            worse: false,
            means: Means::default(),
            pods: (0, 0),
        }
    }

    pub(crate) fn look(&mut self, canary: &[f64]) {
        self.pods.0 = canary.len();
        self.looks = self.looks.saturating_add(1);
        let finite = !canary.is_empty() && canary.iter().all(|value| value.is_finite());
        let level = finite.then(|| {
            let count = canary.iter().fold(0.0, |count, _| count + 1.0);
            canary.iter().map(|value| value / count).sum::<f64>()
        });
        self.usable = self.usable.saturating_add(u64::from(level.is_some()));
        self.means.add(canary, &[]);
        let beyond =
            level.map(|level| if self.is_floor { self.limit - level } else { level - self.limit });
        self.evidence = self.test.step(self.evidence, beyond);
        self.worse = self.worse || (level.is_some() && self.test.is_worse(&self.evidence));
    }

    pub(crate) fn standing(&self) -> Standing {
        let is_enough = self.evidence.is_decidable() && self.looks <= self.usable.saturating_mul(2);
        let mean = self.means.get().0;
        let keeps = if self.is_floor { self.limit <= mean } else { mean <= self.limit };
        Standing {
            log_e: self.evidence.log_e(),
            log_needed: self.alpha.log_needed(),
            is_worse: self.worse,
            is_large: true,
            // There is nothing to rule out but the limit itself.
            is_cleared: is_enough && keeps,
            clearance_log_e: 0.0,
            looks: self.looks,
            usable: self.usable,
            is_enough,
            noise: Dispersion::NONE,
            is_approximate: !self.known,
        }
    }

    pub(crate) fn limit(&self) -> f64 {
        self.limit
    }
}
