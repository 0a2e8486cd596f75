//! What the simulated services do: noise that lasts, bunches of errors, pods that differ.

use crate::draw::Draw;
use crate::float::{real, size, whole};

/// A stationary series that forgets a share `1 - autocorrelation` at each step.
#[derive(Clone, Debug)]
pub(crate) struct Wander {
    value: f64,
    autocorrelation: f64,
    deviation: f64,
    heavy: bool,
}

impl Wander {
    /// A series with the given marginal standard deviation.
    pub(crate) fn new(autocorrelation: f64, deviation: f64, draw: &mut Draw) -> Self {
        let value = draw.normal();
        Self { value, autocorrelation, deviation, heavy: false }
    }

    /// The same with steps from a t law with 3 degrees of freedom, of the same deviation.
    pub(crate) fn heavy(autocorrelation: f64, deviation: f64, draw: &mut Draw) -> Self {
        let value = draw.student_three() / libm::sqrt(3.0);
        Self { value, autocorrelation, deviation, heavy: true }
    }

    /// The value now; the series then moves on.
    pub(crate) fn next(&mut self, draw: &mut Draw) -> f64 {
        let now = self.value * self.deviation;
        let step = if self.heavy { draw.student_three() / libm::sqrt(3.0) } else { draw.normal() };
        let kept = self.autocorrelation;
        self.value = kept * self.value + libm::sqrt(1.0 - kept * kept) * step;
        now
    }
}

/// How errors arise out of requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Errors {
    /// Each request fails or not, for itself.
    Independent,
    /// Errors come in bunches whose size is geometric with this mean.
    Bunches {
        /// The mean size of a bunch.
        mean: f64,
    },
    /// Errors are single, or with a small chance a storm of retries.
    Storms {
        /// The chance of a storm.
        share: f64,
        /// Errors of a storm.
        size: u64,
    },
    /// Errors of a pod in a look are negative-binomial: a rate that is gamma-distributed anew each time.
    Overdispersed {
        /// Their variance over their mean, above 1.
        factor: f64,
    },
    /// Errors come in bunches of a size with a power-law tail.
    HeavyBunches {
        /// The tail's index: a share `k^-index` of bunches has `k` errors or more; above 1.
        index: f64,
    },
    /// Errors come in bunches of a log-normal size, whose tail is long.
    LongBunches {
        /// The median size.
        median: f64,
        /// The standard deviation of the log size.
        deviation: f64,
    },
}

impl Errors {
    /// Errors among `requests` at an average rate of `rate`.
    pub(crate) fn draw(self, requests: u64, rate: f64, draw: &mut Draw) -> u64 {
        let expected = real(requests) * rate.min(1.0);
        match self {
            Self::Independent => draw.binomial(requests, rate.min(1.0)),
            Self::Bunches { mean } => {
                let bunches = draw.poisson(expected / mean);
                let errors: u64 = (0..bunches).map(|_| draw.geometric(mean)).sum();
                errors.min(requests)
            }
            Self::Storms { share, size } => {
                let mean = 1.0 + share * (real(size) - 1.0);
                let bunches = draw.poisson(expected / mean);
                bunches + draw.binomial(bunches, share) * (size - 1)
            }
            Self::Overdispersed { factor } => {
                let excess = factor - 1.0;
                if expected <= 0.0 {
                    return 0;
                }
                let mean = excess * draw.gamma(expected / excess);
                draw.poisson(mean).min(requests)
            }
            Self::HeavyBunches { index } => {
                let bunches = draw.poisson(expected / crate::special::zeta(index));
                let errors: u64 = (0..bunches).map(|_| draw.power_law(index)).sum();
                errors.min(requests)
            }
            Self::LongBunches { median, deviation } => {
                let mean = median * libm::exp(0.5 * deviation * deviation);
                let bunches = draw.poisson(expected / (mean + 0.5));
                let one =
                    |draw: &mut Draw| 1 + whole(median * libm::exp(deviation * draw.normal()));
                let errors: u64 = (0..bunches).map(|_| one(draw)).sum();
                errors.min(requests)
            }
        }
    }
}

/// The factor of a log-normal wander whose mean is 1.
pub(crate) fn factor(log: f64, deviation: f64) -> f64 {
    libm::exp(log - 0.5 * deviation * deviation)
}

/// A sum divided by a count.
pub(crate) fn mean(values: impl Iterator<Item = f64>, count: usize) -> f64 {
    values.sum::<f64>() / size(count)
}
