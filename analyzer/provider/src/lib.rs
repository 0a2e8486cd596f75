//! Where readings come from: Prometheus, web and health endpoints, and recorded fixtures.
//!
//! [`Sources`](sources::Sources) turns one metric of a plan into one answer. It keeps no history
//! and judges nothing; what it keeps between measurements are open connections and tokens. The pages
//! of a run and their samples are in [`Pages`](scrape::Pages), which the run itself holds.
//!
//! **Invariant:** whatever a source does, `measure` ends with an answer or a fault, in the time and
//! the memory its [`Limits`](limits::Limits) say, and no secret is in either of them.

pub mod fixture;
pub mod limits;
pub mod scrape;
pub mod sigv4;
pub mod sources;

mod auth;
mod evaluate;
mod health;
mod kept;
mod mask;
mod prometheus;
mod web;

#[cfg(test)]
mod testing;
