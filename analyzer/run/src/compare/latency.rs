//! Latency: how many requests lie above bucket bounds.

use assay_stats::comparison::{LatencyComparison, LatencySettings, LatencyState};
use assay_stats::counter::Increments;
use assay_stats::histogram::Histogram;
use assay_stats::level::Share;
use assay_stats::look::{Arm, Look};
use assay_template::plan::compare::Arm as Side;
use assay_template::plan::level::Level;

use crate::compare::engine::{Looks, Standing};
use crate::compare::split::Row;

/// Requests of the baseline from which the shape of its latency is known well enough to choose bounds.
const REQUESTS_MIN: u64 = 100;

/// The bucket bounds that all pods have, ascending, `+Inf` last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bounds(Vec<f64>);

impl Bounds {
    /// Those that every pod of both arms has; none if there is no `+Inf` or nothing below it.
    pub(crate) fn common(rows: &[Row<'_>]) -> Option<Self> {
        let mut common: Option<Vec<f64>> = None;
        for arm in [Side::Canary, Side::Baseline] {
            let mut start = 0;
            let of_arm: Vec<&Row<'_>> = rows.iter().filter(|row| row.arm == arm).collect();
            while let Some(first) = of_arm.get(start) {
                let length = of_arm[start..].iter().take_while(|row| row.pod == first.pod).count();
                let pod: Vec<f64> =
                    of_arm[start..start + length].iter().filter_map(|row| row.bound).collect();
                common = Some(match common {
                    None => pod,
                    Some(known) => known.into_iter().filter(|bound| has(&pod, *bound)).collect(),
                });
                start += length;
            }
        }
        let mut bounds = common?;
        bounds.retain(|bound| !bound.is_nan());
        bounds.sort_by(f64::total_cmp);
        bounds.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let open = bounds.last().is_some_and(|last| *last == f64::INFINITY);
        (open && 2 <= bounds.len()).then_some(Self(bounds))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Which counter of its pod a series is.
    pub(crate) fn channel(&self, row: &Row<'_>) -> Option<usize> {
        let bound = row.bound?;
        self.0.iter().position(|known| known.total_cmp(&bound).is_eq())
    }

    /// This one and `+Inf`; none if it is not among them.
    pub(crate) fn only(&self, bound: f64) -> Option<Self> {
        has(self.finite(), bound).then(|| Self(vec![bound, f64::INFINITY]))
    }

    pub(crate) fn finite(&self) -> &[f64] {
        self.0.split_last().map_or(&[], |(_, finite)| finite)
    }
}

fn has(bounds: &[f64], bound: f64) -> bool {
    bounds.iter().any(|known| known.total_cmp(&bound).is_eq())
}

/// A latency criterion around a quantile.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Latency {
    settings: LatencySettings,
    level: Level,
    requests_min: f64,
    bounds: Bounds,
    /// What the baseline's buckets counted before the comparison began.
    shape: Vec<u64>,
    begun: Option<Begun>,
    /// Buckets of canary and baseline since then, not cumulative.
    buckets: (Vec<f64>, Vec<f64>),
    pub(crate) pods: (usize, usize),
}

#[derive(Clone, Debug, PartialEq)]
struct Begun {
    comparison: LatencyComparison,
    state: LatencyState,
    /// The place of the bound nearest to the quantile, which is told to people.
    shown: usize,
    looks: Looks,
    totals: Look,
}

impl Latency {
    pub(crate) fn new(
        settings: LatencySettings,
        level: Level,
        requests_min: f64,
        bounds: Bounds,
        history: &[Increments],
    ) -> Self {
        let channels = bounds.len();
        let mut latency = Self {
            settings,
            level,
            requests_min,
            bounds,
            shape: vec![0; channels],
            begun: None,
            buckets: (vec![0.0; channels], vec![0.0; channels]),
            pods: (0, 0),
        };
        history.iter().for_each(|interval| latency.learn(interval));
        latency.begin(history);
        latency
    }

    fn learn(&mut self, gained: &Increments) {
        for (sum, count) in self.shape.iter_mut().zip(gained.baseline_buckets()) {
            *sum = sum.saturating_add(count);
        }
    }

    fn begin(&mut self, history: &[Increments]) {
        let Ok(shape) = Histogram::new(self.bounds.finite(), &self.shape) else { return };
        if shape.total() < REQUESTS_MIN {
            return;
        }
        let horizon = self.settings.horizon(&self.level.exposures(), self.level.calibration);
        let Some(comparison) = LatencyComparison::new(self.settings, &shape, horizon) else {
            return;
        };
        let tail = 1.0 - self.settings.quantile.get();
        let survival = shape.survival();
        let distance = |bound: &usize| {
            survival.get(*bound).map_or(f64::INFINITY, |share| (share / tail).max(tail / share))
        };
        let chosen = comparison.bounds();
        let nearest = chosen.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let Some(shown) = nearest else { return };
        let mut state = comparison.start();
        for interval in history {
            comparison.record_history(&mut state, &interval.above(&chosen).1);
        }
        let totals = Look { canary: Arm::NOTHING, baseline: Arm::NOTHING };
        self.begun = Some(Begun { comparison, state, shown, looks: Looks::default(), totals });
    }

    pub(crate) fn look(&mut self, gained: &Increments) {
        let requests = |pods: &[Vec<f64>]| {
            pods.iter().filter(|pod| pod.last().is_some_and(|all| 0.0 < *all)).count()
        };
        self.pods = (requests(&gained.canary), requests(&gained.baseline));
        let Some(begun) = &mut self.begun else {
            self.learn(gained);
            return self.begin(&[]);
        };
        add_buckets(&mut self.buckets.0, &gained.canary);
        add_buckets(&mut self.buckets.1, &gained.baseline);
        let (canary, baseline) = gained.above(&begun.comparison.bounds());
        begun.state = begun.comparison.step(begun.state.clone(), &canary, &baseline);
        let (own, other) = gained.above(&[begun.shown]);
        let sum = |pods: &[Vec<Arm>]| Arm::sum(&pods.iter().flatten().copied().collect::<Vec<_>>());
        let look = Look { canary: sum(&own), baseline: sum(&other) };
        begun.totals = Look {
            canary: Arm::sum(&[begun.totals.canary, look.canary]),
            baseline: Arm::sum(&[begun.totals.baseline, look.baseline]),
        };
        begun.looks.push(look);
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        let begun = self.begun.as_ref()?;
        let (state, totals) = (&begun.state, self.totals());
        let least = totals.canary.exposure().min(totals.baseline.exposure());
        let half = state.looks() <= state.usable_looks().saturating_mul(2);
        Some(Standing {
            log_e: state.log_e(),
            log_needed: state.log_needed(),
            is_worse: state.worse_at().is_some(),
            is_large: true,
            is_cleared: state.cleared_at().is_some(),
            clearance_log_e: state.clearance_log_e(),
            looks: state.looks(),
            usable: state.usable_looks(),
            is_enough: 2 <= state.usable_looks() && half && self.requests_min <= least,
            noise: state.noise(),
            is_approximate: state.is_approximate(),
        })
    }

    /// Requests above the bound that is shown, of all requests.
    pub(crate) fn totals(&self) -> Look {
        let nothing = Look { canary: Arm::NOTHING, baseline: Arm::NOTHING };
        self.begun.as_ref().map_or(nothing, |begun| begun.totals)
    }

    pub(crate) fn looks(&self) -> Option<&Looks> {
        self.begun.as_ref().map(|begun| &begun.looks)
    }

    /// The bound that is shown.
    pub(crate) fn shown(&self) -> Option<f64> {
        let begun = self.begun.as_ref()?;
        self.bounds.finite().get(begun.shown).copied()
    }

    pub(crate) fn settings(&self) -> &LatencySettings {
        &self.settings
    }

    /// The quantile of canary and baseline as PromQL would tell it.
    pub(crate) fn quantiles(&self) -> (f64, f64) {
        let of = |buckets: &[f64], quantile: Share| {
            let counts: Vec<u64> = buckets.iter().map(|count| whole(*count)).collect();
            let histogram = Histogram::new(self.bounds.finite(), &counts);
            histogram.map_or(f64::NAN, |histogram| histogram.quantile(quantile))
        };
        let quantile = self.settings.quantile;
        (of(&self.buckets.0, quantile), of(&self.buckets.1, quantile))
    }
}

/// Adds what all pods gained, bucket by bucket, to sums that are not cumulative.
fn add_buckets(sums: &mut [f64], pods: &[Vec<f64>]) {
    for pod in pods {
        let mut below = 0.0;
        for (sum, gain) in sums.iter_mut().zip(pod) {
            *sum += (gain - below).max(0.0);
            below = *gain;
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float saturates on its way to an integer"
)]
fn whole(count: f64) -> u64 {
    count.round() as u64
}
