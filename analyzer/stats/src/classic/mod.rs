//! Tests that answer once, for a fixed set of numbers: for reports, and for who comes from elsewhere.
//!
//! None of these may be repeated at every look: the rate of false alarms grows with each. The
//! sequential tests of this crate are for that.

mod ascending;
mod differences;
pub mod distribution;
pub mod mann_whitney;
pub mod mean;
pub mod proportion;
pub mod sample;
pub mod shift;
mod sorted;
pub mod table;
pub mod unconditional;

use thiserror::Error;

pub use sample::{InvalidSample, Sample};

/// Which way a difference counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Alternative {
    /// Either way.
    TwoSided,
    /// The first sample is larger.
    Greater,
    /// The first sample is smaller.
    Less,
}

/// There are too few numbers for the answer to exist, or too many to compute it.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum Insufficient {
    /// A sample is too small.
    #[error("the test needs {needed} values in each sample, found {found}")]
    Values {
        /// How many are needed.
        needed: usize,
        /// How many the smaller sample has.
        found: usize,
    },
    /// All values are equal, so nothing can be compared.
    #[error("all values are equal, so there is nothing to compare")]
    NoVariation,
    /// More events than tries, or no tries at all.
    #[error("{events} events among {tries} tries make no share")]
    Events {
        /// How many events.
        events: u64,
        /// How many tries.
        tries: u64,
    },
    /// An exact answer would take too long.
    #[error("an exact answer for {found} is out of reach, the limit is {limit}")]
    TooLarge {
        /// The size asked for.
        found: u64,
        /// The largest size that is computed.
        limit: u64,
    },
    /// An exact answer exists only without ties.
    #[error("the exact test needs values that all differ")]
    Ties,
}
