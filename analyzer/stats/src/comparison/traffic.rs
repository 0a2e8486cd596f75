//! Does the canary get the share of the traffic it should? A warning, never an abort.

use crate::level::{Alpha, Dispersion, Share};
use crate::look::{Arm, Look};
use crate::ratio::dispersion_of_looks;
use crate::uniform::UniformInterval;
use crate::uniform::share::{share_interval, share_log_e};

/// The weight of the prior around the expected share, in requests.
const STRENGTH: f64 = 100.0;
/// The evidence at which a warning is due: a hundred to one.
const WARNING: f64 = 100.0;
/// Looks a dispersion is measured on.
const LOOKS_KEPT_MAX: usize = 1_000;

/// "The canary gets its expected share of all requests."
///
/// Requests come in bunches too, by connections and by clients, so their counts are divided by the
/// dispersion of the canary's part from look to look before they count as evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrafficShare;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrafficShareState {
    weight: f64,
    looks: Vec<Look>,
    requests: (f64, f64),
    /// The evidence of the weights before this one.
    before: f64,
    log_e: f64,
    noise: f64,
}

impl TrafficShare {
    /// No evidence yet.
    pub fn start(&self) -> TrafficShareState {
        TrafficShareState::default()
    }

    /// The state after one more look at the requests of both arms, of which `expected` should be the
    /// canary's.
    ///
    /// When the expected share changes, as from one step of a rollout to the next, what was found so
    /// far stays and counting begins anew. A share of 0 or 1, or a look without requests, says nothing.
    pub fn step(
        &self,
        mut state: TrafficShareState,
        canary: u64,
        baseline: u64,
        expected: Share,
    ) -> TrafficShareState {
        let share = expected.get();
        if !(0.0 < share && share < 1.0) || canary.saturating_add(baseline) == 0 {
            return state;
        }
        if state.weight.to_bits() != share.to_bits() {
            let before = state.log_e;
            state = TrafficShareState { weight: share, before, ..TrafficShareState::default() };
        }
        let arm = |requests: u64, weight: f64| Arm::new(requests, weight).unwrap_or(Arm::NOTHING);
        if state.looks.len() < LOOKS_KEPT_MAX {
            let look = Look { canary: arm(canary, share), baseline: arm(baseline, 1.0 - share) };
            state.looks.push(look);
        }
        state.requests.0 += crate::float::real(canary);
        state.requests.1 += crate::float::real(baseline);
        let prior = Dispersion::at_least_one(1.5);
        let noise = dispersion_of_looks(&state.looks, prior, 8.0, &[1, 4, 8]).get();
        state.noise = noise;
        let counts = [state.requests.0 / noise, state.requests.1 / noise];
        let found = share_log_e(&counts, &[share, 1.0 - share], STRENGTH);
        state.log_e = state.before + found;
        state
    }
}

impl TrafficShareState {
    /// The log evidence that the share is another than expected.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// Whether a warning is due.
    pub fn is_suspicious(&self) -> bool {
        libm::log(WARNING) <= self.log_e
    }

    /// The canary's share at the present weight, with the interval of shares not rejected; `None`
    /// without requests.
    pub fn interval(&self, alpha: Alpha) -> Option<(f64, UniformInterval)> {
        let (own, other) = self.requests;
        if !(0.0 < own + other) {
            return None;
        }
        let counts = (own / self.noise, other / self.noise);
        let found = share_interval(counts, self.weight, STRENGTH, alpha);
        Some((own / (own + other), found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_share_is_noticed_and_the_expected_one_is_not() {
        let check = |shares: &[(f64, u64)], suspicious: bool| {
            let mut state = TrafficShare.start();
            for &(expected, canary) in shares {
                let expected = Share::try_from(expected).unwrap();
                for wobble in [0, 3, 7, 1, 9, 4, 2, 8, 5, 6] {
                    state = TrafficShare.step(state, canary + wobble, 995 - canary, expected);
                }
            }
            assert_eq!(state.is_suspicious(), suspicious, "{shares:?} {}", state.log_e());
        };
        check(&[(0.1, 96)], false);
        check(&[(0.1, 200)], true);
        check(&[(0.1, 20)], true);
        check(&[(0.1, 96), (0.5, 496)], false);
        check(&[(0.1, 96), (0.5, 250)], true);
        check(&[(0.1, 200), (0.5, 496)], true);
        check(&[(0.0, 200), (1.0, 200)], false);
    }
}
