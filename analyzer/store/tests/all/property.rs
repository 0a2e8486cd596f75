//! Whatever is asked in whatever order, the file answers what the model in memory answers.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use assay_run::verdict::Decision;
use assay_store::delivery::{Attempt, DeliveryId, Next};
use assay_store::error::StoreError;
use assay_store::lease::{Claimed, Replica, Token};
use assay_store::query::Filter;
use assay_store::record::{NewRun, RunView, Snapshot, SourceText};
use assay_store::store::Store;
use assay_template::secret::Secret;
use proptest::prelude::*;

use crate::backends::{Folder, sqlite};
use crate::server;
use crate::words::*;

const RUNS: u64 = 6;

#[derive(Clone, Debug)]
enum Asked {
    Create { run: u64, key: Option<u8>, text: u8, leased: bool },
    Append { run: u64, age: usize, skip: u64, count: u32 },
    Conclude { run: u64, age: usize, count: u32, told: u8 },
    Overrule { run: u64, told: u8 },
    Snapshot { run: u64, age: usize, back: u64 },
    Claim { replica: u8, limit: usize },
    Beat { replica: u8 },
    Release { replica: u8 },
    Enqueue { run: u64, age: usize, told: u8 },
    Due { limit: usize },
    Attempted { delivery: u64, next: u8 },
    Redeliver { delivery: u64 },
    PutTemplate { name: u8, text: u8 },
    Prune { age: i64, limit: usize },
    Events { run: u64, from: u64, limit: usize },
    Restart,
}

fn asked() -> impl Strategy<Value = Asked> {
    let run = || 0..RUNS;
    let age = || prop_oneof![6 => Just(0usize), 1 => Just(1usize)];
    prop_oneof![
        4 => (run(), proptest::option::of(0..3u8), 0..3u8, any::<bool>())
            .prop_map(|(run, key, text, leased)| Asked::Create { run, key, text, leased }),
        8 => (run(), age(), prop_oneof![8 => Just(0u64), 1 => Just(1u64)], 0..60u32)
            .prop_map(|(run, age, skip, count)| Asked::Append { run, age, skip, count }),
        2 => (run(), age(), 0..9u32, 0..4u8)
            .prop_map(|(run, age, count, told)| Asked::Conclude { run, age, count, told }),
        1 => (run(), 0..4u8).prop_map(|(run, told)| Asked::Overrule { run, told }),
        2 => (run(), age(), 0..9u64)
            .prop_map(|(run, age, back)| Asked::Snapshot { run, age, back }),
        3 => (0..3u8, 0..4usize).prop_map(|(replica, limit)| Asked::Claim { replica, limit }),
        1 => (0..3u8).prop_map(|replica| Asked::Beat { replica }),
        1 => (0..3u8).prop_map(|replica| Asked::Release { replica }),
        1 => (run(), age(), 0..4u8)
            .prop_map(|(run, age, told)| Asked::Enqueue { run, age, told }),
        2 => (0..4usize).prop_map(|limit| Asked::Due { limit }),
        2 => (1..6u64, 0..3u8).prop_map(|(delivery, next)| Asked::Attempted { delivery, next }),
        1 => (1..6u64).prop_map(|delivery| Asked::Redeliver { delivery }),
        1 => (0..2u8, 0..3u8).prop_map(|(name, text)| Asked::PutTemplate { name, text }),
        1 => (0..40i64, 0..4usize).prop_map(|(age, limit)| Asked::Prune { age, limit }),
        2 => (run(), 0..80u64, 0..90usize)
            .prop_map(|(run, from, limit)| Asked::Events { run, from, limit }),
        1 => Just(Asked::Restart),
    ]
}

/// Where a store is.
enum Place {
    Memory,
    File(Folder),
    Database(Secret<String>),
}

/// A store with the tokens it gave, as two stores give different ones for the same.
struct Side {
    store: Arc<dyn Store>,
    place: Place,
    tokens: BTreeMap<u64, Vec<Token>>,
}

/// An answer without what differs between two stores that do the same.
fn told<T: Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(StoreError::Stale { run, .. }) => format!("stale {run}"),
        Err(error) => error.to_string(),
    }
}

impl Side {
    fn number(run: &NewRun) -> u64 {
        (0..RUNS).find(|number| id(*number) == run.id).expect("a run of ours")
    }

    fn token(&self, run: u64, age: usize) -> Token {
        let given = self.tokens.get(&run).map_or(&[][..], Vec::as_slice);
        given.iter().rev().nth(age).copied().unwrap_or(Token(0))
    }

    fn view(&self, run: RunView) -> String {
        let number = (0..RUNS).find(|number| id(*number) == run.record.id).expect("a run of ours");
        // Which of the run's tokens, counted by age.
        let verdict = run.verdict.map(|(verdict, token)| {
            let given = self.tokens.get(&number).map_or(&[][..], Vec::as_slice);
            (verdict, given.iter().rev().position(|it| *it == token))
        });
        format!("{:?} {:?} {verdict:?} {:?}", run.record, run.phase, run.overrides)
    }

    fn take(&mut self, claimed: Vec<Claimed>) -> String {
        let mut text = String::new();
        for Claimed { record, token, snapshot, events, next } in claimed {
            let run = (0..RUNS).find(|number| id(*number) == record.id).expect("a run of ours");
            self.tokens.entry(run).or_default().push(token);
            text += &format!("{record:?} {snapshot:?} {events:?} {next}\n");
        }
        text
    }

    async fn next(&self, run: u64) -> u64 {
        self.store.events(id(run), 0, 0).await.map_or(0, |events| events.total)
    }

    async fn perform(&mut self, asked: &Asked, now: i64) -> String {
        let messages = |count: u8| -> Vec<_> {
            (0..count).map(|it| delivery("hook", &format!("m{it}"), now + 3)).collect()
        };
        let events = |next: u64, count: u32| -> Vec<_> {
            let next = u32::try_from(next).expect("few events");
            (next..next + count).map(measured).collect()
        };
        match *asked {
            Asked::Create { run, key, text, leased } => {
                let new = NewRun {
                    key: key.map(|key| format!("k{key}")),
                    sources: vec![SourceText { name: String::from("t"), text: format!("{text}") }],
                    ..new_run(run)
                };
                let run = Self::number(&new);
                let lease = leased.then(|| lease("r0", now));
                let created = self.store.create(new, lease).await;
                if let Ok(Some(token)) = created.as_ref().map(|created| created.token) {
                    self.tokens.entry(run).or_default().push(token);
                }
                told(created.map(|it| (it.record, it.fresh, it.token.is_some())))
            }
            Asked::Append { run, age, skip, count } => {
                let next = self.next(run).await;
                let batch = batch(run, self.token(run, age), next + skip, &events(next, count));
                told(append(&*self.store, batch).await)
            }
            Asked::Conclude { run, age, count, told: messages_of } => {
                let next = self.next(run).await;
                let mut end = conclusion(run, self.token(run, age), next, Decision::Abort);
                end.batch.events = events(next, count);
                end.verdict.at = at(now);
                end.deliveries = messages(messages_of);
                told(self.store.conclude(end).await)
            }
            Asked::Overrule { run, told: messages_of } => {
                let decided = decided(Decision::Promote, "ann");
                told(self.store.overrule(id(run), decided, messages(messages_of)).await)
            }
            Asked::Snapshot { run, age, back } => {
                let events = self.next(run).await.saturating_sub(back) + u64::from(back == 8) * 9;
                let snapshot = Snapshot { events, state: vec![1, 2, 3] };
                told(self.store.snapshot(id(run), self.token(run, age), snapshot).await)
            }
            Asked::Claim { replica, limit } => {
                let lease = lease(&format!("r{replica}"), now);
                let claimed = self.store.claim(lease, limit).await;
                told(claimed.map(|claimed| self.take(claimed)))
            }
            Asked::Beat { replica } => {
                told(self.store.heartbeat(lease(&format!("r{replica}"), now)).await)
            }
            Asked::Release { replica } => {
                told(self.store.release(Replica(format!("r{replica}"))).await)
            }
            Asked::Enqueue { run, age, told: messages_of } => {
                let messages = messages(messages_of);
                told(self.store.enqueue(id(run), self.token(run, age), messages).await)
            }
            Asked::Due { limit } => told(self.store.due(at(now), at(now + 5), limit).await),
            Asked::Attempted { delivery, next } => {
                let attempt = Attempt { at: at(now), outcome: String::from("answered") };
                let all = [Next::Delivered, Next::RetryAt(at(now + 2)), Next::Dead];
                let next = all[usize::from(next)];
                told(self.store.attempted(DeliveryId(delivery), attempt, next).await)
            }
            Asked::Redeliver { delivery } => {
                told(self.store.redeliver(DeliveryId(delivery), at(now)).await)
            }
            Asked::PutTemplate { name, text } => {
                let (name, text) = (format!("t{name}"), format!("{text}"));
                let tenant = String::from("shop");
                told(self.store.put_template(tenant, name, text, at(now)).await)
            }
            Asked::Prune { age, limit } => told(self.store.prune(at(now - age), limit).await),
            Asked::Events { run, from, limit } => {
                told(self.store.events(id(run), from, limit).await)
            }
            Asked::Restart => self.restart(now).await,
        }
    }

    async fn new(place: Place) -> Self {
        let store = match &place {
            Place::Memory => assay_store::memory::open(),
            Place::File(folder) => sqlite(folder),
            Place::Database(address) => {
                assay_store::postgres::open(address).await.expect("a store in Postgres")
            }
        };
        Self { store, place, tokens: BTreeMap::new() }
    }

    /// A start. Who held what is over with it, in a file by itself, elsewhere if all let go.
    async fn restart(&mut self, now: i64) -> String {
        for replica in 0..3 {
            let replica = Replica(format!("r{replica}"));
            self.store.release(replica).await.expect("released");
        }
        if let Place::File(folder) = &self.place {
            // The store has to be closed before it can be opened again.
            self.store = assay_store::memory::open();
            self.store = sqlite(folder);
        }
        let claimed = self.store.claim(lease("r0", now), 100).await;
        told(claimed.map(|claimed| self.take(claimed)))
    }

    /// Everything there is to see.
    async fn all(&self) -> String {
        let page = self.store.list(Filter::default(), None, 100).await.expect("a page");
        let mut text = String::new();
        for run in page.runs {
            let name = run.record.id;
            text += &self.view(run);
            text += &told(self.store.events(name, 0, 10_000).await);
            text += &told(self.store.deliveries(name).await);
        }
        text += &told(self.store.dead(None, 100).await);
        text += &told(self.store.templates(String::from("shop")).await);
        for number in 0..3 {
            let hash = assay_store::record::ContentHash::of(&format!("{number}"));
            text += &told(self.store.text(hash).await);
        }
        text
    }
}

fn script() -> impl Strategy<Value = Vec<(Asked, i64)>> {
    proptest::collection::vec((asked(), 0..4i64), 1..80)
}

async fn compare(script: &[(Asked, i64)], place: Place) -> Result<(), TestCaseError> {
    let mut model = Side::new(Place::Memory).await;
    let mut other = Side::new(place).await;
    let mut now = 10;
    for (asked, later) in script {
        now += later;
        let expected = model.perform(asked, now).await;
        let found = other.perform(asked, now).await;
        prop_assert_eq!(&found, &expected, "{:?}", asked);
    }
    prop_assert_eq!(other.all().await, model.all().await);
    other.restart(now).await;
    model.restart(now).await;
    prop_assert_eq!(other.all().await, model.all().await);
    Ok(())
}

fn check(script: &[(Asked, i64)], place: Place) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(compare(script, place))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_file_answers_what_the_model_answers(script in script()) {
        check(&script, Place::File(Folder::new()))?;
    }
}

proptest! {
    // Each case makes a database and its tables.
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]

    #[test]
    fn postgres_answers_what_the_model_answers(script in script()) {
        check(&script, Place::Database(server::database()))?;
    }
}
