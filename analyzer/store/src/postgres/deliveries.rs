//! Rows of deliveries and their attempts.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::pool::{Transaction, Values};
use crate::codec::bytes::{Malformed, seal, unseal};
use crate::column::{DEAD, DELIVERED, DUE, count, int, number, time, timestamp};
use crate::delivery::{Attempt, Delivery, DeliveryId, DeliveryState, NewDelivery, Next};
use crate::error::StoreError;
use crate::ledger::Done;
use crate::record::RunId;

/// The version of the seal around a body.
const BODY_VERSION: u8 = 1;

/// Puts messages in the queue; one that is in it already stays as it is.
pub(super) async fn queue(
    transaction: &mut Transaction<'_>,
    run: i64,
    deliveries: &[NewDelivery],
) -> Done<()> {
    for new in deliveries {
        let sql = "INSERT INTO deliveries (run, target, key, state, due_at, body)
                   SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS
                       (SELECT 1 FROM deliveries WHERE target = $2 AND key = $3)
                   ON CONFLICT (target, key) DO NOTHING";
        let body = seal(BODY_VERSION, &new.body);
        let values: Values<'_> = &[&run, &new.target, &new.key, &DUE, &time(new.due_at), &body];
        transaction.execute(sql, values).await?;
    }
    Ok(())
}

const WHOLE: &str = "SELECT d.number, r.id, r.tenant, d.target, d.key, d.body, d.state, d.due_at
                     FROM deliveries AS d JOIN runs AS r ON r.number = d.run";

async fn whole(transaction: &mut Transaction<'_>, row: &Row) -> Done<Delivery> {
    let stored: i64 = row.try_get(0)?;
    let id = DeliveryId(number(stored));
    let unreadable = |error| StoreError::unreadable(format!("the body of delivery {id}"), error);
    let body = unseal(BODY_VERSION, row.try_get(5)?).map_err(unreadable)?;
    let attempts = "SELECT at, outcome FROM attempts WHERE delivery = $1 ORDER BY attempt";
    let attempts = transaction.rows(attempts, &[&stored]).await?;
    let attempt = |row: &Row| -> Done<Attempt> {
        Ok(Attempt { at: timestamp(row.try_get(0)?), outcome: row.try_get(1)? })
    };
    Ok(Delivery {
        id,
        run: run_id(row.try_get(1)?)?,
        tenant: row.try_get(2)?,
        target: row.try_get(3)?,
        key: row.try_get(4)?,
        body: body.to_vec(),
        state: match row.try_get(6)? {
            DELIVERED => DeliveryState::Delivered,
            DEAD => DeliveryState::Dead,
            _ => DeliveryState::Due(timestamp(row.try_get(7)?)),
        },
        attempts: attempts.iter().map(attempt).collect::<Done<_>>()?,
    })
}

pub(super) fn run_id(bytes: &[u8]) -> Done<RunId> {
    let bytes = bytes.try_into().map_err(|_| {
        let why = Malformed::Document(String::from("an id has 16 bytes"));
        StoreError::unreadable("the id of a run", why)
    })?;
    Ok(RunId::from_bytes(bytes))
}

async fn select(
    transaction: &mut Transaction<'_>,
    sql: &str,
    values: Values<'_>,
) -> Done<Vec<Delivery>> {
    let mut found = Vec::new();
    for row in transaction.rows(sql, values).await? {
        found.push(whole(transaction, &row).await?);
    }
    Ok(found)
}

pub(super) async fn of_run(transaction: &mut Transaction<'_>, run: RunId) -> Done<Vec<Delivery>> {
    let sql = format!("{WHOLE} WHERE r.id = $1 ORDER BY d.number");
    select(transaction, &sql, &[&run.as_bytes().as_slice()]).await
}

pub(super) async fn dead(
    transaction: &mut Transaction<'_>,
    tenant: Option<&str>,
    limit: usize,
) -> Done<Vec<Delivery>> {
    let sql = format!(
        "{WHOLE} WHERE d.state = 2 AND ($1::text IS NULL OR r.tenant = $1)
         ORDER BY d.number DESC LIMIT $2"
    );
    select(transaction, &sql, &[&tenant, &count(limit)]).await
}

/// Takes what is due out of the queue until `again_at`; what another replica takes at the same moment
/// is passed over.
pub(super) async fn take_due(
    transaction: &mut Transaction<'_>,
    now: Timestamp,
    again_at: Timestamp,
    limit: usize,
) -> Done<Vec<Delivery>> {
    let sql = format!(
        "{WHOLE} WHERE d.state = 0 AND d.due_at <= $1
         ORDER BY d.due_at, d.number LIMIT $2 FOR UPDATE OF d SKIP LOCKED"
    );
    let mut taken = select(transaction, &sql, &[&time(now), &count(limit)]).await?;
    for delivery in &mut taken {
        set(transaction, delivery.id, DUE, Some(again_at)).await?;
        delivery.state = DeliveryState::Due(again_at);
    }
    Ok(taken)
}

async fn set(
    transaction: &mut Transaction<'_>,
    delivery: DeliveryId,
    state: i64,
    due_at: Option<Timestamp>,
) -> Done<()> {
    let sql = "UPDATE deliveries SET state = $2, due_at = coalesce($3, due_at) WHERE number = $1";
    match transaction.execute(sql, &[&int(delivery.0), &state, &due_at.map(time)]).await? {
        0 => Err(StoreError::no("delivery", delivery)),
        _ => Ok(()),
    }
}

pub(super) async fn attempted(
    transaction: &mut Transaction<'_>,
    delivery: DeliveryId,
    attempt: &Attempt,
    next: Next,
) -> Done<()> {
    let sql = "SELECT state FROM deliveries WHERE number = $1 FOR UPDATE";
    let row = transaction.row(sql, &[&int(delivery.0)]).await?;
    let state: i64 = row.ok_or_else(|| StoreError::no("delivery", delivery))?.try_get(0)?;
    let sql = "INSERT INTO attempts (delivery, attempt, at, outcome)
               SELECT $1, 1 + coalesce(max(attempt), 0), $2, $3 FROM attempts WHERE delivery = $1";
    let values: Values<'_> = &[&int(delivery.0), &time(attempt.at), &attempt.outcome];
    transaction.execute(sql, values).await?;
    match (state, next) {
        (DELIVERED, _) => Ok(()),
        (_, Next::Delivered) => set(transaction, delivery, DELIVERED, None).await,
        (_, Next::RetryAt(at)) => set(transaction, delivery, DUE, Some(at)).await,
        (_, Next::Dead) => set(transaction, delivery, DEAD, None).await,
    }
}

pub(super) async fn redeliver(
    transaction: &mut Transaction<'_>,
    delivery: DeliveryId,
    at: Timestamp,
) -> Done<()> {
    set(transaction, delivery, DUE, Some(at)).await
}
