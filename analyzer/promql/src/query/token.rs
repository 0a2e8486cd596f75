//! The words of a query.

use crate::cursor::{Cursor, Quotes};
use crate::query::problem::{QueryProblem, QueryProblemKind, Span};
use crate::text::parse_float;

/// One word with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A name, a keyword, or a word for a number: which one depends on the place.
    Word(String),
    Number(f64),
    /// A duration in milliseconds.
    Duration(i64),
    Text(String),
    /// Brackets, separators and operators as they are written.
    Symbol(&'static str),
    End,
}

/// Longer ones first, so that `==` is not read as two of `=`.
const SYMBOLS: [&str; 25] = [
    "==", "!=", "<=", ">=", "=~", "!~", "(", ")", "{", "}", "[", "]", ",", ":", "=", "<", ">", "+",
    "-", "*", "/", "%", "^", "@", "|",
];

/// Splits a query into words; the last is [`TokenKind::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, QueryProblem> {
    let mut cursor = Cursor::new(text, 0);
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_in_brackets = false;
    loop {
        skip_blanks_and_comments(&mut cursor);
        let start = cursor.at();
        let Some(first) = cursor.peek() else {
            tokens.push(Token { kind: TokenKind::End, span: Span { start, end: start } });
            return Ok(tokens);
        };
        let next = cursor.rest().as_bytes().get(1);
        let kind = match first {
            b'0'..=b'9' => number(&mut cursor)?,
            b'.' if next.is_some_and(u8::is_ascii_digit) => number(&mut cursor)?,
            b'"' | b'\'' | b'`' => {
                let text = cursor.quoted(Quotes::Go).map_err(|problem| {
                    let kind = QueryProblemKind::BadText { reason: problem.kind.to_string() };
                    QueryProblem { kind, span: problem.span }
                })?;
                TokenKind::Text(text.into_owned())
            }
            // In brackets a colon parts the range from the step.
            b':' if is_in_brackets => symbol(&mut cursor)?,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b':' => {
                let takes = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
                TokenKind::Word(cursor.take_while(takes).to_owned())
            }
            _ => symbol(&mut cursor)?,
        };
        match kind {
            TokenKind::Symbol("[") => is_in_brackets = true,
            TokenKind::Symbol(_) if matches!(kind, TokenKind::Symbol("]")) => {
                is_in_brackets = false
            }
            TokenKind::Symbol(_)
            | TokenKind::Word(_)
            | TokenKind::Number(_)
            | TokenKind::Duration(_)
            | TokenKind::Text(_)
            | TokenKind::End => {}
        }
        tokens.push(Token { kind, span: Span { start, end: cursor.at() } });
    }
}

fn skip_blanks_and_comments(cursor: &mut Cursor<'_>) {
    loop {
        cursor.take_while(|byte| byte.is_ascii_whitespace());
        if cursor.peek() != Some(b'#') {
            return;
        }
        cursor.take_while(|byte| byte != b'\n');
    }
}

fn symbol(cursor: &mut Cursor<'_>) -> Result<TokenKind, QueryProblem> {
    let rest = cursor.rest();
    let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) else {
        let problem = cursor.unexpected("a part of a query");
        let kind = QueryProblemKind::BadText { reason: problem.kind.to_string() };
        return Err(QueryProblem { kind, span: problem.span });
    };
    cursor.skip(symbol.len());
    Ok(TokenKind::Symbol(symbol))
}

/// Reads a number (`1`, `.5e-3`, `0x1F`, octal `017`) or a duration (`1h30m`).
fn number(cursor: &mut Cursor<'_>) -> Result<TokenKind, QueryProblem> {
    let start = cursor.at();
    let is_hex = cursor.rest().get(..2).is_some_and(|two| two.eq_ignore_ascii_case("0x"));
    let is_float = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    if !is_hex {
        cursor.take_while(is_float);
        if matches!(cursor.peek(), Some(b'e' | b'E')) {
            let mut ahead = cursor.clone();
            ahead.skip(1);
            let _ = ahead.accept(b'+') || ahead.accept(b'-');
            if !ahead.take_while(|byte| byte.is_ascii_digit()).is_empty() {
                *cursor = ahead;
            }
        }
    }
    cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    let text = cursor.since(start);
    let value = parse_number(text).map(TokenKind::Number);
    value.or_else(|| duration_ms(text).map(TokenKind::Duration)).ok_or_else(|| {
        let kind = QueryProblemKind::BadNumber { text: text.to_owned() };
        QueryProblem { kind, span: start..cursor.at() }
    })
}

fn parse_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let whole = match digits {
        Some(digits) => Some(i64::from_str_radix(digits, 16).ok()?),
        // As in Go, a leading zero makes an octal number, unless that fails.
        None if 1 < text.len() && text.starts_with('0') => i64::from_str_radix(text, 8).ok(),
        None => None,
    };
    #[expect(clippy::cast_precision_loss, reason = "rounded to the nearest, as Prometheus does")]
    let whole = whole.map(|whole| whole as f64);
    whole.or_else(|| parse_float(text))
}

const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// The longest duration: that of Go, in which nanoseconds fit 63 bits.
pub(crate) const DURATION_MS_MAX: i64 = i64::MAX / 1_000_000;

/// Reads a duration as queries have it, such as `1h30m`, to milliseconds: each unit at most once,
/// larger ones first, nothing negative, and no more than about 292 years.
pub fn duration_ms(text: &str) -> Option<i64> {
    let mut units = UNITS.iter();
    let mut rest = text;
    let mut total_ms: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|next: char| !next.is_ascii_digit())?;
        let (number, unit_and_rest) = rest.split_at(digits);
        let end = unit_and_rest.find(|next: char| next.is_ascii_digit());
        let (unit, next) = unit_and_rest.split_at(end.unwrap_or(unit_and_rest.len()));
        let (_, unit_ms) = units.find(|(name, _)| *name == unit)?;
        let part_ms = number.parse::<i64>().ok()?.checked_mul(*unit_ms)?;
        total_ms = total_ms.checked_add(part_ms)?;
        rest = next;
    }
    (!text.is_empty() && total_ms <= DURATION_MS_MAX).then_some(total_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let show = |token: &Token| match &token.kind {
            TokenKind::Word(word) => word.clone(),
            TokenKind::Number(number) => format!("#{number}"),
            TokenKind::Duration(milliseconds) => format!("{milliseconds}ms"),
            TokenKind::Text(text) => format!("{text:?}"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::End => "end".to_owned(),
        };
        let shown = match tokens(text) {
            Ok(tokens) => tokens.iter().map(show).collect::<Vec<_>>().join(" "),
            Err(problem) => format!("{problem} at {:?}", problem.span),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn queries_are_split_into_words() {
        check("sum(x:y[5m:1s]) # end", "sum `(` x:y `[` 300000ms `:` 1000ms `]` `)` end");
        check("1 .5 2.e3 1e-3 0x1F 017 019", "#1 #0.5 #2000 #0.001 #31 #15 #19 end");
        check("1h30m 5ms 1y2w3d4h5m6s7ms", "5400000ms 5ms 33019506007ms end");
        check("a!=b=~'c\\n'", "a `!=` b `=~` \"c\\n\" end");
        check("1m1h", "`1m1h` is neither a number nor a duration at 0..4");
        check("1m1m", "`1m1m` is neither a number nor a duration at 0..4");
        check("99999999999999y", "`99999999999999y` is neither a number nor a duration at 0..15");
        check("300y", "`300y` is neither a number nor a duration at 0..4");
        check("1_000", "`1_000` is neither a number nor a duration at 0..5");
        check("1e400", "`1e400` is neither a number nor a duration at 0..5");
        check("a ! b", "expected a part of a query, found `!` at 2..3");
        check("a é", "expected a part of a query, found `é` at 2..4");
    }
}
