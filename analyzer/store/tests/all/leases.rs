//! Each run is run by one replica at a time.

use assay_run::verdict::Decision;
use assay_store::error::StoreError;
use assay_store::lease::{Claimed, Replica, Token};
use assay_store::record::RunId;

use crate::backends::on_each;
use crate::words::*;

fn ids(claimed: &[Claimed]) -> Vec<RunId> {
    claimed.iter().map(|claimed| claimed.record.id).collect()
}

#[tokio::test]
async fn runs_are_claimed_once_and_oldest_first() {
    on_each(async |store| {
        for run in 1..=5 {
            store.create(new_run(run), None).await.expect("a run");
        }
        let first = store.claim(lease("a", 0), 2).await.expect("runs");
        let second = store.claim(lease("b", 0), 10).await.expect("runs");
        assert_eq!(ids(&first), [id(1), id(2)]);
        assert_eq!(ids(&second), [id(3), id(4), id(5)]);
        assert_eq!(store.claim(lease("c", 5), 10).await.expect("runs"), Vec::new());
        // A run that is claimed is not claimed again by its holder.
        assert_eq!(store.claim(lease("a", 5), 10).await.expect("runs"), Vec::new());
    })
    .await;
}

#[tokio::test]
async fn a_silent_replica_loses_its_runs() {
    on_each(async |store| {
        let old = create(store, 1).await;
        append(store, batch(1, old, 0, &[started()])).await.expect("appended");
        assert_eq!(store.claim(lease("b", 9), 10).await.expect("runs"), Vec::new());
        store.heartbeat(lease("a", 8)).await.expect("alive");
        assert_eq!(store.claim(lease("b", 17), 10).await.expect("runs"), Vec::new());
        let taken = store.claim(lease("b", 18), 10).await.expect("runs");
        assert_eq!(ids(&taken), [id(1)]);
        let new = taken[0].token;
        assert!(old < new);
        assert_eq!((taken[0].next, &taken[0].events), (1, &vec![started()]));
        // The old one comes back and is refused, whatever it tries.
        store.heartbeat(lease("a", 19)).await.expect("alive");
        let stale = append(store, batch(1, old, 1, &[measured(0)])).await;
        assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
        let stale = store.conclude(conclusion(1, old, 1, Decision::Promote)).await;
        assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
        let stale = store.enqueue(id(1), old, vec![delivery("hook", "p", 0)]).await;
        assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
        store.conclude(conclusion(1, new, 1, Decision::Abort)).await.expect("a verdict");
        let view = store.run(id(1)).await.expect("an answer").expect("the run");
        assert_eq!(view.verdict, Some((verdict(Decision::Abort, 100), new)));
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_was_late_but_not_replaced_goes_on() {
    on_each(async |store| {
        let token = create(store, 1).await;
        append(store, batch(1, token, 0, &[started()])).await.expect("appended");
        store.heartbeat(lease("a", 500)).await.expect("alive");
        assert_eq!(store.claim(lease("b", 501), 10).await.expect("runs"), Vec::new());
        append(store, batch(1, token, 1, &[measured(0)])).await.expect("appended");
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_goes_lets_go() {
    on_each(async |store| {
        let old = create(store, 1).await;
        store.release(Replica(String::from("nobody"))).await.expect("released");
        assert_eq!(store.claim(lease("b", 1), 10).await.expect("runs"), Vec::new());
        store.release(Replica(String::from("a"))).await.expect("released");
        let taken = store.claim(lease("b", 1), 10).await.expect("runs");
        assert_eq!(ids(&taken), [id(1)]);
        assert!(old < taken[0].token);
    })
    .await;
}

#[tokio::test]
async fn nobody_writes_for_a_run_that_was_not_claimed() {
    on_each(async |store| {
        let other = create(store, 2).await;
        store.create(new_run(1), None).await.expect("a run");
        for token in [Token(0), other, Token(1 << 32)] {
            let refused = append(store, batch(1, token, 0, &[started()])).await;
            assert!(matches!(refused, Err(StoreError::Stale { .. })), "{token}: {refused:?}");
            let refused = store.conclude(conclusion(1, token, 0, Decision::Hold)).await;
            assert!(matches!(refused, Err(StoreError::Stale { .. })), "{token}: {refused:?}");
        }
    })
    .await;
}
