//! Poisson counts: what a law costs to set up is paid once and shared by all its draws.

use crate::draw::Draw;
use crate::draw::binomial::SLACK;
use crate::float::whole;
use crate::special::ln_gamma;

/// The law of a Poisson count with one mean.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Poisson {
    mean: f64,
    way: Way,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    /// There is nothing to draw.
    Never,
    /// Few are expected: they are counted up. The chance of none, once it was needed.
    Inversion { none: Option<f64> },
    /// By rejection.
    Rejection(Rejection),
}

/// Source: Hörmann (1993), "The transformed rejection method for generating Poisson variables".
#[derive(Clone, Copy, Debug)]
struct Rejection {
    spread: f64,
    shape: f64,
    inverse_alpha: f64,
    accept_at_once: f64,
    log_mean: f64,
}

impl Poisson {
    /// The law of a count with the given mean, from 0 to 1e12.
    pub(crate) fn new(mean: f64) -> Self {
        let way = if !(0.0 < mean) {
            Way::Never
        } else if mean < 10.0 {
            Way::Inversion { none: None }
        } else {
            Way::Rejection(Rejection::new(mean.min(1e12)))
        };
        Self { mean: mean.min(1e12), way }
    }

    /// Whether it is the law of a count with this mean.
    pub(crate) fn is_of(&self, mean: f64) -> bool {
        self.mean.to_bits() == mean.to_bits()
    }

    /// One draw; what the law is worked out to on the way is kept for the next one.
    pub(crate) fn draw(&mut self, source: &mut Draw) -> u64 {
        match &mut self.way {
            Way::Never => 0,
            Way::Inversion { none } => invert(self.mean, none, source),
            Way::Rejection(law) => law.draw(self.mean, source),
        }
    }
}

fn invert(mean: f64, none: &mut Option<f64>, source: &mut Draw) -> u64 {
    let mut left = source.uniform();
    // None at all has at least this chance, and often that is enough to know.
    if none.is_none() && left < 1.0 - mean - SLACK {
        return 0;
    }
    let mut chance = *none.get_or_insert_with(|| libm::exp(-mean));
    let mut count = 0.0;
    // At a mean below 10 a count of 200 has no chance that a float can hold.
    while chance < left && count < 200.0 {
        left -= chance;
        count += 1.0;
        chance *= mean / count;
    }
    whole(count)
}

impl Rejection {
    fn new(mean: f64) -> Self {
        let spread = 0.931 + 2.53 * libm::sqrt(mean);
        Self {
            spread,
            shape: -0.059 + 0.024_83 * spread,
            inverse_alpha: 1.123_9 + 1.132_8 / (spread - 3.4),
            accept_at_once: 0.927_7 - 3.622_4 / (spread - 2.0),
            log_mean: libm::log(mean),
        }
    }

    fn draw(&self, mean: f64, source: &mut Draw) -> u64 {
        loop {
            let u = source.uniform() - 0.5;
            let v = source.uniform();
            let us = 0.5 - u.abs();
            let k = libm::floor((2.0 * self.shape / us + self.spread) * u + mean + 0.43);
            if 0.07 <= us && v <= self.accept_at_once {
                return whole(k);
            }
            if k < 0.0 || (us < 0.013 && us < v) {
                continue;
            }
            let candidate =
                libm::log(v * self.inverse_alpha / (self.shape / (us * us) + self.spread));
            if candidate <= k * self.log_mean - mean - ln_gamma(k + 1.0) {
                return whole(k);
            }
        }
    }
}
