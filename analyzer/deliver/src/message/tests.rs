//! Every event in both forms, as a target gets it.

use std::time::Duration;

use assay_run::state::{Outcome, Tally};
use assay_run::verdict::{Cause, MetricReason};
use expect_test::{Expect, expect};

use super::*;

/// The verdict that the tests tell of.
pub(crate) fn verdict() -> Message {
    Message {
        run: String::from("0190b6e8-1111-7abc-8def-0123456789ab"),
        template: String::from("success-rate"),
        rollout: Some(Rollout {
            controller: String::from("argo-rollouts"),
            namespace: String::from("shop"),
            name: String::from("checkout"),
            revision: String::from("7"),
            step: Some(2),
        }),
        at: "2026-01-05T10:05:00Z".parse().unwrap(),
        started_at: Some("2026-01-05T10:00:00Z".parse().unwrap()),
        links: Links { page: Some(String::from("https://assay.example/runs/0190b6e8")), api: None },
        fencing_token: 3,
        event: Event::Verdict {
            decision: Decision::Abort,
            phase: Phase::Failed,
            sentence: String::from("Metric `errors` was 0.12 where less than 0.05 is good."),
            message: String::from(
                "metric \"errors\" assessed Failed due to failed (1) > failureLimit (0)",
            ),
            reason: Box::new(Reason {
                cause: Cause::Bad,
                metric: Some(MetricReason {
                    name: String::from("errors"),
                    outcome: Outcome::Failed,
                    value: String::from("0.12"),
                    condition: String::from("result < 0.05"),
                    query: String::from("sum(rate(errors[1m]))"),
                    tally: Tally::default(),
                    missing: String::new(),
                }),
                change: String::from("a value below 0.05"),
                window: Duration::from_secs(300),
                metrics: 2,
                measurements: 11,
                blind: 1,
            }),
        },
    }
}

fn progress() -> Message {
    let event = Event::Progress {
        number: 4,
        phase: Phase::Running,
        sentence: String::from("4 of 10 measurements are taken, all of them good."),
    };
    Message { event, rollout: None, links: Links::default(), ..verdict() }
}

fn overruled() -> Message {
    let event = Event::Override {
        number: 1,
        decision: Decision::Promote,
        by: String::from("ada@shop.example"),
        reason: String::from("the errors are those of a \"synthetic\" probe"),
        verdict: Some(Decision::Abort),
        phase: Phase::Failed,
    };
    Message { event, rollout: None, links: Links::default(), ..verdict() }
}

fn cloud() -> Form {
    Form::CloudEvents { source: String::from("https://assay.example") }
}

/// The message as it is sent, spread over lines, and its id.
fn check(message: &Message, form: &Form, expected: &Expect) {
    let Encoded { id, body } = message.encode(form).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let shown = serde_json::to_string_pretty(&json).unwrap();
    expected.assert_eq(&format!("{}: {}\n{shown}\n", id.as_str(), content_type(&body)));
}

#[test]
fn a_verdict_is_told() {
    check(
        &verdict(),
        &Form::Plain,
        &expect![[r#"
        0190b6e8-1111-7abc-8def-0123456789ab_verdict: application/json
        {
          "data": {
            "completedAt": "2026-01-05T10:05:00Z",
            "fencingToken": 3,
            "links": {
              "api": null,
              "page": "https://assay.example/runs/0190b6e8"
            },
            "message": "metric \"errors\" assessed Failed due to failed (1) > failureLimit (0)",
            "override": null,
            "phase": "Failed",
            "reason": {
              "blind": 1,
              "cause": "bad",
              "change": "a value below 0.05",
              "measurements": 11,
              "metric": {
                "condition": "result < 0.05",
                "missing": "",
                "name": "errors",
                "phase": "Failed",
                "query": "sum(rate(errors[1m]))",
                "value": "0.12"
              },
              "metrics": 2,
              "window": "5m0s"
            },
            "rollout": {
              "controller": "argo-rollouts",
              "name": "checkout",
              "namespace": "shop",
              "revision": "7",
              "step": 2
            },
            "run": "0190b6e8-1111-7abc-8def-0123456789ab",
            "sentence": "Metric `errors` was 0.12 where less than 0.05 is good.",
            "startedAt": "2026-01-05T10:00:00Z",
            "template": "success-rate",
            "verdict": "abort"
          },
          "timestamp": "2026-01-05T10:05:00Z",
          "type": "assay.verdict"
        }
    "#]],
    );
}

#[test]
fn progress_is_told_in_an_envelope() {
    check(
        &progress(),
        &cloud(),
        &expect![[r#"
        0190b6e8-1111-7abc-8def-0123456789ab_progress_4: application/cloudevents+json; charset=utf-8
        {
          "data": {
            "completedAt": null,
            "fencingToken": 3,
            "links": {
              "api": null,
              "page": null
            },
            "message": "",
            "override": null,
            "phase": "Running",
            "reason": null,
            "rollout": null,
            "run": "0190b6e8-1111-7abc-8def-0123456789ab",
            "sentence": "4 of 10 measurements are taken, all of them good.",
            "startedAt": "2026-01-05T10:00:00Z",
            "template": "success-rate",
            "verdict": null
          },
          "datacontenttype": "application/json",
          "id": "0190b6e8-1111-7abc-8def-0123456789ab_progress_4",
          "source": "https://assay.example",
          "specversion": "1.0",
          "subject": "0190b6e8-1111-7abc-8def-0123456789ab",
          "time": "2026-01-05T10:05:00Z",
          "type": "assay.progress"
        }
    "#]],
    );
}

#[test]
fn an_override_is_told() {
    check(
        &overruled(),
        &Form::Plain,
        &expect![[r#"
        0190b6e8-1111-7abc-8def-0123456789ab_override_1: application/json
        {
          "data": {
            "completedAt": null,
            "fencingToken": 3,
            "links": {
              "api": null,
              "page": null
            },
            "message": "",
            "override": {
              "by": "ada@shop.example",
              "decision": "promote",
              "number": 1,
              "reason": "the errors are those of a \"synthetic\" probe"
            },
            "phase": "Failed",
            "reason": null,
            "rollout": null,
            "run": "0190b6e8-1111-7abc-8def-0123456789ab",
            "sentence": "ada@shop.example decided to promote: the errors are those of a \"synthetic\" probe",
            "startedAt": "2026-01-05T10:00:00Z",
            "template": "success-rate",
            "verdict": "abort"
          },
          "timestamp": "2026-01-05T10:05:00Z",
          "type": "assay.override"
        }
    "#]],
    );
}

#[test]
fn every_message_fits_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for message in [verdict(), progress(), overruled()] {
        for form in [Form::Plain, cloud()] {
            let body = message.encode(&form).unwrap().body;
            let json = serde_json::from_slice(&body).unwrap();
            let errors: Vec<_> = validator.iter_errors(&json).map(|it| it.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new());
        }
    }
}

#[test]
fn a_message_stays_small_whatever_is_in_it() {
    for text in ["x", "\u{1}", "\"", "é", "🦀"] {
        let long = text.repeat(100_000);
        let mut message = verdict();
        message.template.clone_from(&long);
        let Event::Verdict { sentence, message: argo, reason, .. } = &mut message.event else {
            panic!("a verdict");
        };
        for text in [sentence, argo, &mut reason.change] {
            text.clone_from(&long);
        }
        let metric = reason.metric.as_mut().unwrap();
        for text in [
            &mut metric.name,
            &mut metric.value,
            &mut metric.condition,
            &mut metric.query,
            &mut metric.missing,
        ] {
            text.clone_from(&long);
        }
        let bytes = message.encode(&cloud()).unwrap().body.len();
        assert!(bytes < 20_000, "{bytes} bytes of {text:?}");
    }
}

#[test]
fn a_run_whose_id_no_message_can_have_is_refused() {
    let message = Message { run: String::from("a.b"), ..verdict() };
    assert!(matches!(message.encode(&Form::Plain), Err(EncodeError::Id(_))));
}
