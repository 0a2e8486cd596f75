//! How much one target gets at once: messages on their way, and messages a second.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// What one target gets at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetLimits {
    /// Messages on their way at the same time, at least 1.
    pub in_flight_max: u32,
    /// Messages a second over time, at least 1.
    pub per_second_max: u32,
    /// Messages at once after a rest, at least 1.
    pub burst_max: u32,
}

impl Default for TargetLimits {
    fn default() -> Self {
        Self { in_flight_max: 8, per_second_max: 50, burst_max: 100 }
    }
}

/// Whether a message may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is on its way; say [`Gate::done`] when it has ended.
    Go,
    /// Ask again at this time.
    At(Timestamp),
    /// Ask again when one of those on their way has ended.
    Full,
}

/// The limits of one target, as far as they are used up. One task owns it.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    limits: TargetLimits,
    in_flight: u32,
    /// When all that was sent would have been sent, evenly spread; the past counts as now.
    spent_until: Timestamp,
}

impl Gate {
    /// Nothing is used up.
    pub fn new(limits: TargetLimits) -> Self {
        Self { limits, in_flight: 0, spent_until: Timestamp::MIN }
    }

    /// Lets a message go at `now`, or says when to ask again. A clock that went back only makes it
    /// stricter, for as long as a burst takes.
    pub fn admit(&mut self, now: Timestamp) -> Admission {
        if self.limits.in_flight_max.max(1) <= self.in_flight {
            return Admission::Full;
        }
        let each = SignedDuration::try_from(self.each()).unwrap_or(SignedDuration::MAX);
        let ahead = each
            .saturating_mul(i32::try_from(self.limits.burst_max.max(1) - 1).unwrap_or(i32::MAX));
        // More than a burst ahead cannot be, unless the clock went back.
        let full = now.saturating_add(ahead.saturating_add(each)).unwrap_or(Timestamp::MAX);
        let spent_until = self.spent_until.max(now).min(full);
        let earliest = spent_until.saturating_sub(ahead).unwrap_or(Timestamp::MIN);
        if now < earliest {
            self.spent_until = spent_until;
            return Admission::At(earliest);
        }
        self.spent_until = spent_until.saturating_add(each).unwrap_or(Timestamp::MAX);
        self.in_flight += 1;
        Admission::Go
    }

    /// A message that was let go has ended, in whatever way.
    pub fn done(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Messages on their way.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// The share of a second that one message takes.
    fn each(&self) -> Duration {
        Duration::from_secs(1) / self.limits.per_second_max.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_767_607_200_000 + millis).unwrap()
    }

    #[test]
    fn a_target_gets_a_few_at_a_time() {
        let limits = TargetLimits { in_flight_max: 2, per_second_max: 1000, burst_max: 10 };
        let mut gate = Gate::new(limits);
        assert_eq!(gate.admit(at(0)), Admission::Go);
        assert_eq!(gate.admit(at(0)), Admission::Go);
        assert_eq!(gate.admit(at(0)), Admission::Full);
        gate.done();
        assert_eq!(gate.admit(at(0)), Admission::Go);
        assert_eq!(gate.in_flight(), 2);
    }

    #[test]
    fn a_target_gets_a_burst_and_then_a_rate() {
        let limits = TargetLimits { in_flight_max: 100, per_second_max: 10, burst_max: 3 };
        let mut gate = Gate::new(limits);
        for _ in 0..3 {
            assert_eq!(gate.admit(at(0)), Admission::Go);
        }
        assert_eq!(gate.admit(at(0)), Admission::At(at(100)));
        assert_eq!(gate.admit(at(99)), Admission::At(at(100)));
        assert_eq!(gate.admit(at(100)), Admission::Go);
        assert_eq!(gate.admit(at(100)), Admission::At(at(200)));
        // After a rest there is a burst again, and not more.
        for _ in 0..3 {
            assert_eq!(gate.admit(at(60_000)), Admission::Go);
        }
        assert_eq!(gate.admit(at(60_000)), Admission::At(at(60_100)));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_stop_a_target_for_long() {
        let limits = TargetLimits { in_flight_max: 100, per_second_max: 10, burst_max: 1 };
        let mut gate = Gate::new(limits);
        assert_eq!(gate.admit(at(3_600_000)), Admission::Go);
        assert_eq!(gate.admit(at(0)), Admission::At(at(100)));
        assert_eq!(gate.admit(at(100)), Admission::Go);
    }

    #[test]
    fn limits_of_zero_are_one() {
        let limits = TargetLimits { in_flight_max: 0, per_second_max: 0, burst_max: 0 };
        let mut gate = Gate::new(limits);
        assert_eq!(gate.admit(at(0)), Admission::Go);
        assert_eq!(gate.admit(at(0)), Admission::Full);
        gate.done();
        assert_eq!(gate.admit(at(0)), Admission::At(at(1000)));
    }
}
