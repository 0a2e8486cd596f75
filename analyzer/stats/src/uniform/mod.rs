//! Time-uniform bounds and e-processes from the literature: what ours are measured against.
//!
//! Bounds that hold at every look at once, for sums, shares, quantiles and bounded means. The criteria
//! of [`crate::comparison`] are sharper for canaries; these serve displays, cross-checks and the share of
//! traffic.

pub mod bounded;
pub mod group_sequential;
pub mod mean;
pub mod mixture;
pub mod quantile;
pub mod share;
pub mod stitched;

pub use mixture::Mixture;

/// Two ends that hold the truth at every look at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UniformInterval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}
