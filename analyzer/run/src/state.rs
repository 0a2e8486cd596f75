//! What is known of a run at one moment.

use assay_template::plan::Plan;
use jiff::Timestamp;

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
    /// The value as Argo records it (`10`, `[0.97]`, `NaN`); empty if there is none.
    pub value: String,
    /// Why it came out so, if that is not plain from the value; secrets taken out.
    pub message: String,
    /// What the source warned about.
    pub warnings: Vec<String>,
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

/// One metric of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricState {
    /// Argo's phase.
    pub phase: Phase,
    /// Why it is in that phase; empty while it runs.
    pub message: String,
    /// What it has counted.
    pub tally: Tally,
    /// The newest measurements, oldest first, as many as the plan keeps.
    pub measurements: Vec<Measurement>,
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
}

impl RunState {
    /// A run of `plan` that has not started.
    pub fn new(plan: &Plan) -> Self {
        let metric = MetricState {
            phase: Phase::Pending,
            message: String::new(),
            tally: Tally::default(),
            measurements: Vec::new(),
        };
        Self {
            phase: Phase::Pending,
            started_at: None,
            completed_at: None,
            metrics: vec![metric; plan.metrics.len()],
            verdict: None,
        }
    }
}
