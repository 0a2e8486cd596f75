//! Two shares: the z-test and the posterior chance that one is larger.

use crate::classic::{Alternative, Insufficient};
use crate::float::real;
use crate::special::{ln_beta, normal_cdf, normal_sf};

/// Events among tries, as `errors` among `requests`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tally {
    events: u64,
    tries: u64,
}

impl Tally {
    /// `events` among `tries`.
    ///
    /// # Errors
    ///
    /// [`Insufficient`] for no tries or more events than tries.
    pub fn new(events: u64, tries: u64) -> Result<Self, Insufficient> {
        if tries == 0 || tries < events {
            return Err(Insufficient::Events { events, tries });
        }
        Ok(Self { events, tries })
    }

    /// How many events.
    pub fn events(self) -> u64 {
        self.events
    }

    /// How many tries.
    pub fn tries(self) -> u64 {
        self.tries
    }

    /// The share of events, from 0 to 1.
    pub fn share(self) -> f64 {
        real(self.events) / real(self.tries)
    }
}

/// The z statistic of two shares and its p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoProportion {
    /// The statistic, of the first share minus the second.
    pub z: f64,
    /// The p-value, from 0 to 1.
    pub p: f64,
}

/// The two-proportion z-test with the pooled variance.
///
/// # Errors
///
/// [`Insufficient::NoVariation`] when all tries or none are events.
///
/// # Source
///
/// Golden values: statsmodels and mpmath, `fixtures/stats/statistics.json`, group `two_proportion`.
pub fn two_proportion(
    x: Tally,
    y: Tally,
    alternative: Alternative,
) -> Result<TwoProportion, Insufficient> {
    let (n, m) = (real(x.tries), real(y.tries));
    let pooled = (real(x.events) + real(y.events)) / (n + m);
    let variance = pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m);
    if !(0.0 < variance) {
        return Err(Insufficient::NoVariation);
    }
    let z = (x.share() - y.share()) / libm::sqrt(variance);
    let p = match alternative {
        Alternative::TwoSided => 2.0 * normal_sf(z.abs()),
        Alternative::Greater => normal_sf(z),
        Alternative::Less => normal_cdf(z),
    };
    Ok(TwoProportion { z, p: p.min(1.0) })
}

/// Events above which the posterior is taken as normal, because the sum would grow too long.
const SUM_EVENTS_MAX: u64 = 1_000_000;

/// The posterior chance that the first rate is larger, with a uniform prior on both.
///
/// For display: as a rule for stopping it has no guarantee. From 0 to 1.
///
/// # Source
///
/// The finite sum for whole parameters, Cook (2005). Golden values: mpmath,
/// `fixtures/stats/statistics.json`, group `beta_binomial_posterior`.
pub fn chance_first_is_larger(x: Tally, y: Tally) -> f64 {
    if SUM_EVENTS_MAX < x.events.min(y.events) {
        let moments = |tally: Tally| {
            let (a, b) = (real(tally.events) + 1.0, real(tally.tries - tally.events) + 1.0);
            (a / (a + b), a * b / ((a + b) * (a + b) * (a + b + 1.0)))
        };
        let ((own, spread), (other, other_spread)) = (moments(x), moments(y));
        return normal_cdf((own - other) / libm::sqrt(spread + other_spread));
    }
    if y.events < x.events {
        return 1.0 - chance_larger_sum(y, x);
    }
    chance_larger_sum(x, y)
}

fn chance_larger_sum(x: Tally, y: Tally) -> f64 {
    let (b1, a2) = (real(x.tries - x.events) + 1.0, real(y.events) + 1.0);
    let b2 = real(y.tries - y.events) + 1.0;
    // The first term is a ratio of beta functions; each next one follows from the one before.
    let mut log_term = ln_beta(a2, b1 + b2) - ln_beta(a2, b2);
    let mut sum = 0.0;
    for i in 0..=x.events {
        sum += libm::exp(log_term);
        let i = real(i);
        log_term += libm::log((a2 + i) / (a2 + b1 + b2 + i) * (b1 + i) / (i + 1.0));
    }
    sum.clamp(0.0, 1.0)
}
