//! An AnalysisRun as a state machine.
//!
//! [`step`](step::step) takes what happened and answers what to do about it; a driver does it and
//! reports back with the next event. Folding `step` over the events therefore rebuilds a run exactly.

pub mod compare;
pub mod reading;
pub mod rollout;
pub mod state;
pub mod step;
pub mod verdict;
pub mod web;

mod argo;
mod change;
mod evidence;
mod judge;
mod limits;
mod reason;
mod schedule;
mod sentence;
mod strict;
mod value;
mod warnings;
mod words;
