//! From planning inputs to figures, by the closed form: no options, no text.
//!
//! [`Planning`] is all that has to be known; where it comes from (the command line, a template, history)
//! does not matter here.

use std::time::Duration;

use assay_stats::level::{Alpha, Dispersion, Ratio, Share};
use assay_stats::plan::PlannedTraffic;

/// The chances a plan answers for: likely, and nearly sure.
pub(super) const LIKELY: f64 = 0.8;
/// The other of the two.
pub(super) const NEARLY_SURE: f64 = 0.95;
/// The smallest ratio that the criterion is tuned for.
const TUNED_FOR: f64 = 1.5;
/// Chances below are not told: there the closed form is too low, by simulation up to 0.12.
pub(super) const CHANCE_MIN: f64 = 0.2;
/// Looks added to the closed form, which is one to two looks optimistic.
const LOOKS_ADDED: f64 = 1.0;
/// Minutes that every plan answers for, besides those asked for.
const MINUTES: [f64; 3] = [10.0, 30.0, 60.0];

/// What is known of a rollout before it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planning {
    /// Requests per second to both arms together, above 0.
    pub(super) requests_per_second: f64,
    /// The canary's share of them, strictly between 0 and 1.
    pub(super) canary_share: f64,
    /// The share of the baseline's requests that fail, strictly between 0 and 1.
    pub(super) error_rate: f64,
    /// The noise beyond that of independent requests.
    pub(super) noise: Dispersion,
    /// The tolerated chance to abort a healthy canary.
    pub(super) alpha: Alpha,
    /// How far looks are apart.
    pub(super) interval: Duration,
    /// The ratio that is tolerated.
    pub(super) allowed: Ratio,
    /// How long the pause is.
    pub(super) within: Duration,
    /// How many times as often the canary fails: what to answer for.
    pub(super) effects: Vec<Ratio>,
}

/// What the closed form answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planned {
    /// Errors of the canary per minute, if it fails as often as the baseline.
    pub(super) errors_per_minute: f64,
    /// One for each effect.
    pub(super) effects: Vec<EffectPlan>,
    /// One for each length, ascending.
    pub(super) smallest: Vec<SmallestPlan>,
}

/// How long it takes to find a canary that fails this many times as often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct EffectPlan {
    /// How many times as often.
    pub(super) ratio: f64,
    /// Minutes after which it is found with chance [`LIKELY`]; infinite when it never is.
    pub(super) minutes_likely: f64,
    /// Minutes after which it is found with chance [`NEARLY_SURE`].
    pub(super) minutes_nearly_sure: f64,
    /// The chance that it is found within the pause, from [`CHANCE_MIN`] to 1; `None` below.
    pub(super) chance_within: Option<f64>,
}

/// What can be found in a given time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SmallestPlan {
    /// The time.
    pub(super) minutes: f64,
    /// The smallest ratio found with chance [`LIKELY`], if any is.
    pub(super) ratio_likely: Option<f64>,
    /// The smallest ratio found with chance [`NEARLY_SURE`].
    pub(super) ratio_nearly_sure: Option<f64>,
}

impl Planning {
    /// Requests of canary and baseline in one look.
    pub(super) fn exposures(&self) -> (f64, f64) {
        let requests = self.requests_per_second * self.interval.as_secs_f64();
        (requests * self.canary_share, requests * (1.0 - self.canary_share))
    }

    /// How many looks a time has.
    pub(super) fn looks_in(&self, time: Duration) -> f64 {
        (time.as_secs_f64() / self.interval.as_secs_f64()).floor()
    }

    /// The ratio the criterion is tuned for.
    pub(super) fn tuned_for(&self) -> Ratio {
        Ratio::try_from(TUNED_FOR).unwrap_or(self.allowed)
    }

    /// The figures of the closed form.
    pub(super) fn planned(&self) -> Planned {
        let traffic = self.traffic();
        let within = minutes(self.within);
        let mut lengths: Vec<f64> = MINUTES.to_vec();
        if !lengths.iter().any(|known| known.total_cmp(&within).is_eq()) {
            lengths.push(within);
        }
        lengths.sort_by(f64::total_cmp);
        let per_minute = self.requests_per_second * 60.0 * self.canary_share * self.error_rate;
        Planned {
            errors_per_minute: per_minute,
            effects: self.effects.iter().map(|&ratio| self.effect(&traffic, ratio)).collect(),
            smallest: lengths.into_iter().map(|time| self.smallest(&traffic, time)).collect(),
        }
    }

    fn traffic(&self) -> PlannedTraffic {
        let (canary, baseline) = self.exposures();
        PlannedTraffic {
            allowed: self.allowed,
            effect: self.tuned_for(),
            noise: self.noise,
            ..PlannedTraffic::new(canary, baseline, self.error_rate, self.alpha)
        }
    }

    fn effect(&self, traffic: &PlannedTraffic, ratio: Ratio) -> EffectPlan {
        // More than every request cannot fail.
        let possible = ratio.get() * self.error_rate <= 1.0;
        let needed = |chance: f64| match Share::try_from(chance) {
            Ok(chance) if possible => traffic.looks_needed(ratio, chance),
            Ok(_) | Err(_) => f64::INFINITY,
        };
        let minutes = |chance| (needed(chance).ceil() + LOOKS_ADDED) * minutes(self.interval);
        let looks = self.looks_in(self.within) - LOOKS_ADDED;
        EffectPlan {
            ratio: ratio.get(),
            minutes_likely: minutes(LIKELY),
            minutes_nearly_sure: minutes(NEARLY_SURE),
            chance_within: Some(largest_chance(|chance| needed(chance) <= looks))
                .filter(|&chance| CHANCE_MIN <= chance),
        }
    }

    fn smallest(&self, traffic: &PlannedTraffic, time: f64) -> SmallestPlan {
        let looks = (time / minutes(self.interval)).floor() - LOOKS_ADDED;
        let found = |chance: f64| {
            let chance = Share::try_from(chance).ok()?;
            // Nothing is decided on a single look.
            let smallest = if looks < 2.0 { None } else { traffic.smallest_found(looks, chance) };
            smallest.filter(|ratio| ratio * self.error_rate <= 1.0)
        };
        SmallestPlan {
            minutes: time,
            ratio_likely: found(LIKELY),
            ratio_nearly_sure: found(NEARLY_SURE),
        }
    }
}

/// A time in minutes.
pub(super) fn minutes(time: Duration) -> f64 {
    time.as_secs_f64() / 60.0
}

/// The largest chance that is reached in time, to a thousandth.
fn largest_chance(in_time: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while 1e-3 < high - low {
        let middle = f64::midpoint(low, high);
        if in_time(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planning(rate: f64, share: f64) -> Planning {
        let ratio = |value: f64| Ratio::try_from(value).expect("a ratio");
        Planning {
            requests_per_second: rate,
            canary_share: share,
            error_rate: 0.005,
            noise: Dispersion::NONE,
            alpha: Alpha::ONE_IN_TWENTY,
            interval: Duration::from_secs(30),
            allowed: Ratio::EQUAL,
            within: Duration::from_secs(1800),
            effects: [1.25, 1.5, 2.0, 3.0, 5.0].map(ratio).to_vec(),
        }
    }

    /// Minutes at both chances, by effect; they were rounded to whole or half minutes.
    fn takes(rate: f64, share: f64, expected: [(f64, f64); 5]) {
        let planned = planning(rate, share).planned();
        for (found, (likely, nearly_sure)) in planned.effects.iter().zip(expected) {
            for (found, expected) in
                [(found.minutes_likely, likely), (found.minutes_nearly_sure, nearly_sure)]
            {
                let slack = if expected < 3.0 { 0.01 } else { 0.51 };
                assert!((found - expected).abs() <= slack, "{rate} {share}: {found}, {expected}");
            }
        }
    }

    #[test]
    fn the_minutes_are_those_of_the_reference() {
        let fast = (1.5, 1.5);
        takes(10.0, 0.1, [(942., 1542.), (234., 402.), (67., 117.), (21., 38.), (8., 13.)]);
        takes(50.0, 0.05, [(357., 585.), (89., 153.), (26., 45.), (9., 15.), (4., 6.)]);
        takes(50.0, 0.2, [(108., 175.), (27., 46.), (9., 14.), (3., 5.), (1.5, 2.)]);
        takes(200.0, 0.05, [(90., 147.), (23., 39.), (7., 12.), (2.5, 4.), (1.5, 2.)]);
        takes(1000.0, 0.05, [(19., 30.), (5., 9.), (2., 3.), fast, fast]);
        takes(1000.0, 0.25, [(6., 8.), (2., 2.5), fast, fast, fast]);
    }

    /// The smallest ratios in 10, 30 and 60 minutes at both chances, to the digits given.
    fn finds(planning: &Planning, slack: f64, expected: [(f64, f64); 3]) {
        let smallest = planning.planned().smallest;
        for (found, (likely, nearly_sure)) in smallest.iter().zip(expected) {
            for (found, expected) in
                [(found.ratio_likely, likely), (found.ratio_nearly_sure, nearly_sure)]
            {
                let found = found.expect("a ratio");
                assert!((found - expected).abs() <= slack, "{found}, not {expected}");
            }
        }
    }

    #[test]
    fn the_smallest_ratios_are_those_of_the_reference() {
        let (small, large) = (planning(50.0, 0.05), planning(1000.0, 0.05));
        finds(&small, 0.006, [(2.75, 3.52), (1.91, 2.26), (1.62, 1.84)]);
        finds(&planning(50.0, 0.2), 0.006, [(1.88, 2.21), (1.47, 1.63), (1.33, 1.43)]);
        finds(&large, 0.006, [(1.34, 1.44), (1.20, 1.25), (1.16, 1.19)]);
        let noisy = Planning { noise: Dispersion::at_least_one(3.0), ..large };
        finds(&noisy, 0.006, [(1.60, 1.81), (1.33, 1.43), (1.24, 1.30)]);
        let rare = Planning { error_rate: 0.001, ..small };
        finds(&rare, 0.06, [(5.8, 8.4), (3.3, 4.4), (2.5, 3.2)]);
    }

    #[test]
    fn what_cannot_be_is_never_found() {
        let ratio = |value: f64| Ratio::try_from(value).expect("a ratio");
        let base = planning(50.0, 0.05);
        let planning = Planning {
            error_rate: 0.3,
            allowed: ratio(1.3),
            effects: vec![ratio(4.0), ratio(1.2)],
            ..base
        };
        for found in planning.planned().effects {
            assert_eq!(found.minutes_likely.to_bits(), f64::INFINITY.to_bits(), "{found:?}");
            assert_eq!(found.chance_within, None, "{found:?}");
        }
    }
}
