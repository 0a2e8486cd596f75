//! The operations as a backend does them that one thread owns: one after the other, by `&mut`.
//!
//! [`desk`](crate::desk) puts such a backend behind a channel and makes a [`Store`](crate::store::Store)
//! of it. An operation that refuses has changed nothing, so it spoils no commit that it is part of.

use jiff::Timestamp;

use crate::catalog::{Schedule, TemplateVersion};
use crate::codec::journal::Packed;
use crate::delivery::{Attempt, Delivery, DeliveryId, NewDelivery, Next};
use crate::error::StoreError;
use crate::lease::{Claimed, Lease, Replica, Token};
use crate::query::{Cursor, Events, Filter, Page};
use crate::record::{ContentHash, NewRun, Override, RunId, RunView, Snapshot, VerdictRecord};
use crate::store::Created;

pub(crate) type Done<T> = Result<T, StoreError>;

/// What only looks.
pub(crate) trait Lookup {
    fn run(&self, run: RunId) -> Done<Option<RunView>>;
    fn list(&self, filter: &Filter, after: Option<Cursor>, limit: usize) -> Done<Page>;
    fn deliveries(&self, run: RunId) -> Done<Vec<Delivery>>;
    fn dead(&self, tenant: Option<&str>, limit: usize) -> Done<Vec<Delivery>>;
    fn template(
        &self,
        tenant: &str,
        name: &str,
        version: Option<u32>,
    ) -> Done<Option<TemplateVersion>>;
    fn templates(&self, tenant: &str) -> Done<Vec<TemplateVersion>>;
    fn text(&self, hash: ContentHash) -> Done<Option<String>>;
    fn schedules(&self) -> Done<Vec<Schedule>>;
}

/// What changes something, or has to see what is being changed.
pub(crate) trait Ledger {
    /// What is committed, and what was done since.
    fn lookup(&self) -> &dyn Lookup;
    fn create(&mut self, run: &NewRun, lease: Option<&Lease>) -> Done<Created>;
    fn append(&mut self, batch: &Packed) -> Done<()>;
    fn conclude(
        &mut self,
        batch: &Packed,
        verdict: &VerdictRecord,
        deliveries: &[NewDelivery],
    ) -> Done<()>;
    fn overrule(&mut self, run: RunId, decided: &Override, deliveries: &[NewDelivery]) -> Done<()>;
    fn snapshot(&mut self, run: RunId, token: Token, snapshot: &Snapshot) -> Done<()>;
    fn events(&mut self, run: RunId, from: u64, limit: usize) -> Done<Events>;
    fn claim(&mut self, lease: &Lease, limit: usize) -> Done<Vec<Claimed>>;
    fn heartbeat(&mut self, lease: &Lease) -> Done<()>;
    fn release(&mut self, replica: &Replica) -> Done<()>;
    fn enqueue(&mut self, run: RunId, token: Token, deliveries: &[NewDelivery]) -> Done<()>;
    fn due(&mut self, now: Timestamp, again_at: Timestamp, limit: usize) -> Done<Vec<Delivery>>;
    fn attempted(&mut self, delivery: DeliveryId, attempt: &Attempt, next: Next) -> Done<()>;
    fn redeliver(&mut self, delivery: DeliveryId, at: Timestamp) -> Done<()>;
    fn put_template(
        &mut self,
        tenant: &str,
        name: &str,
        text: &str,
        at: Timestamp,
    ) -> Done<TemplateVersion>;
    fn put_schedule(&mut self, tenant: &str, name: &str, document: &str) -> Done<()>;
    fn fired(&mut self, tenant: &str, name: &str, at: Timestamp) -> Done<()>;
    fn remove_schedule(&mut self, tenant: &str, name: &str) -> Done<bool>;
    fn prune(&mut self, before: Timestamp, limit: usize) -> Done<u64>;
    fn probe(&mut self) -> Done<()>;

    /// Begins a commit. Whatever follows is durable after `commit`, or not done at all.
    fn begin(&mut self) -> Done<()>;
    /// Ends a commit: all is durable, or nothing of it was done.
    fn commit(&mut self) -> Done<()>;
    /// Forgets what was done since `begin`.
    fn roll_back(&mut self);
}
