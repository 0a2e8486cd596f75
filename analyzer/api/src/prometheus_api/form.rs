//! What a request asks with: the fields of its body and of its address.

use url::form_urlencoded;

/// Names and values in the order they came, those of the body first, as Go reads them.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body and the part of an address after `?`.
    pub(super) fn read(body: &[u8], url: Option<&str>) -> Self {
        let url = url.unwrap_or_default().as_bytes();
        let pairs = form_urlencoded::parse(body).chain(form_urlencoded::parse(url));
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The form with one more field, which comes first.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(0, (name.to_owned(), value.to_owned()));
        self
    }

    /// The first value of a field; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of a field.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}
