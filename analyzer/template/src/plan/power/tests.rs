//! Figures held against the tables of the reference.

use assay_stats::boundary::{Boundary, Calibration};
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
        calibration: Calibration::Table,
        planned: (0.0, 0.0),
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
    for (effect, likely, nearly_sure) in [(1.5, 89.0, 153.0), (2.0, 26.0, 45.0), (3.0, 9.0, 15.0)] {
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
