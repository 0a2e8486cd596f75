//! Maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Text, Value};
use crate::json::Json;

/// A map, always in the order of its keys.
#[derive(Clone, Debug)]
pub(in super::super) enum Map<'a> {
    /// An object of the measured JSON value.
    Json(&'a BTreeMap<String, Json>),
    /// Made by the evaluation, with strings as keys.
    Made(Arc<(u16, BTreeMap<Text<'a>, Value<'a>>)>),
    /// Made by the evaluation, with any keys.
    Any(Arc<AnyMap<'a>>),
}

/// A map with any keys.
#[derive(Debug)]
pub(in super::super) struct AnyMap<'a> {
    /// Whether it came from `groupBy`, so that its values are lists.
    pub(in super::super) groups: bool,
    pub(in super::super) depth: u16,
    /// The key itself beside its value, by what makes keys equal.
    pub(in super::super) entries: BTreeMap<Key<'a>, (Value<'a>, Value<'a>)>,
}

/// What makes two keys equal: type and value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Key<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Int64(i64),
    Byte(u8),
    /// The bits of the double, zero being one number.
    Float(u64),
    /// NaN equals nothing, not even itself, so every one is a key of its own.
    Nan(usize),
    Text(Text<'a>),
    Time(jiff::Timestamp),
    Duration(i64),
    Month(i64),
    Weekday(i64),
}

impl<'a> Key<'a> {
    /// The key that `value` is; `nth` tells one NaN from the next.
    ///
    /// # Errors
    ///
    /// A message for values that cannot be keys, such as lists.
    pub(in super::super) fn of(value: &Value<'a>, nth: usize) -> Result<Self, String> {
        Ok(match value {
            Value::Nil => Self::Nil,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Int64(value) => Self::Int64(*value),
            Value::Byte(value) => Self::Byte(*value),
            Value::Float(value) if value.is_nan() => Self::Nan(nth),
            // Adding zero turns the negative zero into the positive one.
            Value::Float(value) => Self::Float((value + 0.0).to_bits()),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Time(moment) => Self::Time(moment.timestamp),
            Value::Duration(value) => Self::Duration(*value),
            Value::Month(value) => Self::Month(*value),
            Value::Weekday(value) => Self::Weekday(*value),
            Value::List(_)
            | Value::Map(_)
            | Value::Zone(_)
            | Value::Function(_)
            | Value::Method(_) => {
                return Err(format!(
                    "runtime error: hash of unhashable type {}",
                    value.type_name()
                ));
            }
        })
    }
}

impl<'a> Map<'a> {
    /// A map with strings as keys.
    pub(in super::super) fn made(map: BTreeMap<Text<'a>, Value<'a>>) -> Self {
        let depth = map.values().map(Value::depth).max().unwrap_or(0).saturating_add(1);
        Self::Made(Arc::new((depth, map)))
    }

    /// A map with any keys.
    pub(in super::super) fn any(
        groups: bool,
        entries: BTreeMap<Key<'a>, (Value<'a>, Value<'a>)>,
    ) -> Self {
        let depth = entries.values().map(|(_, value)| value.depth()).max().unwrap_or(0);
        Self::Any(Arc::new(AnyMap { groups, depth: depth.saturating_add(1), entries }))
    }

    /// How many entries it has.
    pub(in super::super) fn len(&self) -> usize {
        match self {
            Self::Json(map) => map.len(),
            Self::Made(map) => map.1.len(),
            Self::Any(map) => map.entries.len(),
        }
    }

    /// Every key and its value.
    pub(in super::super) fn entries(&self) -> Vec<(Value<'a>, Value<'a>)> {
        match self {
            Self::Json(map) => map
                .iter()
                .map(|(key, value)| (Value::Text(Text::Borrowed(key.as_bytes())), Value::of(value)))
                .collect(),
            Self::Made(map) => {
                map.1.iter().map(|(key, value)| (Value::Text(key.clone()), value.clone())).collect()
            }
            Self::Any(map) => map.entries.values().cloned().collect(),
        }
    }

    /// The value of a key that is a string.
    pub(in super::super) fn get_text(&self, key: &[u8]) -> Option<Value<'a>> {
        match self {
            Self::Json(map) => {
                // Keys of JSON are text, so bytes that are none cannot be among them.
                std::str::from_utf8(key).ok().and_then(|key| map.get(key)).map(Value::of)
            }
            Self::Made(map) => map.1.get(&Text::Borrowed(key)).cloned(),
            Self::Any(map) => {
                map.entries.get(&Key::Text(Text::Borrowed(key))).map(|(_, value)| value.clone())
            }
        }
    }

    /// The value of `key`, if there is one.
    ///
    /// # Errors
    ///
    /// A message for a key of a type that the map cannot have.
    pub(in super::super) fn get(&self, key: &Value<'a>) -> Result<Option<Value<'a>>, String> {
        match (self, key) {
            (Self::Json(_) | Self::Made(_), Value::Text(text)) => Ok(self.get_text(text.bytes())),
            // Nil stands for the key that is no text at all.
            (Self::Json(_) | Self::Made(_), Value::Nil) => Ok(self.get_text(b"")),
            (Self::Json(_) | Self::Made(_), other) => Err(format!(
                "reflect.Value.MapIndex: value of type {} is not assignable to type string",
                other.type_name()
            )),
            (Self::Any(map), key) => {
                let key = Key::of(key, usize::MAX)?;
                Ok(map.entries.get(&key).map(|(_, value)| value.clone()))
            }
        }
    }

    /// The name of its Go type.
    pub(in super::super) fn type_name(&self) -> &'static str {
        match self {
            Self::Json(_) | Self::Made(_) => "map[string]interface {}",
            Self::Any(map) if map.groups => "map[interface {}][]interface {}",
            Self::Any(_) => "map[interface {}]interface {}",
        }
    }

    /// Levels of lists and maps made by the evaluation.
    pub(in super::super) fn depth(&self) -> u16 {
        match self {
            Self::Json(_) => 0,
            Self::Made(map) => map.0,
            Self::Any(map) => map.depth,
        }
    }
}
