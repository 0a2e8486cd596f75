//! Numbers and words of a criterion, each held against what it may be.

use crate::bind::reader::{Field, Reader, Text, present};
use crate::problem::{CriterionFault, MetricFault, shorten};
use crate::shape::{number, share};
use crate::substitute::Language;
use crate::yaml::Node;

/// What a number may be.
pub(super) struct Range {
    /// Whether it is a share, which may be written in percent and has to be where it is above 1.
    share: bool,
    /// What it has to be, as in "has to be a ratio above 1".
    wanted: &'static str,
    /// What to write instead.
    help: &'static str,
    holds: fn(f64) -> bool,
}

/// A tolerated rate of wrong answers.
pub(super) const RATE: Range = Range {
    share: true,
    wanted: "a share strictly between 0 and 1",
    help: "write for example `0.05` or `5%`",
    holds: |value| 0.0 < value && value < 1.0,
};

/// The canary's part of the traffic.
pub(super) const WEIGHT: Range = Range { help: "write for example `5%`", ..RATE };

/// A part of the baseline's requests.
pub(super) const EXPECTED: Range = Range { help: "write for example `0.5%`", ..RATE };

/// Something a second.
pub(super) const TRAFFIC: Range = Range {
    share: false,
    wanted: "above 0 and at most a thousand millions",
    help: "write for example `50`",
    holds: |value| 0.0 < value && value <= 1e9,
};

/// How much more is tolerated.
pub(super) const INCREASE: Range = Range {
    share: true,
    wanted: "a share from 0 to 1, or up to `1000%`",
    help: "write for example `0.1` or `10%`",
    holds: |value| (0.0..=10.0).contains(&value),
};

/// A difference of two shares.
pub(super) const EXCESS: Range = Range {
    share: true,
    wanted: "a share from 0 to less than 1",
    help: "write for example `0.0005` or `0.05%`",
    holds: |value| (0.0..1.0).contains(&value),
};

/// A quantile of the slow half.
pub(super) const QUANTILE: Range = Range {
    share: true,
    wanted: "strictly between 0.5 and 1",
    help: "write for example `0.95`",
    holds: |value| 0.5 < value && value < 1.0,
};

/// The level of an interval.
pub(super) const CONFIDENCE: Range = Range { help: "write for example `0.98`", ..QUANTILE };

/// A limit on the share of failed requests.
pub(super) const FAILED: Range = Range {
    share: true,
    wanted: "a share strictly between 0 and 0.9",
    help: "write for example `0.01` or `1%`",
    holds: |value| 0.0 < value && value < 0.9,
};

/// Two rates compared.
pub(super) const RATIO: Range = Range {
    share: false,
    wanted: "a ratio above 1",
    help: "write for example `1.5` for half more",
    holds: |value| 1.0 < value && value <= 1e6,
};

/// Part of the level relative to others.
pub(super) const RELATIVE: Range = Range {
    share: false,
    wanted: "above 0 and at most 1000",
    help: "write for example `2`; `dryRun` is for metrics without a say",
    holds: |value| 0.0 < value && value <= 1000.0,
};

/// A number of requests.
pub(super) const AMOUNT: Range = Range {
    share: false,
    wanted: "0 or more",
    help: "write for example `100`",
    holds: |value| (0.0..=1e12).contains(&value),
};

/// A distance in units of the gauge.
pub(super) const DISTANCE: Range = Range { help: "write for example `5`", ..AMOUNT };

/// Above a bound of a histogram.
pub(super) const POSITIVE: Range = Range {
    share: false,
    wanted: "above 0",
    help: "write for example `0.3`",
    holds: |value| 0.0 < value && value.is_finite(),
};

/// Any number there is.
pub(super) const FINITE: Range = Range {
    share: false,
    wanted: "a number",
    help: "write for example `80`",
    holds: f64::is_finite,
};

/// The number under `key`, with `default` where there is none; none if it is not known.
pub(super) fn setting(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    range: &Range,
    default: f64,
) -> Option<f64> {
    given(reader, node, key, range).or(default)
}

/// The number under `key`.
pub(super) fn given(reader: &mut Reader<'_>, node: &Node, key: &str, range: &Range) -> Field<f64> {
    let text = match reader.open_text(node, key, Language::Text, "a setting") {
        Field::Known(text) => text,
        Field::Absent => return Field::Absent,
        Field::Unknown => return Field::Unknown,
    };
    let written = text.as_str().trim();
    let value = if range.share { share(written) } else { number(written) };
    let bare = range.share && !written.ends_with('%');
    match value {
        Some(value) if bare && 1.0 < value => {
            let meant = value / 100.0;
            let help = if (range.holds)(meant) {
                format!("write `{meant}` or `{written}%`")
            } else {
                range.help.to_owned()
            };
            refuse(reader, key, &text, range.wanted, help);
            Field::Unknown
        }
        Some(value) if (range.holds)(value) => Field::Known(value),
        Some(_) | None => {
            refuse(reader, key, &text, range.wanted, range.help.to_owned());
            Field::Unknown
        }
    }
}

/// A number that has to be above another one, `least`, which is called `what`.
pub(super) fn above(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    value: f64,
    (least, what): (f64, &str),
) -> Option<f64> {
    if least < value {
        return Some(value);
    }
    let wanted = format!("above {least}, which is {what}");
    let text = match present(node, key) {
        Some(_) => value.to_string(),
        None => format!("{value} by default"),
    };
    let (field, at) = (key.to_owned(), Reader::span_of(node, key));
    let help = format!("write a larger `{key}`, or tolerate less");
    reader.fault(CriterionFault::Setting { field, text, wanted, help, at });
    None
}

/// A whole number from `least` to `most`, with a default.
pub(super) fn whole(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &'static str,
    (least, most): (u64, u64),
    default: u64,
) -> Option<u64> {
    let value = match reader.integer(node, key) {
        Field::Absent => return Some(default),
        Field::Unknown => return None,
        Field::Known(value) => value,
    };
    let fits = u64::try_from(value).ok().filter(|value| (least..=most).contains(value));
    if fits.is_none() {
        let (field, text) = (key.to_owned(), value.to_string());
        let wanted = format!("from {least} to {most}");
        let (help, at) = (format!("write for example `{default}`"), Reader::span_of(node, key));
        reader.fault(CriterionFault::Setting { field, text, wanted, help, at });
    }
    fits
}

/// One of a few words, with a default.
pub(super) fn word<T: Copy>(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    (words, allowed): (&[(&str, T)], &'static str),
    default: T,
) -> Option<T> {
    let text = match reader.word(node, key) {
        Field::Absent => return Some(default),
        Field::Unknown => return None,
        Field::Known(text) => text,
    };
    let meant = words.iter().find(|(word, _)| *word == text.as_str());
    if meant.is_none() {
        let (field, at) = (key.to_owned(), text.span());
        let text = text.as_str().to_owned();
        reader.fault(MetricFault::UnknownWord { field, text, allowed, at });
    }
    meant.map(|(_, meant)| *meant)
}

/// A label's name.
pub(super) fn label_name(reader: &mut Reader<'_>, field: &str, text: &Text<'_>) -> Option<String> {
    let name = text.as_str();
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.is_empty() && name.bytes().all(good) && !name.starts_with(|c: char| c.is_ascii_digit())
    {
        return Some(name.to_owned());
    }
    let help = String::from("write for example `role`");
    refuse(reader, field, text, "the name of a label", help);
    None
}

/// Refuses a text for a field.
pub(super) fn refuse(
    reader: &mut Reader<'_>,
    field: &str,
    text: &Text<'_>,
    wanted: &str,
    help: String,
) {
    let (field, wanted, at) = (field.to_owned(), wanted.to_owned(), text.span());
    let text = if text.as_str().is_empty() { "empty" } else { text.as_str() };
    let text = shorten(text);
    reader.fault(CriterionFault::Setting { field, text, wanted, help, at });
}

/// Refuses two fields of which only one may be there; whether both are.
pub(super) fn exclude(
    reader: &mut Reader<'_>,
    node: &Node,
    one: &'static str,
    other: &'static str,
    help: &'static str,
) -> bool {
    let (Some(first), Some(second)) = (entry(node, one), entry(node, other)) else { return false };
    let (first, at) = (first.key_span, second.key_span);
    reader.fault(CriterionFault::EitherOr { one, other, help, first, at });
    true
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n crate::yaml::Entry> {
    present(node, key).and_then(|_| node.entry(key))
}
