//! Rollouts judged by latency histograms.

use crate::boundary::Boundary;
use crate::comparison::LatencyComparison;
use crate::comparison::latency::LatencySettings;
use crate::draw::Draw;
use crate::float::{index, real, whole};
use crate::histogram::Histogram;
use crate::level::{Alpha, Ratio, Share};
use crate::look::Arm;
use crate::simulate::world::Wander;
use crate::special::normal_cdf;

/// The default bucket bounds of a Prometheus histogram, in seconds.
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// The median latency, in seconds.
const MEDIAN: f64 = 0.08;
/// The standard deviation of the log latency.
const DEVIATION: f64 = 0.6;
/// How much of a pod's noise is still there a look later.
const AUTOCORRELATION: f64 = 0.5;

/// A service with log-normal latencies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencyWorld {
    /// How many looks.
    pub looks: u32,
    /// The canary's requests per look.
    pub canary: f64,
    /// The baseline's requests per look, all pods together.
    pub baseline: f64,
    /// How many pods the baseline has.
    pub pods: usize,
    /// How many times as long the canary takes.
    pub slower: f64,
    /// The standard deviation of each pod's own wandering log level.
    pub pod_noise: f64,
    /// Looks of history before the canary came.
    pub history: u32,
}

/// Where one rollout was stopped, at `1/α`, at the auto boundary, or cleared.
pub(crate) struct LatencyEnd {
    pub(crate) anytime: Option<u64>,
    pub(crate) auto: Option<u64>,
    pub(crate) cleared: Option<u64>,
}

impl LatencyWorld {
    /// The criterion's settings: quantile 0.95, nothing tolerated, a quarter more worth finding.
    fn settings(&self) -> LatencySettings {
        let ratio = |value: f64| Ratio::try_from(value).unwrap_or(Ratio::EQUAL);
        LatencySettings {
            quantile: Share::try_from(0.95).unwrap_or(Share::ALL),
            slower: Ratio::EQUAL,
            effect: ratio(1.25),
            rule_out: ratio(2.0),
            alpha: Alpha::ONE_IN_TWENTY,
            beta: Alpha::ONE_IN_TWENTY,
            boundary: Boundary::Auto,
            looks: Some(self.looks),
        }
    }

    /// The requests of both arms, look by look, as they are planned.
    pub fn planned(&self) -> Vec<(f64, f64)> {
        vec![(self.canary, self.baseline); index(real(u64::from(self.looks)))]
    }

    /// Draws one rollout and judges it.
    pub(crate) fn run(&self, horizon: Option<f64>, draw: &mut Draw) -> LatencyEnd {
        let mut pods: Vec<Wander> =
            (0..self.pods).map(|_| Wander::new(AUTOCORRELATION, self.pod_noise, draw)).collect();
        let mut canary = Wander::new(AUTOCORRELATION, self.pod_noise, draw);
        let per_pod = whole(libm::rint(self.baseline / crate::float::size(self.pods)));
        let requests = whole(libm::rint(self.canary));
        let mut source = BucketSource::new();
        let mut history = Vec::new();
        for _ in 0..self.history {
            let interval: Vec<Vec<u64>> =
                pods.iter_mut().map(|pod| source.draw(per_pod, pod.next(draw), draw)).collect();
            history.push(interval);
        }
        let never = LatencyEnd { anytime: None, auto: None, cleared: None };
        let Ok(before) = Histogram::new(&BOUNDS, &summed(&history)) else { return never };
        let Some(comparison) = LatencyComparison::new(self.settings(), &before, horizon) else {
            return never;
        };
        let bounds = comparison.bounds();
        let above = |counts: &Vec<u64>, requests: u64| -> Vec<Arm> {
            let above = |&bound: &usize| counts.iter().skip(bound + 1).sum();
            bounds.iter().map(|bound| Arm::of_requests(above(bound), requests)).collect()
        };
        let mut state = comparison.start();
        for interval in &history {
            let seen: Vec<Vec<Arm>> = interval.iter().map(|pod| above(pod, per_pod)).collect();
            comparison.record_history(&mut state, &seen);
        }
        let mut anytime = None;
        for look in 1..=u64::from(self.looks) {
            let level = libm::log(self.slower) + canary.next(draw);
            let own = vec![above(&source.draw(requests, level, draw), requests)];
            let others: Vec<Vec<Arm>> = pods
                .iter_mut()
                .map(|pod| above(&source.draw(per_pod, pod.next(draw), draw), per_pod))
                .collect();
            state = comparison.step(state, &own, &others);
            let reached = Alpha::ONE_IN_TWENTY.log_needed() <= state.log_e();
            if anytime.is_none() && 1 < look && reached {
                anytime = Some(look);
            }
        }
        LatencyEnd { anytime, auto: state.worse_at(), cleared: state.cleared_at() }
    }
}

/// In which bucket a request ends that is in none below it, for one log level of latency.
#[derive(Clone, Copy, Debug)]
struct Buckets {
    centre: f64,
    chances: [f64; BOUNDS.len()],
}

impl Buckets {
    /// The chances at a log latency that lies `level` above the usual.
    fn at(level: f64, logs: &[f64; BOUNDS.len() + 1]) -> Self {
        let [log_median, log_bounds @ ..] = logs;
        let centre = log_median + level;
        let mut below = 0.0;
        let chances = log_bounds.map(|log_bound| {
            let share = normal_cdf((log_bound - centre) / DEVIATION);
            // Of the requests not yet placed, those that end in this bucket.
            let chance = ((share - below) / (1.0 - below)).clamp(0.0, 1.0);
            below = share;
            chance
        });
        Self { centre, chances }
    }
}

/// Draws buckets; where no pod wanders all have the same chances.
struct BucketSource {
    /// The logs of the median and of each bound.
    logs: [f64; BOUNDS.len() + 1],
    last: Buckets,
}

impl BucketSource {
    fn new() -> Self {
        let mut logs = [libm::log(MEDIAN); BOUNDS.len() + 1];
        for (slot, bound) in logs[1..].iter_mut().zip(BOUNDS) {
            *slot = libm::log(bound);
        }
        Self { logs, last: Buckets::at(0.0, &logs) }
    }

    /// The buckets of so many requests whose log latency lies `level` above the usual.
    fn draw(&mut self, requests: u64, level: f64, draw: &mut Draw) -> Vec<u64> {
        if (self.logs[0] + level).to_bits() != self.last.centre.to_bits() {
            self.last = Buckets::at(level, &self.logs);
        }
        let mut left = requests;
        let mut counts = Vec::with_capacity(BOUNDS.len() + 1);
        for chance in self.last.chances {
            let count = draw.binomial(left, chance);
            counts.push(count);
            left -= count;
        }
        counts.push(left);
        counts
    }
}

fn summed(history: &[Vec<Vec<u64>>]) -> Vec<u64> {
    let mut sum = vec![0; BOUNDS.len() + 1];
    for counts in history.iter().flatten() {
        for (slot, count) in sum.iter_mut().zip(counts) {
            *slot += count;
        }
    }
    sum
}
