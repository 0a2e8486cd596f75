//! Fisher's exact test of a table of two by two.

use crate::classic::proportion::Tally;
use crate::classic::{Alternative, Insufficient};
use crate::float::real;
use crate::special::ln_binomial_density;

/// The most tries for which the exact law is summed.
const TRIES_MAX: u64 = 1_000_000_000;

/// Fisher's test of two tallies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fisher {
    /// The p-value, from 0 to 1.
    pub p: f64,
    /// The odds of an event in the first tally over those in the second; may be infinite or NaN.
    pub odds_ratio: f64,
}

/// Fisher's exact test; two-sided it adds up all tables that are no more likely than the one seen.
///
/// # Errors
///
/// [`Insufficient::TooLarge`] beyond a billion tries.
///
/// # Source
///
/// Fisher (1935); densities by Loader (2000). Golden values: SciPy and R,
/// `fixtures/stats/statistics.json`, group `fisher`.
pub fn fisher(x: Tally, y: Tally, alternative: Alternative) -> Result<Fisher, Insufficient> {
    let tries = x.tries().saturating_add(y.tries());
    if TRIES_MAX < tries {
        return Err(Insufficient::TooLarge { found: tries, limit: TRIES_MAX });
    }
    let law = Hypergeometric::new(x, y);
    let seen = x.events();
    let p = match alternative {
        Alternative::Greater => law.sum_up(seen),
        Alternative::Less => law.sum_down(seen),
        Alternative::TwoSided => law.as_unlikely_as(seen),
    };
    let (a, b) = (real(seen), real(x.tries() - seen));
    let (c, d) = (real(y.events()), real(y.tries() - y.events()));
    Ok(Fisher { p: p.min(1.0), odds_ratio: a * d / (b * c) })
}

/// The law of the events in the first tally, given all events and both numbers of tries.
struct Hypergeometric {
    first: f64,
    second: f64,
    events: f64,
    lowest: u64,
    highest: u64,
}

impl Hypergeometric {
    fn new(x: Tally, y: Tally) -> Self {
        let events = x.events() + y.events();
        Self {
            first: real(x.tries()),
            second: real(y.tries()),
            events: real(events),
            lowest: events.saturating_sub(y.tries()),
            highest: events.min(x.tries()),
        }
    }

    fn density(&self, k: u64) -> f64 {
        let total = self.first + self.second;
        let (p, q) = (self.events / total, (total - self.events) / total);
        libm::exp(
            ln_binomial_density(real(k), self.first, p, q)
                + ln_binomial_density(self.events - real(k), self.second, p, q)
                - ln_binomial_density(self.events, total, p, q),
        )
    }

    /// The density at `k + 1` over that at `k`.
    fn step(&self, k: u64) -> f64 {
        let k = real(k);
        (self.first - k) * (self.events - k) / ((k + 1.0) * (self.second - self.events + k + 1.0))
    }

    /// The chance of `from` or more.
    fn sum_up(&self, from: u64) -> f64 {
        let mut term = self.density(from);
        let mut sum = 0.0;
        let mut k = from;
        loop {
            sum += term;
            if self.highest <= k {
                return sum;
            }
            let factor = self.step(k);
            term *= factor;
            k += 1;
            // Past the mode the terms only fall; what is left is below the last digit.
            if factor < 0.999 && term < sum * 1e-18 {
                return sum;
            }
        }
    }

    /// The chance of `from` or fewer.
    fn sum_down(&self, from: u64) -> f64 {
        let mut term = self.density(from);
        let mut sum = 0.0;
        let mut k = from;
        loop {
            sum += term;
            if k <= self.lowest {
                return sum;
            }
            let factor = 1.0 / self.step(k - 1);
            term *= factor;
            k -= 1;
            if factor < 0.999 && term < sum * 1e-18 {
                return sum;
            }
        }
    }

    /// The chance of all counts that are at most as likely as `seen`.
    fn as_unlikely_as(&self, seen: u64) -> f64 {
        // Equal chances differ in the last digits; they belong in.
        let limit = self.density(seen) * (1.0 + 1e-7);
        let mode = {
            let total = self.first + self.second;
            let mode = (self.first + 1.0) * (self.events + 1.0) / (total + 2.0);
            crate::float::whole(mode).clamp(self.lowest, self.highest)
        };
        let unlikely = |k: u64| self.density(k) <= limit;
        let mut sum = 0.0;
        if unlikely(self.lowest) || self.lowest < mode {
            let edge = last_where(self.lowest, mode, unlikely);
            sum += edge.map_or(0.0, |edge| self.sum_down(edge));
        }
        let mirrored = |back: u64| unlikely(self.highest - back);
        let edge = last_where(0, self.highest - mode, mirrored).map(|back| self.highest - back);
        let doubled = edge.is_some_and(|edge| edge == mode) && unlikely(mode);
        if doubled { 1.0 } else { sum + edge.map_or(0.0, |edge| self.sum_up(edge)) }
    }
}

/// The last of `low..=high` where `holds`, which holds up to some point and not beyond.
fn last_where(low: u64, high: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(low) {
        return None;
    }
    let (mut low, mut high) = (low, high + 1);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}
