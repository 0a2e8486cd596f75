//! Counts, times and lists in English.

use std::time::Duration;

use jiff::Timestamp;

/// `1 measurement`, `5 measurements`.
pub(crate) fn count(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A part of measurements: `the only measurement`, `all 3 measurements`, `1 of 6 measurements`,
/// `none of 6 measurements`.
pub(crate) fn of(part: u32, whole: u32) -> String {
    let noun = count(whole, "measurement");
    match (part, whole) {
        (1, 1) => String::from("the only measurement"),
        (2, 2) => String::from("both measurements"),
        (part, whole) if part == whole => format!("all {noun}"),
        (0, _) => format!("none of {noun}"),
        (part, _) => format!("{part} of {noun}"),
    }
}

/// `was` or `were`.
pub(crate) fn was(number: u32) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

/// How many may be so: `none may`, `only 2 may`.
pub(crate) fn may(limit: u32) -> String {
    match limit {
        0 => String::from("none may"),
        limit => format!("only {limit} may"),
    }
}

/// The time of day, in UTC: `10:05:00Z`.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `text` with a capital at the start if it starts with a small word; names stay as they are.
pub(crate) fn opening(text: &str) -> String {
    match text.split_once(' ') {
        Some(("the", rest)) => format!("The {rest}"),
        Some(("in", rest)) => format!("In {rest}"),
        Some(_) | None => text.to_owned(),
    }
}

/// A duration in its two largest units: `90s` is `1m30s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, 0) => format!("{}ms", duration.as_millis()),
        (0, 0, rest) => format!("{rest}s"),
        (0, minutes, 0) => format!("{minutes}m"),
        (0, minutes, rest) => format!("{minutes}m{rest}s"),
        (hours, 0, _) => format!("{hours}h"),
        (hours, minutes, _) => format!("{hours}h{minutes}m"),
    }
}

/// The start of `text`, at most `chars_max` characters, for a place inside a sentence.
pub(crate) fn start(text: &str, chars_max: usize) -> String {
    let mut chars = text.chars();
    let kept: String = chars.by_ref().take(chars_max).collect();
    if chars.next().is_none() { kept } else { format!("{kept}…") }
}
