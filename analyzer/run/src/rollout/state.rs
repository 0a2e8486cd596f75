//! What is known of a walk at one moment.

use std::time::Duration;

use assay_template::rollout::RolloutPlan;
use jiff::Timestamp;

use crate::state::RunState;
use crate::verdict::Decision;

/// The share of the traffic that the new version has, over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    changes: Vec<(Timestamp, f64)>,
}

impl Weights {
    /// Every change, in order of time: from when on, and how much, in percent, 0 to 100. Of several at
    /// one time the last one counts.
    pub fn changes(&self) -> &[(Timestamp, f64)] {
        &self.changes
    }

    /// The weight at a time, in percent; 0 before the first change.
    pub fn at(&self, at: Timestamp) -> f64 {
        let before = self.changes.partition_point(|(from, _)| *from <= at);
        let last = before.checked_sub(1).and_then(|place| self.changes.get(place));
        last.map_or(0.0, |(_, weight)| *weight)
    }

    /// The newest weight, in percent.
    pub fn now(&self) -> f64 {
        self.changes.last().map_or(0.0, |(_, weight)| *weight)
    }

    pub(crate) fn set(&mut self, at: Timestamp, weight: f64) {
        self.changes.push((at, weight));
    }
}

/// A step that was begun.
#[derive(Clone, Debug, PartialEq)]
pub struct StepState {
    /// Its place in the plan.
    pub step: usize,
    /// The weight during it, in percent.
    pub weight: f64,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; for the one at which the walk stopped, when it stopped.
    pub to: Option<Timestamp>,
    /// How it ended; none while it goes on.
    pub ending: Option<StepEnding>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepEnding {
    /// It did what it says.
    Done,
    /// As if a person had promoted, which in a walk nobody does.
    Promoted,
    /// The rollout was aborted.
    Aborted,
    /// The rollout was paused for a person to decide.
    Held,
}

impl StepEnding {
    /// The word on the wire: `done`, `promoted`, `aborted`, `held`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Promoted => "promoted",
            Self::Aborted => "aborted",
            Self::Held => "held",
        }
    }
}

/// The answer of a walk. It never changes.
#[derive(Clone, Debug, PartialEq)]
pub struct RolloutVerdict {
    /// Promote: the new version has all the traffic. Abort: the old one has. Hold: as it stands.
    pub decision: Decision,
    /// When it was reached.
    pub at: Timestamp,
    /// The step at which the rollout stopped; none if it went to its end.
    pub stopped_at: Option<usize>,
    /// The analysis that decided, by its place in the plan; none if none did.
    pub decisive: Option<usize>,
    /// Why, in one sentence.
    pub sentence: String,
}

/// A walk at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct RolloutState {
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// The steps begun so far.
    pub steps: Vec<StepState>,
    /// One for each analysis of the plan; none for those that did not start.
    pub runs: Vec<Option<RunState>>,
    /// The share of the traffic over time.
    pub weights: Weights,
    /// The verdict, once there is one.
    pub verdict: Option<Box<RolloutVerdict>>,
    /// How long a person takes to promote.
    pub(crate) person: Duration,
    /// When the pause under way ends.
    pub(crate) until: Option<Timestamp>,
    /// When each run wants to look again.
    pub(crate) wakes: Vec<Option<Timestamp>>,
    /// The latest time seen.
    pub(crate) clock: Timestamp,
}

impl RolloutState {
    /// A walk of `plan` that has not begun. A pause without a duration is promoted after `person`.
    pub fn new(plan: &RolloutPlan, person: Duration) -> Self {
        Self {
            started_at: None,
            steps: Vec::new(),
            runs: vec![None; plan.analyses.len()],
            weights: Weights::default(),
            verdict: None,
            person,
            until: None,
            wakes: vec![None; plan.analyses.len()],
            clock: Timestamp::MIN,
        }
    }
}
