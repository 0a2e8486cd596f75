//! Rollouts judged by a gauge.

use crate::draw::Draw;
use crate::float::{real, size};
use crate::gauge::{GaugeHistory, GaugeTest};
use crate::level::Alpha;
use crate::simulate::world::{Wander, mean};

/// A gauge of a service, on the log scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugeWorld {
    /// How many looks.
    pub looks: u32,
    /// By which factor the canary lies above the baseline.
    pub shift: f64,
    /// The factor the canary drifts by over the whole run, as a log.
    pub leak: f64,
    /// How much of a pod's own deviation is still there a look later.
    pub autocorrelation: f64,
    /// The standard deviation of the canary's own noise.
    pub canary_deviation: f64,
    /// The standard deviation of a baseline pod's own noise.
    pub pod_deviation: f64,
    /// The standard deviation of what moves all pods.
    pub shared_deviation: f64,
    /// How many pods the baseline has.
    pub pods: usize,
    /// How many pods the canary has.
    pub canary_pods: u32,
    /// Whether the own noise has heavy tails (t with 3 degrees of freedom).
    pub heavy: bool,
    /// Looks of history before the canary came.
    pub history: u32,
}

impl GaugeWorld {
    /// Draws one rollout and says at which look the canary was found worse.
    pub(crate) fn run(&self, draw: &mut Draw) -> Option<u64> {
        let own = |deviation: f64, draw: &mut Draw| {
            if self.heavy {
                Wander::heavy(self.autocorrelation, deviation, draw)
            } else {
                Wander::new(self.autocorrelation, deviation, draw)
            }
        };
        let mut shared = Wander::new(self.autocorrelation, self.shared_deviation, draw);
        let mut pods: Vec<Wander> = (0..self.pods).map(|_| own(self.pod_deviation, draw)).collect();
        let mut canary: Vec<Wander> =
            (0..self.canary_pods).map(|_| own(self.canary_deviation, draw)).collect();
        let mut history = vec![Vec::new(); self.pods];
        for _ in 0..self.history {
            let common = shared.next(draw);
            for (series, pod) in history.iter_mut().zip(&mut pods) {
                series.push(common + pod.next(draw));
            }
        }
        let test = GaugeTest::new(
            0.0,
            GaugeHistory::of_pods(&history, self.canary_pods),
            Some(self.looks),
        );
        let mut state = test.start();
        let mut stopped = None;
        let canary_count = canary.len();
        for look in 1..=u64::from(self.looks) {
            // What moves all pods cancels in the difference.
            shared.next(draw);
            let level = libm::log(self.shift)
                + self.leak * real(look) / real(u64::from(self.looks))
                + mean(canary.iter_mut().map(|pod| pod.next(draw)), canary_count);
            let others = mean(pods.iter_mut().map(|pod| pod.next(draw)), self.pods);
            state = test.step(state, Some(level - others));
            let reached = Alpha::ONE_IN_TWENTY.log_needed() <= state.log_e();
            if stopped.is_none() && state.is_decidable() && reached {
                stopped = Some(look);
            }
        }
        stopped
    }

    /// The default: ten pods, ten percent of noise of their own and in common.
    pub fn plain(autocorrelation: f64, shift: f64) -> Self {
        Self {
            looks: 60,
            shift,
            leak: 0.0,
            autocorrelation,
            canary_deviation: 0.1,
            pod_deviation: 0.1,
            shared_deviation: 0.1,
            pods: 10,
            canary_pods: 1,
            heavy: false,
            history: 60,
        }
    }

    /// How many readings of history there are in all.
    pub fn history_readings(&self) -> f64 {
        f64::from(self.history) * size(self.pods)
    }
}
