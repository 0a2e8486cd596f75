//! What can be wrong with series notation and pages, and numbers as Go reads them.

use std::ops::Range;

/// Something wrong in series notation or on a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct TextProblem {
    /// What is wrong.
    pub kind: TextProblemKind,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
}

impl TextProblem {
    /// The line and the column of the start in `text`, both from 1; columns count characters.
    pub fn line_and_column(&self, text: &str) -> (usize, usize) {
        line_and_column(text, self.span.start)
    }
}

/// What can be wrong in series notation or on a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextProblemKind {
    /// Something else was expected.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What could have been there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A quoted text has no end.
    #[error("the quoted text has no end")]
    Unfinished,
    /// A backslash with something that is not an escape.
    #[error("`{escape}` is no escape")]
    BadEscape {
        /// The backslash and what follows it.
        escape: String,
    },
    /// Escapes that give bytes that are not UTF-8.
    #[error("the escapes give bytes that are not UTF-8")]
    NotUtf8,
    /// A label is there twice.
    #[error("label `{name}` is given twice")]
    LabelTwice {
        /// Its name.
        name: String,
    },
    /// A number that cannot be read or is too large.
    #[error("`{text}` is not a number a sample can have")]
    BadNumber {
        /// As written.
        text: String,
    },
    /// A time that cannot be read or is too large.
    #[error("`{text}` is not a timestamp")]
    BadTime {
        /// As written.
        text: String,
    },
    /// A repetition that cannot be read.
    #[error("`x{text}` is not a repetition")]
    BadRepeat {
        /// As written, without the `x`.
        text: String,
    },
    /// Native histograms have no place here yet.
    #[error("native histograms (`{{{{...}}}}`) are not supported, only floats")]
    NativeHistogram,
    /// More samples than a text may give.
    #[error("more than {samples_max} samples")]
    TooManySamples {
        /// The limit.
        samples_max: usize,
    },
    /// An OpenMetrics page that stops before its end, so part of it may be missing.
    #[error("the page does not end with `# EOF`, so part of it may be missing")]
    NoEnd,
}

/// The line and the column of byte `offset` in `text`, both from 1; columns count characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let starts = before[line_start..].iter().filter(|&&byte| byte & 0xC0 != 0x80);
    (line, starts.count() + 1)
}

/// Reads a float as Go does, with `Inf` and `NaN` in any case; one too large is no number.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let unsigned = text.trim_start_matches(['+', '-']);
    let is_word = unsigned.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_signed_nan = value.is_nan() && unsigned.len() != text.len();
    let is_overflow = value.is_infinite() && !is_word;
    (!is_signed_nan && !is_overflow).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("1.5e3", Some(1500.0)),
            ("+Inf", Some(f64::INFINITY)),
            ("-infinity", Some(f64::NEG_INFINITY)),
            (".5", Some(0.5)),
            ("1.", Some(1.0)),
            ("1e400", None),
            ("-nan", None),
            ("0x10", None),
            ("1_000", None),
            ("", None),
        ] {
            assert_eq!(parse_float(text), expected, "{text}");
        }
        assert!(parse_float("NaN").is_some_and(f64::is_nan));
    }
}
