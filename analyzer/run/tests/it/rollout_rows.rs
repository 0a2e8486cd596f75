//! Rollouts walked step by step: where they stop, why, and with what weight.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_run::rollout::state::{RolloutState, StepEnding};
use assay_run::rollout::step::{RolloutEffect, RolloutEvent, step};
use assay_run::step::Ticket;
use assay_template::plan::{MetricPlan, Mode};
use assay_template::rollout::{
    Action, AnalysisPlan, Background, Role, RolloutPlan, Step, Strategy,
};
use jiff::Timestamp;

use crate::driver::{answer, at, counted, metric, once, plan, seconds};

/// A rollout with these steps; analysis `i` measures `metrics[i]`, the last one beside the steps if
/// there is a step that it starts with.
fn rollout(
    mode: Mode,
    actions: &[Action],
    metrics: Vec<MetricPlan>,
    starting_step: Option<usize>,
) -> RolloutPlan {
    let analyse = |place: usize| actions.iter().position(|it| *it == Action::Analyse(place));
    let analyses: Vec<AnalysisPlan> = metrics
        .into_iter()
        .enumerate()
        .map(|(place, metric)| {
            let step = analyse(place);
            let role = if step.is_some() { Role::Step } else { Role::Background };
            AnalysisPlan { role, step, plan: plan(mode, vec![metric]) }
        })
        .collect();
    let background = starting_step
        .map(|starting_step| Background { analysis: analyses.len() - 1, starting_step });
    RolloutPlan {
        name: String::from("checkout"),
        strategy: Strategy::Canary,
        steps: actions
            .iter()
            .map(|action| Step { what: format!("{action:?}"), action: *action })
            .collect(),
        background,
        analyses,
        stand_ins: Vec::new(),
        warnings: Vec::new(),
    }
}

/// Walks `plan`, answering analysis `i` with the letters of `answers[i]` in turn, the last one again and
/// again; each answer takes `delay`.
fn walk(plan: &RolloutPlan, answers: &[&str], delay: Duration, person: Duration) -> RolloutState {
    let mut letters: Vec<_> = answers.iter().map(|letters| letters.chars().peekable()).collect();
    let mut on_their_way: BTreeMap<(Timestamp, u32), (usize, Ticket, char)> = BTreeMap::new();
    let (mut state, mut event) =
        (RolloutState::new(plan, person), RolloutEvent::Started { at: at(0) });
    let (mut now, mut asked, mut wake) = (at(0), 0, None);
    for _ in 0..10_000 {
        let (next, effects) = step(plan, state, &event);
        state = next;
        for effect in effects {
            match effect {
                RolloutEffect::Measure { analysis, ticket } => {
                    let letter = letters[analysis].next().expect("a letter");
                    let rest = &mut letters[analysis];
                    if rest.peek().is_none() {
                        letters[analysis] =
                            answers[analysis][answers[analysis].len() - 1..].chars().peekable();
                    }
                    asked += 1;
                    on_their_way.insert((now + delay, asked), (analysis, ticket, letter));
                }
                RolloutEffect::Cancel { analysis, ticket } => {
                    on_their_way.retain(|_, it| (it.0, it.1) != (analysis, ticket));
                }
                RolloutEffect::WakeAt(at) => wake = Some(at),
                RolloutEffect::Conclude(_) => {
                    assert_eq!(on_their_way.len(), 0, "a measurement is left");
                    return state;
                }
            }
        }
        let arrival = on_their_way.first_key_value().map(|((at, _), _)| *at);
        event = match (arrival, wake) {
            (Some(arrival), wake) if wake.is_none_or(|wake| arrival <= wake) => {
                now = arrival;
                let (_, (analysis, ticket, letter)) = on_their_way.pop_first().expect("one");
                RolloutEvent::Measured { at: now, analysis, ticket, answer: answer(letter) }
            }
            (_, Some(at)) => {
                (now, wake) = (at, None);
                RolloutEvent::Woke { at }
            }
            (_, None) => panic!("it waits for nothing: {state:?}"),
        };
    }
    panic!("the walk does not end: {state:?}");
}

/// `abort at 90s in step 2, weight 0%` or `promote at 600s, weight 100%`.
fn told(state: &RolloutState) -> String {
    let verdict = state.verdict.as_deref().expect("a verdict");
    let stopped = verdict.stopped_at.map(|step| format!(" in step {step}")).unwrap_or_default();
    let (decision, weight) = (verdict.decision.as_str(), state.weights.now());
    let seconds = verdict.at.duration_since(at(0)).as_secs();
    format!("{decision} at {seconds}s{stopped}, weight {weight}%")
}

#[track_caller]
fn check(plan: &RolloutPlan, answers: &[&str], expected: &str) {
    assert_eq!(told(&walk(plan, answers, Duration::ZERO, Duration::ZERO)), expected);
}

const fn pause(minutes: u64) -> Action {
    Action::Pause(Duration::from_secs(60 * minutes))
}

/// 5 percent, ten minutes, an analysis of three measurements, 50 percent, another one.
fn canary(mode: Mode, background: Option<(MetricPlan, usize)>) -> RolloutPlan {
    let actions = [
        Action::SetWeight(5.0),
        pause(10),
        Action::Analyse(0),
        Action::SetWeight(50.0),
        Action::Analyse(1),
    ];
    let mut metrics = vec![counted("a", 3), counted("b", 3)];
    let starting_step = background.as_ref().map(|(_, starting_step)| *starting_step);
    metrics.extend(background.map(|(metric, _)| metric));
    rollout(mode, &actions, metrics, starting_step)
}

#[test]
fn a_step_that_waits_for_an_analysis_does_what_it_says() {
    let strict = canary(Mode::Strict, None);
    check(&strict, &["S", "S"], "promote at 840s, weight 100%");
    check(&strict, &["SF", "S"], "abort at 660s in step 2, weight 0%");
    check(&strict, &["S", "F"], "abort at 720s in step 4, weight 0%");
    check(&strict, &["S", "I"], "hold at 720s in step 4, weight 50%");
    // Blind holds in strict mode. By Argo's rules an Error aborts, whatever a run alone would say.
    check(&strict, &["N", "S"], "hold at 640s in step 2, weight 5%");
    check(&strict, &["E", "S"], "hold at 640s in step 2, weight 5%");
    let argo = canary(Mode::Argo, None);
    check(&argo, &["E", "S"], "abort at 640s in step 2, weight 0%");
    check(&argo, &["I", "S"], "hold at 600s in step 2, weight 5%");
}

#[test]
fn a_background_analysis_stops_the_rollout_when_it_concludes() {
    let beside = |starting_step| canary(Mode::Strict, Some((metric("c"), starting_step)));
    check(&beside(0), &["S", "S", "S"], "promote at 840s, weight 100%");
    // In the middle of a pause.
    check(&beside(0), &["S", "S", "SSSF"], "abort at 180s in step 1, weight 0%");
    check(&beside(0), &["S", "S", "SSI"], "hold at 120s in step 1, weight 5%");
    // While a step waits for another analysis, and in the step that it starts with.
    check(&beside(0), &["S", "S", "SSSSSSSSSSSF"], "abort at 660s in step 2, weight 0%");
    check(&beside(4), &["S", "S", "F"], "abort at 720s in step 4, weight 0%");
    check(&beside(3), &["S", "S", "F"], "abort at 720s in step 4, weight 0%");
    // Of two at one time abort comes before hold, whichever is asked first.
    check(&beside(2), &["I", "S", "F"], "abort at 600s in step 2, weight 0%");
    check(&beside(2), &["F", "S", "I"], "abort at 600s in step 2, weight 0%");
    check(&beside(2), &["S", "I", "SSSF"], "hold at 720s in step 4, weight 50%");
    // At the end too: the last measurement of both is at one time.
    check(&beside(3), &["S", "S", "SSF"], "abort at 840s in step 4, weight 0%");
    // There is no step 5.
    check(&beside(5), &["S", "S", "F"], "promote at 840s, weight 100%");
}

#[test]
fn a_measurement_comes_before_the_end_of_a_pause_at_the_same_time() {
    let actions = [Action::SetWeight(5.0), pause(1)];
    let plan = rollout(Mode::Strict, &actions, vec![metric("c")], Some(0));
    check(&plan, &["SF"], "abort at 60s in step 1, weight 0%");
    // A later answer does not stop the clock.
    let state = walk(&plan, &["SF"], seconds(1), Duration::ZERO);
    assert_eq!(told(&state), "promote at 60s, weight 100%");
    // Nor does a pause of no time overtake the first measurement.
    let plan = rollout(Mode::Strict, &[Action::PauseForPerson], vec![metric("c")], Some(0));
    check(&plan, &["F"], "abort at 0s in step 0, weight 0%");
    check(&plan, &["S"], "promote at 0s, weight 100%");
}

#[test]
fn a_background_analysis_without_its_evidence_promotes_in_argos_mode_only() {
    let beside = |mode| canary(mode, Some((counted("c", 100), 0)));
    check(&beside(Mode::Strict), &["S", "S", "S"], "hold at 840s, weight 100%");
    check(&beside(Mode::Argo), &["S", "S", "S"], "promote at 840s, weight 100%");
    let early = canary(Mode::Strict, Some((counted("c", 2), 0)));
    let state = walk(&early, &["S", "S", "S"], Duration::ZERO, Duration::ZERO);
    assert_eq!(
        state.verdict.expect("a verdict").sentence,
        "All 5 steps were done in 14m, and 3 analyses let it pass; the background analysis ended at \
         10:01:00Z and did not see the rest."
    );
}

#[test]
fn a_pause_for_a_person_is_promoted_after_a_while() {
    let actions = [Action::SetWeight(20.0), Action::PauseForPerson, Action::Pass, pause(1)];
    let plan = rollout(Mode::Strict, &actions, vec![metric("c")], Some(1));
    check(&plan, &["S"], "promote at 60s, weight 100%");
    let state = walk(&plan, &["S"], Duration::ZERO, seconds(300));
    assert_eq!(told(&state), "promote at 360s, weight 100%");
    let endings: Vec<_> = state.steps.iter().filter_map(|step| step.ending).collect();
    let (done, promoted) = (StepEnding::Done, StepEnding::Promoted);
    assert_eq!(endings, [done, promoted, done, done]);
    let state = walk(&plan, &["SSF"], Duration::ZERO, seconds(300));
    assert_eq!(told(&state), "abort at 120s in step 1, weight 0%");
}

#[test]
fn the_weight_is_known_at_every_time() {
    let plan = canary(Mode::Strict, None);
    let state = walk(&plan, &["S", "F"], Duration::ZERO, Duration::ZERO);
    let weights = |from: &[i64]| from.iter().map(|from| state.weights.at(at(*from))).collect();
    let told: Vec<f64> = weights(&[0, 599, 719, 720]);
    assert_eq!(told, [5.0, 5.0, 5.0, 0.0]);
    let changes = state.weights.changes().iter().map(|(_, weight)| *weight);
    assert_eq!(changes.collect::<Vec<_>>(), [0.0, 5.0, 50.0, 0.0]);
}

#[test]
fn a_rollout_without_steps_goes_to_its_end() {
    let plan = rollout(Mode::Strict, &[], Vec::new(), None);
    let state = walk(&plan, &[], Duration::ZERO, Duration::ZERO);
    assert_eq!(told(&state), "promote at 0s, weight 100%");
    let sentence = &state.verdict.as_ref().expect("a verdict").sentence;
    assert_eq!(sentence, "There were no steps, and nothing judged it.");
}

#[test]
fn stray_late_and_duplicate_events_change_nothing() {
    let actions = [Action::SetWeight(5.0), Action::Analyse(0), pause(1)];
    let plan = rollout(Mode::Strict, &actions, vec![once("a")], None);
    let unknown = Ticket { metric: 7, number: 7 };
    let measured = |analysis, ticket, letter| RolloutEvent::Measured {
        at: at(1),
        analysis,
        ticket,
        answer: answer(letter),
    };
    let take = |state, event: &RolloutEvent| step(&plan, state, event).0;
    let fresh = RolloutState::new(&plan, Duration::ZERO);
    let woken = take(fresh.clone(), &RolloutEvent::Woke { at: at(0) });
    assert_eq!(woken, fresh);
    let begun = take(fresh, &RolloutEvent::Started { at: at(0) });
    assert_eq!(take(begun.clone(), &RolloutEvent::Started { at: at(9) }), begun);
    for (analysis, ticket) in [(0, unknown), (9, unknown)] {
        let state = take(begun.clone(), &measured(analysis, ticket, 'F'));
        assert_eq!((state.steps, state.runs), (begun.steps.clone(), begun.runs.clone()));
    }
    let first = Ticket { metric: 0, number: 0 };
    let judged = take(begun, &measured(0, first, 'S'));
    let again = take(judged.clone(), &measured(0, first, 'F'));
    assert_eq!(again, judged);
    let ended = take(judged, &RolloutEvent::Woke { at: at(61) });
    assert_eq!(told(&ended), "promote at 61s, weight 100%");
    assert_eq!(take(ended.clone(), &measured(0, first, 'F')), ended);
    assert_eq!(take(ended.clone(), &RolloutEvent::Woke { at: at(99) }), ended);
}
