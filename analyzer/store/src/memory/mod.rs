//! The journal in memory: gone with the process. For tests, simulation and trying out.
//!
//! It is also the model that the other backends are held against, so it is written to be read, not to
//! be fast.

mod lookup;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::{Schedule, TemplateVersion};
use crate::codec::bytes::Malformed;
use crate::codec::journal::{Packed, unpack};
use crate::delivery::{Attempt, Delivery, DeliveryId, DeliveryState, NewDelivery, Next};
use crate::desk::Desk;
use crate::error::StoreError;
use crate::lease::{Claimed, Lease, Replica, Token};
use crate::leases::Leases;
use crate::ledger::{Done, Ledger, Lookup};
use crate::query::Events;
use crate::record::{ContentHash, NewRun, Override, RunId, RunRecord, Snapshot, VerdictRecord};
use crate::store::{Created, Store};

/// An empty store in memory. It has no threads and waits for nothing, so it answers at once even where a
/// test has stopped the clock.
pub fn open() -> Arc<dyn Store> {
    Arc::new(Desk::inline(Memory::default()))
}

/// All there is.
#[derive(Debug)]
pub(crate) struct Memory {
    runs: BTreeMap<u64, Run>,
    ids: BTreeMap<RunId, u64>,
    newest_run: u64,
    leases: Leases,
    texts: BTreeMap<ContentHash, String>,
    templates: BTreeMap<(String, String), Vec<TemplateVersion>>,
    schedules: BTreeMap<(String, String), Schedule>,
    deliveries: BTreeMap<DeliveryId, Delivery>,
    newest_delivery: u64,
}

#[derive(Debug)]
struct Run {
    record: RunRecord,
    /// Packed, as the journal has them.
    events: Vec<u8>,
    count: u64,
    snapshot: Option<Snapshot>,
    verdict: Option<(VerdictRecord, Token)>,
    overrides: Vec<Override>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            runs: BTreeMap::new(),
            ids: BTreeMap::new(),
            newest_run: 0,
            leases: Leases::new(1),
            texts: BTreeMap::new(),
            templates: BTreeMap::new(),
            schedules: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            newest_delivery: 0,
        }
    }
}

impl Memory {
    fn number(&self, run: RunId) -> Done<u64> {
        self.ids.get(&run).copied().ok_or_else(|| StoreError::no("run", run))
    }

    fn found(&mut self, run: RunId) -> Done<(u64, &mut Run)> {
        let number = self.number(run)?;
        let found = self.runs.get_mut(&number).ok_or_else(|| StoreError::no("run", run))?;
        Ok((number, found))
    }

    /// A live run whose newest token this is.
    fn held(&mut self, run: RunId, given: Token) -> Done<(u64, &mut Run)> {
        let number = self.number(run)?;
        let admitted = self.leases.admits(number, given);
        let (number, found) = self.found(run)?;
        match (&found.verdict, admitted) {
            (Some(_), _) => Err(StoreError::Concluded { run }),
            (None, Err(current)) => Err(StoreError::Stale { run, given, current }),
            (None, Ok(())) => Ok((number, found)),
        }
    }

    fn queue(&mut self, run: RunId, deliveries: &[NewDelivery]) -> Done<()> {
        let (_, found) = self.found(run)?;
        let tenant = found.record.tenant.clone();
        for new in deliveries {
            let known = |known: &Delivery| known.target == new.target && known.key == new.key;
            if self.deliveries.values().any(known) {
                continue;
            }
            self.newest_delivery += 1;
            let id = DeliveryId(self.newest_delivery);
            let delivery = Delivery {
                id,
                run,
                tenant: tenant.clone(),
                target: new.target.clone(),
                key: new.key.clone(),
                body: new.body.clone(),
                state: DeliveryState::Due(new.due_at),
                attempts: Vec::new(),
            };
            self.deliveries.insert(id, delivery);
        }
        Ok(())
    }

    fn delivery(&mut self, id: DeliveryId) -> Done<&mut Delivery> {
        self.deliveries.get_mut(&id).ok_or_else(|| StoreError::no("delivery", id))
    }

    fn claimed(&self, number: u64, token: Token) -> Done<Option<Claimed>> {
        let Some(run) = self.runs.get(&number) else { return Ok(None) };
        let known = run.snapshot.as_ref().map_or(0, |snapshot| snapshot.events);
        let mut events = Vec::new();
        let what = |error: Malformed| StoreError::unreadable("an event", error);
        unpack(&run.events, known, &mut events).map_err(what)?;
        Ok(Some(Claimed {
            record: run.record.clone(),
            token,
            snapshot: run.snapshot.clone(),
            events,
            next: run.count,
        }))
    }

    /// Forgets the texts that nothing refers to.
    fn sweep(&mut self) {
        let of_runs = self.runs.values().flat_map(|run| &run.record.sources).map(|it| it.hash);
        let of_templates = self.templates.values().flatten().map(|version| version.hash);
        let used: BTreeSet<ContentHash> = of_runs.chain(of_templates).collect();
        self.texts.retain(|hash, _| used.contains(hash));
    }
}

impl Ledger for Memory {
    fn lookup(&self) -> &dyn Lookup {
        self
    }

    fn create(&mut self, run: &NewRun, lease: Option<&Lease>) -> Done<Created> {
        let record = run.record();
        if let Some(key) = &run.key {
            let same =
                |known: &&Run| known.record.tenant == run.tenant && known.record.key == run.key;
            if let Some(known) = self.runs.values().find(same) {
                if !known.record.is_same_request(&record) {
                    return Err(StoreError::Conflict { key: key.clone(), run: known.record.id });
                }
                return Ok(Created { record: known.record.clone(), fresh: false, token: None });
            }
        }
        if self.ids.contains_key(&run.id) {
            return Err(StoreError::Exists { run: run.id });
        }
        self.newest_run += 1;
        let number = self.newest_run;
        for source in &run.sources {
            self.texts.insert(ContentHash::of(&source.text), source.text.clone());
        }
        let kept = Run {
            record: record.clone(),
            events: Vec::new(),
            count: 0,
            snapshot: None,
            verdict: None,
            overrides: Vec::new(),
        };
        self.runs.insert(number, kept);
        self.ids.insert(run.id, number);
        self.leases.add(number);
        let token = lease.map(|lease| self.leases.grant(number, lease));
        Ok(Created { record, fresh: true, token })
    }

    fn append(&mut self, batch: &Packed) -> Done<()> {
        let (_, run) = self.held(batch.run, batch.token)?;
        if batch.first != run.count {
            return Err(StoreError::OutOfOrder {
                run: batch.run,
                expected: run.count,
                given: batch.first,
            });
        }
        run.events.extend_from_slice(&batch.body);
        run.count += batch.count;
        Ok(())
    }

    fn conclude(
        &mut self,
        batch: &Packed,
        verdict: &VerdictRecord,
        deliveries: &[NewDelivery],
    ) -> Done<()> {
        self.append(batch)?;
        let (number, run) = self.found(batch.run)?;
        run.verdict = Some((verdict.clone(), batch.token));
        run.snapshot = None;
        self.leases.remove(number);
        self.queue(batch.run, deliveries)
    }

    fn overrule(&mut self, run: RunId, decided: &Override, deliveries: &[NewDelivery]) -> Done<()> {
        self.found(run)?.1.overrides.push(decided.clone());
        self.queue(run, deliveries)
    }

    fn snapshot(&mut self, run: RunId, token: Token, snapshot: &Snapshot) -> Done<()> {
        let (_, found) = self.held(run, token)?;
        if found.count < snapshot.events {
            let (expected, given) = (found.count, snapshot.events);
            return Err(StoreError::OutOfOrder { run, expected, given });
        }
        found.snapshot = Some(snapshot.clone());
        Ok(())
    }

    fn events(&mut self, run: RunId, from: u64, limit: usize) -> Done<Events> {
        let (_, found) = self.found(run)?;
        let mut events = Vec::new();
        unpack(&found.events, from, &mut events)
            .map_err(|error| StoreError::unreadable("an event", error))?;
        events.truncate(limit);
        Ok(Events { first: from, events, total: found.count })
    }

    fn claim(&mut self, lease: &Lease, limit: usize) -> Done<Vec<Claimed>> {
        let claimed = self.leases.claim(lease, limit);
        let claimed = claimed.into_iter().map(|(number, token)| self.claimed(number, token));
        claimed.filter_map(Result::transpose).collect()
    }

    fn heartbeat(&mut self, lease: &Lease) -> Done<()> {
        self.leases.beat(lease);
        Ok(())
    }

    fn release(&mut self, replica: &Replica) -> Done<()> {
        self.leases.release(replica);
        Ok(())
    }

    fn enqueue(&mut self, run: RunId, token: Token, deliveries: &[NewDelivery]) -> Done<()> {
        self.held(run, token)?;
        self.queue(run, deliveries)
    }

    fn due(&mut self, now: Timestamp, again_at: Timestamp, limit: usize) -> Done<Vec<Delivery>> {
        let due = |delivery: &Delivery| match delivery.state {
            DeliveryState::Due(at) if at <= now => Some((at, delivery.id)),
            DeliveryState::Due(_) | DeliveryState::Delivered | DeliveryState::Dead => None,
        };
        let mut wanted: Vec<(Timestamp, DeliveryId)> =
            self.deliveries.values().filter_map(due).collect();
        wanted.sort_unstable();
        wanted.truncate(limit);
        let mut taken = Vec::new();
        for (_, id) in wanted {
            let delivery = self.delivery(id)?;
            delivery.state = DeliveryState::Due(again_at);
            taken.push(delivery.clone());
        }
        Ok(taken)
    }

    fn attempted(&mut self, delivery: DeliveryId, attempt: &Attempt, next: Next) -> Done<()> {
        let delivery = self.delivery(delivery)?;
        delivery.attempts.push(attempt.clone());
        if delivery.state != DeliveryState::Delivered {
            delivery.state = match next {
                Next::Delivered => DeliveryState::Delivered,
                Next::RetryAt(at) => DeliveryState::Due(at),
                Next::Dead => DeliveryState::Dead,
            };
        }
        Ok(())
    }

    fn redeliver(&mut self, delivery: DeliveryId, at: Timestamp) -> Done<()> {
        self.delivery(delivery)?.state = DeliveryState::Due(at);
        Ok(())
    }

    fn put_template(
        &mut self,
        tenant: &str,
        name: &str,
        text: &str,
        at: Timestamp,
    ) -> Done<TemplateVersion> {
        let hash = ContentHash::of(text);
        let versions = self.templates.entry((tenant.to_owned(), name.to_owned())).or_default();
        let newest = versions.last();
        if let Some(newest) = newest.filter(|newest| newest.hash == hash) {
            return Ok(newest.clone());
        }
        let version = newest.map_or(1, |newest| newest.version + 1);
        let (tenant, name) = (tenant.to_owned(), name.to_owned());
        let new = TemplateVersion { tenant, name, version, hash, at };
        versions.push(new.clone());
        self.texts.insert(hash, text.to_owned());
        Ok(new)
    }

    fn put_schedule(&mut self, tenant: &str, name: &str, document: &str) -> Done<()> {
        let (tenant, name) = (tenant.to_owned(), name.to_owned());
        let schedule = self.schedules.entry((tenant.clone(), name.clone()));
        let schedule = schedule.or_insert_with(|| Schedule {
            tenant,
            name,
            document: String::new(),
            fired_at: None,
        });
        document.clone_into(&mut schedule.document);
        Ok(())
    }

    fn fired(&mut self, tenant: &str, name: &str, at: Timestamp) -> Done<()> {
        let schedule = self.schedules.get_mut(&(tenant.to_owned(), name.to_owned()));
        let schedule = schedule.ok_or_else(|| StoreError::no("schedule", name))?;
        schedule.fired_at = schedule.fired_at.max(Some(at));
        Ok(())
    }

    fn remove_schedule(&mut self, tenant: &str, name: &str) -> Done<bool> {
        Ok(self.schedules.remove(&(tenant.to_owned(), name.to_owned())).is_some())
    }

    fn prune(&mut self, before: Timestamp, limit: usize) -> Done<u64> {
        let due = |delivery: &&Delivery| matches!(delivery.state, DeliveryState::Due(_));
        let waiting: BTreeSet<RunId> =
            self.deliveries.values().filter(due).map(|delivery| delivery.run).collect();
        let old = |(number, run): (&u64, &Run)| {
            let (verdict, _) = run.verdict.as_ref()?;
            let old = verdict.at < before && !waiting.contains(&run.record.id);
            old.then_some((verdict.at, *number, run.record.id))
        };
        let mut old: Vec<(Timestamp, u64, RunId)> = self.runs.iter().filter_map(old).collect();
        old.sort_unstable();
        old.truncate(limit);
        let mut gone = 0;
        for (_, number, id) in old {
            self.runs.remove(&number);
            self.ids.remove(&id);
            self.deliveries.retain(|_, delivery| delivery.run != id);
            gone += 1;
        }
        self.sweep();
        Ok(gone)
    }

    fn probe(&mut self) -> Done<()> {
        Ok(())
    }

    fn begin(&mut self) -> Done<()> {
        Ok(())
    }

    fn commit(&mut self) -> Done<()> {
        Ok(())
    }

    fn roll_back(&mut self) {}
}
