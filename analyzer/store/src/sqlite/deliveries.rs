//! Rows of deliveries and their attempts.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::codec::bytes::{seal, unseal};
use crate::column::{DEAD, DELIVERED, DUE, count, int, number, time, timestamp};
use crate::delivery::{Attempt, Delivery, DeliveryId, DeliveryState, NewDelivery, Next};
use crate::error::StoreError;
use crate::ledger::Done;
use crate::record::RunId;

/// The version of the seal around a body.
const BODY_VERSION: u8 = 1;

/// Puts messages in the queue; one that is in it already stays as it is.
pub(super) fn queue(connection: &Connection, run: u64, deliveries: &[NewDelivery]) -> Done<()> {
    for new in deliveries {
        let mut statement = connection.prepare_cached(
            "INSERT INTO deliveries (run, target, key, state, due_at, body)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE target = ?2 AND key = ?3)",
        )?;
        let body = seal(BODY_VERSION, &new.body);
        statement.execute(params![int(run), new.target, new.key, DUE, time(new.due_at), body])?;
    }
    Ok(())
}

const WHOLE: &str = "SELECT d.number, r.id, r.tenant, d.target, d.key, d.body, d.state, d.due_at
                     FROM deliveries AS d JOIN runs AS r ON r.number = d.run";

struct Stored {
    number: i64,
    run: [u8; 16],
    tenant: String,
    target: String,
    key: String,
    body: Vec<u8>,
    state: i64,
    due_at: i64,
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        number: row.get(0)?,
        run: row.get(1)?,
        tenant: row.get(2)?,
        target: row.get(3)?,
        key: row.get(4)?,
        body: row.get(5)?,
        state: row.get(6)?,
        due_at: row.get(7)?,
    })
}

fn whole(connection: &Connection, stored: Stored) -> Done<Delivery> {
    let id = DeliveryId(number(stored.number));
    let body = unseal(BODY_VERSION, &stored.body)
        .map_err(|error| StoreError::unreadable(format!("the body of delivery {id}"), error))?;
    let mut statement = connection
        .prepare_cached("SELECT at, outcome FROM attempts WHERE delivery = ?1 ORDER BY attempt")?;
    let attempts = statement.query_map([stored.number], |row| {
        Ok(Attempt { at: timestamp(row.get(0)?), outcome: row.get(1)? })
    })?;
    Ok(Delivery {
        id,
        run: RunId::from_bytes(stored.run),
        tenant: stored.tenant,
        target: stored.target,
        key: stored.key,
        body: body.to_vec(),
        state: match stored.state {
            DELIVERED => DeliveryState::Delivered,
            DEAD => DeliveryState::Dead,
            _ => DeliveryState::Due(timestamp(stored.due_at)),
        },
        attempts: attempts.collect::<Result<_, _>>()?,
    })
}

fn select(connection: &Connection, sql: &str, params: impl Params) -> Done<Vec<Delivery>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, stored)?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(|stored| whole(connection, stored)).collect()
}

pub(super) fn of_run(connection: &Connection, run: RunId) -> Done<Vec<Delivery>> {
    let sql = format!("{WHOLE} WHERE r.id = ?1 ORDER BY d.number");
    select(connection, &sql, [run.as_bytes()])
}

pub(super) fn dead(
    connection: &Connection,
    tenant: Option<&str>,
    limit: usize,
) -> Done<Vec<Delivery>> {
    let sql = format!(
        "{WHOLE} WHERE d.state = 2 AND (?1 IS NULL OR r.tenant = ?1)
         ORDER BY d.number DESC LIMIT ?2"
    );
    select(connection, &sql, params![tenant, count(limit)])
}

/// Takes what is due out of the queue until `again_at`.
pub(super) fn take_due(
    connection: &Connection,
    now: Timestamp,
    again_at: Timestamp,
    limit: usize,
) -> Done<Vec<Delivery>> {
    let sql = format!(
        "{WHOLE} WHERE d.state = 0 AND d.due_at <= ?1 ORDER BY d.due_at, d.number LIMIT ?2"
    );
    let mut taken = select(connection, &sql, params![time(now), count(limit)])?;
    for delivery in &mut taken {
        set(connection, delivery.id, DUE, Some(again_at))?;
        delivery.state = DeliveryState::Due(again_at);
    }
    Ok(taken)
}

fn set(
    connection: &Connection,
    delivery: DeliveryId,
    state: i64,
    due_at: Option<Timestamp>,
) -> Done<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE deliveries SET state = ?2, due_at = coalesce(?3, due_at) WHERE number = ?1",
    )?;
    match statement.execute(params![int(delivery.0), state, due_at.map(time)])? {
        0 => Err(StoreError::no("delivery", delivery)),
        _ => Ok(()),
    }
}

pub(super) fn attempted(
    connection: &Connection,
    delivery: DeliveryId,
    attempt: &Attempt,
    next: Next,
) -> Done<()> {
    let mut statement =
        connection.prepare_cached("SELECT state FROM deliveries WHERE number = ?1")?;
    let state: Option<i64> = statement.query_row([int(delivery.0)], |row| row.get(0)).optional()?;
    let state = state.ok_or_else(|| StoreError::no("delivery", delivery))?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO attempts (delivery, attempt, at, outcome)
         SELECT ?1, 1 + coalesce(max(attempt), 0), ?2, ?3 FROM attempts WHERE delivery = ?1",
    )?;
    statement.execute(params![int(delivery.0), time(attempt.at), attempt.outcome])?;
    match (state, next) {
        (DELIVERED, _) => Ok(()),
        (_, Next::Delivered) => set(connection, delivery, DELIVERED, None),
        (_, Next::RetryAt(at)) => set(connection, delivery, DUE, Some(at)),
        (_, Next::Dead) => set(connection, delivery, DEAD, None),
    }
}

pub(super) fn redeliver(connection: &Connection, delivery: DeliveryId, at: Timestamp) -> Done<()> {
    set(connection, delivery, DUE, Some(at))
}
