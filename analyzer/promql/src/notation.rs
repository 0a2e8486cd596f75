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
//!
//! Two more words are ours, for series that follow a rollout:
//!
//! | written | means |
//! |---|---|
//! | `{{weight}}` | in place of a number: the canary's weight at the time of the sample, in percent |
//! | `{{100-weight}}` | the rest of the traffic, in percent |
//! | `{{weight*2.5}}`, `{{100-weight*2.5}}` | that, 2.5 times |
//! | `last+1x3` | 3 more samples, each 1 larger than the one before |

use crate::cursor::{Cursor, Quotes};
use crate::labels::Labels;
use crate::series::{SeriesBuilder, is_stale, stale};
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

/// The values of a series, read but not yet counted out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    items: Vec<Item>,
    samples: usize,
}

/// Values of one kind in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    /// No sample, so many times.
    None { times: usize },
    /// The series is gone.
    Stale { times: usize },
    /// A value, so many times, each `step` more than the one before.
    Steps { first: Amount, step: Option<Amount>, times: usize },
    /// From the value before on, each `step` more.
    Further { step: Amount, times: usize },
}

impl Item {
    fn times(self) -> usize {
        match self {
            Self::None { times }
            | Self::Stale { times }
            | Self::Steps { times, .. }
            | Self::Further { times, .. } => times,
        }
    }
}

/// A number, or one that follows the canary's weight.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Amount {
    Number(f64),
    /// The canary's share of the traffic in percent, times `factor`.
    Canary {
        factor: f64,
    },
    /// The rest of the traffic in percent, times `factor`.
    Rest {
        factor: f64,
    },
}

impl Amount {
    fn at(self, weight: f64) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Canary { factor } => weight * factor,
            Self::Rest { factor } => (100.0 - weight) * factor,
        }
    }

    fn follows_weight(self) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Canary { .. } | Self::Rest { .. } => true,
        }
    }
}

impl Values {
    /// Reads values.
    ///
    /// # Errors
    ///
    /// [`TextProblem`] for anything that is not a value, for native histograms, and for more than
    /// [`NOTATION_SAMPLES_MAX`] values, with its place in `text`.
    pub fn parse(text: &str) -> Result<Self, TextProblem> {
        let mut values = Self::default();
        let mut cursor = Cursor::new(text, 0);
        skip_white(&mut cursor);
        while cursor.peek().is_some() {
            let start = cursor.at();
            let item = item(&mut cursor)?;
            if NOTATION_SAMPLES_MAX - values.samples < item.times() {
                let kind = TextProblemKind::TooManySamples { samples_max: NOTATION_SAMPLES_MAX };
                return Err(cursor.problem(start, kind));
            }
            values.samples += item.times();
            values.items.push(item);
            let before = cursor.at();
            skip_white(&mut cursor);
            if cursor.peek().is_some() && cursor.at() == before {
                return Err(cursor.unexpected("a blank between two values"));
            }
        }
        Ok(values)
    }

    /// How many values there are, missing ones among them.
    pub fn len(&self) -> usize {
        self.samples
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// True if some of them depend on the canary's weight.
    pub fn follow_weight(&self) -> bool {
        self.items.iter().any(|item| match *item {
            Item::None { .. } | Item::Stale { .. } => false,
            Item::Steps { first, step, .. } => {
                first.follows_weight() || step.is_some_and(Amount::follows_weight)
            }
            Item::Further { step, .. } => step.follows_weight(),
        })
    }

    /// Tells `each` the place and the value of every sample there is, first to last.
    ///
    /// `weight` says the canary's weight, 0 to 100, at the time of the sample with that place.
    pub fn count_out(&self, weight: impl Fn(usize) -> f64, mut each: impl FnMut(usize, f64)) {
        let mut place = 0;
        let mut last = 0.0;
        for item in &self.items {
            for index in 0..item.times() {
                let value = match *item {
                    Item::None { .. } => None,
                    Item::Stale { .. } => Some(stale()),
                    Item::Steps { first, step: None, .. } => Some(first.at(weight(place))),
                    Item::Steps { first, step: Some(_), .. } if index == 0 => {
                        Some(first.at(weight(place)))
                    }
                    // Added up, not multiplied: 0.1 thrice is what Prometheus makes of it.
                    Item::Steps { step: Some(step), .. } | Item::Further { step, .. } => {
                        Some(last + step.at(weight(place)))
                    }
                };
                if let Some(value) = value {
                    each(place, value);
                    last = if is_stale(value) { last } else { value };
                }
                place += 1;
            }
        }
    }
}

/// Reads the series and values of a rule test into `builder`, the first value at `start_ms`.
///
/// Values that follow a canary's weight see one of 0.
///
/// # Errors
///
/// As [`parse_series`] and [`Values::parse`]; the first says [`NotationProblem::Series`], the other
/// [`NotationProblem::Values`]. Nothing is added then.
pub fn load(
    series: &str,
    values: &str,
    start_ms: i64,
    interval_ms: i64,
    builder: &mut SeriesBuilder,
) -> Result<(), NotationProblem> {
    let labels = parse_series(series, builder).map_err(NotationProblem::Series)?;
    let values = Values::parse(values).map_err(NotationProblem::Values)?;
    let place = builder.place(&labels);
    values.count_out(
        |_| 0.0,
        |index, value| builder.append(place, time_ms(start_ms, interval_ms, index), value),
    );
    Ok(())
}

/// The time of the sample at place `index`, in milliseconds since 1970.
pub fn time_ms(start_ms: i64, interval_ms: i64, index: usize) -> i64 {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    start_ms.saturating_add(interval_ms.saturating_mul(index))
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
fn item(cursor: &mut Cursor<'_>) -> Result<Item, TextProblem> {
    if cursor.accept(b'_') {
        return Ok(Item::None { times: repetition(cursor)?.unwrap_or(1) });
    }
    if accept_word(cursor, "stale") {
        let times = repetition(cursor)?.map_or(1, |times| times.saturating_add(1));
        return Ok(Item::Stale { times });
    }
    if accept_word(cursor, "last") {
        let step = match cursor.peek() {
            Some(b'+' | b'-') => step(cursor)?,
            Some(_) | None => return Err(cursor.unexpected("`+` or `-` and by how much")),
        };
        let times = repetition(cursor)?;
        let times = times.ok_or_else(|| cursor.unexpected("`x` and how often"))?;
        return Ok(Item::Further { step, times });
    }
    let first = amount(cursor)?;
    let step = match cursor.peek() {
        Some(b'+' | b'-') => Some(step(cursor)?),
        Some(_) | None => None,
    };
    let times = match (step, repetition(cursor)?) {
        (Some(_), None) => return Err(cursor.unexpected("`x` and how often")),
        (None, None) => 1,
        (Some(_) | None, Some(times)) => times.saturating_add(1),
    };
    Ok(Item::Steps { first, step, times })
}

fn accept_word(cursor: &mut Cursor<'_>, word: &str) -> bool {
    let starts = cursor.rest().starts_with(word);
    if starts {
        cursor.skip(word.len());
    }
    starts
}

/// Reads by how much a value grows, sign included.
fn step(cursor: &mut Cursor<'_>) -> Result<Amount, TextProblem> {
    let signed_weight = cursor.rest().get(1..).is_some_and(|rest| rest.starts_with("{{"));
    if !signed_weight {
        return number(cursor).map(Amount::Number);
    }
    let sign = if cursor.peek() == Some(b'-') { -1.0 } else { 1.0 };
    cursor.skip(1);
    Ok(match amount(cursor)? {
        Amount::Number(number) => Amount::Number(sign * number),
        Amount::Canary { factor } => Amount::Canary { factor: sign * factor },
        Amount::Rest { factor } => Amount::Rest { factor: sign * factor },
    })
}

/// Reads a number, or a share of the traffic in two braces.
fn amount(cursor: &mut Cursor<'_>) -> Result<Amount, TextProblem> {
    if !cursor.rest().starts_with("{{") {
        return number(cursor).map(Amount::Number);
    }
    let start = cursor.at();
    cursor.skip(2);
    cursor.skip_blanks();
    let rest = accept_word(cursor, "100-");
    if !accept_word(cursor, "weight") {
        return Err(cursor.problem(start, TextProblemKind::NativeHistogram));
    }
    let factor = if cursor.accept(b'*') { number(cursor)? } else { 1.0 };
    cursor.skip_blanks();
    if !accept_word(cursor, "}}") {
        return Err(cursor.unexpected("`*` and a number, or `}}`"));
    }
    Ok(if rest { Amount::Rest { factor } } else { Amount::Canary { factor } })
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

    fn check(text: &str, expected: &str) {
        let read = match Values::parse(text) {
            Ok(parsed) => {
                let mut values = vec![None; parsed.len()];
                // A canary that gets 10 percent, and 30 from the fourth sample on.
                let weight = |place| if place < 3 { 10.0 } else { 30.0 };
                parsed.count_out(weight, |place, value| values[place] = Some(value));
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
    fn values_may_follow_the_weight_of_a_canary() {
        check("{{weight}}x4", "10 10 10 30 30");
        check("{{100-weight}} {{ weight*0.5 }}", "90 5");
        check("0+{{weight}}x4", "0 10 20 50 80");
        check("100-{{100-weight*0.1}}x2", "100 91 82");
        check("1+1x2 last+{{weight}}x2 last-1x1", "1 2 3 33 63 62");
        check("last+1x2 stale last+1x1", "1 2 stale 3");
        check("last", "expected `+` or `-` and by how much, found the end at 4..4");
        check("{{weight/2}}", "expected `*` and a number, or `}}`, found `/` at 8..9");
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
            drop(Values::parse(&text));
            drop(Values::parse(&values));
        }
    }
}
