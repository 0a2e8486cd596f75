//! The kubectl dialect of JSONPath, which is what the web provider's `jsonPath` is written in.
//!
//! It is not RFC 9535: only what stands in braces is a path, text around them is literal, `range`
//! and `end` repeat, and a filter compares by type (`5` never equals the JSON number `5`, `5.0`
//! does). A path is parsed once, here; looking for its first match never recurses over the text and
//! has a budget of values it may visit.
//!
//! **On purpose different from client-go:** keys of an object are visited in sorted order (theirs is
//! random), a body of `null` gives the value null (theirs panics), unknown words and operators are
//! found when the path is parsed, and an error never repeats the data.

mod compare;
mod filter;
mod find;
mod node;
mod parse;
mod quote;

use crate::json::Json;
use node::{Found, Node};

/// Longest path text, in bytes.
pub const TEXT_BYTES_MAX: usize = 16 << 10;

/// Most values that one look for a match may visit.
pub const VISITS_MAX: usize = 2_500_000;

/// Most `range` blocks inside one another.
pub const RANGE_DEPTH_MAX: usize = 64;

/// A parsed path, such as `{$.data.ok}`.
#[derive(Clone, Debug)]
pub struct JsonPath {
    text: String,
    nodes: Vec<Node>,
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

impl JsonPathError {
    fn anywhere(message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: None }
    }

    fn at(offset: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: Some(offset) }
    }
}

impl Default for JsonPath {
    /// `{$}`, the whole value: what a web metric without `jsonPath` has.
    fn default() -> Self {
        Self { text: String::from("{$}"), nodes: vec![Node::List(Vec::new())] }
    }
}

impl JsonPath {
    /// Parses `text`.
    ///
    /// # Errors
    ///
    /// [`JsonPathError`] with the place in the text.
    ///
    /// # Source
    ///
    /// client-go v0.34.5 `util/jsonpath`.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        if TEXT_BYTES_MAX < text.len() {
            let message = format!("path longer than {TEXT_BYTES_MAX} bytes");
            return Err(JsonPathError::at(TEXT_BYTES_MAX, message));
        }
        Ok(Self { text: text.to_owned(), nodes: parse::parse(text)? })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first match in `root`, as the web provider takes it: the first value of the first part
    /// of the path that has one; none if nothing matched.
    ///
    /// # Errors
    ///
    /// [`JsonPathError`] when a key is missing, an index is out of bounds, types do not fit, or
    /// [`VISITS_MAX`] or [`RANGE_DEPTH_MAX`] is exceeded.
    pub fn find(&self, root: Json) -> Result<Option<Json>, JsonPathError> {
        let found = find::first(&self.nodes, &root)?;
        // The whole of a large answer is not copied.
        if found.is_some_and(|found| found.is(&root)) {
            return Ok(Some(root));
        }
        Ok(found.map(Found::to_json))
    }

    /// As [`JsonPath::find`], where something must match.
    ///
    /// # Errors
    ///
    /// As [`JsonPath::find`], and when nothing matched.
    pub fn first(&self, root: &Json) -> Result<Json, JsonPathError> {
        let found = find::first(&self.nodes, root)?;
        found.map(Found::to_json).ok_or_else(|| JsonPathError::anywhere("path matches no value"))
    }
}

#[cfg(test)]
mod tests;
