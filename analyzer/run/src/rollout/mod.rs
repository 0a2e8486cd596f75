//! A Rollout as a state machine: its steps one after the other, its analyses between and beside them.
//!
//! [`step`](step::step) takes what happened and answers what to do about it, as that of a run does; the
//! runs of the analyses are stepped by the very same function. What a driver adds is time and answers.
//!
//! **Invariant:** a walk has one verdict, after which no analysis runs. At one and the same time all
//! measurements come before any step, so that no step overtakes evidence that is there, and of several
//! verdicts abort comes before hold.

pub mod state;
pub mod step;

mod sentence;
