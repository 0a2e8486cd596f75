//! The operations of a [`Store`], each sent to the thread that does it.

use jiff::Timestamp;

use super::Desk;
use crate::catalog::{Schedule, TemplateVersion};
use crate::codec::journal::Packed;
use crate::delivery::{Attempt, Delivery, DeliveryId, NewDelivery, Next};
use crate::error::StoreError;
use crate::lease::{Claimed, Lease, Replica, Token};
use crate::ledger::Ledger;
use crate::query::{Cursor, Events, Filter, PAGE_EVENTS_MAX, PAGE_RUNS_MAX, Page};
use crate::record::{Batch, Conclusion, ContentHash, NewRun, Override, RunId, RunView, Snapshot};
use crate::store::{Created, Pending, Store};

impl<L: Ledger + Send + 'static> Store for Desk<L> {
    fn create(&self, run: NewRun, lease: Option<Lease>) -> Pending<'_, Created> {
        self.ask(move |ledger| ledger.create(&run, lease.as_ref()))
    }

    fn append(&self, batches: Vec<Batch>) -> Pending<'_, Vec<Result<(), StoreError>>> {
        let packed: Vec<Packed> = batches.iter().map(Packed::new).collect();
        self.ask(move |ledger| {
            let mut answers = Vec::with_capacity(packed.len());
            for batch in &packed {
                match ledger.append(batch) {
                    Err(error) if error.is_failure() => return Err(error),
                    answer => answers.push(answer),
                }
            }
            Ok(answers)
        })
    }

    fn conclude(&self, conclusion: Conclusion) -> Pending<'_, ()> {
        let Conclusion { batch, verdict, deliveries } = conclusion;
        let packed = Packed::new(&batch);
        self.ask(move |ledger| ledger.conclude(&packed, &verdict, &deliveries))
    }

    fn overrule(
        &self,
        run: RunId,
        decided: Override,
        deliveries: Vec<NewDelivery>,
    ) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.overrule(run, &decided, &deliveries))
    }

    fn snapshot(&self, run: RunId, token: Token, snapshot: Snapshot) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.snapshot(run, token, &snapshot))
    }

    fn run(&self, run: RunId) -> Pending<'_, Option<RunView>> {
        self.look(move |lookup| lookup.run(run))
    }

    fn list(&self, filter: Filter, after: Option<Cursor>, limit: usize) -> Pending<'_, Page> {
        self.look(move |lookup| lookup.list(&filter, after, limit.min(PAGE_RUNS_MAX)))
    }

    fn events(&self, run: RunId, from: u64, limit: usize) -> Pending<'_, Events> {
        self.ask(move |ledger| ledger.events(run, from, limit.min(PAGE_EVENTS_MAX)))
    }

    fn claim(&self, lease: Lease, limit: usize) -> Pending<'_, Vec<Claimed>> {
        self.ask(move |ledger| ledger.claim(&lease, limit.min(PAGE_RUNS_MAX)))
    }

    fn heartbeat(&self, lease: Lease) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.heartbeat(&lease))
    }

    fn release(&self, replica: Replica) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.release(&replica))
    }

    fn enqueue(&self, run: RunId, token: Token, deliveries: Vec<NewDelivery>) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.enqueue(run, token, &deliveries))
    }

    fn due(&self, now: Timestamp, again_at: Timestamp, limit: usize) -> Pending<'_, Vec<Delivery>> {
        self.ask(move |ledger| ledger.due(now, again_at, limit.min(PAGE_RUNS_MAX)))
    }

    fn attempted(&self, delivery: DeliveryId, attempt: Attempt, next: Next) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.attempted(delivery, &attempt, next))
    }

    fn deliveries(&self, run: RunId) -> Pending<'_, Vec<Delivery>> {
        self.look(move |lookup| lookup.deliveries(run))
    }

    fn dead(&self, tenant: Option<String>, limit: usize) -> Pending<'_, Vec<Delivery>> {
        self.look(move |lookup| lookup.dead(tenant.as_deref(), limit.min(PAGE_RUNS_MAX)))
    }

    fn redeliver(&self, delivery: DeliveryId, at: Timestamp) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.redeliver(delivery, at))
    }

    fn put_template(
        &self,
        tenant: String,
        name: String,
        text: String,
        at: Timestamp,
    ) -> Pending<'_, TemplateVersion> {
        self.ask(move |ledger| ledger.put_template(&tenant, &name, &text, at))
    }

    fn template(
        &self,
        tenant: String,
        name: String,
        version: Option<u32>,
    ) -> Pending<'_, Option<TemplateVersion>> {
        self.look(move |lookup| lookup.template(&tenant, &name, version))
    }

    fn templates(&self, tenant: String) -> Pending<'_, Vec<TemplateVersion>> {
        self.look(move |lookup| lookup.templates(&tenant))
    }

    fn text(&self, hash: ContentHash) -> Pending<'_, Option<String>> {
        self.look(move |lookup| lookup.text(hash))
    }

    fn put_schedule(&self, tenant: String, name: String, document: String) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.put_schedule(&tenant, &name, &document))
    }

    fn fired(&self, tenant: String, name: String, at: Timestamp) -> Pending<'_, ()> {
        self.ask(move |ledger| ledger.fired(&tenant, &name, at))
    }

    fn remove_schedule(&self, tenant: String, name: String) -> Pending<'_, bool> {
        self.ask(move |ledger| ledger.remove_schedule(&tenant, &name))
    }

    fn schedules(&self) -> Pending<'_, Vec<Schedule>> {
        self.look(|lookup| lookup.schedules())
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Pending<'_, u64> {
        self.ask(move |ledger| ledger.prune(before, limit))
    }

    fn probe(&self) -> Pending<'_, ()> {
        self.ask(|ledger| ledger.probe())
    }
}
