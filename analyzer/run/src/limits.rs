//! When a metric concludes, and how.

use assay_template::plan::{Criterion, MetricPlan, Mode, OnNoData};
use jiff::Timestamp;

use crate::schedule::{self, RETRY};
use crate::state::{Ending, Measurement, MetricState, Outcome, Phase, Tally};

/// The phase and the reason for it, if `state` concludes on what it has counted.
///
/// The order is Argo's: inside one metric, errors come before inconclusive measurements and those
/// before failures, the reverse of how metrics compare with each other.
pub(crate) fn conclusion(
    mode: Mode,
    plan: &MetricPlan,
    state: &MetricState,
) -> Option<(Phase, Ending)> {
    let (limits, tally) = (&plan.limits, &state.tally);
    if tally.taken() == 0 {
        return None;
    }
    if limits.consecutive_error < tally.consecutive_error {
        return Some((blind_phase(mode, plan, state.last()), Ending::Blind));
    }
    if matches!(plan.criterion, Criterion::Comparison(_)) {
        // It is concluded by its evidence, see `compare::group`.
        return None;
    }
    if limits.inconclusive < tally.inconclusive {
        return Some((Phase::Inconclusive, Ending::InconclusiveLimit));
    }
    if limits.failure.is_some_and(|limit| limit < tally.failed) {
        return Some((Phase::Failed, Ending::FailureLimit));
    }
    if limits.consecutive_failure.is_some_and(|limit| limit < tally.consecutive_failure) {
        return Some((Phase::Failed, Ending::FailuresInARow));
    }
    if limits.consecutive_success.is_some_and(|enough| enough.max(1) <= tally.consecutive_success) {
        return Some((Phase::Successful, Ending::SuccessesInARow));
    }
    let enough = plan.count.is_some_and(|count| count <= tally.judged());
    enough.then(|| at_count(mode, plan, tally))
}

/// How a metric comes out that has its count.
fn at_count(mode: Mode, plan: &MetricPlan, tally: &Tally) -> (Phase, Ending) {
    if plan.limits.consecutive_success.is_some() {
        let phase = match plan.limits.failure {
            Some(_) => Phase::Inconclusive,
            None => Phase::Failed,
        };
        return (phase, Ending::CountWithoutStreak);
    }
    match mode {
        Mode::Strict if tally.successful == 0 => {
            let all_failed = tally.failed == tally.judged();
            let phase = if all_failed { Phase::Failed } else { Phase::Inconclusive };
            (phase, Ending::CountWithoutSuccess)
        }
        // Argo asks for no success at all (traps T4 and T8).
        Mode::Strict | Mode::Argo => (Phase::Successful, Ending::Count),
    }
}

/// How a metric comes out that went blind. Missing data is told apart from a source that failed.
fn blind_phase(mode: Mode, plan: &MetricPlan, last: Option<&Measurement>) -> Phase {
    let errored = last.is_none_or(|last| last.outcome == Outcome::Errored);
    match (mode, &plan.on_no_data) {
        (Mode::Argo, _) => Phase::Error,
        (Mode::Strict, _) if errored => Phase::Error,
        (Mode::Strict, OnNoData::Abort) => Phase::Failed,
        (Mode::Strict, OnNoData::Hold | OnNoData::Judge { .. }) => Phase::Inconclusive,
    }
}

/// How a metric comes out whose run was ended before it concluded.
pub(crate) fn ended_early(
    mode: Mode,
    plan: &MetricPlan,
    state: &MetricState,
    now: Timestamp,
) -> Phase {
    match mode {
        Mode::Argo => Phase::Successful,
        Mode::Strict => {
            // A metric with a count, or with a streak to reach, would have concluded had it enough.
            let open = plan.count.is_none() && plan.limits.consecutive_success.is_none();
            let sees = state.last().is_some_and(|last| !last.is_blind());
            if open && sees && !hangs(plan, state, now) && 0 < state.tally.successful {
                Phase::Successful
            } else {
                Phase::Inconclusive
            }
        }
    }
}

/// Whether the measurement under way is so late that the next one would be due by now.
fn hangs(plan: &MetricPlan, state: &MetricState, now: Timestamp) -> bool {
    let patience = plan.interval.unwrap_or(RETRY).max(RETRY);
    state.in_flight.is_some_and(|in_flight| schedule::later(in_flight.since, patience) < now)
}

/// Why it concluded, in Argo's words where Argo has some; empty where it says nothing.
pub(crate) fn message(plan: &MetricPlan, state: &MetricState, ending: Ending) -> String {
    let (limits, tally) = (&plan.limits, &state.tally);
    match ending {
        Ending::FailureLimit => {
            let limit = limits.failure.unwrap_or_default();
            format!("failed ({}) > failureLimit ({limit})", tally.failed)
        }
        Ending::FailuresInARow => {
            let (failures, limit) =
                (tally.consecutive_failure, limits.consecutive_failure.unwrap_or_default());
            format!("consecutiveFailures ({failures}) > consecutiveFailureLimit ({limit})")
        }
        Ending::InconclusiveLimit => format!(
            "inconclusive ({}) > inconclusiveLimit ({})",
            tally.inconclusive, limits.inconclusive
        ),
        Ending::Blind => format!(
            "consecutiveErrors ({}) > consecutiveErrorLimit ({})",
            tally.consecutive_error, limits.consecutive_error
        ),
        Ending::CountWithoutSuccess => {
            format!("none of {} measurements was successful", tally.judged())
        }
        Ending::Stopped => String::from("stopped"),
        Ending::Terminated => String::from("terminated"),
        Ending::Worse => String::from("evidence that the canary is worse"),
        Ending::TooLittle => String::from("too little data"),
        Ending::NotRuledOut => String::from("a change that is not ruled out"),
        Ending::SuccessesInARow
        | Ending::Count
        | Ending::CountWithoutStreak
        | Ending::Cleared
        | Ending::Horizon => String::new(),
    }
}
