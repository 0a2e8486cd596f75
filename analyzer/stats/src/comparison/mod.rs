//! The criteria as a run uses them: looks in, "worse", "cleared" or "not yet" out.
//!
//! Each puts one test of [`crate::ratio`] or [`crate::gauge`] together with its noise, its boundary and
//! the rule that nothing is decided on a single look. They are state machines by value: the same looks
//! give the same answer, in a live run, a replay and the simulations of [`crate::simulate`].
//!
//! [`together`] holds several of them to one level.

pub mod count;
pub mod gauge;
pub mod latency;
pub mod limit;
pub mod noise;
pub mod suspicion;
pub mod together;
pub mod traffic;

pub use count::{CountComparison, CountSettings, CountState, Direction};
pub use gauge::{GaugeComparison, GaugeScale, GaugeSettings, GaugeState};
pub use latency::{LatencyComparison, LatencySettings, LatencyState};
pub use limit::{CountLimit, CountLimitState, GaugeLimit};
pub use noise::Noise;
pub use together::{Standing, Together};
pub use traffic::{TrafficShare, TrafficShareState};
