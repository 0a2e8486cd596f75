//! A run by the rules of Argo Rollouts: one pass after the other over all metrics.
//!
//! A pass asks for every measurement that is due and waits for all of them, because Argo's providers
//! answer synchronously; only then is the run assessed. Jobs, Kayenta and plugins are the exception:
//! they are polled, so a pass does not wait for them. When a metric decides the run, the next pass
//! ends it.

use assay_template::plan::{MetricPlan, Mode, Plan, Query};
use jiff::Timestamp;

use crate::limits;
use crate::reason::{self, Finding};
use crate::schedule;
use crate::state::{Ending, Measurement, MetricState, Outcome, Phase, RunState};
use crate::step::{self, Effect};
use crate::verdict::Decision;
use crate::warnings::{self, Sign};

/// Goes on after an event: `answered` if it was an answer.
pub(crate) fn advance(
    plan: &Plan,
    state: &mut RunState,
    answered: bool,
    effects: &mut Vec<Effect>,
) {
    // A pass cannot be interrupted in Argo. Here it can, or a source that hangs would hold up the end
    // for ever; it is then as if the end had come ahead of the pass.
    let cut = state.termination.is_some();
    if cut || !is_waiting(plan, state) {
        if cut || !answered {
            begin_pass(plan, state, effects);
        }
        if !is_waiting(plan, state) {
            assess(plan, state, effects);
            return;
        }
    }
    // Nothing starts before all answers are in, so the only time to look at is the last one.
    effects.extend(schedule::deadline(plan, state).map(Effect::WakeAt));
}

fn begin_pass(plan: &Plan, state: &mut RunState, effects: &mut Vec<Effect>) {
    if is_terminating(plan, state) {
        for (metric, metric_plan) in state.metrics.iter_mut().zip(&plan.metrics) {
            terminate(metric, metric_plan, state.clock, effects);
        }
    } else {
        for place in schedule::due(plan, state) {
            step::ask(state, place, effects);
        }
    }
}

/// Ends the measurement of a metric that is under way. One that is polled is on record by then.
fn terminate(
    metric: &mut MetricState,
    plan: &MetricPlan,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) {
    let Some(in_flight) = step::give_up(metric, effects) else { return };
    if is_polled(&plan.query) {
        let measurement = Measurement {
            started_at: in_flight.since,
            finished_at: now,
            outcome: Outcome::Inconclusive,
            missing: None,
            fault: None,
            value: String::new(),
            message: String::from("Metric Terminated"),
            warnings: Vec::new(),
        };
        metric.record(measurement, plan.retention);
    }
}

/// Whether a measurement is under way that the pass waits for.
fn is_waiting(plan: &Plan, state: &RunState) -> bool {
    let mut metrics = plan.metrics.iter().zip(&state.metrics);
    metrics.any(|(plan, metric)| metric.in_flight.is_some() && !is_polled(&plan.query))
}

fn is_polled(query: &Query) -> bool {
    match query {
        Query::Foreign { provider, .. } => matches!(*provider, "job" | "kayenta" | "plugin"),
        Query::Prometheus(_) | Query::Web(_) | Query::Health(_) | Query::Scrape(_) => false,
    }
}

/// Whether no new measurement is started: somebody ended the run, or a metric with a say decided it.
fn is_terminating(plan: &Plan, state: &RunState) -> bool {
    state.termination.is_some()
        || plan.metrics.iter().zip(&state.metrics).any(|(plan, metric)| {
            !plan.dry_run && metric.phase.is_concluded() && metric.phase != Phase::Successful
        })
}

/// Judges all metrics, then the run.
fn assess(plan: &Plan, state: &mut RunState, effects: &mut Vec<Effect>) {
    // Argo asks before it assesses, so a metric that decides the run now ends it in the next pass.
    let terminating = is_terminating(plan, state);
    state.delays_from = state.delays_from.or(Some(state.clock));
    for (metric_plan, metric) in plan.metrics.iter().zip(&mut state.metrics) {
        assess_metric(metric_plan, metric, terminating, state.termination.is_some());
    }
    let unfinished = |metric: &MetricState| !metric.phase.is_concluded();
    let open = match terminating {
        // What was never measured does not hold up the end; what is under way does.
        true => state.metrics.iter().any(|metric| metric.in_flight.is_some()),
        false => state.metrics.iter().any(unfinished),
    };
    if !open {
        conclude(plan, state, effects);
    } else if is_terminating(plan, state) {
        effects.push(Effect::WakeAt(state.clock));
    } else {
        effects.extend(schedule::next_look(plan, state).map(Effect::WakeAt));
    }
}

fn assess_metric(plan: &MetricPlan, metric: &mut MetricState, terminating: bool, terminated: bool) {
    if metric.phase.is_concluded() {
        return;
    }
    if metric.measurements.is_empty() && metric.in_flight.is_none() {
        // Argo has no result for it at all, not even when the run ends.
        metric.phase = Phase::Pending;
        return;
    }
    let (phase, ending) = assessment(plan, metric, terminating, terminated);
    metric.phase = phase;
    metric.ending = ending;
    if let Some(ending) = ending {
        let message = limits::message(plan, metric, ending);
        metric.message = if plan.dry_run && is_limit(ending) {
            format!("Metric assessed {} due to {message}", phase.as_str())
        } else {
            message
        };
    }
}

/// The phase of a metric (spec 2.3), and why if it has concluded.
fn assessment(
    plan: &MetricPlan,
    metric: &MetricState,
    terminating: bool,
    terminated: bool,
) -> (Phase, Option<Ending>) {
    let stopped = if terminated { Ending::Terminated } else { Ending::Stopped };
    if metric.phase.is_concluded() {
        (metric.phase, metric.ending)
    } else if metric.in_flight.is_some() {
        (Phase::Running, None)
    } else if metric.measurements.is_empty() {
        if terminating { (Phase::Successful, Some(stopped)) } else { (Phase::Pending, None) }
    } else if let Some((phase, ending)) = limits::conclusion(Mode::Argo, plan, metric) {
        (phase, Some(ending))
    } else if terminating {
        (Phase::Successful, Some(stopped))
    } else {
        (Phase::Running, None)
    }
}

/// Whether a limit was exceeded, which is all Argo has a message for.
fn is_limit(ending: Ending) -> bool {
    match ending {
        Ending::FailureLimit
        | Ending::FailuresInARow
        | Ending::InconclusiveLimit
        | Ending::Blind => true,
        Ending::SuccessesInARow
        | Ending::Count
        | Ending::CountWithoutStreak
        | Ending::CountWithoutSuccess
        | Ending::Worse
        | Ending::Cleared
        | Ending::Horizon
        | Ending::TooLittle
        | Ending::NotRuledOut
        | Ending::Terminated
        | Ending::Stopped => false,
    }
}

/// Ends the run with the worst of its metrics; the first of equals is the one to name.
fn conclude(plan: &Plan, state: &mut RunState, effects: &mut Vec<Effect>) {
    let mut worst = (Phase::Successful, None);
    for (place, (metric_plan, metric)) in plan.metrics.iter().zip(&state.metrics).enumerate() {
        let worse = reason::badness(worst.0) < reason::badness(metric.phase);
        if !metric_plan.dry_run && metric.phase.is_concluded() && worse {
            worst = (metric.phase, Some(place));
        }
    }
    let (phase, decisive) = worst;
    let message = match decisive {
        Some(place) => message(plan, state, place),
        None if state.termination.is_some() => String::from("Run Terminated"),
        None => String::new(),
    };
    let decision = match phase {
        Phase::Successful => Decision::Promote,
        Phase::Failed => Decision::Abort,
        Phase::Inconclusive | Phase::Error | Phase::Pending | Phase::Running => Decision::Hold,
    };
    if phase == Phase::Error {
        warnings::note(plan, state, decisive, &Sign::ErrorAborts);
    }
    note_traps(plan, state, phase);
    reason::conclude(plan, state, Finding { phase, decision, decisive, message }, effects);
}

/// Argo's message of a run that a metric decided; empty when no limit was exceeded.
fn message(plan: &Plan, state: &RunState, place: usize) -> String {
    let (Some(metric_plan), Some(metric)) = (plan.metrics.get(place), state.metrics.get(place))
    else {
        return String::new();
    };
    if !metric.ending.is_some_and(is_limit) {
        return String::new();
    }
    let phase = metric.phase.as_str();
    let mut message =
        format!("Metric \"{}\" assessed {phase} due to {}", metric_plan.name, metric.message);
    if let Some(last) = metric.last().filter(|last| !last.message.is_empty()) {
        message.push_str(&format!(": \"Error Message: {}\"", last.message));
    }
    message
}

/// Notes the traps that let a metric with a say pass.
fn note_traps(plan: &Plan, state: &mut RunState, phase: Phase) {
    for (place, metric_plan) in plan.metrics.iter().enumerate().filter(|(_, plan)| !plan.dry_run) {
        let Some(metric) = state.metrics.get(place) else { continue };
        let none_good = metric.phase == Phase::Successful && metric.tally.successful == 0;
        let cannot_fail = metric_plan.count == Some(1);
        let stopped = metric.phase == Phase::Successful && metric.ending == Some(Ending::Stopped);
        let signs = [
            (phase == Phase::Successful && metric.phase == Phase::Pending, Sign::NeverMeasured),
            (none_good && !cannot_fail, Sign::NoneWasGood),
            (none_good && cannot_fail, Sign::CannotFail),
            (stopped, Sign::StoppedIsSuccess),
        ];
        for (_, sign) in signs.iter().filter(|(holds, _)| *holds) {
            warnings::note(plan, state, Some(place), sign);
        }
    }
    if !plan.metrics.is_empty() && plan.metrics.iter().all(|metric| metric.dry_run) {
        warnings::note(plan, state, None, &Sign::NobodyHasASay);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use assay_template::plan::{Consequence, Criterion, Limits, OnNoData};

    use super::*;
    use crate::state::Tally;
    use crate::step::Ticket;

    /// Limits as the rows write them: `f=-1` and `cs=0` switch a limit off.
    fn plan(f: i64, cs: u32, i: u32, count: Option<u32>) -> MetricPlan {
        let limits = Limits {
            failure: u32::try_from(f).ok(),
            consecutive_success: (0 < cs).then_some(cs),
            inconclusive: i,
            ..Limits::default()
        };
        MetricPlan {
            name: String::from("m"),
            interval: Some(Duration::from_secs(60)),
            initial_delay: Duration::ZERO,
            count,
            limits,
            criterion: Criterion::Told,
            query: Query::Foreign { provider: "graphite", query: None },
            dry_run: false,
            retention: 10,
            on_no_data: OnNoData::Hold,
            on_error: Consequence::Hold,
            on_inconclusive: Consequence::Hold,
        }
    }

    /// A metric whose last measurement finished and that has counted `tally`.
    fn metric(tally: Tally) -> MetricState {
        let mut metric = RunState::new(&Plan {
            name: String::from("m"),
            mode: Mode::Argo,
            metrics: vec![plan(0, 0, 0, None)],
            sequential: None,
            max_duration: None,
            terminate: false,
            warnings: Vec::new(),
            secrets: assay_template::secret::Secrets::default(),
        })
        .metrics
        .remove(0);
        let measurement = Measurement {
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: Timestamp::UNIX_EPOCH,
            outcome: Outcome::Successful,
            missing: None,
            fault: None,
            value: String::from("1"),
            message: String::new(),
            warnings: Vec::new(),
        };
        metric.record(measurement, 10);
        metric.tally = tally;
        metric
    }

    fn check(row: &str, plan: &MetricPlan, metric: &MetricState, phase: Phase, term: Phase) {
        assert_eq!(assessment(plan, metric, false, false).0, phase, "{row}");
        assert_eq!(assessment(plan, metric, true, true).0, term, "{row}, terminating");
    }

    /// `SFI` counts and then the good ones in a row.
    fn tally(successful: u32, failed: u32, inconclusive: u32, consecutive_success: u32) -> Tally {
        Tally { successful, failed, inconclusive, consecutive_success, ..Tally::default() }
    }

    #[test]
    fn m101_and_m102_before_the_first_measurement_ends() {
        let mut metric = metric(Tally::default());
        metric.measurements.clear();
        check("M101", &plan(0, 0, 0, None), &metric, Phase::Pending, Phase::Successful);
        let ticket = Ticket { metric: 0, number: 0 };
        let since = Timestamp::UNIX_EPOCH;
        metric.in_flight = Some(crate::state::InFlight { ticket, since });
        check("M102", &plan(0, 0, 0, None), &metric, Phase::Running, Phase::Running);
    }

    #[test]
    fn m103_to_m118_failures_and_streaks() {
        use Phase::{Failed, Inconclusive, Running, Successful};
        let three = metric(tally(0, 3, 0, 0));
        check("M103", &plan(2, 0, 0, None), &three, Failed, Failed);
        check("M104", &plan(3, 0, 0, None), &three, Running, Successful);
        let seven = metric(tally(4, 3, 0, 3));
        check("M105", &plan(-1, 3, 0, None), &seven, Successful, Successful);
        check("M106", &plan(-1, 5, 0, None), &seven, Running, Successful);
        check("M107", &plan(-1, 5, 0, Some(7)), &seven, Failed, Failed);
        check("M108", &plan(-1, 3, 0, Some(7)), &seven, Successful, Successful);
        check("M109", &plan(-1, 3, 0, Some(9)), &seven, Successful, Successful);
        check("M110", &plan(-1, 5, 0, Some(9)), &seven, Running, Successful);
        let four = |count| plan(4, 4, 0, count);
        check("M111", &four(None), &metric(tally(4, 3, 0, 3)), Running, Successful);
        check("M112", &four(None), &metric(tally(4, 5, 0, 0)), Failed, Failed);
        check("M113", &four(None), &metric(tally(5, 3, 0, 4)), Successful, Successful);
        check("M114", &four(None), &metric(tally(5, 5, 0, 4)), Failed, Failed);
        let ten = four(Some(10));
        check("M115", &ten, &metric(tally(6, 4, 0, 3)), Inconclusive, Inconclusive);
        check("M116", &ten, &metric(tally(5, 5, 0, 3)), Failed, Failed);
        check("M117", &ten, &metric(tally(6, 4, 0, 4)), Successful, Successful);
        check("M118", &ten, &metric(tally(5, 3, 0, 3)), Running, Successful);
    }

    #[test]
    fn m119_to_m124_inconclusive_errors_and_counts() {
        use Phase::{Error, Inconclusive, Running, Successful};
        let three = metric(tally(0, 0, 3, 0));
        check("M119", &plan(0, 0, 2, None), &three, Inconclusive, Inconclusive);
        check("M120", &plan(0, 0, 3, None), &three, Running, Successful);
        let errors = |consecutive_error| {
            metric(Tally { error: consecutive_error, consecutive_error, ..Tally::default() })
        };
        check("M121", &plan(0, 0, 0, None), &errors(5), Error, Error);
        check("M122", &plan(0, 0, 0, None), &errors(4), Running, Successful);
        let ten = MetricPlan { interval: None, ..plan(0, 0, 0, Some(10)) };
        check("M123", &ten, &metric(tally(10, 0, 0, 10)), Successful, Successful);
        check("M124", &ten, &metric(tally(5, 0, 5, 0)), Inconclusive, Inconclusive);
    }

    /// Inside one metric an error outweighs an inconclusive measurement, and that a failure.
    #[test]
    fn the_last_limit_that_matches_wins() {
        let both = Tally { failed: 1, inconclusive: 1, ..Tally::default() };
        let all = Tally { consecutive_error: 5, ..both };
        let strictest = plan(0, 0, 0, None);
        check("F, I", &strictest, &metric(both), Phase::Inconclusive, Phase::Inconclusive);
        check("F, I, E", &strictest, &metric(all), Phase::Error, Phase::Error);
    }
}
