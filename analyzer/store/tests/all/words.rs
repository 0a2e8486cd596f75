//! Short words for what the tests put into a store.

use std::collections::BTreeMap;

use assay_run::reading::{Answer, Reading};
use assay_run::state::Phase;
use assay_run::step::{Event, Ticket};
use assay_run::verdict::Decision;
use assay_store::delivery::NewDelivery;
use assay_store::lease::{Lease, Replica, Token};
use assay_store::record::{
    Batch, Conclusion, NewRun, Override, RolloutRef, RunId, SourceText, VerdictRecord,
};
use assay_store::store::Store;
use assay_template::plan::Mode;
use jiff::Timestamp;

/// Seconds after a fixed day.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_600_000 + seconds).expect("a time")
}

pub(crate) fn id(number: u64) -> RunId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    RunId::new(at(0), random)
}

/// Run `number`, without a key.
pub(crate) fn new_run(number: u64) -> NewRun {
    NewRun {
        id: id(number),
        key: None,
        tenant: String::from("shop"),
        template: String::from("success-rate"),
        sources: vec![SourceText {
            name: String::from("success-rate.yaml"),
            text: String::from("kind: AnalysisTemplate"),
        }],
        args: BTreeMap::new(),
        mode: Mode::Strict,
        rollout: Some(RolloutRef {
            controller: String::from("argo-rollouts"),
            namespace: String::from("prod"),
            name: String::from("checkout"),
            revision: String::from("7"),
            step: Some(2),
        }),
        labels: BTreeMap::from([(String::from("team"), String::from("payments"))]),
        created_at: at(i64::try_from(number).expect("a small number")),
    }
}

/// The replica's lease from `now` for ten seconds.
pub(crate) fn lease(replica: &str, now: i64) -> Lease {
    Lease { replica: Replica(replica.to_owned()), now: at(now), until: at(now + 10) }
}

pub(crate) fn started() -> Event {
    Event::Started { at: at(0) }
}

/// Measurement `number` of the first metric.
pub(crate) fn measured(number: u32) -> Event {
    let answer = Ok(Answer::of(Reading::Vector(vec![f64::from(number) / 7.0])));
    Event::Measured { at: at(i64::from(number)), ticket: Ticket { metric: 0, number }, answer }
}

pub(crate) fn batch(run: u64, token: Token, first: u64, events: &[Event]) -> Batch {
    Batch { run: id(run), token, first, events: events.to_vec() }
}

pub(crate) fn verdict(decision: Decision, seconds: i64) -> VerdictRecord {
    let phase = match decision {
        Decision::Promote => Phase::Successful,
        Decision::Abort => Phase::Failed,
        Decision::Hold => Phase::Inconclusive,
    };
    let document = format!("{{\"verdict\":\"{}\"}}", decision.as_str());
    VerdictRecord { decision, phase, at: at(seconds), document }
}

pub(crate) fn conclusion(run: u64, token: Token, next: u64, decision: Decision) -> Conclusion {
    Conclusion {
        batch: batch(run, token, next, &[]),
        verdict: verdict(decision, 100),
        deliveries: Vec::new(),
    }
}

pub(crate) fn decided(decision: Decision, by: &str) -> Override {
    Override { decision, by: by.to_owned(), reason: String::from("we looked"), at: at(200) }
}

pub(crate) fn delivery(target: &str, key: &str, due: i64) -> NewDelivery {
    NewDelivery {
        target: target.to_owned(),
        key: key.to_owned(),
        body: b"{\"verdict\":\"abort\"}".to_vec(),
        due_at: at(due),
    }
}

/// Creates the run for replica `a`.
pub(crate) async fn create(store: &dyn Store, run: u64) -> Token {
    let created = store.create(new_run(run), Some(lease("a", 0))).await.expect("a run");
    created.token.expect("a token")
}

/// Appends to one run.
pub(crate) async fn append(
    store: &dyn Store,
    batch: Batch,
) -> Result<(), assay_store::error::StoreError> {
    store.append(vec![batch]).await.expect("the store works").remove(0)
}
