//! Roles assumed at AWS's security token service, kept until shortly before they end.

use assay_outbound::client::{Http, Reply, Request};
use assay_outbound::failure::Failure;
use assay_run::reading::FaultKind;
use assay_template::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::kept::Kept;
use crate::limits::Limits;
use crate::sigv4::{Keys, sign};

/// Credentials are renewed when they have this much left.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    url: Url,
    id: String,
    role: String,
}

struct Assumed {
    keys: Keys,
    ends_at: Timestamp,
}

/// The roles that are assumed.
pub(crate) struct Roles {
    kept: Kept<Wanted, Assumed>,
}

impl Roles {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { kept: Kept::new(limits.tokens_kept_max) }
    }

    /// The credentials of `role`, assumed with `keys`.
    #[expect(clippy::too_many_arguments, reason = "each is a different part of one signed request")]
    pub(crate) async fn assume(
        &self,
        http: &Http,
        client: &Client,
        url: Url,
        keys: &Keys,
        role: &str,
        region: &str,
        asked: Timestamp,
    ) -> Result<Keys, Failure> {
        let wanted = Wanted { url: url.clone(), id: keys.id.clone(), role: role.to_owned() };
        let slot = self.kept.slot(wanted).await;
        let mut slot = slot.lock().await;
        let fresh = |kept: &&Assumed| asked < kept.ends_at.saturating_sub(MARGIN).unwrap_or(asked);
        if let Some(kept) = slot.as_ref().filter(fresh) {
            return Ok(kept.keys.clone());
        }
        *slot = None;
        let mut request = request(url, role);
        sign(&mut request, keys, region, "sts", asked)?;
        let assumed = read(&http.exchange(client, &request).await?)?;
        let keys = assumed.keys.clone();
        *slot = Some(assumed);
        Ok(keys)
    }
}

fn request(url: Url, role: &str) -> Request {
    let body = Serializer::new(String::new())
        .append_pair("Action", "AssumeRole")
        .append_pair("RoleArn", role)
        .append_pair("RoleSessionName", "assay")
        .append_pair("Version", "2011-06-15")
        .finish();
    let mut headers = HeaderMap::new();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(CONTENT_TYPE, form);
    Request { method: Method::POST, url, headers, body: body.into_bytes() }
}

fn read(reply: &Reply) -> Result<Assumed, Failure> {
    let text = String::from_utf8_lossy(&reply.body);
    if reply.status != 200 {
        let code = element(&text, "Code")
            .filter(|code| {
                code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
            .map(|code| format!(" ({code})"))
            .unwrap_or_default();
        let clause = format!("answered {}{code}", reply.status);
        return Err(Failure::new(FaultKind::Refused, clause));
    }
    let read = || {
        Some(Assumed {
            keys: Keys {
                id: element(&text, "AccessKeyId")?.to_owned(),
                secret: Secret::new(element(&text, "SecretAccessKey")?.to_owned()),
                session: Some(Secret::new(element(&text, "SessionToken")?.to_owned())),
            },
            ends_at: element(&text, "Expiration")?.parse().ok()?,
        })
    };
    read().ok_or_else(|| {
        Failure::new(FaultKind::Unreadable, "answered something that is not credentials")
    })
}

/// The text of the first element of this name. What we read is base64 and times, in which XML
/// escapes nothing, so this is all the XML there is to know.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expected: &str) {
        let reply = Reply { status, content_type: String::new(), body: body.as_bytes().to_vec() };
        let read = read(&reply).map(|it| format!("{} until {}", it.keys.id, it.ends_at));
        assert_eq!(read.unwrap_or_else(|failure| failure.clause), expected);
    }

    #[test]
    fn answers_of_the_token_service_are_read() {
        let good = "<R><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s\
                    </SecretAccessKey><SessionToken>t=</SessionToken>\
                    <Expiration>2026-01-05T10:00:00Z</Expiration></Credentials></R>";
        check(200, good, "A until 2026-01-05T10:00:00Z");
        check(200, "<html>", "answered something that is not credentials");
        let denied = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
        check(403, denied, "answered 403 (AccessDenied)");
        check(500, "", "answered 500");
    }
}
