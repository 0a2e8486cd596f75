//! Who is due, and when to look again.

use std::time::Duration;

use assay_template::plan::{Criterion, MetricPlan, Mode, Plan};
use jiff::Timestamp;

use crate::state::{MetricState, Outcome, RunState};

/// A measurement that failed is repeated this long after it finished.
///
/// In argo mode always; in strict mode sooner if the metric's interval is shorter, and missing data
/// is repeated like a failure.
pub(crate) const RETRY: Duration = Duration::from_secs(10);

/// When the next measurement of a metric is due; none while one is under way, and none at all once
/// the metric has concluded.
pub(crate) fn due_at(
    mode: Mode,
    plan: &MetricPlan,
    state: &MetricState,
    run: &RunState,
) -> Option<Timestamp> {
    if state.phase.is_concluded() || state.in_flight.is_some() {
        return None;
    }
    let Some(last) = state.last() else {
        return if plan.initial_delay.is_zero() {
            run.started_at
        } else {
            run.delays_from.map(|from| later(from, plan.initial_delay))
        };
    };
    let interval = plan.interval.unwrap_or(RETRY);
    if matches!(plan.criterion, Criterion::Comparison(_)) {
        // Looks keep their beat, whatever a reading takes: no drift, and none is made up for.
        let begun = later(run.started_at?, plan.initial_delay);
        return Some(next_beat(begun, interval, last.started_at));
    }
    let wait = match mode {
        Mode::Argo if last.outcome == Outcome::Errored => RETRY,
        Mode::Strict if last.is_blind() => RETRY.min(interval),
        Mode::Argo | Mode::Strict => interval,
    };
    Some(later(last.finished_at, wait))
}

/// The first whole number of intervals after `begun` that comes after `last`.
fn next_beat(begun: Timestamp, interval: Duration, last: Timestamp) -> Timestamp {
    let interval_ns = i128::try_from(interval.as_nanos()).unwrap_or(i128::MAX).max(1);
    let beats = (last.as_nanosecond() - begun.as_nanosecond()).div_euclid(interval_ns) + 1;
    let next = interval_ns.checked_mul(beats).and_then(|it| begun.as_nanosecond().checked_add(it));
    next.and_then(|next| Timestamp::from_nanosecond(next).ok()).unwrap_or(Timestamp::MAX)
}

/// The places of the metrics that are due.
pub(crate) fn due(plan: &Plan, state: &RunState) -> Vec<usize> {
    due_times(plan, state).filter(|(_, at)| *at <= state.clock).map(|(place, _)| place).collect()
}

/// When to look again: at the next measurement due or the end of the run's time.
pub(crate) fn next_look(plan: &Plan, state: &RunState) -> Option<Timestamp> {
    due_times(plan, state).map(|(_, at)| at).chain(deadline(plan, state)).min()
}

/// When the run is terminated, if it still runs.
pub(crate) fn deadline(plan: &Plan, state: &RunState) -> Option<Timestamp> {
    Some(later(state.started_at?, plan.max_duration?))
}

/// `at` plus `wait`, or the last time there is.
pub(crate) fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

fn due_times<'a>(
    plan: &'a Plan,
    state: &'a RunState,
) -> impl Iterator<Item = (usize, Timestamp)> + 'a {
    plan.metrics.iter().zip(&state.metrics).enumerate().filter_map(
        move |(place, (plan_of, metric))| Some((place, due_at(plan.mode, plan_of, metric, state)?)),
    )
}
