//! Headers a template may set.

use assay_template::secret::Resolved;
use assay_template::sensitive::is_sensitive;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::failure::Failure;
use crate::mask::Mask;

/// Headers that belong to the connection. Go's client, and so Argo Rollouts, sends its own for
/// the first three whatever a template says; the others could only break the exchange.
const OURS: [&str; 11] = [
    "host",
    "content-length",
    "transfer-encoding",
    "trailer",
    "te",
    "connection",
    "keep-alive",
    "proxy-connection",
    "upgrade",
    "expect",
    "accept-encoding",
];

/// The headers of a template; the last of two equal names counts, those that are ours are left out.
///
/// # Errors
///
/// A [`Failure`] of kind `Misconfigured` for a name or a value that cannot be sent.
pub fn read(headers: &[(String, Resolved)], mask: &Mask) -> Result<HeaderMap, Failure> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| {
            Failure::misconfigured(format!("`{}` is no header name", name.escape_debug()))
        })?;
        if OURS.contains(&name.as_str()) {
            tracing::debug!(header = %name, "header of the connection left out");
            continue;
        }
        if value.is_secret() || is_sensitive(name.as_str()) {
            note(value.reveal(), mask);
        }
        let value = sensitive(value.reveal()).ok_or_else(|| {
            Failure::misconfigured(format!(
                "the value of the header `{name}` has characters that cannot be sent in a header"
            ))
        })?;
        map.insert(name, value);
    }
    Ok(map)
}

/// Notes the value, and its parts, as `Bearer abc` and `a=1; b=2` are echoed in parts.
fn note(value: &str, mask: &Mask) {
    const SCHEMES: [&str; 5] = ["bearer", "basic", "token", "apikey", "digest"];
    mask.add(value);
    let parts = value.split([' ', ';', ',']).filter(|part| {
        8 <= part.len() && !SCHEMES.iter().any(|scheme| part.eq_ignore_ascii_case(scheme))
    });
    for part in parts {
        mask.add(part);
    }
}

/// The header of a user name and a password.
///
/// # Errors
///
/// As [`login`].
pub fn basic(username: &str, password: &str, mask: &Mask) -> Result<HeaderValue, Failure> {
    let text = STANDARD.encode(format!("{username}:{password}"));
    mask.add(&text);
    login(&format!("Basic {text}"))
}

/// The value of an `Authorization` header, which no `Debug` prints.
///
/// # Errors
///
/// A [`Failure`] of kind `Misconfigured` when it cannot be sent in a header.
pub fn login(text: &str) -> Result<HeaderValue, Failure> {
    sensitive(text).ok_or_else(|| {
        Failure::misconfigured("the token has characters that cannot be sent in a header")
    })
}

/// A header value that no `Debug` prints.
pub fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: &str) {
        let headers = [(name.to_owned(), Resolved::plain(value))];
        let read = read(&headers, &Mask::default());
        let text = match read {
            Ok(map) => map
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect(),
            Err(failure) => failure.clause,
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn a_template_sets_headers_but_not_those_of_the_connection() {
        check("X-Scope-OrgID", "team", "x-scope-orgid: team");
        check("Authorization", "Bearer t", "authorization: Bearer t");
        check("Host", "internal", "");
        check("Transfer-Encoding", "chunked", "");
        check("Content-Length", "5", "");
    }

    #[test]
    fn headers_cannot_be_smuggled_in() {
        let refused =
            "the value of the header `x-a` has characters that cannot be sent in a header";
        check("X-A", "1\r\nX-B: 2", refused);
        check("X-A", "1\n", refused);
        check("X-A", "\0", refused);
        check("X-A\r\nX-B", "1", "`X-A\\r\\nX-B` is no header name");
        check("X A", "1", "`X A` is no header name");
        check("", "1", "`` is no header name");
    }
}
