//! Free YAML as JSON text, arguments filled in.

use crate::bind::reader::Reader;
use crate::secret::Resolved;
use crate::substitute::{Language, substitute};
use crate::yaml::{Node, Scalar, Style, Value};

/// `node` as JSON; none if an argument in it is not known.
///
/// Unquoted `true`, `false` and decimal numbers are what they look like, everything else is a string.
/// What was filled in is part of a string, so it cannot change the shape of the JSON.
pub(crate) fn json_text(reader: &Reader<'_>, node: &Node) -> Option<Resolved> {
    let mut out = Out::default();
    out.node(reader, node)?;
    Some(if out.secret {
        Resolved::masked(out.value, out.shown)
    } else {
        Resolved::plain(out.value)
    })
}

#[derive(Default)]
struct Out {
    value: String,
    shown: String,
    secret: bool,
}

impl Out {
    fn push(&mut self, text: &str) {
        self.value.push_str(text);
        self.shown.push_str(text);
    }

    fn node(&mut self, reader: &Reader<'_>, node: &Node) -> Option<()> {
        match &node.value {
            Value::Null => self.push("null"),
            Value::Scalar(scalar) => match literal(scalar) {
                Some(literal) => self.push(&literal),
                None => self.text(reader, &scalar.text)?,
            },
            Value::List(items) => {
                self.push("[");
                for (position, item) in items.iter().enumerate() {
                    self.push(if 0 < position { "," } else { "" });
                    self.node(reader, item)?;
                }
                self.push("]");
            }
            Value::Map(entries) => {
                self.push("{");
                for (position, entry) in entries.iter().enumerate() {
                    self.push(if 0 < position { "," } else { "" });
                    self.text(reader, &entry.key)?;
                    self.push(":");
                    self.node(reader, &entry.node)?;
                }
                self.push("}");
            }
        }
        Some(())
    }

    fn text(&mut self, reader: &Reader<'_>, text: &str) -> Option<()> {
        let filled = substitute(text, Language::Text, reader.args).ok()?;
        if !filled.complete {
            return None;
        }
        self.secret |= filled.resolved.is_secret();
        self.value.push_str(&serde_json::to_string(filled.resolved.reveal()).ok()?);
        self.shown.push_str(&serde_json::to_string(filled.resolved.shown()).ok()?);
        Some(())
    }
}

/// The JSON of an unquoted scalar that is no string.
fn literal(scalar: &Scalar) -> Option<String> {
    if scalar.style != Style::Plain {
        return None;
    }
    let text = scalar.text.as_str();
    match text {
        "true" | "True" | "TRUE" => return Some(String::from("true")),
        "false" | "False" | "FALSE" => return Some(String::from("false")),
        _ => {}
    }
    let number: serde_json::Number = serde_json::from_str(text).ok()?;
    // Digits beyond what a double holds survive, which matters for ids.
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    Some(if digits_only { text.to_owned() } else { number.to_string() })
}
