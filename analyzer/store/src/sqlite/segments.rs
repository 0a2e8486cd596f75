//! The events of a run for good, in pieces.

use assay_run::step::Event;
use rusqlite::{Connection, OptionalExtension, params};

use crate::codec::bytes::Malformed;
use crate::codec::journal::{Segment, unpack};
use crate::error::StoreError;
use crate::record::RunId;

/// Bits of a segment's id for the number of its first event: at most 268 million events a run.
const EVENT_BITS: u32 = 28;
const EVENTS_MAX: u64 = 1 << EVENT_BITS;
/// What is left of 63 bits: 34 thousand million runs.
const RUNS_MAX: u64 = 1 << (63 - EVENT_BITS);

/// The id of the segment that begins with this event.
fn id(run: u64, first: u64) -> Result<i64, StoreError> {
    if RUNS_MAX <= run || EVENTS_MAX <= first {
        let max = usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX);
        let given = usize::try_from(first).unwrap_or(usize::MAX);
        return Err(StoreError::TooLarge { what: "the journal of a run, in events,", given, max });
    }
    Ok(crate::column::int((run << EVENT_BITS) | first))
}

pub(super) fn insert(
    connection: &Connection,
    run: u64,
    segment: &Segment<'_>,
) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("INSERT INTO segments (id, bytes) VALUES (?1, ?2)")?;
    statement.execute(params![id(run, segment.first)?, segment.to_bytes()])?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, run: u64) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("DELETE FROM segments WHERE id BETWEEN ?1 AND ?2")?;
    statement.execute([id(run, 0)?, id(run, EVENTS_MAX - 1)?])?;
    Ok(())
}

/// How many events of the run are in segments.
pub(super) fn settled(
    connection: &Connection,
    (run, name): (u64, RunId),
) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT bytes FROM segments WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1",
    )?;
    let range = [id(run, 0)?, id(run, EVENTS_MAX - 1)?];
    let newest: Option<Vec<u8>> = statement.query_row(range, |row| row.get(0)).optional()?;
    let Some(newest) = newest else { return Ok(0) };
    let segment = Segment::of(&newest).map_err(|error| {
        StoreError::unreadable(format!("the newest part of the journal of run {name}"), error)
    })?;
    Ok(segment.first.saturating_add(segment.count))
}

/// Adds the events of the run from number `from` on that are in segments, until there are `limit`.
/// Answers the number after the last one that was looked at.
pub(super) fn read(
    connection: &Connection,
    (run, name): (u64, RunId),
    from: u64,
    limit: usize,
    events: &mut Vec<Event>,
) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT bytes FROM segments
         WHERE id BETWEEN coalesce(
             (SELECT max(id) FROM segments WHERE id BETWEEN ?1 AND ?2), ?1) AND ?3
         ORDER BY id",
    )?;
    let from_id = id(run, from.min(EVENTS_MAX - 1))?;
    let mut rows = statement.query([id(run, 0)?, from_id, id(run, EVENTS_MAX - 1)?])?;
    let mut next = from;
    let unreadable = |error: Malformed| {
        StoreError::unreadable(format!("a part of the journal of run {name}"), error)
    };
    while events.len() < limit {
        let Some(row) = rows.next()? else { break };
        let stored = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let segment = Segment::of(stored).map_err(unreadable)?;
        let skip = next.checked_sub(segment.first);
        let skip =
            skip.ok_or_else(|| unreadable(Malformed::Document(format!("no event {next}"))))?;
        unpack(segment.body, skip, events).map_err(unreadable)?;
        next = next.max(segment.first.saturating_add(segment.count));
    }
    Ok(next)
}
