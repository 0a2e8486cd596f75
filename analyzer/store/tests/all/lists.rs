//! Finding runs, and forgetting them.

use assay_run::state::Phase;
use assay_run::verdict::Decision;
use assay_store::delivery::{Attempt, Next};
use assay_store::query::{Cursor, Filter, InvalidCursor};
use assay_store::record::{NewRun, RunId, SourceText};
use assay_store::store::Store;

use crate::backends::on_each;
use crate::words::*;

async fn found(store: &dyn Store, filter: Filter) -> Vec<RunId> {
    let page = store.list(filter, None, 100).await.expect("a page");
    assert_eq!(page.next, None);
    page.runs.into_iter().map(|run| run.record.id).collect()
}

/// Runs 1 to 4: promoted, aborted, running (of another template), pending (of another tenant).
async fn fill(store: &dyn Store) {
    for (run, decision) in [(1, Decision::Promote), (2, Decision::Abort)] {
        let token = create(store, run).await;
        store.conclude(conclusion(run, token, 0, decision)).await.expect("a verdict");
    }
    let third = NewRun { template: String::from("latency"), rollout: None, ..new_run(3) };
    let third = store.create(third, Some(lease("a", 0))).await.expect("a run");
    let token = third.token.expect("a token");
    append(store, batch(3, token, 0, &[started()])).await.expect("appended");
    let mut fourth = NewRun { tenant: String::from("bank"), ..new_run(4) };
    fourth.rollout.as_mut().expect("a rollout").namespace = String::from("test");
    store.create(fourth, None).await.expect("a run");
}

#[tokio::test]
async fn filters_combine() {
    on_each(async |store| {
        fill(store).await;
        let text = |text: &str| Some(text.to_owned());
        let none = Filter::default();
        let rows: &[(Filter, &[u64])] = &[
            (none.clone(), &[4, 3, 2, 1]),
            (Filter { tenant: text("shop"), ..none.clone() }, &[3, 2, 1]),
            (Filter { tenant: text("nobody"), ..none.clone() }, &[]),
            (Filter { phase: Some(Phase::Running), ..none.clone() }, &[3]),
            (Filter { phase: Some(Phase::Pending), ..none.clone() }, &[4]),
            (Filter { phase: Some(Phase::Failed), ..none.clone() }, &[2]),
            (Filter { decision: Some(Decision::Promote), ..none.clone() }, &[1]),
            (Filter { decision: Some(Decision::Hold), ..none.clone() }, &[]),
            (Filter { template: text("latency"), ..none.clone() }, &[3]),
            (Filter { since: Some(at(3)), ..none.clone() }, &[4, 3]),
            (Filter { rollout: text("prod").zip(text("checkout")), ..none.clone() }, &[2, 1]),
            (
                Filter {
                    tenant: text("shop"),
                    decision: Some(Decision::Abort),
                    since: Some(at(2)),
                    ..none
                },
                &[2],
            ),
        ];
        for (filter, expected) in rows {
            let expected: Vec<RunId> = expected.iter().copied().map(id).collect();
            assert_eq!(found(store, filter.clone()).await, expected, "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_stay_as_they_were_while_runs_come() {
    on_each(async |store| {
        for run in 1..=7 {
            create(store, run).await;
        }
        let mut seen = Vec::new();
        let mut after = None;
        for page in 0..4 {
            let answer = store.list(Filter::default(), after, 2).await.expect("a page");
            seen.extend(answer.runs.into_iter().map(|run| run.record.id));
            after = answer.next.map(|cursor| {
                let text = cursor.to_string();
                text.parse().expect("a cursor reads what it prints")
            });
            assert_eq!(after.is_none(), page == 3);
            create(store, 100 + page).await;
        }
        let expected: Vec<RunId> = (1..=7).rev().map(id).collect();
        assert_eq!(seen, expected);
    })
    .await;
}

#[test]
fn a_cursor_is_not_any_text() {
    for text in ["", "c", "7", "c-1", "c+1", "c1 ", "c99999999999999999999"] {
        let refused: Result<Cursor, InvalidCursor> = text.parse();
        assert!(refused.is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn only_old_verdicts_are_forgotten() {
    on_each(async |store| {
        let old = NewRun {
            sources: vec![SourceText { name: String::from("t"), text: String::from("old") }],
            ..new_run(1)
        };
        let hash = old.record().sources[0].hash;
        let created = store.create(old, Some(lease("a", 0))).await.expect("a run");
        let token = created.token.expect("a token");
        let mut end = conclusion(1, token, 0, Decision::Promote);
        end.batch.events = (0..100).map(measured).collect();
        end.deliveries = vec![delivery("hook", "v1", 0)];
        store.conclude(end).await.expect("a verdict");
        let token = create(store, 2).await;
        let mut end = conclusion(2, token, 0, Decision::Promote);
        end.verdict.at = at(1_000);
        store.conclude(end).await.expect("a verdict");
        create(store, 3).await;
        // The delivery is still due, so the run stays.
        assert_eq!(store.prune(at(500), 10).await.expect("pruned"), 0);
        let sent = store.deliveries(id(1)).await.expect("deliveries").remove(0);
        let attempt = Attempt { at: at(1), outcome: String::from("answered 200") };
        store.attempted(sent.id, attempt, Next::Delivered).await.expect("kept");
        assert_eq!(store.prune(at(100), 10).await.expect("pruned"), 0);
        assert_eq!(store.prune(at(500), 0).await.expect("pruned"), 0);
        assert_eq!(store.prune(at(500), 10).await.expect("pruned"), 1);
        assert_eq!(store.run(id(1)).await.expect("an answer"), None);
        assert_eq!(store.text(hash).await.expect("an answer"), None);
        assert_eq!(store.deliveries(id(1)).await.expect("an answer"), Vec::new());
        assert_eq!(found(store, Filter::default()).await, [id(3), id(2)]);
        // A live run is never old.
        assert_eq!(store.prune(at(1_000_000), 10).await.expect("pruned"), 1);
        assert_eq!(found(store, Filter::default()).await, [id(3)]);
        let text = store.text(new_run(3).record().sources[0].hash).await.expect("an answer");
        assert!(text.is_some());
        // Places in the list are never given away again.
        create(store, 1).await;
        assert_eq!(found(store, Filter::default()).await, [id(1), id(3)]);
        assert_eq!(store.events(id(1), 0, 10).await.expect("events").total, 0);
    })
    .await;
}
