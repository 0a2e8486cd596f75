//! The result of a Prometheus answer: series, points and labels, up to their limits.

use std::fmt;

use assay_run::reading::{Fault, FaultKind};
use assay_template::number;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::prometheus::answer::unreadable;
use crate::prometheus::wire::{EnvelopeSeed, Form, Gathered};

/// Reads into `into`: the result, then each of its elements.
pub(crate) struct ResultSeed<'a, 'g> {
    pub(crate) seed: EnvelopeSeed<'a>,
    pub(crate) into: &'g mut Gathered,
}

impl<'de> DeserializeSeed<'de> for ResultSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResultSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`result` as a list")
    }

    /// Go encodes an empty list that was never filled as `null`.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.into.form = Form::Empty;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { seed, into } = self;
        into.form = Form::Empty;
        let mut place = 0;
        while seq.next_element_seed(ElementSeed { seed, into, place })?.is_some() {
            place += 1;
        }
        Ok(())
    }
}

/// One element of the result: a series, or a part of a pair.
struct ElementSeed<'a, 'g> {
    seed: EnvelopeSeed<'a>,
    into: &'g mut Gathered,
    place: usize,
}

impl ElementSeed<'_, '_> {
    fn time<E: Error>(self, seconds: f64) -> Result<(), E> {
        if self.place != 0 {
            return Err(E::custom(""));
        }
        self.into.oldest = Some(seconds);
        Ok(())
    }

    /// Settles what kind of series the result has; all of them must be of one kind.
    fn settle<E: Error>(&mut self, form: Form) -> Result<(), E> {
        match (&self.into.form, &form) {
            (Form::Empty, _) | (Form::Instant, Form::Instant) | (Form::Range, Form::Range) => {
                self.into.form = form;
                Ok(())
            }
            (Form::Absent | Form::Pair(_) | Form::Instant | Form::Range, _) => {
                Err(self.seed.stop(unreadable("the answer mixes series of different kinds")))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for ElementSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ElementSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series")
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<(), E> {
        self.time(precise(seconds))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<(), E> {
        let magnitude = precise(seconds.unsigned_abs());
        self.time(if seconds < 0 { -magnitude } else { magnitude })
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<(), E> {
        self.time(seconds)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if self.place != 1 || self.into.oldest.is_none() || 0 < self.into.series {
            return Err(E::custom(""));
        }
        self.into.form = Form::Pair(text.to_owned());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.into.series += 1;
        if self.into.series != self.place + 1 {
            return Err(A::Error::custom(""));
        }
        let series_max = self.seed.limits.series_max;
        if series_max < self.into.series {
            return Err(self.seed.stop(too_large(format!("more than {series_max} series"))));
        }
        let mut has_value = false;
        while let Some(key) = map.next_key::<SeriesKey>()? {
            match key {
                SeriesKey::Metric => map.next_value_seed(LabelsSeed(self.seed))?,
                SeriesKey::Value => {
                    self.settle(Form::Instant)?;
                    has_value = true;
                    map.next_value_seed(PointSeed { seed: self.seed, into: self.into })?;
                }
                SeriesKey::Values => {
                    self.settle(Form::Range)?;
                    has_value = true;
                    map.next_value_seed(PointsSeed { seed: self.seed, into: self.into })?;
                }
                SeriesKey::Histogram | SeriesKey::Histograms => {
                    let message = "the answer has native histograms, which are no single number; \
                                   ask for example for `histogram_quantile(0.95, …)` of them";
                    return Err(self.seed.stop(unreadable(message)));
                }
                SeriesKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if has_value {
            return Ok(());
        }
        Err(self.seed.stop(unreadable("the answer has a series without a value")))
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum SeriesKey {
    Metric,
    Value,
    Values,
    Histogram,
    Histograms,
    #[serde(other)]
    Other,
}

/// `[[time, "value"], …]`.
struct PointsSeed<'a, 'g> {
    seed: EnvelopeSeed<'a>,
    into: &'g mut Gathered,
}

impl<'de> DeserializeSeed<'de> for PointsSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for PointsSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of points")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { seed, into } = self;
        while seq.next_element_seed(PointSeed { seed, into })?.is_some() {}
        Ok(())
    }
}

/// `[time, "value"]`.
struct PointSeed<'a, 'g> {
    seed: EnvelopeSeed<'a>,
    into: &'g mut Gathered,
}

impl<'de> DeserializeSeed<'de> for PointSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for PointSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { seed, into } = self;
        let half = || unreadable("the answer has a point without time or value");
        let time = seq.next_element::<f64>()?.ok_or_else(|| seed.stop(half()))?;
        let Value(value) =
            seq.next_element_seed(ValueSeed(seed))?.ok_or_else(|| seed.stop(half()))?;
        if seq.next_element::<IgnoredAny>()?.is_some() {
            return Err(seed.stop(unreadable("the answer has a point of more than two parts")));
        }
        let points_max = seed.limits.points_max;
        if points_max <= into.values.len() {
            return Err(seed.stop(too_large(format!("more than {points_max} points"))));
        }
        into.values.push(value);
        into.oldest = Some(into.oldest.map_or(time, |oldest| oldest.min(time)));
        Ok(())
    }
}

struct Value(f64);

struct ValueSeed<'a>(EnvelopeSeed<'a>);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        let no_number = || self.0.stop(unreadable("the answer has a value that is no number"));
        number::parse(text).map(Value).map_err(|_| no_number())
    }
}

/// The labels of a series: weighed, not kept.
struct LabelsSeed<'a>(EnvelopeSeed<'a>);

impl<'de> DeserializeSeed<'de> for LabelsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for LabelsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("labels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let bytes_max = self.0.limits.label_bytes_max;
        let mut bytes = 0usize;
        while let Some((Weight(name), Weight(value))) = map.next_entry::<Weight, Weight>()? {
            bytes = bytes.saturating_add(name).saturating_add(value);
            if bytes_max < bytes {
                let what = format!("a series with more than {bytes_max} bytes of labels");
                return Err(self.0.stop(too_large(what)));
            }
        }
        Ok(())
    }
}

/// The bytes of a text.
struct Weight(usize);

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scale;
        impl Visitor<'_> for Scale {
            type Value = Weight;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Weight, E> {
                Ok(Weight(text.len()))
            }
        }
        deserializer.deserialize_str(Scale)
    }
}

fn too_large(what: String) -> Fault {
    Fault { kind: FaultKind::TooLarge, message: format!("the answer has {what}") }
}

/// Seconds as a double. Exact up to 2^53 seconds, which no clock reaches.
#[expect(clippy::cast_precision_loss, reason = "timestamps are far below 2^53")]
fn precise(seconds: u64) -> f64 {
    seconds as f64
}
