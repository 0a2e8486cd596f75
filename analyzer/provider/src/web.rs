//! One HTTP request whose answer is the value.

use assay_outbound::address::{Address, place};
use assay_outbound::client::{Reply, Request};
use assay_outbound::failure::Failure;
use assay_outbound::header;
use assay_outbound::mask::Mask;
use assay_run::reading::{Answer, Fault};
use assay_run::web;
use assay_template::plan::{Authentication, Body, Method, WebQuery};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderValue};

use crate::auth::{Route, Shared};
use crate::sources::within;

/// Asks once.
pub(crate) async fn measure(
    shared: &Shared,
    query: &WebQuery,
    asked: Timestamp,
    mask: &Mask,
) -> Result<Answer, Fault> {
    let place = place(&query.url);
    tracing::debug!(%place, "asking the web");
    let exchange = exchange(shared, query, asked, mask);
    let reply = within(query.timeout, exchange).await.map_err(|failure| failure.fault(&place))?;
    web::read(reply.status, &reply.body, &query.json_path)
}

async fn exchange(
    shared: &Shared,
    query: &WebQuery,
    asked: Timestamp,
    mask: &Mask,
) -> Result<Reply, Failure> {
    let address = Address::read(&query.url, mask)?;
    let mut headers = header::read(&query.headers, mask)?;
    let method = match query.method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    };
    let body = match &query.body {
        Body::None => Vec::new(),
        Body::Text(text) => text.reveal().as_bytes().to_vec(),
        Body::Json(text) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            text.reveal().as_bytes().to_vec()
        }
    };
    if !body.is_empty() && matches!(query.method, Method::Get | Method::Head) {
        // The words are those of Argo Rollouts.
        return Err(Failure::misconfigured(
            "Body/JSONBody can only be used with POST or PUT WebMetric Method types",
        ));
    }
    if matches!(query.authentication, Authentication::SigV4 { .. }) {
        let message = "`sigv4` is only for Amazon Managed Prometheus, not for `web`";
        return Err(Failure::misconfigured(message));
    }
    let route = Route { tls: &query.tls, insecure: query.insecure, reused: true };
    let session = shared.open(&address, &route, &query.authentication, asked, mask).await?;
    session.exchange(&Request { method, url: address.url, headers, body }).await
}
