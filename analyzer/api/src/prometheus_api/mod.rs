//! Prometheus's HTTP API over series in memory: enough for `curl`, Grafana and assay itself.
//!
//! Each endpoint is a function from a form to a [`Reply`]; this module alone knows axum. What a
//! Prometheus has and series in memory have not is absent (targets) or empty (rules, alerts, metadata,
//! exemplars), as of a Prometheus that has none.
//!
//! **Invariant:** the same question has the same answer: no clock is read.

mod connections;
mod form;
mod query;
mod reply;
mod series;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use assay_promql::{Dialect, SeriesSet};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use form::Form;
use reply::Reply;

pub use connections::ConnectionLimits;

/// Bytes of the form in the body of a request, at most.
pub const FORM_BYTES_MAX: usize = 1 << 20;

/// Queries that are evaluated at once; more wait. What one may cost is the budget of the evaluation.
pub const QUERIES_AT_ONCE_MAX: usize = 4;

/// Points of one answer, at most: about 150 MB of JSON.
pub const ANSWER_POINTS_MAX: usize = 5_000_000;

/// Selectors (`match[]`) of one request, at most.
pub const MATCHERS_MAX: usize = 100;

/// What is asked.
#[derive(Debug)]
pub struct Served {
    /// The series.
    pub series: Arc<SeriesSet>,
    /// Whose semantics queries have.
    pub dialect: Dialect,
    /// The time of a query that says none, in milliseconds since 1970.
    pub default_ms: i64,
}

/// Answers on `listener` until it is dropped.
///
/// Whoever takes longer than [`ConnectionLimits`] allow is cut off.
pub async fn serve(listener: TcpListener, served: Served) {
    connections::serve(listener, router(served), ConnectionLimits::default()).await;
}

/// Answers the question in a form.
type Endpoint = fn(&Served, &Form) -> Reply;

#[derive(Clone)]
struct Shared {
    served: Arc<Served>,
    permits: Arc<Semaphore>,
}

fn router(served: Served) -> Router {
    let permits = Arc::new(Semaphore::new(QUERIES_AT_ONCE_MAX));
    let shared = Shared { served: Arc::new(served), permits };
    let asked = |endpoint: Endpoint| {
        let handler = move |State(shared): State<Shared>, RawQuery(url): RawQuery, body: Bytes| {
            answer(shared, Form::read(&body, url.as_deref()), endpoint)
        };
        get(handler).post(handler)
    };
    let values =
        |State(shared): State<Shared>, Path(name): Path<String>, RawQuery(url): RawQuery| {
            let form = Form::read(&[], url.as_deref()).with("label", &name);
            answer(shared, form, series::label_values)
        };
    Router::new()
        .route("/api/v1/query", asked(query::query))
        .route("/api/v1/query_range", asked(query::query_range))
        .route("/api/v1/series", asked(series::series))
        .route("/api/v1/labels", asked(series::labels))
        .route("/api/v1/label/{name}/values", get(values))
        .route("/api/v1/metadata", get(async || response(reply::metadata())))
        .route("/api/v1/rules", get(async || response(reply::no_rules())))
        .route("/api/v1/alerts", get(async || response(reply::no_alerts())))
        .route("/api/v1/query_exemplars", asked(query::exemplars))
        .route("/api/v1/status/buildinfo", asked(reply::build_info))
        .route("/-/healthy", get(async || "assay is healthy.\n"))
        .route("/-/ready", get(async || "assay is ready.\n"))
        .fallback(async || response(reply::not_found()))
        .with_state(shared)
}

/// Lets `endpoint` work beside the task that reads requests.
async fn answer(shared: Shared, form: Form, endpoint: Endpoint) -> Response {
    let Shared { served, permits } = shared;
    // Nobody closes the semaphore; without a permit the answer is only later, never wrong.
    let permit = permits.acquire_owned().await;
    let work = tokio::task::spawn_blocking(move || {
        let reply = endpoint(&served, &form);
        drop(permit);
        reply
    });
    response(work.await.unwrap_or_else(|_| reply::broken()))
}

fn response(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = axum::http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
