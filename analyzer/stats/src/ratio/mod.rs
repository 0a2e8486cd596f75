//! Is the canary's rate of events higher than the baseline's? Looked at as often as one likes.
//!
//! [`RatioTest`] turns looks into evidence: an e-process for "the canary's rate is at most so many
//! times the baseline's". Evidence of `1/α` is reached by a healthy canary in at most a share `α` of
//! rollouts, however often one looks, whatever the common rate does meanwhile and however the
//! traffic is split. What hits both arms at once is conditioned out.
//!
//! **Invariant:** a look without data in both arms never moves the evidence.

pub mod dispersion;
pub mod grid;
pub mod interval;
pub mod limit;
pub mod lottery;
pub mod process;

pub use dispersion::{PodDispersion, dispersion_of_looks};
pub use grid::{Grid, Onset};
pub use interval::{RatioInterval, ratio_interval};
pub use limit::LimitTest;
pub use lottery::{PodSpread, pod_spread};
pub use process::{RatioEvidence, RatioTest};
