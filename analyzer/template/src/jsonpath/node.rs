//! What a path is made of, and what it finds.

use crate::json::Json;

/// One element of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// What stands in one pair of braces, each element applied to what the one before found.
    List(Vec<Node>),
    /// Text outside of braces or in quotes.
    Text(String),
    /// `.name`.
    Field(String),
    /// `[2]`, `[1:3]`, `[::2]`, `[*]`.
    Slice(Slice),
    /// `[?(@.a == 1.0)]`.
    Filter(Filter),
    /// `5`.
    Int(i64),
    /// `5.0`.
    Float(f64),
    /// `true`, `false`.
    Bool(bool),
    /// `.*`.
    Wildcard,
    /// `..`.
    Recursive,
    /// `['a','b']`, `[1,2]`.
    Union(Vec<Vec<Node>>),
    /// `range`.
    Range,
    /// `end`.
    End,
    /// Any other word; only inside a filter or a union, where it may never be looked at.
    Word(String),
}

/// The part of an array that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    /// First index; below zero: from the end; none: 0.
    pub(super) start: Option<i64>,
    /// Where it ends.
    pub(super) end: End,
    /// Distance of the elements; none: 1.
    pub(super) step: Option<i64>,
}

/// Where a slice ends, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At the end of the array.
    Open,
    /// At this index; below zero: from the end.
    At(i64),
    /// One after the start, because no end was written.
    AfterStart(i64),
}

/// A test of each element of an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// The path finds something in the element.
    Exists(Vec<Node>),
    /// Both sides find one value in the element, and they compare so.
    Compare {
        /// Left side.
        left: Vec<Node>,
        /// How they must compare.
        operator: Operator,
        /// Right side.
        right: Vec<Node>,
    },
}

/// How two values must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
}

/// A value a path found: a part of the data, or something written in the path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// A part of the data.
    Json(&'a Json),
    /// A text of the path.
    Text(&'a String),
    /// An integer of the path. The data has none: its numbers are doubles.
    Int(i64),
    /// A number of the path.
    Float(f64),
    /// `true` or `false` in the path.
    Bool(bool),
    /// One byte of a text, which is what `.*` makes of a text.
    Byte(u8),
}

impl<'a> Found<'a> {
    /// The value of its own.
    pub(super) fn to_json(self) -> Json {
        match self {
            Self::Json(json) => json.clone(),
            Self::Text(text) => Json::Text(text.clone()),
            Self::Int(value) => Json::Number(nearest(value)),
            Self::Float(value) => Json::Number(value),
            Self::Bool(value) => Json::Bool(value),
            Self::Byte(value) => Json::Number(f64::from(value)),
        }
    }

    /// Whether it is `json` itself, not only equal to it.
    pub(super) fn is(self, json: &Json) -> bool {
        match self {
            Self::Json(found) => std::ptr::eq(found, json),
            Self::Text(_) | Self::Int(_) | Self::Float(_) | Self::Bool(_) | Self::Byte(_) => false,
        }
    }

    /// The text it is, if it is one.
    pub(super) fn text(self) -> Option<&'a String> {
        match self {
            Self::Json(Json::Text(text)) | Self::Text(text) => Some(text),
            Self::Json(
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Map(_),
            )
            | Self::Int(_)
            | Self::Float(_)
            | Self::Bool(_)
            | Self::Byte(_) => None,
        }
    }

    /// Go's name of its type, which is part of client-go's messages.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Json(Json::Null) => "<nil>",
            Self::Json(Json::Bool(_)) | Self::Bool(_) => "bool",
            Self::Json(Json::Number(_)) | Self::Float(_) => "float64",
            Self::Json(Json::Text(_)) | Self::Text(_) => "string",
            Self::Json(Json::List(_)) => "[]interface {}",
            Self::Json(Json::Map(_)) => "map[string]interface {}",
            Self::Int(_) => "int",
            Self::Byte(_) => "uint8",
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a condition sees every number as a double")]
fn nearest(value: i64) -> f64 {
    value as f64
}
