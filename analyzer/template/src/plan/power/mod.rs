//! How long a criterion on counts takes to find a change, and what it finds in a given time.
//!
//! The closed form of `assay_stats::plan` with what a run adds to it: the warm-up, whole looks, the
//! part of the level that the criterion has, and differences too small to count.

use std::time::Duration;

use assay_stats::comparison::Direction;
use assay_stats::level::{Dispersion, Ratio, Share};
use assay_stats::plan::PlannedTraffic;

use super::compare::{Limit, Sequential, Statistic, Tail};
use super::level::Level;

pub use stated::NotStated;

mod stated;

/// Looks added to the closed form, which is one to two looks optimistic.
const LOOKS_ADDED: f64 = 1.0;
/// The largest ratio that is looked for.
const RATIO_MAX: f64 = 1e6;
/// The smallest one.
const RATIO_MIN: f64 = 1.01;
/// A constant is a baseline with so many times the canary's traffic: one that is known.
const CONSTANT: f64 = 1e6;
/// Exposures above are not planned for.
const EXPOSURE_MAX: f64 = 1e15;
/// The canary's percentage up to which more of it is faster.
const PERCENT_MAX: u32 = 50;
/// Looks beyond which the table of thresholds has no more to say.
const LOOKS_DECLARED_MAX: u32 = 10_000;
/// How often a step is made longer for the evidence that its length needs.
const STRETCHES_MAX: u32 = 20;

/// The traffic that is planned for, steady.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Requests per second to both versions together, above 0.
    pub requests_per_second: f64,
    /// The canary's share of them, strictly between 0 and 1.
    pub canary_share: f64,
    /// Events a request in the baseline, above 0.
    pub rate: f64,
    /// The noise beyond that of independent requests.
    pub noise: Dispersion,
    /// The ratio that is granted to the draw of the canary's pods; 1 where pods do not differ.
    pub granted: Ratio,
    /// The ratio of shares above the bucket bound that "so much slower" comes to; none if the shape of
    /// the latency is not known.
    pub slower: Option<Ratio>,
}

/// What a criterion tests for, as far as planning goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// Which way a change is harmful.
    pub direction: Direction,
    /// The ratio that is tolerated.
    pub allowed: Ratio,
    /// The smallest ratio that it is tuned for.
    pub tuned_for: Ratio,
    /// What it may use of the run's level.
    pub level: Level,
    /// Smaller differences of the rates never count, in events a request.
    pub excess_min: f64,
    /// Whether events are a share of the requests, so that the rate is at most 1.
    pub is_share: bool,
    /// Whether the rate of the baseline is a constant.
    pub is_constant: bool,
}

/// When a criterion looks, from the start of its run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// From one look to the next.
    pub interval: Duration,
    /// The first interval that counts begins this late.
    pub lead: Duration,
    /// The last look is this late.
    pub last: Duration,
    /// Nothing is decided on fewer looks.
    pub looks_min: u64,
}

/// A criterion with its traffic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Power {
    /// What it tests for.
    pub tested: Tested,
    /// When it looks.
    pub pace: Pace,
    /// At what.
    pub traffic: Traffic,
}

impl Pace {
    /// That of a metric whose first measurement is `delay` after the start.
    pub fn of(common: &Sequential, interval: Duration, delay: Duration) -> Self {
        let cold = common.warmup.saturating_sub(delay).as_nanos();
        let dropped = cold.div_ceil(interval.as_nanos().max(1));
        let dropped = interval.saturating_mul(u32::try_from(dropped).unwrap_or(u32::MAX));
        Self {
            interval,
            lead: delay.saturating_add(dropped),
            last: delay.saturating_add(common.max_duration),
            looks_min: common.looks_min,
        }
    }

    /// The looks that a time from the start has.
    pub fn looks_in(&self, time: Duration) -> u32 {
        let time = time.saturating_sub(self.lead).as_nanos();
        u32::try_from(time / self.interval.as_nanos().max(1)).unwrap_or(u32::MAX)
    }
}

/// The smallest ratio worth finding that a criterion states; none for those that are not on counts.
pub fn effect_of(statistic: &Statistic) -> Option<Ratio> {
    match statistic {
        Statistic::ErrorRate { effect, .. }
        | Statistic::Latency { effect, .. }
        | Statistic::Counts { effect, .. }
        | Statistic::Limit(Limit::Share { effect, .. }) => Some(*effect),
        Statistic::Gauge { .. }
        | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => None,
    }
}

impl Tested {
    /// What `statistic` tests for at its level under a traffic; none if it is not on counts.
    pub fn of(statistic: &Statistic, level: Level, traffic: &Traffic) -> Option<Self> {
        let settings = level.count_settings(statistic);
        let plain = Self {
            direction: settings.direction,
            allowed: settings.allowed.max(traffic.granted),
            tuned_for: settings.effect,
            level,
            excess_min: settings.excess_min,
            is_share: true,
            is_constant: false,
        };
        match statistic {
            Statistic::ErrorRate { .. } | Statistic::Latency { tail: Tail::Above(_), .. } => {
                Some(plain)
            }
            Statistic::Counts { .. } => Some(Self { is_share: false, ..plain }),
            Statistic::Latency { slower, effect, tail: Tail::Quantile(_), .. } => {
                let allowed = traffic.slower.unwrap_or_else(|| squared(*slower));
                // It is tuned for that much more than what is allowed.
                let tuned_for = Ratio::try_from(allowed.get() * effect.get()).unwrap_or(*effect);
                Some(Self { allowed, tuned_for, ..plain })
            }
            Statistic::Limit(Limit::Share { effect, .. }) => {
                Some(Self { allowed: Ratio::EQUAL, tuned_for: *effect, is_constant: true, ..plain })
            }
            Statistic::Gauge { .. }
            | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => None,
        }
    }
}

/// What "so much slower" comes to where the share above a time falls with the square of the time.
fn squared(slower: Ratio) -> Ratio {
    Ratio::try_from(slower.get() * slower.get()).unwrap_or(slower)
}

impl Power {
    /// The canary's and the baseline's requests of one look.
    pub fn exposures(&self) -> (f64, f64) {
        let requests = self.traffic.requests_per_second * self.pace.interval.as_secs_f64();
        let share = self.traffic.canary_share;
        (requests * share, requests * (1.0 - share))
    }

    /// Events of the canary a minute, if its rate is that of the baseline.
    pub fn events_per_minute(&self) -> f64 {
        let Traffic { requests_per_second, canary_share, rate, .. } = self.traffic;
        requests_per_second * 60.0 * canary_share * rate
    }

    /// The log evidence that is needed if the last look is `last` after the start: the more looks are
    /// declared, the more of it.
    pub fn log_needed(&self, last: Duration) -> f64 {
        let (tested, pace) = (&self.tested, &self.pace);
        if tested.is_constant {
            return tested.level.alpha.log_needed();
        }
        let looks = |time: Duration| {
            u32::try_from(time.as_nanos() / pace.interval.as_nanos().max(1)).unwrap_or(u32::MAX)
        };
        let more = looks(last.saturating_sub(pace.last)).min(LOOKS_DECLARED_MAX);
        let declared = tested.level.looks.min(LOOKS_DECLARED_MAX).saturating_add(more);
        let level = Level { looks: declared, ..tested.level };
        level.log_needed(tested.direction, self.traffic.noise)
    }

    /// When a canary at `ratio` times the baseline's rate is found with this chance, after the start of
    /// the run, whole looks; none when it never is.
    ///
    /// Beyond the last look it is how late that would have to be.
    ///
    /// # Source
    ///
    /// [`PlannedTraffic::looks_needed`], and one look more.
    pub fn time(&self, ratio: Ratio, chance: f64) -> Option<Duration> {
        let mut last = self.pace.last;
        // More looks need more evidence, up to a bound, so this comes to rest.
        for _ in 0..STRETCHES_MAX {
            let looks = self.looks(ratio, chance, self.log_needed(last));
            let looks = (1.0..=f64::from(u32::MAX)).contains(&looks).then(|| whole(looks))?;
            let found = self.pace.interval.saturating_mul(looks);
            let found = self.pace.lead.saturating_add(found);
            if found <= last {
                return Some(if self.pace.last < last { last } else { found });
            }
            last = found;
        }
        Some(last)
    }

    /// The chance that a canary at `ratio` times the baseline's rate is found before the last look, to a
    /// thousandth. Below a fifth it is up to 0.12 too low, by simulation.
    pub fn chance(&self, ratio: Ratio) -> f64 {
        let looks = f64::from(self.pace.looks_in(self.pace.last));
        let log_needed = self.log_needed(self.pace.last);
        let (mut low, mut high) = (0.0, 1.0);
        while 1e-3 < high - low {
            let middle = f64::midpoint(low, high);
            if self.looks(ratio, middle, log_needed) <= looks {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The smallest ratio that is found within `time` after the start with this chance; none when none is.
    ///
    /// Beyond the last look it is what would be found if that were as late.
    pub fn smallest(&self, time: Duration, chance: f64) -> Option<f64> {
        let looks = f64::from(self.pace.looks_in(time));
        let log_needed = self.log_needed(time);
        let found = |ratio: f64| {
            Ratio::try_from(ratio).is_ok_and(|ratio| self.looks(ratio, chance, log_needed) <= looks)
        };
        // Nothing is decided on a single look.
        if looks < 3.0 {
            return None;
        }
        let largest = self.largest().unwrap_or(RATIO_MAX);
        let (mut low, mut high) = (RATIO_MIN, largest.min(2.0));
        while !found(high) {
            if largest <= high {
                return None;
            }
            low = high;
            high = (2.0 * high).min(largest);
        }
        while 1e-9 < high / low - 1.0 {
            let middle = (low * high).sqrt();
            if found(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }

    /// The smallest share of the traffic, in whole percent up to half, at which a canary at `ratio` times
    /// the baseline's rate is found before the last look with this chance; none when none is enough.
    pub fn share_needed(&self, ratio: Ratio, chance: f64) -> Option<f64> {
        let shares = (1..=PERCENT_MAX).map(|percent| f64::from(percent) / 100.0);
        let mut more = shares.filter(|share| self.traffic.canary_share < *share);
        more.find(|share| {
            let traffic = Traffic { canary_share: *share, ..self.traffic };
            let needed = Self { traffic, ..*self }.time(ratio, chance);
            needed.is_some_and(|needed| needed <= self.pace.last)
        })
    }

    /// Whether a canary at `ratio` times the rate is different enough to count.
    pub fn is_large(&self, ratio: Ratio) -> bool {
        // A last digit of a product must not make a difference that is just large enough too small.
        let excess = (ratio.get() - 1.0) * self.traffic.rate;
        self.tested.excess_min <= excess * (1.0 + 1e-9)
    }

    /// The largest ratio there can be: more than every request cannot fail.
    fn largest(&self) -> Option<f64> {
        let only_more = matches!(self.tested.direction, Direction::Increase);
        (self.tested.is_share && only_more).then(|| 1.0 / self.traffic.rate)
    }

    /// Looks, one more than the closed form's; infinite when it is never found.
    fn looks(&self, ratio: Ratio, chance: f64, log_needed: f64) -> f64 {
        let possible = self.largest().is_none_or(|largest| ratio.get() <= largest * (1.0 + 1e-9));
        match Share::try_from(chance) {
            Ok(chance) if possible && self.is_large(ratio) => {
                let planned = self.planned(ratio, log_needed);
                let needed = planned.looks_needed(ratio, chance).ceil();
                #[expect(clippy::cast_precision_loss, reason = "looks are few")]
                let least = self.pace.looks_min as f64;
                needed.max(least) + LOOKS_ADDED
            }
            Ok(_) | Err(_) => f64::INFINITY,
        }
    }

    fn planned(&self, ratio: Ratio, log_needed: f64) -> PlannedTraffic {
        let (own, other) = self.exposures();
        let rate = self.traffic.rate;
        let (canary, baseline, rate) = if self.tested.is_constant {
            (own, (own * CONSTANT).min(EXPOSURE_MAX), rate)
        } else {
            match self.tested.direction {
                Direction::Increase | Direction::Both => (own, other, rate),
                // The baseline has so many times the canary's events.
                Direction::Decrease => (other, own, rate / ratio.get()),
            }
        };
        PlannedTraffic {
            canary,
            baseline,
            rate,
            allowed: self.tested.allowed,
            effect: self.tested.tuned_for,
            noise: self.traffic.noise,
            log_needed,
        }
    }
}

/// The whole part of a float from 1 to the largest `u32`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the caller holds it against both ends"
)]
fn whole(looks: f64) -> u32 {
    looks as u32
}

#[cfg(test)]
mod tests;
