//! What a condition may use up.
//!
//! Templates come from tenants, so a condition must not be able to take the judge's time, stack or
//! memory. The number of nodes and of list elements is limited where the language itself limits it;
//! the rest is ours.

/// Bytes of a condition's text.
pub(super) const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Nodes of a condition's tree.
pub(super) const NODES_MAX: usize = 10_000;

/// Levels of brackets, signs and branches inside each other. A chain such as `a + b + c` is one.
pub(super) const DEPTH_MAX: usize = 64;

/// Steps of one evaluation: nodes visited and elements looked at.
///
/// A step takes 10 to 60 ns, so that the worst condition is over in about 0.1 s; the usual predicates
/// over all 250,000 points of the largest answer take less than this.
pub(super) const STEPS_MAX: u64 = 2_000_000;

/// Bytes of one value written as text. Parts of a value may be one and the same, so that a value that
/// takes little room can be a very long text.
pub(super) const SHOWN_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Elements of lists and maps made by one evaluation, as the language counts them.
pub(super) const ELEMENTS_MAX: u64 = 1_000_000;

/// Bytes of texts and lists made by one evaluation.
pub(super) const BYTES_MAX: u64 = 32 * 1024 * 1024;
