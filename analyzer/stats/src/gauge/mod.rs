//! Is a gauge of the canary higher than the baseline's? By a sequential t-test on paired differences.
//!
//! The two arms are read at the same instants and subtracted, so what moves both cancels. What is
//! left is correlated in time; [`history`] measures how much on the baseline's pods, and [`process`]
//! takes it out before betting.

pub mod autocorrelation;
pub mod history;
pub mod process;
pub mod sequential_t;

pub use autocorrelation::{autocorrelation, prewhitened};
pub use history::GaugeHistory;
pub use process::{GaugeEvidence, GaugeTest};
pub use sequential_t::{Moments, VariancePrior, sequential_t_log_e};
