//! How things are written down.
//!
//! Everything that is stored says its version and carries a checksum: SQLite checks neither its main
//! file nor what an older program makes of a newer record. What cannot be read is an error, never
//! skipped.

pub(crate) mod bytes;
pub(crate) mod event;
pub(crate) mod journal;
pub(crate) mod record;

#[cfg(test)]
mod tests;
