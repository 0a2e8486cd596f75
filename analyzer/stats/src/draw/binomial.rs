//! Binomial counts: what a law costs to set up is paid once and shared by all its draws.

use crate::draw::Draw;
use crate::float::{real, whole};
use crate::special::ln_gamma;

/// By how much a chance may come out wrong, far more than rounding can make of it.
pub(super) const SLACK: f64 = 1e-9;

/// The law of the number of successes among so many tries at one chance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binomial {
    tries: u64,
    chance: f64,
    /// Whether failures are drawn instead, because they are rarer.
    mirrored: bool,
    way: Way,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    /// There is nothing to draw.
    Never,
    /// Few successes are expected: they are counted up. The chance of none, once it was needed.
    Inversion { none: Option<f64> },
    /// By rejection.
    Rejection(Rejection),
}

/// Source: Hörmann (1993), "The generation of binomial random variates", algorithm BTRS.
#[derive(Clone, Copy, Debug)]
struct Rejection {
    spread: f64,
    shape: f64,
    centre: f64,
    accept_at_once: f64,
    alpha: f64,
    log_odds: f64,
    mode: f64,
    /// The log of what the chances are multiples of, once it was needed.
    at_mode: Option<f64>,
}

impl Binomial {
    /// The law of successes among `tries` at chance `chance`.
    pub(crate) fn new(tries: u64, chance: f64) -> Self {
        let mirrored = 0.5 < chance;
        let rarer = if mirrored { 1.0 - chance } else { chance };
        let way = if tries == 0 || !(0.0 < rarer) {
            Way::Never
        } else if real(tries) * rarer < 10.0 {
            Way::Inversion { none: None }
        } else {
            Way::Rejection(Rejection::new(real(tries), rarer))
        };
        Self { tries, chance, mirrored, way }
    }

    /// Whether it is the law of these tries and this chance.
    pub(crate) fn is_of(&self, tries: u64, chance: f64) -> bool {
        self.tries == tries && self.chance.to_bits() == chance.to_bits()
    }

    /// One draw; what the law is worked out to on the way is kept for the next one.
    pub(crate) fn draw(&mut self, source: &mut Draw) -> u64 {
        let rarer = if self.mirrored { 1.0 - self.chance } else { self.chance };
        let count = match &mut self.way {
            Way::Never => 0,
            Way::Inversion { none } => invert(real(self.tries), rarer, none, source),
            Way::Rejection(law) => law.draw(real(self.tries), source),
        };
        if self.mirrored { self.tries - count } else { count }
    }
}

fn invert(tries: f64, chance: f64, none: &mut Option<f64>, source: &mut Draw) -> u64 {
    let mut left = source.uniform();
    // Bernoulli's inequality: none at all has at least this chance, and often that is enough to know.
    if none.is_none() && left < 1.0 - tries * chance - SLACK {
        return 0;
    }
    let mut mass = *none.get_or_insert_with(|| libm::exp(tries * libm::log1p(-chance)));
    let odds = chance / (1.0 - chance);
    let mut count = 0.0;
    while mass < left && count < tries {
        left -= mass;
        count += 1.0;
        mass *= odds * (tries - count + 1.0) / count;
        if mass <= 0.0 {
            break;
        }
    }
    whole(count)
}

impl Rejection {
    fn new(n: f64, chance: f64) -> Self {
        let deviation = libm::sqrt(n * chance * (1.0 - chance));
        let spread = 1.15 + 2.53 * deviation;
        Self {
            spread,
            shape: -0.087_3 + 0.024_8 * spread + 0.01 * chance,
            centre: n * chance + 0.5,
            accept_at_once: 0.92 - 4.2 / spread,
            alpha: (2.83 + 5.1 / spread) * deviation,
            log_odds: libm::log(chance / (1.0 - chance)),
            mode: libm::floor((n + 1.0) * chance),
            at_mode: None,
        }
    }

    fn draw(&mut self, n: f64, source: &mut Draw) -> u64 {
        loop {
            let u = source.uniform() - 0.5;
            let v = source.uniform();
            let us = 0.5 - u.abs();
            let k = libm::floor((2.0 * self.shape / us + self.spread) * u + self.centre);
            if k < 0.0 || n < k {
                continue;
            }
            if 0.07 <= us && v <= self.accept_at_once {
                return whole(k);
            }
            let mode = self.mode;
            let at_mode = *self
                .at_mode
                .get_or_insert_with(|| ln_gamma(mode + 1.0) + ln_gamma(n - mode + 1.0));
            let candidate = libm::log(v * self.alpha / (self.shape / (us * us) + self.spread));
            let target =
                at_mode - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) + (k - mode) * self.log_odds;
            if candidate <= target {
                return whole(k);
            }
        }
    }
}
