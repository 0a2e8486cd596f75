//! Reading as Go's `json.Unmarshal` does, with limits.
//!
//! The reader keeps its own stack, so a deeply nested text cannot use up the thread's.

use std::collections::BTreeMap;
use std::mem;

use super::Json;

/// Deepest nesting of arrays and objects that is read.
pub const DEPTH_MAX: usize = 512;

/// Most memory one value may take, in bytes as [`parse`] estimates them.
pub const MEMORY_BYTES_MAX: usize = 34 << 20;

/// What a place for an element of an array takes.
const ITEM_BYTES: usize = size_of::<Json>();

/// What an entry of an object takes: the nodes of the tree are about half full.
const ENTRY_BYTES: usize = 2 * size_of::<(String, Json)>();

/// What an object with a first entry takes: a node of eleven places.
const MAP_BYTES: usize = 11 * size_of::<(String, Json)>() + 32;

/// What a text on the heap takes besides its bytes.
const TEXT_BYTES: usize = 16;

/// Why bytes are not a JSON value, or not one that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJson {
    /// Go would not read it either: wrong syntax, a number beyond a double, or text after the value.
    #[error("not JSON at byte {offset}")]
    Syntax {
        /// Where, in bytes from the start.
        offset: usize,
    },
    /// It may be JSON, but nests deeper than [`DEPTH_MAX`].
    #[error("JSON nested deeper than {DEPTH_MAX} levels at byte {offset}")]
    TooDeep {
        /// Where, in bytes from the start.
        offset: usize,
    },
    /// It may be JSON, but would take more memory than [`MEMORY_BYTES_MAX`].
    #[error("JSON that takes more than {MEMORY_BYTES_MAX} bytes of memory, at byte {offset}")]
    TooLarge {
        /// Where, in bytes from the start.
        offset: usize,
    },
}

/// Reads one JSON value with white space around it.
///
/// Bytes that are not UTF-8 and surrogates without a partner become U+FFFD inside strings; of equal
/// keys the last wins.
///
/// # Errors
///
/// [`InvalidJson`] with the place.
///
/// # Source
///
/// Go 1.26 `json.Unmarshal` into `any`, except for the limits (Go: 10,000 levels).
pub fn parse(bytes: &[u8]) -> Result<Json, InvalidJson> {
    Reader { bytes, at: 0, memory: 0 }.document()
}

/// Text of bytes that should be UTF-8: each byte that is not part of it becomes one U+FFFD.
///
/// That is Go's rule; the standard library puts one U+FFFD for several bytes.
pub fn replace_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    memory: usize,
}

/// An array or object whose end has not been read.
enum Open {
    List(Vec<Json>),
    Map {
        entries: BTreeMap<String, Json>,
        /// The key of the value being read.
        key: String,
    },
}

/// What stands where a value is expected.
enum Start {
    Value(Json),
    Open(Open),
}

impl Reader<'_> {
    fn document(mut self) -> Result<Json, InvalidJson> {
        let mut open = Vec::new();
        loop {
            let value = match self.start()? {
                Start::Open(inner) => {
                    if open.len() == DEPTH_MAX {
                        return Err(InvalidJson::TooDeep { offset: self.at });
                    }
                    open.push(inner);
                    continue;
                }
                Start::Value(value) => value,
            };
            if let Some(document) = self.finish(value, &mut open)? {
                self.skip_space();
                return if self.at == self.bytes.len() { Ok(document) } else { self.refuse() };
            }
        }
    }

    /// Reads a scalar, an empty array or object, or the opening of another.
    fn start(&mut self) -> Result<Start, InvalidJson> {
        self.skip_space();
        let value = match self.peek() {
            Some(b'[') => {
                self.at += 1;
                self.skip_space();
                if self.peek() != Some(b']') {
                    return Ok(Start::Open(Open::List(Vec::new())));
                }
                self.at += 1;
                Json::List(Vec::new())
            }
            Some(b'{') => {
                self.at += 1;
                self.skip_space();
                if self.peek() != Some(b'}') {
                    self.charge(MAP_BYTES)?;
                    let key = self.key()?;
                    return Ok(Start::Open(Open::Map { entries: BTreeMap::new(), key }));
                }
                self.at += 1;
                Json::Map(BTreeMap::new())
            }
            Some(b'"') => Json::Text(self.text()?),
            Some(b't') => self.word("true", Json::Bool(true))?,
            Some(b'f') => self.word("false", Json::Bool(false))?,
            Some(b'n') => self.word("null", Json::Null)?,
            Some(_) | None => Json::Number(self.number()?),
        };
        Ok(Start::Value(value))
    }

    /// Puts `value` where it belongs and closes what ends after it; the last to close is returned.
    fn finish(
        &mut self,
        mut value: Json,
        open: &mut Vec<Open>,
    ) -> Result<Option<Json>, InvalidJson> {
        loop {
            let Some(innermost) = open.last_mut() else { return Ok(Some(value)) };
            self.skip_space();
            let separator = self.peek();
            self.at += 1;
            match innermost {
                Open::List(items) => {
                    if items.len() == items.capacity() {
                        // The vector will double its places, with at least four of them.
                        self.charge(ITEM_BYTES * items.capacity().max(4))?;
                    }
                    items.push(value);
                    match separator {
                        Some(b',') => return Ok(None),
                        Some(b']') => value = Json::List(mem::take(items)),
                        Some(_) | None => return self.refuse_previous(),
                    }
                }
                Open::Map { entries, key } => {
                    self.charge(ENTRY_BYTES)?;
                    entries.insert(mem::take(key), value);
                    match separator {
                        Some(b',') => {
                            *key = self.key()?;
                            return Ok(None);
                        }
                        Some(b'}') => value = Json::Map(mem::take(entries)),
                        Some(_) | None => return self.refuse_previous(),
                    }
                }
            }
            open.pop();
        }
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<String, InvalidJson> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return self.refuse();
        }
        let key = self.text()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return self.refuse();
        }
        self.at += 1;
        Ok(key)
    }

    /// A string whose opening quote is next.
    fn text(&mut self) -> Result<String, InvalidJson> {
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.peek()
            && !matches!(byte, b'"' | b'\\' | 0..b' ')
        {
            self.at += 1;
        }
        let plain = &self.bytes[start..self.at];
        if self.peek() == Some(b'"') {
            self.charge(TEXT_BYTES + plain.len())?;
            self.at += 1;
            return Ok(match str::from_utf8(plain) {
                Ok(text) => text.to_owned(),
                Err(_) => replace_invalid(plain),
            });
        }
        let mut bytes = plain.to_vec();
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut bytes)?;
                }
                Some(0..b' ') | None => return self.refuse(),
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        self.charge(TEXT_BYTES + bytes.len())?;
        self.at += 1;
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| replace_invalid(error.as_bytes())))
    }

    /// What follows a backslash.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), InvalidJson> {
        let byte = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => b'\x08',
            Some(b'f') => b'\x0c',
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.at += 1;
                let c = self.code_point()?;
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            Some(_) | None => return self.refuse(),
        };
        bytes.push(byte);
        self.at += 1;
        Ok(())
    }

    /// The character of `\uXXXX`, or of two of them that are a surrogate pair.
    fn code_point(&mut self) -> Result<char, InvalidJson> {
        let first = self.four_digits()?;
        if let Some(c) = char::from_u32(u32::from(first)) {
            return Ok(c);
        }
        let after_first = self.at;
        if self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let pair = [first, self.four_digits()?];
            if let Some(Ok(c)) = char::decode_utf16(pair).next() {
                return Ok(c);
            }
            // The second is no partner: it is read again, as a character of its own.
            self.at = after_first;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_digits(&mut self) -> Result<u16, InvalidJson> {
        let mut unit: u16 = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit.and_then(|digit| u16::try_from(digit).ok()) else {
                return self.refuse();
            };
            unit = unit << 4 | digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<f64, InvalidJson> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.digits();
        let starts_with_zero = self.bytes.get(self.at - whole) == Some(&b'0');
        if whole == 0 || (starts_with_zero && 1 < whole) {
            return self.refuse();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.refuse();
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return self.refuse();
            }
        }
        let text = str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        // A number beyond a double makes Go refuse the whole text.
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(_) | Err(_) => Err(InvalidJson::Syntax { offset: start }),
        }
    }

    /// Skips ASCII digits and says how many there were.
    fn digits(&mut self) -> usize {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, InvalidJson> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            self.refuse()
        }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn charge(&mut self, bytes: usize) -> Result<(), InvalidJson> {
        self.memory += bytes;
        if self.memory <= MEMORY_BYTES_MAX {
            Ok(())
        } else {
            Err(InvalidJson::TooLarge { offset: self.at })
        }
    }

    fn refuse<T>(&self) -> Result<T, InvalidJson> {
        Err(InvalidJson::Syntax { offset: self.at })
    }

    fn refuse_previous<T>(&self) -> Result<T, InvalidJson> {
        Err(InvalidJson::Syntax { offset: self.at - 1 })
    }
}
