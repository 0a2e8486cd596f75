//! A run from its request to its verdict, and what is refused on the way.

use std::collections::BTreeMap;

use assay_run::state::Phase;
use assay_run::verdict::Decision;
use assay_store::error::StoreError;
use assay_store::record::{ArgValue, ContentHash, NewRun, Snapshot};
use assay_store::store::Store;

use crate::backends::on_each;
use crate::words::*;

fn with_key(number: u64, key: &str) -> NewRun {
    NewRun { key: Some(key.to_owned()), ..new_run(number) }
}

#[tokio::test]
async fn a_run_is_kept_as_it_was_accepted() {
    on_each(async |store| {
        let mut run = with_key(1, "deploy-7");
        run.args = BTreeMap::from([
            (String::from("service"), ArgValue::Text(String::from("checkout"))),
            (String::from("token"), ArgValue::Masked),
            (
                String::from("password"),
                ArgValue::SecretRef { secret: String::from("prom"), key: String::from("pw") },
            ),
        ]);
        store.create(run.clone(), None).await.expect("a run");
        let view = store.run(id(1)).await.expect("an answer").expect("the run");
        assert_eq!(view.record, run.record());
        assert_eq!(view.phase, Phase::Pending);
        assert_eq!((view.verdict, view.overrides), (None, Vec::new()));
        let hash = view.record.sources[0].hash;
        let text = store.text(hash).await.expect("an answer");
        assert_eq!(text.as_deref(), Some("kind: AnalysisTemplate"));
        assert_eq!(store.run(id(2)).await.expect("an answer"), None);
        assert_eq!(store.text(ContentHash::of("?")).await.expect("an answer"), None);
    })
    .await;
}

#[tokio::test]
async fn the_same_request_makes_the_same_run() {
    on_each(async |store| {
        let first = store.create(with_key(1, "k"), Some(lease("a", 0))).await.expect("a run");
        assert!(first.fresh);
        // Another id and a later time, but the same request.
        let again = store.create(with_key(2, "k"), Some(lease("a", 0))).await.expect("a run");
        assert!(!again.fresh);
        assert_eq!((again.record.id, again.token), (id(1), None));
        let other = NewRun { template: String::from("latency"), ..with_key(3, "k") };
        let refused = store.create(other, None).await.expect_err("a conflict");
        assert!(matches!(refused, StoreError::Conflict { run, .. } if run == id(1)), "{refused}");
        // Keys belong to a tenant.
        let elsewhere = NewRun { tenant: String::from("bank"), ..with_key(4, "k") };
        assert!(store.create(elsewhere, None).await.expect("a run").fresh);
        // Without a key every request is one of its own, and an id is taken once.
        assert!(store.create(new_run(5), None).await.expect("a run").fresh);
        let refused = store.create(new_run(5), None).await.expect_err("a refusal");
        assert!(matches!(refused, StoreError::Exists { .. }), "{refused}");
        // After its verdict the request still has the answer of then.
        let token = first.token.expect("a token");
        store.conclude(conclusion(1, token, 0, Decision::Hold)).await.expect("a verdict");
        let after = store.create(with_key(6, "k"), None).await.expect("a run");
        assert_eq!((after.fresh, after.record.id), (false, id(1)));
    })
    .await;
}

#[tokio::test]
async fn events_come_back_as_they_went_in() {
    on_each(async |store| {
        let token = create(store, 1).await;
        let events: Vec<_> = [started()].into_iter().chain((0..200).map(measured)).collect();
        let mut first = 0;
        for part in [1, 1, 0, 3, 50, 100, 46] {
            let end = first + part;
            let some = &events[usize::try_from(first).unwrap()..usize::try_from(end).unwrap()];
            append(store, batch(1, token, first, some)).await.expect("appended");
            first = end;
        }
        assert_eq!(first, 201);
        let view = store.run(id(1)).await.expect("an answer").expect("the run");
        assert_eq!(view.phase, Phase::Running);
        for (from, limit) in [(0, 1_000), (0, 5), (37, 100), (199, 10), (201, 10), (500, 10)] {
            let part = store.events(id(1), from, limit).await.expect("events");
            let start = usize::try_from(from).unwrap().min(events.len());
            let end = (start + limit).min(events.len());
            assert_eq!(part.events, events[start..end], "{limit} from {from}");
            assert_eq!((part.first, part.total), (from, 201));
        }
        store.conclude(conclusion(1, token, 201, Decision::Promote)).await.expect("a verdict");
        let all = store.events(id(1), 0, 1_000).await.expect("events");
        assert_eq!(all.events, events);
    })
    .await;
}

async fn refusal(store: &dyn Store, run: u64, token: u64, first: u64) -> String {
    let token = assay_store::lease::Token(token);
    let refused = append(store, batch(run, token, first, &[measured(0)])).await;
    let refused = refused.expect_err("a refusal");
    assert!(refused.is_refusal());
    refused.to_string().replace(&id(run).to_string(), "R")
}

#[tokio::test]
async fn what_does_not_fit_is_refused_alone() {
    on_each(async |store| {
        let token = create(store, 1).await;
        append(store, batch(1, token, 0, &[started()])).await.expect("appended");
        let right = token.0;
        for (run, token, first, says) in [
            (1, right, 0, "the next event of run R is number 1, not 0"),
            (1, right, 2, "the next event of run R is number 1, not 2"),
            (9, right, 0, "there is no run R"),
        ] {
            assert_eq!(refusal(store, run, token, first).await, says);
        }
        let stale = refusal(store, 1, right - 1, 1).await;
        let says =
            format!("run R was taken over: token {} is stale, {right} is in force", right - 1);
        assert_eq!(stale, says);
        // One commit, one batch that fits between two that do not.
        let batches = vec![
            batch(1, token, 5, &[measured(0)]),
            batch(1, token, 1, &[measured(0)]),
            batch(9, token, 0, &[measured(0)]),
        ];
        let answers = store.append(batches).await.expect("the store works");
        let done: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(done, [false, true, false]);
        assert_eq!(store.events(id(1), 0, 10).await.expect("events").total, 2);
        let unknown = store.events(id(9), 0, 10).await.expect_err("a refusal");
        assert!(matches!(unknown, StoreError::Unknown { .. }), "{unknown}");
    })
    .await;
}

#[tokio::test]
async fn a_run_has_one_verdict() {
    on_each(async |store| {
        let token = create(store, 1).await;
        let mut end = conclusion(1, token, 0, Decision::Abort);
        end.batch.events = vec![started(), measured(0)];
        store.conclude(end.clone()).await.expect("a verdict");
        let again = store.conclude(end).await.expect_err("a refusal");
        assert!(matches!(again, StoreError::Concluded { .. }), "{again}");
        let other = conclusion(1, token, 2, Decision::Promote);
        let other = store.conclude(other).await.expect_err("a refusal");
        assert!(matches!(other, StoreError::Concluded { .. }), "{other}");
        let late = append(store, batch(1, token, 2, &[measured(1)])).await;
        assert!(matches!(late, Err(StoreError::Concluded { .. })), "{late:?}");
        let late = store.enqueue(id(1), token, vec![delivery("hook", "p", 0)]).await;
        assert!(matches!(late, Err(StoreError::Concluded { .. })), "{late:?}");
        let view = store.run(id(1)).await.expect("an answer").expect("the run");
        assert_eq!(view.phase, Phase::Failed);
        assert_eq!(view.verdict, Some((verdict(Decision::Abort, 100), token)));
        assert_eq!(store.events(id(1), 0, 10).await.expect("events").total, 2);
        assert_eq!(store.claim(lease("b", 1_000), 10).await.expect("an answer"), Vec::new());
    })
    .await;
}

#[tokio::test]
async fn a_conclusion_that_does_not_fit_leaves_nothing() {
    on_each(async |store| {
        let token = create(store, 1).await;
        let mut gap = conclusion(1, token, 3, Decision::Promote);
        gap.batch.events = vec![measured(0)];
        gap.deliveries = vec![delivery("hook", "v", 0)];
        store.conclude(gap).await.expect_err("a refusal");
        let view = store.run(id(1)).await.expect("an answer").expect("the run");
        assert_eq!((view.phase, view.verdict), (Phase::Pending, None));
        assert_eq!(store.deliveries(id(1)).await.expect("an answer"), Vec::new());
        assert_eq!(store.due(at(10), at(20), 10).await.expect("an answer"), Vec::new());
    })
    .await;
}

#[tokio::test]
async fn what_people_decide_is_kept_beside_the_verdict() {
    on_each(async |store| {
        let token = create(store, 1).await;
        let first = decided(Decision::Abort, "ann");
        store.overrule(id(1), first.clone(), Vec::new()).await.expect("kept");
        store.conclude(conclusion(1, token, 0, Decision::Hold)).await.expect("a verdict");
        let second = decided(Decision::Promote, "bob");
        let told = vec![delivery("hook", "o", 200)];
        store.overrule(id(1), second.clone(), told).await.expect("kept");
        let view = store.run(id(1)).await.expect("an answer").expect("the run");
        assert_eq!(view.overrides, [first, second]);
        assert_eq!(view.verdict, Some((verdict(Decision::Hold, 100), token)));
        assert_eq!(store.deliveries(id(1)).await.expect("an answer").len(), 1);
        let nobody = decided(Decision::Promote, "eve");
        let nobody = store.overrule(id(7), nobody, Vec::new()).await;
        assert!(matches!(nobody, Err(StoreError::Unknown { .. })), "{nobody:?}");
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_stands_for_the_events_before_it() {
    on_each(async |store| {
        let token = create(store, 1).await;
        let events: Vec<_> = (0..100).map(measured).collect();
        append(store, batch(1, token, 0, &events)).await.expect("appended");
        let snapshot = |events| Snapshot { events, state: vec![7; 3] };
        let early = store.snapshot(id(1), token, snapshot(101)).await.expect_err("a refusal");
        assert!(matches!(early, StoreError::OutOfOrder { expected: 100, .. }), "{early}");
        store.snapshot(id(1), token, snapshot(10)).await.expect("kept");
        store.snapshot(id(1), token, snapshot(98)).await.expect("kept");
        let claimed = store.claim(lease("b", 100), 10).await.expect("runs");
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].snapshot, Some(snapshot(98)));
        assert_eq!(claimed[0].events, events[98..]);
        assert_eq!((claimed[0].next, &claimed[0].record), (100, &new_run(1).record()));
        // All events are still there to be read.
        assert_eq!(store.events(id(1), 0, 200).await.expect("events").events, events);
        let stale = store.snapshot(id(1), token, snapshot(99)).await.expect_err("a refusal");
        assert!(matches!(stale, StoreError::Stale { .. }), "{stale}");
    })
    .await;
}
