//! Condition text to tokens.
//!
//! Tokens are read one at a time, because the first mistake from the left is the one to tell, be it
//! a mistake of spelling or of grammar.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::ConditionProblem;
use super::literal;

/// What sort of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name, `true`, `false` and `nil` included.
    Identifier,
    /// A number as written.
    Number,
    /// A string, escapes resolved.
    Text,
    /// A byte string such as `b"\xff"`, as written.
    Bytes,
    /// An operator, be it a sign or a word.
    Operator,
    /// One of `()[]{}`.
    Bracket,
    /// The end of the text.
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind,
    pub(super) text: Cow<'t, str>,
    pub(super) span: Range<usize>,
}

impl Token<'_> {
    /// Whether this is the operator `text`.
    pub(super) fn is_operator(&self, text: &str) -> bool {
        self.kind == TokenKind::Operator && self.text == text
    }

    /// Whether this is the bracket `text`.
    pub(super) fn is_bracket(&self, text: &str) -> bool {
        self.kind == TokenKind::Bracket && self.text == text
    }
}

impl fmt::Display for Token<'_> {
    /// The words that people know from Argo's messages: `Operator("=")`, `EOF`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            TokenKind::Identifier => "Identifier",
            TokenKind::Number => "Number",
            TokenKind::Text => "String",
            TokenKind::Bytes => "Bytes",
            TokenKind::Operator => "Operator",
            TokenKind::Bracket => "Bracket",
            TokenKind::End => return f.write_str("EOF"),
        };
        if self.text.is_empty() { f.write_str(kind) } else { write!(f, "{kind}({:?})", self.text) }
    }
}

/// Words that are operators wherever they stand.
const WORDS: [&str; 11] = [
    "not",
    "in",
    "or",
    "and",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
    "let",
    "if",
    "else",
];

/// Whether `c` may begin a name.
pub(super) fn begins_name(c: char) -> bool {
    if c.is_ascii() {
        return c == '_' || c == '$' || c.is_ascii_alphabetic();
    }
    matches!(
        c.general_category(),
        GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
    )
}

/// Whether `c` may stand in a name.
pub(super) fn continues_name(c: char) -> bool {
    if c.is_ascii() {
        return begins_name(c) || c.is_ascii_digit();
    }
    begins_name(c) || c.general_category() == GeneralCategory::DecimalNumber
}

/// Whether `text` can be written as a name, as after a dot.
pub(super) fn is_name(text: &str) -> bool {
    text.chars().next().is_some_and(begins_name) && text.chars().all(continues_name)
}

/// Reads tokens from a text.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    start: usize,
    /// `#index` is two tokens; this is where the second one begins.
    name_after_pointer: bool,
}

impl<'t> Lexer<'t> {
    /// A lexer at the beginning of `text`.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, start: 0, name_after_pointer: false }
    }

    /// The text it reads.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The next token; at the end, [`TokenKind::End`] again and again.
    ///
    /// # Errors
    ///
    /// [`ConditionProblem`] at a character, number, string or comment that cannot be read.
    pub(super) fn next(&mut self) -> Result<Token<'t>, ConditionProblem> {
        if self.name_after_pointer {
            self.name_after_pointer = false;
            self.start = self.at;
            self.skip_name();
            if self.start < self.at {
                return Ok(self.token(TokenKind::Identifier));
            }
        }
        self.skip_blanks()?;
        self.start = self.at;
        let Some(c) = self.bump() else {
            let end = self.text.len();
            return Ok(Token { kind: TokenKind::End, text: Cow::Borrowed(""), span: end..end });
        };
        match c {
            '\'' | '"' => self.string(c),
            '`' => self.raw_string(),
            'b' | 'B' if matches!(self.peek(), Some('\'' | '"')) => self.bytes(),
            '0'..='9' => {
                self.at = self.start;
                self.number()
            }
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => self.number(),
            '(' | '[' | '{' | ')' | ']' | '}' => Ok(self.token(TokenKind::Bracket)),
            '#' => {
                self.accept(b"#");
                self.name_after_pointer = true;
                Ok(self.token(TokenKind::Operator))
            }
            '?' => Ok(self.operator(b".?")),
            '|' => Ok(self.operator(b"|")),
            ':' => Ok(self.operator(b":")),
            '.' => Ok(self.operator(b".")),
            '&' | '!' | '=' | '*' | '<' | '>' => Ok(self.operator(b"&=*")),
            ',' | ';' | '%' | '+' | '-' | '^' | '/' => Ok(self.token(TokenKind::Operator)),
            c if continues_name(c) => {
                self.skip_name();
                let word = &self.text[self.start..self.at];
                let kind =
                    if WORDS.contains(&word) { TokenKind::Operator } else { TokenKind::Identifier };
                Ok(self.token(kind))
            }
            c => {
                let code = u32::from(c);
                Err(self.problem(format!("unrecognized character: U+{code:04X} '{c}'")))
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// The byte at hand; 0 at the end, which is no byte that anything looks for.
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// Passes over one of the ASCII signs `any_of`, which are not 0.
    fn accept(&mut self, any_of: &[u8]) -> bool {
        let accepted = any_of.contains(&self.byte());
        self.at += usize::from(accepted);
        accepted
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&keep) {
            self.bump();
        }
    }

    fn skip_name(&mut self) {
        while self.byte().is_ascii_alphanumeric() {
            self.at += 1;
        }
        self.skip_while(continues_name);
    }

    /// Passes over digits of `radix`, and `_` between them.
    fn skip_digits(&mut self, radix: u32) {
        while self.byte() == b'_' || char::from(self.byte()).is_digit(radix) {
            self.at += 1;
        }
    }

    fn operator(&mut self, second: &[u8]) -> Token<'t> {
        self.accept(second);
        self.token(TokenKind::Operator)
    }

    fn token(&self, kind: TokenKind) -> Token<'t> {
        let span = self.start..self.at;
        Token { kind, text: Cow::Borrowed(&self.text[span.clone()]), span }
    }

    fn problem(&self, message: impl Into<String>) -> ConditionProblem {
        let end = self.at.max(self.start);
        ConditionProblem { message: message.into(), span: self.start..end, help: None }
    }

    /// Skips white space and comments.
    fn skip_blanks(&mut self) -> Result<(), ConditionProblem> {
        loop {
            while self.byte() == b' ' {
                self.at += 1;
            }
            if self.byte().is_ascii_graphic() && self.byte() != b'/' {
                return Ok(());
            }
            self.skip_while(char::is_whitespace);
            let rest = &self.text[self.at..];
            if rest.starts_with("//") {
                self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
            } else if let Some(body) = rest.strip_prefix("/*") {
                self.start = self.at;
                match body.find("*/") {
                    Some(end) => self.at += end + 4,
                    None => {
                        self.at += 2;
                        return Err(self.problem("unclosed comment"));
                    }
                }
            } else {
                return Ok(());
            }
        }
    }

    fn number(&mut self) -> Result<Token<'t>, ConditionProblem> {
        let mut radix = 10;
        if self.accept(b"0") {
            if self.accept(b"xX") {
                radix = 16;
            } else if self.accept(b"oO") {
                radix = 8;
            } else if self.accept(b"bB") {
                radix = 2;
            }
        }
        self.skip_digits(radix);
        // Two dots are a range: `1..3` begins with the number 1.
        if self.text[self.at..].starts_with("..") {
            return Ok(self.token(TokenKind::Number));
        }
        if self.accept(b".") {
            self.skip_digits(radix);
        }
        if self.accept(b"eE") {
            self.accept(b"+-");
            self.skip_digits(radix);
        }
        if self.peek().is_some_and(continues_name) {
            self.bump();
            let word = &self.text[self.start..self.at];
            return Err(self.problem(format!("bad number syntax: {word:?}")));
        }
        Ok(self.token(TokenKind::Number))
    }

    /// Goes to the end of a quoted string whose opening quote was just read.
    fn skip_quoted(&mut self, quote: char) -> Result<Range<usize>, ConditionProblem> {
        let begin = self.at;
        loop {
            match self.bump() {
                None | Some('\n') => return Err(self.problem("literal not terminated")),
                Some(c) if c == quote => return Ok(begin..self.at - 1),
                Some('\\') => {
                    self.bump();
                }
                Some(_) => {}
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<Token<'t>, ConditionProblem> {
        let inside = self.skip_quoted(quote)?;
        let text = literal::unescape(&self.text[inside], quote).map_err(|m| self.problem(m))?;
        Ok(Token { kind: TokenKind::Text, text, span: self.start..self.at })
    }

    fn bytes(&mut self) -> Result<Token<'t>, ConditionProblem> {
        let quote = if self.bump() == Some('"') { '"' } else { '\'' };
        let inside = self.skip_quoted(quote)?;
        let span = self.start..self.at;
        Ok(Token { kind: TokenKind::Bytes, text: Cow::Borrowed(&self.text[inside]), span })
    }

    /// A string in backquotes, where two backquotes stand for one and nothing else is special.
    fn raw_string(&mut self) -> Result<Token<'t>, ConditionProblem> {
        let begin = self.at;
        loop {
            match self.bump() {
                None => return Err(self.problem("literal not terminated")),
                Some('`') if self.peek() == Some('`') => {
                    self.bump();
                }
                Some('`') => break,
                Some(_) => {}
            }
        }
        let inside = &self.text[begin..self.at - 1];
        let text = if inside.contains('`') {
            Cow::Owned(inside.replace("``", "`"))
        } else {
            Cow::Borrowed(inside)
        };
        Ok(Token { kind: TokenKind::Text, text, span: self.start..self.at })
    }
}
