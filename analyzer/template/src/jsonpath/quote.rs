//! Strings in quotes inside a path, with the escapes of Go.

use crate::json::replace_invalid;

/// The text of a string that stands in two equal quotes; none if an escape is wrong.
///
/// Escapes are those of a Go string, and the other kind of quote may not be escaped.
pub(super) fn unquote(quoted: &str) -> Option<String> {
    let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    if !inner.contains('\\') && !inner.contains(quote) {
        return Some(inner.to_owned());
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == quote {
            return None;
        }
        if c == '\\' {
            rest = escape(rest, quote, &mut bytes)?;
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    // `\xff` can make bytes that are no text; printing them as JSON would replace them too.
    Some(replace_invalid(&bytes))
}

/// Reads what follows a backslash into `bytes`; returns what follows that.
fn escape<'a>(rest: &'a str, quote: char, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let c = rest.chars().next()?;
    let after = &rest[c.len_utf8()..];
    let byte = match c {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        'x' => {
            let (value, after) = digits(after, 2, 16)?;
            bytes.push(u8::try_from(value).ok()?);
            return Some(after);
        }
        'u' | 'U' => {
            let (value, after) = digits(after, if c == 'u' { 4 } else { 8 }, 16)?;
            let c = char::from_u32(value)?;
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(after);
        }
        '0'..='7' => {
            let (value, after) = digits(rest, 3, 8)?;
            bytes.push(u8::try_from(value).ok()?);
            return Some(after);
        }
        c if c == quote => u8::try_from(c).ok()?,
        _ => return None,
    };
    bytes.push(byte);
    Some(after)
}

/// The number of exactly `count` digits, and what follows them.
fn digits(text: &str, count: usize, radix: u32) -> Option<(u32, &str)> {
    let (digits, after) = text.split_at_checked(count)?;
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some((u32::from_str_radix(digits, radix).ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_strings_have_the_escapes_of_go() {
        let check = |quoted: &str, text: Option<&str>| assert_eq!(unquote(quoted).as_deref(), text);
        check("'a'", Some("a"));
        check("''", Some(""));
        check("\"a'b\"", Some("a'b"));
        check(r"'it\'s'", Some("it's"));
        check(r#"'\"'"#, None); // the other quote needs no escape and has none
        check(r#""\"""#, Some("\""));
        check(r"'\n\t\\\x41\101\u00e9\U0001f600'", Some("\n\t\\AAé😀"));
        check(r"'\xc3\xa9'", Some("é"));
        check(r"'\xff'", Some("\u{fffd}"));
        check(r"'\ud800'", None);
        check(r"'\400'", None);
        check(r"'\x+1'", None);
        check(r"'\q'", None);
        check("'", None);
        check("a", None);
        check("'a\"", None);
    }
}
