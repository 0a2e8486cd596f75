//! Which replica has which run.

use super::journal;
use super::pool::Transaction;
use crate::column::{count, number, time};
use crate::error::StoreError;
use crate::lease::{Claimed, Lease, Replica, Token};
use crate::ledger::Done;

pub(super) async fn beat(transaction: &mut Transaction<'_>, lease: &Lease) -> Done<()> {
    let sql = "INSERT INTO replicas (name, until) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET until = excluded.until";
    transaction.execute(sql, &[&lease.replica.0, &time(lease.until)]).await.map(drop)
}

pub(super) async fn release(transaction: &mut Transaction<'_>, replica: &Replica) -> Done<()> {
    let sql = "UPDATE progress SET holder = NULL WHERE holder = $1";
    transaction.execute(sql, &[&replica.0]).await?;
    let sql = "DELETE FROM replicas WHERE name = $1";
    transaction.execute(sql, &[&replica.0]).await.map(drop)
}

/// Takes runs that nobody has. Those that another replica takes at the same moment are passed over.
pub(super) async fn claim(
    transaction: &mut Transaction<'_>,
    lease: &Lease,
    limit: usize,
) -> Done<Vec<Claimed>> {
    beat(transaction, lease).await?;
    let sql = "WITH free AS (
            SELECT run FROM progress
            WHERE holder IS NULL OR holder IN (SELECT name FROM replicas WHERE until <= $2)
            ORDER BY run LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE progress AS p SET token = p.token + 1, holder = $1 FROM free
        WHERE p.run = free.run RETURNING p.run, p.token, p.next";
    let values: super::pool::Values<'_> = &[&lease.replica.0, &time(lease.now), &count(limit)];
    let mut taken = Vec::new();
    for row in transaction.rows(sql, values).await? {
        let run: i64 = row.try_get(0)?;
        taken.push((run, Token(number(row.try_get(1)?)), number(row.try_get(2)?)));
    }
    taken.sort_unstable();
    whole(transaction, taken).await
}

/// Everything that is known of runs that were taken.
async fn whole(
    transaction: &mut Transaction<'_>,
    taken: Vec<(i64, Token, u64)>,
) -> Done<Vec<Claimed>> {
    let runs: Vec<i64> = taken.iter().map(|(run, _, _)| *run).collect();
    let mut records = super::runs::records(transaction, &runs).await?;
    let mut snapshots = super::runs::snapshots(transaction, &runs).await?;
    let known = |run: &i64| snapshots.get(run).map_or(0, |snapshot| snapshot.events);
    let from: Vec<u64> = runs.iter().map(known).collect();
    let mut events = journal::read_many(transaction, &runs, &from).await?;
    let mut claimed = Vec::with_capacity(taken.len());
    for (run, token, next) in taken {
        let record = records.remove(&run).ok_or_else(|| StoreError::no("run number", run))?;
        let snapshot = snapshots.remove(&run);
        let events = events.remove(&run).unwrap_or_default();
        claimed.push(Claimed { record, token, snapshot, events, next });
    }
    Ok(claimed)
}
