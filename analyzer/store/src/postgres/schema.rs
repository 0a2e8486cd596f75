//! The tables, and which version they are of.

use super::pool::{Pool, Transaction};
use crate::column::{int, number};
use crate::error::OpenError;
use crate::ledger::Done;

/// What makes each version out of the one before, from version 1 on.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// Any number, the same in all replicas: one at a time looks at the version.
const LOCK: &str = "SELECT pg_advisory_xact_lock(4203770125)";

/// Brings the tables up to the version this program knows.
pub(super) async fn migrate(pool: &Pool) -> Result<(), OpenError> {
    let failed = |source| OpenError::because(pool.place(), source);
    let mut transaction = pool.begin().await.map_err(failed)?;
    let found = upgrade(&mut transaction).await;
    let found = transaction.end(found).await.map_err(failed)?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if known < found {
        return Err(OpenError::Newer { place: pool.place(), found, known });
    }
    Ok(())
}

async fn upgrade(transaction: &mut Transaction<'_>) -> Done<u32> {
    transaction.script(LOCK).await?;
    transaction
        .script(
            "CREATE SCHEMA IF NOT EXISTS assay;
             CREATE TABLE IF NOT EXISTS migrations (version bigint PRIMARY KEY);",
        )
        .await?;
    let newest = "SELECT coalesce(max(version), 0) FROM migrations";
    let newest = transaction.row(newest, &[]).await?;
    let found: i64 = newest.map_or(Ok(0), |row| row.try_get(0))?;
    for (version, sql) in (1u32..).zip(MIGRATIONS) {
        if found < i64::from(version) {
            transaction.script(sql).await?;
            let insert = "INSERT INTO migrations (version) VALUES ($1)";
            transaction.execute(insert, &[&int(u64::from(version))]).await?;
        }
    }
    Ok(u32::try_from(number(found)).unwrap_or(u32::MAX))
}
