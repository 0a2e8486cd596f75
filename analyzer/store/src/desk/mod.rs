//! How everybody asks a backend that does one thing after the other.
//!
//! A thread owns it, takes all requests that wait, does them one after the other and commits them together
//! (*group commit*): the cost of making something durable is paid once for all of them. Nobody gets an
//! answer before the commit. While it runs, the next group gathers.
//!
//! **Invariant:** if one operation of a group fails for what the system did, or the commit does, all
//! of the group fail and nothing of them was done. A refusal concerns only who asked.

mod door;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::error::StoreError;
use crate::ledger::{Done, Ledger, Lookup};
use crate::store::Pending;

/// Requests in one commit at most.
const GROUP_REQUESTS_MAX: usize = 4_096;
/// Requests that wait at most; who comes later waits outside.
const WAITING_REQUESTS_MAX: usize = 16_384;
/// Questions that wait for one reading thread at most.
const WAITING_QUESTIONS_MAX: usize = 256;

/// A request with its answer.
trait Request<L>: Send {
    /// Does it; an error is a failure that takes the group with it.
    fn perform(&mut self, ledger: &mut L) -> Done<()>;
    /// Answers, after the commit.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<F, T> {
    work: Option<F>,
    done: Option<Done<T>>,
    reply: oneshot::Sender<Done<T>>,
}

impl<L, T, F> Request<L> for Task<F, T>
where
    T: Send,
    F: FnOnce(&mut L) -> Done<T> + Send,
{
    fn perform(&mut self, ledger: &mut L) -> Done<()> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let done = work(ledger);
        let failure = done.as_ref().err().filter(|error| error.is_failure()).cloned();
        self.done = Some(done);
        failure.map_or(Ok(()), Err)
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let done = match committed {
            Ok(()) => self.done.unwrap_or(Err(StoreError::Closed)),
            Err(error) => Err(error),
        };
        // Who asked may have gone away; what was done stays done.
        drop(self.reply.send(done));
    }
}

type Question = Box<dyn FnOnce(&dyn Lookup) + Send>;

/// How to reach a backend.
pub(crate) enum Desk<L> {
    /// Whoever asks does it. For a backend that never waits for anything: a clock that a test or a
    /// simulation has stopped does not move on while an answer is made.
    Inline(Mutex<L>),
    /// Threads do it.
    Staffed(Staff<L>),
}

/// The threads of a backend. They end when this goes.
pub(crate) struct Staff<L> {
    requests: Option<mpsc::Sender<Box<dyn Request<L>>>>,
    /// One for each reading thread; they are asked in turn.
    questions: Vec<mpsc::Sender<Question>>,
    turn: AtomicUsize,
    threads: Vec<JoinHandle<()>>,
}

impl<L: Ledger + Send + 'static> Desk<L> {
    /// Leaves `ledger` to whoever asks.
    pub(crate) fn inline(ledger: L) -> Self {
        Self::Inline(Mutex::new(ledger))
    }

    /// Moves `ledger` to a thread of its own, and each of `readers`, of which there has to be one, to
    /// one of theirs.
    pub(crate) fn staffed(
        ledger: L,
        readers: Vec<Box<dyn Lookup + Send>>,
    ) -> Result<Self, std::io::Error> {
        let (requests, waiting) = mpsc::channel(WAITING_REQUESTS_MAX);
        let mut staff = Staff {
            requests: Some(requests),
            questions: Vec::new(),
            turn: AtomicUsize::new(0),
            threads: Vec::new(),
        };
        let thread = |name: &str| std::thread::Builder::new().name(format!("assay-store-{name}"));
        staff.threads.push(thread("write").spawn(move || serve(ledger, waiting))?);
        for reader in readers {
            let (questions, waiting) = mpsc::channel(WAITING_QUESTIONS_MAX);
            staff.questions.push(questions);
            staff.threads.push(thread("read").spawn(move || look_up(&*reader, waiting))?);
        }
        Ok(Self::Staffed(staff))
    }

    /// Has `work` done in the next commit.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut L) -> Done<T> + Send + 'static,
    ) -> Pending<'_, T> {
        match self {
            Self::Inline(ledger) => Box::pin(async move {
                let mut ledger = ledger.lock().await;
                let (reply, mut answer) = oneshot::channel();
                let mut task: Box<dyn Request<L>> =
                    Box::new(Task { work: Some(work), done: None, reply });
                let committed = perform(&mut *ledger, std::slice::from_mut(&mut task));
                task.answer(committed);
                answer.try_recv().map_err(|_| StoreError::Closed)?
            }),
            Self::Staffed(staff) => Box::pin(async move {
                let (reply, answer) = oneshot::channel();
                let task = Task { work: Some(work), done: None, reply };
                let requests = staff.requests.as_ref().ok_or(StoreError::Closed)?;
                requests.send(Box::new(task)).await.map_err(|_| StoreError::Closed)?;
                answer.await.map_err(|_| StoreError::Closed)?
            }),
        }
    }

    /// Has something looked up in what is committed.
    pub(crate) fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Lookup) -> Done<T> + Send + 'static,
    ) -> Pending<'_, T> {
        match self {
            Self::Inline(ledger) => Box::pin(async move { question(ledger.lock().await.lookup()) }),
            Self::Staffed(staff) => Box::pin(async move {
                let (reply, answer) = oneshot::channel();
                let question: Question = Box::new(move |lookup| drop(reply.send(question(lookup))));
                let turn = staff.turn.fetch_add(1, Ordering::Relaxed);
                let place = turn.checked_rem(staff.questions.len()).unwrap_or_default();
                let questions = staff.questions.get(place).ok_or(StoreError::Closed)?;
                questions.send(question).await.map_err(|_| StoreError::Closed)?;
                answer.await.map_err(|_| StoreError::Closed)?
            }),
        }
    }
}

impl<L> Drop for Staff<L> {
    fn drop(&mut self) {
        // Without senders the threads end once they have done what waits.
        self.requests = None;
        self.questions.clear();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so; its requests were answered with `Closed`.
            drop(thread.join());
        }
    }
}

fn serve<L: Ledger>(mut ledger: L, mut waiting: mpsc::Receiver<Box<dyn Request<L>>>) {
    let mut group = Vec::new();
    while let Some(first) = waiting.blocking_recv() {
        group.push(first);
        while group.len() < GROUP_REQUESTS_MAX {
            let Ok(next) = waiting.try_recv() else { break };
            group.push(next);
        }
        let committed = perform(&mut ledger, &mut group);
        for request in group.drain(..) {
            request.answer(committed.clone());
        }
    }
}

fn perform<L: Ledger>(ledger: &mut L, group: &mut [Box<dyn Request<L>>]) -> Done<()> {
    ledger.begin()?;
    let done = group.iter_mut().try_for_each(|request| request.perform(ledger));
    let committed = done.and_then(|()| ledger.commit());
    if committed.is_err() {
        ledger.roll_back();
    }
    committed
}

fn look_up(lookup: &dyn Lookup, mut waiting: mpsc::Receiver<Question>) {
    while let Some(question) = waiting.blocking_recv() {
        question(lookup);
    }
}
