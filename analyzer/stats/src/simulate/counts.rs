//! Rollouts judged by a counter of errors.

use crate::boundary::Boundary;
use crate::comparison::noise::of_history;
use crate::comparison::{CountComparison, CountLimit, CountSettings};
use crate::draw::Draw;
use crate::float::{index, real, size, whole};
use crate::level::{Alpha, Ratio, Share};
use crate::look::Arm;
use crate::simulate::world::{ErrorLaw, LastLaws, Wander, factor};

pub use crate::simulate::world::Errors;

/// How the error rate moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// It does not.
    Steady,
    /// The logs of both arms' rates follow one wandering series.
    Shared {
        /// How much of it is still there a look later.
        autocorrelation: f64,
        /// Its standard deviation.
        deviation: f64,
    },
    /// Every pod's log rate follows a wandering series of its own.
    PerPod {
        /// How much of it is still there a look later.
        autocorrelation: f64,
        /// Its standard deviation.
        deviation: f64,
    },
    /// Traffic and error rate of both arms follow a wave, as over a day.
    Wave {
        /// Looks from crest to crest.
        period: f64,
        /// How far the logs swing.
        amplitude: f64,
    },
    /// The rate of both arms is multiplied during some looks.
    Outage {
        /// The first look of it, from 1.
        first: u64,
        /// The last look.
        last: u64,
        /// By how much.
        factor: f64,
    },
}

/// A service, its rollout and what is wrong with the canary.
#[derive(Clone, Debug, PartialEq)]
pub struct CountWorld {
    /// How many looks.
    pub looks: u32,
    /// The canary's requests per look and pod, one entry a pod.
    pub canary: Vec<f64>,
    /// The baseline's requests per look, all pods together.
    pub baseline: f64,
    /// How many pods the baseline has.
    pub pods: usize,
    /// The share of requests that fail in the baseline.
    pub rate: f64,
    /// The canary's error rate over the baseline's once it is bad.
    pub ratio: f64,
    /// The look, from 1, at which it turns bad.
    pub onset: u64,
    /// How errors arise.
    pub errors: Errors,
    /// How the rate moves.
    pub movement: Rate,
    /// The standard deviation of permanent differences between pods, on the log scale.
    pub spread: f64,
    /// The canary's share of all traffic, look by look; then its pods grow in proportion.
    pub weights: Option<Vec<f64>>,
    /// From this look on the baseline has half as many pods again, from 1.
    pub scales_at: Option<u64>,
    /// The chance that a pod of the baseline is replaced by a new one, look by look of the run.
    pub churn: f64,
    /// The chance that a pod restarts in a look and loses what it had counted since the last scrape.
    pub restarts: f64,
    /// Looks of history before the canary came.
    pub history: u32,
}

/// What one simulated rollout showed: errors and requests of every pod at every look.
pub(crate) struct CountPath {
    pub(crate) history: Vec<Vec<Arm>>,
    pub(crate) canary: Vec<Vec<Arm>>,
    pub(crate) baseline: Vec<Vec<Arm>>,
}

/// A pod while it is simulated.
struct Pod {
    level: f64,
    wander: Option<Wander>,
    last: LastLaws,
}

impl CountWorld {
    /// Draws one rollout.
    pub(crate) fn draw(&self, draw: &mut Draw) -> CountPath {
        let scaled = self.scales_at.map_or(self.pods, |_| self.pods + self.pods / 2 + 1);
        let mut pods: Vec<Pod> = (0..scaled).map(|_| self.pod(draw)).collect();
        // A pod keeps its place for ever; its successor gets a new one.
        let mut places: Vec<usize> = (0..scaled).collect();
        let mut next_place = scaled;
        let canary_pods = self.canary_pods_max();
        let mut canary: Vec<Pod> = (0..canary_pods).map(|_| self.pod(draw)).collect();
        let mut shared = match self.movement {
            Rate::Shared { autocorrelation, deviation } => {
                Some((Wander::new(autocorrelation, deviation, draw), deviation))
            }
            Rate::Steady | Rate::PerPod { .. } | Rate::Wave { .. } | Rate::Outage { .. } => None,
        };
        let law = self.errors.law();
        let mut path = CountPath { history: Vec::new(), canary: Vec::new(), baseline: Vec::new() };
        for t in 0..u64::from(self.history) + u64::from(self.looks) {
            let look = (t + 1).checked_sub(u64::from(self.history)).filter(|&look| 0 < look);
            let common = shared
                .as_mut()
                .map_or(1.0, |(wander, deviation)| factor(wander.next(draw), *deviation))
                * self.common_rate(t, look);
            let traffic = self.traffic(t, look);
            let live = match (self.scales_at, look) {
                (Some(from), Some(look)) if from <= look => scaled,
                _ => self.pods,
            };
            let per_pod = traffic.1 / size(live);
            let seen: Vec<Arm> = pods
                .iter_mut()
                .take(live)
                .map(|pod| self.observe(pod, &law, per_pod, self.rate * common, draw))
                .collect();
            let Some(look) = look else {
                path.history.push(seen);
                continue;
            };
            let mut placed = vec![Arm::NOTHING; places.iter().max().map_or(0, |&last| last + 1)];
            places.iter().zip(seen).for_each(|(&place, arm)| placed[place] = arm);
            path.baseline.push(placed);
            for (pod, place) in pods.iter_mut().zip(&mut places).take(live) {
                if 0.0 < self.churn && draw.uniform() < self.churn {
                    *pod = self.pod(draw);
                    *place = next_place;
                    next_place += 1;
                }
            }
            let ratio = if self.onset <= look { self.ratio } else { 1.0 };
            let rate = self.rate * common * ratio;
            let sizes = traffic.0.iter().zip(&mut canary);
            let seen = sizes.map(|(&requests, pod)| self.observe(pod, &law, requests, rate, draw));
            path.canary.push(seen.collect());
        }
        path
    }

    fn pod(&self, draw: &mut Draw) -> Pod {
        let level =
            if 0.0 < self.spread { factor(self.spread * draw.normal(), self.spread) } else { 1.0 };
        let wander = match self.movement {
            Rate::PerPod { autocorrelation, deviation } => {
                Some(Wander::new(autocorrelation, deviation, draw))
            }
            Rate::Steady | Rate::Shared { .. } | Rate::Wave { .. } | Rate::Outage { .. } => None,
        };
        Pod { level, wander, last: LastLaws::default() }
    }

    fn observe(
        &self,
        pod: &mut Pod,
        law: &ErrorLaw,
        requests: f64,
        rate: f64,
        draw: &mut Draw,
    ) -> Arm {
        let swing = match (&mut pod.wander, self.movement) {
            (Some(wander), Rate::PerPod { deviation, .. }) => factor(wander.next(draw), deviation),
            _ => 1.0,
        };
        let requests = whole(libm::rint(requests));
        let errors = law.draw(requests, rate * pod.level * swing, &mut pod.last, draw);
        if 0.0 < self.restarts && draw.uniform() < self.restarts {
            // A restart in mid-interval: what came before it was never scraped.
            let kept = draw.uniform();
            return Arm::of_requests(draw.binomial(errors, kept), whole(real(requests) * kept));
        }
        Arm::of_requests(errors, requests)
    }

    fn common_rate(&self, t: u64, look: Option<u64>) -> f64 {
        match (self.movement, look) {
            (Rate::Outage { first, last, factor }, Some(look)) if first <= look && look <= last => {
                factor
            }
            (Rate::Wave { period, amplitude }, _) => libm::exp(amplitude * wave(t, period)),
            _ => 1.0,
        }
    }

    /// Requests of each canary pod and of the whole baseline.
    fn traffic(&self, t: u64, look: Option<u64>) -> (Vec<f64>, f64) {
        let total: f64 = self.canary.iter().sum::<f64>() + self.baseline;
        let swell = match self.movement {
            Rate::Wave { period, amplitude } => libm::exp(amplitude * wave(t, period)),
            Rate::Steady | Rate::Shared { .. } | Rate::PerPod { .. } | Rate::Outage { .. } => 1.0,
        };
        let weight = match (&self.weights, look) {
            (Some(weights), Some(look)) => weights.get(index(real(look - 1))).copied(),
            _ => None,
        };
        let Some(weight) = weight else {
            let canary = self.canary.iter().map(|requests| requests * swell).collect();
            return (canary, self.baseline * swell);
        };
        let pods = self.pods_at(weight);
        (vec![total * weight / size(pods); pods], total * (1.0 - weight))
    }

    /// A canary that carries more of the traffic runs on more pods.
    fn pods_at(&self, weight: f64) -> usize {
        index(libm::rint(size(self.pods) * weight / (1.0 - weight))).max(1)
    }

    fn canary_pods_max(&self) -> usize {
        let weights = self.weights.iter().flatten().map(|&weight| self.pods_at(weight)).max();
        weights.unwrap_or(self.canary.len())
    }

    /// The exposures of both arms, look by look, as they are planned.
    pub fn planned(&self) -> Vec<(f64, f64)> {
        (1..=u64::from(self.looks))
            .map(|look| {
                let (canary, baseline) = self.traffic(look, Some(look));
                (canary.iter().sum(), baseline)
            })
            .collect()
    }
}

fn wave(t: u64, period: f64) -> f64 {
    libm::sin(2.0 * std::f64::consts::PI * real(t) / period)
}

/// Where one rollout was stopped: found worse by `1/α`, found worse by the auto boundary, cleared.
pub(crate) struct CountEnd {
    pub(crate) anytime: Option<u64>,
    pub(crate) auto: Option<u64>,
    pub(crate) cleared: Option<u64>,
}

/// Runs the criterion over one rollout, at `1/α` and at the auto boundary side by side.
pub(crate) fn run(
    path: &CountPath,
    settings: CountSettings,
    horizon: &dyn Fn(Ratio) -> Option<f64>,
) -> CountEnd {
    let (dispersion, spread) = of_history(&path.history);
    let canary = path.canary.first().map_or(1.0, |pods| size(pods.len()));
    let allowed = settings.allowed_with(spread, canary);
    let auto = CountSettings { boundary: Boundary::Auto, ..settings };
    let comparison = CountComparison::new(auto, allowed, horizon(allowed));
    let mut state = comparison.start(dispersion);
    let mut anytime = None;
    for (look, (canary, baseline)) in (1_u64..).zip(path.canary.iter().zip(&path.baseline)) {
        state = comparison.step(state, canary, baseline);
        if anytime.is_none() && 1 < look && settings.alpha.log_needed() <= state.log_e() {
            anytime = Some(look);
        }
    }
    CountEnd { anytime, auto: state.worse_at(), cleared: state.cleared_at() }
}

/// Holds the canary's share of errors against the world's rate.
pub(crate) fn run_limit(world: &CountWorld, draw: &mut Draw) -> Option<u64> {
    let path = world.draw(draw);
    let (dispersion, _) = of_history(&path.history);
    let effect = Ratio::try_from(1.5).unwrap_or(Ratio::EQUAL);
    let limit = Share::try_from(world.rate).ok()?;
    let limit = CountLimit::new(limit, effect, Some(world.looks), Alpha::ONE_IN_TWENTY).ok()?;
    let mut state = limit.start(dispersion);
    for (canary, baseline) in path.canary.iter().zip(&path.baseline) {
        state = limit.step(state, canary, baseline);
    }
    state.worse_at()
}
