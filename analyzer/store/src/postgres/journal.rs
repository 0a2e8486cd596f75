//! Events: appended under a token, read by run.

use std::collections::{BTreeMap, BTreeSet};

use assay_run::step::Event;

use super::pool::Transaction;
use crate::codec::bytes::Malformed;
use crate::codec::journal::{Packed, Segment, unpack};
use crate::column::{count, int, number};
use crate::error::StoreError;
use crate::lease::Token;
use crate::ledger::Done;
use crate::query::Events;
use crate::record::RunId;

/// A live run under the lock of its row.
pub(super) struct Held {
    pub(super) run: i64,
    pub(super) next: u64,
}

/// Locks a live run whose newest token this is.
pub(super) async fn held(
    transaction: &mut Transaction<'_>,
    run: RunId,
    given: Token,
) -> Done<Held> {
    let select = "SELECT p.run, p.next, p.token FROM progress AS p
                  JOIN runs AS r ON r.number = p.run WHERE r.id = $1 FOR UPDATE OF p";
    let Some(row) = transaction.row(select, &[&run.as_bytes().as_slice()]).await? else {
        return Err(match super::runs::number_of(transaction, run).await? {
            Some(_) => StoreError::Concluded { run },
            None => StoreError::no("run", run),
        });
    };
    let current = Token(number(row.try_get(2)?));
    if current != given || given == Token::NONE {
        return Err(StoreError::Stale { run, given, current });
    }
    Ok(Held { run: row.try_get(0)?, next: number(row.try_get(1)?) })
}

/// Appends many batches, each on its own: one statement for all that fit.
pub(super) async fn append(
    transaction: &mut Transaction<'_>,
    batches: &[Packed],
) -> Done<Vec<Result<(), StoreError>>> {
    let mut answers: Vec<Option<Result<(), StoreError>>> = vec![None; batches.len()];
    let mut waiting: Vec<usize> = (0..batches.len()).collect();
    // A batch that follows another one of its run has to wait for it.
    while !waiting.is_empty() {
        let mut runs = BTreeSet::new();
        let is_next = |place: &usize| batches.get(*place).is_some_and(|it| runs.insert(it.run));
        let (round, later): (Vec<usize>, Vec<usize>) = waiting.into_iter().partition(is_next);
        waiting = later;
        let done = append_round(transaction, batches, &round).await?;
        for place in round {
            let Some(batch) = batches.get(place) else { continue };
            let answer =
                if done.contains(&place) { Ok(()) } else { refusal(transaction, batch).await? };
            if let Some(slot) = answers.get_mut(place) {
                *slot = Some(answer);
            }
        }
    }
    Ok(answers.into_iter().map(|answer| answer.unwrap_or(Err(StoreError::Closed))).collect())
}

/// Appends at most one batch a run; answers the places of those that fitted.
async fn append_round(
    transaction: &mut Transaction<'_>,
    batches: &[Packed],
    round: &[usize],
) -> Done<BTreeSet<usize>> {
    let chosen = || round.iter().filter_map(|place| batches.get(*place));
    let places: Vec<i64> = round.iter().map(|place| count(*place)).collect();
    let ids: Vec<&[u8]> = chosen().map(|batch| batch.run.as_bytes().as_slice()).collect();
    let tokens: Vec<i64> = chosen().map(|batch| int(batch.token.0)).collect();
    let firsts: Vec<i64> = chosen().map(|batch| int(batch.first)).collect();
    let counts: Vec<i64> = chosen().map(|batch| int(batch.count)).collect();
    let bytes: Vec<Vec<u8>> = chosen().map(|batch| segment(batch).to_bytes()).collect();
    let sql = "WITH given AS (
            SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[],
                $5::bigint[], $6::bytea[]) AS given (place, id, token, first, count, bytes)),
        moved AS (
            UPDATE progress AS p SET next = p.next + given.count
            FROM given JOIN runs AS r ON r.id = given.id
            WHERE p.run = r.number AND p.token = given.token AND p.token > 0
                AND p.next = given.first
            RETURNING p.run, given.place, given.first, given.count, given.bytes),
        kept AS (
            INSERT INTO segments (run, first, bytes)
            SELECT run, first, bytes FROM moved WHERE 0 < count)
        SELECT place FROM moved";
    let rows = transaction.rows(sql, &[&places, &ids, &tokens, &firsts, &counts, &bytes]).await?;
    let place = |row: &tokio_postgres::Row| -> Done<usize> {
        Ok(usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(usize::MAX))
    };
    rows.iter().map(place).collect()
}

fn segment(batch: &Packed) -> Segment<'_> {
    Segment { first: batch.first, count: batch.count, body: &batch.body }
}

/// Why a batch did not fit.
async fn refusal(
    transaction: &mut Transaction<'_>,
    batch: &Packed,
) -> Done<Result<(), StoreError>> {
    match held(transaction, batch.run, batch.token).await {
        Ok(held) => Ok(Err(StoreError::OutOfOrder {
            run: batch.run,
            expected: held.next,
            given: batch.first,
        })),
        Err(error) if error.is_refusal() => Ok(Err(error)),
        Err(error) => Err(error),
    }
}

/// Appends to a run that is held; its row is left as it is.
pub(super) async fn append_last(
    transaction: &mut Transaction<'_>,
    held: &Held,
    batch: &Packed,
) -> Done<()> {
    if batch.first != held.next {
        let (run, expected, given) = (batch.run, held.next, batch.first);
        return Err(StoreError::OutOfOrder { run, expected, given });
    }
    if batch.count != 0 {
        let sql = "INSERT INTO segments (run, first, bytes) VALUES ($1, $2, $3)";
        let bytes = segment(batch).to_bytes();
        transaction.execute(sql, &[&held.run, &int(batch.first), &bytes]).await?;
    }
    Ok(())
}

/// Puts the pieces of one run together, in the order they come.
struct Reader {
    next: u64,
    events: Vec<Event>,
}

impl Reader {
    fn new(from: u64) -> Self {
        Self { next: from, events: Vec::new() }
    }

    fn take(&mut self, stored: &[u8]) -> Result<(), Malformed> {
        let segment = Segment::of(stored)?;
        let skip = self.next.checked_sub(segment.first);
        let gap = || Malformed::Document(format!("no event {}", self.next));
        unpack(segment.body, skip.ok_or_else(gap)?, &mut self.events)?;
        self.next = self.next.max(segment.first.saturating_add(segment.count));
        Ok(())
    }
}

fn unreadable(run: impl std::fmt::Display, error: Malformed) -> StoreError {
    StoreError::unreadable(format!("a part of the journal of run {run}"), error)
}

/// Reads the events of each run from its number in `from` on.
pub(super) async fn read_many(
    transaction: &mut Transaction<'_>,
    runs: &[i64],
    from: &[u64],
) -> Done<BTreeMap<i64, Vec<Event>>> {
    let sql = "SELECT s.run, s.bytes
               FROM unnest($1::bigint[], $2::bigint[]) AS wanted (run, first)
               JOIN segments AS s ON s.run = wanted.run AND s.first >= coalesce(
                   (SELECT max(first) FROM segments
                    WHERE run = wanted.run AND first <= wanted.first), 0)
               ORDER BY s.run, s.first";
    let firsts: Vec<i64> = from.iter().map(|from| int(*from)).collect();
    let readers = runs.iter().zip(from).map(|(run, from)| (*run, Reader::new(*from)));
    let mut readers: BTreeMap<i64, Reader> = readers.collect();
    for row in transaction.rows(sql, &[&runs, &firsts]).await? {
        let run: i64 = row.try_get(0)?;
        if let Some(reader) = readers.get_mut(&run) {
            reader.take(row.try_get(1)?).map_err(|error| unreadable(run, error))?;
        }
    }
    Ok(readers.into_iter().map(|(run, reader)| (run, reader.events)).collect())
}

/// Reads events from number `from` on.
async fn read(
    transaction: &mut Transaction<'_>,
    (run, name): (i64, RunId),
    from: u64,
    limit: usize,
) -> Done<Vec<Event>> {
    let sql = "SELECT bytes FROM segments WHERE run = $1 AND coalesce(
                   (SELECT max(first) FROM segments WHERE run = $1 AND first <= $2), 0) <= first
               ORDER BY first LIMIT $3";
    // Every row has an event, the first one perhaps only some that are not wanted.
    let rows = count(limit.saturating_add(1));
    let mut reader = Reader::new(from);
    for row in transaction.rows(sql, &[&run, &int(from), &rows]).await? {
        reader.take(row.try_get(0)?).map_err(|error| unreadable(name, error))?;
    }
    reader.events.truncate(limit);
    Ok(reader.events)
}

pub(super) async fn events(
    transaction: &mut Transaction<'_>,
    run: RunId,
    from: u64,
    limit: usize,
) -> Done<Events> {
    let number_of = super::runs::number_of(transaction, run).await?;
    let number_of = number_of.ok_or_else(|| StoreError::no("run", run))?;
    let total = "SELECT bytes FROM segments WHERE run = $1 ORDER BY first DESC LIMIT 1";
    let total = match transaction.row(total, &[&number_of]).await? {
        None => 0,
        Some(row) => {
            let newest = Segment::of(row.try_get(0)?).map_err(|error| {
                let what = format!("the newest part of the journal of run {run}");
                StoreError::unreadable(what, error)
            })?;
            newest.first.saturating_add(newest.count)
        }
    };
    let events = read(transaction, (number_of, run), from, limit).await?;
    Ok(Events { first: from, events, total })
}
