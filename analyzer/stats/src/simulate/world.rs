//! What the simulated services do: noise that lasts, bunches of errors, pods that differ.

use crate::draw::{Binomial, Draw, Poisson, PowerLaw};
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

/// A law of errors, worked out once for all pods and looks of a rollout.
#[derive(Clone, Debug)]
pub(crate) enum ErrorLaw {
    /// Each request for itself.
    Independent,
    /// Geometric bunches of a mean size, and the log chance that a bunch goes on.
    Bunches { mean: f64, log_kept: f64 },
    /// Single errors and storms, and the mean size of both.
    Storms { share: f64, size: u64, mean: f64 },
    /// A gamma-distributed rate, and how much its variance exceeds its mean.
    Overdispersed { excess: f64 },
    /// Bunches with a power-law tail.
    HeavyBunches(PowerLaw),
    /// Bunches of a log-normal size, and their mean.
    LongBunches { median: f64, deviation: f64, mean: f64 },
}

/// The laws last drawn from; where nothing moves, a pod has the same ones at every look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastLaws {
    errors: Binomial,
    bunches: Poisson,
}

impl Default for LastLaws {
    fn default() -> Self {
        Self { errors: Binomial::new(0, 0.0), bunches: Poisson::new(0.0) }
    }
}

impl LastLaws {
    fn errors(&mut self, requests: u64, rate: f64, draw: &mut Draw) -> u64 {
        if !self.errors.is_of(requests, rate) {
            self.errors = Binomial::new(requests, rate);
        }
        self.errors.draw(draw)
    }

    fn bunches(&mut self, mean: f64, draw: &mut Draw) -> u64 {
        if !self.bunches.is_of(mean) {
            self.bunches = Poisson::new(mean);
        }
        self.bunches.draw(draw)
    }
}

impl Errors {
    /// The law, worked out.
    pub(crate) fn law(self) -> ErrorLaw {
        match self {
            Self::Independent => ErrorLaw::Independent,
            Self::Bunches { mean } => {
                ErrorLaw::Bunches { mean, log_kept: libm::log1p(-1.0 / mean.max(1.0)) }
            }
            Self::Storms { share, size } => {
                ErrorLaw::Storms { share, size, mean: 1.0 + share * (real(size) - 1.0) }
            }
            Self::Overdispersed { factor } => ErrorLaw::Overdispersed { excess: factor - 1.0 },
            Self::HeavyBunches { index } => ErrorLaw::HeavyBunches(PowerLaw::new(index)),
            Self::LongBunches { median, deviation } => {
                let mean = median * libm::exp(0.5 * deviation * deviation);
                ErrorLaw::LongBunches { median, deviation, mean: mean + 0.5 }
            }
        }
    }
}

impl ErrorLaw {
    /// Errors among `requests` at an average rate of `rate`.
    pub(crate) fn draw(
        &self,
        requests: u64,
        rate: f64,
        last: &mut LastLaws,
        draw: &mut Draw,
    ) -> u64 {
        let rate = rate.min(1.0);
        let expected = real(requests) * rate;
        match *self {
            Self::Independent => last.errors(requests, rate, draw),
            Self::Bunches { mean, log_kept } => {
                let bunches = last.bunches(expected / mean, draw);
                let errors: u64 = (0..bunches).map(|_| draw.geometric(log_kept)).sum();
                errors.min(requests)
            }
            Self::Storms { share, size, mean } => {
                let bunches = last.bunches(expected / mean, draw);
                bunches + draw.binomial(bunches, share) * (size - 1)
            }
            Self::Overdispersed { excess } => {
                if expected <= 0.0 {
                    return 0;
                }
                let mean = excess * draw.gamma(expected / excess);
                draw.poisson(mean).min(requests)
            }
            Self::HeavyBunches(ref law) => {
                let bunches = last.bunches(expected / law.mean(), draw);
                let errors: u64 = (0..bunches).map(|_| law.draw(draw)).sum();
                errors.min(requests)
            }
            Self::LongBunches { median, deviation, mean } => {
                let bunches = last.bunches(expected / mean, draw);
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
