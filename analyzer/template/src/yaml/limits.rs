//! How much a template may hold. Real ones stay below a hundredth of each.

/// Bytes of one text.
pub const TEMPLATE_BYTES_MAX: usize = 1024 * 1024;

/// Lists and maps inside one another, aliases expanded.
pub const DEPTH_MAX: usize = 64;

/// Nodes of one text, aliases expanded.
pub const NODES_MAX: usize = 100_000;

/// Bytes of all keys and scalars of one text, aliases expanded.
pub const EXPANDED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Documents of one text.
pub const DOCUMENTS_MAX: usize = 1_000;

/// Problems told for one text; what is wrong beyond them is found on the next try.
pub const PROBLEMS_MAX: usize = 100;
