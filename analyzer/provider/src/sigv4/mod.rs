//! AWS Signature Version 4, which Amazon Managed Prometheus asks for.
//!
//! The time of a signature is the time the measurement was asked for; nothing here reads a clock.
//!
//! # Source
//!
//! AWS, "Create a signed AWS API request" (IAM user guide), and its published test suite.

pub(crate) mod role;
pub mod settings;

use assay_outbound::client::Request;
use assay_outbound::failure::Failure;
use assay_outbound::header::sensitive;
use assay_outbound::mask::Mask;
use assay_template::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use url::Url;

/// The name of Amazon Managed Prometheus among AWS services.
pub(crate) const PROMETHEUS: &str = "aps";

/// Credentials of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: Secret<String>,
    pub(crate) session: Option<Secret<String>>,
}

impl Keys {
    /// Tells the mask what not to show.
    pub(crate) fn note(&self, mask: &Mask) {
        mask.add(self.secret.reveal());
        if let Some(session) = &self.session {
            mask.add(session.reveal());
        }
    }
}

/// Signs `request` for `service` in `region` at the time `at`.
pub(crate) fn sign(
    request: &mut Request,
    keys: &Keys,
    region: &str,
    service: &str,
    at: Timestamp,
) -> Result<(), Failure> {
    let time = at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = at.strftime("%Y%m%d").to_string();
    request.headers.insert(HeaderName::from_static("x-amz-date"), value(&time)?);
    if let Some(session) = &keys.session {
        let name = HeaderName::from_static("x-amz-security-token");
        request.headers.insert(name, value(session.reveal())?);
    }
    let (canonical, names) = canonical(request);
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(canonical.as_bytes()));
    let start = format!("AWS4{}", keys.secret.reveal()).into_bytes();
    let key = [day.as_str(), region, service, "aws4_request"]
        .iter()
        .try_fold(start, |key, part| authenticate(&key, part))?;
    let signature = hex(&authenticate(&key, &text)?);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        keys.id
    );
    request.headers.insert(AUTHORIZATION, value(&authorization)?);
    Ok(())
}

/// The request in the one spelling that both sides hash, and the names of the headers in it.
fn canonical(request: &Request) -> (String, String) {
    let mut headers = vec![("host", host(&request.url))];
    for name in [CONTENT_TYPE.as_str(), "x-amz-date", "x-amz-security-token"] {
        if let Some(value) = request.headers.get(name).and_then(|value| value.to_str().ok()) {
            headers.push((name, value.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    headers.sort();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect::<String>();
    // The path of the URL is already encoded; AWS wants it encoded once more.
    let path = encode(request.url.path(), true);
    let canonical = format!(
        "{}\n{path}\n{}\n{lines}\n{names}\n{}",
        request.method,
        query(&request.url),
        hash(&request.body)
    );
    (canonical, names)
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn query(url: &Url) -> String {
    let mut pairs = url
        .query_pairs()
        .map(|(name, value)| (encode(&name, false), encode(&value, false)))
        .collect::<Vec<_>>();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn encode(text: &str, is_path: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain || (is_path && byte == b'/') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn authenticate(key: &[u8], text: &str) -> Result<Vec<u8>, Failure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|_| Failure::misconfigured("the AWS secret key cannot be used"))?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn value(text: &str) -> Result<HeaderValue, Failure> {
    sensitive(text).ok_or_else(|| {
        Failure::misconfigured(
            "the AWS credentials have characters that cannot be sent in a header",
        )
    })
}

#[cfg(test)]
mod tests {
    use reqwest::Method;
    use reqwest::header::HeaderMap;

    use super::*;

    /// The keys and the time of the published test suite.
    fn check(
        method: Method,
        url: &str,
        content_type: &str,
        body: &str,
        service: &str,
        expected: &str,
    ) {
        let keys = Keys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
            session: None,
        };
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
        }
        let url = Url::parse(url).unwrap();
        let mut request = Request { method, url, headers, body: body.as_bytes().to_vec() };
        let at = "2015-08-30T12:36:00Z".parse().unwrap();
        sign(&mut request, &keys, "us-east-1", service, at).unwrap();
        let authorization = request.headers[AUTHORIZATION].to_str().unwrap();
        let (_, signature) = authorization.split_once("Signature=").unwrap();
        assert_eq!(signature, expected, "{authorization}");
    }

    #[test]
    fn signatures_are_those_of_the_published_test_suite() {
        let base = "https://example.amazonaws.com";
        let form = "application/x-www-form-urlencoded";
        // get-vanilla
        let expected = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        check(Method::GET, base, "", "", "service", expected);
        // get-vanilla-query-order-key-case
        let expected = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
        let url = format!("{base}/?Param2=value2&Param1=value1");
        check(Method::GET, &url, "", "", "service", expected);
        // post-vanilla
        let expected = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        check(Method::POST, base, "", "", "service", expected);
        // post-x-www-form-urlencoded
        let expected = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
        check(Method::POST, base, form, "Param1=value1", "service", expected);
        // The worked example of the user guide.
        let expected = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
        let url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        check(Method::GET, url, form, "", "iam", expected);
    }

    #[test]
    fn a_session_token_is_signed_too() {
        let keys = Keys {
            id: "ID".to_owned(),
            secret: Secret::new("secret".to_owned()),
            session: Some(Secret::new("session".to_owned())),
        };
        let url =
            Url::parse("https://aps-workspaces.eu-west-1.amazonaws.com/api/v1/query").unwrap();
        let mut request =
            Request { method: Method::POST, url, headers: HeaderMap::new(), body: vec![] };
        sign(&mut request, &keys, "eu-west-1", PROMETHEUS, Timestamp::UNIX_EPOCH).unwrap();
        let authorization = request.headers[AUTHORIZATION].to_str().unwrap();
        assert!(authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"));
        assert!(authorization.contains("Credential=ID/19700101/eu-west-1/aps/aws4_request,"));
        assert!(!format!("{:?}", request.headers).contains("session"));
    }
}
