//! Which runs are wanted.

use std::fmt;
use std::str::FromStr;

use assay_run::state::Phase;
use assay_run::step::Event;
use assay_run::verdict::Decision;
use jiff::Timestamp;

use crate::record::RunView;

/// Runs on one page at most.
pub const PAGE_RUNS_MAX: usize = 1_000;
/// Events in one answer at most.
pub const PAGE_EVENTS_MAX: usize = 10_000;

/// What a run must be like; what is none does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose.
    pub tenant: Option<String>,
    /// The phase it is in.
    pub phase: Option<Phase>,
    /// What it came out as; runs without a verdict do not fit.
    pub decision: Option<Decision>,
    /// The name of its template.
    pub template: Option<String>,
    /// The namespace and the name of the rollout that asks.
    pub rollout: Option<(String, String)>,
    /// Accepted at this time or later.
    pub since: Option<Timestamp>,
}

/// A place in the list of all runs, newest first. Runs that come later do not move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) u64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// A text is not a cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a cursor: take one from the answer before")]
pub struct InvalidCursor(String);

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let digits = text.strip_prefix('c').filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        number.map(Self).ok_or_else(|| InvalidCursor(text.to_owned()))
    }
}

/// A part of a list of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Newest first.
    pub runs: Vec<RunView>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

/// A part of the events of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Events {
    /// The number of the first one here.
    pub first: u64,
    /// The events, in order.
    pub events: Vec<Event>,
    /// How many the run has in all.
    pub total: u64,
}
