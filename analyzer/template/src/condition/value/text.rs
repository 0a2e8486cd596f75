//! Strings, which are bytes: a slice may cut a letter in two.

use std::borrow::Cow;
use std::sync::Arc;

/// A string.
#[derive(Clone, Debug)]
pub(in super::super) enum Text<'a> {
    /// Part of the measured value.
    Borrowed(&'a [u8]),
    /// Of the condition, or made by the evaluation.
    Shared(Arc<[u8]>),
}

impl Text<'_> {
    /// Its bytes.
    pub(in super::super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }

    /// It as text, with what is not a letter replaced.
    pub(in super::super) fn lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes())
    }

    /// How many letters it has; each byte that is not part of one counts as one.
    pub(in super::super) fn letters(&self) -> usize {
        self.lossy().chars().count()
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes().cmp(other.bytes())
    }
}
