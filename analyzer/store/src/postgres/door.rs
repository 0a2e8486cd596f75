//! The operations of a [`Store`], each in a transaction of its own.

use jiff::Timestamp;

use super::pool::Pool;
use super::{catalog, claims, deliveries, journal, lookup, runs};
use crate::catalog::{Schedule, TemplateVersion};
use crate::codec::journal::Packed;
use crate::delivery::{Attempt, Delivery, DeliveryId, NewDelivery, Next};
use crate::error::StoreError;
use crate::lease::{Claimed, Lease, Replica, Token};
use crate::query::{Cursor, Events, Filter, PAGE_EVENTS_MAX, PAGE_RUNS_MAX, Page};
use crate::record::{Batch, Conclusion, ContentHash, NewRun, Override, RunId, RunView, Snapshot};
use crate::store::{Created, Pending, Store};

/// The store.
pub(super) struct Postgres {
    pub(super) pool: Pool,
}

/// An operation in a transaction: `within!(self, transaction => operation(transaction, ..))`.
macro_rules! within {
    ($self:ident, $transaction:ident => $work:expr) => {
        Box::pin(async move {
            let mut $transaction = $self.pool.begin().await?;
            let done = {
                let $transaction = &mut $transaction;
                $work.await
            };
            $transaction.end(done).await
        })
    };
}

impl Store for Postgres {
    fn create(&self, run: NewRun, lease: Option<Lease>) -> Pending<'_, Created> {
        within!(self, it => runs::create(it, &run, lease.as_ref()))
    }

    fn append(&self, batches: Vec<Batch>) -> Pending<'_, Vec<Result<(), StoreError>>> {
        let packed: Vec<Packed> = batches.iter().map(Packed::new).collect();
        within!(self, it => journal::append(it, &packed))
    }

    fn conclude(&self, conclusion: Conclusion) -> Pending<'_, ()> {
        within!(self, it => conclude(it, &conclusion))
    }

    fn overrule(
        &self,
        run: RunId,
        decided: Override,
        deliveries: Vec<NewDelivery>,
    ) -> Pending<'_, ()> {
        within!(self, it => async {
            let number = runs::overrule(it, run, &decided).await?;
            deliveries::queue(it, number, &deliveries).await
        })
    }

    fn snapshot(&self, run: RunId, token: Token, snapshot: Snapshot) -> Pending<'_, ()> {
        within!(self, it => runs::keep(it, run, token, &snapshot))
    }

    fn run(&self, run: RunId) -> Pending<'_, Option<RunView>> {
        within!(self, it => lookup::run(it, run))
    }

    fn list(&self, filter: Filter, after: Option<Cursor>, limit: usize) -> Pending<'_, Page> {
        within!(self, it => lookup::list(it, &filter, after, limit.min(PAGE_RUNS_MAX)))
    }

    fn events(&self, run: RunId, from: u64, limit: usize) -> Pending<'_, Events> {
        within!(self, it => journal::events(it, run, from, limit.min(PAGE_EVENTS_MAX)))
    }

    fn claim(&self, lease: Lease, limit: usize) -> Pending<'_, Vec<Claimed>> {
        within!(self, it => claims::claim(it, &lease, limit.min(PAGE_RUNS_MAX)))
    }

    fn heartbeat(&self, lease: Lease) -> Pending<'_, ()> {
        within!(self, it => claims::beat(it, &lease))
    }

    fn release(&self, replica: Replica) -> Pending<'_, ()> {
        within!(self, it => claims::release(it, &replica))
    }

    fn enqueue(&self, run: RunId, token: Token, deliveries: Vec<NewDelivery>) -> Pending<'_, ()> {
        within!(self, it => async {
            let held = journal::held(it, run, token).await?;
            deliveries::queue(it, held.run, &deliveries).await
        })
    }

    fn due(&self, now: Timestamp, again_at: Timestamp, limit: usize) -> Pending<'_, Vec<Delivery>> {
        within!(self, it => deliveries::take_due(it, now, again_at, limit.min(PAGE_RUNS_MAX)))
    }

    fn attempted(&self, delivery: DeliveryId, attempt: Attempt, next: Next) -> Pending<'_, ()> {
        within!(self, it => deliveries::attempted(it, delivery, &attempt, next))
    }

    fn deliveries(&self, run: RunId) -> Pending<'_, Vec<Delivery>> {
        within!(self, it => deliveries::of_run(it, run))
    }

    fn dead(&self, tenant: Option<String>, limit: usize) -> Pending<'_, Vec<Delivery>> {
        within!(self, it => deliveries::dead(it, tenant.as_deref(), limit.min(PAGE_RUNS_MAX)))
    }

    fn redeliver(&self, delivery: DeliveryId, at: Timestamp) -> Pending<'_, ()> {
        within!(self, it => deliveries::redeliver(it, delivery, at))
    }

    fn put_template(
        &self,
        tenant: String,
        name: String,
        text: String,
        at: Timestamp,
    ) -> Pending<'_, TemplateVersion> {
        within!(self, it => catalog::put_template(it, (&tenant, &name), &text, at))
    }

    fn template(
        &self,
        tenant: String,
        name: String,
        version: Option<u32>,
    ) -> Pending<'_, Option<TemplateVersion>> {
        within!(self, it => catalog::template(it, (&tenant, &name), version))
    }

    fn templates(&self, tenant: String) -> Pending<'_, Vec<TemplateVersion>> {
        within!(self, it => catalog::templates(it, &tenant))
    }

    fn text(&self, hash: ContentHash) -> Pending<'_, Option<String>> {
        within!(self, it => catalog::text(it, hash))
    }

    fn put_schedule(&self, tenant: String, name: String, document: String) -> Pending<'_, ()> {
        within!(self, it => catalog::put_schedule(it, (&tenant, &name), &document))
    }

    fn fired(&self, tenant: String, name: String, at: Timestamp) -> Pending<'_, ()> {
        within!(self, it => catalog::fired(it, (&tenant, &name), at))
    }

    fn remove_schedule(&self, tenant: String, name: String) -> Pending<'_, bool> {
        within!(self, it => catalog::remove_schedule(it, (&tenant, &name)))
    }

    fn schedules(&self) -> Pending<'_, Vec<Schedule>> {
        within!(self, it => catalog::schedules(it))
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Pending<'_, u64> {
        within!(self, it => runs::prune(it, before, limit))
    }

    fn probe(&self) -> Pending<'_, ()> {
        within!(self, it => catalog::probe(it))
    }
}

async fn conclude(
    transaction: &mut super::pool::Transaction<'_>,
    conclusion: &Conclusion,
) -> Result<(), StoreError> {
    let Conclusion { batch, verdict, deliveries } = conclusion;
    let packed = Packed::new(batch);
    let held = journal::held(transaction, batch.run, batch.token).await?;
    journal::append_last(transaction, &held, &packed).await?;
    runs::conclude(transaction, &held, verdict, batch.token).await?;
    deliveries::queue(transaction, held.run, deliveries).await
}
