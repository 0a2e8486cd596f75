//! Operating characteristics: how often healthy canaries are aborted, how soon bad ones are found.
//!
//! A [`Scenario`] draws whole rollouts, history included, and runs the criteria of
//! [`crate::comparison`] on them. Replication `r` under a seed depends on the seed, the scenario and
//! `r` alone, so work may be split among threads in any way and [`Tally::merge`]d after.
//!
//! The catalogue and its bars are the acceptance benchmark of the sequential criteria.

pub mod bars;
pub mod catalogue;
pub mod counts;
pub mod gauges;
pub mod latencies;
pub mod several;
pub mod tally;
mod world;

pub use bars::{Bar, Row, rows};
pub use catalogue::{Calibrator, Scenario, catalogue, held_out};
pub use tally::Tally;
