//! `{{args.x}}` in the texts of a metric.
//!
//! One pass over each text, as Argo Rollouts does it: tags are found from the left, white space around
//! a name is dropped, what is filled in is not looked at again, and any other tag is an error. There is
//! no escape for a literal `{{`.
//!
//! Besides the text this says where each argument went and whether it stands inside a string literal
//! of the query or condition, so that a value that would end the literal can be refused.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::quote::{foreign_escape, go_quoted};
use crate::secret::Resolved;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// What the arguments of a template stand for, by name.
pub type ArgValues = BTreeMap<String, ArgValue>;

/// What one argument stands for.
#[derive(Clone, PartialEq, Eq)]
pub enum ArgValue {
    /// A text anybody may see.
    Plain(String),
    /// A text nobody may see.
    Secret(String),
    /// Nobody has said yet; only a check without arguments meets these.
    Hole,
}

impl std::fmt::Debug for ArgValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(text) => write!(f, "Plain({text:?})"),
            Self::Secret(_) => f.write_str("Secret(***)"),
            Self::Hole => f.write_str("Hole"),
        }
    }
}

/// The language of a text, which says what a string literal and a comment look like in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// PromQL: `"…"`, `'…'`, `` `…` `` and comments from `#` to the end of the line.
    PromQl,
    /// The condition language: the same literals, comments `//…` and `/*…*/`.
    Condition,
    /// The query of some other source: the same literals, no comments.
    Other,
    /// Not a language: a name, a URL, a header.
    Text,
}

/// A text with its arguments filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub resolved: Resolved,
    /// Where arguments went, in order.
    pub insertions: Vec<Insertion>,
    /// Whether every argument had a value; if not, the text has holes and means nothing yet.
    pub complete: bool,
}

/// One argument in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Its name.
    pub arg: String,
    /// The tag's bytes in the text as written, braces included.
    pub tag: Range<usize>,
    /// The value's bytes in the text that came out.
    pub value: Range<usize>,
    /// The quote of the string literal it stands in, if it stands in one.
    pub quote: Option<char>,
    /// The value has a character that ends that literal or starts an escape in it.
    pub escapes: bool,
}

/// Why a text cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteProblem {
    /// A tag that is no `args.<name>` of a declared argument.
    #[error("failed to resolve {{{{{tag}}}}}")]
    Unknown {
        /// What stands between the braces, as written.
        tag: String,
        /// The tag's bytes in the text, braces included.
        at: Range<usize>,
    },
    /// A `{{` without a `}}`.
    #[error(
        "Cannot find end tag=\"}}}}\" in the template={} starting from {}",
        go_quoted(text),
        go_quoted(rest)
    )]
    Unclosed {
        /// The whole text.
        text: String,
        /// What follows the braces.
        rest: String,
        /// The bytes from the braces on.
        at: Range<usize>,
    },
    /// A value with a character that Argo cannot carry.
    #[error("invalid character '{letter}' in string escape code")]
    Unencodable {
        /// The argument.
        arg: String,
        /// The character.
        character: char,
        /// The letter of its escape in Go.
        letter: char,
        /// The tag's bytes in the text, braces included.
        at: Range<usize>,
    },
}

impl SubstituteProblem {
    /// The bytes of the text it is about.
    pub fn at(&self) -> Range<usize> {
        match self {
            Self::Unknown { at, .. } | Self::Unclosed { at, .. } | Self::Unencodable { at, .. } => {
                at.clone()
            }
        }
    }
}

/// The names of the arguments that `text` refers to, whether or not there are such arguments.
pub fn arg_names(text: &str) -> impl Iterator<Item = &str> {
    let tags = text.split(OPEN).skip(1).filter_map(|rest| rest.split_once(CLOSE));
    tags.filter_map(|(tag, _)| tag.trim().strip_prefix("args."))
}

/// Fills the arguments into `text`.
///
/// # Errors
///
/// Every [`SubstituteProblem`] of the text, in order.
pub fn substitute(
    text: &str,
    language: Language,
    args: &ArgValues,
) -> Result<Filled, Vec<SubstituteProblem>> {
    let mut out = Output::default();
    let mut lexer = Lexer { language, state: State::Code };
    let mut problems = Vec::new();
    let mut position = 0;
    while let Some(offset) = text[position..].find(OPEN) {
        let open = position + offset;
        let name = open + OPEN.len();
        out.literal(&text[position..open]);
        lexer.read(&text[position..open]);
        let Some(length) = text[name..].find(CLOSE) else {
            problems.push(SubstituteProblem::Unclosed {
                text: text.to_owned(),
                rest: text[name..].to_owned(),
                at: open..text.len(),
            });
            return Err(problems);
        };
        position = name + length + CLOSE.len();
        let tag = &text[name..name + length];
        match out.insert(tag, open..position, lexer.quote(), args) {
            Ok(()) => {}
            Err(problem) => problems.push(problem),
        }
    }
    out.literal(&text[position..]);
    if problems.is_empty() { Ok(out.filled()) } else { Err(problems) }
}

/// The text made so far, as it is and as it is shown.
#[derive(Default)]
struct Output {
    value: String,
    shown: String,
    secret: bool,
    hole: bool,
    insertions: Vec<Insertion>,
}

impl Output {
    fn literal(&mut self, text: &str) {
        self.value.push_str(text);
        self.shown.push_str(text);
    }

    fn insert(
        &mut self,
        tag: &str,
        at: Range<usize>,
        quote: Option<char>,
        args: &ArgValues,
    ) -> Result<(), SubstituteProblem> {
        let known = tag.trim().strip_prefix("args.").and_then(|name| args.get_key_value(name));
        let Some((arg, value)) = known else {
            return Err(SubstituteProblem::Unknown { tag: tag.to_owned(), at });
        };
        let (text, shown) = match value {
            ArgValue::Plain(text) => (text.as_str(), text.as_str()),
            ArgValue::Secret(text) => {
                self.secret = true;
                (text.as_str(), "***")
            }
            ArgValue::Hole => {
                self.hole = true;
                ("", "")
            }
        };
        if let Some((character, letter)) = foreign_escape(text) {
            let arg = arg.clone();
            return Err(SubstituteProblem::Unencodable { arg, character, letter, at });
        }
        let start = self.value.len();
        self.value.push_str(text);
        self.shown.push_str(shown);
        self.insertions.push(Insertion {
            arg: arg.clone(),
            tag: at,
            value: start..self.value.len(),
            quote,
            escapes: quote.is_some_and(|quote| escapes(text, quote)),
        });
        Ok(())
    }

    fn filled(self) -> Filled {
        let resolved = if self.secret {
            Resolved::masked(self.value, self.shown)
        } else {
            Resolved::plain(self.value)
        };
        Filled { resolved, insertions: self.insertions, complete: !self.hole }
    }
}

/// Whether `text` does more than stand inside a literal that `quote` opens.
fn escapes(text: &str, quote: char) -> bool {
    // Nothing but another backtick ends a raw literal.
    let raw = quote == '`';
    text.chars().any(|c| c == quote || (!raw && matches!(c, '\\' | '\n' | '\r')))
}

/// Where in the text of a language we are; what is filled in does not move it.
struct Lexer {
    language: Language,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Code,
    /// After a `/` that may begin a comment.
    Slash,
    Literal {
        quote: char,
        escaped: bool,
    },
    LineComment,
    BlockComment {
        star: bool,
    },
}

impl Lexer {
    fn quote(&self) -> Option<char> {
        match self.state {
            State::Literal { quote, .. } => Some(quote),
            State::Code | State::Slash | State::LineComment | State::BlockComment { .. } => None,
        }
    }

    fn read(&mut self, text: &str) {
        if self.language == Language::Text {
            return;
        }
        for character in text.chars() {
            self.state = self.after(character);
        }
    }

    fn after(&self, character: char) -> State {
        match (self.state, character) {
            (State::Literal { quote, escaped: true }, _) => {
                State::Literal { quote, escaped: false }
            }
            (State::Literal { quote, escaped: false }, '\\') if quote != '`' => {
                State::Literal { quote, escaped: true }
            }
            (State::Literal { quote, .. }, c) if c == quote => State::Code,
            (State::Literal { .. }, _) => self.state,
            (State::LineComment, '\n') => State::Code,
            (State::LineComment, _) => State::LineComment,
            (State::BlockComment { star: true }, '/') => State::Code,
            (State::BlockComment { .. }, c) => State::BlockComment { star: c == '*' },
            (State::Slash, '/') => State::LineComment,
            (State::Slash, '*') => State::BlockComment { star: false },
            (State::Code | State::Slash, '"' | '\'' | '`') => {
                State::Literal { quote: character, escaped: false }
            }
            (State::Code, '/') if self.language == Language::Condition => State::Slash,
            (State::Code | State::Slash, '#') if self.language == Language::PromQl => {
                State::LineComment
            }
            (State::Code | State::Slash, _) => State::Code,
        }
    }
}
