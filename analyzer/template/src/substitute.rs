//! `{{args.x}}` in the texts of a metric.
//!
//! One pass over each text, as Argo Rollouts does it: tags are found from the left, white space around
//! a name is dropped, what is filled in is not looked at again, and any other tag is an error. There is
//! no escape for a literal `{{`.
//!
//! Besides the text this says where each argument went and whether it stands inside a string literal
//! of the query or condition, so that a value that would end the literal can be refused.

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

/// Whether `text` has a tag, well formed or not.
pub fn has_tags(text: &str) -> bool {
    text.contains(OPEN)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ArgValue, ArgValues, Language, has_tags, substitute};

    fn args(pairs: &[(&str, &str)]) -> ArgValues {
        let value = |value: &&str| ArgValue::Plain((*value).to_owned());
        pairs.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
    }

    fn fill(text: &str, pairs: &[(&str, &str)]) -> String {
        match substitute(text, Language::Text, &args(pairs)) {
            Ok(filled) => filled.resolved.reveal().to_owned(),
            Err(problems) => {
                problems.iter().map(|p| format!("! {p}")).collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[track_caller]
    fn check(text: &str, pairs: &[(&str, &str)], expected: &str) {
        assert_eq!(fill(text, pairs), expected, "{text:?}");
    }

    #[test]
    fn a01_names_are_trimmed() {
        check("p-{{args.x}}", &[("x", "foo")], "p-foo");
        check("p-{{ args.x }}", &[("x", "foo")], "p-foo");
        check("{{\n args.x\n}}", &[("x", "foo")], "foo");
        check("{{args.x}}{{args.y}}{{args.x}}", &[("x", "1"), ("y", "2")], "121");
    }

    #[test]
    fn a02_an_unknown_argument() {
        check("p-{{args.y}}", &[("x", "foo")], "! failed to resolve {{args.y}}");
        check(
            "{{args.a}} {{args.b}}",
            &[],
            "! failed to resolve {{args.a}}\n! failed to resolve {{args.b}}",
        );
    }

    #[test]
    fn a03_no_end_tag() {
        let message =
            r#"! Cannot find end tag="}}" in the template="p-{{args.x" starting from "args.x""#;
        check("p-{{args.x", &[("x", "foo")], message);
    }

    #[test]
    fn a04_an_end_tag_alone_stays() {
        check("p-args.x}}", &[("x", "foo")], "p-args.x}}");
    }

    #[test]
    fn a05_values_are_not_looked_at_again() {
        check("{{args.x}}", &[("x", "{{args.z}}"), ("z", "no")], "{{args.z}}");
        check("{{args.x}}args.z}}", &[("x", "{{"), ("z", "no")], "{{args.z}}");
    }

    #[test]
    fn a06_three_braces() {
        check("{{{args.x}}}", &[("x", "foo")], "! failed to resolve {{{args.x}}");
    }

    #[test]
    fn a07_other_tags() {
        check("{{}}", &[], "! failed to resolve {{}}");
        check("{{inputs.x}}", &[("x", "foo")], "! failed to resolve {{inputs.x}}");
        check("{{ARGS.x}}", &[("x", "foo")], "! failed to resolve {{ARGS.x}}");
        check("{{ $value }}", &[], "! failed to resolve {{ $value }}");
        check("{{ args. x }}", &[("x", "foo")], "! failed to resolve {{ args. x }}");
    }

    #[test]
    fn a09_quotes_survive() {
        check("{{args.x}}", &[("x", "foo \"bar\" baz")], "foo \"bar\" baz");
    }

    #[test]
    fn a10_most_texts_survive() {
        let text = "\n\t\\ é 😀 \u{a0}";
        check("{{args.x}}", &[("x", text)], text);
    }

    #[test]
    fn a11_characters_that_cannot_be_carried() {
        for (value, letter) in
            [("a\x01", 'x'), ("a\x07", 'a'), ("a\x0b", 'v'), ("a\x7f", 'x'), ("a\u{e0001}", 'U')]
        {
            let message = format!("! invalid character '{letter}' in string escape code");
            check("{{args.x}}", &[("x", value)], &message);
            check("args.x", &[("x", value)], "args.x");
        }
    }

    #[test]
    fn a_secret_is_masked_in_its_place() {
        let mut values = args(&[("host", "db")]);
        values.insert(String::from("token"), ArgValue::Secret(String::from("hunter2")));
        let text = "{{args.host}}?t={{args.token}}&u=1";
        let filled = substitute(text, Language::Text, &values).unwrap();
        assert_eq!(filled.resolved.reveal(), "db?t=hunter2&u=1");
        assert_eq!(filled.resolved.shown(), "db?t=***&u=1");
        assert!(!format!("{filled:?} {values:?}").contains("hunter2"));
    }

    #[test]
    fn a_hole_leaves_the_text_incomplete() {
        let values = ArgValues::from([(String::from("x"), ArgValue::Hole)]);
        assert!(!substitute("a{{args.x}}", Language::Text, &values).unwrap().complete);
        assert!(substitute("a", Language::Text, &values).unwrap().complete);
    }

    #[track_caller]
    fn check_escape(
        language: Language,
        text: &str,
        value: &str,
        quote: Option<char>,
        escapes: bool,
    ) {
        let filled = substitute(text, language, &args(&[("x", value)])).unwrap();
        let last = filled.insertions.last().unwrap();
        assert_eq!((last.quote, last.escapes), (quote, escapes), "{text:?} with {value:?}");
        assert_eq!(&filled.resolved.reveal()[last.value.clone()], value);
        assert!(text[last.tag.clone()].starts_with("{{"));
    }

    #[test]
    fn the_literal_an_argument_stands_in_is_known() {
        use Language::{Condition, Other, PromQl, Text};
        check_escape(PromQl, r#"up{a="{{args.x}}"}"#, "b", Some('"'), false);
        check_escape(PromQl, r#"up{a="{{args.x}}"}"#, r#""} or vector(1) #"#, Some('"'), true);
        check_escape(PromQl, r#"up{a="{{args.x}}"}"#, "it's", Some('"'), false);
        check_escape(PromQl, r#"up{a='{{args.x}}'}"#, "it's", Some('\''), true);
        check_escape(PromQl, r#"up{a="{{args.x}}"}"#, "b\\", Some('"'), true);
        check_escape(PromQl, r#"up{a="{{args.x}}"}"#, "b\nc", Some('"'), true);
        check_escape(PromQl, "up{a=~`{{args.x}}`}", "b\\.c\nd", Some('`'), false);
        check_escape(PromQl, "up{a=~`{{args.x}}`}", "b`c", Some('`'), true);
        check_escape(PromQl, r#"up{a="\"{{args.x}}"}"#, "b", Some('"'), false);
        check_escape(PromQl, r#"up{a="\\"} > {{args.x}}"#, "\"", None, false);
        check_escape(PromQl, "up # don't\n > {{args.x}}", "1", None, false);
        check_escape(PromQl, "up{a=\"{{args.x}}\",b=\"{{args.x}}\"}", "b", Some('"'), false);
        check_escape(Condition, "result[0] > {{args.x}} // \"", "\"", None, false);
        check_escape(Condition, "/* ' */ result > 4 / {{args.x}}", "1", None, false);
        check_escape(Condition, "// it's\nresult == '{{args.x}}'", "'", Some('\''), true);
        check_escape(Condition, "filter(result, # > '{{args.x}}')", "a", Some('\''), false);
        check_escape(Other, "where app = '{{args.x}}'", "'", Some('\''), true);
        check_escape(Text, "it's {{args.x}}", "'", None, false);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[a{}'\"`\\\\/*#\n. ]{0,30}|.{0,20}", value in ".{0,8}") {
            for language in [Language::PromQl, Language::Condition, Language::Other] {
                let _ = substitute(&text, language, &args(&[("x", &value), ("", &value)]));
            }
        }

        #[test]
        fn a_text_without_tags_is_itself(text in ".{0,40}") {
            prop_assume!(!has_tags(&text));
            prop_assert_eq!(fill(&text, &[]), text);
        }

        #[test]
        fn any_value_that_can_be_carried_comes_out_as_it_is(value in "[ -~\n\té日😀]{0,40}") {
            prop_assert_eq!(fill("<{{args.x}}>", &[("x", &value)]), format!("<{value}>"));
        }
    }
}
