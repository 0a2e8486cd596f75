//! One bounded HTTP exchange: no redirects, no ambient proxy, never more bytes than allowed.
//!
//! Everything that is asked over HTTP goes through [`Http::open`]. Time is bounded by the caller, who
//! drops the future.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_run::reading::FaultKind;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Proxy, Response};
use tokio::sync::Mutex;
use url::Url;

use crate::failure::Failure;
use crate::reach::{Names, Reach, Resolver, SystemNames};
use crate::tls::Trust;

/// What a client may keep and take, each limit with its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// Bytes of one answer, after decompression.
    pub answer_bytes_max: usize,
    /// Different TLS settings whose connections are kept open.
    pub clients_kept_max: usize,
    /// Seconds an unused connection stays open.
    pub connection_idle_seconds_max: u64,
}

/// What is sent.
#[derive(Clone)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where to, without user info.
    pub url: Url,
    /// With what.
    pub headers: HeaderMap,
    /// Empty: there is none.
    pub body: Vec<u8>,
}

/// What came back.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The header `Content-Type`, empty if there is none.
    pub content_type: String,
    /// The body, after decompression.
    pub body: Vec<u8>,
}

/// What connections differ in; equal ones share a pool.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection {
    /// Whether it is encrypted.
    pub secure: bool,
    /// Whom to trust.
    pub trust: Trust,
    /// Whether it may have been used before. A probe wants to see a new one being accepted.
    pub reused: bool,
}

/// The clients, one for each kind of connection.
pub struct Http {
    limits: HttpLimits,
    proxy: Option<Proxy>,
    reach: Arc<Reach>,
    names: Arc<dyn Names>,
    // Held only while a client is looked up or built, never across a request.
    clients: Mutex<BTreeMap<Connection, Client>>,
}

impl Http {
    /// Clients that ask the system for the addresses of names.
    ///
    /// A proxy resolves names itself: with one, `reach` is held only by addresses that are written out,
    /// by ports, and by the addresses of the proxy.
    pub fn new(limits: HttpLimits, proxy: Option<Proxy>, reach: Reach) -> Self {
        Self::with_names(limits, proxy, reach, Arc::new(SystemNames))
    }

    /// The same with another resolver.
    pub fn with_names(
        limits: HttpLimits,
        proxy: Option<Proxy>,
        reach: Reach,
        names: Arc<dyn Names>,
    ) -> Self {
        Self { limits, proxy, reach: Arc::new(reach), names, clients: Mutex::default() }
    }

    /// The client for this kind of connection.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of kind `Misconfigured` when a TLS file cannot be used.
    pub async fn client(&self, connection: &Connection) -> Result<Client, Failure> {
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
        let (reach, names) = (Arc::clone(&self.reach), Arc::clone(&self.names));
        let idle = Duration::from_secs(self.limits.connection_idle_seconds_max);
        let builder = Client::builder()
            .tls_backend_preconfigured(connection.trust.config(connection.secure)?)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent(concat!("assay/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Resolver { reach, names }))
            .pool_idle_timeout(idle)
            .pool_max_idle_per_host(if connection.reused { usize::MAX } else { 0 });
        let builder = match &self.proxy {
            Some(proxy) => builder.proxy(proxy.clone()),
            None => builder,
        };
        builder.build().map_err(|_| Failure::misconfigured("the HTTP client cannot be set up"))
    }

    /// Sends `request` and answers once the head of the answer is there, whatever its status.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when it may not be sent or there is no answer.
    pub async fn open(&self, client: &Client, request: &Request) -> Result<Opened, Failure> {
        self.reach.check(&request.url)?;
        let Request { method, url, headers, body } = request.clone();
        let mut builder = client.request(method, url).headers(headers);
        if !body.is_empty() {
            builder = builder.body(body);
        }
        let response = builder.send().await.map_err(|error| Failure::of(&error))?;
        self.check_peer(&request.url, &response)?;
        Ok(Opened { response, is_head: request.method == Method::HEAD })
    }

    /// Looks once more, at whom the connection really is with. Behind a proxy that is the proxy.
    fn check_peer(&self, url: &Url, response: &Response) -> Result<(), Failure> {
        let Some(peer) = response.remote_addr().filter(|_| self.proxy.is_none()) else {
            return Ok(());
        };
        if self.reach.permits(url.host_str(), peer.ip()) {
            return Ok(());
        }
        Err(Failure::misconfigured(format!("connections to {} are not allowed", peer.ip())))
    }

    /// Sends `request` and reads the whole answer, whatever its status, except a redirect.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when it may not be sent or there is no whole answer within the limits.
    pub async fn exchange(&self, client: &Client, request: &Request) -> Result<Reply, Failure> {
        self.exchange_up_to(self.limits.answer_bytes_max, client, request).await
    }

    /// As [`Http::exchange`], with another limit to the bytes of the answer.
    ///
    /// # Errors
    ///
    /// As [`Http::exchange`].
    pub async fn exchange_up_to(
        &self,
        bytes_max: usize,
        client: &Client,
        request: &Request,
    ) -> Result<Reply, Failure> {
        let opened = self.open(client, request).await?;
        refuse_redirect(&opened.response)?;
        let status = opened.status();
        let content_type = opened.header(CONTENT_TYPE.as_str()).unwrap_or_default().to_owned();
        let body = read(opened.response, opened.is_head, bytes_max).await?;
        Ok(Reply { status, content_type, body })
    }
}

/// An answer whose body has not been read yet. Dropping it ends the connection.
pub struct Opened {
    response: Response,
    is_head: bool,
}

impl Opened {
    /// The status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The header of this name in lower case, if it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Adds the beginning of the body to `start`, until it holds `bytes_max` bytes; whether that is the
    /// whole body. What was read before the body broke off, or before the caller lost patience and
    /// dropped the future, is in it.
    pub async fn read_start(mut self, start: &mut Vec<u8>, bytes_max: usize) -> bool {
        while start.len() < bytes_max {
            match self.response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = chunk.len().min(bytes_max - start.len());
                    start.extend_from_slice(&chunk[..room]);
                }
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
        false
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
