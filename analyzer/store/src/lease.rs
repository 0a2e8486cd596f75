//! Which replica runs a run.
//!
//! A replica claims runs for a time and keeps them as long as it gives a sign of life. Each claim gives
//! a run a new, greater token, and whatever is written for the run has to show the newest one. Safety
//! rests on the tokens alone: a clock that is wrong costs a take-over that was not needed, no more.

use std::fmt;

use jiff::Timestamp;

use crate::record::{RunRecord, Snapshot};
use assay_run::step::Event;

/// The name of one life of one process that runs runs: a restarted one takes a new name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replica(pub String);

/// Counts who has had a run: the newest, greatest one is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token(pub u64);

impl Token {
    /// That of a run which nobody has claimed yet. Nobody may write under it.
    pub(crate) const NONE: Self = Self(0);
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A replica and until when it is believed to live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who.
    pub replica: Replica,
    /// What time it is.
    pub now: Timestamp,
    /// Until when, unless it gives another sign of life.
    pub until: Timestamp,
}

/// A run to go on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The run.
    pub record: RunRecord,
    /// To be shown with whatever is written for it.
    pub token: Token,
    /// What is known of it, if somebody wrote that down.
    pub snapshot: Option<Snapshot>,
    /// The events after the snapshot, or all.
    pub events: Vec<Event>,
    /// The number of its next event.
    pub next: u64,
}
