//! Targets probed side by side, each one or more times.
//!
//! A target that refuses, hangs or answers rubbish is a failed probe: that is the finding. Only
//! what would be wrong whoever answered, such as an address that is no URL, is a fault.

use std::time::Duration;

use assay_outbound::address::Address;
use assay_outbound::client::{Reply, Request};
use assay_outbound::failure::Failure;
use assay_outbound::header;
use assay_outbound::mask::Mask;
use assay_run::reading::{Answer, Fault, FaultKind, Health, ProbeFailure, Reading};
use assay_template::duration;
use assay_template::json;
use assay_template::plan::{Authentication, HealthExpectation, HealthQuery, HealthTarget, Method};
use futures_util::StreamExt as _;
use futures_util::stream;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::auth::{Route, Session, Shared};
use crate::limits::cut;
use crate::sources::within;

/// Bytes of an unexpected value that are shown.
const SHOWN_BYTES_MAX: usize = 100;

/// Probes every target once or more.
pub(crate) async fn measure(
    shared: &Shared,
    query: &HealthQuery,
    asked: Timestamp,
    mask: &Mask,
) -> Result<Answer, Fault> {
    let probes =
        query.targets.iter().map(|target| probe_target(shared, query, target, asked, mask));
    // Collected first: a stream of a borrowing closure is not `Send`, and a task has to be.
    let probes: Vec<_> = probes.collect();
    // `buffered` keeps the order of the targets, whoever answers first.
    let mut probes = stream::iter(probes).buffered(shared.limits().probes_in_flight_max.max(1));
    let mut health = Health { passed: 0, failures: Vec::new(), latencies_seconds: Vec::new() };
    while let Some(probed) = probes.next().await {
        for (target, probe) in probed.map_err(|failure| failure.fault(""))? {
            health.latencies_seconds.extend(probe.latency.map(|latency| latency.as_secs_f64()));
            match probe.wrong {
                None => health.passed += 1,
                Some(why) => health.failures.push(ProbeFailure { target: target.clone(), why }),
            }
        }
    }
    Ok(Answer::of(Reading::Health(health)))
}

/// What came of one probe.
struct Probe {
    /// Until the answer was complete; none if there was none.
    latency: Option<Duration>,
    /// What was not as expected, as a clause.
    wrong: Option<String>,
}

async fn probe_target<'a>(
    shared: &Shared,
    query: &HealthQuery,
    target: &'a HealthTarget,
    asked: Timestamp,
    mask: &Mask,
) -> Result<Vec<(&'a String, Probe)>, Failure> {
    let address = Address::read(&target.url, mask)?;
    let headers = header::read(&query.headers, mask)?;
    let method = match query.method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    };
    if matches!(query.authentication, Authentication::SigV4 { .. }) {
        let message = "`sigv4` is only for Amazon Managed Prometheus, not for `health`";
        return Err(Failure::misconfigured(message));
    }
    // A connection that was open before says nothing about whether new ones are taken.
    let route = Route { tls: &query.tls, insecure: query.insecure, reused: false };
    let session = shared.open(&address, &route, &query.authentication, asked, mask).await?;
    // Before the first probe: a token endpoint that hangs is not the target's fault, and the time it
    // takes is not the target's latency.
    let late = |_| Failure::whole(FaultKind::TimedOut, late_login(query.timeout));
    tokio::time::timeout(query.timeout, session.log_in()).await.map_err(late)??;
    let request = Request { method, url: address.url, headers, body: Vec::new() };
    let mut probes = Vec::new();
    for _ in 0..query.probes.max(1) {
        probes.push((&target.name, probe(&session, query, &request).await?));
    }
    Ok(probes)
}

async fn probe(
    session: &Session<'_>,
    query: &HealthQuery,
    request: &Request,
) -> Result<Probe, Failure> {
    let start = Instant::now();
    match within(query.timeout, session.exchange(request)).await {
        Ok(reply) => {
            let latency = start.elapsed();
            Ok(Probe { latency: Some(latency), wrong: find_wrong(&reply, latency, &query.expect) })
        }
        // A token endpoint that is down makes us blind; it says nothing about the target.
        Err(failure) if failure.is_elsewhere() => Err(failure),
        Err(failure) => Ok(Probe { latency: None, wrong: Some(failure.clause) }),
    }
}

fn late_login(timeout: Duration) -> String {
    let timeout = duration::format_unsigned(timeout);
    format!("oauth2: cannot fetch token: there was no answer within {timeout}")
}

/// The first thing that is not as expected, as a clause.
pub(crate) fn find_wrong(
    reply: &Reply,
    latency: Duration,
    expect: &HealthExpectation,
) -> Option<String> {
    let HealthExpectation { statuses, body, body_contains, json, latency_max } = expect;
    if !statuses.iter().any(|range| range.contains(&reply.status)) {
        return Some(format!("answered {}", reply.status));
    }
    let text = String::from_utf8_lossy(&reply.body);
    if let Some(wanted) = body
        && text.trim() != wanted.reveal().trim()
    {
        return Some(format!("answered with a body that is not `{wanted}`"));
    }
    if let Some(wanted) = body_contains
        && !text.contains(wanted.reveal())
    {
        return Some(format!("answered with a body that does not contain `{wanted}`"));
    }
    if let Some((path, wanted)) = json {
        let Ok(root) = json::parse(&reply.body) else {
            return Some(String::from("answered with a body that is not JSON"));
        };
        let Ok(found) = path.first(&root) else {
            return Some(format!("answered without a match of `{}`", path.text()));
        };
        if found != *wanted {
            let found = cut(&found.to_string(), SHOWN_BYTES_MAX);
            return Some(format!("answered {found} at `{}`, not {wanted}", path.text()));
        }
    }
    let limit = (*latency_max)?;
    (limit < latency).then(|| {
        let (took, limit) = (duration::format_unsigned(latency), duration::format_unsigned(limit));
        format!("took {took}, longer than {limit}")
    })
}
