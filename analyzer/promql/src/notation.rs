//! The series notation of Prometheus's rule tests: `up{job="node"}` and `1+2x3 _ stale`.
//!
//! | written | means |
//! |---|---|
//! | `3` | one sample |
//! | `1+2x3` | `1 3 5 7`: the first, then 3 more, each 2 larger |
//! | `9-2x3` | `9 7 5 3` |
//! | `5x2` | `5 5 5`: the first, then 2 more |
//! | `_`, `_x3` | no sample, 3 times no sample |
//! | `stale` | the series is gone from here on |
//!
//! Samples are one interval apart, whether there is one or not.

use crate::cursor::{Cursor, Quotes};
use crate::labels::Labels;
use crate::series::{SeriesBuilder, stale};
use crate::text::{TextProblem, TextProblemKind, parse_float};

/// How many values a text of values may give.
pub const NOTATION_SAMPLES_MAX: usize = 10_000_000;

/// Reads the name and labels of a series: `up`, `up{job="node"}`, `{__name__="up"}`.
///
/// # Errors
///
/// [`TextProblem`] for anything else, with its place in `text`.
pub fn parse_series(text: &str, builder: &mut SeriesBuilder) -> Result<Labels, TextProblem> {
    let mut cursor = Cursor::new(text, 0);
    skip_white(&mut cursor);
    let pairs = cursor.series(Quotes::Go)?;
    skip_white(&mut cursor);
    if cursor.peek().is_some() {
        return Err(cursor.unexpected("nothing after the labels"));
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    Ok(builder.intern(&pairs))
}

/// Reads values; `None` stands for no sample.
///
/// # Errors
///
/// [`TextProblem`] for anything that is not a value, for native histograms, and for more than
/// [`NOTATION_SAMPLES_MAX`] values, with its place in `text`.
pub fn parse_values(text: &str) -> Result<Vec<Option<f64>>, TextProblem> {
    let mut values = Vec::new();
    let mut cursor = Cursor::new(text, 0);
    skip_white(&mut cursor);
    while cursor.peek().is_some() {
        item(&mut cursor, &mut values)?;
        let before = cursor.at();
        skip_white(&mut cursor);
        if cursor.peek().is_some() && cursor.at() == before {
            return Err(cursor.unexpected("a blank between two values"));
        }
    }
    Ok(values)
}

/// Reads a series and its values into `builder`, the first value at `start_ms`.
///
/// # Errors
///
/// As [`parse_series`] and [`parse_values`]; the first says [`NotationProblem::Series`], the other
/// [`NotationProblem::Values`]. Nothing is added then.
pub fn load(
    series: &str,
    values: &str,
    start_ms: i64,
    interval_ms: i64,
    builder: &mut SeriesBuilder,
) -> Result<(), NotationProblem> {
    let labels = parse_series(series, builder).map_err(NotationProblem::Series)?;
    let values = parse_values(values).map_err(NotationProblem::Values)?;
    let place = builder.place(&labels);
    let mut time_ms = start_ms;
    for value in values {
        if let Some(value) = value {
            builder.append(place, time_ms, value);
        }
        time_ms = time_ms.saturating_add(interval_ms);
    }
    Ok(())
}

/// Which of the two texts of a series is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotationProblem {
    /// The name and labels.
    #[error("in the series: {0}")]
    Series(TextProblem),
    /// The values.
    #[error("in the values: {0}")]
    Values(TextProblem),
}

fn skip_white(cursor: &mut Cursor<'_>) {
    cursor.take_while(|byte| byte.is_ascii_whitespace());
}

/// Reads one value with its repetition.
fn item(cursor: &mut Cursor<'_>, values: &mut Vec<Option<f64>>) -> Result<(), TextProblem> {
    let start = cursor.at();
    if cursor.rest().starts_with("{{") {
        cursor.skip(2);
        return Err(cursor.problem(start, TextProblemKind::NativeHistogram));
    }
    if cursor.accept(b'_') {
        let times = repetition(cursor)?.unwrap_or(1);
        return extend(cursor, start, values, times, |_| None);
    }
    if cursor.rest().starts_with("stale") {
        cursor.skip("stale".len());
        let times = repetition(cursor)?.map_or(1, |times| times.saturating_add(1));
        return extend(cursor, start, values, times, |_| Some(stale()));
    }
    let first = number(cursor)?;
    let step = match cursor.peek() {
        Some(b'+' | b'-') => Some(number(cursor)?),
        Some(_) | None => None,
    };
    let times = match (step, repetition(cursor)?) {
        (Some(_), None) => return Err(cursor.unexpected("`x` and how often")),
        (None, None) => 1,
        (Some(_) | None, Some(times)) => times.saturating_add(1),
    };
    let mut value = first;
    let step = step.unwrap_or(0.0);
    extend(cursor, start, values, times, |index| {
        // Added up, not multiplied: 0.1 thrice is what Prometheus makes of it.
        if 0 < index {
            value += step;
        }
        Some(value)
    })
}

fn extend(
    cursor: &Cursor<'_>,
    start: usize,
    values: &mut Vec<Option<f64>>,
    times: usize,
    value_at: impl FnMut(usize) -> Option<f64>,
) -> Result<(), TextProblem> {
    if NOTATION_SAMPLES_MAX - values.len() < times {
        let kind = TextProblemKind::TooManySamples { samples_max: NOTATION_SAMPLES_MAX };
        return Err(cursor.problem(start, kind));
    }
    values.extend((0..times).map(value_at));
    Ok(())
}

/// Reads `x3`, if there is an `x`.
fn repetition(cursor: &mut Cursor<'_>) -> Result<Option<usize>, TextProblem> {
    let start = cursor.at();
    if !cursor.accept(b'x') {
        return Ok(None);
    }
    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
    let bad = || TextProblemKind::BadRepeat { text: digits.to_owned() };
    digits.parse().map(Some).map_err(|_| cursor.problem(start, bad()))
}

/// Reads a decimal number or a word for infinity or NaN. Hexadecimal cannot be written: `0x5` is
/// six zeros.
fn number(cursor: &mut Cursor<'_>) -> Result<f64, TextProblem> {
    let start = cursor.at();
    let _ = cursor.accept(b'-') || cursor.accept(b'+');
    let word = cursor.rest().get(..3).map(str::to_ascii_lowercase);
    if matches!(word.as_deref(), Some("inf" | "nan")) {
        cursor.skip(3);
    } else {
        cursor.take_while(|byte| byte.is_ascii_digit() || byte == b'.');
        if matches!(cursor.peek(), Some(b'e' | b'E')) {
            cursor.skip(1);
            let _ = cursor.accept(b'-') || cursor.accept(b'+');
            cursor.take_while(|byte| byte.is_ascii_digit());
        }
    }
    let text = cursor.since(start);
    if text.trim_start_matches(['+', '-']).is_empty() {
        return Err(cursor.unexpected("a number, `_` or `stale`"));
    }
    // A signed NaN is a NaN: the sign is the notation's, not the number's.
    let unsigned = text.trim_start_matches(['+', '-']);
    let value = parse_float(if unsigned.eq_ignore_ascii_case("nan") { unsigned } else { text });
    let bad = || TextProblemKind::BadNumber { text: text.to_owned() };
    value.ok_or_else(|| cursor.problem(start, bad()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::series::is_stale;

    fn check(text: &str, expected: &str) {
        let read = match parse_values(text) {
            Ok(values) => {
                let show = |value: &Option<f64>| match value {
                    None => "_".to_owned(),
                    Some(value) if is_stale(*value) => "stale".to_owned(),
                    Some(value) => value.to_string(),
                };
                values.iter().map(show).collect::<Vec<_>>().join(" ")
            }
            Err(problem) => format!("{problem} at {:?}", problem.span),
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn values_are_written_as_in_rule_tests() {
        check("1 2.5 -3", "1 2.5 -3");
        check("1+2x3", "1 3 5 7");
        check("1-2x3 7", "1 -1 -3 -5 7");
        check("-2+4x1", "-2 2");
        check("5x2", "5 5 5");
        check("0x5", "0 0 0 0 0 0"); // not hexadecimal
        check("1e2+1.5e0x1", "100 101.5");
        check("_ _x2 stale 1", "_ _ _ stale 1");
        check("_x0 stalex1", "stale stale");
        check("NaN +Inf -inf", "NaN inf -inf");
        check("0.1+0.1x2", "0.1 0.2 0.30000000000000004"); // added up
        check("  \n1\t2 ", "1 2");
        check("", "");
    }

    #[test]
    fn what_is_not_a_value_is_refused_with_its_place() {
        check(
            "1 {{schema:0}}",
            "native histograms (`{{...}}`) are not supported, only floats at 2..4",
        );
        check("1+2", "expected `x` and how often, found the end at 3..3");
        check("1 a", "expected a number, `_` or `stale`, found `a` at 2..3");
        check("1x", "`x` is not a repetition at 1..2");
        check("1x-3", "`x` is not a repetition at 1..2");
        check("1,2", "expected a blank between two values, found `,` at 1..2");
        check("1e999", "`1e999` is not a number a sample can have at 0..5");
        check("1..2", "`1..2` is not a number a sample can have at 0..4");
        check("_x99999999999", "more than 10000000 samples at 0..13");
        check("9x9999999 9x9", "more than 10000000 samples at 10..13");
        check("1 é", "expected a number, `_` or `stale`, found `é` at 2..4");
    }

    fn check_series(text: &str, expected: &str) {
        let read = match parse_series(text, &mut SeriesBuilder::new()) {
            Ok(labels) => labels.to_string(),
            Err(problem) => format!("{problem} at {:?}", problem.span),
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn series_are_written_as_in_rule_tests() {
        check_series("up", "up");
        check_series("job:up:rate5m{}", "job:up:rate5m");
        check_series(r#"up{b='2', a="1",}"#, r#"up{a="1", b="2"}"#);
        check_series(r#"{__name__="up",a=`x\n`}"#, r#"up{a="x\\n"}"#);
        check_series(r#"{"my.metric", "my.label"="1"}"#, r#"my.metric{my.label="1"}"#);
        check_series(r#"up{a="1",a="2"}"#, "label `a` is given twice at 9..10");
        check_series(r#"up{a=1}"#, "expected a quoted text, found `1` at 5..6");
        check_series(r#"up{a="1"} 3"#, "expected nothing after the labels, found `3` at 10..11");
        check_series("9up", "expected the name of a metric, found `9` at 0..1");
        check_series("", "expected the name of a metric or `{`, found the end at 0..0");
        check_series("up{a=\"1\"", "expected `,` or `}`, found the end at 8..8");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}", values in "[-+0-9x._ einfsta{}]{0,20}") {
            drop(parse_series(&text, &mut SeriesBuilder::new()));
            drop(parse_values(&text));
            drop(parse_values(&values));
        }
    }
}
