//! Who holds which run, for a backend that one process owns.
//!
//! It is not stored: with the process all holders are gone. The tokens of a new process are greater
//! than all before, as the number of its start (the epoch) stands before the count.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::lease::{Lease, Replica, Token};

/// Tokens below this belong to the epochs before.
const TOKENS_PER_EPOCH: u64 = 1 << 32;

/// All live runs by number, each with its newest token and its holder.
#[derive(Debug)]
pub(crate) struct Leases {
    newest: Token,
    tokens: FxHashMap<u64, (Token, Option<usize>)>,
    free: BTreeSet<u64>,
    /// By the places that `tokens` names; one life of a process sees few of them.
    replicas: Vec<Holder>,
}

#[derive(Debug)]
struct Holder {
    replica: Replica,
    until: Timestamp,
    runs: BTreeSet<u64>,
}

impl Leases {
    pub(crate) fn new(epoch: u64) -> Self {
        Self {
            newest: Token(epoch.saturating_mul(TOKENS_PER_EPOCH)),
            tokens: FxHashMap::default(),
            free: BTreeSet::new(),
            replicas: Vec::new(),
        }
    }

    /// A live run that nobody holds.
    pub(crate) fn add(&mut self, run: u64) {
        self.tokens.insert(run, (Token::NONE, None));
        self.free.insert(run);
    }

    /// The run has ended.
    pub(crate) fn remove(&mut self, run: u64) {
        if let Some((_, holder)) = self.tokens.remove(&run) {
            self.set_of(holder).remove(&run);
        }
    }

    /// Whether whoever shows this token may write for the live run; if not, the one in force.
    pub(crate) fn admits(&self, run: u64, given: Token) -> Result<(), Token> {
        let current = self.tokens.get(&run).map_or(Token::NONE, |(token, _)| *token);
        if given == current && given != Token::NONE { Ok(()) } else { Err(current) }
    }

    /// A sign of life. Answers the place of the replica.
    pub(crate) fn beat(&mut self, lease: &Lease) -> usize {
        let known = self.replicas.iter().position(|holder| holder.replica == lease.replica);
        let place = known.unwrap_or(self.replicas.len());
        match self.replicas.get_mut(place) {
            Some(holder) => holder.until = lease.until,
            None => self.replicas.push(Holder {
                replica: lease.replica.clone(),
                until: lease.until,
                runs: BTreeSet::new(),
            }),
        }
        place
    }

    /// Gives the run to the replica, whoever had it.
    pub(crate) fn grant(&mut self, run: u64, lease: &Lease) -> Token {
        self.remove(run);
        let place = self.beat(lease);
        self.newest = Token(self.newest.0.saturating_add(1));
        self.tokens.insert(run, (self.newest, Some(place)));
        self.set_of(Some(place)).insert(run);
        self.newest
    }

    /// Up to `limit` runs for the replica, oldest first.
    pub(crate) fn claim(&mut self, lease: &Lease, limit: usize) -> Vec<(u64, Token)> {
        self.beat(lease);
        let over = self.replicas.iter().filter(|holder| holder.until <= lease.now);
        let sets = over.map(|holder| &holder.runs).chain([&self.free]);
        let mut runs: Vec<u64> = sets.flat_map(|set| set.iter().take(limit)).copied().collect();
        runs.sort_unstable();
        runs.truncate(limit);
        runs.into_iter().map(|run| (run, self.grant(run, lease))).collect()
    }

    /// Takes the run from whoever holds it. Its token stays in force until somebody claims it.
    pub(crate) fn vacate(&mut self, run: u64) {
        if let Some((token, holder)) = self.tokens.get(&run).copied() {
            self.set_of(holder).remove(&run);
            self.tokens.insert(run, (token, None));
            self.free.insert(run);
        }
    }

    /// Makes all runs of the replica free. Its tokens stay in force until somebody claims them.
    pub(crate) fn release(&mut self, replica: &Replica) {
        let holder = self.replicas.iter_mut().find(|holder| holder.replica == *replica);
        let runs = holder.map(|holder| std::mem::take(&mut holder.runs)).unwrap_or_default();
        for run in runs {
            if let Some((_, holder)) = self.tokens.get_mut(&run) {
                *holder = None;
            }
            self.free.insert(run);
        }
    }

    fn set_of(&mut self, holder: Option<usize>) -> &mut BTreeSet<u64> {
        match holder.and_then(|place| self.replicas.get_mut(place)) {
            Some(holder) => &mut holder.runs,
            None => &mut self.free,
        }
    }
}
