//! Several replicas over one real Postgres.

use std::sync::Arc;

use assay_run::verdict::Decision;
use assay_store::error::{OpenError, StoreError};
use assay_store::query::Filter;
use assay_store::record::NewRun;
use assay_store::store::Store;
use assay_template::secret::Secret;
use tokio::task::JoinSet;

use crate::server;
use crate::words::*;

async fn open(address: &Secret<String>) -> Arc<dyn Store> {
    assay_store::postgres::open(address).await.expect("a store in Postgres")
}

#[tokio::test]
async fn replicas_that_claim_at_once_share_the_runs() {
    let address = server::database();
    let first = open(&address).await;
    for run in 0..60 {
        first.create(new_run(run), None).await.expect("a run");
    }
    let mut tasks = JoinSet::new();
    for replica in 0..6 {
        let store = open(&address).await;
        tasks.spawn(async move {
            let mut claimed = Vec::new();
            loop {
                let some = store.claim(lease(&format!("r{replica}"), 0), 3).await.expect("runs");
                if some.is_empty() {
                    return claimed;
                }
                claimed.extend(some.into_iter().map(|claimed| claimed.record.id));
            }
        });
    }
    let mut all = tasks.join_all().await.concat();
    all.sort_unstable();
    assert_eq!(all, (0..60).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn two_replicas_that_both_want_to_conclude_give_one_verdict() {
    let address = server::database();
    let (one, other) = (open(&address).await, open(&address).await);
    for run in 0..20 {
        let old = create(&*one, run).await;
        // The other one believes that the first is gone, which goes on all the same.
        let taken = other.claim(lease("b", 100), 1).await.expect("runs").remove(0);
        let late = conclusion(run, old, 0, Decision::Promote);
        let right = conclusion(run, taken.token, 0, Decision::Abort);
        let (late, right) = tokio::join!(one.conclude(late), other.conclude(right));
        right.expect("a verdict");
        let late = late.expect_err("a refusal");
        let refused = matches!(late, StoreError::Stale { .. } | StoreError::Concluded { .. });
        assert!(refused, "{late}");
        let view = one.run(id(run)).await.expect("an answer").expect("the run");
        assert_eq!(view.verdict, Some((verdict(Decision::Abort, 100), taken.token)));
    }
}

#[tokio::test]
async fn the_same_request_to_all_replicas_makes_one_run() {
    let address = server::database();
    let mut tasks = JoinSet::new();
    for replica in 0..8 {
        let store = open(&address).await;
        tasks.spawn(async move {
            let run = NewRun { key: Some(String::from("k")), ..new_run(replica) };
            store.create(run, Some(lease("a", 0))).await.expect("a run")
        });
    }
    let created = tasks.join_all().await;
    assert_eq!(created.iter().filter(|created| created.fresh).count(), 1);
    assert!(created.iter().all(|it| it.record.id == created[0].record.id));
    let store = open(&address).await;
    let page = store.list(Filter::default(), None, 10).await.expect("a page");
    assert_eq!(page.runs.len(), 1);
}

#[tokio::test]
async fn a_connection_that_broke_is_replaced() {
    let address = server::database();
    let store = open(&address).await;
    let token = create(&*store, 1).await;
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    server::run(&address, others);
    append(&*store, batch(1, token, 0, &[started()])).await.expect("appended");
}

#[tokio::test]
async fn a_database_that_may_not_be_written_says_so_and_loses_nothing() {
    let address = server::database();
    let store = open(&address).await;
    let token = create(&*store, 1).await;
    append(&*store, batch(1, token, 0, &[started()])).await.expect("appended");
    let read_only = |how: &str| {
        server::run(&address, &format!("ALTER ROLE assay IN DATABASE {} {how}", name(&address)));
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        server::run(&address, others);
    };
    read_only("SET default_transaction_read_only TO on");
    let refused = store.append(vec![batch(1, token, 1, &[measured(0)])]).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    let refused = store.probe().await;
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    assert_eq!(store.events(id(1), 0, 10).await.expect("events").total, 1);
    read_only("RESET default_transaction_read_only");
    store.probe().await.expect("it works again");
    append(&*store, batch(1, token, 1, &[measured(0)])).await.expect("appended");
}

fn name(address: &Secret<String>) -> String {
    address.reveal().rsplit('=').next().expect("a name").to_owned()
}

#[tokio::test]
async fn a_newer_schema_is_not_touched() {
    let address = server::database();
    drop(open(&address).await);
    server::run(&address, "INSERT INTO assay.migrations (version) VALUES (7)");
    let refused = assay_store::postgres::open(&address).await.err().expect("a refusal");
    assert!(matches!(refused, OpenError::Newer { found: 7, known: 1, .. }), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains("start the newer one, or restore a copy"), "{text}");
}

#[tokio::test]
async fn an_address_is_never_shown() {
    let address = |text: &str| Secret::new(text.to_owned());
    for wrong in ["host=/nowhere user=assay password=hunter2", "password=hunter2 nonsense"] {
        let refused = assay_store::postgres::open(&address(wrong)).await.err().expect("a refusal");
        assert!(!format!("{refused:?} {refused}").contains("hunter2"), "{refused:?}");
    }
}
