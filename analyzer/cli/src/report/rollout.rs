//! The report of a Rollout that was walked: its steps, and a report of each analysis.

use assay_run::rollout::state::{RolloutState, StepState};
use assay_run::state::Phase;
use assay_run::verdict::Decision;
use assay_template::plan::Mode;
use assay_template::rollout::{RolloutPlan, StandIn};
use serde::Serialize;

use super::{ReasonReport, Report, WarningReport};

/// What a step is called that the walk did not come to.
const NOT_REACHED: &str = "notReached";

/// The part of a report that is about a Rollout.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RolloutReport {
    /// `canary` or `blueGreen`.
    pub(crate) strategy: &'static str,
    /// In the order of the file.
    pub(crate) steps: Vec<StepReport>,
    /// The step at which it stopped; null if it went to its end.
    pub(crate) stopped_at: Option<usize>,
    /// Every change of the new version's share of the traffic.
    pub(crate) weights: Vec<WeightReport>,
    /// Every analysis that was started, the background one last.
    pub(crate) analyses: Vec<AnalysisReport>,
    /// What stands for values that only a cluster knows.
    pub(crate) stand_ins: Vec<StandInReport>,
}

/// One step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepReport {
    /// Counted from 0, as Argo's `currentStepIndex`.
    pub(crate) step: usize,
    /// What it is.
    pub(crate) what: String,
    /// The new version's share of the traffic during it, in percent; null if it was not reached.
    pub(crate) weight: Option<f64>,
    /// When it began.
    pub(crate) started_at: Option<String>,
    /// When it ended.
    pub(crate) completed_at: Option<String>,
    /// `done`, `promoted`, `aborted`, `held` or `notReached`.
    pub(crate) ending: &'static str,
}

/// One change of the weight.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WeightReport {
    at: String,
    weight: f64,
}

/// One analysis.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnalysisReport {
    /// `step`, `background`, `prePromotion` or `postPromotion`.
    pub(crate) role: &'static str,
    /// The step that waits for it; null for the background.
    pub(crate) step: Option<usize>,
    /// How it went.
    pub(crate) run: Report,
}

/// A value that only a cluster knows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StandInReport {
    /// The argument.
    pub(crate) arg: String,
    /// What it was.
    pub(crate) value: String,
    /// What it would be in a cluster.
    pub(crate) from: String,
}

impl Report {
    /// The report of a walk of `plan` that came to its verdict.
    pub(crate) fn of_walk(plan: &RolloutPlan, state: &RolloutState) -> Self {
        let verdict = state.verdict.as_deref();
        let decisive = verdict.and_then(|verdict| verdict.decisive);
        let run = decisive.and_then(|place| state.runs.get(place)?.as_ref());
        let said = run.and_then(|run| run.verdict.as_deref());
        let argo = |mode: Mode| mode == Mode::Argo;
        let all_argo = plan.analyses.iter().all(|analysis| argo(analysis.plan.mode));
        let phase = if verdict.is_some() { Phase::Successful } else { Phase::Running };
        Self {
            api_version: "assay.dev/v1alpha1",
            kind: "Report",
            template: plan.name.clone(),
            mode: if all_argo && !plan.analyses.is_empty() { "argo" } else { "strict" },
            verdict: verdict.map(|verdict| verdict.decision),
            phase: run.map_or(phase, |run| run.phase),
            sentence: verdict.map_or_else(
                || String::from("The rollout has not come to its end."),
                |verdict| verdict.sentence.clone(),
            ),
            message: said.map(|said| said.message.clone()).unwrap_or_default(),
            started_at: state.started_at.map(|at| at.to_string()),
            completed_at: verdict.map(|verdict| verdict.at.to_string()),
            reason: said.map(|said| ReasonReport::of(&said.reason)),
            metrics: Vec::new(),
            warnings: plan.warnings.iter().map(WarningReport::of).collect(),
            rollout: Some(RolloutReport::of(plan, state)),
        }
    }
}

impl RolloutReport {
    /// How the traffic is shared out at the end, for people, and the share in percent.
    pub(crate) fn end(&self, verdict: Option<Decision>) -> (&'static str, String) {
        let what = match verdict {
            Some(Decision::Promote) => "the new version has all the traffic",
            Some(Decision::Abort) => "the old version has all the traffic",
            Some(Decision::Hold) => "a person decides",
            None => "the rollout goes on",
        };
        let weight = self.weights.last().map(|last| format!("{}%", last.weight));
        (what, weight.unwrap_or_default())
    }

    fn of(plan: &RolloutPlan, state: &RolloutState) -> Self {
        let steps = plan.steps.iter().enumerate();
        let weights = state.weights.changes().iter();
        let analyses = plan.analyses.iter().zip(&state.runs);
        Self {
            strategy: plan.strategy.as_str(),
            steps: steps
                .map(|(place, step)| StepReport::of(place, &step.what, state.steps.get(place)))
                .collect(),
            stopped_at: state.verdict.as_ref().and_then(|verdict| verdict.stopped_at),
            weights: weights
                .map(|(at, weight)| WeightReport { at: at.to_string(), weight: *weight })
                .collect(),
            analyses: analyses
                .filter_map(|(planned, run)| {
                    let run = Report::of(&planned.plan, run.as_ref()?);
                    Some(AnalysisReport { role: planned.role.as_str(), step: planned.step, run })
                })
                .collect(),
            stand_ins: plan.stand_ins.iter().map(StandInReport::of).collect(),
        }
    }
}

impl StepReport {
    fn of(place: usize, what: &str, state: Option<&StepState>) -> Self {
        let ending = state.and_then(|state| state.ending);
        Self {
            step: place,
            what: what.to_owned(),
            weight: state.map(|state| state.weight),
            started_at: state.map(|state| state.from.to_string()),
            completed_at: state.and_then(|state| state.to).map(|at| at.to_string()),
            ending: ending.map_or(NOT_REACHED, |ending| ending.as_str()),
        }
    }

    /// The ending as people read it, with its symbol.
    pub(crate) fn ended(&self) -> &'static str {
        match self.ending {
            "done" => "✔ done",
            "promoted" => "✔ promoted, as if by a person",
            "aborted" => "✖ aborted",
            "held" => "‖ held",
            _ => "not reached",
        }
    }

    /// The weight as people read it.
    pub(crate) fn percent(&self) -> String {
        self.weight.map(|weight| format!("{weight}%")).unwrap_or_default()
    }
}

impl AnalysisReport {
    /// What it is, for people: `step 2`, `background`.
    pub(crate) fn place(&self) -> String {
        match (self.role, self.step) {
            ("step", Some(step)) => format!("step {step}"),
            (role, Some(step)) => format!("step {step}, {role}"),
            (role, None) => role.to_owned(),
        }
    }
}

impl StandInReport {
    fn of(stand_in: &StandIn) -> Self {
        let StandIn { arg, value, from } = stand_in.clone();
        Self { arg, value, from }
    }
}
