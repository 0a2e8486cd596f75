//! Why the store did not do what it was asked.

use std::path::PathBuf;
use std::sync::Arc;

use crate::lease::Token;
use crate::record::RunId;

/// The cause of a failure, shared by all operations of the commit it took down.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// An operation was not done. Nothing of it is in the store, unless [`StoreError::is_uncertain`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The idempotency key was used before, for another request.
    #[error("the idempotency key {key:?} was used for another request, the one of run {run}")]
    Conflict {
        /// The key.
        key: String,
        /// The run it made.
        run: RunId,
    },
    /// There is already a run with this id.
    #[error("there is already a run {run}")]
    Exists {
        /// The id.
        run: RunId,
    },
    /// There is no such thing: no run, delivery, template or schedule of this name.
    #[error("there is no {what}")]
    Unknown {
        /// What was asked for.
        what: String,
    },
    /// Another replica has taken the run over.
    #[error("run {run} was taken over: token {given} is stale, {current} is in force")]
    Stale {
        /// The run.
        run: RunId,
        /// The token that was shown.
        given: Token,
        /// The newest one.
        current: Token,
    },
    /// The run has its verdict; nothing follows it.
    #[error("run {run} has its verdict already")]
    Concluded {
        /// The run.
        run: RunId,
    },
    /// The events do not follow those that are there.
    #[error("the next event of run {run} is number {expected}, not {given}")]
    OutOfOrder {
        /// The run.
        run: RunId,
        /// The number of the next event.
        expected: u64,
        /// The number that was given.
        given: u64,
    },
    /// Something is larger than the store takes.
    #[error("{what} has {given} bytes, at most {max} are kept")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Its bytes.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// What was stored cannot be read back.
    #[error("{what} in the store cannot be read")]
    Unreadable {
        /// What.
        what: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// There is no room left to write.
    #[error("the store has no room left: free some space, it goes on by itself")]
    Full {
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// The store may be read only.
    #[error("the store cannot be written: its file or file system is read-only")]
    ReadOnly {
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// Reading or writing failed, or the database could not be reached.
    #[error("the store failed")]
    Failed {
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the request was refused for what it is, so that asking again gives the same answer.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Conflict { .. }
            | Self::Exists { .. }
            | Self::Unknown { .. }
            | Self::Stale { .. }
            | Self::Concluded { .. }
            | Self::OutOfOrder { .. }
            | Self::TooLarge { .. } => true,
            Self::Unreadable { .. }
            | Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::Failed { .. }
            | Self::Closed => false,
        }
    }

    /// Whether the operation may have been done all the same: its answer is what got lost.
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Failed { .. } | Self::Full { .. } | Self::Closed => true,
            Self::Conflict { .. }
            | Self::Exists { .. }
            | Self::Unknown { .. }
            | Self::Stale { .. }
            | Self::Concluded { .. }
            | Self::OutOfOrder { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. }
            | Self::ReadOnly { .. } => false,
        }
    }

    /// Whether the store as a whole did not work, as opposed to one request or one record.
    pub(crate) fn is_failure(&self) -> bool {
        match self {
            Self::Full { .. } | Self::ReadOnly { .. } | Self::Failed { .. } | Self::Closed => true,
            Self::Conflict { .. }
            | Self::Exists { .. }
            | Self::Unknown { .. }
            | Self::Stale { .. }
            | Self::Concluded { .. }
            | Self::OutOfOrder { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    pub(crate) fn no(what: &str, name: impl std::fmt::Display) -> Self {
        Self::Unknown { what: format!("{what} {name}") }
    }

    pub(crate) fn unreadable(
        what: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unreadable { what: what.into(), source: Arc::new(source) }
    }

    pub(crate) fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed { source: Arc::new(source) }
    }
}

/// A store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process uses it.
    #[error("{} is in use by another process; one at a time can have it", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A newer assay has written it.
    #[error(
        "{place} was written by a newer assay: its schema is version {found}, this assay knows up to \
         {known}; start the newer one, or restore a copy made before the upgrade"
    )]
    Newer {
        /// The file or database.
        place: String,
        /// Its version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// What is in it cannot be read.
    #[error(
        "{place} cannot be trusted: start-up stops here rather than go on without a part of it"
    )]
    Damaged {
        /// The file or database.
        place: String,
        /// What and why.
        #[source]
        source: StoreError,
    },
    /// The system did not let us.
    #[error("cannot open {place}")]
    Failed {
        /// The file or database.
        place: String,
        /// What the system said.
        #[source]
        source: StoreError,
    },
}

impl OpenError {
    /// What an error while opening means for the start.
    pub(crate) fn because(place: String, source: StoreError) -> Self {
        if matches!(source, StoreError::Unreadable { .. }) {
            Self::Damaged { place, source }
        } else {
            Self::Failed { place, source }
        }
    }
}
