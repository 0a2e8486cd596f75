//! From planning inputs to figures, by the closed form: no options, no text.
//!
//! [`Planning`] is all that has to be known; where it comes from (the command line, a template, history)
//! does not matter here.

use std::time::Duration;

use assay_stats::boundary::{Boundary, Calibration};
use assay_stats::comparison::{CountSettings, Direction};
use assay_stats::level::{Alpha, Dispersion, Ratio};
use assay_template::plan::level::Level;
use assay_template::plan::power::{Pace, Power, Tested, Traffic};

use super::simulated::Subject;

/// The chances a plan answers for: likely, and nearly sure.
pub(super) const LIKELY: f64 = 0.8;
/// The other of the two.
pub(super) const NEARLY_SURE: f64 = 0.95;
/// The smallest ratio that the criterion is tuned for.
const TUNED_FOR: f64 = 1.5;
/// Chances below are not told: there the closed form is too low, by simulation up to 0.12.
pub(super) const CHANCE_MIN: f64 = 0.2;
/// Minutes that every plan answers for, besides those asked for.
const MINUTES: [u64; 3] = [10, 30, 60];
/// Looks without which nothing is decided.
const LOOKS_MIN: u64 = 2;

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
    /// The figures of the closed form.
    pub(super) fn planned(&self) -> Planned {
        planned(&self.power(), &self.effects)
    }

    /// What is simulated.
    pub(super) fn subject(&self) -> Subject {
        let power = self.power();
        let settings = CountSettings {
            allowed: self.allowed,
            effect: power.tested.tuned_for,
            alpha: self.alpha,
            boundary: Boundary::Anytime,
            ..CountSettings::plain(Some(power.pace.looks_in(self.within)))
        };
        Subject { power, settings, limit: None }
    }

    fn power(&self) -> Power {
        Power {
            tested: Tested {
                direction: Direction::Increase,
                allowed: self.allowed,
                tuned_for: Ratio::try_from(TUNED_FOR).unwrap_or(self.allowed),
                level: Level {
                    alpha: self.alpha,
                    beta: self.alpha,
                    boundary: Boundary::Anytime,
                    looks: 0,
                    calibration: Calibration::Table,
                    planned: (0.0, 0.0),
                },
                excess_min: 0.0,
                is_share: true,
                is_constant: false,
            },
            pace: Pace {
                interval: self.interval,
                lead: Duration::ZERO,
                last: self.within,
                looks_min: LOOKS_MIN,
            },
            traffic: Traffic {
                requests_per_second: self.requests_per_second,
                canary_share: self.canary_share,
                rate: self.error_rate,
                noise: self.noise,
                granted: Ratio::EQUAL,
                slower: None,
            },
        }
    }
}

/// The figures of the closed form for these effects, and for the time until the last look.
pub(super) fn planned(power: &Power, effects: &[Ratio]) -> Planned {
    let last = power.pace.last;
    let mut lengths = MINUTES.map(|minutes| Duration::from_secs(60 * minutes)).to_vec();
    lengths.push(last);
    lengths.sort_unstable();
    lengths.dedup();
    let needed = |ratio, chance| power.time(ratio, chance).map_or(f64::INFINITY, minutes);
    let effect = |&ratio: &Ratio| EffectPlan {
        ratio: ratio.get(),
        minutes_likely: needed(ratio, LIKELY),
        minutes_nearly_sure: needed(ratio, NEARLY_SURE),
        chance_within: Some(power.chance(ratio)).filter(|&chance| CHANCE_MIN <= chance),
    };
    let smallest = |time| SmallestPlan {
        minutes: minutes(time),
        ratio_likely: power.smallest(time, LIKELY),
        ratio_nearly_sure: power.smallest(time, NEARLY_SURE),
    };
    Planned {
        errors_per_minute: power.events_per_minute(),
        effects: effects.iter().map(effect).collect(),
        smallest: lengths.into_iter().map(smallest).collect(),
    }
}

/// A time in minutes.
pub(super) fn minutes(time: Duration) -> f64 {
    time.as_secs_f64() / 60.0
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
