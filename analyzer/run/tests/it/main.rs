//! The room as its drivers see it: events in, effects out.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod compare;
mod driver;
mod metric_rows;
mod prometheus_rows;
mod properties;
mod results;
mod rollout_rows;
mod run_rows;
mod schedule_rows;
mod sentences;
mod simulation;
mod strict_rules;
mod traps;
