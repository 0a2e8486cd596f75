//! The Prometheus HTTP API: instant and range queries.

pub(crate) mod answer;
pub(crate) mod samples;
mod series;
mod wire;

use std::time::Duration;

use assay_outbound::address::{Address, place};
use assay_outbound::client::{Reply, Request};
use assay_outbound::failure::Failure;
use assay_outbound::header;
use assay_outbound::mask::Mask;
use assay_run::compare::LookBack;
use assay_run::reading::{Answer, Fault, FaultKind};
use assay_template::condition::TimeExpression;
use assay_template::plan::{Authentication, PrometheusQuery, RangeQuery};
use assay_template::secret::Resolved;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use url::form_urlencoded::Serializer;

use crate::auth::{Route, Session, Shared};
use crate::sources::within;

/// Asks once.
pub(crate) async fn measure(
    shared: &Shared,
    query: &PrometheusQuery,
    asked: Timestamp,
    mask: &Mask,
) -> Result<Answer, Fault> {
    let window = match &query.range {
        None => Window::Instant(asked),
        Some(range) => Window::of(range, asked).map_err(|failure| failure.fault(""))?,
    };
    let (reply, place) = ask(shared, query, &window, asked, mask).await?;
    let answer = answer::read(reply.status, &reply.body, shared.limits());
    answer.map_err(|fault| placed(fault, &place))
}

/// Asks once for the samples of all series at all instants of a look back from `asked`.
///
/// Where the past is more than an answer may hold, the present has to do.
pub(crate) async fn look_back(
    shared: &Shared,
    query: &PrometheusQuery,
    asked: Timestamp,
    back: LookBack,
    mask: &Mask,
) -> Result<Answer, Fault> {
    let answer = samples_of(shared, query, asked, back, mask).await;
    match answer {
        Err(Fault { kind: FaultKind::TooLarge, message }) if !back.reach.is_zero() => {
            let now = LookBack { reach: Duration::ZERO, ..back };
            let mut answer = samples_of(shared, query, asked, now, mask).await?;
            answer.warnings.push(format!(
                "what was before the run is too much to be read, so its noise is learned on the way: \
                 {message}"
            ));
            Ok(answer)
        }
        Ok(_) | Err(_) => answer,
    }
}

async fn samples_of(
    shared: &Shared,
    query: &PrometheusQuery,
    asked: Timestamp,
    back: LookBack,
    mask: &Mask,
) -> Result<Answer, Fault> {
    let instants = samples::instants(back, asked);
    let start = instants.first().copied().unwrap_or(asked);
    let window = Window::Range { start, end: asked, step: back.every };
    let (reply, place) = ask(shared, query, &window, asked, mask).await?;
    let every = back.every.as_secs_f64();
    let answer = samples::read(reply.status, &reply.body, shared.limits(), instants, every);
    answer.map_err(|fault| placed(fault, &place))
}

/// The time or times that a query is evaluated at.
enum Window {
    Instant(Timestamp),
    Range { start: Timestamp, end: Timestamp, step: Duration },
}

impl Window {
    fn of(range: &RangeQuery, asked: Timestamp) -> Result<Self, Failure> {
        Ok(Self::Range {
            start: time(range.start.as_ref(), "start", asked)?,
            end: time(range.end.as_ref(), "end", asked)?,
            step: range.step,
        })
    }
}

/// Sends the query and answers the reply, and from where it came.
async fn ask(
    shared: &Shared,
    query: &PrometheusQuery,
    window: &Window,
    asked: Timestamp,
    mask: &Mask,
) -> Result<(Reply, String), Fault> {
    let address = address(shared, query).map_err(|failure| failure.fault(""))?;
    let place = place(&address);
    tracing::debug!(%place, "asking prometheus");
    let exchange = exchange(shared, query, &address, window, asked, mask);
    let reply = within(query.timeout, exchange).await.map_err(|failure| failure.fault(&place))?;
    Ok((reply, place))
}

/// The fault with the place where it came from.
fn placed(fault: Fault, place: &str) -> Fault {
    match fault.kind {
        // The words of an error are those of Argo Rollouts, which does not say where.
        FaultKind::Refused => fault,
        FaultKind::Unreadable
        | FaultKind::TooLarge
        | FaultKind::Unreachable
        | FaultKind::TimedOut
        | FaultKind::Misconfigured => {
            Fault { kind: fault.kind, message: format!("{place}: {}", fault.message) }
        }
    }
}

fn address(shared: &Shared, query: &PrometheusQuery) -> Result<Resolved, Failure> {
    let default = || shared.settings.prometheus_address.clone().map(Resolved::plain);
    let given = |address: &Resolved| !address.reveal().is_empty();
    query
        .address
        .clone()
        .filter(given)
        .or_else(|| default().filter(given))
        .ok_or_else(|| Failure::misconfigured("prometheus address is not configured"))
}

async fn exchange(
    shared: &Shared,
    query: &PrometheusQuery,
    address: &Resolved,
    window: &Window,
    asked: Timestamp,
    mask: &Mask,
) -> Result<Reply, Failure> {
    // Both messages about the address are those of Argo Rollouts.
    let has_host = url::Url::parse(address.reveal().trim()).is_ok_and(|url| url.has_host());
    if !has_host {
        return Err(Failure::misconfigured("prometheus address is not is url format"));
    }
    let base = Address::read(address, mask)?;
    let route = Route { tls: &query.tls, insecure: query.insecure, reused: true };
    let authentication = match &query.authentication {
        // Only Amazon's own addresses are signed for, as in Argo Rollouts.
        Authentication::SigV4 { .. } if !address.reveal().contains("aps-workspaces") => {
            &Authentication::None
        }
        authentication @ (Authentication::None
        | Authentication::Basic { .. }
        | Authentication::Bearer { .. }
        | Authentication::OAuth2 { .. }
        | Authentication::SigV4 { .. }) => authentication,
    };
    let form = form(query, window);
    let path = match window {
        Window::Instant(_) => "query",
        Window::Range { .. } => "query_range",
    };
    let mut url = base.url.clone();
    url.set_path(&format!("{}/api/v1/{path}", base.url.path().trim_end_matches('/')));
    let headers = header::read(&query.headers, mask)?;
    let session = shared.open(&base, &route, authentication, asked, mask).await?;
    send(&session, Request { method: Method::POST, url, headers, body: form.into_bytes() }).await
}

/// Sends the form, as a body first and in the URL where a proxy or a policy does not let POST pass.
async fn send(session: &Session<'_>, request: Request) -> Result<Reply, Failure> {
    let mut post = request.clone();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    post.headers.insert(CONTENT_TYPE, form);
    let reply = session.exchange(&post).await?;
    if !matches!(reply.status, 403 | 405 | 501) {
        return Ok(reply);
    }
    let mut get = Request { method: Method::GET, body: Vec::new(), ..request };
    get.url.set_query(std::str::from_utf8(&post.body).ok());
    session.exchange(&get).await
}

fn form(query: &PrometheusQuery, window: &Window) -> String {
    let mut form = Serializer::new(String::new());
    let text = query.query.reveal();
    match window {
        Window::Instant(at) => {
            form.append_pair("query", text).append_pair("time", &seconds(*at));
        }
        Window::Range { start, end, step } => {
            form.append_pair("end", &seconds(*end))
                .append_pair("query", text)
                .append_pair("start", &seconds(*start))
                .append_pair("step", &step.as_secs_f64().to_string());
        }
    }
    form.finish()
}

pub(crate) fn time(
    expression: Option<&TimeExpression>,
    field: &str,
    asked: Timestamp,
) -> Result<Timestamp, Failure> {
    let Some(expression) = expression else { return Ok(asked) };
    expression.evaluate(asked).map_err(|error| {
        Failure::misconfigured(format!("failed to parse rangeQuery.{field} as time: {error}"))
    })
}

/// Unix seconds as a decimal fraction, without an exponent.
fn seconds(time: Timestamp) -> String {
    time.as_duration().as_secs_f64().to_string()
}
