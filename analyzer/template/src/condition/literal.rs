//! Numbers and strings as they are written in a condition.

use std::borrow::Cow;

/// A number as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// Without a point or an exponent.
    Int(i64),
    /// With one of them.
    Float(f64),
}

/// Reads `text` as a number: decimal, `0x`, `0o`, `0b`, with `_` between digits, or a float.
///
/// # Errors
///
/// A message when it is malformed or too large.
pub(super) fn number(text: &str) -> Result<Number, String> {
    let plain: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let prefix = plain.get(..2).unwrap_or("");
    match prefix {
        "0x" | "0X" => return integer(&plain[2..], 16, text, "hex"),
        _ if plain.contains(['.', 'e', 'E']) => {
            return match plain.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Number::Float(value)),
                Ok(_) => Err(format!("invalid float literal: {text} is out of range")),
                Err(_) => Err(format!("invalid float literal: {text}")),
            };
        }
        "0b" | "0B" => return integer(&plain[2..], 2, text, "binary"),
        "0o" | "0O" => return integer(&plain[2..], 8, text, "octal"),
        _ => {}
    }
    integer(&plain, 10, text, "integer")
}

fn integer(digits: &str, radix: u32, text: &str, name: &str) -> Result<Number, String> {
    // A sign is never part of a literal here, but the standard parser would take one.
    if digits.starts_with(['+', '-']) {
        return Err(format!("invalid {name} literal: {text}"));
    }
    i64::from_str_radix(digits, radix).map(Number::Int).map_err(|problem| {
        let large = *problem.kind() == std::num::IntErrorKind::PosOverflow;
        let why = if large { " is out of range" } else { "" };
        format!("invalid {name} literal: {text}{why}")
    })
}

/// The text inside a quoted string, escapes resolved and line ends made `\n`.
///
/// # Errors
///
/// A message at an escape that does not exist.
pub(super) fn unescape(inside: &str, quote: char) -> Result<Cow<'_, str>, &'static str> {
    if !inside.contains(['\\', '\r']) {
        return Ok(Cow::Borrowed(inside));
    }
    let mut out = String::with_capacity(inside.len());
    let mut rest = inside.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let c = escape(&mut rest, quote)?;
                out.push(c);
            }
            '\r' => {
                if rest.as_str().starts_with('\n') {
                    rest.next();
                }
                out.push('\n');
            }
            c => out.push(c),
        }
    }
    Ok(Cow::Owned(out))
}

/// The bytes inside a quoted byte string: `\xNN` and octal escapes are single bytes.
///
/// # Errors
///
/// A message at an escape that does not exist there, such as `\u`.
pub(super) fn unescape_bytes(inside: &str, quote: char) -> Result<Vec<u8>, &'static str> {
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                if rest.as_str().starts_with(['u', 'U']) {
                    return Err("unable to unescape string");
                }
                let c = escape(&mut rest, quote)?;
                // Without `\u` every escape is at most 255.
                out.push(u8::try_from(u32::from(c)).map_err(|_| "unable to unescape string")?);
            }
            '\r' => {
                if rest.as_str().starts_with('\n') {
                    rest.next();
                }
                out.push(b'\n');
            }
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(out)
}

fn escape(rest: &mut std::str::Chars<'_>, quote: char) -> Result<char, &'static str> {
    const INVALID: &str = "invalid char escape";
    Ok(match rest.next().ok_or(INVALID)? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        c if c == quote => c,
        c @ '0'..='3' => code(c.to_digit(8).ok_or(INVALID)?, rest, 2, 8)?,
        'x' => code(0, rest, 2, 16)?,
        'u' if rest.as_str().starts_with('{') => {
            rest.next();
            let length = rest.as_str().find('}').ok_or(INVALID)?;
            if length == 0 || 6 < length {
                return Err(INVALID);
            }
            let c = code(0, rest, length, 16)?;
            rest.next();
            c
        }
        'u' => code(0, rest, 4, 16)?,
        'U' => code(0, rest, 8, 16)?,
        _ => return Err(INVALID),
    })
}

fn code(
    begin: u32,
    rest: &mut std::str::Chars<'_>,
    digits: usize,
    radix: u32,
) -> Result<char, &'static str> {
    let mut value = u64::from(begin);
    for _ in 0..digits {
        let digit =
            rest.next().and_then(|c| c.to_digit(radix)).ok_or("unable to unescape string")?;
        value = value * u64::from(radix) + u64::from(digit);
    }
    match u32::try_from(value) {
        // Half a surrogate pair is a code of its own in Go and becomes the replacement character.
        Ok(value) if value <= 0x0010_FFFF => {
            Ok(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        Ok(_) | Err(_) => Err("unable to unescape string"),
    }
}
