//! SQLite's errors as ours.

use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::error::StoreError;

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
