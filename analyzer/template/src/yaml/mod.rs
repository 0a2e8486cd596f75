//! YAML text as a tree that knows where each part stands.
//!
//! Scalars stay text: whether `5` is a number is decided by the field it is read for, so `NO`, `010`
//! and `1e3` are never turned into something else on the way.

use miette::SourceSpan;

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
    /// Without quotes on one or more lines: by YAML's core schema it may be a bool or a number.
    Plain,
    /// In quotes or as a block: always a string. True if its text stands in the file byte for
    /// byte, so that a place in the text is a place in the file (after the opening quote).
    Quoted,
    /// `|` or `>`.
    Block,
}
