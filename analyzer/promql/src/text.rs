//! Reading text byte by byte, and what can be wrong with it, with its place.

use std::borrow::Cow;
use std::ops::Range;

use crate::labels::METRIC_NAME;

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

/// How label values are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// `"` with the escapes `\\`, `\"` and `\n`: pages.
    Page,
    /// `"`, `'` and backticks with the escapes of Go: queries and series notation.
    Go,
}

/// A place in a text that moves on.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn rest(&self) -> &'t str {
        // The cursor only stops between characters; were it not so, nothing would be left.
        self.text.get(self.at..).unwrap_or("")
    }

    pub(crate) fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or("")
    }

    /// Goes on by `bytes`, which must be whole characters.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
    }

    /// Goes past `byte` (ASCII) if it is next.
    pub(crate) fn accept(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        if there {
            self.at += 1;
        }
        there
    }

    /// Goes on while `takes` holds, which must only hold for ASCII or for all other bytes.
    pub(crate) fn take_while(&mut self, takes: impl Fn(u8) -> bool) -> &'t str {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        self.at += rest.iter().position(|&byte| !takes(byte)).unwrap_or(rest.len());
        self.since(start)
    }

    /// Goes past blanks and tabs.
    pub(crate) fn skip_blanks(&mut self) {
        self.take_while(|byte| byte == b' ' || byte == b'\t');
    }

    /// Goes past the next character.
    pub(crate) fn next_char(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(crate) fn unexpected(&self, expected: &'static str) -> TextProblem {
        let next = self.rest().chars().next();
        let found = match next {
            None => "the end".to_owned(),
            Some('\n') => "the end of the line".to_owned(),
            Some(other) => format!("`{}`", other.escape_debug()),
        };
        let length = next.map_or(0, char::len_utf8);
        TextProblem {
            kind: TextProblemKind::Unexpected { expected, found },
            span: self.at..self.at + length,
        }
    }

    pub(crate) fn problem(&self, start: usize, kind: TextProblemKind) -> TextProblem {
        TextProblem { kind, span: start..self.at }
    }

    /// Reads a quoted text; the opening quote is next.
    pub(crate) fn quoted(&mut self, quotes: Quotes) -> Result<Cow<'t, str>, TextProblem> {
        let start = self.at;
        let quote = match (self.peek(), quotes) {
            (Some(b'"'), _) => b'"',
            (Some(byte @ (b'\'' | b'`')), Quotes::Go) => byte,
            (_, Quotes::Page | Quotes::Go) => return Err(self.unexpected("a quoted text")),
        };
        self.at += 1;
        if quote == b'`' {
            let raw = self.take_while(|byte| byte != b'`');
            let done = self.accept(b'`');
            return if done {
                Ok(raw.into())
            } else {
                Err(self.problem(start, TextProblemKind::Unfinished))
            };
        }
        let plain = self.take_while(|byte| byte != quote && byte != b'\\' && byte != b'\n');
        if self.accept(quote) {
            return Ok(plain.into());
        }
        let mut bytes = plain.as_bytes().to_vec();
        while !self.accept(quote) {
            match self.peek() {
                None | Some(b'\n') => return Err(self.problem(start, TextProblemKind::Unfinished)),
                Some(b'\\') => self.escape(quote, quotes, &mut bytes)?,
                Some(_) => {
                    let plain =
                        self.take_while(|byte| byte != quote && byte != b'\\' && byte != b'\n');
                    bytes.extend_from_slice(plain.as_bytes());
                }
            }
        }
        let text = String::from_utf8(bytes);
        text.map(Cow::Owned).map_err(|_| self.problem(start, TextProblemKind::NotUtf8))
    }

    /// Reads one escape; the backslash is next.
    fn escape(
        &mut self,
        quote: u8,
        quotes: Quotes,
        bytes: &mut Vec<u8>,
    ) -> Result<(), TextProblem> {
        let start = self.at;
        self.at += 1;
        let next = self.next_char();
        match (next, quotes) {
            (Some('n'), _) => bytes.push(b'\n'),
            (Some('\\'), _) => bytes.push(b'\\'),
            (Some('"'), Quotes::Page) => bytes.push(b'"'),
            (Some('\n') | None, _) => return Err(self.problem(start, TextProblemKind::Unfinished)),
            // A page keeps a backslash that begins no escape.
            (Some(_), Quotes::Page) => bytes.extend_from_slice(self.since(start).as_bytes()),
            (Some(other), Quotes::Go) => {
                let code = match other {
                    'a' => 7,
                    'b' => 8,
                    'f' => 12,
                    'r' => 13,
                    't' => 9,
                    'v' => 11,
                    _ if u32::from(other) == u32::from(quote) => u32::from(quote),
                    '0'..='7' => self.digits(start, 8, 2, u32::from(other) - 48)?,
                    'x' => self.digits(start, 16, 2, 0)?,
                    'u' => self.digits(start, 16, 4, 0)?,
                    'U' => self.digits(start, 16, 8, 0)?,
                    _ => return Err(self.bad_escape(start)),
                };
                let wide = matches!(other, 'u' | 'U');
                self.push_code(start, code, wide, bytes)?;
            }
        }
        Ok(())
    }

    fn push_code(
        &self,
        start: usize,
        code: u32,
        wide: bool,
        bytes: &mut Vec<u8>,
    ) -> Result<(), TextProblem> {
        if wide {
            let symbol = char::from_u32(code).ok_or_else(|| self.bad_escape(start))?;
            bytes.extend_from_slice(symbol.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            bytes.push(u8::try_from(code).map_err(|_| self.bad_escape(start))?);
        }
        Ok(())
    }

    fn digits(
        &mut self,
        start: usize,
        radix: u32,
        count: u32,
        first: u32,
    ) -> Result<u32, TextProblem> {
        let mut code = u64::from(first);
        for _ in 0..count {
            let digit = self.next_char().and_then(|next| next.to_digit(radix));
            let digit = digit.ok_or_else(|| self.bad_escape(start))?;
            code = code * u64::from(radix) + u64::from(digit);
        }
        u32::try_from(code).map_err(|_| self.bad_escape(start))
    }

    fn bad_escape(&self, start: usize) -> TextProblem {
        self.problem(start, TextProblemKind::BadEscape { escape: self.since(start).to_owned() })
    }

    /// Reads `name{label="value",...}` with the name before the braces, in them, or not at all.
    pub(crate) fn series(&mut self, quotes: Quotes) -> Result<Pairs<'t>, TextProblem> {
        let mut pairs = Pairs::new();
        let name = self.take_while(is_metric_byte);
        if name.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            self.at -= name.len();
            return Err(self.unexpected("the name of a metric"));
        }
        if !name.is_empty() {
            pairs.push((METRIC_NAME.into(), name.into()));
        }
        let end_of_name = self.at;
        self.skip_blanks();
        if self.peek() == Some(b'{') {
            self.at += 1;
            self.braces(quotes, &mut pairs)?;
        } else if name.is_empty() {
            return Err(self.unexpected("the name of a metric or `{`"));
        } else {
            self.at = end_of_name;
        }
        Ok(pairs)
    }

    /// Reads labels and the closing brace.
    fn braces(&mut self, quotes: Quotes, pairs: &mut Pairs<'t>) -> Result<(), TextProblem> {
        loop {
            self.skip_blanks();
            if self.accept(b'}') {
                return Ok(());
            }
            let start = self.at;
            let (name, is_quoted) = match self.peek() {
                Some(b'"' | b'\'' | b'`') => (self.quoted(quotes)?, true),
                Some(_) | None => (self.take_while(is_label_byte).into(), false),
            };
            if !is_quoted && (name.is_empty() || name.as_bytes()[0].is_ascii_digit()) {
                self.at = start;
                return Err(self.unexpected("the name of a label or `}`"));
            }
            let end_of_name = self.at;
            self.skip_blanks();
            let pair = if self.accept(b'=') {
                self.skip_blanks();
                (name, self.quoted(quotes)?)
            } else if is_quoted {
                (METRIC_NAME.into(), name)
            } else {
                return Err(self.unexpected("`=`"));
            };
            if pairs.iter().any(|(known, _)| *known == pair.0) {
                let kind = TextProblemKind::LabelTwice { name: pair.0.into_owned() };
                return Err(TextProblem { kind, span: start..end_of_name });
            }
            pairs.push(pair);
            self.skip_blanks();
            if !self.accept(b',') && self.peek() != Some(b'}') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }
}

/// Names and values of labels as they were written, the escapes resolved.
pub(crate) type Pairs<'t> = Vec<(Cow<'t, str>, Cow<'t, str>)>;

fn is_metric_byte(byte: u8) -> bool {
    byte == b':' || is_label_byte(byte)
}

fn is_label_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
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

    fn check(text: &str, expected: &str) {
        let read = match Cursor::new(text, 0).quoted(Quotes::Go) {
            Ok(value) => format!("{value:?}"),
            Err(problem) => format!("{problem} at {:?}", problem.span),
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn quoted_texts_are_read_as_go_reads_them() {
        check(r#""a\n\t\\\"b""#, r#""a\n\t\\\"b""#);
        check(r#"'it\'s "so"'"#, r#""it's \"so\"""#);
        check(r"`a\n`", r#""a\\n""#);
        check(r#""\x41\101\u00e9\U0001F600""#, r#""AAé😀""#);
        check(r#""\xc3\xa9""#, r#""é""#);
        check(r#""\xff""#, "the escapes give bytes that are not UTF-8 at 0..6");
        check(r#""\400""#, "`\\400` is no escape at 1..5");
        check(r#""\q""#, "`\\q` is no escape at 1..3");
        check(r#""\'""#, "`\\'` is no escape at 1..3");
        check(r#""\ud800""#, "`\\ud800` is no escape at 1..7");
        check("\"a", "the quoted text has no end at 0..2");
        check("\"a\\", "the quoted text has no end at 2..3");
        check("`a", "the quoted text has no end at 0..2");
    }

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
