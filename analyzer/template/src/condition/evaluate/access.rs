//! Elements, fields and slices.

use std::sync::Arc;

use super::super::code::CodeId;
use super::super::method::Method;
use super::super::value::{List, Map, Text, Value, show};
use super::operators::int;
use super::{Evaluation, Exit, Step, fault};

impl<'v> Evaluation<'v> {
    /// `result[place]`.
    pub(super) fn element(&self, place: i64) -> Step<Value<'v>> {
        if let Value::List(List::Floats(items)) = &self.subject
            && let Ok(at) = usize::try_from(place)
            && let Some(item) = items.get(at)
        {
            return Ok(Value::Float(*item));
        }
        fetch(&self.subject, &Value::Int(place))
    }

    pub(super) fn member(
        &mut self,
        base: CodeId,
        property: CodeId,
        optional: bool,
    ) -> Step<Value<'v>> {
        let base = self.value(base)?;
        if optional && base.is_nil() {
            return Err(Exit::Nil);
        }
        let property = self.value(property)?;
        fetch(&base, &property)
    }

    pub(super) fn slice(
        &mut self,
        base: CodeId,
        from: Option<CodeId>,
        to: Option<CodeId>,
    ) -> Step<Value<'v>> {
        let base = self.value(base)?;
        // The end is computed before the beginning, as in the language.
        let to = match to {
            Some(to) => self.value(to)?,
            None => Value::length(raw_length(&base)?),
        };
        let from = match from {
            Some(from) => self.value(from)?,
            None => Value::Int(0),
        };
        let length = match &base {
            Value::List(_) | Value::Text(_) => raw_length(&base)?,
            _ => return fault(format!("cannot slice {}", show(&from))),
        };
        let (from, to) = bounds(int(&from)?, int(&to)?, length);
        self.hold((to - from).saturating_mul(size_of::<Value<'_>>()))?;
        Ok(match base {
            Value::List(list) => Value::List(list.slice(from, to)),
            Value::Text(Text::Borrowed(bytes)) => Value::Text(Text::Borrowed(&bytes[from..to])),
            Value::Text(Text::Shared(bytes)) => {
                Value::Text(Text::Shared(Arc::from(&bytes[from..to])))
            }
            other => other,
        })
    }

    /// Everything that `$env` holds.
    pub(super) fn environment_map(&self) -> Value<'v> {
        let functions = self.environment.functions().iter().map(|function| {
            (Text::Borrowed(function.name().as_bytes()), Value::Function(*function))
        });
        let mut map: std::collections::BTreeMap<_, _> = functions.collect();
        if let super::Environment::Condition(_) = self.environment {
            map.insert(Text::Borrowed(b"result"), self.subject.clone());
        }
        Value::Map(Map::made(map))
    }
}

/// The length in elements or bytes, which is what slices count in.
fn raw_length(value: &Value<'_>) -> Step<usize> {
    match value {
        Value::List(list) => Ok(list.len()),
        Value::Text(text) => Ok(text.bytes().len()),
        Value::Map(map) => Ok(map.len()),
        other => fault(format!("invalid argument for len (type {})", other.type_name())),
    }
}

/// Places from the end made places from the beginning, and all of them inside.
fn bounds(from: i64, to: i64, length: usize) -> (usize, usize) {
    let length_int = i64::try_from(length).unwrap_or(i64::MAX);
    let inside = |place: i64| {
        let place = if place < 0 { place.saturating_add(length_int) } else { place };
        usize::try_from(place.max(0)).unwrap_or(usize::MAX)
    };
    let to = inside(to).min(length);
    (inside(from).min(to), to)
}

/// `from[key]`.
pub(super) fn fetch<'v>(from: &Value<'v>, key: &Value<'v>) -> Step<Value<'v>> {
    if let Some(method) = method(from, key) {
        return Ok(method);
    }
    match from {
        Value::List(list) => {
            let place = place(int(key)?, list.len())?;
            Ok(list.get(place).unwrap_or(Value::Nil))
        }
        Value::Text(text) => {
            let place = place(int(key)?, text.bytes().len())?;
            Ok(text.bytes().get(place).map_or(Value::Nil, |byte| Value::Byte(*byte)))
        }
        Value::Map(map) => match map.get(key) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Ok(missing(map)),
            Err(message) => fault(message),
        },
        other => fault(format!("cannot fetch {} from {}", show(key), other.type_name())),
    }
}

/// What a map gives for a key it does not have.
fn missing<'v>(map: &Map<'v>) -> Value<'v> {
    match map {
        Map::Any(any) if any.groups => Value::List(List::Absent),
        Map::Any(_) | Map::Json(_) | Map::Made(_) => Value::Nil,
    }
}

/// A method of a time or its kin, if `key` names one.
fn method<'v>(from: &Value<'v>, key: &Value<'v>) -> Option<Value<'v>> {
    let receiver = from.receiver()?;
    let Value::Text(name) = key else {
        return None;
    };
    let method = Method::of(receiver, &name.lossy())?;
    Some(Value::Method(Arc::new((from.clone(), method))))
}

/// A place in a list, counted from the end when negative.
fn place(index: i64, length: usize) -> Step<usize> {
    let length_int = i64::try_from(length).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(length_int) } else { index };
    match usize::try_from(index) {
        Ok(place) if place < length => Ok(place),
        _ => fault(format!("index out of range: {index} (array length is {length})")),
    }
}

/// `get(from, key)`, which gives nil where `from[key]` fails.
pub(super) fn get<'v>(from: &Value<'v>, key: &Value<'v>) -> Step<Value<'v>> {
    if let Some(method) = method(from, key) {
        return Ok(method);
    }
    match from {
        Value::List(list) => {
            Ok(place(int(key)?, list.len()).ok().and_then(|at| list.get(at)).unwrap_or(Value::Nil))
        }
        Value::Text(text) => Ok(place(int(key)?, text.bytes().len())
            .ok()
            .and_then(|at| text.bytes().get(at).copied())
            .map_or(Value::Nil, Value::Byte)),
        Value::Map(map) => match map.get(key) {
            Ok(value) => Ok(value.unwrap_or(Value::Nil)),
            Err(message) => fault(message),
        },
        _ => Ok(Value::Nil),
    }
}
