//! What runs are made of: templates with their versions, and schedules.

use jiff::Timestamp;

use crate::record::ContentHash;

/// A template by name, one version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateVersion {
    /// Whose.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// Counted from 1. The same text uploaded again is no new version.
    pub version: u32,
    /// What [`Store::text`](crate::store::Store::text) finds its text by.
    pub hash: ContentHash,
    /// When it was uploaded.
    pub at: Timestamp,
}

/// Something that starts runs again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Whose.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// What to start when, in the caller's own form.
    pub document: String,
    /// The newest time at which it has started a run.
    pub fired_at: Option<Timestamp>,
}
