//! Tests of the whole: the binary end to end, and checks on the project itself.

#![expect(clippy::expect_used, reason = "a test may fail by panicking")]

mod argo_rows;
mod bad_input;
mod codes;
mod condition;
mod dry_run;
mod help;
mod layers;
mod live;
mod query;
mod readme;
mod secrets;
mod usage;
