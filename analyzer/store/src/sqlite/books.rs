//! The writing side: the connection, what is in memory, and the commit.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::live::{LiveRuns, Replay};
use super::{file, segments};
use crate::codec::journal::{Frame, Part, Segment, parts};
use crate::column::{int, number};
use crate::error::{OpenError, StoreError};
use crate::leases::Leases;
use crate::ledger::Done;
use crate::record::RunId;

/// Events of one run that are stored by run together, in bytes: what a page of the file holds of them
/// costs one write, however many they are.
pub(super) const TAIL_BYTES_MAX: usize = 1_024;
/// The journal is made shorter when it is longer than this, in bytes; the memory of all tails together
/// is never more.
const JOURNAL_BYTES_MAX: u64 = 64 << 20;
/// The same in commits.
const JOURNAL_FRAMES_MAX: usize = 65_536;
/// Tails that one commit stores to make the journal shorter.
const SETTLED_PER_COMMIT_MAX: usize = 512;
/// Commits between two looks at what of the journal is no longer needed.
const COMMITS_PER_TRIM: u64 = 64;

/// The store, as its one owner sees it.
pub(crate) struct Books {
    path: PathBuf,
    pub(super) connection: Connection,
    pub(super) live: LiveRuns,
    pub(super) leases: Leases,
    frame: Frame,
    /// The position of the newest frame.
    position: u64,
    /// Positions and bytes of the frames there are, oldest first.
    frames: VecDeque<(u64, u64)>,
    frames_bytes: u64,
    pub(super) group: Group,
    /// The memory is not what the file has: something failed.
    is_stale: bool,
    _lock: File,
}

/// What the commit under way has done to the leases, which no roll-back of SQLite undoes.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) created: Vec<u64>,
    pub(super) concluded: Vec<u64>,
    pub(super) granted: Vec<u64>,
}

impl Books {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let place = || path.display().to_string();
        let lock = file::lock(path)?;
        let failed = |source| OpenError::because(place(), source);
        let mut connection = file::read_write(path).map_err(failed)?;
        file::migrate(path, &mut connection)?;
        let epoch = "UPDATE starts SET epoch = epoch + 1 RETURNING epoch";
        let epoch = connection.query_row(epoch, [], |row| row.get(0));
        let epoch = number(epoch.map_err(|error| failed(error.into()))?);
        let mut books = Self {
            path: path.to_owned(),
            connection,
            live: LiveRuns::default(),
            leases: Leases::new(epoch),
            frame: Frame::default(),
            position: 0,
            frames: VecDeque::new(),
            frames_bytes: 0,
            group: Group::default(),
            is_stale: false,
            _lock: lock,
        };
        let runs = books.read_memory().map_err(failed)?;
        runs.into_iter().for_each(|run| books.leases.add(run));
        Ok(books)
    }

    /// Reads anew what is kept in memory: the live runs, and what only the journal has of them. Answers
    /// the numbers of the live runs.
    fn read_memory(&mut self) -> Done<Vec<u64>> {
        let mut live = LiveRuns::default();
        let mut runs = Vec::new();
        let mut statement = self
            .connection
            .prepare_cached("SELECT number, id FROM runs WHERE concluded_at IS NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let run = number(row.get(0)?);
            let id = RunId::from_bytes(row.get(1)?);
            runs.push(run);
            live.insert(run, id, segments::settled(&self.connection, (run, id))?);
        }
        let mut frames = VecDeque::new();
        let mut statement = self
            .connection
            .prepare_cached("SELECT position, frame FROM journal ORDER BY position")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let position = number(row.get(0)?);
            let frame = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            parts(frame, |part| live.replay(position, &part)).map_err(|error: Replay| {
                StoreError::unreadable(format!("commit {position} of the journal"), error)
            })?;
            frames.push_back((position, bytes(frame)));
        }
        runs.iter().try_for_each(|run| live.check(*run))?;
        self.position = frames.back().map_or(self.position, |(position, _)| *position);
        self.frames_bytes = frames.iter().map(|(_, bytes)| bytes).sum();
        self.frames = frames;
        self.live = live;
        Ok(runs)
    }

    /// Adds events to the run, in the journal and in memory.
    pub(super) fn journal(&mut self, run: u64, first: u64, count: u64, body: &[u8]) -> Done<()> {
        self.frame.put(&Part { run, first, count, body });
        let tail = self.live.extend(run, self.position + 1, count, body);
        if TAIL_BYTES_MAX <= tail {
            self.settle(run)?;
        }
        Ok(())
    }

    /// Stores by run what only the journal has of it.
    pub(super) fn settle(&mut self, run: u64) -> Done<()> {
        let Some(live) = self.live.get(run).filter(|live| live.settled < live.next) else {
            return Ok(());
        };
        let count = live.next - live.settled;
        let segment = Segment { first: live.settled, count, body: &live.tail };
        segments::insert(&self.connection, run, &segment)?;
        self.live.settle(run);
        Ok(())
    }

    pub(super) fn begin(&mut self) -> Done<()> {
        if self.is_stale {
            // After an error of the disk nothing that SQLite has in memory is trusted either.
            self.connection = file::read_write(&self.path)?;
            self.read_memory()?;
            self.is_stale = false;
        }
        Ok(self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop)?)
    }

    pub(super) fn commit(&mut self) -> Done<()> {
        if !self.frame.is_empty() {
            self.position += 1;
            let frame = self.frame.closed();
            let mut statement = self
                .connection
                .prepare_cached("INSERT INTO journal (position, frame) VALUES (?1, ?2)")?;
            statement.execute(params![int(self.position), frame])?;
            self.frames.push_back((self.position, bytes(frame)));
            self.frames_bytes += bytes(frame);
            drop(statement);
            self.frame.clear();
            self.shorten()?;
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        let Group { created: _, concluded, granted: _ } = std::mem::take(&mut self.group);
        concluded.into_iter().for_each(|run| self.leases.remove(run));
        Ok(())
    }

    pub(super) fn roll_back(&mut self) {
        self.is_stale = true;
        self.frame.clear();
        let Group { created, concluded: _, granted } = std::mem::take(&mut self.group);
        // Whoever asked has not heard of it, so nobody holds these.
        granted.into_iter().for_each(|run| self.leases.vacate(run));
        created.into_iter().for_each(|run| self.leases.remove(run));
        if !self.connection.is_autocommit() {
            // If not even this works, the connection is replaced before it is used again.
            drop(self.connection.execute_batch("ROLLBACK"));
        }
    }

    /// Forgets the commits whose events are all stored by run, and sees to it that there are some.
    fn shorten(&mut self) -> Done<()> {
        for _ in 0..SETTLED_PER_COMMIT_MAX {
            let is_long =
                JOURNAL_BYTES_MAX < self.frames_bytes || JOURNAL_FRAMES_MAX < self.frames.len();
            match self.live.oldest() {
                Some((_, run)) if is_long => self.settle(run)?,
                Some(_) | None => break,
            }
        }
        if !self.position.is_multiple_of(COMMITS_PER_TRIM) {
            return Ok(());
        }
        // The newest frame stays, so that positions go on from it after a start.
        let needed = self.live.oldest().map_or(self.position, |(position, _)| position);
        while let Some((_, bytes)) = self.frames.front().filter(|(at, _)| *at < needed) {
            self.frames_bytes -= bytes;
            self.frames.pop_front();
        }
        let mut statement =
            self.connection.prepare_cached("DELETE FROM journal WHERE position < ?1")?;
        statement.execute([int(needed)])?;
        Ok(())
    }
}

fn bytes(frame: &[u8]) -> u64 {
    u64::try_from(frame.len()).unwrap_or(u64::MAX)
}
