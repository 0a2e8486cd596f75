//! Path text to nodes.
//!
//! The parts of a filter, a union or a quoted key are paths of their own to client-go: they are cut
//! out, put in braces and parsed again. The same is done here, because what such a part may contain
//! follows from it.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::node::{End, Node, Slice};
use super::quote::unquote;
use super::{JsonPathError, filter};
use crate::number;

/// Parses a whole path: text, and paths in braces.
///
/// # Errors
///
/// [`JsonPathError`] with the place in the text.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, JsonPathError> {
    Parser { input: text, at: 0, before: 0, offset: 0, inner: false }.root()
}

/// Parses `part`, which stands at `offset` of the path, as if it stood in braces.
///
/// # Errors
///
/// [`JsonPathError`] with the place in the path.
pub(super) fn parse_part(
    before: &str,
    part: &str,
    after: &str,
    offset: usize,
) -> Result<Vec<Node>, JsonPathError> {
    let input = format!("{{{before}{part}{after}}}");
    let nodes =
        Parser { input: &input, at: 0, before: 1 + before.len(), offset, inner: true }.root()?;
    // A `}` in the part ends it early; what follows must parse, but is not used.
    Ok(match nodes.into_iter().next() {
        Some(Node::List(nodes)) => nodes,
        Some(_) | None => Vec::new(),
    })
}

struct Parser<'a> {
    input: &'a str,
    at: usize,
    /// How many bytes were put before the part.
    before: usize,
    /// Where the part stands in the path.
    offset: usize,
    /// Whether this is a part of a filter, a union or a quoted key.
    inner: bool,
}

impl<'a> Parser<'a> {
    fn root(&mut self) -> Result<Vec<Node>, JsonPathError> {
        let mut nodes = Vec::new();
        loop {
            let rest = self.rest();
            let (text, path) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            if !text.is_empty() {
                nodes.push(Node::Text(text.to_owned()));
            }
            if path.is_empty() {
                return Ok(nodes);
            }
            self.at += text.len() + 1;
            nodes.push(Node::List(self.action()?));
        }
    }

    /// What stands in one pair of braces, the closing one included.
    fn action(&mut self) -> Result<Vec<Node>, JsonPathError> {
        let mut nodes = Vec::new();
        loop {
            let rest = self.rest();
            if rest.starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if rest.starts_with("..") {
                if nodes.last() == Some(&Node::Recursive) {
                    return self.refuse(self.at, "invalid multiple recursive descent");
                }
                nodes.push(Node::Recursive);
                self.at += 2;
                if self.rest().starts_with(is_alphanumeric) {
                    nodes.push(self.field());
                }
                continue;
            }
            match rest.chars().next() {
                None | Some('\r' | '\n') => return self.refuse(self.at, "unclosed action"),
                Some('}') => {
                    self.at += 1;
                    return Ok(nodes);
                }
                // `@` and `$` both are what the path is at.
                Some(' ' | '@' | '$') => self.at += 1,
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => {
                    self.at += 1;
                    nodes.push(self.field());
                }
                Some(c) if matches!(c, '+' | '-') || is_digit(c) => nodes.push(self.number()?),
                Some(c) if is_alphanumeric(c) => nodes.push(self.word()?),
                Some(c) => {
                    let message = format!("unrecognized character in action: {}", code_point(c));
                    return self.refuse(self.at, message);
                }
            }
        }
    }

    /// A word, such as `range`.
    fn word(&mut self) -> Result<Node, JsonPathError> {
        let start = self.at;
        let word = self.take(self.rest().find(is_terminator));
        Ok(match word {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            "range" => Node::Range,
            "end" => Node::End,
            _ if self.inner => Node::Word(word.to_owned()),
            _ => return self.refuse(start, format!("unrecognized identifier {word}")),
        })
    }

    /// A field name, its dot already read. A backslash takes away the meaning of what follows it.
    fn field(&mut self) -> Node {
        let mut escaped = false;
        let end = self.rest().find(|c| {
            let ends = !escaped && is_terminator(c);
            escaped = !escaped && c == '\\';
            ends
        });
        match self.take(end) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn number(&mut self) -> Result<Node, JsonPathError> {
        let start = self.at;
        let unsigned = self.rest().trim_start_matches(['+', '-']);
        let signs = (self.rest().len() - unsigned.len()).min(1);
        let digits = &self.rest()[signs..];
        let length = digits.find(|c| c != '.' && !is_digit(c)).unwrap_or(digits.len());
        let text = self.take(Some(signs + length));
        if let Ok(value) = text.parse() {
            return Ok(Node::Int(value));
        }
        match number::parse(text) {
            Ok(value) => Ok(Node::Float(value)),
            Err(_) => self.refuse(start, format!("cannot parse number {text}")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Node, JsonPathError> {
        let start = self.at;
        let mut at = self.at + 1;
        loop {
            match self.input.as_bytes().get(at) {
                None | Some(b'\n') => return self.refuse(start, "unterminated quoted string"),
                // Only the byte before is looked at, so `'\\'` goes on.
                Some(byte) if char::from(*byte) == quote => {
                    at += 1;
                    if self.input.as_bytes()[at - 2] != b'\\' {
                        break;
                    }
                }
                Some(_) => at += 1,
            }
        }
        let quoted = self.take(Some(at - start));
        match unquote(quoted) {
            Some(text) => Ok(Node::Text(text)),
            None => self.refuse(start, format!("unquote string {quoted} error invalid syntax")),
        }
    }

    /// `[...]`: several of them joined by commas, a key in quotes, or a slice.
    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), JsonPathError> {
        let start = self.at;
        let rest = self.rest();
        let text = match rest.find([']', '\n']) {
            Some(end) if rest[end..].starts_with(']') => &rest[1..end],
            Some(_) | None => return self.refuse(start, "unterminated array"),
        };
        self.at += text.len() + 2;
        let offset = self.place(start + 1);
        if text.contains(',') {
            let mut part_offset = offset;
            let mut parts = Vec::new();
            for part in text.split(',') {
                parts.push(parse_part("[", part.trim_matches(' '), "]", part_offset)?);
                part_offset += part.len() + 1;
            }
            nodes.push(Node::Union(parts));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        if let Some(key) = key.filter(|key| !key.contains('\'')) {
            nodes.extend(parse_part(".", key, "", offset + 1)?);
            return Ok(());
        }
        let slice = slice(text).map_err(|message| JsonPathError::at(offset, message))?;
        nodes.push(Node::Slice(slice));
        Ok(())
    }

    /// `[?(...)]`, up to the first `)` that does not stand in quotes.
    fn filter(&mut self) -> Result<Node, JsonPathError> {
        let start = self.at;
        let begin = start + "[?(".len();
        let bytes = self.input.as_bytes();
        let mut at = begin;
        let mut quote = None;
        let mut closed = false;
        loop {
            match bytes.get(at).copied() {
                None | Some(b'\n') => return self.refuse(start, "unterminated filter"),
                Some(byte @ (b'"' | b'\'')) => match quote {
                    None => quote = Some(byte),
                    Some(quote) => closed |= bytes[at - 1] != b'\\' && byte == quote,
                },
                Some(b')') if quote.is_some() == closed => break,
                Some(_) => {}
            }
            at += 1;
        }
        if bytes.get(at + 1) != Some(&b']') {
            return self.refuse(at, "unclosed array expect ]");
        }
        self.at = at + 2;
        filter::parse(&self.input[begin..at], self.place(begin)).map(Node::Filter)
    }

    fn rest(&self) -> &'a str {
        &self.input[self.at..]
    }

    /// Takes `length` bytes, or all there are.
    fn take(&mut self, length: Option<usize>) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..length.unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Where `at` is in the path.
    fn place(&self, at: usize) -> usize {
        self.offset + at.saturating_sub(self.before)
    }

    fn refuse<T>(&self, at: usize, message: impl Into<String>) -> Result<T, JsonPathError> {
        Err(JsonPathError::at(self.place(at), message))
    }
}

/// `[start][:[end][:[step]]]`, or `*`.
fn slice(text: &str) -> Result<Slice, String> {
    let is_index = |part: &str| {
        part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = if text == "*" { vec!["", ""] } else { text.split(':').collect() };
    if 3 < parts.len() || !parts.iter().all(|part| is_index(part)) {
        return Err(format!("invalid array index {text}"));
    }
    let index = |place: usize| match parts.get(place) {
        Some(&"") | None => Ok(None),
        Some(part) => match part.parse::<i64>() {
            Ok(index) => Ok(Some(index)),
            Err(_) => Err(format!("array index {part} is not a number")),
        },
    };
    let start = index(0)?;
    let end = match index(1)? {
        Some(end) => End::At(end),
        None if 1 < parts.len() => End::Open,
        None => End::AfterStart(start.unwrap_or(0).wrapping_add(1)),
    };
    Ok(Slice { start, end, step: index(2)? })
}

/// Whether a word or a field name ends before `c`.
fn is_terminator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_digit(c: char) -> bool {
    c.general_category() == GeneralCategory::DecimalNumber
}

fn is_alphanumeric(c: char) -> bool {
    use GeneralCategory::{
        LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter,
    };
    c == '_'
        || is_digit(c)
        || matches!(
            c.general_category(),
            LowercaseLetter | ModifierLetter | OtherLetter | TitlecaseLetter | UppercaseLetter
        )
}

/// `U+0028 '('`; the character itself only if it can be seen.
fn code_point(c: char) -> String {
    use unicode_properties::GeneralCategoryGroup::{Letter, Mark, Number, Punctuation, Symbol};
    let group = unicode_properties::UnicodeGeneralCategory::general_category_group(c);
    let number = format!("U+{:04X}", u32::from(c));
    if matches!(group, Letter | Mark | Number | Punctuation | Symbol) {
        format!("{number} '{c}'")
    } else {
        number
    }
}
