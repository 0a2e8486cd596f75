//! Values as columns, and SQLite's errors as ours.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::ErrorCode;

use crate::codec::bytes::Malformed;
use crate::error::StoreError;

/// Nanoseconds since 1970; times before 1678 and after 2261 are as those.
pub(super) fn time(at: Timestamp) -> i64 {
    let nanos = at.as_nanosecond();
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

pub(super) fn timestamp(nanos: i64) -> Timestamp {
    // 64 bits of nanoseconds are well within what a timestamp holds.
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default()
}

/// A number as a column. All our numbers count something and stay far below 2^63.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or_default()
}

pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let source = Arc::new(error);
        match code {
            Some(ErrorCode::DiskFull) => Self::Full { source },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { source },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Unreadable { what: String::from("the database file"), source }
            }
            // What else can go wrong is one to us.
            _ => Self::Failed { source },
        }
    }
}

impl From<Malformed> for StoreError {
    fn from(error: Malformed) -> Self {
        Self::unreadable("a record", error)
    }
}
