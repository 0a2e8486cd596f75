//! Operating characteristics: how often healthy canaries are aborted, how soon bad ones are found.
//!
//! A [`Scenario`] draws whole rollouts, history included, and runs the criteria of
//! [`crate::comparison`] on them. Replication `r` under a seed depends on the seed, the scenario and
//! `r` alone, so work may be split among threads in any way and [`Tally::merge`]d after.
//!
//! [`Benchmark`] cuts it all into such pieces of work. The catalogue and its bars are the acceptance benchmark of the sequential criteria.

pub mod bars;
pub mod benchmark;
pub mod calibration;
pub mod catalogue;
pub mod counts;
pub mod gauges;
pub mod held_out;
pub mod latencies;
pub mod several;
pub mod tally;
mod world;

pub use bars::{Bar, Row, rows};
pub use benchmark::{Benchmark, Finding, Part, SEED};
pub use calibration::Calibrator;
pub use catalogue::{MethodTally, Prepared, Scenario, World, catalogue};
pub use held_out::held_out;
pub use tally::Tally;
