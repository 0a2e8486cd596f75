//! The criteria as a run uses them: looks in, "worse", "cleared" or "not yet" out.
//!
//! Each puts one test of [`crate::ratio`] or [`crate::gauge`] together with its noise, its boundary and
//! the rule that nothing is decided on a single look. They are state machines by value: the same looks
//! give the same answer, in a live run, a replay and the simulations of [`crate::simulate`].

pub mod count;
pub mod latency;

pub use count::{CountComparison, CountSettings, CountState};
pub use latency::{LatencyComparison, LatencyState};
