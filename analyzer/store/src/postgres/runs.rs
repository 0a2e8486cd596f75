//! Rows of runs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::journal::Held;
use super::pool::Transaction;
use crate::codec::bytes::{seal, unseal};
use crate::codec::record;
use crate::column::{count, int, number, time};
use crate::error::StoreError;
use crate::lease::{Lease, Token};
use crate::ledger::Done;
use crate::record::{NewRun, Override, RunId, RunRecord, Snapshot, VerdictRecord};
use crate::store::Created;

/// The version of the seal around a snapshot; what is inside is the caller's.
const SNAPSHOT_VERSION: u8 = 1;

pub(super) async fn number_of(transaction: &mut Transaction<'_>, run: RunId) -> Done<Option<i64>> {
    let sql = "SELECT number FROM runs WHERE id = $1";
    let row = transaction.row(sql, &[&run.as_bytes().as_slice()]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Runs as they were accepted, by number.
pub(super) async fn records(
    transaction: &mut Transaction<'_>,
    runs: &[i64],
) -> Done<BTreeMap<i64, RunRecord>> {
    let sql = "SELECT number, record FROM runs WHERE number = ANY ($1)";
    let rows = transaction.rows(sql, &[&runs]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, read(row.try_get(1)?)?))).collect()
}

pub(super) fn read(stored: &[u8]) -> Done<RunRecord> {
    record::run(stored).map_err(|error| StoreError::unreadable("the record of a run", error))
}

pub(super) async fn create(
    transaction: &mut Transaction<'_>,
    run: &NewRun,
    lease: Option<&Lease>,
) -> Done<Created> {
    let record = run.record();
    let Some(number_of) = insert(transaction, run, &record).await? else {
        return known(transaction, record).await;
    };
    for (source, kept) in run.sources.iter().zip(&record.sources) {
        super::catalog::put_text(transaction, kept.hash, &source.text).await?;
        let sql = "INSERT INTO run_texts (run, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        transaction.execute(sql, &[&number_of, &kept.hash.as_bytes().as_slice()]).await?;
    }
    let token = lease.map(|_| Token(1));
    if let Some(lease) = lease {
        super::claims::beat(transaction, lease).await?;
    }
    let holder = lease.map(|lease| lease.replica.0.as_str());
    let sql = "INSERT INTO progress (run, next, token, holder) VALUES ($1, 0, $2, $3)";
    let first = int(token.map_or(0, |token| token.0));
    transaction.execute(sql, &[&number_of, &first, &holder]).await?;
    Ok(Created { record, fresh: true, token })
}

/// The number of the new run; none if its key or its id is taken.
async fn insert(
    transaction: &mut Transaction<'_>,
    run: &NewRun,
    record: &RunRecord,
) -> Done<Option<i64>> {
    let sql = "INSERT INTO runs
               (id, tenant, key, template, namespace, rollout, created_at, record)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT DO NOTHING RETURNING number";
    let row = transaction
        .row(
            sql,
            &[
                &run.id.as_bytes().as_slice(),
                &run.tenant,
                &run.key,
                &run.template,
                &run.rollout.as_ref().map(|rollout| &rollout.namespace),
                &run.rollout.as_ref().map(|rollout| &rollout.name),
                &time(run.created_at),
                &record::run_bytes(record),
            ],
        )
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The run that the same request made before.
async fn known(transaction: &mut Transaction<'_>, new: RunRecord) -> Done<Created> {
    let sql = "SELECT record FROM runs WHERE tenant = $1 AND key = $2";
    let row = transaction.row(sql, &[&new.tenant, &new.key]).await?;
    let Some(row) = row else { return Err(StoreError::Exists { run: new.id }) };
    let known = read(row.try_get(0)?)?;
    if !known.is_same_request(&new) {
        let key = new.key.unwrap_or_default();
        return Err(StoreError::Conflict { key, run: known.id });
    }
    Ok(Created { record: known, fresh: false, token: None })
}

pub(super) async fn conclude(
    transaction: &mut Transaction<'_>,
    held: &Held,
    verdict: &VerdictRecord,
    token: Token,
) -> Done<()> {
    let sql =
        "UPDATE runs SET phase = $2, decision = $3, concluded_at = $4, token = $5, verdict = $6
               WHERE number = $1";
    let (phase, decision) = (verdict.phase.as_str(), verdict.decision.as_str());
    let bytes = record::verdict_bytes(verdict);
    let (at, token) = (time(verdict.at), int(token.0));
    transaction.execute(sql, &[&held.run, &phase, &decision, &at, &token, &bytes]).await?;
    transaction.execute("DELETE FROM progress WHERE run = $1", &[&held.run]).await?;
    transaction.execute("DELETE FROM snapshots WHERE run = $1", &[&held.run]).await?;
    Ok(())
}

pub(super) async fn overrule(
    transaction: &mut Transaction<'_>,
    run: RunId,
    decided: &Override,
) -> Done<i64> {
    let number_of = number_of(transaction, run).await?;
    let number_of = number_of.ok_or_else(|| StoreError::no("run", run))?;
    let sql = "INSERT INTO overrides (run, bytes) VALUES ($1, $2)";
    transaction.execute(sql, &[&number_of, &record::override_bytes(decided)]).await?;
    Ok(number_of)
}

pub(super) async fn keep(
    transaction: &mut Transaction<'_>,
    run: RunId,
    token: Token,
    snapshot: &Snapshot,
) -> Done<()> {
    let held = super::journal::held(transaction, run, token).await?;
    if held.next < snapshot.events {
        let (expected, given) = (held.next, snapshot.events);
        return Err(StoreError::OutOfOrder { run, expected, given });
    }
    let sql = "INSERT INTO snapshots (run, events, state) VALUES ($1, $2, $3)
               ON CONFLICT (run) DO UPDATE SET events = excluded.events, state = excluded.state";
    let state = seal(SNAPSHOT_VERSION, &snapshot.state);
    transaction.execute(sql, &[&held.run, &int(snapshot.events), &state]).await.map(drop)
}

/// The snapshots of runs, by number; some have none.
pub(super) async fn snapshots(
    transaction: &mut Transaction<'_>,
    runs: &[i64],
) -> Done<BTreeMap<i64, Snapshot>> {
    let sql = "SELECT run, events, state FROM snapshots WHERE run = ANY ($1)";
    let unreadable = |error| StoreError::unreadable("the snapshot of a run", error);
    let snapshot = |row: &Row| -> Done<(i64, Snapshot)> {
        let state = unseal(SNAPSHOT_VERSION, row.try_get(2)?).map_err(unreadable)?;
        let events = number(row.try_get(1)?);
        Ok((row.try_get(0)?, Snapshot { events, state: state.to_vec() }))
    };
    transaction.rows(sql, &[&runs]).await?.iter().map(snapshot).collect()
}

/// Forgets runs with an old verdict.
pub(super) async fn prune(
    transaction: &mut Transaction<'_>,
    before: Timestamp,
    limit: usize,
) -> Done<u64> {
    let sql = "SELECT number FROM runs WHERE concluded_at < $1 AND NOT EXISTS
                   (SELECT 1 FROM deliveries WHERE run = runs.number AND state = 0)
               ORDER BY concluded_at, number LIMIT $2 FOR UPDATE SKIP LOCKED";
    let rows = transaction.rows(sql, &[&time(before), &count(limit)]).await?;
    let numbers = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Done<Vec<i64>>>()?;
    for sql in [
        "DELETE FROM attempts WHERE delivery IN
             (SELECT number FROM deliveries WHERE run = ANY ($1))",
        "DELETE FROM deliveries WHERE run = ANY ($1)",
        "DELETE FROM overrides WHERE run = ANY ($1)",
        "DELETE FROM segments WHERE run = ANY ($1)",
        "WITH gone AS (DELETE FROM run_texts WHERE run = ANY ($1) RETURNING hash)
         DELETE FROM texts AS t USING gone WHERE t.hash = gone.hash
             AND NOT EXISTS (SELECT 1 FROM templates WHERE hash = t.hash)
             AND NOT EXISTS
                 (SELECT 1 FROM run_texts WHERE hash = t.hash AND run <> ALL ($1))",
        "DELETE FROM runs WHERE number = ANY ($1)",
    ] {
        transaction.execute(sql, &[&numbers]).await?;
    }
    Ok(u64::try_from(numbers.len()).unwrap_or(u64::MAX))
}
