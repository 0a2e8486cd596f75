//! What holds for any row of measurements.

use assay_run::state::{Outcome, Phase};
use assay_run::verdict::Decision;
use assay_template::plan::{Limits, MetricPlan, Mode};
use proptest::prelude::*;

use crate::driver::{World, metric, plan};

fn letters() -> impl Strategy<Value = String> {
    "[SFIEN]{0,30}"
}

fn limits() -> impl Strategy<Value = Limits> {
    let option = |max: u32| proptest::option::of(0..=max);
    (option(3), option(3), 0..3_u32, 0..5_u32, option(3)).prop_map(
        |(failure, consecutive_failure, inconclusive, consecutive_error, streak)| Limits {
            failure,
            consecutive_failure,
            inconclusive,
            consecutive_error,
            consecutive_success: streak.map(|streak| streak + 1),
        },
    )
}

fn metrics() -> impl Strategy<Value = MetricPlan> {
    (limits(), proptest::option::of(1..8_u32)).prop_map(|(limits, count)| MetricPlan {
        limits,
        count,
        ..metric("m")
    })
}

fn played(mode: Mode, metric: &MetricPlan, letters: &str) -> World {
    let mut world = World::start(plan(mode, vec![metric.clone()]));
    world.play(&[letters]);
    world
}

/// Argo's rules for one metric, written a second time: letters in, phase and measurements taken out.
fn reference(metric: &MetricPlan, letters: &str) -> (Phase, usize) {
    let limits = &metric.limits;
    let (mut failed, mut inconclusive, mut count) = (0, 0, 0);
    let (mut errors_in_row, mut good_in_row, mut bad_in_row) = (0, 0, 0);
    for (place, letter) in letters.chars().enumerate() {
        let error = matches!(letter, 'E' | 'N');
        count += u32::from(!error);
        failed += u32::from(letter == 'F');
        inconclusive += u32::from(letter == 'I');
        errors_in_row = if error { errors_in_row + 1 } else { 0 };
        good_in_row = if letter == 'S' { good_in_row + 1 } else { 0 };
        bad_in_row = if letter == 'F' { bad_in_row + 1 } else { 0 };
        let mut phase = None;
        if metric.count.is_some_and(|wanted| wanted <= count) {
            phase = Some(match (limits.consecutive_success, limits.failure) {
                (None, _) => Phase::Successful,
                (Some(_), Some(_)) => Phase::Inconclusive,
                (Some(_), None) => Phase::Failed,
            });
        }
        if limits.consecutive_success.is_some_and(|wanted| wanted <= good_in_row) {
            phase = Some(Phase::Successful);
        }
        if limits.consecutive_failure.is_some_and(|limit| limit < bad_in_row)
            || limits.failure.is_some_and(|limit| limit < failed)
        {
            phase = Some(Phase::Failed);
        }
        if limits.inconclusive < inconclusive {
            phase = Some(Phase::Inconclusive);
        }
        if limits.consecutive_error < errors_in_row {
            phase = Some(Phase::Error);
        }
        if let Some(phase) = phase {
            return (phase, place + 1);
        }
    }
    (Phase::Running, letters.len())
}

proptest! {
    #[test]
    fn argo_mode_agrees_with_its_rules_written_twice(metric in metrics(), letters in letters()) {
        let world = played(Mode::Argo, &metric, &letters);
        let taken = usize::try_from(world.state.metrics[0].tally.taken()).unwrap();
        prop_assert_eq!((world.phase(0), taken), reference(&metric, &letters));
    }

    #[test]
    fn strict_mode_promotes_on_evidence_only(metric in metrics(), letters in letters()) {
        let mut world = played(Mode::Strict, &metric, &letters);
        world.terminate("");
        let tally = world.state.metrics[0].tally;
        let last = world.state.metrics[0].last().cloned();
        if world.verdict().decision == Decision::Promote {
            prop_assert!(0 < tally.successful);
            prop_assert!(!last.unwrap().is_blind());
            prop_assert!(metric.limits.failure.is_none_or(|limit| tally.failed <= limit));
        }
    }

    /// What strict mode promotes after a whole run, Argo's rules call Successful as well, unless
    /// errors in between made Argo give up.
    #[test]
    fn strict_mode_is_never_more_lenient(metric in metrics(), letters in letters()) {
        let letters = letters.replace(['E', 'N'], "");
        let strict = played(Mode::Strict, &metric, &letters);
        if strict.phase(0) == Phase::Successful {
            let argo = played(Mode::Argo, &metric, &letters);
            prop_assert_eq!(argo.phase(0), Phase::Successful);
        }
    }

    /// Measurements without evidence never help.
    #[test]
    fn blind_measurements_do_not_turn_a_bad_run_good(metric in metrics(), letters in letters()) {
        let seen = letters.replace(['E', 'N'], "");
        let with_gaps = played(Mode::Strict, &metric, &letters);
        if with_gaps.phase(0) == Phase::Successful && metric.limits.consecutive_success.is_none() {
            let without = played(Mode::Strict, &metric, &seen);
            let in_a_row = metric.limits.consecutive_failure.is_some();
            prop_assert!(in_a_row || without.phase(0) == Phase::Successful);
        }
    }

    #[test]
    fn counters_add_up(metric in metrics(), letters in letters()) {
        for mode in [Mode::Argo, Mode::Strict] {
            let world = played(mode, &metric, &letters);
            let tally = world.state.metrics[0].tally;
            let letters = &letters[..usize::try_from(tally.taken()).unwrap()];
            let count = |wanted: &[char]| {
                u32::try_from(letters.chars().filter(|c| wanted.contains(c)).count()).unwrap()
            };
            prop_assert_eq!(tally.successful, count(&['S']));
            prop_assert_eq!(tally.failed, count(&['F']));
            prop_assert_eq!(tally.inconclusive, count(&['I']));
            prop_assert_eq!(tally.blind(), count(&['E', 'N']));
            let blind = |m: &&assay_run::state::Measurement| {
                m.outcome == Outcome::Errored || m.missing.is_some()
            };
            let kept = world.state.metrics[0].measurements.iter().filter(blind).count();
            prop_assert!(u32::try_from(kept).unwrap() <= tally.blind());
        }
    }
}
