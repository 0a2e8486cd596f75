//! How long a criterion on counts takes to find a change, and what it finds in a given time.
//!
//! The closed form of `assay_stats::plan` with what a run adds to it: the warm-up, whole looks, the
//! part of the level that the criterion has, and differences too small to count.

use std::time::Duration;

use assay_stats::comparison::Direction;
use assay_stats::level::{Dispersion, Ratio, Share};
use assay_stats::plan::PlannedTraffic;

use super::compare::{Exposure, Limit, Sequential, StatedTraffic, Statistic, Tail};
use super::level::Level;

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

/// A field of `spec.compare.traffic` without which a criterion cannot be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotStated(pub &'static str);

impl StatedTraffic {
    /// The traffic as `statistic` counts it, without noise; none if it is not on counts.
    ///
    /// # Errors
    ///
    /// [`NotStated`] names the first field that is missing.
    pub fn of(&self, statistic: &Statistic) -> Option<Result<Traffic, NotStated>> {
        effect_of(statistic)?;
        Some(self.for_counts(statistic))
    }

    fn for_counts(&self, statistic: &Statistic) -> Result<Traffic, NotStated> {
        let requests = self.requests_per_second.ok_or(NotStated("requestsPerSecond"));
        let events = self.events_per_second.ok_or(NotStated("eventsPerSecond"));
        let (requests_per_second, rate) = match statistic {
            Statistic::Limit(Limit::Share { at_most, .. }) => (requests?, at_most.get()),
            Statistic::Latency { tail: Tail::Quantile(quantile), .. } => {
                (requests?, 1.0 - quantile.get())
            }
            Statistic::Latency { tail: Tail::Above(_), .. } => {
                (requests?, self.slow.ok_or(NotStated("slow"))?.get())
            }
            // Only the events count: of what they are a part makes no difference.
            Statistic::Counts { .. } => (1.0, events?),
            Statistic::ErrorRate { .. }
            | Statistic::Gauge { .. }
            | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => {
                (requests?, self.errors.ok_or(NotStated("errors"))?.get())
            }
        };
        let weight = self.canary_weight.or(match statistic {
            Statistic::Counts { exposure: Exposure::Weight { canary }, .. } => Some(*canary),
            Statistic::ErrorRate { .. }
            | Statistic::Counts { exposure: Exposure::Requests, .. }
            | Statistic::Latency { .. }
            | Statistic::Gauge { .. }
            | Statistic::Limit(_)
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => None,
        });
        Ok(Traffic {
            requests_per_second,
            canary_share: weight.ok_or(NotStated("canaryWeight"))?.get(),
            rate,
            noise: Dispersion::NONE,
            granted: Ratio::EQUAL,
            slower: None,
        })
    }
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
mod tests {
    use assay_stats::boundary::Boundary;
    use assay_stats::level::Alpha;

    use super::*;

    fn ratio(value: f64) -> Ratio {
        Ratio::try_from(value).unwrap()
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    /// As the tables of the reference have it: nothing tolerated, 1/α, no warm-up, 0.5 % errors.
    fn power(requests_per_second: f64, canary_share: f64) -> Power {
        let level = Level {
            alpha: Alpha::ONE_IN_TWENTY,
            beta: Alpha::ONE_IN_TWENTY,
            boundary: Boundary::Anytime,
            looks: 60,
        };
        Power {
            tested: Tested {
                direction: Direction::Increase,
                allowed: Ratio::EQUAL,
                tuned_for: ratio(1.5),
                level,
                excess_min: 0.0,
                is_share: true,
                is_constant: false,
            },
            pace: Pace {
                interval: Duration::from_secs(30),
                lead: Duration::ZERO,
                last: minutes(30),
                looks_min: 2,
            },
            traffic: Traffic {
                requests_per_second,
                canary_share,
                rate: 0.005,
                noise: Dispersion::NONE,
                granted: Ratio::EQUAL,
                slower: None,
            },
        }
    }

    /// Within half a minute, to which the reference is rounded.
    fn takes(power: &Power, effect: f64, chance: f64, expected: f64) {
        let found = power.time(ratio(effect), chance).unwrap().as_secs_f64() / 60.0;
        assert!((found - expected).abs() <= 0.51, "×{effect}: {found}, not {expected}");
    }

    #[test]
    fn times_are_those_of_the_reference_and_the_warm_up() {
        for (effect, likely, nearly_sure) in
            [(1.5, 89.0, 153.0), (2.0, 26.0, 45.0), (3.0, 9.0, 15.0)]
        {
            let plain = power(50.0, 0.05);
            takes(&plain, effect, 0.8, likely);
            takes(&plain, effect, 0.95, nearly_sure);
            let pace = Pace { lead: minutes(3), ..plain.pace };
            takes(&Power { pace, ..plain }, effect, 0.8, 3.0 + likely);
        }
        takes(&power(200.0, 0.05), 1.5, 0.8, 23.0);
        takes(&power(1000.0, 0.25), 1.25, 0.95, 8.0);
    }

    #[test]
    fn the_smallest_ratio_is_that_of_the_reference() {
        let finds = |power: &Power, time: u64, chance: f64, expected: f64| {
            let found = power.smallest(minutes(time), chance).unwrap();
            assert!((found - expected).abs() < 0.006, "{found}, not {expected}");
        };
        finds(&power(50.0, 0.05), 30, 0.8, 1.91);
        finds(&power(50.0, 0.2), 60, 0.95, 1.43);
        let noisy = power(1000.0, 0.05);
        let traffic = Traffic { noise: Dispersion::at_least_one(3.0), ..noisy.traffic };
        finds(&Power { traffic, ..noisy }, 30, 0.8, 1.33);
        assert_eq!(power(50.0, 0.05).smallest(minutes(1), 0.8), None, "a look is not enough");
    }

    #[test]
    fn a_decrease_is_an_increase_of_the_baseline() {
        let up = power(50.0, 0.5);
        let tested = Tested { direction: Direction::Decrease, ..up.tested };
        let down = Power { tested, ..up };
        let traffic = Traffic { rate: 0.0025, ..up.traffic };
        let half = Power { traffic, ..up };
        assert_eq!(down.time(ratio(2.0), 0.8), half.time(ratio(2.0), 0.8));
        let both = Power { tested: Tested { direction: Direction::Both, ..up.tested }, ..up };
        assert!(up.time(ratio(2.0), 0.8) < both.time(ratio(2.0), 0.8));
    }

    #[test]
    fn what_cannot_be_found_is_never_found() {
        let plain = power(1000.0, 0.25);
        let small = Tested { excess_min: 0.006, ..plain.tested };
        let small = Power { tested: small, ..plain };
        assert_eq!(small.time(ratio(2.0), 0.8), None, "0.5 points more are too few");
        assert!(small.time(ratio(2.5), 0.8).is_some());
        assert!(small.smallest(minutes(30), 0.8).unwrap() > 2.19);
        let traffic = Traffic { rate: 0.4, ..plain.traffic };
        let often = Power { traffic, ..plain };
        assert_eq!(often.time(ratio(3.0), 0.8), None, "more than all cannot fail");
        assert!(often.time(ratio(2.5), 0.8).is_some());
        let tested = Tested { allowed: ratio(2.0), ..plain.tested };
        assert_eq!(Power { tested, ..plain }.time(ratio(1.5), 0.8), None, "tolerated");
    }

    #[test]
    fn a_longer_step_needs_the_evidence_of_its_length() {
        let plain = power(50.0, 0.05);
        let level = Level { boundary: Boundary::Auto, ..plain.tested.level };
        let power = Power { tested: Tested { level, ..plain.tested }, ..plain };
        let needed = |power: &Power| power.log_needed(power.pace.last).exp();
        assert!((needed(&power) - 8.1).abs() < 1e-9, "that of 60 looks");
        let last = power.time(ratio(1.5), 0.8).unwrap();
        assert!(power.pace.last < last);
        // A run of that length finds it, and one of half the length does not.
        let of = |last: Duration| {
            let looks = u32::try_from(last.as_secs() / 30).unwrap();
            let level = Level { looks, ..level };
            let pace = Pace { last, ..power.pace };
            Power { tested: Tested { level, ..power.tested }, pace, ..power }
        };
        assert!(of(last).time(ratio(1.5), 0.8).unwrap() <= last);
        assert!(last / 2 < of(last / 2).time(ratio(1.5), 0.8).unwrap());
        assert!((needed(&of(minutes(120))) - 20.0).abs() < 1e-9, "1/α beyond the table");
    }

    #[test]
    fn the_weight_that_is_needed_is_enough_and_no_less_is() {
        let plain = power(50.0, 0.05);
        let needed = plain.share_needed(ratio(1.5), 0.8).unwrap();
        let at = |canary_share: f64| {
            let traffic = Traffic { canary_share, ..plain.traffic };
            Power { traffic, ..plain }.time(ratio(1.5), 0.8).unwrap()
        };
        assert!(at(needed) <= minutes(30), "{needed}");
        assert!(minutes(30) < at(needed - 0.01), "{needed}");
        assert_eq!(power(1.0, 0.05).share_needed(ratio(1.25), 0.8), None);
    }
}
