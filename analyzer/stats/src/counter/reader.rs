//! Raw samples of all counters of both arms in, looks out.
//!
//! **Invariant:** what a counter gained is handed out exactly once, however many instants were too
//! thin to count by themselves.

use std::collections::BTreeMap;

use crate::float::{real, size, whole};
use crate::look::Arm;

/// The share of an arm's known series that must be there for an instant to count.
pub const PRESENT_SHARE_MIN: f64 = 0.8;
/// Instants in a row without a sample after which a series is no longer waited for.
pub const MISSING_MAX: u32 = 5;

/// One raw sample of one series at the common instant of both arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CounterSample<'a> {
    /// What tells the series from all others of its arm and channel.
    pub series: &'a str,
    /// The pod it belongs to.
    pub pod: &'a str,
    /// Which counter it is, from 0: see [`CounterReader::new`].
    pub channel: usize,
    /// The counter's value; what is not finite and 0 or more counts as missing.
    pub value: f64,
    /// Whether the pod is known to have started since the first instant.
    ///
    /// Only asked when a pod is seen for the first time after that instant: then its counters count
    /// from 0, otherwise what they counted before is unknown and left out.
    pub pod_began_inside: bool,
}

/// What every pod counted between two instants that count.
#[derive(Clone, Debug, PartialEq)]
pub struct Increments {
    /// The canary's pods, each with its gain by channel; a pod keeps its position for ever.
    pub canary: Vec<Vec<f64>>,
    /// The baseline's pods, likewise.
    pub baseline: Vec<Vec<f64>>,
    /// How many instants it spans: 1, and one more for each that was too thin to count.
    pub instants: u32,
}

/// Events and exposure of every pod of both arms: what [`crate::comparison`] takes.
#[derive(Clone, Debug, PartialEq)]
pub struct PodLook {
    /// The canary's pods.
    pub canary: Vec<Arm>,
    /// The baseline's pods; one that is gone stays, with [`Arm::NOTHING`].
    pub baseline: Vec<Arm>,
}

/// Differences the counters of both arms and decides which instants count.
///
/// Its memory grows with the series ever seen: a series that comes back must not count twice.
#[derive(Clone, Debug, PartialEq)]
pub struct CounterReader {
    canary: ArmCounters,
    baseline: ArmCounters,
    instants: u64,
    pending: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct ArmCounters {
    channels: usize,
    pods: BTreeMap<String, Pod>,
    /// By channel, then by name.
    series: Vec<BTreeMap<String, Series>>,
    /// What each pod gained since the last instant that counted.
    gains: Vec<Vec<f64>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Pod {
    place: usize,
    first_instant: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Series {
    last: f64,
    missing: u32,
}

impl CounterReader {
    /// A reader of so many counters a pod, at least 1.
    ///
    /// Error rates have two: errors in channel 0, requests in channel 1. A latency histogram has one
    /// for each bucket bound, ascending, and one for `+Inf`, as Prometheus counts them: cumulative.
    pub fn new(channels: usize) -> Self {
        let arm = ArmCounters {
            channels: channels.max(1),
            series: vec![BTreeMap::new(); channels.max(1)],
            ..ArmCounters::default()
        };
        Self { canary: arm.clone(), baseline: arm, instants: 0, pending: 0 }
    }

    /// Takes the samples of one instant; the same instant for both arms.
    ///
    /// `None` at the first instant, which only tells where the counters stand, and whenever an arm
    /// shows less than 80 percent of the series it is known to have: such an instant is merged into
    /// the next. A series that is silent for more than [`MISSING_MAX`] instants is not waited for. Samples of a
    /// channel that does not exist are left out.
    pub fn read(
        &mut self,
        canary: &[CounterSample<'_>],
        baseline: &[CounterSample<'_>],
    ) -> Option<Increments> {
        self.canary.take(canary, self.instants);
        self.baseline.take(baseline, self.instants);
        self.instants = self.instants.saturating_add(1);
        if self.instants == 1 {
            return None;
        }
        self.pending = self.pending.saturating_add(1);
        if !self.canary.is_present() || !self.baseline.is_present() {
            return None;
        }
        Some(Increments {
            canary: self.canary.hand_out(),
            baseline: self.baseline.hand_out(),
            instants: std::mem::take(&mut self.pending),
        })
    }

    /// How many instants are waiting to be merged into the next one that counts.
    pub fn pending(&self) -> u32 {
        self.pending
    }
}

impl ArmCounters {
    fn take(&mut self, samples: &[CounterSample<'_>], instant: u64) {
        let known = self.series.iter_mut().flat_map(BTreeMap::values_mut);
        known.for_each(|series| series.missing = series.missing.saturating_add(1));
        for sample in samples.iter().filter(|sample| (0.0..f64::INFINITY).contains(&sample.value)) {
            self.take_one(sample, instant);
        }
    }

    fn take_one(&mut self, sample: &CounterSample<'_>, instant: u64) {
        let Some(channel) = self.series.get_mut(sample.channel) else { return };
        let pod = match self.pods.get(sample.pod) {
            Some(pod) => *pod,
            None => {
                let pod = Pod { place: self.gains.len(), first_instant: instant };
                self.pods.insert(sample.pod.to_owned(), pod);
                self.gains.push(vec![0.0; self.channels]);
                pod
            }
        };
        let now = sample.value;
        let gain = match channel.get_mut(sample.series) {
            Some(series) => {
                let before = series.last;
                *series = Series { last: now, missing: 0 };
                // A value below the one before it is a reset.
                if now < before { now } else { now - before }
            }
            None => {
                channel.insert(sample.series.to_owned(), Series { last: now, missing: 0 });
                // A new label set on a pod that was watched already: its first error, not its past.
                let watched = pod.first_instant < instant;
                let from_zero = 0 < instant && (watched || sample.pod_began_inside);
                if from_zero { now } else { 0.0 }
            }
        };
        self.gains[pod.place][sample.channel] += gain;
    }

    /// Whether enough of the known series have a sample now.
    fn is_present(&self) -> bool {
        let known = self.series.iter().flat_map(BTreeMap::values);
        let known: Vec<&Series> = known.filter(|series| series.missing <= MISSING_MAX).collect();
        let present = known.iter().filter(|series| series.missing == 0).count();
        0 < present && PRESENT_SHARE_MIN * size(known.len()) <= size(present)
    }

    fn hand_out(&mut self) -> Vec<Vec<f64>> {
        let fresh = vec![vec![0.0; self.channels]; self.gains.len()];
        std::mem::replace(&mut self.gains, fresh)
    }
}

impl Increments {
    /// Channel 0 as events over channel 1 as exposure.
    pub fn counts(&self) -> PodLook {
        let arm = |pod: &Vec<f64>| {
            let exposure = pod.get(1).copied().unwrap_or(0.0);
            arm(gain(pod, 0), exposure)
        };
        self.by_pod(arm, arm)
    }

    /// Channel 0 as events over a given exposure of each arm, as seconds times its traffic weight.
    ///
    /// The exposure is split evenly among the arm's pods.
    pub fn counts_over(&self, canary: f64, baseline: f64) -> PodLook {
        let each = |exposure: f64, pods: usize| exposure / size(pods.max(1));
        let (own, other) = (each(canary, self.canary.len()), each(baseline, self.baseline.len()));
        self.by_pod(|pod| arm(gain(pod, 0), own), |pod| arm(gain(pod, 0), other))
    }

    /// Of a histogram: what each pod saw above the bounds at the given positions.
    ///
    /// The shape that [`crate::comparison::LatencyComparison::step`] takes, canary first.
    pub fn above(&self, bounds: &[usize]) -> (Vec<Vec<Arm>>, Vec<Vec<Arm>>) {
        let pod = |pod: &Vec<f64>| -> Vec<Arm> {
            let all = pod.last().copied().unwrap_or(0.0);
            let above = |&bound: &usize| arm((all - gain(pod, bound)).max(0.0), all);
            bounds.iter().map(above).collect()
        };
        (self.canary.iter().map(pod).collect(), self.baseline.iter().map(pod).collect())
    }

    /// Of a histogram: the baseline's gains by bucket, not cumulative, all pods together.
    pub fn baseline_buckets(&self) -> Vec<u64> {
        let channels = self.baseline.first().map_or(0, Vec::len);
        let total =
            |channel: usize| self.baseline.iter().map(|pod| gain(pod, channel)).sum::<f64>();
        let below = |channel: usize| channel.checked_sub(1).map_or(0.0, total);
        (0..channels).map(|at| whole(libm::rint((total(at) - below(at)).max(0.0)))).collect()
    }

    fn by_pod(
        &self,
        canary: impl Fn(&Vec<f64>) -> Arm,
        baseline: impl Fn(&Vec<f64>) -> Arm,
    ) -> PodLook {
        PodLook {
            canary: self.canary.iter().map(canary).collect(),
            baseline: self.baseline.iter().map(baseline).collect(),
        }
    }
}

fn gain(pod: &[f64], channel: usize) -> f64 {
    pod.get(channel).copied().unwrap_or(0.0)
}

/// Counters are floats on the wire; what they count is whole.
fn arm(events: f64, exposure: f64) -> Arm {
    let events = whole(libm::rint(events));
    Arm::new(events, exposure.clamp(0.0, 1e15)).unwrap_or(Arm::of_requests(events, 0))
}

impl PodLook {
    /// The exposure of both arms, canary first.
    pub fn exposures(&self) -> (f64, f64) {
        (Arm::sum(&self.canary).exposure(), Arm::sum(&self.baseline).exposure())
    }

    /// All events of both arms.
    pub fn events(&self) -> f64 {
        real(Arm::sum(&self.canary).events()) + real(Arm::sum(&self.baseline).events())
    }
}

#[cfg(test)]
mod tests;
