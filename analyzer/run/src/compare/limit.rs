//! The canary's share of errors against a constant.

use assay_stats::comparison::limit::{CountLimit, CountLimitState};
use assay_stats::comparison::noise;
use assay_stats::look::Arm;
use assay_template::plan::level::Level;

use crate::compare::engine::{Standing, observed};

/// A share against a limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Share {
    level: Level,
    at_most: f64,
    requests_min: f64,
    test: CountLimit,
    state: CountLimitState,
    pub(crate) pods: (usize, usize),
}

impl Share {
    /// None where the limit makes no sense, which a plan rules out.
    pub(crate) fn new(
        at_most: assay_stats::level::Share,
        effect: assay_stats::level::Ratio,
        requests_min: f64,
        level: Level,
        history: &[Vec<Arm>],
    ) -> Option<Self> {
        let test = CountLimit::new(at_most, effect, Some(level.looks), level.alpha).ok()?;
        let state = test.start(noise::of_history(history).0);
        Some(Self { level, at_most: at_most.get(), requests_min, test, state, pods: (0, 0) })
    }

    pub(crate) fn look(&mut self, canary: &[Arm], baseline: &[Arm]) {
        self.pods = (observed(canary), observed(baseline));
        self.state = self.test.step(self.state.clone(), canary, baseline);
    }

    pub(crate) fn standing(&self) -> Standing {
        let state = &self.state;
        let (usable, looks) = state.looks();
        let total = state.total();
        let is_enough = 2 <= usable
            && looks <= usable.saturating_mul(2)
            && self.requests_min <= total.exposure();
        Standing {
            log_e: state.log_e(),
            log_needed: self.level.alpha.log_needed(),
            is_worse: state.worse_at().is_some(),
            is_large: self.at_most < total.rate(),
            // There is nothing to rule out but the limit itself.
            is_cleared: is_enough && total.rate() <= self.at_most,
            clearance_log_e: 0.0,
            looks,
            usable,
            is_enough,
            noise: state.noise(),
            is_approximate: self.pods.1 == 0,
        }
    }

    pub(crate) fn total(&self) -> Arm {
        self.state.total()
    }

    pub(crate) fn at_most(&self) -> f64 {
        self.at_most
    }
}
