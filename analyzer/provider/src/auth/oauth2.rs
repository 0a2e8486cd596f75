//! OAuth2 client credentials: one token for everybody who asks with the same grant.
//!
//! A token is kept until shortly before it expires. Whoever needs one while it is being fetched
//! waits for that one; if the fetching measurement is cancelled, the next in line fetches.

use std::time::Duration;

use assay_outbound::client::{Connection, Http, Reply, Request};
use assay_outbound::failure::Failure;
use assay_outbound::header::basic;
use assay_outbound::mask::Mask;
use assay_run::reading::FaultKind;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::kept::Kept;
use crate::limits::Limits;

/// What a token is asked for with. There is no `Debug`: a secret is in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    pub(crate) url: Url,
    pub(crate) place: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Scopes joined by spaces.
    pub(crate) scopes: String,
    pub(crate) connection: Connection,
}

struct Token {
    text: String,
    stale_at: Instant,
}

/// The tokens that are kept.
pub(crate) struct Tokens {
    age_max: Duration,
    kept: Kept<Grant, Token>,
}

impl Tokens {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            age_max: Duration::from_secs(limits.token_age_seconds_max),
            kept: Kept::new(limits.tokens_kept_max),
        }
    }

    /// A token that is not known to be used up, and not the one that was just rejected.
    pub(crate) async fn token(
        &self,
        http: &Http,
        grant: &Grant,
        rejected: Option<&str>,
        mask: &Mask,
    ) -> Result<String, Failure> {
        let slot = self.kept.slot(grant.clone()).await;
        let mut slot = slot.lock().await;
        let kept = slot.as_ref().filter(|kept| Instant::now() < kept.stale_at);
        if let Some(kept) = kept.filter(|kept| Some(kept.text.as_str()) != rejected) {
            return Ok(kept.text.clone());
        }
        *slot = None;
        let issued = fetch(http, grant, mask).await?;
        mask.add(&issued.access_token);
        let life = issued.life().map_or(self.age_max, |life| life.min(self.age_max));
        // Half a minute, or a tenth of a short life, is left for the request to arrive.
        let margin = Duration::from_secs(30).min(life / 10);
        let text = issued.access_token;
        *slot = Some(Token { text: text.clone(), stale_at: Instant::now() + (life - margin) });
        Ok(text)
    }
}

/// The answer of a token endpoint, good or bad.
#[derive(Default, Deserialize)]
struct Issued {
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    expires_in: Option<Seconds>,
    #[serde(default)]
    error: Option<String>,
}

/// Seconds; some servers write them as a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(f64),
    Text(String),
}

impl Issued {
    fn life(&self) -> Option<Duration> {
        let seconds = match self.expires_in.as_ref()? {
            Seconds::Number(seconds) => *seconds,
            Seconds::Text(text) => text.parse().ok()?,
        };
        Duration::try_from_secs_f64(seconds).ok().filter(|life| !life.is_zero())
    }
}

async fn fetch(http: &Http, grant: &Grant, mask: &Mask) -> Result<Issued, Failure> {
    let client = http.client(&grant.connection).await?;
    // Servers differ in where they look for the client's credentials, and say no when they find
    // none. As Go's library does, the header is tried first and the form after it.
    let mut refused = None;
    for in_header in [true, false] {
        let request = request(grant, in_header, mask)?;
        let reply = http.exchange(&client, &request).await.map_err(|failure| {
            let fault = failure.fault(&grant.place);
            Failure::whole(fault.kind, format!("oauth2: cannot fetch token: {}", fault.message))
        })?;
        match read(&reply, &grant.place) {
            Ok(issued) => return Ok(issued),
            // A server that is down is not asked twice.
            Err(failure) if 500 <= reply.status => return Err(failure),
            Err(failure) => refused = Some(refused.unwrap_or(failure)),
        }
    }
    Err(refused.unwrap_or_else(|| Failure::misconfigured("oauth2: cannot fetch token")))
}

fn request(grant: &Grant, in_header: bool, mask: &Mask) -> Result<Request, Failure> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if !grant.scopes.is_empty() {
        form.append_pair("scope", &grant.scopes);
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    if in_header {
        // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
        let id = byte_serialize(grant.client_id.as_bytes()).collect::<String>();
        let secret = byte_serialize(grant.client_secret.as_bytes()).collect::<String>();
        mask.add(&secret);
        headers.insert(AUTHORIZATION, basic(&id, &secret, mask)?);
    } else {
        form.append_pair("client_id", &grant.client_id);
        form.append_pair("client_secret", &grant.client_secret);
    }
    let body = form.finish().into_bytes();
    Ok(Request { method: Method::POST, url: grant.url.clone(), headers, body })
}

fn read(reply: &Reply, place: &str) -> Result<Issued, Failure> {
    let issued = serde_json::from_slice::<Issued>(&reply.body).ok();
    if !(200..=299).contains(&reply.status) {
        let reason = StatusCode::from_u16(reply.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default();
        // Only the code is passed on, and only if it looks like one; the rest may be anything.
        let code = issued
            .and_then(|issued| issued.error)
            .filter(|code| code.len() <= 64 && code.bytes().all(is_code_byte))
            .map(|code| format!(" ({code})"))
            .unwrap_or_default();
        let status = format!("{} {reason}", reply.status);
        return Err(Failure::whole(
            FaultKind::Refused,
            format!("oauth2: cannot fetch token: {}{code} from {place}", status.trim_end()),
        ));
    }
    let unreadable = |what: &str| {
        let message = format!("oauth2: cannot fetch token: {place} answered {what}");
        Failure::whole(FaultKind::Unreadable, message)
    };
    let issued = issued.ok_or_else(|| unreadable("something that is not a token"))?;
    if issued.access_token.is_empty() {
        return Err(unreadable("without an access token"));
    }
    Ok(issued)
}

fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'_'
}
