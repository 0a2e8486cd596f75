//! Regular expressions, written as Go takes them.
//!
//! Both dialects are linear and nearly the same. In Go `\d`, `\w`, `\s` and `\b` mean ASCII, a lone
//! `{` is a letter, `[` inside a class too, and `\Q…\E` quotes.

use std::fmt::Write as _;

use regex::bytes::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// Compiles `pattern`.
///
/// # Errors
///
/// A message when it is not a regular expression or too large.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    if repeats_wrongly(pattern) {
        return Err(format!("error parsing regexp: invalid repetition: `{pattern}`"));
    }
    RegexBuilder::new(&translate(pattern))
        .octal(true)
        .size_limit(PATTERN_BYTES_MAX)
        .dfa_size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|_| format!("error parsing regexp: invalid or too large: `{pattern}`"))
}

fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut in_class = false;
    let mut class_begins = false;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let beginning = std::mem::take(&mut class_begins);
        match c {
            '\\' => {
                rest = escape(&mut out, after, in_class);
                continue;
            }
            '[' if !in_class => {
                in_class = true;
                class_begins = true;
                out.push('[');
                if let Some(negated) = after.strip_prefix('^') {
                    out.push('^');
                    rest = negated;
                    continue;
                }
            }
            // `[]a]`: a bracket at the beginning of a class stands for itself.
            ']' if beginning => out.push_str("\\]"),
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '[' if after.starts_with(':') && after.contains(":]") => {
                let end = after.find(":]").map_or(after.len(), |end| end + 2);
                out.push('[');
                out.push_str(&after[..end]);
                rest = &after[end..];
                continue;
            }
            '[' => out.push_str("\\["),
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '{' if !in_class && !is_repetition(after) => out.push_str("\\{"),
            c => out.push(c),
        }
        rest = after;
    }
    out
}

/// Writes what a backslash and what follows it mean, and returns what comes after.
fn escape<'p>(out: &mut String, after: &'p str, in_class: bool) -> &'p str {
    let Some(c) = after.chars().next() else {
        out.push('\\');
        return after;
    };
    let rest = &after[c.len_utf8()..];
    let class = match c {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => "\\t\\n\\f\\r ",
        'b' | 'B' if !in_class => {
            let _ = write!(out, "(?-u:\\{c})");
            return rest;
        }
        'Q' if !in_class => {
            let end = rest.find("\\E").unwrap_or(rest.len());
            out.push_str(&regex::escape(&rest[..end]));
            return rest.get(end + 2..).unwrap_or("");
        }
        c => {
            out.push('\\');
            out.push(c);
            return rest;
        }
    };
    let not = if c.is_ascii_uppercase() { "^" } else { "" };
    if in_class && not.is_empty() {
        out.push_str(class);
    } else {
        let _ = write!(out, "[{not}{class}]");
    }
    rest
}

/// Whether a repetition is repeated without brackets, as in `a**`; a question mark after one means
/// that it takes as little as it can. Too large a count is wrong as well.
fn repeats_wrongly(pattern: &str) -> bool {
    let (mut repeated, mut lazy, mut in_class) = (false, false, false);
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                rest = rest.chars().next().map_or("", |c| &rest[c.len_utf8()..]);
                (repeated, lazy) = (false, false);
            }
            '[' if !in_class => {
                in_class = true;
                rest = rest.strip_prefix('^').unwrap_or(rest);
                rest = rest.strip_prefix(']').unwrap_or(rest);
            }
            ']' if in_class => (repeated, lazy, in_class) = (false, false, false),
            _ if in_class => {}
            '?' if repeated && !lazy => lazy = true,
            '*' | '+' | '?' if repeated => return true,
            '{' if is_repetition(rest) => {
                if repeated || repeats_too_often(rest) {
                    return true;
                }
                rest = rest.split_once('}').map_or("", |(_, after)| after);
                repeated = true;
            }
            '*' | '+' | '?' => repeated = true,
            // A group begins with a question mark that repeats nothing.
            '(' => {
                rest = rest.strip_prefix('?').unwrap_or(rest);
                (repeated, lazy) = (false, false);
            }
            _ => (repeated, lazy) = (false, false),
        }
    }
    false
}

/// Whether a count is above what Go allows.
fn repeats_too_often(after: &str) -> bool {
    const COUNT_MAX: u32 = 1000;
    let inside = after.split_once('}').map_or("", |(inside, _)| inside);
    inside
        .split(',')
        .filter(|count| !count.is_empty())
        .any(|count| count.parse::<u32>().map_or(true, |count| COUNT_MAX < count))
}

fn is_repetition(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else {
        return false;
    };
    let (low, high) = inside.split_once(',').unwrap_or((inside, "0"));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !low.is_empty() && number(low) && number(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        let check = |pattern: &str, text: &str, expected: bool| {
            let compiled = compile(pattern).unwrap();
            assert_eq!(compiled.is_match(text.as_bytes()), expected, "{pattern} on {text}");
        };
        check("^a.c$", "abc", true);
        check("\\d", "٣", false);
        check("^[\\d]+$", "123", true);
        check("^[^\\D]+$", "123", true);
        check("a{", "a{", true);
        check("^a{2}$", "aa", true);
        check("[[]", "[", true);
        check("[a&&b]", "&", true);
        check("[]a]", "]", true);
        check("[[:alpha:]]", "x", true);
        check("\\Qa.b\\E", "a.b", true);
        check("\\Qa.b\\E", "axb", false);
        check("\\bok\\b", "it is ok.", true);
        check("(?i)OK", "ok", true);
    }

    #[test]
    fn rubbish_and_giants_are_refused() {
        let check = |pattern: &str| assert!(compile(pattern).is_err(), "{pattern}");
        check("(");
        check("a**");
        check("(?=a)");
        check("((a{1,1000}){1,1000}){1,1000}");
    }
}
