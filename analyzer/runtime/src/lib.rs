//! The drivers of a run: the same [`step`](assay_run::step::step) under a real and a virtual clock.
//!
//! [`live`] asks real sources on tokio; [`rehearsal`] asks a fixture and lets an hour pass at once,
//! and [`walk`] does so for a whole Rollout.
//! Both only carry events in and effects out: nothing here judges anything.

pub mod clock;
pub mod live;
pub mod rehearsal;
pub mod walk;
