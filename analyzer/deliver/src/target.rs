//! Whom to tell, and with what.

use std::time::Duration;

use assay_outbound::address::Address;
use assay_outbound::header::sensitive;
use assay_outbound::mask::Mask;
use assay_template::plan::Tls;
use assay_template::secret::{Resolved, Secret, Secrets};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};
use url::Url;

use crate::policy::gate::TargetLimits;
use crate::webhook::key::{InvalidKey, SigningKey};

/// Keys of one target that sign at the same time.
pub const KEYS_MAX: usize = 4;

/// Headers of one target.
pub const HEADERS_MAX: usize = 32;

/// Bytes of the names and values of a target's headers.
pub const HEADER_BYTES_MAX: usize = 8 << 10;

/// Seconds an attempt may take.
pub const TIMEOUT_SECONDS_MAX: u64 = 30;

/// What the operator says about a target.
#[derive(Clone, Debug)]
pub struct TargetSettings {
    /// Its name; deliveries refer to it.
    pub name: String,
    /// Where it is: `http` or `https`. A password in it is sent as a login.
    pub url: Secret<String>,
    /// `whsec_…` or `whsk_…`, the newest first; several while one takes over from another.
    pub keys: Vec<Secret<String>>,
    /// The header `Authorization`, if it wants one besides the signature.
    pub authorization: Option<Secret<String>>,
    /// More headers.
    pub headers: Vec<(String, Secret<String>)>,
    /// How long an attempt may take, up to [`TIMEOUT_SECONDS_MAX`].
    pub timeout: Duration,
    /// Whom to trust and how to show who we are.
    pub tls: Tls,
    /// What it gets at once.
    pub limits: TargetLimits,
}

/// A target that cannot be told anything.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTarget {
    /// Its address cannot be used.
    #[error("{0}")]
    Address(String),
    /// It has no key, or too many.
    #[error("a target has 1 to {KEYS_MAX} keys, not {0}")]
    Keys(usize),
    /// A key cannot be used.
    #[error("key {number} cannot be used")]
    Key {
        /// Which, from 1.
        number: usize,
        /// Why.
        #[source]
        source: InvalidKey,
    },
    /// A header may not be set.
    #[error("the header `{0}` belongs to the connection, to the signature or to a login")]
    HeaderDenied(String),
    /// A header cannot be sent.
    #[error("the header `{0}` has a name or a value that cannot be sent")]
    Header(String),
    /// There are too many headers.
    #[error("the headers are more than {HEADERS_MAX}, or longer than {HEADER_BYTES_MAX} bytes")]
    HeadersTooLarge,
    /// An attempt may take no time, or too much.
    #[error("an attempt may take up to {TIMEOUT_SECONDS_MAX}s, not {0:?}")]
    Timeout(Duration),
}

/// A target that was checked.
pub struct Target {
    pub(crate) name: String,
    pub(crate) url: Url,
    pub(crate) keys: Vec<SigningKey>,
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Duration,
    pub(crate) tls: Tls,
    pub(crate) mask: Mask,
    /// Bytes of the longest secret in the longest of its usual spellings.
    pub(crate) echo_bytes_max: usize,
    limits: TargetLimits,
}

/// What starts the name of a header that only we, or only a proxy, may set.
const PREFIXES_DENIED: [&str; 5] = ["webhook-", "content-", "x-forwarded-", "proxy-", "sec-"];

/// Headers of the connection, of a login, and those that name who asks.
const DENIED: [&str; 17] = [
    "host",
    "authorization",
    "cookie",
    "set-cookie",
    "transfer-encoding",
    "trailer",
    "te",
    "connection",
    "keep-alive",
    "upgrade",
    "expect",
    "accept-encoding",
    "forwarded",
    "via",
    "x-real-ip",
    "origin",
    "user-agent",
];

impl Target {
    /// The target, if all of it can be used.
    ///
    /// # Errors
    ///
    /// [`InvalidTarget`], without secrets.
    pub fn new(settings: &TargetSettings) -> Result<Self, InvalidTarget> {
        let mask = Mask::new(Secrets::default());
        let address = Resolved::plain(settings.url.reveal().as_str());
        let address = Address::read(&address, &mask)
            .map_err(|failure| InvalidTarget::Address(mask.scrub(&failure.clause)))?;
        note_address(&address.url, &mask);
        let keys = read_keys(&settings.keys, &mask)?;
        let mut headers = read_headers(&settings.headers, &mask)?;
        if let Some(login) = address.login {
            headers.insert(AUTHORIZATION, login);
        }
        if let Some(authorization) = &settings.authorization {
            let text = authorization.reveal();
            note_parts(text, &mask);
            let value =
                sensitive(text).ok_or_else(|| InvalidTarget::Header(AUTHORIZATION.to_string()))?;
            headers.insert(AUTHORIZATION, value);
        }
        let most = Duration::from_secs(TIMEOUT_SECONDS_MAX);
        if settings.timeout.is_zero() || most < settings.timeout {
            return Err(InvalidTarget::Timeout(settings.timeout));
        }
        Ok(Self {
            name: settings.name.clone(),
            url: address.url,
            keys,
            headers,
            timeout: settings.timeout,
            tls: settings.tls.clone(),
            mask,
            echo_bytes_max: echo_bytes_max(settings),
            limits: settings.limits,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it gets at once.
    pub fn limits(&self) -> TargetLimits {
        self.limits
    }

    /// `host:port`, for people; a hook's path is often its password.
    pub fn place(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

fn echo_bytes_max(settings: &TargetSettings) -> usize {
    let headers = settings.headers.iter().map(|(_, value)| value);
    let secrets = settings.keys.iter().chain(&settings.authorization).chain(headers);
    let longest = secrets.chain([&settings.url]).map(|secret| secret.reveal().len()).max();
    // Percent-encoded, each byte is three.
    longest.unwrap_or_default() * 3
}

/// Path and query of a hook often are its password, and a target may send them back.
fn note_address(url: &Url, mask: &Mask) {
    const PART_BYTES_MIN: usize = 8;
    let query = url.query().unwrap_or_default().split(['&', '=']);
    for part in url.path().split('/').chain(query).filter(|part| PART_BYTES_MIN <= part.len()) {
        mask.add(part);
    }
}

/// The value and its parts, as `Bearer abc` is sent back in parts.
fn note_parts(text: &str, mask: &Mask) {
    const PART_BYTES_MIN: usize = 8;
    mask.add(text);
    for part in text.split([' ', ';', ',', '=']).filter(|part| PART_BYTES_MIN <= part.len()) {
        mask.add(part);
    }
}

fn read_keys(keys: &[Secret<String>], mask: &Mask) -> Result<Vec<SigningKey>, InvalidTarget> {
    if !(1..=KEYS_MAX).contains(&keys.len()) {
        return Err(InvalidTarget::Keys(keys.len()));
    }
    let read = |(place, key): (usize, &Secret<String>)| {
        let text = key.reveal().trim();
        mask.add(text);
        if let Some((_, rest)) = text.split_once('_') {
            mask.add(rest);
        }
        SigningKey::read(text).map_err(|source| InvalidTarget::Key { number: place + 1, source })
    };
    keys.iter().enumerate().map(read).collect()
}

fn read_headers(
    headers: &[(String, Secret<String>)],
    mask: &Mask,
) -> Result<HeaderMap, InvalidTarget> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.reveal().len()).sum();
    if HEADERS_MAX < headers.len() || HEADER_BYTES_MAX < bytes {
        return Err(InvalidTarget::HeadersTooLarge);
    }
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let wrong = || InvalidTarget::Header(name.escape_debug().to_string());
        let header = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
        // A `HeaderName` is in lower case.
        let denied = DENIED.contains(&header.as_str())
            || PREFIXES_DENIED.iter().any(|prefix| header.as_str().starts_with(prefix));
        if denied {
            return Err(InvalidTarget::HeaderDenied(header.to_string()));
        }
        note_parts(value.reveal(), mask);
        map.insert(header, sensitive(value.reveal()).ok_or_else(wrong)?);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    fn check(settings: &TargetSettings, expected: &str) {
        let told = Target::new(settings)
            .map_or_else(|error| error.to_string(), |target| format!("ok: {}", target.place()));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_target_is_checked_before_anything_is_sent() {
        let good = settings("https://u:pass@hooks.example/T0/B0/s3cret-path?token=1");
        check(&good, "ok: hooks.example:443");
        let at = |url: &str| settings(url);
        check(&at("ftp://h/"), "unsupported protocol scheme \"ftp\"");
        check(&at("h"), "the address `h` is no URL: relative URL without a base");
        let keys = |keys: &[&str]| TargetSettings {
            keys: keys.iter().map(|key| Secret::new((*key).to_owned())).collect(),
            ..good.clone()
        };
        check(&keys(&[]), "a target has 1 to 4 keys, not 0");
        check(&keys(&["x"; 5]), "a target has 1 to 4 keys, not 5");
        check(&keys(&["whsec_s3cret"]), "key 1 cannot be used");
        let timeout =
            |seconds: u64| TargetSettings { timeout: Duration::from_secs(seconds), ..good.clone() };
        check(&timeout(0), "an attempt may take up to 30s, not 0ns");
        check(&timeout(31), "an attempt may take up to 30s, not 31s");
    }

    #[test]
    fn headers_of_others_are_denied() {
        let with = |name: &str, value: &str| TargetSettings {
            headers: vec![(name.to_owned(), Secret::new(value.to_owned()))],
            ..settings("http://h/")
        };
        check(&with("X-Team", "shop"), "ok: h:80");
        for name in [
            "host",
            "Authorization",
            "cookie",
            "Connection",
            "TE",
            "Transfer-Encoding",
            "expect",
            "x-forwarded-for",
            "Forwarded",
            "via",
            "webhook-id",
            "Webhook-Signature",
            "content-length",
            "content-type",
            "proxy-authorization",
            "accept-encoding",
        ] {
            let name_shown = name.to_lowercase();
            let denied = format!(
                "the header `{name_shown}` belongs to the connection, to the signature or to a login"
            );
            check(&with(name, "x"), &denied);
        }
        let wrong = "the header `X-A` has a name or a value that cannot be sent";
        check(&with("X-A", "1\r\nX-B: 2"), wrong);
        check(&with("X-A\n", "1"), "the header `X-A\\n` has a name or a value that cannot be sent");
        let large = "the headers are more than 32, or longer than 8192 bytes";
        check(&with("x-a", &"x".repeat(9000)), large);
    }
}
