//! The journal in one SQLite file, for one process.
//!
//! One thread owns the connection that writes and everything about live runs that is worth keeping in
//! memory; others only read. Events go where appending is cheap, one row a commit (`journal`), and from
//! there, when enough of one run have gathered, where they are found by run (`segments`). What is in
//! the journal only is also in memory, so reading a run never searches the journal.
//!
//! **Invariant:** the memory is what is committed: after a failure it is read anew from the file.

mod books;
mod catalog;
mod deliveries;
mod failure;
mod file;
mod ledger;
mod live;
mod lookup;
mod runs;
mod segments;

use std::path::Path;
use std::sync::Arc;

use crate::desk::Desk;
use crate::error::{OpenError, StoreError};
use crate::ledger::Lookup;
use crate::store::Store;

use books::Books;

/// Connections that only read.
const READERS: usize = 2;

/// Opens the store in the file `path`, which is made if it is not there, readable for its owner only.
///
/// # Errors
///
/// [`OpenError::InUse`] if another process has it, [`OpenError::Newer`] if a newer assay wrote it,
/// [`OpenError::Damaged`] if a live run cannot be read, else [`OpenError::Failed`].
pub fn open(path: &Path) -> Result<Arc<dyn Store>, OpenError> {
    let failed = |source| OpenError::because(path.display().to_string(), source);
    let books = Books::open(path)?;
    let readers = (0..READERS)
        .map(|_| Ok(Box::new(file::read_only(path)?) as Box<dyn Lookup + Send>))
        .collect::<Result<Vec<_>, StoreError>>()
        .map_err(failed)?;
    let desk = Desk::staffed(books, readers).map_err(|error| failed(StoreError::failed(error)))?;
    Ok(Arc::new(desk))
}
