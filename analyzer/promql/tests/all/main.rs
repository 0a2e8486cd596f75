//! The evaluator as its users see it, and held against a real Prometheus.

#![expect(clippy::cast_precision_loss, reason = "times in milliseconds are far below 2^53")]
#![expect(clippy::expect_used, reason = "all of this is a test")]

mod compare;
mod data;
mod dialects;
mod differential;
mod generator;
mod notation;
mod pages;
mod programs;
mod queries;
