//! Regular expressions as Prometheus reads them: RE2 syntax, always over the whole text.
//!
//! The engine underneath knows a little more than RE2 and spells some things otherwise. The
//! translation makes each pattern mean what it means in Go; what it cannot, it refuses.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

use crate::Dialect;

/// How many bytes a compiled pattern may take.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
}

impl Pattern {
    /// Compiles `text`; the error says what is wrong with it.
    pub(crate) fn new(text: &str, dialect: Dialect) -> Result<Self, String> {
        let translated = Translator { rest: text.chars().peekable(), out: String::new() }.all()?;
        // In Prometheus 3 the dot also matches a line break.
        let anchored = match dialect {
            Dialect::Prometheus2 => format!("^(?:{translated})$"),
            Dialect::Prometheus3 => format!("^(?s:{translated})$"),
        };
        let regex = RegexBuilder::new(&anchored)
            .size_limit(COMPILED_BYTES_MAX)
            .nest_limit(100)
            .build()
            .map_err(|error| {
                if matches!(error, regex::Error::CompiledTooBig(_)) {
                    return "it is too large".to_owned();
                }
                // The message has the pattern and a marker above; the last line is the reason.
                let message = error.to_string();
                let reason = message.lines().last().unwrap_or("it cannot be compiled");
                reason.trim_start_matches("error: ").to_owned()
            })?;
        Ok(Self { regex })
    }

    /// True if the whole of `text` matches.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// `template` with `$1` and `${name}` replaced by what matched, if the whole of `text` matches.
    pub(crate) fn expand(&self, text: &str, template: &str) -> Option<String> {
        let captures = self.regex.captures(text)?;
        let mut expanded = String::new();
        captures.expand(template, &mut expanded);
        Some(expanded)
    }
}

struct Translator<'t> {
    rest: Peekable<Chars<'t>>,
    out: String,
}

impl Translator<'_> {
    fn all(mut self) -> Result<String, String> {
        while let Some(next) = self.rest.next() {
            match next {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '{' => self.brace(),
                '}' => self.out.push_str(r"\}"),
                '(' => {
                    self.out.push('(');
                    if self.rest.peek() == Some(&'?') {
                        self.flags()?;
                    }
                }
                other => self.out.push(other),
            }
        }
        Ok(self.out)
    }

    /// Copies what follows `(`: a question mark and flags or the name of a group.
    fn flags(&mut self) -> Result<(), String> {
        self.rest.next();
        self.out.push('?');
        while let Some(&next) = self.rest.peek() {
            match next {
                'i' | 'm' | 's' | 'U' | '-' => self.out.push(next),
                // A group's name, or the end of the flags: what follows is copied as ever.
                'P' | '<' | ':' | ')' => return Ok(()),
                other => return Err(format!("there is no flag `{other}`")),
            }
            self.rest.next();
        }
        Ok(())
    }

    /// A brace that begins no repetition is itself.
    fn brace(&mut self) {
        let inside: String = self.rest.clone().take_while(|&next| next != '}').collect();
        let is_closed = self.rest.clone().any(|next| next == '}');
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
        if is_closed && !least.is_empty() && is_number(least) && is_number(most) {
            let _ = write!(self.out, "{{{inside}}}");
            self.rest.nth(inside.chars().count());
        } else {
            self.out.push_str(r"\{");
        }
    }

    /// Copies a class; the opening bracket is read.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.out.push_str(r"\]");
        }
        while let Some(next) = self.rest.next() {
            match next {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape(true)?,
                '[' if self.rest.peek() == Some(&':') => {
                    let name: String =
                        self.rest.clone().skip(1).take_while(|&next| next != ':').collect();
                    let ends = self.rest.clone().nth(2 + name.chars().count());
                    if ends == Some(']') {
                        let _ = write!(self.out, "[:{name}:]");
                        self.rest.nth(name.chars().count() + 2);
                    } else {
                        self.out.push_str(r"\[");
                    }
                }
                // These would nest classes or join them, which RE2 does not have.
                '[' | '&' | '~' => {
                    self.out.push('\\');
                    self.out.push(next);
                }
                '-' if self.rest.peek() == Some(&'-') => self.out.push_str(r"\-"),
                other => self.out.push(other),
            }
        }
        Err("a class has no end".to_owned())
    }

    /// Copies an escape; the backslash is read.
    fn escape(&mut self, is_in_class: bool) -> Result<(), String> {
        let Some(next) = self.rest.next() else {
            return Err("it ends with a backslash".to_owned());
        };
        match next {
            // ASCII in RE2.
            'd' => self.out.push_str("[0-9]"),
            'D' => self.out.push_str("[^0-9]"),
            's' => self.out.push_str(r"[\t\n\x0C\r ]"),
            'S' => self.out.push_str(r"[^\t\n\x0C\r ]"),
            'w' => self.out.push_str("[0-9A-Za-z_]"),
            'W' => self.out.push_str("[^0-9A-Za-z_]"),
            'b' if !is_in_class => self.out.push_str(r"(?-u:\b)"),
            'A' | 'z' if !is_in_class => {
                self.out.push('\\');
                self.out.push(next);
            }
            'a' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' => {
                self.out.push('\\');
                self.out.push(next);
                if next == 'x' && self.rest.next_if_eq(&'{').is_some() {
                    self.until_brace();
                }
            }
            'p' | 'P' => {
                self.out.push('\\');
                self.out.push(next);
                if self.rest.next_if_eq(&'{').is_some() {
                    self.until_brace();
                }
            }
            'Q' if !is_in_class => self.literal(),
            '0'..='7' => self.octal(next)?,
            // In the engine these would be the ends of words.
            '<' | '>' => self.out.push(next),
            other if other.is_ascii_punctuation() => {
                self.out.push('\\');
                self.out.push(other);
            }
            other => return Err(format!("`\\{other}` is no escape that can be used")),
        }
        Ok(())
    }

    fn until_brace(&mut self) {
        self.out.push('{');
        for next in self.rest.by_ref() {
            self.out.push(next);
            if next == '}' {
                return;
            }
        }
    }

    /// Copies what stands between `\Q` and `\E`, each character as itself.
    fn literal(&mut self) {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            if next == '\\' && self.rest.next_if_eq(&'E').is_some() {
                break;
            }
            text.push(next);
        }
        self.out.push_str(&regex::escape(&text));
    }

    fn octal(&mut self, first: char) -> Result<(), String> {
        let mut code = first.to_digit(8).unwrap_or(0);
        let mut digits = 1;
        while digits < 3
            && let Some(digit) = self.rest.peek().and_then(|next| next.to_digit(8))
        {
            code = code * 8 + digit;
            digits += 1;
            self.rest.next();
        }
        if digits == 1 && first != '0' {
            return Err(format!("`\\{first}` is no escape that can be used"));
        }
        let _ = write!(self.out, "\\x{{{code:X}}}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &[&str], other: &[&str]) {
        let pattern = Pattern::new(pattern, Dialect::Prometheus2).unwrap();
        for text in matching {
            assert!(pattern.is_match(text), "{pattern:?} matches {text}");
        }
        for text in other {
            assert!(!pattern.is_match(text), "{pattern:?} does not match {text}");
        }
    }

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        check("a|b", &["a", "b"], &["ab", "xa"]);
        check("5..", &["500", "503"], &["50", "5000", "5\n0"]);
        check(r"\d+", &["12"], &["", "٣"]);
        check(r"[\d.]+\w", &["1.2a"], &["1.2é"]);
        check("a{b}c{2}", &["a{b}cc"], &["acc"]);
        check("a{,2}", &["a{,2}"], &["aa"]);
        check("[[]", &["["], &["]"]);
        check("[]a]", &["]", "a"], &["[]"]);
        check("[a&&b]+", &["a&b"], &["c"]);
        check("[[:alpha:]_]+", &["a_"], &["1"]);
        check(r"\<a\>", &["<a>"], &["a"]);
        check(r"\Qa.b\E.", &["a.bc"], &["axbc"]);
        check(r"\x41\101\x{42}", &["AAB"], &[]);
        check("(?i)get", &["GET"], &["got"]);
        check("(?P<x>a)(?:b)", &["ab"], &[]);
        check(r".*\bfoo\b.*", &["a foo b"], &["afoo"]);
    }

    #[test]
    fn what_cannot_mean_the_same_is_refused() {
        for pattern in [
            "(",
            "a**b(",
            "[a",
            r"\C",
            r"\B",
            r"\8",
            r"\1",
            "(?x)a",
            "(?=a)",
            r"a\",
            "é{1001}{1000}",
        ] {
            assert!(Pattern::new(pattern, Dialect::Prometheus3).is_err(), "{pattern}");
        }
    }

    #[test]
    fn the_dot_matches_line_breaks_in_prometheus_3() {
        assert!(!Pattern::new("a.b", Dialect::Prometheus2).unwrap().is_match("a\nb"));
        assert!(Pattern::new("a.b", Dialect::Prometheus3).unwrap().is_match("a\nb"));
    }
}
