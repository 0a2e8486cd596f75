//! What every backend can do.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;

use crate::catalog::{Schedule, TemplateVersion};
use crate::delivery::{Attempt, Delivery, DeliveryId, NewDelivery, Next};
use crate::error::StoreError;
use crate::lease::{Claimed, Lease, Replica, Token};
use crate::query::{Cursor, Events, Filter, Page};
use crate::record::{
    Batch, Conclusion, ContentHash, NewRun, Override, RunId, RunRecord, RunView, Snapshot,
};

/// An answer that is on its way. Dropping it does not undo the operation.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What became of a run to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The run, new or as it was accepted before.
    pub record: RunRecord,
    /// False if the same request came before.
    pub fresh: bool,
    /// Set if it is new and was claimed at once.
    pub token: Option<Token>,
}

/// The journal of runs and what is looked up from it.
///
/// `Ok` means durable. Time is an argument everywhere; no backend reads a clock. What a page or an
/// answer may hold at most is in [`query`](crate::query) and beside the methods.
pub trait Store: Send + Sync {
    /// Accepts a run and, if there is a lease, claims it. A request that came before, by its
    /// idempotency key, answers the run of then.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if the key came before with another request, [`StoreError::Exists`] if
    /// the id is taken.
    fn create(&self, run: NewRun, lease: Option<Lease>) -> Pending<'_, Created>;

    /// Appends events, one answer for each batch. Batches of many runs and callers share a commit.
    ///
    /// # Errors
    ///
    /// Of a batch: [`StoreError::Unknown`], [`StoreError::Stale`], [`StoreError::Concluded`],
    /// [`StoreError::OutOfOrder`].
    fn append(&self, batches: Vec<Batch>) -> Pending<'_, Vec<Result<(), StoreError>>>;

    /// Ends a run: its last events, its verdict and the deliveries of it, all or nothing.
    ///
    /// # Errors
    ///
    /// Those of `append`.
    fn conclude(&self, conclusion: Conclusion) -> Pending<'_, ()>;

    /// Adds what a person decided, with the deliveries of it; to a run with or without a verdict.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`].
    fn overrule(
        &self,
        run: RunId,
        decided: Override,
        deliveries: Vec<NewDelivery>,
    ) -> Pending<'_, ()>;

    /// Keeps what is known of a live run, in place of what was kept before.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`], [`StoreError::Stale`], [`StoreError::Concluded`], and
    /// [`StoreError::OutOfOrder`] if it knows of more events than there are.
    fn snapshot(&self, run: RunId, token: Token, snapshot: Snapshot) -> Pending<'_, ()>;

    /// A run by id.
    fn run(&self, run: RunId) -> Pending<'_, Option<RunView>>;

    /// Runs that fit, newest first, from `after` on, at most `limit` and at most
    /// [`PAGE_RUNS_MAX`](crate::query::PAGE_RUNS_MAX).
    fn list(&self, filter: Filter, after: Option<Cursor>, limit: usize) -> Pending<'_, Page>;

    /// The events of a run from number `from` on, at most `limit` and at most
    /// [`PAGE_EVENTS_MAX`](crate::query::PAGE_EVENTS_MAX).
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`].
    fn events(&self, run: RunId, from: u64, limit: usize) -> Pending<'_, Events>;

    /// Gives the replica up to `limit` live runs that nobody holds or whose holder's time is over, oldest
    /// first, and takes it as a sign of life. Empty: there are none for now.
    fn claim(&self, lease: Lease, limit: usize) -> Pending<'_, Vec<Claimed>>;

    /// A sign of life.
    fn heartbeat(&self, lease: Lease) -> Pending<'_, ()>;

    /// Lets go of everything the replica holds.
    fn release(&self, replica: Replica) -> Pending<'_, ()>;

    /// Queues messages about a live run, such as of its progress.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`], [`StoreError::Stale`], [`StoreError::Concluded`].
    fn enqueue(&self, run: RunId, token: Token, deliveries: Vec<NewDelivery>) -> Pending<'_, ()>;

    /// Up to `limit` deliveries that are due at `now`, longest due first. They come again at `again_at`
    /// unless [`Store::attempted`] says otherwise, so one whose sender crashed is not lost.
    fn due(&self, now: Timestamp, again_at: Timestamp, limit: usize) -> Pending<'_, Vec<Delivery>>;

    /// Writes down an attempt and what follows from it. What is delivered stays so.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`].
    fn attempted(&self, delivery: DeliveryId, attempt: Attempt, next: Next) -> Pending<'_, ()>;

    /// The deliveries of a run, oldest first.
    fn deliveries(&self, run: RunId) -> Pending<'_, Vec<Delivery>>;

    /// The dead letters of a tenant, or of all, newest first, at most `limit`.
    fn dead(&self, tenant: Option<String>, limit: usize) -> Pending<'_, Vec<Delivery>>;

    /// Makes a delivery due again, whatever became of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`].
    fn redeliver(&self, delivery: DeliveryId, at: Timestamp) -> Pending<'_, ()>;

    /// Keeps a template under a name: a new version, unless its newest one has the same text.
    fn put_template(
        &self,
        tenant: String,
        name: String,
        text: String,
        at: Timestamp,
    ) -> Pending<'_, TemplateVersion>;

    /// A version of a template, or its newest.
    fn template(
        &self,
        tenant: String,
        name: String,
        version: Option<u32>,
    ) -> Pending<'_, Option<TemplateVersion>>;

    /// The newest versions of all templates of a tenant, by name.
    fn templates(&self, tenant: String) -> Pending<'_, Vec<TemplateVersion>>;

    /// The text with this hash.
    fn text(&self, hash: ContentHash) -> Pending<'_, Option<String>>;

    /// Keeps a schedule in place of the one of the same name; when it fired last is left as it was.
    fn put_schedule(&self, tenant: String, name: String, document: String) -> Pending<'_, ()>;

    /// Writes down that a schedule has started a run; an older time changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`].
    fn fired(&self, tenant: String, name: String, at: Timestamp) -> Pending<'_, ()>;

    /// Forgets a schedule; false if there was none.
    fn remove_schedule(&self, tenant: String, name: String) -> Pending<'_, bool>;

    /// All schedules, by tenant and name.
    fn schedules(&self) -> Pending<'_, Vec<Schedule>>;

    /// Forgets up to `limit` runs with a verdict from before `before`, oldest first, with all that belongs
    /// to them. Live runs, and those with a delivery that is still due, stay. Answers how many went.
    fn prune(&self, before: Timestamp, limit: usize) -> Pending<'_, u64>;

    /// Writes something and waits until it is durable: whether the store works.
    fn probe(&self) -> Pending<'_, ()>;
}
