//! A Rollout of Argo Rollouts as a plan to walk: its steps, and the analyses between and beside them.
//!
//! [`bind`](fn@bind) makes the plan, with the templates that the Rollout refers to bound like those of
//! any run; [`check`] says what can be said without arguments. What the steps do to a cluster is
//! nobody's business here: a plan knows weights, waits and analyses.
//!
//! **Invariant:** every analysis that a step waits for comes to an end of its own.

mod analysis;
mod choose;
mod field;
mod level;
mod read;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::plan::{Plan, Warning};

pub use analysis::{bind, check};
pub use choose::chosen;

/// A Rollout to walk.
#[derive(Clone, Debug)]
pub struct RolloutPlan {
    /// Its name.
    pub name: String,
    /// Which of the two ways it goes.
    pub strategy: Strategy,
    /// What is done, one after the other; of a canary in the order and with the numbers of the file.
    pub steps: Vec<Step>,
    /// What runs beside the steps.
    pub background: Option<Background>,
    /// Every analysis, in the order of the steps, the background one last.
    pub analyses: Vec<AnalysisPlan>,
    /// Values that only a cluster knows, and what stands for them.
    pub stand_ins: Vec<StandIn>,
    /// What is allowed but suspicious about the Rollout itself.
    pub warnings: Vec<Warning>,
}

/// The ways to roll out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Step by step.
    Canary,
    /// Beside the old version, then all at once.
    BlueGreen,
}

impl Strategy {
    /// The word in a Rollout: `canary`, `blueGreen`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::BlueGreen => "blueGreen",
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is, for people: `setWeight: 5`.
    pub what: String,
    /// What it does.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Gives the new version this share of the traffic, in percent, 0 to 100.
    SetWeight(f64),
    /// Waits this long.
    Pause(Duration),
    /// Waits for a person.
    PauseForPerson,
    /// Waits for the verdict of an analysis, by its place in [`RolloutPlan::analyses`].
    Analyse(usize),
    /// Something without effect on traffic or analyses.
    Pass,
}

/// The analysis beside the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Background {
    /// Its place in [`RolloutPlan::analyses`].
    pub analysis: usize,
    /// The step it starts with, counted from 0.
    pub starting_step: usize,
}

/// One analysis.
#[derive(Clone, Debug)]
pub struct AnalysisPlan {
    /// Why there is one.
    pub role: Role,
    /// The step that waits for it; none for the background.
    pub step: Option<usize>,
    /// What it runs.
    pub plan: Plan,
}

/// Why a rollout starts an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A step of a canary.
    Step,
    /// Beside the steps of a canary.
    Background,
    /// Before the switch of a blue-green rollout.
    PrePromotion,
    /// After it.
    PostPromotion,
}

impl Role {
    /// The word on the wire: `step`, `background`, `prePromotion`, `postPromotion`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Background => "background",
            Self::PrePromotion => "prePromotion",
            Self::PostPromotion => "postPromotion",
        }
    }

    /// The analysis as a noun of a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Step => "the analysis",
            Self::Background => "the background analysis",
            Self::PrePromotion => "the analysis before the switch",
            Self::PostPromotion => "the analysis after the switch",
        }
    }
}

/// A value that only a cluster knows, and what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// The argument.
    pub arg: String,
    /// What it is here.
    pub value: String,
    /// What it would be: `podTemplateHashValue: Latest`.
    pub from: String,
}
