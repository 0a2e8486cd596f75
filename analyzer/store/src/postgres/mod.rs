//! The journal in a Postgres database that several replicas share.
//!
//! Every operation is one transaction on a connection of its own. Who may write for a run is decided
//! where the run's row is locked: what is written has to show the token that is in that row. A replica
//! that is cut off cannot write at all, and one that was replaced is refused.
//!
//! **Invariant:** a connection on which an operation was given up half-way is not used again.

mod catalog;
mod claims;
mod deliveries;
mod door;
mod journal;
mod lookup;
mod pool;
mod runs;
mod schema;

use std::sync::Arc;

use assay_template::secret::Secret;

use crate::error::{OpenError, StoreError};
use crate::store::Store;

use pool::Pool;

/// Opens the store in the database that `address` names, in the form of libpq:
/// `host=db user=assay password=... dbname=assay`, or as a URL. Its tables are made in a schema of their
/// own, `assay`, if they are not there. Must be called on a tokio runtime, which carries the connections.
///
/// # Errors
///
/// [`OpenError::Newer`] if a newer assay made the tables, else [`OpenError::Failed`].
pub async fn open(address: &Secret<String>) -> Result<Arc<dyn Store>, OpenError> {
    let config: tokio_postgres::Config =
        address.reveal().parse().map_err(|_| OpenError::Failed {
            place: String::from("Postgres"),
            // What is wrong with the address may have the password in it.
            source: StoreError::no("database", "with an address like this one"),
        })?;
    let pool = Pool::new(config);
    schema::migrate(&pool).await?;
    Ok(Arc::new(door::Postgres { pool }))
}
