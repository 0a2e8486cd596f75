//! Is the canary's share of events above a constant, such as a service level objective?

use crate::float::real;
use crate::level::{Alpha, Dispersion, Ratio, Share};
use crate::look::Arm;
use crate::ratio::grid::{Grid, Onset};
use crate::ratio::process::{RatioEvidence, look_cap};

/// The largest share a grid point may stand for.
const SHARE_MAX: f64 = 0.999;

/// A test of "the share of events is at most the limit", made once, shared by all looks.
///
/// Without a baseline nothing cancels: an outage of everything counts against the canary too.
///
/// # Source
///
/// A mixture of Wald's sequential likelihood ratios for a Bernoulli share; Robbins (1970). Exact for
/// independent requests, approximate under a dispersion above 1.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitTest {
    /// The log likelihood an event adds at each grid point.
    event_gains: Vec<f64>,
    /// The log likelihood a request without an event adds.
    other_gains: Vec<f64>,
    weights: Vec<f64>,
    onset: Onset,
    look_cap: f64,
}

/// A limit leaves no room above it.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq)]
#[error("a limit on a share lies between 0 and 0.9, not {0}")]
pub struct InvalidLimit(pub f64);

impl LimitTest {
    /// A test of the share against `limit`, tuned for shares of `effect` times the limit and more.
    ///
    /// # Errors
    ///
    /// [`InvalidLimit`] unless the limit lies strictly between 0 and 0.9.
    pub fn new(
        limit: Share,
        effect: Ratio,
        looks: Option<u32>,
        alpha: Alpha,
    ) -> Result<Self, InvalidLimit> {
        let limit = limit.get();
        if !(0.0 < limit && limit < 0.9) {
            return Err(InvalidLimit(limit));
        }
        let grid = Grid::harm(effect, Ratio::EQUAL);
        let share = |delta: &f64| (limit * libm::exp(*delta)).min(SHARE_MAX);
        let shares: Vec<f64> = grid.deltas().iter().map(share).collect();
        let other = |share: &f64| libm::log1p(-share) - libm::log1p(-limit);
        Ok(Self {
            event_gains: shares.iter().map(|share| libm::log(share / limit)).collect(),
            other_gains: shares.iter().map(other).collect(),
            weights: grid.weights().to_vec(),
            onset: Onset::early(looks),
            look_cap: look_cap(alpha),
        })
    }

    /// No evidence yet.
    pub fn start(&self) -> RatioEvidence {
        RatioEvidence::of_points(self.weights.len())
    }

    /// The evidence after one more look at `events` among `requests`, at the dispersion before it.
    ///
    /// More events than requests count as that many requests. A look without requests changes nothing.
    pub fn step(&self, state: RatioEvidence, arm: Arm, noise: Dispersion) -> RatioEvidence {
        if !arm.is_observed() {
            return state.skipped(self.onset);
        }
        let events = real(arm.events());
        let others = (arm.exposure() - events).max(0.0);
        let gains = self.event_gains.iter().zip(&self.other_gains);
        let gains = gains.map(|(event, other)| events * event + others * other);
        state.moved(self.onset, &self.weights, gains, Some(self.look_cap), noise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;

    /// The share of runs, out of 300 of 60 looks, in which evidence of 20 is reached.
    fn share_found(rate: f64) -> f64 {
        let limit = Share::try_from(0.01).unwrap();
        let effect = Ratio::try_from(1.5).unwrap();
        let test = LimitTest::new(limit, effect, Some(60), Alpha::ONE_IN_TWENTY).unwrap();
        let found = (0..300).filter(|&run| {
            let mut draw = Draw::new(5, run);
            let mut state = test.start();
            (0..60).any(|_| {
                let arm = Arm::of_requests(draw.binomial(500, rate), 500);
                state = test.step(state.clone(), arm, Dispersion::NONE);
                Alpha::ONE_IN_TWENTY.log_needed() <= state.log_e()
            })
        });
        crate::float::size(found.count()) / 300.0
    }

    #[test]
    fn a_share_at_the_limit_is_left_alone_and_one_above_is_found() {
        assert!(share_found(0.01) < 0.05);
        assert!(0.95 < share_found(0.02));
        assert!(share_found(0.005) < 0.01);
    }

    #[test]
    fn limits_without_room_are_refused() {
        let build = |limit: f64| {
            let limit = Share::try_from(limit).unwrap();
            LimitTest::new(limit, Ratio::EQUAL, None, Alpha::ONE_IN_TWENTY)
        };
        assert!(build(0.0).is_err());
        assert!(build(1.0).is_err());
        let test = build(0.5).unwrap();
        let silent = test.step(test.start(), Arm::NOTHING, Dispersion::NONE);
        assert_eq!(silent.log_e().to_bits(), 0.0_f64.to_bits());
    }
}
