//! Whether an answer holds evidence at all, which strict mode asks before any condition does.

use assay_template::json::Json;
use assay_template::plan::{Criterion, MetricPlan};
use jiff::{SignedDuration, Timestamp};

use crate::reading::{Answer, Reading};
use crate::state::Missing;

/// How far a value's own time may be from the time asked for, either way, in seconds.
///
/// Five minutes is Prometheus's look-back: an older value would not have been returned at all.
pub(crate) const AGE_SECONDS_MAX: i64 = 300;

/// What is missing in `answer`, asked for at `asked_at`; none if it can be judged.
pub(crate) fn missing(
    metric: &MetricPlan,
    answer: &Answer,
    asked_at: Timestamp,
) -> Option<Missing> {
    absent(&answer.reading)
        .or_else(|| answer.unfounded.clone().map(|why| Missing::Nothing { why }))
        .or_else(|| not_finite(&answer.reading))
        .or_else(|| stale(answer.sampled, asked_at))
        .or_else(|| ambiguous(&metric.criterion, &answer.reading))
}

/// How many of the values are NaN, how many infinite, and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// NaN.
    pub(crate) nan: usize,
    /// Positive or negative infinity.
    pub(crate) infinite: usize,
    /// All numbers.
    pub(crate) numbers: usize,
}

impl Census {
    /// Counts the numbers of `reading`.
    pub(crate) fn of(reading: &Reading) -> Self {
        let mut census = Self::default();
        match reading {
            Reading::Scalar(value) | Reading::Score(value) => census.add(*value),
            Reading::Vector(values) | Reading::Matrix(values) => {
                values.iter().for_each(|value| census.add(*value));
            }
            Reading::Json(value) => census.add_json(value),
            Reading::Text(_)
            | Reading::Health(_)
            | Reading::Finished(_)
            | Reading::Samples(_)
            | Reading::Nothing { .. } => {}
        }
        census
    }

    fn add(&mut self, value: f64) {
        self.numbers += 1;
        self.nan += usize::from(value.is_nan());
        self.infinite += usize::from(value.is_infinite());
    }

    fn add_json(&mut self, value: &Json) {
        match value {
            Json::Number(value) => self.add(*value),
            Json::List(items) => items.iter().for_each(|item| self.add_json(item)),
            Json::Map(entries) => entries.values().for_each(|item| self.add_json(item)),
            Json::Null | Json::Bool(_) | Json::Text(_) => {}
        }
    }
}

/// Whether more series came than the fixed places that the conditions look at (trap T15).
pub(crate) fn ambiguous(criterion: &Criterion, reading: &Reading) -> Option<Missing> {
    let Reading::Vector(values) = reading else { return None };
    let Criterion::Conditions { success, failure } = criterion else { return None };
    let mut places = None;
    for condition in success.iter().chain(failure) {
        places = places.max(Some(condition.fixed_places()?));
    }
    (places? < values.len()).then_some(Missing::Ambiguous { series: values.len() })
}

fn absent(reading: &Reading) -> Option<Missing> {
    let empty = match reading {
        Reading::Vector(values) | Reading::Matrix(values) => values.is_empty(),
        Reading::Json(value) => json_is_empty(value),
        Reading::Text(body) => body.trim().is_empty(),
        Reading::Health(health) => health.passed == 0 && health.failures.is_empty(),
        Reading::Samples(samples) => samples.series.is_empty(),
        Reading::Scalar(_) | Reading::Score(_) | Reading::Finished(_) => false,
        Reading::Nothing { why } => return Some(Missing::Nothing { why: why.clone() }),
    };
    empty.then_some(Missing::Empty)
}

/// Whether a JSON value holds nothing: a list of nulls is as empty as an empty list.
fn json_is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(_) | Json::Number(_) => false,
        Json::Text(text) => text.trim().is_empty(),
        Json::List(items) => items.iter().all(|item| *item == Json::Null),
        Json::Map(entries) => entries.is_empty(),
    }
}

fn not_finite(reading: &Reading) -> Option<Missing> {
    let census = Census::of(reading);
    let count = census.nan + census.infinite;
    (0 < count).then_some(Missing::NotFinite { count, of: census.numbers })
}

fn stale(sampled: Option<Timestamp>, asked_at: Timestamp) -> Option<Missing> {
    let age = asked_at.duration_since(sampled?);
    let allowed = SignedDuration::from_secs(AGE_SECONDS_MAX);
    (allowed < age.abs()).then_some(Missing::Stale { age_seconds: age.as_secs() })
}
