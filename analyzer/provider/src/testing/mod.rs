//! Tests of the real client against a local server that misbehaves as sources do.

mod answer;
mod auth;
mod health;
mod prometheus;
mod scrape;
mod secrets;
mod server;
mod tls;
mod web;

use std::time::Duration;

use assay_promql::Dialect;
use assay_run::reading::{Answer, Fault};
use assay_template::plan::Consequence;
use assay_template::plan::{
    Authentication, Criterion, Limits, MetricPlan, OnNoData, PrometheusQuery, Query, Tls,
};
use assay_template::secret::{Resolved, Secret, Secrets};
use jiff::Timestamp;

use self::server::Server;
use crate::sources::{SourceSettings, Sources};

/// The time all tests ask at.
fn asked() -> Timestamp {
    "2026-01-05T10:00:00.25Z".parse().unwrap()
}

fn sources() -> Sources {
    Sources::new(SourceSettings::default()).unwrap()
}

fn metric(query: Query) -> MetricPlan {
    MetricPlan {
        name: "m".to_owned(),
        interval: None,
        initial_delay: Duration::ZERO,
        count: Some(1),
        limits: Limits::default(),
        criterion: Criterion::Conditions { success: None, failure: None },
        query,
        dry_run: false,
        retention: 10,
        on_no_data: OnNoData::Hold,
        on_error: Consequence::Hold,
        on_inconclusive: Consequence::Hold,
    }
}

fn prometheus_query(address: &str) -> PrometheusQuery {
    PrometheusQuery {
        address: Some(Resolved::plain(address)),
        query: Resolved::plain("up"),
        promql: Ok(Secret::new(assay_promql::Query::parse("up", Dialect::default()).unwrap())),
        timeout: Duration::from_secs(30),
        insecure: false,
        headers: vec![],
        range: None,
        authentication: Authentication::None,
        tls: Tls::default(),
    }
}

async fn ask(sources: &Sources, query: PrometheusQuery) -> Result<Answer, Fault> {
    sources.measure(&metric(Query::Prometheus(query)), asked(), &Secrets::default()).await
}

/// The outcome in one line, with the address of `server` as HOST.
fn describe(outcome: &Result<Answer, Fault>, server: Option<&Server>) -> String {
    let text = match outcome {
        Ok(answer) if answer.warnings.is_empty() => format!("{:?}", answer.reading),
        Ok(answer) => format!("{:?} warns {:?}", answer.reading, answer.warnings),
        Err(fault) => format!("{:?}: {}", fault.kind, fault.message),
    };
    match server {
        Some(server) => text.replace(&server.address().to_string(), "HOST"),
        None => text,
    }
}
