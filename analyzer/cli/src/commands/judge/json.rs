//! A place in a JSON document, which knows its path, and the list of what is wrong there.
//!
//! Serde's derived readers stop at the first mismatch and cannot say where in the document it is; a
//! person who wrote a canary configuration needs the path, and all problems at once.

use serde_json::{Map, Value};

/// Faults kept at most; whoever wrote so many needs no more of them.
const FAULTS_MAX: usize = 100;

/// Something wrong at a place of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// Where: `metricSetPairList[0].values.control`.
    pub(super) path: String,
    /// What is wrong there, and what to write instead.
    pub(super) message: String,
}

/// A value and where it stands. An absent field and `null` are the same, as in Kayenta.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    path: String,
    value: Option<&'a Value>,
}

impl<'a> Place<'a> {
    /// The whole document.
    pub(super) fn root(value: &'a Value) -> Self {
        Self { path: String::new(), value: Some(value) }
    }

    /// The field `name` of an object; absent in anything else.
    pub(super) fn field(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let value = self.value.and_then(|value| value.get(name)).filter(|value| !value.is_null());
        Self { path: format!("{}{dot}{name}", self.path), value }
    }

    /// Whether nothing stands here.
    pub(super) fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    /// The elements of a list; none of an absent one.
    pub(super) fn items(&self, faults: &mut Vec<Fault>) -> Vec<Self> {
        let list = self.expect(Value::as_array, "a list", faults);
        let place = |(at, value): (usize, &'a Value)| Self {
            path: format!("{}[{at}]", self.path),
            value: Some(value).filter(|value| !value.is_null()),
        };
        list.into_iter().flatten().enumerate().map(place).collect()
    }

    /// The entries of an object; none of an absent one.
    pub(super) fn entries(&self, faults: &mut Vec<Fault>) -> Vec<(&'a str, Self)> {
        let map: Option<&Map<String, Value>> = self.expect(Value::as_object, "an object", faults);
        let names = map.into_iter().flatten().map(|(name, _)| name.as_str());
        names.map(|name| (name, self.field(name))).collect()
    }

    /// A text.
    pub(super) fn text(&self, faults: &mut Vec<Fault>) -> Option<&'a str> {
        self.expect(Value::as_str, "a text", faults)
    }

    /// `true` or `false`; false when absent.
    pub(super) fn flag(&self, faults: &mut Vec<Fault>) -> bool {
        self.expect(Value::as_bool, "true or false, without quotes", faults).unwrap_or(false)
    }

    /// A finite number, without quotes.
    pub(super) fn number(&self, faults: &mut Vec<Fault>) -> Option<f64> {
        self.expect(Value::as_f64, "a number, without quotes", faults)
    }

    /// A sample: a number, or in a text `NaN`, an infinity or a number; NaN when it is null.
    pub(super) fn sample(&self, faults: &mut Vec<Fault>) -> f64 {
        let read = |value: &Value| match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => sample_of(text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        self.expect(read, "a number, \"NaN\" or null", faults).unwrap_or(f64::NAN)
    }

    /// How many elements a list has; 0 of anything else.
    pub(super) fn length(&self) -> usize {
        let list = self.value.and_then(Value::as_array).map_or(0, Vec::len);
        list.max(self.value.and_then(Value::as_object).map_or(0, Map::len))
    }

    /// Whether an object stands here; if not, that is a fault.
    pub(super) fn require_object(&self, faults: &mut Vec<Fault>) {
        self.require(faults);
        let _: Option<&Map<String, Value>> = self.expect(Value::as_object, "an object", faults);
    }

    /// Something must stand here.
    pub(super) fn require(&self, faults: &mut Vec<Fault>) {
        if self.is_absent() {
            self.fault("is missing", faults);
        }
    }

    /// Adds what is wrong here.
    pub(super) fn fault(&self, message: &str, faults: &mut Vec<Fault>) {
        if FAULTS_MAX <= faults.len() {
            return;
        }
        let path = if self.path.is_empty() { "the file" } else { self.path.as_str() };
        faults.push(Fault { path: path.to_owned(), message: message.to_owned() });
    }

    fn expect<T>(
        &self,
        read: impl Fn(&'a Value) -> Option<T>,
        what: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let value = self.value?;
        let found = read(value);
        if found.is_none() {
            self.fault(&format!("is {}; write {what}", kind(value)), faults);
        }
        found
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The words Jackson, which Kayenta reads with, takes for numbers that JSON does not have.
fn sample_of(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" | "+Infinity" | "INF" | "+INF" => Some(f64::INFINITY),
        "-Infinity" | "-INF" => Some(f64::NEG_INFINITY),
        _ => {
            let plain = |char: char| char.is_ascii_digit() || "+-.eE".contains(char);
            let number = Some(text).filter(|text| text.chars().all(plain));
            number.and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite())
        }
    }
}

/// Reads JSON in which `NaN` and infinities may stand bare, as Python and Jackson write them.
///
/// # Errors
///
/// That of the parser.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).or_else(|error| {
        let quoted = quote_bare_numbers(bytes);
        if quoted.len() == bytes.len() { Err(error) } else { serde_json::from_slice(&quoted) }
    })
}

/// Puts quotes around the numbers that JSON does not have, outside of texts.
fn quote_bare_numbers(bytes: &[u8]) -> Vec<u8> {
    let words: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut out = Vec::with_capacity(bytes.len());
    let (mut rest, mut inside) = (bytes, false);
    while let Some((&byte, after)) = rest.split_first() {
        let word = words.iter().find(|word| !inside && rest.starts_with(word));
        if let Some(word) = word {
            out.push(b'"');
            out.extend_from_slice(word);
            out.push(b'"');
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        out.push(byte);
        rest = after;
        if inside && byte == b'\\' {
            // Whatever is escaped does not end the text.
            out.extend(rest.first());
            rest = rest.get(1..).unwrap_or_default();
        } else if byte == b'"' {
            inside = !inside;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_numbers_are_read_and_texts_left_alone() {
        let value = parse(br#"{"a\"NaN": [NaN, -Infinity, Infinity, "NaN", 1]}"#).expect("JSON");
        let list = &value["a\"NaN"];
        assert_eq!(list, &serde_json::json!(["NaN", "-Infinity", "Infinity", "NaN", 1]));
        for bad in ["", "{", "NaN NaN", "\"\\", "[1,]", "\u{0}"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn samples_are_numbers_or_the_words_for_those_json_lacks() {
        let check = |json: &str, expected: &str| {
            let value: Value = serde_json::from_str(json).expect("JSON");
            let mut faults = Vec::new();
            let sample = Place::root(&value).sample(&mut faults);
            let found = faults.first().map_or(format!("{sample:?}"), |f| f.message.clone());
            assert_eq!(found, expected, "{json}");
        };
        check("1.5", "1.5");
        check("\"1e3\"", "1000.0");
        check("\"NaN\"", "NaN");
        check("\"-Infinity\"", "-inf");
        check("\"nan\"", "is a text; write a number, \"NaN\" or null");
        check("\"\"", "is a text; write a number, \"NaN\" or null");
        check("[]", "is a list; write a number, \"NaN\" or null");
    }
}
