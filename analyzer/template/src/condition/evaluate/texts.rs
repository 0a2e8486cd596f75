//! The built-in functions on strings.

use memchr::memmem;

use super::super::base64;
use super::super::builtin::Builtin;
use super::super::value::{ItemsKind, List, Map, Text, Value};
use super::operators::{int, text};
use super::{Evaluation, Step, conversion, fault};

/// What a piece of text costs beside its bytes.
const PIECE_BYTES: usize = 64;

impl<'v> Evaluation<'v> {
    pub(super) fn text_function(
        &mut self,
        builtin: Builtin,
        arguments: &[Value<'v>],
    ) -> Step<Value<'v>> {
        use Builtin as B;
        for argument in arguments {
            if let Value::Text(text) = argument {
                self.work(text.bytes().len() / 16)?;
            }
        }
        match (builtin, arguments) {
            (B::Trim, [value]) => {
                let trimmed = text(value)?.lossy().trim().to_owned();
                self.text(trimmed)
            }
            (B::Trim, [value, set]) => self.trim(text(value)?, text(set)?),
            (B::TrimPrefix | B::TrimSuffix, [value, rest @ ..]) => {
                let fix = rest.first().map(text).transpose()?;
                self.trim_fix(builtin, text(value)?, fix.map_or(b" ", Text::bytes))
            }
            (B::Upper, [value]) => {
                let upper: String = text(value)?.lossy().chars().map(upper).collect();
                self.text(upper)
            }
            (B::Lower, [value]) => {
                let lower: String = text(value)?.lossy().chars().map(lower).collect();
                self.text(lower)
            }
            (B::Split | B::SplitAfter, [value, separator, rest @ ..]) => {
                let limit = rest.first().map(int).transpose()?.unwrap_or(-1);
                self.split(text(value)?, text(separator)?, limit, builtin == B::SplitAfter)
            }
            (B::Replace, [value, from, to, rest @ ..]) => {
                let limit = rest.first().map(int).transpose()?.unwrap_or(-1);
                self.replace(text(value)?.bytes(), text(from)?.bytes(), text(to)?.bytes(), limit)
            }
            (B::Repeat, [value, count]) => self.repeat(text(value)?.bytes(), int(count)?),
            (B::Join, [list, rest @ ..]) => self.join(list, rest.first()),
            (B::IndexOf, [value, part]) => {
                Ok(place(find(text(value)?.bytes(), text(part)?.bytes())))
            }
            (B::LastIndexOf, [value, part]) => {
                Ok(place(find_last(text(value)?.bytes(), text(part)?.bytes())))
            }
            (B::HasPrefix, [value, part]) => {
                Ok(Value::Bool(text(value)?.bytes().starts_with(text(part)?.bytes())))
            }
            (B::HasSuffix, [value, part]) => {
                Ok(Value::Bool(text(value)?.bytes().ends_with(text(part)?.bytes())))
            }
            (B::ToBase64, [value]) => {
                let coded = base64::encode(text(value)?.bytes());
                self.text(coded)
            }
            (B::FromBase64, [value]) => match base64::decode(text(value)?.bytes()) {
                Ok(bytes) => self.text(bytes),
                Err(message) => fault(message),
            },
            _ => fault(format!("invalid number of arguments to call {}", builtin.name())),
        }
    }

    fn trim(&mut self, value: &Text<'v>, set: &Text<'v>) -> Step<Value<'v>> {
        let set: Vec<char> = set.lossy().chars().collect();
        let value = value.lossy();
        self.work(value.len().saturating_mul(set.len()) / 4)?;
        self.text(value.trim_matches(set.as_slice()))
    }

    fn trim_fix(&mut self, builtin: Builtin, value: &Text<'v>, fix: &[u8]) -> Step<Value<'v>> {
        let value = value.bytes();
        let cut = if builtin == Builtin::TrimPrefix {
            value.strip_prefix(fix)
        } else {
            value.strip_suffix(fix)
        };
        self.text(cut.unwrap_or(value))
    }

    fn split(
        &mut self,
        value: &Text<'v>,
        separator: &Text<'v>,
        limit: i64,
        keep: bool,
    ) -> Step<Value<'v>> {
        if limit == 0 {
            return self.list(ItemsKind::Texts, Vec::new());
        }
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut rest, separator) = (value.bytes(), separator.bytes());
        let mut pieces = Vec::new();
        while pieces.len() + 1 < most {
            // Without a separator every letter is a piece of its own.
            let (cut, skip) = if separator.is_empty() {
                match letter_length(rest) {
                    0 => break,
                    length if length == rest.len() => break,
                    length => (length, 0),
                }
            } else {
                match find(rest, separator) {
                    Some(at) => (at, separator.len()),
                    None => break,
                }
            };
            let end = if keep { cut + skip } else { cut };
            self.work(1 + end / 16)?;
            self.hold(PIECE_BYTES)?;
            let piece = self.text(&rest[..end])?;
            pieces.push(piece);
            rest = &rest[cut + skip..];
        }
        if !separator.is_empty() || !rest.is_empty() {
            let piece = self.text(rest)?;
            pieces.push(piece);
        }
        self.list(ItemsKind::Texts, pieces)
    }

    fn replace(&mut self, value: &[u8], from: &[u8], to: &[u8], limit: i64) -> Step<Value<'v>> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut out = Vec::new();
        let mut rest = value;
        for nth in 0..most {
            // An empty text is found before every letter and at the end.
            let at = if from.is_empty() {
                if nth == 0 {
                    Some(0)
                } else if rest.is_empty() {
                    None
                } else {
                    Some(letter_length(rest))
                }
            } else {
                find(rest, from)
            };
            let Some(at) = at else {
                break;
            };
            self.work(1 + at / 16)?;
            self.hold(at.saturating_add(to.len()))?;
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(to);
            rest = &rest[at + from.len()..];
        }
        out.extend_from_slice(rest);
        self.text(out)
    }

    fn repeat(&mut self, value: &[u8], count: i64) -> Step<Value<'v>> {
        const COUNT_MAX: usize = 1_000_000;
        let Ok(count) = usize::try_from(count) else {
            return fault(format!(
                "invalid argument for repeat (expected positive integer, got {count})"
            ));
        };
        let bytes = value.len().saturating_mul(count);
        if COUNT_MAX < count {
            return fault("memory budget exceeded");
        }
        self.grow(bytes as u64)?;
        self.text(value.repeat(count))
    }

    fn join(&mut self, list: &Value<'v>, glue: Option<&Value<'v>>) -> Step<Value<'v>> {
        let glue = match glue {
            Some(glue) => text(glue)?.bytes(),
            None => b"",
        };
        let Value::List(list) = list else {
            return fault(format!("invalid argument for join (type {})", list.type_name()));
        };
        if !list.is_any() && list.type_name() != "[]string" {
            return fault(format!("invalid argument for join (type {})", list.type_name()));
        }
        let mut out = Vec::new();
        for (nth, item) in list.iter().enumerate() {
            let Value::Text(item) = item else {
                return conversion(&item, "string");
            };
            if 0 < nth {
                out.extend_from_slice(glue);
            }
            self.work(1)?;
            self.hold(glue.len().saturating_add(item.bytes().len()))?;
            out.extend_from_slice(item.bytes());
        }
        self.text(out)
    }

    /// A JSON text as a value.
    pub(super) fn read_json(&mut self, text: &Text<'v>) -> Step<Value<'v>> {
        self.work(text.bytes().len())?;
        self.hold(text.bytes().len().saturating_mul(16))?;
        match serde_json::from_slice(text.bytes()) {
            Ok(json) => {
                let value = made(&json);
                self.shallow(value)
            }
            Err(problem) => fault(format!("invalid JSON: {problem}")),
        }
    }
}

/// A JSON value that belongs to the evaluation.
fn made<'v>(json: &serde_json::Value) -> Value<'v> {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(items) => {
            Value::List(List::made(ItemsKind::Any, items.iter().map(made).collect()))
        }
        serde_json::Value::Object(map) => Value::Map(Map::made(
            map.iter()
                .map(|(key, item)| (Text::Shared(key.as_bytes().into()), made(item)))
                .collect(),
        )),
    }
}

fn place<'v>(found: Option<usize>) -> Value<'v> {
    found.map_or(Value::Int(-1), Value::length)
}

/// Where `part` begins in `whole`, if it does.
pub(super) fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    // Linear whatever the texts are, and no work beyond the place where it is found.
    memmem::find(whole, part)
}

fn find_last(whole: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(whole.len());
    }
    memmem::rfind(whole, part)
}

/// The bytes of the first letter; 1 for a byte that begins none.
fn letter_length(bytes: &[u8]) -> usize {
    let length = match bytes.first() {
        None => return 0,
        Some(byte) if *byte < 0x80 => 1,
        Some(byte) if *byte < 0xe0 => 2,
        Some(byte) if *byte < 0xf0 => 3,
        Some(_) => 4,
    };
    match bytes.get(..length) {
        Some(letter) if std::str::from_utf8(letter).is_ok() => length,
        _ => 1,
    }
}

/// One letter for one letter: `ß` stays, as in Go.
fn upper(c: char) -> char {
    let mut letters = c.to_uppercase();
    match (letters.next(), letters.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

fn lower(c: char) -> char {
    let mut letters = c.to_lowercase();
    // `İ` is the only letter with two; Go keeps the first.
    letters.next().unwrap_or(c)
}
