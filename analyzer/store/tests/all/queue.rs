//! The delivery queue.

use assay_run::verdict::Decision;
use assay_store::delivery::{Attempt, Delivery, DeliveryId, DeliveryState, Next};
use assay_store::error::StoreError;
use assay_store::store::Store;

use crate::backends::on_each;
use crate::words::*;

fn attempt(seconds: i64, outcome: &str) -> Attempt {
    Attempt { at: at(seconds), outcome: outcome.to_owned() }
}

async fn due(store: &dyn Store, now: i64) -> Vec<Delivery> {
    store.due(at(now), at(now + 60), 10).await.expect("deliveries")
}

fn keys(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.key.as_str()).collect()
}

/// Run 1 with a verdict that goes to two targets.
async fn fill(store: &dyn Store) {
    let token = create(store, 1).await;
    let mut end = conclusion(1, token, 0, Decision::Abort);
    end.deliveries = vec![delivery("hook", "v", 5), delivery("argo", "w", 3)];
    store.conclude(end).await.expect("a verdict");
}

#[tokio::test]
async fn what_is_due_comes_again_until_somebody_has_it() {
    on_each(async |store| {
        fill(store).await;
        assert_eq!(due(store, 2).await, Vec::new());
        let taken = due(store, 5).await;
        assert_eq!(keys(&taken), ["w", "v"]);
        assert_eq!(taken[0].body, b"{\"verdict\":\"abort\"}");
        assert_eq!((taken[0].run, taken[0].tenant.as_str()), (id(1), "shop"));
        // Somebody works on them; if it crashed, they come again.
        assert_eq!(due(store, 6).await, Vec::new());
        assert_eq!(keys(&due(store, 65).await), ["v", "w"]);
        let (argo, hook) = (taken[0].id, taken[1].id);
        store.attempted(argo, attempt(66, "answered 200"), Next::Delivered).await.expect("kept");
        let failed = attempt(67, "answered 503");
        store.attempted(hook, failed.clone(), Next::RetryAt(at(90))).await.expect("kept");
        assert_eq!(due(store, 89).await, Vec::new());
        let again = due(store, 90).await;
        assert_eq!(keys(&again), ["v"]);
        assert_eq!(again[0].attempts, [failed]);
        // A late failure of another attempt does not undo a delivery.
        store.attempted(argo, attempt(91, "timed out"), Next::RetryAt(at(91))).await.expect("kept");
        assert_eq!(due(store, 95).await, Vec::new());
        let all = store.deliveries(id(1)).await.expect("deliveries");
        assert_eq!(all[1].state, DeliveryState::Delivered);
        assert_eq!(all[1].attempts.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_waits_for_somebody() {
    on_each(async |store| {
        fill(store).await;
        let taken = due(store, 5).await;
        for delivery in &taken {
            store
                .attempted(delivery.id, attempt(6, "answered 410"), Next::Dead)
                .await
                .expect("kept");
        }
        assert_eq!(due(store, 10_000).await, Vec::new());
        let dead = store.dead(None, 10).await.expect("dead letters");
        assert_eq!(keys(&dead), ["w", "v"]);
        assert_eq!(dead[0].state, DeliveryState::Dead);
        assert_eq!(store.dead(None, 1).await.expect("dead letters").len(), 1);
        let of = async |tenant: &str| store.dead(Some(tenant.to_owned()), 10).await;
        assert_eq!(of("shop").await.expect("dead letters").len(), 2);
        assert_eq!(of("bank").await.expect("dead letters"), Vec::new());
        store.redeliver(dead[0].id, at(20_000)).await.expect("due again");
        assert_eq!(keys(&due(store, 20_000).await), ["w"]);
        assert_eq!(store.dead(None, 10).await.expect("dead letters").len(), 1);
        // What was delivered may be sent again too.
        store
            .attempted(dead[0].id, attempt(1, "answered 200"), Next::Delivered)
            .await
            .expect("kept");
        store.redeliver(dead[0].id, at(30_000)).await.expect("due again");
        assert_eq!(keys(&due(store, 30_000).await), ["w"]);
        let unknown = DeliveryId(999);
        let refused = store.redeliver(unknown, at(0)).await;
        assert!(matches!(refused, Err(StoreError::Unknown { .. })), "{refused:?}");
        let refused = store.attempted(unknown, attempt(0, "?"), Next::Dead).await;
        assert!(matches!(refused, Err(StoreError::Unknown { .. })), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_target_gets_a_key_once() {
    on_each(async |store| {
        let token = create(store, 1).await;
        let first = vec![delivery("hook", "p0", 1), delivery("hook", "p0", 9)];
        store.enqueue(id(1), token, first).await.expect("queued");
        let again = vec![delivery("hook", "p0", 2), delivery("argo", "p0", 2)];
        store.enqueue(id(1), token, again).await.expect("queued");
        let all = store.deliveries(id(1)).await.expect("deliveries");
        let due: Vec<_> = all.iter().map(|it| (it.target.as_str(), it.state)).collect();
        let expected = [("hook", DeliveryState::Due(at(1))), ("argo", DeliveryState::Due(at(2)))];
        assert_eq!(due, expected);
        assert_eq!(store.due(at(5), at(6), 1).await.expect("deliveries").len(), 1);
    })
    .await;
}
