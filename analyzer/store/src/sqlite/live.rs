//! What is kept in memory of live runs: where each stands, and its events that are not yet stored by run.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::codec::bytes::Malformed;
use crate::codec::journal::{Part, offset, unpack};
use crate::error::StoreError;
use crate::record::RunId;

/// One live run.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) id: RunId,
    /// The number of its next event.
    pub(super) next: u64,
    /// Events before this number are in segments; those from here on in `tail`.
    pub(super) settled: u64,
    /// Its newest events, packed.
    pub(super) tail: Vec<u8>,
    /// The position in the journal that holds the first event of `tail`.
    since: u64,
}

/// All live runs.
#[derive(Debug, Default)]
pub(super) struct LiveRuns {
    runs: FxHashMap<u64, Live>,
    numbers: FxHashMap<RunId, u64>,
    /// Runs with a tail, by the position where it begins.
    unsettled: BTreeSet<(u64, u64)>,
}

/// A part of the journal does not follow what is known of its run.
#[derive(Debug, thiserror::Error)]
#[error("event {expected} of a run is missing: the journal goes on with {found}")]
pub(super) struct Gap {
    expected: u64,
    found: u64,
}

impl LiveRuns {
    /// A run with its first `settled` events in segments.
    pub(super) fn insert(&mut self, number: u64, id: RunId, settled: u64) {
        let live = Live { id, next: settled, settled, tail: Vec::new(), since: 0 };
        self.runs.insert(number, live);
        self.numbers.insert(id, number);
    }

    pub(super) fn remove(&mut self, number: u64) {
        if let Some(live) = self.runs.remove(&number) {
            self.unsettled.remove(&(live.since, number));
            self.numbers.remove(&live.id);
        }
    }

    pub(super) fn number(&self, id: RunId) -> Option<u64> {
        self.numbers.get(&id).copied()
    }

    pub(super) fn get(&self, number: u64) -> Option<&Live> {
        self.runs.get(&number)
    }

    /// Adds events to a tail; `position` is where the journal has them. Answers the bytes of the tail.
    pub(super) fn extend(&mut self, number: u64, position: u64, count: u64, body: &[u8]) -> usize {
        let Some(live) = self.runs.get_mut(&number) else { return 0 };
        if live.tail.is_empty() && !body.is_empty() {
            live.since = position;
            self.unsettled.insert((position, number));
        }
        live.tail.extend_from_slice(body);
        live.next += count;
        live.tail.len()
    }

    /// Takes in a part of the journal as it is read back.
    pub(super) fn replay(&mut self, position: u64, part: &Part<'_>) -> Result<(), Replay> {
        let Some(live) = self.runs.get(&part.run) else { return Ok(()) };
        let end = part.first.saturating_add(part.count);
        if end <= live.next {
            return Ok(());
        }
        let known = live.next.checked_sub(part.first);
        let known = known.ok_or(Gap { expected: live.next, found: part.first })?;
        let body = part.body.get(offset(part.body, known)?..).unwrap_or_default();
        self.extend(part.run, position, part.count - known, body);
        Ok(())
    }

    /// Reads the tail of a run, which a start does so that it stops at what it does not know.
    pub(super) fn check(&self, number: u64) -> Result<(), StoreError> {
        let Some(live) = self.runs.get(&number) else { return Ok(()) };
        let read = unpack(&live.tail, 0, &mut Vec::new());
        read.map_err(|error| StoreError::unreadable(format!("an event of run {}", live.id), error))
    }

    /// Marks the tail of a run as stored, and gives up its memory.
    pub(super) fn settle(&mut self, number: u64) {
        if let Some(live) = self.runs.get_mut(&number) {
            self.unsettled.remove(&(live.since, number));
            live.tail = Vec::new();
            live.settled = live.next;
        }
    }

    /// The run whose tail begins first in the journal, and where.
    pub(super) fn oldest(&self) -> Option<(u64, u64)> {
        self.unsettled.first().copied()
    }
}

/// A part of the journal cannot be taken in.
#[derive(Debug, thiserror::Error)]
#[error("the journal cannot be followed")]
pub(super) enum Replay {
    Gap(#[from] Gap),
    Malformed(#[from] Malformed),
}
