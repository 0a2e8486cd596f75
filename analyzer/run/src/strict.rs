//! A run by assay's own rules: every metric on its own, and no promotion without evidence.
//!
//! - A metric that does not come out good ends the run at once; the others are stopped, and being
//!   stopped is never good.
//! - A dry-run metric is waited for as in Argo if it has a count. One without a count would keep the
//!   run for ever, so it is stopped when everything else has concluded.
//! - A run that is ended early is good only if every metric with a say has its evidence.

use assay_template::plan::{Consequence, MetricPlan, Mode, OnNoData, Plan};

use crate::compare;
use crate::limits;
use crate::reason::{self, Finding};
use crate::schedule;
use crate::state::{Ending, MetricState, Phase, RunState};
use crate::step::{self, Effect};
use crate::verdict::Decision;
use crate::warnings::{self, Sign};

/// Goes on after an event.
pub(crate) fn advance(plan: &Plan, state: &mut RunState, effects: &mut Vec<Effect>) {
    for (metric_plan, metric) in plan.metrics.iter().zip(&mut state.metrics) {
        conclude_metric(metric_plan, metric);
    }
    compare::group::conclude(plan, state);
    if let Some(end) = end(plan, state) {
        stop_the_rest(plan, state, end, effects);
        let finding = weigh(plan, state);
        reason::conclude(plan, state, finding, effects);
        return;
    }
    for place in schedule::due(plan, state) {
        step::ask(state, place, effects);
    }
    effects.extend(schedule::next_look(plan, state).map(Effect::WakeAt));
}

fn conclude_metric(plan: &MetricPlan, metric: &mut MetricState) {
    if metric.phase.is_concluded() || metric.in_flight.is_some() {
        return;
    }
    if let Some((phase, ending)) = limits::conclusion(Mode::Strict, plan, metric) {
        metric.phase = phase;
        metric.ending = Some(ending);
        metric.message = limits::message(plan, metric, ending);
    }
}

/// Why a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// A metric with a say did not come out good.
    Decided,
    /// Everything that was waited for has concluded.
    Done,
    /// Its time is over, or somebody ended it.
    Terminated,
}

fn end(plan: &Plan, state: &RunState) -> Option<End> {
    let pairs = || plan.metrics.iter().zip(&state.metrics);
    let decided = pairs().any(|(plan, metric)| {
        !plan.dry_run && metric.phase.is_concluded() && metric.phase != Phase::Successful
    });
    let awaited = |plan: &MetricPlan| !plan.dry_run || plan.count.is_some();
    // Where nothing has an end of its own, nothing else can be waited for.
    let endless = !plan.metrics.iter().any(awaited);
    let mut left = pairs().filter(|(plan, _)| endless || awaited(plan));
    if decided {
        Some(End::Decided)
    } else if left.all(|(_, metric)| metric.phase.is_concluded()) {
        Some(End::Done)
    } else {
        state.termination.as_ref().map(|_| End::Terminated)
    }
}

fn stop_the_rest(plan: &Plan, state: &mut RunState, end: End, effects: &mut Vec<Effect>) {
    let now = state.clock;
    for (metric_plan, metric) in plan.metrics.iter().zip(&mut state.metrics) {
        if metric.phase.is_concluded() {
            continue;
        }
        let early =
            |metric: &MetricState| limits::ended_early(Mode::Strict, metric_plan, metric, now);
        let compared = compare::group::comparison(metric_plan).zip(plan.sequential.as_ref());
        let (phase, ending) = match (end, compared) {
            (End::Decided, _) => (Phase::Inconclusive, Ending::Stopped),
            (End::Done, _) => (early(metric), Ending::Stopped),
            // The end of the run is its last look, whenever that is.
            (End::Terminated, Some((comparison, common))) => {
                compare::group::at_the_end(common, comparison, metric)
            }
            (End::Terminated, None) => (early(metric), Ending::Terminated),
        };
        step::give_up(metric, effects);
        metric.phase = phase;
        metric.ending = Some(ending);
        metric.message = limits::message(metric_plan, metric, ending);
    }
}

/// The worst of the metrics that have a say, the first of equals; one that aborts is worst of all.
fn weigh(plan: &Plan, state: &mut RunState) -> Finding {
    let mut phase = Phase::Successful;
    let mut worst: Option<(usize, Decision, u8)> = None;
    for (place, (metric_plan, metric)) in plan.metrics.iter().zip(&state.metrics).enumerate() {
        let silent = metric_plan.dry_run || metric.ending == Some(Ending::Stopped);
        if silent || metric.phase == Phase::Successful {
            continue;
        }
        let (decision, badness) = (consequence(metric_plan, metric), reason::badness(metric.phase));
        let aborts = |decision| decision == Decision::Abort;
        let worse = worst.is_none_or(|(_, known, known_badness)| {
            (aborts(known), known_badness) < (aborts(decision), badness)
        });
        if worse {
            worst = Some((place, decision, badness));
        }
        if reason::badness(phase) < badness {
            phase = metric.phase;
        }
    }
    match worst {
        Some((place, decision, _)) => {
            Finding { phase, decision, decisive: Some(place), message: message(plan, state, place) }
        }
        None => without_objection(plan, state),
    }
}

/// Nothing spoke against the release. That is a promotion unless there was nobody to speak.
fn without_objection(plan: &Plan, state: &mut RunState) -> Finding {
    let mute = plan.metrics.iter().all(|metric| metric.dry_run);
    if mute && !plan.metrics.is_empty() {
        warnings::note(plan, state, None, &Sign::NobodyHasASay);
    }
    let early = state.termination.is_some();
    let (phase, decision) = if plan.metrics.is_empty() || (mute && early) {
        (Phase::Inconclusive, Decision::Hold)
    } else {
        (Phase::Successful, Decision::Promote)
    };
    Finding { phase, decision, decisive: None, message: String::new() }
}

/// What a metric that did not come out good does to the run.
fn consequence(plan: &MetricPlan, metric: &MetricState) -> Decision {
    let blind = matches!(metric.ending, Some(Ending::Blind | Ending::Terminated));
    let last = metric.last().filter(|last| blind && last.is_blind());
    let chosen = match (metric.phase, last) {
        (Phase::Successful, _) => return Decision::Promote,
        (Phase::Failed, _) => return Decision::Abort,
        (_, Some(last)) if last.missing.is_some() => match plan.on_no_data {
            OnNoData::Abort => Consequence::Abort,
            OnNoData::Hold | OnNoData::Judge { .. } => Consequence::Hold,
        },
        (_, Some(_)) | (Phase::Error, None) => plan.on_error,
        (Phase::Inconclusive | Phase::Pending | Phase::Running, None) => plan.on_inconclusive,
    };
    match chosen {
        Consequence::Hold => Decision::Hold,
        Consequence::Abort => Decision::Abort,
    }
}

/// In Argo's form, so that whoever looks for it finds it.
fn message(plan: &Plan, state: &RunState, place: usize) -> String {
    match (plan.metrics.get(place), state.metrics.get(place)) {
        (Some(metric_plan), Some(metric)) if !metric.message.is_empty() => {
            let phase = metric.phase.as_str();
            format!("Metric \"{}\" assessed {phase} due to {}", metric_plan.name, metric.message)
        }
        (Some(_) | None, Some(_) | None) => String::new(),
    }
}
