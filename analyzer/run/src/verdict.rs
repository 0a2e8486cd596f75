//! The answer of a run, with its reason as data.

use std::time::Duration;

use assay_template::plan::Warning;
use jiff::Timestamp;

use crate::state::{Outcome, Phase, Tally};

/// What the rollout should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Promote,
    /// Go back.
    Abort,
    /// A person decides.
    Hold,
}

impl Decision {
    /// The word on the wire: `promote`, `abort`, `hold`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Abort => "abort",
            Self::Hold => "hold",
        }
    }
}

/// The answer of a run. It never changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What the rollout should do.
    pub decision: Decision,
    /// Argo's phase of the run.
    pub phase: Phase,
    /// Argo's message of the run (spec 2.4); empty when all is well.
    pub message: String,
    /// When it was reached.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// One sentence made from the reason.
    pub sentence: String,
    /// Traps that mattered (argo mode) and waivers used (strict mode).
    pub warnings: Vec<Warning>,
}

/// Why a run came out as it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What kind of reason.
    pub cause: Cause,
    /// The metric that decided; none when all of them did.
    pub metric: Option<MetricReason>,
    /// What would have changed it, as a clause; empty where nothing can be said.
    pub change: String,
    /// From the start of the run to the verdict.
    pub window: Duration,
    /// Metrics with a say in the verdict.
    pub metrics: usize,
    /// Measurements taken by them, missing ones included.
    pub measurements: u32,
    /// Of those, without evidence: errors and missing data.
    pub blind: u32,
}

/// The kinds of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Every metric had its evidence and it was good.
    AllGood,
    /// A metric was bad.
    Bad,
    /// The source answered, but not with data.
    NoData,
    /// The source failed.
    SourceFailed,
    /// The evidence decided neither way.
    Undecided,
    /// The run ended before a metric had its evidence.
    EndedEarly,
    /// The source answered, but the condition cannot be evaluated on what it answered.
    Unjudgeable,
}

impl Cause {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllGood => "allGood",
            Self::Bad => "bad",
            Self::NoData => "noData",
            Self::SourceFailed => "sourceFailed",
            Self::Undecided => "undecided",
            Self::EndedEarly => "endedEarly",
            Self::Unjudgeable => "unjudgeable",
        }
    }
}

/// The part of the reason that is about one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricReason {
    /// Its name.
    pub name: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The last value, as Argo records it; empty if there is none.
    pub value: String,
    /// The condition that decided, as written; empty if none did.
    pub condition: String,
    /// The query with arguments filled in and secrets masked.
    pub query: String,
    /// What it counted.
    pub tally: Tally,
    /// What was missing or wrong, as a clause; empty if nothing.
    pub missing: String,
}
