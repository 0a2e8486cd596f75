//! What a condition computes with.
//!
//! The measured value is borrowed, never copied; what an evaluation makes itself is shared.

mod equality;
mod format;
mod list;
mod map;
mod text;

pub(super) use equality::equal;
pub(super) use format::{json, show};
pub(super) use list::{ItemsKind, List};
pub(super) use map::{Key, Map};
pub(super) use text::Text;

use std::sync::Arc;

use super::environment::Function;
use super::method::{Method, Receiver};
use super::moment::{Moment, Zone};
use crate::json::Json;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    /// `nil`.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number; sums wrap around, as in Go.
    Int(i64),
    /// What `asInt` gives.
    Int64(i64),
    /// A byte of a string or byte string.
    Byte(u8),
    /// A double.
    Float(f64),
    /// A string.
    Text(Text<'a>),
    /// A list.
    List(List<'a>),
    /// A map.
    Map(Map<'a>),
    /// A time.
    Time(Arc<Moment>),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A month, 1 to 12.
    Month(i64),
    /// A day of the week, Sunday 0.
    Weekday(i64),
    /// A time zone.
    Zone(Arc<Zone>),
    /// A function of the environment.
    Function(Function),
    /// A method of the value it was taken from.
    Method(Arc<(Value<'a>, Method)>),
}

/// A number, whatever its type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// A whole one.
    Int(i64),
    /// A double.
    Float(f64),
}

impl Number {
    /// As a double; whole numbers above 2^53 lose precision, as in Go.
    #[expect(clippy::cast_precision_loss, reason = "this is what Go's conversion does")]
    pub(super) fn float(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// As a whole number, cut towards zero.
    ///
    /// What does not fit, NaN included, becomes the smallest number, as Go does it on amd64.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
    pub(super) fn int(self) -> i64 {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        match self {
            Self::Int(value) => value,
            Self::Float(value) if (-LIMIT..LIMIT).contains(&value) => value as i64,
            Self::Float(_) => i64::MIN,
        }
    }
}

impl<'a> Value<'a> {
    /// A JSON value as it is.
    pub(super) fn of(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Nil,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(value) => Self::Float(*value),
            Json::Text(text) => Self::Text(Text::Borrowed(text.as_bytes())),
            Json::List(items) => Self::List(List::Json(items)),
            Json::Map(map) => Self::Map(Map::Json(map)),
        }
    }

    /// A string.
    pub(super) fn text(text: impl AsRef<[u8]>) -> Self {
        Self::Text(Text::Shared(Arc::from(text.as_ref())))
    }

    /// A whole number from a length or a place.
    pub(super) fn length(length: usize) -> Self {
        Self::Int(i64::try_from(length).unwrap_or(i64::MAX))
    }

    /// The number it is, if it is one. A duration is not.
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Self::Float(value) => Some(Number::Float(*value)),
            Self::Int(value) | Self::Int64(value) => Some(Number::Int(*value)),
            Self::Byte(value) => Some(Number::Int(i64::from(*value))),
            Self::Nil
            | Self::Bool(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::Time(_)
            | Self::Duration(_)
            | Self::Month(_)
            | Self::Weekday(_)
            | Self::Zone(_)
            | Self::Function(_)
            | Self::Method(_) => None,
        }
    }

    /// Whether it is nil, or a list that was never made.
    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Self::Nil | Self::List(List::Absent))
    }

    /// The name of its Go type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Byte(_) => "uint8",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(list) => list.type_name(),
            Self::Map(map) => map.type_name(),
            Self::Time(_) => "time.Time",
            Self::Duration(_) => "time.Duration",
            Self::Month(_) => "time.Month",
            Self::Weekday(_) => "time.Weekday",
            Self::Zone(_) => "*time.Location",
            Self::Function(function) => function.signature(),
            Self::Method(_) => "func",
        }
    }

    /// What methods it has.
    pub(super) fn receiver(&self) -> Option<Receiver> {
        match self {
            Self::Time(_) => Some(Receiver::Time),
            Self::Duration(_) => Some(Receiver::Duration),
            Self::Month(_) => Some(Receiver::Month),
            Self::Weekday(_) => Some(Receiver::Weekday),
            Self::Zone(_) => Some(Receiver::Location),
            Self::Nil
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Int64(_)
            | Self::Byte(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::Function(_)
            | Self::Method(_) => None,
        }
    }

    /// How many levels of lists and maps made by the evaluation it has.
    pub(super) fn depth(&self) -> u16 {
        match self {
            Self::List(list) => list.depth(),
            Self::Map(map) => map.depth(),
            Self::Method(method) => method.0.depth().saturating_add(1),
            Self::Nil
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Int64(_)
            | Self::Byte(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::Time(_)
            | Self::Duration(_)
            | Self::Month(_)
            | Self::Weekday(_)
            | Self::Zone(_)
            | Self::Function(_) => 0,
        }
    }
}
