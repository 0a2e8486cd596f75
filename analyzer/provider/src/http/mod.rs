//! One bounded HTTP exchange: no redirects, no ambient proxy, never more bytes than allowed.
//!
//! Everything that is asked over HTTP goes through [`Http::exchange`]. Time is bounded by the
//! caller, who drops the future.

pub(crate) mod address;
pub(crate) mod failure;
pub(crate) mod header;
pub(crate) mod reach;
pub(crate) mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_run::reading::FaultKind;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Proxy, Response};
use tokio::sync::Mutex;
use url::Url;

use crate::http::failure::Failure;
use crate::http::reach::{Reach, Resolver};
use crate::http::tls::Trust;
use crate::limits::Limits;

/// What is sent.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The header `Content-Type`, empty if there is none.
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// What connections differ in; equal ones share a pool.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Connection {
    /// Whether it is encrypted.
    pub(crate) secure: bool,
    /// Whom to trust.
    pub(crate) trust: Trust,
    /// Whether it may have been used before. A probe wants to see a new one being accepted.
    pub(crate) reused: bool,
}

/// The clients, one for each kind of connection.
pub(crate) struct Http {
    limits: Limits,
    proxy: Option<Proxy>,
    reach: Reach,
    // Held only while a client is looked up or built, never across a request.
    clients: Mutex<BTreeMap<Connection, Client>>,
}

impl Http {
    pub(crate) fn new(limits: Limits, proxy: Option<Proxy>, reach: Reach) -> Self {
        Self { limits, proxy, reach, clients: Mutex::default() }
    }

    /// The client for this kind of connection.
    pub(crate) async fn client(&self, connection: &Connection) -> Result<Client, Failure> {
        let mut clients = self.clients.lock().await;
        if let Some(client) = clients.get(connection) {
            return Ok(client.clone());
        }
        let client = self.build(connection)?;
        if self.limits.clients_kept_max <= clients.len() {
            // Requests under way keep theirs; the others connect anew.
            clients.clear();
        }
        clients.insert(connection.clone(), client.clone());
        Ok(client)
    }

    fn build(&self, connection: &Connection) -> Result<Client, Failure> {
        let idle = Duration::from_secs(self.limits.connection_idle_seconds_max);
        let builder = Client::builder()
            .tls_backend_preconfigured(connection.trust.config(connection.secure)?)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent(concat!("assay/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Resolver { reach: self.reach }))
            .pool_idle_timeout(idle)
            .pool_max_idle_per_host(if connection.reused { usize::MAX } else { 0 });
        let builder = match &self.proxy {
            Some(proxy) => builder.proxy(proxy.clone()),
            None => builder,
        };
        builder.build().map_err(|_| Failure::misconfigured("the HTTP client cannot be set up"))
    }

    /// Sends `request` and reads the whole answer, whatever its status, except a redirect.
    pub(crate) async fn exchange(
        &self,
        client: &Client,
        request: &Request,
    ) -> Result<Reply, Failure> {
        self.exchange_up_to(self.limits.answer_bytes_max, client, request).await
    }

    /// As [`Http::exchange`], with another limit to the bytes of the answer.
    pub(crate) async fn exchange_up_to(
        &self,
        bytes_max: usize,
        client: &Client,
        request: &Request,
    ) -> Result<Reply, Failure> {
        self.reach.check_literal(&request.url)?;
        let Request { method, url, headers, body } = request.clone();
        let mut builder = client.request(method, url).headers(headers);
        if !body.is_empty() {
            builder = builder.body(body);
        }
        let response = builder.send().await.map_err(|error| Failure::of(&error))?;
        refuse_redirect(&response)?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = content_type.to_owned();
        let body = read(response, request.method == Method::HEAD, bytes_max).await?;
        Ok(Reply { status, content_type, body })
    }
}

async fn read(mut response: Response, head: bool, limit: usize) -> Result<Vec<u8>, Failure> {
    // A length that is declared and too large needs no reading. A HEAD answer declares the
    // length it would have had.
    let declared = response
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok().and_then(|length| length.parse::<u64>().ok()));
    if !head && declared.is_some_and(|bytes| u64::try_from(limit).is_ok_and(|l| l < bytes)) {
        return Err(too_large(limit));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of(&error))? {
        if limit - body.len() < chunk.len() {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn too_large(limit: usize) -> Failure {
    Failure::new(FaultKind::TooLarge, format!("answered with more than {limit} bytes"))
}

/// A redirect is followed by nobody here, as it may lead where the operator allows nothing.
fn refuse_redirect(response: &Response) -> Result<(), Failure> {
    let status = response.status();
    let Some(location) = response.headers().get(LOCATION).filter(|_| status.is_redirection())
    else {
        return Ok(());
    };
    let to_https = location.as_bytes().starts_with(b"https:") && response.url().scheme() == "http";
    let help = if to_https { " (to an `https` address)" } else { "" };
    let clause =
        format!("answered {}, a redirect{help}, and redirects are not followed", status.as_u16());
    Err(Failure::new(FaultKind::Refused, clause))
}
