//! The journal of runs, and what is looked up from it: in memory, in SQLite, in Postgres.
//!
//! [`Store`](store::Store) is the one door; every backend is behind it and passes the same tests. What
//! it has answered with `Ok` is durable. It decides nothing about a run: events go in and come out as
//! they were, and folding `step` over them is the caller's business.
//!
//! **Invariant:** the events of a run are numbered from 0 without a gap; a run has at most one verdict,
//! given by whoever holds its newest token; what was acknowledged is there after any crash, once.

pub mod error;
pub mod store;

pub mod catalog;
pub mod delivery;
pub mod lease;
pub mod query;
pub mod record;

pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;

mod codec;
mod column;
mod desk;
mod leases;
mod ledger;
