//! Numbers in, numbers out: is the new version worse than the old one, and how sure is that?
//!
//! The sequential tests ([`ratio`], [`gauge`]) turn looks into evidence that may be read after every
//! look. The classical ones ([`classic`]) answer once. [`kayenta`] repeats another judge's arithmetic.
//!
//! Nothing here reads a clock, a file or a socket, and nothing is random but by a seed: the same
//! numbers give the same answer to the last bit, in any build, on any platform, with any threads.

#![expect(
    clippy::neg_cmp_op_on_partial_ord,
    reason = "`!(0.0 < x)` is how NaN lands in the arm that refuses, see the newtypes in `level`"
)]

pub mod boundary;
pub mod classic;
pub mod combine;
pub mod comparison;
pub mod counter;
mod draw;
mod float;
pub mod gauge;
pub mod histogram;
pub mod kayenta;
pub mod level;
pub mod look;
pub mod plan;
pub mod ratio;
pub mod simulate;
pub mod special;
pub mod uniform;
mod wide;
