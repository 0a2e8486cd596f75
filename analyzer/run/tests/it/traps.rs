//! The sixteen known ways to a wrong verdict, in both modes.
//!
//! In argo mode the phase is Argo's and the trap is a warning with its number; in strict mode the
//! trap is closed. Some of the sixteen are about statistics, which a run of conditions does not have;
//! their tests say what is asserted in their place.

use assay_run::reading::{Answer, Fault, Reading};
use assay_run::state::{Missing, Phase, RunState};
use assay_run::step::{Event, step};
use assay_run::verdict::{Cause, Decision};
use assay_template::plan::{Limits, MetricPlan, Mode, OnNoData};

use crate::driver::{World, answer, at, counted, judged_by, metric, once, plan, seconds, vector};

/// What the two modes make of the same metrics and answers.
struct Both {
    argo: World,
    strict: World,
}

impl Both {
    fn of(play: impl Fn(Mode) -> World) -> Self {
        Self { argo: play(Mode::Argo), strict: play(Mode::Strict) }
    }

    /// `answer` to every measurement of the one metric.
    fn repeat(metric: &MetricPlan, answer: &Result<Answer, Fault>) -> Self {
        Self::of(|mode| {
            let mut world = World::start(plan(mode, vec![metric.clone()]));
            world.repeat(answer);
            world
        })
    }

    /// Letters to metrics judged by a score.
    fn play(metrics: &[MetricPlan], letters: &[&str]) -> Self {
        Self::of(|mode| {
            let mut world = World::start(plan(mode, metrics.to_vec()));
            world.play(letters);
            world
        })
    }

    /// Asserts phase and traps in argo mode, decision and cause in strict mode.
    fn check(&self, argo: (Phase, &[u8]), strict: (Decision, Cause)) {
        assert_eq!(self.argo.verdict().phase, argo.0, "argo");
        assert_eq!(self.argo.traps(), argo.1, "argo");
        assert_eq!(self.strict.verdict().decision, strict.0, "strict");
        assert_eq!(self.strict.verdict().reason.cause, strict.1, "strict");
    }
}

#[test]
fn t01_nan_with_only_a_failure_condition() {
    let metric = judged_by("", "result[0] > 0.05", once("error-rate"));
    let both = Both::repeat(&metric, &vector(&[f64::NAN]));
    both.check((Phase::Successful, &[1]), (Decision::Hold, Cause::NoData));
    assert_eq!(both.argo.state.metrics[0].last().unwrap().value, "[NaN]");
}

#[test]
fn t02_infinity_reaches_every_lower_limit() {
    let metric = judged_by("result >= 0.95", "", once("success-rate"));
    let answer = Ok(Answer::of(Reading::Scalar(f64::INFINITY)));
    let both = Both::repeat(&metric, &answer);
    both.check((Phase::Successful, &[2]), (Decision::Hold, Cause::NoData));
    let missing = both.strict.state.metrics[0].last().unwrap().missing.clone();
    assert_eq!(missing, Some(Missing::NotFinite { count: 1, of: 1 }));
}

#[test]
fn t03_terminated_before_the_first_measurement() {
    let both = Both::of(|mode| {
        let late = MetricPlan { initial_delay: seconds(60), ..once("m") };
        let mut world = World::start(plan(mode, vec![late]));
        world.terminate("");
        world
    });
    both.check((Phase::Successful, &[3]), (Decision::Hold, Cause::EndedEarly));
    assert_eq!(both.strict.verdict().phase, Phase::Inconclusive);
}

#[test]
fn t04_every_measurement_bad_but_each_within_its_limit() {
    let limits = Limits { failure: Some(3), ..Limits::default() };
    let both = Both::play(&[MetricPlan { limits, ..counted("m", 3) }], &["FFF"]);
    both.check((Phase::Successful, &[4]), (Decision::Abort, Cause::Bad));
    let limits = Limits { failure: Some(1), inconclusive: 1, ..Limits::default() };
    let both = Both::play(&[MetricPlan { limits, ..counted("m", 2) }], &["FI"]);
    both.check((Phase::Successful, &[4]), (Decision::Hold, Cause::Undecided));
}

#[test]
fn t04_errors_do_not_count_and_the_end_comes_first() {
    let both = Both::of(|mode| {
        let mut world = World::start(plan(mode, vec![metric("m")]));
        world.answer(0, answer('E'));
        world.terminate("");
        world
    });
    both.check((Phase::Successful, &[4]), (Decision::Hold, Cause::EndedEarly));
}

#[test]
fn t05_the_siblings_of_a_failed_metric_are_not_good() {
    let both = Both::play(&[counted("a", 3), counted("b", 3)], &["SF", "SS"]);
    both.check((Phase::Failed, &[5]), (Decision::Abort, Cause::Bad));
    assert_eq!(both.argo.phase(1), Phase::Successful);
    assert_eq!(both.strict.phase(1), Phase::Inconclusive);
    assert_eq!(both.strict.state.metrics[1].message, "stopped");
}

#[test]
fn t06_good_measurements_after_a_failure_change_nothing() {
    let both = Both::play(&[counted("m", 5)], &["SF"]);
    for mut world in [both.argo, both.strict] {
        let concluded = world.state.clone();
        for ticket in world.history.clone() {
            let answer = answer('S');
            world.tell(Event::Measured { at: at(500), ticket: ticket.0, answer });
        }
        world.tell(Event::Woke { at: at(600) });
        world.terminate("");
        assert_eq!(world.state, concluded);
        assert_eq!(world.verdict().decision, Decision::Abort);
    }
}

#[test]
fn t07_the_run_waits_for_every_metric() {
    for mode in [Mode::Argo, Mode::Strict] {
        let mut world = World::start(plan(mode, vec![once("fast"), once("slow")]));
        world.answer(0, answer('S'));
        assert_eq!(world.verdicts, [], "{mode:?}");
        world.now = at(25);
        world.answer(1, answer('F'));
        if mode == Mode::Argo {
            world.wake_at(at(25));
        }
        assert_eq!(world.verdict().decision, Decision::Abort, "{mode:?}");
    }
}

/// Dry-run metrics are waited for, but one without an end is stopped when all others are done.
#[test]
fn t07_a_dry_run_without_an_end_does_not_keep_a_strict_run() {
    let endless = MetricPlan { dry_run: true, ..metric("d") };
    let mut world = World::start(plan(Mode::Strict, vec![once("m"), endless.clone()]));
    world.play(&["S", "S"]);
    assert_eq!(world.verdict().decision, Decision::Promote);
    let mut world = World::start(plan(Mode::Argo, vec![once("m"), endless]));
    world.play(&["S", "SSSSS"]);
    assert_eq!(world.verdicts, [], "Argo waits for ever");
}

#[test]
fn t08_the_only_measurement_may_fail() {
    let limits = Limits { failure: Some(1), ..Limits::default() };
    let both = Both::play(&[MetricPlan { limits, ..once("m") }], &["F"]);
    both.check((Phase::Successful, &[8]), (Decision::Abort, Cause::Bad));
}

/// How the argument became empty is `bind`'s to refuse. What it leads to is a query that matches
/// nothing, and that is never good here, even where the condition would take it.
#[test]
fn t09_a_query_that_matches_nothing() {
    let metric = judged_by("len(result) == 0 || result[0] < 0.05", "", once("error-rate"));
    let both = Both::repeat(&metric, &vector(&[]));
    both.check((Phase::Successful, &[]), (Decision::Hold, Cause::NoData));
}

#[test]
fn t10_an_empty_vector_is_no_data_and_not_an_index_error() {
    let metric = judged_by("result[0] >= 0.95", "", once("success-rate"));
    let both = Both::repeat(&metric, &vector(&[]));
    both.check((Phase::Error, &[10]), (Decision::Hold, Cause::NoData));
    let last = both.strict.state.metrics[0].last().unwrap();
    assert_eq!(last.missing, Some(Missing::Empty));
    assert_eq!(
        both.argo.state.metrics[0].last().unwrap().message,
        "could not evaluate successCondition \"result[0] >= 0.95\": metric result is nil or \
         empty: no data returned from the metric provider"
    );
}

/// There are no scored groups here: one metric without data is enough to hold, however many others
/// are good.
#[test]
fn t11_a_metric_without_data_outweighs_the_good_ones() {
    let metrics = [once("a"), once("b"), once("c"), once("d")];
    let both = Both::play(&metrics, &["S", "S", "S", "NNNNN"]);
    both.check((Phase::Error, &[]), (Decision::Hold, Cause::NoData));
    assert_eq!(both.argo.verdict().decision, Decision::Hold);
}

/// Nothing is replaced by a number: zero errors would be good, no answer is not.
#[test]
fn t12_missing_is_not_zero() {
    let metric = judged_by("result[0] < 0.05", "", once("error-rate"));
    let both = Both::repeat(&metric, &vector(&[0.0]));
    both.check((Phase::Successful, &[]), (Decision::Promote, Cause::AllGood));
    let both = Both::repeat(&metric, &vector(&[]));
    both.check((Phase::Error, &[10]), (Decision::Hold, Cause::NoData));
    let both = Both::repeat(&metric, &vector(&[f64::NAN]));
    both.check((Phase::Failed, &[]), (Decision::Hold, Cause::NoData));
}

/// The same events give the same states, effects and verdict, to the byte.
#[test]
fn t13_the_same_events_give_the_same_verdict() {
    let limits = Limits { failure: Some(1), ..Limits::default() };
    let metrics = [MetricPlan { limits, ..counted("a", 4) }, counted("b", 2)];
    let both = Both::play(&metrics, &["SFESS", "SS"]);
    for world in [both.argo, both.strict] {
        let mut state = RunState::new(&world.plan);
        for event in &world.events {
            state = step(&world.plan, state, event).0;
        }
        assert_eq!(state, world.state);
        assert_eq!(format!("{state:?}"), format!("{:?}", world.state));
    }
}

/// Conditions compare exactly at any scale; no tolerance is added.
#[test]
fn t14_small_and_large_values_in_one_run() {
    let small = judged_by("result[0] >= 1e-9", "", once("small"));
    let large = judged_by("result[0] <= 1e12", "", once("large"));
    for mode in [Mode::Argo, Mode::Strict] {
        let run = |values: [f64; 2]| {
            let mut world = World::start(plan(mode, vec![small.clone(), large.clone()]));
            world.answer(0, vector(&[values[0]]));
            if world.verdicts.is_empty() {
                world.answer(1, vector(&[values[1]]));
            }
            [world.phase(0), world.phase(1)]
        };
        assert_eq!(run([1e-9, 1e12]), [Phase::Successful; 2], "{mode:?}");
        assert_eq!(run([1e-9, 1e12 + 0.001]), [Phase::Successful, Phase::Failed], "{mode:?}");
        assert_eq!(run([9.999_999e-10, 1e12])[0], Phase::Failed, "{mode:?}");
    }
}

#[test]
fn t15_several_series_where_fixed_places_are_read() {
    let metric = judged_by("result[0] >= 0.95", "", once("success-rate"));
    let both = Both::repeat(&metric, &vector(&[0.99, 0.2]));
    both.check((Phase::Successful, &[15]), (Decision::Hold, Cause::NoData));
    let last = both.strict.state.metrics[0].last().unwrap();
    assert_eq!(last.missing, Some(Missing::Ambiguous { series: 2 }));
    // As many series as places are what the condition is written for; one more is not.
    let two = judged_by("result[0] >= 0.95 && result[1] <= 5", "", once("success-rate"));
    let both = Both::repeat(&two, &vector(&[0.99, 1.0]));
    both.check((Phase::Successful, &[]), (Decision::Promote, Cause::AllGood));
    let both = Both::repeat(&two, &vector(&[0.99, 1.0, 7.0]));
    both.check((Phase::Successful, &[15]), (Decision::Hold, Cause::NoData));
    // The two conditions of a metric are looked at together.
    let split = judged_by("result[0] >= 0.95", "result[1] > 5", once("success-rate"));
    let both = Both::repeat(&split, &vector(&[0.99, 1.0]));
    both.check((Phase::Successful, &[]), (Decision::Promote, Cause::AllGood));
    let both = Both::repeat(&split, &vector(&[0.99, 1.0, 7.0]));
    both.check((Phase::Successful, &[15]), (Decision::Hold, Cause::NoData));
    let all = judged_by("all(result, # >= 0.95)", "", once("success-rate"));
    let both = Both::repeat(&all, &vector(&[0.99, 0.2]));
    both.check((Phase::Failed, &[]), (Decision::Abort, Cause::Bad));
}

/// There is no test whose error grows with every look; what looking often must not do here is undo a
/// failure, so wherever it falls among 23 looks, the run aborts at it.
#[test]
fn t16_looking_again_does_not_undo_a_failure() {
    for place in 0..23 {
        let letters: String = (0..23).map(|look| if look == place { 'F' } else { 'S' }).collect();
        let both = Both::play(&[counted("m", 23)], &[&letters]);
        both.check((Phase::Failed, &[]), (Decision::Abort, Cause::Bad));
        assert_eq!(both.strict.history.len(), place + 1);
    }
}

/// T1 and T12 on purpose, by somebody who says why.
#[test]
fn a_waiver_lets_the_condition_judge_and_is_shown() {
    let waiver = String::from("no traffic at night");
    let waived = MetricPlan {
        on_no_data: OnNoData::Judge { waiver },
        ..judged_by("", "len(result) > 0 && result[0] > 0.05", once("error-rate"))
    };
    let mut world = World::start(plan(Mode::Strict, vec![waived]));
    world.answer(0, vector(&[]));
    let verdict = world.verdict();
    assert_eq!(verdict.decision, Decision::Promote);
    assert_eq!(verdict.warnings.len(), 1);
    assert_eq!(verdict.warnings[0].code, "assay::run::no_data_waived");
    assert_eq!(
        verdict.warnings[0].message,
        "error-rate was judged although the answer was empty, because its template waives that: \
         no traffic at night."
    );
}
