//! A reading as text and as what a condition sees.

use std::collections::BTreeMap;

use assay_template::condition::Subject;
use assay_template::json::Json;
use assay_template::number;

use crate::reading::{Health, Reading};
use crate::words;

/// The longest recorded value, in bytes; what is longer ends in `…`.
pub(crate) const VALUE_BYTES_MAX: usize = 4096;

/// The longest recorded message, in bytes; what is longer ends in `…`.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1024;

/// The longest value inside a sentence, in characters.
const BRIEF_CHARS_MAX: usize = 80;

/// Significant digits of a number inside a sentence.
const DIGITS: usize = 5;

/// A reading prepared for conditions.
#[derive(Debug)]
pub(crate) enum Prepared<'a> {
    /// One double.
    Scalar(f64),
    /// Doubles in response order.
    Floats(&'a [f64]),
    /// Any JSON value that came from outside.
    Json(&'a Json),
    /// A JSON value made here.
    Made(Json),
}

impl<'a> Prepared<'a> {
    /// What `reading` is to a condition; none if there is nothing at all.
    pub(crate) fn of(reading: &'a Reading) -> Option<Self> {
        Some(match reading {
            Reading::Scalar(value) | Reading::Score(value) => Self::Scalar(*value),
            Reading::Vector(values) | Reading::Matrix(values) => Self::Floats(values),
            Reading::Json(value) => Self::Json(value),
            Reading::Text(body) => Self::Made(Json::Text(body.clone())),
            Reading::Health(health) => Self::Made(health_object(health)),
            Reading::Finished(completed) => Self::Made(Json::Bool(*completed)),
            Reading::Samples(_) | Reading::Nothing { .. } => return None,
        })
    }

    /// The same for the condition language.
    pub(crate) fn subject(&self) -> Subject<'_> {
        match self {
            Self::Scalar(value) => Subject::Scalar(*value),
            Self::Floats(values) => Subject::Floats(values),
            Self::Json(value) => Subject::Json(value),
            Self::Made(value) => Subject::Json(value),
        }
    }
}

/// The value as Argo records it; longer than [`VALUE_BYTES_MAX`] it may be incomplete.
pub(crate) fn text(reading: &Reading) -> String {
    match reading {
        Reading::Scalar(value) => number::plain(*value),
        Reading::Score(value) => number::plain(value.trunc()),
        Reading::Vector(values) | Reading::Matrix(values) => list(values),
        Reading::Json(value) => value.to_string(),
        Reading::Text(body) => body.clone(),
        Reading::Health(health) => health_object(health).to_string(),
        Reading::Finished(_) | Reading::Samples(_) | Reading::Nothing { .. } => String::new(),
    }
}

/// Cuts `text` to `bytes_max` bytes, the mark of the cut included.
pub(crate) fn cut(mut text: String, bytes_max: usize) -> String {
    const MARK: &str = "…";
    if bytes_max < text.len() {
        let mut end = bytes_max.saturating_sub(MARK.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(MARK);
    }
    text
}

/// A value inside a sentence: a list of one is shown as its element, a long fraction shortened.
pub(crate) fn brief(value: &str) -> String {
    let value = only(value);
    words::start(&rounded(value).unwrap_or_else(|| value.to_owned()), BRIEF_CHARS_MAX)
}

/// The element of a list of one; anything else as it is.
fn only(value: &str) -> &str {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.filter(|inner| !inner.is_empty() && !inner.contains([',', '[', '{'])).unwrap_or(value)
}

/// `0.49315` for `0.4931506849315069`, and nothing for a number that rounding would make shorter still:
/// a value of 0.9499999 must not be shown as the limit of 0.95 that it misses.
fn rounded(value: &str) -> Option<String> {
    let fraction = value.split_once('.').map_or("", |(_, fraction)| fraction);
    if fraction.len() <= DIGITS || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: f64 = value.parse().ok()?;
    // `{:e}` writes one digit before the point, so this has five significant ones.
    let scientific = format!("{number:.precision$e}", precision = DIGITS - 1);
    let (digits, _) = scientific.split_once('e')?;
    let short = scientific.parse::<f64>().ok()?.to_string();
    (!digits.ends_with('0')).then_some(short)
}

/// On which side of a simple limit such as `result[0] >= 0.95` a value fell that did not meet it.
pub(crate) fn side(condition: &str, value: &str) -> Option<&'static str> {
    let value: f64 = only(value).parse().ok()?;
    let place = condition.find(['<', '>'])?;
    let (subject, comparison) = condition.split_at(place);
    let limit = comparison.trim_start_matches(['<', '>', '=']).trim();
    let simple = matches!(subject.trim(), "result" | "result[0]") && limit.parse::<f64>().is_ok();
    let side = if comparison.starts_with('>') { "below" } else { "above" };
    (simple && value.is_finite()).then_some(side)
}

/// A list of doubles, written no further than will be kept.
fn list(values: &[f64]) -> String {
    let mut text = String::from("[");
    for (place, value) in values.iter().enumerate() {
        if VALUE_BYTES_MAX < text.len() {
            break;
        }
        if 0 < place {
            text.push(',');
        }
        text.push_str(&number::plain(*value));
    }
    text.push(']');
    text
}

/// The object a condition sees of a round of probes, as `HealthQuery` documents it.
fn health_object(health: &Health) -> Json {
    let passed = f64::from(health.passed);
    let failed = count(health.failures.len());
    let total = passed + failed;
    let ratio = if 0.0 < total { Json::Number(passed / total) } else { Json::Null };
    object([
        ("successRatio", ratio),
        ("passed", Json::Number(passed)),
        ("failed", Json::Number(failed)),
        ("total", Json::Number(total)),
        ("latencySeconds", latency_object(&health.latencies_seconds)),
    ])
}

/// Mean, maximum and 95th percentile (nearest rank), each null if no probe was answered.
fn latency_object(seconds: &[f64]) -> Json {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * 95).div_ceil(100).saturating_sub(1);
    let mean = sorted.iter().sum::<f64>() / count(sorted.len());
    let number = |value: Option<f64>| value.map_or(Json::Null, Json::Number);
    object([
        ("mean", number(sorted.first().map(|_| mean))),
        ("max", number(sorted.last().copied())),
        ("p95", number(sorted.get(rank).copied())),
    ])
}

fn object<const N: usize>(entries: [(&str, Json); N]) -> Json {
    Json::Map(
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>(),
    )
}

fn count(length: usize) -> f64 {
    f64::from(u32::try_from(length).unwrap_or(u32::MAX))
}
