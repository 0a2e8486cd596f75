//! The only transition function.

use assay_template::plan::Plan;
use jiff::Timestamp;

use crate::reading::{Answer, Fault};
use crate::state::RunState;
use crate::verdict::Verdict;

/// Names one measurement of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    /// The metric's place in the plan.
    pub metric: usize,
    /// Counts the metric's measurements from 0.
    pub number: u32,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run begins.
    Started {
        /// When.
        at: Timestamp,
    },
    /// A time asked for by [`Effect::WakeAt`] has come. Early or extra ones are harmless.
    Woke {
        /// When.
        at: Timestamp,
    },
    /// A measurement ended.
    Measured {
        /// When the answer was complete.
        at: Timestamp,
        /// Which.
        ticket: Ticket,
        /// What came.
        answer: Result<Answer, Fault>,
    },
    /// Somebody ends the run before its time.
    Terminated {
        /// When.
        at: Timestamp,
        /// Why, as a clause: `the recorded answers are used up`; empty if nobody said.
        why: String,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Take a measurement now and report it with [`Event::Measured`].
    Measure {
        /// Which.
        ticket: Ticket,
    },
    /// A measurement under way is no longer wanted. A late answer is harmless.
    Cancel {
        /// Which.
        ticket: Ticket,
    },
    /// Report [`Event::Woke`] at this time. A new one replaces the one before.
    WakeAt(Timestamp),
    /// The run has ended with this verdict.
    Conclude(Box<Verdict>),
}

/// Takes what happened and answers the next state and what to do.
///
/// Total: a stray, late or duplicate event changes nothing.
pub fn step(_plan: &Plan, state: RunState, _event: &Event) -> (RunState, Vec<Effect>) {
    (state, Vec::new())
}
