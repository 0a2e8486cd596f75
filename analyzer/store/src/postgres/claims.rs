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
    let mut claimed = Vec::with_capacity(taken.len());
    for (run, token, next) in taken {
        claimed.push(whole(transaction, run, token, next).await?);
    }
    Ok(claimed)
}

async fn whole(
    transaction: &mut Transaction<'_>,
    run: i64,
    token: Token,
    next: u64,
) -> Done<Claimed> {
    let record = super::runs::record(transaction, run).await?;
    let record = record.ok_or_else(|| StoreError::no("run number", run))?;
    let snapshot = super::runs::kept(transaction, run).await?;
    let known = snapshot.as_ref().map_or(0, |snapshot| snapshot.events);
    let events = journal::read(transaction, (run, record.id), known, usize::MAX).await?;
    Ok(Claimed { record, token, snapshot, events, next })
}
