//! Values that must never be shown.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// A value that prints as `***`.
///
/// The only way to the value is [`Secret::reveal`], so every use can be found by that name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps `value`.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the wire only.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A text with its arguments filled in, and the same text as it may be shown.
///
/// The two differ only where a secret argument was filled in; then `Debug` and `Display` show `***`
/// in its place.
#[derive(Clone, PartialEq, Eq)]
pub struct Resolved {
    value: String,
    shown: Option<String>,
}

impl Resolved {
    /// A text without secrets.
    pub fn plain(value: impl Into<String>) -> Self {
        Self { value: value.into(), shown: None }
    }

    /// A text with a secret in it, and what to show in its place.
    pub fn masked(value: impl Into<String>, shown: impl Into<String>) -> Self {
        Self { value: value.into(), shown: Some(shown.into()) }
    }

    /// The text for the wire, secrets included.
    pub fn reveal(&self) -> &str {
        &self.value
    }

    /// The text for people.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.value)
    }

    /// Whether a secret is in it.
    pub fn is_secret(&self) -> bool {
        self.shown.is_some()
    }
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.shown(), f)
    }
}

impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

/// Every secret text of a plan, to take them out of what comes back from outside.
///
/// Masking by construction ([`Resolved`]) covers what we write; a source can still echo what it was
/// sent, in an error or a body. [`Secrets::scrub`] is the second line.
#[derive(Clone, Default)]
pub struct Secrets {
    texts: Vec<String>,
}

impl Secrets {
    /// Adds a secret; texts shorter than 3 bytes would mask half the page and are left out.
    pub fn add(&mut self, text: &str) {
        if text.len() >= 3 && !self.texts.iter().any(|known| known == text) {
            self.texts.push(text.to_owned());
            // Longest first, so that a secret that contains another is masked whole.
            self.texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        }
    }

    /// Adds a secret in every form it is likely to come back in: as it is, in Base64, percent-encoded,
    /// and escaped as in JSON.
    pub fn add_all_forms(&mut self, text: &str) {
        self.add(text);
        for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
            self.add(&engine.encode(text));
        }
        self.add(&percent_encoded(text));
        self.add(&percent_encoded(text).replace("%20", "+"));
        if let Ok(json) = serde_json::to_string(text) {
            self.add(json.trim_matches('"'));
        }
        let trimmed = text.trim();
        if trimmed.len() < text.len() {
            self.add_all_forms(trimmed);
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// `text` with every secret replaced by `***`.
    pub fn scrub(&self, text: &str) -> String {
        self.texts.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.texts.len())
    }
}

/// `text` with everything but unreserved characters percent-encoded (RFC 3986).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    #[test]
    fn a_secret_is_taken_out_in_every_form() {
        let mut secrets = Secrets::default();
        secrets.add_all_forms("s3cret \"&/+\n");
        for text in [
            "s3cret \"&/+",
            "czNjcmV0ICImLysK",
            "s3cret%20%22%26%2F%2B",
            "s3cret+%22%26%2F%2B%0A",
            "s3cret \\\"&/+",
        ] {
            assert_eq!(
                secrets.scrub(&format!("<{text}>")).trim_end_matches("\\n>"),
                "<***>",
                "{text}"
            );
        }
        assert!(!format!("{secrets:?}").contains("s3cret"));
    }
}
