//! Problems of a text that is not YAML as we read it.

use granit_parser::{ErrorKind, ScanError};
use miette::{Diagnostic, SourceSpan};

/// Why a text, or a part of it, could not be read as YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum YamlProblem {
    /// More bytes than a template may have.
    #[error("the text has {bytes} bytes, and a template may have at most {bytes_max}")]
    #[diagnostic(
        code(assay::template::file_too_large),
        help("split it into several files, or check that this is the file you meant")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    TooLarge { bytes: usize, bytes_max: usize },

    /// UTF-16, told by its byte order mark or its NULs.
    #[error("the text is encoded as UTF-16, and a template has to be UTF-8")]
    #[diagnostic(
        code(assay::template::not_utf8),
        help("save it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8 OLD > NEW`")
    )]
    Utf16,

    /// Not UTF-8.
    #[error("byte {offset} (0x{byte:02x}, on line {line}) is not UTF-8")]
    #[diagnostic(
        code(assay::template::not_utf8),
        help("save the file as UTF-8, for example with `iconv -f LATIN1 -t UTF-8 OLD > NEW`")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    NotUtf8 { offset: usize, line: usize, byte: u8 },

    /// A NUL, which no text has.
    #[error("byte {offset} is NUL")]
    #[diagnostic(
        code(assay::template::nul_byte),
        help("a template is text: remove the NUL, or check that this is the file you meant")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    NulByte {
        offset: usize,
        #[label("here")]
        at: SourceSpan,
    },

    /// Against YAML's grammar.
    #[error("{message}")]
    #[diagnostic(code(assay::template::yaml_syntax), help("{help}"))]
    #[expect(missing_docs, reason = "the message says what each field is")]
    Syntax {
        message: String,
        help: &'static str,
        #[label("here")]
        at: SourceSpan,
    },

    /// A tab where only spaces may stand.
    #[error("a tab is used to indent")]
    #[diagnostic(
        code(assay::template::yaml_tab),
        help("YAML is indented with spaces only: put two spaces in place of each tab")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    Tab {
        #[label("this is a tab")]
        at: SourceSpan,
    },

    /// Lists and maps nested too deep, aliases expanded.
    #[error("lists and maps are nested more than {depth_max} deep")]
    #[diagnostic(
        code(assay::template::nested_too_deep),
        help("no template needs that: look for an alias that contains itself in a roundabout way")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    TooDeep {
        depth_max: usize,
        #[label("too deep here")]
        at: SourceSpan,
    },

    /// More nodes than a text may have, aliases expanded.
    #[error("the text holds more than {nodes_max} values, with all aliases filled in")]
    #[diagnostic(
        code(assay::template::too_many_values),
        help("split it into several files, or use fewer aliases")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    TooManyNodes {
        nodes_max: usize,
        #[label("the limit is reached here")]
        at: SourceSpan,
    },

    /// Aliases that repeat too much text.
    #[error("the text grows to more than {bytes_max} bytes when its aliases are filled in")]
    #[diagnostic(code(assay::template::aliases_too_large), help("use fewer aliases of long texts"))]
    #[expect(missing_docs, reason = "the message says what each field is")]
    ExpandsTooFar {
        bytes_max: usize,
        #[label("the limit is reached here")]
        at: SourceSpan,
    },

    /// More documents than a text may have.
    #[error("the text holds more than {documents_max} documents")]
    #[diagnostic(code(assay::template::too_many_documents), help("split it into several files"))]
    #[expect(missing_docs, reason = "the message says what each field is")]
    TooManyDocuments {
        documents_max: usize,
        #[label("one too many")]
        at: SourceSpan,
    },

    /// `*name` without `&name` before it in the same document.
    #[error("alias `*{name}` stands for nothing")]
    #[diagnostic(
        code(assay::template::unknown_anchor),
        help(
            "put `&{name}` before the value it stands for, earlier in the same document; a \
             text that begins with `*` needs quotes"
        )
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    UnknownAnchor {
        name: String,
        #[label("no `&{name}` before this")]
        at: SourceSpan,
    },

    /// `*name` inside what `&name` marks.
    #[error("alias `*{name}` stands inside the value it stands for")]
    #[diagnostic(
        code(assay::template::anchor_inside_itself),
        help("a value cannot contain itself: drop the alias")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    AnchorInsideItself {
        name: String,
        #[label("this would go on for ever")]
        at: SourceSpan,
    },

    /// The same key twice in one map.
    #[error("key `{key}` is there twice")]
    #[diagnostic(
        code(assay::template::duplicate_key),
        help("drop one of the two: only one of them could count")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    DuplicateKey {
        key: String,
        #[label("first here")]
        first: SourceSpan,
        #[label("again here")]
        again: SourceSpan,
    },

    /// `{{args.x}}` without quotes, which to YAML is a map with a map as its key.
    #[error("`{text}` has no quotes, and without them YAML takes it for a map")]
    #[diagnostic(code(assay::template::unquoted_argument), help("put it in quotes: `\"{text}\"`"))]
    #[expect(missing_docs, reason = "the message says what each field is")]
    UnquotedArgument {
        text: String,
        #[label("quotes are missing")]
        at: SourceSpan,
    },

    /// A list or a map as key.
    #[error("a list or a map is used as a key")]
    #[diagnostic(
        code(assay::template::complex_key),
        help("a key is a text; one that begins with `{{` or `[` needs quotes")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    ComplexKey {
        #[label("not a text")]
        at: SourceSpan,
    },

    /// `<<` with something that is no map.
    #[error("`<<` merges maps, and this is none")]
    #[diagnostic(
        code(assay::template::merge_of_no_map),
        help("give it an alias of a map, as in `<<: *defaults`, or a list of such aliases")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    MergeOfNoMap {
        #[label("not a map")]
        at: SourceSpan,
    },

    /// A tag that has no meaning here.
    #[error("tag `{tag}` means nothing here")]
    #[diagnostic(
        code(assay::template::unknown_tag),
        help("drop the tag; a text that begins with `!` needs quotes")
    )]
    #[expect(missing_docs, reason = "the message says what each field is")]
    UnknownTag {
        tag: String,
        #[label("tagged `{tag}`")]
        at: SourceSpan,
    },

    /// The rest is left out.
    #[error("there are more than {problems_max} problems, and only these are shown")]
    #[diagnostic(code(assay::template::too_many_problems), help("repair these and try again"))]
    #[expect(missing_docs, reason = "the message says what each field is")]
    TooManyProblems { problems_max: usize },
}

impl YamlProblem {
    /// What the parser's error about `text` means to somebody who writes templates.
    pub(crate) fn from_scan(error: &ScanError, text: &str) -> Self {
        let at = place(error.marker().byte_offset().unwrap_or(text.len()), text);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the parser's enum may grow, and its own words are better than none"
        )]
        let (message, help) = match error.kind() {
            ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart => return Self::Tab { at: next_tab(at, text) },
            ErrorKind::RecursionLimitExceeded => {
                return Self::TooDeep { depth_max: crate::yaml::limits::DEPTH_MAX, at };
            }
            _ if begins_with_argument(at, text) => (
                String::from("a text begins with `{{` and has no quotes"),
                "put all of it in quotes: `\"{{args.x}}/path\"`",
            ),
            ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::UnexpectedEofFlowMapping => (
                String::from("`,` or `}` is missing before this"),
                "close the `{` further up, or put a comma between two entries",
            ),
            ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::UnexpectedEofFlowSequence => (
                String::from("`,` or `]` is missing before this"),
                "close the `[` further up, or put a comma between two items",
            ),
            ErrorKind::MissingAnchorOrAliasName => (
                String::from("`*` or `&` without a name"),
                "a text that begins with `*` or `&` needs quotes",
            ),
            ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
                String::from("a `:` where no key can be"),
                "a text with `: ` in it needs quotes; a key and its own keys stand on lines of \
                 their own",
            ),
            ErrorKind::UnclosedFlowCollection { open } => (
                format!("`{open}` is not closed"),
                "add the closing bracket; a text that begins with a bracket needs quotes",
            ),
            ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
                (format!("`{open}` is closed by `{close}`"), "close each bracket with its own kind")
            }
            ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => (
                String::from("a quoted text is not closed"),
                "add the closing quote; a quoted text of several lines has to stay indented",
            ),
            ErrorKind::UnknownQuotedScalarEscape => (
                String::from("no such escape in a double-quoted text"),
                "write `\\\\` for a backslash, or use single quotes, which know no escapes",
            ),
            ErrorKind::UnexpectedCharacter { character } => {
                (format!("a text cannot begin with `{character}`"), "put the text in quotes")
            }
            ErrorKind::InvalidIndentation
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedBlockSequenceEntry => (
                String::from("this line is indented differently from its neighbours"),
                "start all keys of one map, and all `-` of one list, in the same column",
            ),
            ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
                String::from("a key without `:`"),
                "write `key: value`; a text that goes on over several lines needs `|` or quotes",
            ),
            other => (
                format!("this is not YAML: {other}"),
                "look at this line and the one before it; a text with `: ` or ` #` in it needs \
                 quotes",
            ),
        };
        Self::Syntax { message, help, at }
    }
}

/// Whether a text that begins with an argument but has no quotes stands on the line of `at`, which
/// the parser took for a map in a map.
fn begins_with_argument(at: SourceSpan, text: &str) -> bool {
    let line =
        text.get(line_start(at, text)..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    line.contains(": {{") || line.contains("- {{")
}

/// The first tab on the line of `at`, or else the next one: the parser notices one a little early or
/// a little late.
fn next_tab(at: SourceSpan, text: &str) -> SourceSpan {
    let start = line_start(at, text);
    let rest = text.get(start..).unwrap_or_default();
    rest.find('\t').map_or(at, |tab| (start + tab, 1).into())
}

fn line_start(at: SourceSpan, text: &str) -> usize {
    let before = text.get(..at.offset()).unwrap_or_default();
    before.rfind('\n').map_or(0, |newline| newline + 1)
}

/// The letter at `offset`; at the end of the text, the last one that can be seen.
fn place(offset: usize, text: &str) -> SourceSpan {
    let offset = text.floor_char_boundary(offset);
    let offset = match text.get(offset..).is_some_and(|rest| !rest.trim().is_empty()) {
        true => offset,
        false => text.trim_end().char_indices().next_back().map_or(0, |(last, _)| last),
    };
    let letter = text.get(offset..).and_then(|rest| rest.chars().next());
    (offset, letter.map_or(0, char::len_utf8)).into()
}
