//! Counts with a power-law tail.

use crate::draw::Draw;
use crate::float::{size, whole};
use crate::special::zeta;

/// Counts that are told apart without a power; larger ones are rare.
const SMALL: usize = 24;
/// How near a limit a number may lie before it takes the power to say which side it is on.
const SLACK: f64 = 1e-12;

/// The law of a count on 1, 2, ... of which a share `k^-index` is `k` or more; at most a million.
#[derive(Clone, Debug)]
pub(crate) struct PowerLaw {
    index: f64,
    /// The shares of counts of 1, 2, ... or more.
    shares: [f64; SMALL],
    mean: f64,
}

impl PowerLaw {
    /// The law with the given index, above 1.
    pub(crate) fn new(index: f64) -> Self {
        let shares = std::array::from_fn(|place| libm::pow(size(place + 1), -index));
        Self { index, shares, mean: zeta(index) }
    }

    /// The mean count, but for those above a million.
    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    /// One draw.
    pub(crate) fn draw(&self, source: &mut Draw) -> u64 {
        let uniform = source.uniform();
        let place = self.shares.iter().position(|&share| share < uniform);
        let clear = |share: f64| SLACK < (uniform / share - 1.0).abs();
        match place {
            // A count of `place` or more, and not of one more than that.
            Some(place)
                if 0 < place && clear(self.shares[place]) && clear(self.shares[place - 1]) =>
            {
                whole(size(place))
            }
            _ => whole(libm::pow(uniform, -1.0 / self.index)).min(1_000_000),
        }
    }
}
