//! The answer of the Prometheus HTTP API, read from its bytes.
//!
//! Values go straight from the bytes into one list; labels are measured and skipped. The reader
//! stops at the first limit, so a huge answer costs no more than the limit.

use std::cell::RefCell;

use assay_run::reading::{Answer, Fault, FaultKind, Reading};
use assay_template::number;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeSeed;

use crate::limits::{Limits, Partial, cut};
use crate::prometheus::wire::{Envelope, EnvelopeSeed, Form, Gathered};

/// Reads an answer with this status and body.
///
/// # Errors
///
/// [`Fault`] of kind `Refused` with the words of Argo Rollouts when the source says no,
/// `Unreadable` when the body is not what Prometheus sends, has a kind of value that is no number,
/// or is partial, and `TooLarge` when it exceeds a limit.
pub(crate) fn read(status: u16, body: &[u8], limits: &Limits) -> Result<Answer, Fault> {
    // Prometheus explains its own errors in the body of a 400 or 422; other errors are not its.
    if !matches!(status, 200..=299 | 400 | 422) {
        return Err(refused(status_error(status)));
    }
    let envelope = parse(body, limits)?;
    if envelope.status.as_deref() == Some("error") {
        let kind = envelope.error_type.unwrap_or_default();
        let error = envelope.error.unwrap_or_default();
        return Err(refused(cut(&format!("{kind}: {error}"), limits.text_bytes_max)));
    }
    if !(200..=299).contains(&status) {
        return Err(refused(String::from("bad_response: inconsistent body for response code")));
    }
    let mut warnings = shorten(envelope.warnings, limits);
    if envelope.is_partial {
        let message = "the answer is partial: some of the source's storage did not take part";
        match limits.partial {
            Partial::Refuse => return Err(unreadable(message)),
            Partial::Warn => warnings.push(message.to_owned()),
        }
    }
    let Some(gathered) = envelope.data else {
        return Err(unreadable("the answer says success but has no data"));
    };
    let sampled = gathered.oldest.and_then(timestamp);
    let reading = reading(gathered)?;
    let sampled = match &reading {
        Reading::Scalar(_) | Reading::Vector(_) => sampled,
        Reading::Matrix(_)
        | Reading::Json(_)
        | Reading::Text(_)
        | Reading::Health(_)
        | Reading::Score(_)
        | Reading::Samples(_)
        | Reading::Finished(_)
        | Reading::Nothing { .. } => None,
    };
    Ok(Answer { reading, warnings, sampled, unfounded: None })
}

fn status_error(status: u16) -> String {
    match status {
        400..=499 => format!("client_error: client error: {status}"),
        500..=599 => format!("server_error: server error: {status}"),
        _ => format!("bad_response: bad response code {status}"),
    }
}

fn parse(body: &[u8], limits: &Limits) -> Result<Envelope, Fault> {
    let fault = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let envelope = EnvelopeSeed { limits, fault: &fault }
        .deserialize(&mut reader)
        .and_then(|envelope| reader.end().map(|()| envelope));
    envelope.map_err(|error| fault.into_inner().unwrap_or_else(|| syntax(body, &error)))
}

/// The parser's own words may quote the body, so they are not used.
fn syntax(body: &[u8], error: &serde_json::Error) -> Fault {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let place = format!("(line {}, column {})", error.line(), error.column());
    unreadable(match first {
        None => String::from("the answer is empty"),
        Some(b'<') => String::from("the answer is not JSON but a page in HTML or XML"),
        Some(_) if error.is_eof() => String::from("the answer ends in the middle"),
        Some(_) if error.is_data() => {
            format!("the answer has not the form of a Prometheus answer {place}")
        }
        Some(_) => format!("the answer is not JSON {place}"),
    })
}

fn shorten(warnings: Vec<String>, limits: &Limits) -> Vec<String> {
    let kept = limits.warnings_max;
    let more = warnings.len().saturating_sub(kept);
    let mut short = warnings
        .iter()
        .take(kept)
        .map(|warning| cut(warning, limits.text_bytes_max))
        .collect::<Vec<_>>();
    if 0 < more {
        short.push(format!("{more} more warnings"));
    }
    short
}

fn reading(gathered: Gathered) -> Result<Reading, Fault> {
    let Gathered { result_type, form, values, .. } = gathered;
    let result_type = result_type.unwrap_or_default();
    match (result_type.as_str(), form) {
        ("scalar", Form::Pair(text)) => {
            let value = number::parse(&text)
                .map_err(|_| unreadable("the value of the scalar is no number"))?;
            Ok(Reading::Scalar(value))
        }
        ("vector", Form::Empty | Form::Instant) => Ok(Reading::Vector(values)),
        ("matrix", Form::Empty | Form::Range) => Ok(Reading::Matrix(values)),
        ("scalar" | "vector" | "matrix", Form::Absent) => {
            Err(unreadable("the answer says success but has no result"))
        }
        (kind @ ("scalar" | "vector" | "matrix"), form) => {
            Err(unreadable(format!("the answer says `{kind}` but has {}", form.describe())))
        }
        ("", _) => Err(unreadable("the answer has no result type")),
        (kind, _) => Err(unreadable(format!("unexpected value type \"{}\"", cut(kind, 40)))),
    }
}

fn timestamp(seconds: f64) -> Option<Timestamp> {
    SignedDuration::try_from_secs_f64(seconds).ok().and_then(|it| Timestamp::from_duration(it).ok())
}

fn refused(message: String) -> Fault {
    Fault { kind: FaultKind::Refused, message }
}

pub(crate) fn unreadable(message: impl Into<String>) -> Fault {
    Fault { kind: FaultKind::Unreadable, message: message.into() }
}
