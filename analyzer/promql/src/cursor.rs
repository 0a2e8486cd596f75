//! Reading text byte by byte: quoted texts, and names with labels.

use std::borrow::Cow;

use crate::labels::METRIC_NAME;
use crate::text::{TextProblem, TextProblemKind};

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
}
