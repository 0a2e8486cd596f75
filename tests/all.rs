//! Tests of the whole: the binary end to end, and checks on the project itself.

#![expect(clippy::expect_used, reason = "a test may fail by panicking")]

mod argo_rows;
mod bad_input;
mod codes;
mod compare;
mod condition;
mod dry_run;
mod help;
mod judge;
mod layers;
mod live;
mod plan;
mod plan_template;
mod query;
mod readme;
mod rollout;
mod scrape;
mod secrets;
mod simulate;
mod template_tests;
mod usage;
