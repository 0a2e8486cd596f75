//! One sentence that explains how a walk ended.

use std::time::Duration;

use assay_template::plan::Mode;
use assay_template::rollout::{AnalysisPlan, Role, RolloutPlan};

use crate::rollout::state::{RolloutState, StepEnding};
use crate::state::{Phase, RunState};
use crate::verdict::Decision;
use crate::words;

/// The sentence for a walk that ends so.
pub(super) fn sentence(
    plan: &RolloutPlan,
    state: &RolloutState,
    decision: Decision,
    stopped_at: Option<usize>,
    decisive: Option<usize>,
) -> String {
    let decisive = decisive.and_then(|place| {
        let run = state.runs.get(place)?.as_ref()?;
        plan.analyses.get(place).map(|planned| (planned, run))
    });
    match (stopped_at, decisive) {
        (Some(step), Some((planned, run))) => stopped(plan, step, decision, planned, run),
        (None, Some((planned, run))) => format!(
            "The rollout went to its end, but {} did not promote it: {}",
            planned.role.noun(),
            said(run)
        ),
        (_, None) => completed(plan, state),
    }
}

fn stopped(
    plan: &RolloutPlan,
    step: usize,
    decision: Decision,
    planned: &AnalysisPlan,
    run: &RunState,
) -> String {
    let what = plan.steps.get(step).map(|step| step.what.as_str()).unwrap_or_default();
    let did = match decision {
        Decision::Abort => "aborted",
        Decision::Promote | Decision::Hold => "paused",
    };
    let by = match planned.role {
        // The step says itself which analysis it is.
        Role::Step | Role::PrePromotion | Role::PostPromotion => String::new(),
        Role::Background => String::from(" by the background analysis"),
    };
    let argo = planned.plan.mode == Mode::Argo && run.phase == Phase::Error;
    let argo = if argo { "Argo Rollouts takes an Error for a failure: " } else { "" };
    format!("The rollout was {did} at step {step} ({what}){by}: {argo}{}", said(run))
}

/// What the run says, as the rest of a sentence.
fn said(run: &RunState) -> &str {
    run.verdict.as_deref().map_or("it has no verdict.", |verdict| verdict.sentence.as_str())
}

fn completed(plan: &RolloutPlan, state: &RolloutState) -> String {
    let judged = match count_of(state.runs.iter().filter(|run| run.is_some())) {
        0 => String::from("nothing judged it"),
        1 => String::from("1 analysis let it pass"),
        judged => format!("{judged} analyses let it pass"),
    };
    let promoted = state.steps.iter().filter(|step| step.ending == Some(StepEnding::Promoted));
    let persons = match count_of(promoted) {
        0 => String::new(),
        pauses => format!(
            "; {} for a person {} promoted {}",
            words::count(pauses, "pause"),
            words::was(pauses),
            after(state.person)
        ),
    };
    let took = state.started_at.map(|start| state.clock.duration_since(start));
    let took = match took.map(Duration::try_from) {
        Some(Ok(took)) if !took.is_zero() => format!(" in {}", words::duration(took)),
        Some(Ok(_) | Err(_)) | None => String::new(),
    };
    let steps = match count_of(plan.steps.iter()) {
        0 => String::from("There were no steps"),
        1 => format!("The only step was done{took}"),
        steps => format!("All {steps} steps were done{took}"),
    };
    format!("{steps}, and {judged}{persons}{}.", unguarded(plan, state))
}

/// A background analysis that had its count before the end did not see the rest of the rollout.
fn unguarded(plan: &RolloutPlan, state: &RolloutState) -> String {
    let background = plan.background.and_then(|it| state.runs.get(it.analysis)?.as_ref());
    let ended = background.and_then(|run| run.completed_at).filter(|at| *at < state.clock);
    ended.map_or_else(String::new, |at| {
        format!("; the background analysis ended at {} and did not see the rest", words::time(at))
    })
}

fn after(wait: Duration) -> String {
    if wait.is_zero() {
        String::from("at once")
    } else {
        format!("after {}", words::duration(wait))
    }
}

fn count_of<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}
