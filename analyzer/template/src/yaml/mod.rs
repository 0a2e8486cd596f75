//! YAML text as a tree that knows where each part stands.
//!
//! Scalars stay text: whether `5` is a number is decided by the field it is read for, so `NO`, `010`
//! and `1e3` are never turned into something else on the way.
//!
//! **Invariant:** a tree is at most [`limits::DEPTH_MAX`] deep and all trees of a text together hold
//! at most [`limits::NODES_MAX`] nodes, aliases expanded, so code that walks one may recurse.

mod compose;
mod expand;
pub mod limits;
mod place;
mod text;

#[cfg(test)]
mod tests;

use miette::SourceSpan;

use crate::problem::Problem;

pub(crate) use compose::cap;
pub use text::read_text;

/// Which of the texts of one command a place is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(pub usize);

/// A text and its name, as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// File name, or `<stdin>`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The bytes it stands in.
    pub span: SourceSpan,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing at all, unquoted.
    Null,
    /// Any other scalar.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, keys in file order and unique.
    Map(Vec<Entry>),
}

/// One key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// The bytes of the key.
    pub key_span: SourceSpan,
    /// The value.
    pub node: Node,
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, quotes and escapes resolved.
    pub text: String,
    /// How it was written, which decides whether `true` and `5` may be a bool and a number.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes, on one or more lines: by YAML's core schema it may be a bool or a number.
    Plain,
    /// In quotes, or tagged `!!str`: always a string.
    Quoted,
    /// `|` or `>`: always a string.
    Block,
}

/// What could be read of a text, and what could not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The documents that could be read, in file order. One with a problem that leaves the rest of
    /// it readable, such as a duplicate key, is among them.
    pub documents: Vec<Node>,
    /// Every problem, in the order found; empty when all of the text could be read.
    pub problems: Vec<Problem>,
}

/// Reads the documents of `source`, all or none of them.
///
/// A document of nothing but comments between two `---` is [`Value::Null`]; a text without any
/// document gives an empty list.
///
/// # Errors
///
/// Every problem of every document, each with its place.
pub fn parse(source: &Source) -> Result<Vec<Node>, Vec<Problem>> {
    let Parsed { documents, problems } = read(source);
    if problems.is_empty() { Ok(documents) } else { Err(problems) }
}

/// Reads what can be read of `source`: a broken document does not hide the others.
pub fn read(source: &Source) -> Parsed {
    if let Err(problem) = text::check(&source.text) {
        return Parsed { documents: Vec::new(), problems: vec![problem.into()] };
    }
    compose::compose(&source.text)
}

impl Node {
    /// The value of `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The entry of `key`, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a map in file order, merged ones last; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Null | Value::Scalar(_) | Value::List(_) => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Null | Value::Scalar(_) | Value::Map(_) => &[],
        }
    }

    /// The scalar, if this is one and not null.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The text of a scalar, whether or not it was quoted.
    pub fn as_text(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// Whether this is null: `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The bytes that `part` of this scalar's text stands in, or all of the scalar's bytes when
    /// escapes or folding keep the two from matching.
    ///
    /// `part` counts bytes of [`Scalar::text`]; `source` is the text this node was read from.
    pub fn part(&self, part: std::ops::Range<usize>, source: &Source) -> SourceSpan {
        place::part(self, part, &source.text).unwrap_or(self.span)
    }
}
