//! The JSON of a Prometheus answer, gathered without a tree.
//!
//! `resultType` may come after `result`, so the result is read by its looks and compared with the
//! type at the end.

use std::cell::RefCell;
use std::fmt;

use assay_run::reading::Fault;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::limits::Limits;
use crate::prometheus::answer::unreadable;
use crate::prometheus::series::ResultSeed;

/// The outermost object.
#[derive(Default)]
pub(crate) struct Envelope {
    pub(crate) status: Option<String>,
    pub(crate) error_type: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) is_partial: bool,
    pub(crate) data: Option<Gathered>,
}

/// What `data` holds.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) result_type: Option<String>,
    pub(crate) form: Form,
    /// The values of all series, one after the other.
    pub(crate) values: Vec<f64>,
    /// The smallest timestamp of the values, in Unix seconds.
    pub(crate) oldest: Option<f64>,
    /// How many series there were.
    pub(crate) series: usize,
}

/// What the result looks like.
#[derive(Default)]
pub(crate) enum Form {
    /// There is none.
    #[default]
    Absent,
    /// An empty list.
    Empty,
    /// A time and a text: a scalar or a string.
    Pair(String),
    /// Series with one value each.
    Instant,
    /// Series with lists of values.
    Range,
}

impl Form {
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Absent => "no result",
            Self::Empty => "an empty list",
            Self::Pair(_) => "a single value",
            Self::Instant => "series with one value each",
            Self::Range => "series with lists of values",
        }
    }
}

/// Where a fault of ours waits while the parser, which knows only its own errors, unwinds.
type FaultCell = RefCell<Option<Fault>>;

#[derive(Clone, Copy)]
pub(crate) struct EnvelopeSeed<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) fault: &'a FaultCell,
}

impl EnvelopeSeed<'_> {
    /// Keeps `fault` and makes the parser stop.
    pub(crate) fn stop<E: Error>(&self, fault: Fault) -> E {
        *self.fault.borrow_mut() = Some(fault);
        E::custom("")
    }
}

impl<'de> DeserializeSeed<'de> for EnvelopeSeed<'_> {
    type Value = Envelope;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Envelope, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EnvelopeSeed<'_> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer of Prometheus")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let mut envelope = Envelope::default();
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Status => envelope.status = map.next_value()?,
                Key::ErrorType => envelope.error_type = map.next_value()?,
                Key::Error => envelope.error = map.next_value()?,
                Key::Warnings => {
                    envelope.warnings =
                        map.next_value::<Option<Vec<String>>>()?.unwrap_or_default();
                }
                Key::IsPartial => {
                    envelope.is_partial = map.next_value::<Option<bool>>()?.unwrap_or_default();
                }
                Key::Data => {
                    if envelope.data.is_some() {
                        return Err(self.stop(unreadable("the answer has `data` twice")));
                    }
                    envelope.data = map.next_value_seed(DataSeed(self))?;
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(envelope)
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Status,
    ErrorType,
    Error,
    Warnings,
    IsPartial,
    Data,
    #[serde(other)]
    Other,
}

struct DataSeed<'a>(EnvelopeSeed<'a>);

impl<'de> DeserializeSeed<'de> for DataSeed<'_> {
    type Value = Option<Gathered>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DataSeed<'_> {
    type Value = Option<Gathered>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`data` as an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    /// Some proxies send an empty text along with an error.
    fn visit_str<E: Error>(self, _text: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut gathered = Gathered::default();
        while let Some(key) = map.next_key::<DataKey>()? {
            match key {
                DataKey::ResultType => gathered.result_type = map.next_value()?,
                DataKey::Result => {
                    if !matches!(gathered.form, Form::Absent) {
                        return Err(self.0.stop(unreadable("the answer has `result` twice")));
                    }
                    let into = &mut gathered;
                    map.next_value_seed(ResultSeed { seed: self.0, into })?;
                }
                DataKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(gathered))
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum DataKey {
    ResultType,
    Result,
    #[serde(other)]
    Other,
}
