//! Tests of real sending, against local servers that misbehave as targets do.

mod reach;
mod sending;
mod server;
mod standard_webhooks;
mod tls;

use std::time::Duration;

use assay_outbound::reach::Reach;
use assay_template::plan::Tls;
use assay_template::secret::Secret;
use jiff::Timestamp;

use crate::deliverer::{Attempt, Deliverer, DelivererSettings, Report};
use crate::policy::gate::TargetLimits;
use crate::target::{Target, TargetSettings};
use crate::webhook::MessageId;

/// The key of all targets.
pub(crate) const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A target there, with everything else ordinary.
pub(crate) fn settings(url: &str) -> TargetSettings {
    TargetSettings {
        name: String::from("hooks"),
        url: Secret::new(url.to_owned()),
        keys: vec![Secret::new(KEY.to_owned())],
        authorization: None,
        headers: Vec::new(),
        timeout: Duration::from_secs(15),
        tls: Tls::default(),
        limits: TargetLimits::default(),
    }
}

/// A deliverer that reaches this machine.
fn deliverer() -> Deliverer {
    let reach = Reach::Only { allowed: vec!["127.0.0.1".parse().unwrap()] };
    Deliverer::new(DelivererSettings { reach, ..DelivererSettings::default() })
}

fn at() -> Timestamp {
    "2026-01-05T10:05:00Z".parse().unwrap()
}

fn id() -> MessageId {
    MessageId::try_from("run-1_verdict").unwrap()
}

const BODY: &[u8] = br#"{"type":"assay.verdict"}"#;

/// The first attempt at a small message.
async fn attempt(deliverer: &Deliverer, settings: &TargetSettings) -> Report {
    let target = Target::new(settings).unwrap();
    deliverer.deliver(&target, Attempt { id: &id(), body: BODY, number: 1, at: at() }).await
}

/// What is told of an attempt, in one line.
fn describe(report: &Report) -> String {
    format!("{:?}: {report} [{}]", report.outcome, report.excerpt)
}
