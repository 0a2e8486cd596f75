//! HTTP for others: who asks assay as they would ask a Prometheus.
//!
//! Answers are written here, as the command line prints them too. Nothing here knows where series
//! come from, or reads a clock: a query that says no time is answered at the one given.

pub mod prometheus_api;
pub mod time;
pub mod wire;
