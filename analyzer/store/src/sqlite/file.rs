//! The file: who may have it, how it is opened, which version it is of.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use crate::codec::bytes::Malformed;
use crate::error::{OpenError, StoreError};

/// What makes each version out of the one before, from version 1 on.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// How long SQLite waits for a lock of its own; only checkpoints and readers ever hold one.
const BUSY_MS_MAX: u32 = 5_000;

/// Makes sure that no other process has the file, for as long as the answer lives.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let failed = |source: std::io::Error| OpenError::Failed {
        place: path.display().to_string(),
        source: system(source),
    };
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let file = options.open(PathBuf::from(beside)).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn system(error: std::io::Error) -> StoreError {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let kind = error.kind();
    let source = Arc::new(error);
    if matches!(kind, ReadOnlyFilesystem | PermissionDenied) {
        StoreError::ReadOnly { source }
    } else if matches!(kind, StorageFull | QuotaExceeded) {
        StoreError::Full { source }
    } else {
        StoreError::Failed { source }
    }
}

/// The connection that writes.
pub(super) fn read_write(path: &Path) -> Result<Connection, StoreError> {
    // SQLite would make the file readable for everybody; its other files take over this one's mode.
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    drop(options.open(path).map_err(system)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA busy_timeout = {BUSY_MS_MAX};
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY;"
    ))?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(&format!("PRAGMA busy_timeout = {BUSY_MS_MAX};"))?;
    Ok(connection)
}

/// Brings the schema up to the version this program knows.
pub(super) fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let place = || path.display().to_string();
    let failed = |source| OpenError::because(place(), source);
    let found = version(connection).map_err(failed)?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if known < found {
        return Err(OpenError::Newer { place: place(), found, known });
    }
    for (version, sql) in (1u32..).zip(MIGRATIONS) {
        if found < version {
            apply(connection, version, sql).map_err(failed)?;
        }
    }
    Ok(())
}

fn apply(connection: &mut Connection, version: u32, sql: &str) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS assay_migrations (version INTEGER PRIMARY KEY);",
    )?;
    transaction.execute_batch(sql)?;
    transaction.execute("INSERT INTO assay_migrations (version) VALUES (?1)", [version])?;
    Ok(transaction.commit()?)
}

/// The version of the schema, 0 for an empty file.
fn version(connection: &Connection) -> Result<u32, StoreError> {
    let tables = "SELECT count(*), coalesce(sum(name = 'assay_migrations'), 0) FROM sqlite_master";
    let (all, ours): (u32, u32) =
        connection.query_row(tables, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    match (all, ours) {
        (0, _) => Ok(0),
        (_, 0) => {
            let why = Malformed::Document(String::from("it is a database of another program"));
            Err(StoreError::unreadable("the file", why))
        }
        (_, _) => Ok(connection.query_row(
            "SELECT coalesce(max(version), 0) FROM assay_migrations",
            [],
            |row| row.get(0),
        )?),
    }
}
