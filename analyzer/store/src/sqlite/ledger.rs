//! The operations, in the order of the trait.

use jiff::Timestamp;

use super::books::Books;
use super::{deliveries, runs};
use crate::catalog::TemplateVersion;
use crate::codec::journal::{Packed, unpack};
use crate::delivery::{Attempt, Delivery, DeliveryId, NewDelivery, Next};
use crate::error::StoreError;
use crate::lease::{Claimed, Lease, Replica, Token};
use crate::ledger::{Done, Ledger, Lookup};
use crate::query::Events;
use crate::record::{NewRun, Override, RunId, Snapshot, VerdictRecord};
use crate::store::Created;

/// What a probe writes: about what a commit under load does, so that it fails when those do.
const PROBE_BYTES: u32 = 64 << 10;

impl Books {
    /// The number of a live run whose newest token this is.
    fn held(&self, run: RunId, given: Token) -> Done<u64> {
        let Some(number) = self.live.number(run) else {
            return Err(match runs::number(&self.connection, run)? {
                Some(_) => StoreError::Concluded { run },
                None => StoreError::no("run", run),
            });
        };
        let admitted = self.leases.admits(number, given);
        admitted.map(|()| number).map_err(|current| StoreError::Stale { run, given, current })
    }

    /// The number of any run.
    fn known(&self, run: RunId) -> Done<u64> {
        match self.live.number(run) {
            Some(number) => Ok(number),
            None => runs::number(&self.connection, run)?.ok_or_else(|| StoreError::no("run", run)),
        }
    }

    /// The number of the run that the batch may be appended to, and whether it is its first.
    fn fitting(&self, batch: &Packed) -> Done<(u64, bool)> {
        let run = batch.run;
        let number = self.held(run, batch.token)?;
        let expected = self.live.get(number).map_or(0, |live| live.next);
        if batch.first != expected {
            return Err(StoreError::OutOfOrder { run, expected, given: batch.first });
        }
        Ok((number, expected == 0 && batch.count != 0))
    }

    fn claimed(&self, number: u64, token: Token) -> Done<Option<Claimed>> {
        let Some(live) = self.live.get(number) else { return Ok(None) };
        let Some(record) = runs::record(&self.connection, number)? else { return Ok(None) };
        let snapshot = runs::kept(&self.connection, number)?;
        let known = snapshot.as_ref().map_or(0, |snapshot| snapshot.events);
        let mut events = Vec::new();
        self.read(live.id, number, known, usize::MAX, &mut events)?;
        Ok(Some(Claimed { record, token, snapshot, events, next: live.next }))
    }

    /// Reads events, those by run first, then what is in memory only.
    fn read(
        &self,
        run: RunId,
        number: u64,
        from: u64,
        limit: usize,
        events: &mut Vec<assay_run::step::Event>,
    ) -> Done<()> {
        let next = super::segments::read(&self.connection, (number, run), from, limit, events)?;
        if let Some(live) = self.live.get(number).filter(|_| events.len() < limit) {
            let skip = next.saturating_sub(live.settled);
            unpack(&live.tail, skip, events)
                .map_err(|error| StoreError::unreadable(format!("an event of run {run}"), error))?;
        }
        events.truncate(limit);
        Ok(())
    }
}

impl Ledger for Books {
    fn lookup(&self) -> &dyn Lookup {
        &self.connection
    }

    fn create(&mut self, run: &NewRun, lease: Option<&Lease>) -> Done<Created> {
        let record = run.record();
        if let Some(known) = runs::of_request(&self.connection, &record)? {
            return Ok(Created { record: known, fresh: false, token: None });
        }
        let number = runs::insert(&self.connection, run, &record)?;
        self.live.insert(number, run.id, 0);
        self.leases.add(number);
        self.group.created.push(number);
        let token = lease.map(|lease| self.leases.grant(number, lease));
        Ok(Created { record, fresh: true, token })
    }

    fn append(&mut self, batch: &Packed) -> Done<()> {
        let (number, is_first) = self.fitting(batch)?;
        if is_first {
            runs::mark_running(&self.connection, number)?;
        }
        if batch.count == 0 {
            return Ok(());
        }
        self.journal(number, batch.first, batch.count, &batch.body)
    }

    fn conclude(
        &mut self,
        batch: &Packed,
        verdict: &VerdictRecord,
        deliveries: &[NewDelivery],
    ) -> Done<()> {
        let (number, _) = self.fitting(batch)?;
        // All that is not stored by run yet is stored now, so the journal need not have it.
        self.live.extend(number, 0, batch.count, &batch.body);
        self.settle(number)?;
        runs::conclude(&self.connection, number, verdict, batch.token)?;
        self.live.remove(number);
        self.group.concluded.push(number);
        deliveries::queue(&self.connection, number, deliveries)
    }

    fn overrule(&mut self, run: RunId, decided: &Override, deliveries: &[NewDelivery]) -> Done<()> {
        let number = self.known(run)?;
        runs::overrule(&self.connection, number, decided)?;
        deliveries::queue(&self.connection, number, deliveries)
    }

    fn snapshot(&mut self, run: RunId, token: Token, snapshot: &Snapshot) -> Done<()> {
        let number = self.held(run, token)?;
        let expected = self.live.get(number).map_or(0, |live| live.next);
        if expected < snapshot.events {
            return Err(StoreError::OutOfOrder { run, expected, given: snapshot.events });
        }
        runs::keep(&self.connection, number, snapshot)
    }

    fn events(&mut self, run: RunId, from: u64, limit: usize) -> Done<Events> {
        let number = self.known(run)?;
        let total = match self.live.get(number) {
            Some(live) => live.next,
            None => super::segments::settled(&self.connection, (number, run))?,
        };
        let mut events = Vec::new();
        self.read(run, number, from, limit, &mut events)?;
        Ok(Events { first: from, events, total })
    }

    fn claim(&mut self, lease: &Lease, limit: usize) -> Done<Vec<Claimed>> {
        let granted = self.leases.claim(lease, limit);
        let claimed = granted.iter().map(|(number, token)| self.claimed(*number, *token));
        let claimed = claimed.filter_map(Result::transpose).collect::<Done<Vec<_>>>();
        let numbers = granted.into_iter().map(|(number, _)| number);
        match &claimed {
            Ok(_) => self.group.granted.extend(numbers),
            Err(_) => numbers.for_each(|number| self.leases.vacate(number)),
        }
        claimed
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
        let number = self.held(run, token)?;
        deliveries::queue(&self.connection, number, deliveries)
    }

    fn due(&mut self, now: Timestamp, again_at: Timestamp, limit: usize) -> Done<Vec<Delivery>> {
        deliveries::take_due(&self.connection, now, again_at, limit)
    }

    fn attempted(&mut self, delivery: DeliveryId, attempt: &Attempt, next: Next) -> Done<()> {
        deliveries::attempted(&self.connection, delivery, attempt, next)
    }

    fn redeliver(&mut self, delivery: DeliveryId, at: Timestamp) -> Done<()> {
        deliveries::redeliver(&self.connection, delivery, at)
    }

    fn put_template(
        &mut self,
        tenant: &str,
        name: &str,
        text: &str,
        at: Timestamp,
    ) -> Done<TemplateVersion> {
        super::catalog::put_template(&self.connection, (tenant, name), text, at)
    }

    fn put_schedule(&mut self, tenant: &str, name: &str, document: &str) -> Done<()> {
        super::catalog::put_schedule(&self.connection, (tenant, name), document)
    }

    fn fired(&mut self, tenant: &str, name: &str, at: Timestamp) -> Done<()> {
        super::catalog::fired(&self.connection, (tenant, name), at)
    }

    fn remove_schedule(&mut self, tenant: &str, name: &str) -> Done<bool> {
        super::catalog::remove_schedule(&self.connection, (tenant, name))
    }

    fn prune(&mut self, before: Timestamp, limit: usize) -> Done<u64> {
        runs::prune(&self.connection, before, limit)
    }

    fn probe(&mut self) -> Done<()> {
        let mut statement =
            self.connection.prepare_cached("UPDATE starts SET probe = zeroblob(?1)")?;
        Ok(statement.execute([PROBE_BYTES]).map(drop)?)
    }

    fn begin(&mut self) -> Done<()> {
        Self::begin(self)
    }

    fn commit(&mut self) -> Done<()> {
        Self::commit(self)
    }

    fn roll_back(&mut self) {
        Self::roll_back(self);
    }
}
