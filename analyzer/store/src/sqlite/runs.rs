//! Rows of runs.

use std::collections::BTreeSet;

use assay_run::state::Phase;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::segments;
use crate::codec::bytes::{seal, unseal};
use crate::codec::record;
use crate::column::{count, int, number as counted, time};
use crate::error::StoreError;
use crate::lease::Token;
use crate::ledger::Done;
use crate::record::{ContentHash, NewRun, Override, RunId, RunRecord, Snapshot, VerdictRecord};

/// The version of the seal around a snapshot; what is inside is the caller's.
const SNAPSHOT_VERSION: u8 = 1;

/// The number of a run.
pub(super) fn number(connection: &Connection, run: RunId) -> Done<Option<u64>> {
    let mut statement = connection.prepare_cached("SELECT number FROM runs WHERE id = ?1")?;
    let found = statement.query_row([run.as_bytes()], |row| row.get(0)).optional()?;
    Ok(found.map(counted))
}

/// A run as it was accepted.
pub(super) fn record(connection: &Connection, run: u64) -> Done<Option<RunRecord>> {
    let mut statement = connection.prepare_cached("SELECT record FROM runs WHERE number = ?1")?;
    let stored: Option<Vec<u8>> = statement.query_row([int(run)], |row| row.get(0)).optional()?;
    stored.map(|stored| read(&stored)).transpose()
}

pub(super) fn read(stored: &[u8]) -> Done<RunRecord> {
    record::run(stored).map_err(|error| StoreError::unreadable("the record of a run", error))
}

/// The run that the same request made before.
pub(super) fn of_request(connection: &Connection, new: &RunRecord) -> Done<Option<RunRecord>> {
    if let Some(key) = &new.key {
        let mut statement =
            connection.prepare_cached("SELECT record FROM runs WHERE tenant = ?1 AND key = ?2")?;
        let stored: Option<Vec<u8>> =
            statement.query_row([&new.tenant, key], |row| row.get(0)).optional()?;
        if let Some(known) = stored.map(|stored| read(&stored)).transpose()? {
            if !known.is_same_request(new) {
                return Err(StoreError::Conflict { key: key.clone(), run: known.id });
            }
            return Ok(Some(known));
        }
    }
    match number(connection, new.id)? {
        Some(_) => Err(StoreError::Exists { run: new.id }),
        None => Ok(None),
    }
}

pub(super) fn insert(connection: &Connection, run: &NewRun, record: &RunRecord) -> Done<u64> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO runs
         (id, tenant, key, template, namespace, rollout, created_at, phase, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute(params![
        run.id.as_bytes(),
        run.tenant,
        run.key,
        run.template,
        run.rollout.as_ref().map(|rollout| &rollout.namespace),
        run.rollout.as_ref().map(|rollout| &rollout.name),
        time(run.created_at),
        Phase::Pending.as_str(),
        record::run_bytes(record),
    ])?;
    let number = connection.last_insert_rowid();
    for (source, kept) in run.sources.iter().zip(&record.sources) {
        super::catalog::put_text(connection, kept.hash, &source.text)?;
        let mut statement = connection
            .prepare_cached("INSERT OR IGNORE INTO run_texts (run, hash) VALUES (?1, ?2)")?;
        statement.execute(params![number, kept.hash.as_bytes()])?;
    }
    Ok(counted(number))
}

pub(super) fn mark_running(connection: &Connection, run: u64) -> Done<()> {
    let mut statement =
        connection.prepare_cached("UPDATE runs SET phase = ?2 WHERE number = ?1")?;
    statement.execute(params![int(run), Phase::Running.as_str()])?;
    Ok(())
}

pub(super) fn conclude(
    connection: &Connection,
    run: u64,
    verdict: &VerdictRecord,
    token: Token,
) -> Done<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE runs SET phase = ?2, decision = ?3, concluded_at = ?4, token = ?5, verdict = ?6
         WHERE number = ?1 AND concluded_at IS NULL",
    )?;
    statement.execute(params![
        int(run),
        verdict.phase.as_str(),
        verdict.decision.as_str(),
        time(verdict.at),
        int(token.0),
        record::verdict_bytes(verdict),
    ])?;
    connection.prepare_cached("DELETE FROM snapshots WHERE run = ?1")?.execute([int(run)])?;
    Ok(())
}

pub(super) fn overrule(connection: &Connection, run: u64, decided: &Override) -> Done<()> {
    let mut statement =
        connection.prepare_cached("INSERT INTO overrides (run, bytes) VALUES (?1, ?2)")?;
    statement.execute(params![int(run), record::override_bytes(decided)])?;
    Ok(())
}

/// Keeps a snapshot.
pub(super) fn keep(connection: &Connection, run: u64, snapshot: &Snapshot) -> Done<()> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO snapshots (run, events, state) VALUES (?1, ?2, ?3)",
    )?;
    let state = seal(SNAPSHOT_VERSION, &snapshot.state);
    statement.execute(params![int(run), int(snapshot.events), state])?;
    Ok(())
}

/// The snapshot of a run.
pub(super) fn kept(connection: &Connection, run: u64) -> Done<Option<Snapshot>> {
    let mut statement =
        connection.prepare_cached("SELECT events, state FROM snapshots WHERE run = ?1")?;
    let found: Option<(i64, Vec<u8>)> =
        statement.query_row([int(run)], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((events, state)) = found else { return Ok(None) };
    let state = unseal(SNAPSHOT_VERSION, &state)
        .map_err(|error| StoreError::unreadable("the snapshot of a run", error))?;
    Ok(Some(Snapshot { events: counted(events), state: state.to_vec() }))
}

/// Forgets runs with an old verdict.
pub(super) fn prune(connection: &Connection, before: Timestamp, limit: usize) -> Done<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT number FROM runs WHERE concluded_at < ?1 AND NOT EXISTS
             (SELECT 1 FROM deliveries WHERE run = runs.number AND state = 0)
         ORDER BY concluded_at, number LIMIT ?2",
    )?;
    let numbers = statement.query_map(params![time(before), count(limit)], |row| row.get(0))?;
    let numbers = numbers.collect::<Result<Vec<i64>, _>>()?;
    let mut hashes = BTreeSet::new();
    for run in &numbers {
        let mut statement =
            connection.prepare_cached("DELETE FROM run_texts WHERE run = ?1 RETURNING hash")?;
        for hash in statement.query_map([run], |row| row.get(0))? {
            hashes.insert(ContentHash::from_bytes(hash?));
        }
        for table in [
            "DELETE FROM attempts WHERE delivery IN (SELECT number FROM deliveries WHERE run = ?1)",
            "DELETE FROM deliveries WHERE run = ?1",
            "DELETE FROM overrides WHERE run = ?1",
            "DELETE FROM runs WHERE number = ?1",
        ] {
            connection.prepare_cached(table)?.execute([run])?;
        }
        segments::delete(connection, counted(*run))?;
    }
    for hash in hashes {
        super::catalog::sweep_text(connection, hash)?;
    }
    Ok(u64::try_from(numbers.len()).unwrap_or(u64::MAX))
}
