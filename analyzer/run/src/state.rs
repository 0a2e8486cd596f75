//! What is known of a run at one moment.

use std::collections::VecDeque;

use assay_template::plan::{MetricPlan, Mode, Plan, Warning};
use jiff::Timestamp;

use crate::compare::{self, ComparisonState};
use crate::reading::FaultKind;
use crate::step::Ticket;
use crate::verdict::Verdict;

/// How a measurement or a metric came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Good.
    Successful,
    /// Bad.
    Failed,
    /// Neither.
    Inconclusive,
    /// It could not be judged.
    Errored,
}

/// Argo's phases, of a run, a metric or a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not started.
    Pending,
    /// Not concluded.
    Running,
    /// Good.
    Successful,
    /// Bad.
    Failed,
    /// Neither.
    Inconclusive,
    /// It could not be judged.
    Error,
}

impl Phase {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Inconclusive => "Inconclusive",
            Self::Error => "Error",
        }
    }

    /// Whether nothing more follows.
    pub fn is_concluded(self) -> bool {
        match self {
            Self::Pending | Self::Running => false,
            Self::Successful | Self::Failed | Self::Inconclusive | Self::Error => true,
        }
    }

    /// The outcome of a concluded phase.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Pending | Self::Running => None,
            Self::Successful => Some(Outcome::Successful),
            Self::Failed => Some(Outcome::Failed),
            Self::Inconclusive => Some(Outcome::Inconclusive),
            Self::Error => Some(Outcome::Errored),
        }
    }
}

impl From<Outcome> for Phase {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Successful => Self::Successful,
            Outcome::Failed => Self::Failed,
            Outcome::Inconclusive => Self::Inconclusive,
            Outcome::Errored => Self::Error,
        }
    }
}

/// Why evidence is missing. In strict mode such a measurement is neither good nor bad.
#[derive(Clone, Debug, PartialEq)]
pub enum Missing {
    /// The query returned no series, the list or body was empty, or the value was `null`.
    Empty,
    /// A value was NaN or infinite.
    NotFinite {
        /// How many were.
        count: usize,
        /// Of how many.
        of: usize,
    },
    /// The newest value is older than allowed.
    Stale {
        /// How old, in seconds.
        age_seconds: i64,
    },
    /// Several series where the condition looks at fixed places only (trap T15).
    Ambiguous {
        /// How many series came.
        series: usize,
    },
    /// There is nothing more to read.
    Nothing {
        /// Why, as a clause.
        why: String,
    },
}

/// One reading judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When the answer was complete.
    pub finished_at: Timestamp,
    /// How it came out.
    pub outcome: Outcome,
    /// Set if evidence was missing.
    pub missing: Option<Missing>,
    /// Set if the source gave no answer, as opposed to one that could not be judged.
    pub fault: Option<FaultKind>,
    /// The value as Argo records it (`10`, `[0.97]`, `NaN`); empty if there is none.
    pub value: String,
    /// Why it came out so, if that is not plain from the value; secrets taken out.
    pub message: String,
    /// What the source warned about.
    pub warnings: Vec<String>,
}

impl Measurement {
    /// What the source warned about, where the value was judged in spite of it and no message says so.
    pub fn unsaid_warnings(&self) -> impl Iterator<Item = &str> {
        let warnings = self.warnings.iter().map(String::as_str);
        warnings.filter(|warning| !self.is_blind() && !self.message.contains(warning))
    }

    /// Whether it says nothing about the release: it failed, or in strict mode had no data.
    pub fn is_blind(&self) -> bool {
        self.outcome == Outcome::Errored || self.missing.is_some()
    }
}

/// What a metric has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Good measurements.
    pub successful: u32,
    /// Bad measurements.
    pub failed: u32,
    /// Undecided measurements, missing data not among them.
    pub inconclusive: u32,
    /// Measurements that failed.
    pub error: u32,
    /// Measurements without data (strict mode only).
    pub no_data: u32,
    /// Errors, and in strict mode missing data, in a row up to now.
    pub consecutive_error: u32,
    /// Successes in a row up to now.
    pub consecutive_success: u32,
    /// Failures in a row up to now.
    pub consecutive_failure: u32,
}

impl Tally {
    /// Judged measurements, Argo's `count`.
    pub fn judged(&self) -> u32 {
        self.successful.saturating_add(self.failed).saturating_add(self.inconclusive)
    }

    /// Measurements without evidence.
    pub fn blind(&self) -> u32 {
        self.error.saturating_add(self.no_data)
    }

    /// All measurements.
    pub fn taken(&self) -> u32 {
        self.judged().saturating_add(self.blind())
    }

    /// Counts one more measurement.
    pub(crate) fn add(&mut self, outcome: Outcome, no_data: bool) {
        let streaks = [
            &mut self.consecutive_success,
            &mut self.consecutive_failure,
            &mut self.consecutive_error,
        ];
        let (counter, streak) = match outcome {
            Outcome::Successful => (&mut self.successful, Some(0)),
            Outcome::Failed => (&mut self.failed, Some(1)),
            Outcome::Inconclusive if no_data => (&mut self.no_data, Some(2)),
            Outcome::Inconclusive => (&mut self.inconclusive, None),
            Outcome::Errored => (&mut self.error, Some(2)),
        };
        *counter = counter.saturating_add(1);
        for (place, length) in streaks.into_iter().enumerate() {
            *length = if Some(place) == streak { length.saturating_add(1) } else { 0 };
        }
    }
}

/// Why a metric concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// More failed measurements than its limit allows.
    FailureLimit,
    /// More failed measurements in a row than its limit allows.
    FailuresInARow,
    /// More inconclusive measurements than its limit allows.
    InconclusiveLimit,
    /// More blind measurements in a row than its limit allows.
    Blind,
    /// Enough good measurements in a row.
    SuccessesInARow,
    /// It has its count of judged measurements.
    Count,
    /// It has its count, but never had enough good measurements in a row.
    CountWithoutStreak,
    /// It has its count, but not one good measurement (strict mode only).
    CountWithoutSuccess,
    /// The run was ended before it concluded.
    Terminated,
    /// The evidence says that the canary is worse (a statistical criterion).
    Worse,
    /// What is to be ruled out is ruled out (a statistical criterion).
    Cleared,
    /// The last look was over and nothing had been found (a statistical criterion).
    Horizon,
    /// The last look was over, and there was too little data to say anything (a statistical criterion).
    TooLittle,
    /// The last look was over, and what is to be ruled out was not (a statistical criterion).
    NotRuledOut,
    /// Another metric decided the run, or the last one it could have mattered to concluded.
    Stopped,
}

/// A measurement that has been asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Which.
    pub ticket: Ticket,
    /// When it was asked for.
    pub since: Timestamp,
}

/// One metric of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricState {
    /// Argo's phase.
    pub phase: Phase,
    /// Why it is in that phase; empty while it runs.
    pub message: String,
    /// What it has counted.
    pub tally: Tally,
    /// Why it concluded; none while it runs.
    pub ending: Option<Ending>,
    /// The measurement under way.
    pub in_flight: Option<InFlight>,
    /// When the measurement was asked for that still had no answer when the metric was ended.
    pub unanswered_since: Option<Timestamp>,
    /// The newest measurements, oldest first, as many as the plan keeps.
    pub measurements: VecDeque<Measurement>,
    /// Where its statistical criterion stands; none for other metrics.
    pub(crate) comparison: Option<Box<ComparisonState>>,
    /// Measurements asked for so far, which numbers their tickets.
    pub(crate) asked: u32,
}

/// Measurements that room is made for at once.
const RESERVED_MAX: usize = 10;

impl MetricState {
    /// The newest measurement.
    pub fn last(&self) -> Option<&Measurement> {
        self.measurements.back()
    }

    /// Keeps `measurement`, dropping the oldest beyond `retention` (at least 1), and counts it.
    pub(crate) fn record(&mut self, measurement: Measurement, retention: usize) {
        self.tally.add(measurement.outcome, measurement.missing.is_some());
        if self.measurements.is_empty() {
            // Grown by doubling, ten measurements would take the room of sixteen.
            self.measurements.reserve_exact(retention.clamp(1, RESERVED_MAX));
        }
        // The newest one tells when the next is due, so it is kept whatever the plan says.
        while retention.max(1) <= self.measurements.len() {
            self.measurements.pop_front();
        }
        self.measurements.push_back(measurement);
    }
}

/// A run at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// Argo's phase.
    pub phase: Phase,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it concluded.
    pub completed_at: Option<Timestamp>,
    /// In plan order.
    pub metrics: Vec<MetricState>,
    /// The verdict, once there is one.
    pub verdict: Option<Box<Verdict>>,
    /// Traps and waivers met so far.
    pub(crate) warnings: Vec<Warning>,
    /// Why somebody ended the run before its time.
    pub(crate) termination: Option<String>,
    /// That somebody gave up on it.
    pub(crate) interrupted: bool,
    /// The latest time seen: a clock that steps back does not take the run back.
    pub(crate) clock: Timestamp,
    /// What `initialDelay` counts from. In argo mode that is the end of the first pass.
    pub(crate) delays_from: Option<Timestamp>,
}

impl RunState {
    /// Traps and waivers met so far.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// A run of `plan` that has not started.
    pub fn new(plan: &Plan) -> Self {
        let metric = MetricState {
            phase: Phase::Pending,
            message: String::new(),
            tally: Tally::default(),
            ending: None,
            in_flight: None,
            unanswered_since: None,
            measurements: VecDeque::new(),
            comparison: None,
            asked: 0,
        };
        Self {
            phase: Phase::Pending,
            started_at: None,
            completed_at: None,
            metrics: vec![metric; plan.metrics.len()],
            verdict: None,
            warnings: Vec::new(),
            termination: None,
            interrupted: false,
            clock: Timestamp::MIN,
            delays_from: None,
        }
    }
}

impl RunState {
    /// A run of `plan` that goes on where the runs before it in the same rollout stopped: what a
    /// statistical criterion has seen stays seen, so that its level holds over the whole rollout.
    ///
    /// `before` are the runs that have concluded or are under way, oldest first. A criterion is the
    /// same one if its metric has the same name and asks the same of the same queries.
    pub fn after<'a>(plan: &Plan, before: impl Iterator<Item = (&'a Plan, &'a Self)>) -> Self {
        let mut state = Self::new(plan);
        for (other, run) in before.filter(|(_, run)| run.phase.is_concluded()) {
            for (of_other, seen) in other.metrics.iter().zip(&run.metrics) {
                let is_same = |metric: &MetricPlan| {
                    metric.name == of_other.name
                        && compare::group::comparison(metric).is_some()
                        && compare::group::comparison(metric)
                            == compare::group::comparison(of_other)
                        && tests_alike(plan, other)
                };
                let place = plan.metrics.iter().position(is_same);
                let slot = place.and_then(|place| state.metrics.get_mut(place));
                let carried = seen.comparison.as_deref().and_then(ComparisonState::carried);
                if let (Some(slot), Some(carried)) = (slot, carried) {
                    slot.comparison = Some(Box::new(carried));
                }
            }
        }
        state
    }
}

/// Whether two plans test their statistical criteria in the same way.
fn tests_alike(plan: &Plan, other: &Plan) -> bool {
    match (&plan.sequential, &other.sequential) {
        (Some(one), Some(other)) => one.tests_as(other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// How many metrics came out how, Argo's `runSummary` and `dryRunSummary`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Metrics, measured or not.
    pub count: u32,
    /// Concluded and good.
    pub successful: u32,
    /// Concluded and bad.
    pub failed: u32,
    /// Concluded and undecided.
    pub inconclusive: u32,
    /// Concluded and not judged.
    pub error: u32,
}

impl RunState {
    /// Sums up the dry-run metrics, or the others. Metrics never measured are in `count` only.
    pub fn summary(&self, plan: &Plan, dry_run: bool) -> Summary {
        let mut summary = Summary::default();
        let metrics = plan.metrics.iter().zip(&self.metrics);
        for (_, metric) in metrics.filter(|(plan, _)| plan.dry_run == dry_run) {
            summary.count += 1;
            // Argo counts by the limits alone, so a streak that was not reached passes for good.
            let quirk =
                plan.mode == Mode::Argo && metric.ending == Some(Ending::CountWithoutStreak);
            let counter = match metric.phase.outcome() {
                Some(_) if metric.measurements.is_empty() => continue,
                Some(_) if quirk => &mut summary.successful,
                Some(Outcome::Successful) => &mut summary.successful,
                Some(Outcome::Failed) => &mut summary.failed,
                Some(Outcome::Inconclusive) => &mut summary.inconclusive,
                Some(Outcome::Errored) => &mut summary.error,
                None => continue,
            };
            *counter += 1;
        }
        summary
    }
}
