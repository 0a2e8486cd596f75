//! Problems of the arguments of a template.

use miette::{Diagnostic, SourceSpan};

/// Why arguments do not fit a template. Where Argo Rollouts has words for it, they are in the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum ArgsProblem {
    /// An argument without a value.
    #[error("args.{arg} was not resolved: argument \"{arg}\" was not supplied")]
    #[diagnostic(
        code(assay::args::not_supplied),
        help(
            "give it a value, for example with `--arg {arg}=…`, or a default with `value: \"…\"`"
        )
    )]
    NotSupplied {
        arg: String,
        #[label("no value here, and none was given")]
        at: SourceSpan,
    },

    /// Two templates with different defaults.
    #[error(
        "Argument `{arg}` specified multiple times with different values: '{first}', '{second}'"
    )]
    #[diagnostic(
        code(assay::args::conflicting_defaults),
        help(
            "two templates used together share their arguments: write the same default in both, or in only one of them"
        )
    )]
    ConflictingDefaults {
        arg: String,
        first: String,
        second: String,
        #[label("this is '{second}'")]
        at: SourceSpan,
    },

    /// One template that declares an argument twice.
    #[error("argument `{arg}` is declared twice in one template")]
    #[diagnostic(
        code(assay::args::duplicate_argument),
        help("drop one of the two: the last would win without a word, be it empty")
    )]
    Duplicate {
        arg: String,
        #[label("first here")]
        first: SourceSpan,
        #[label("again here")]
        at: SourceSpan,
    },

    /// Both a value and a source of one.
    #[error("arg '{arg}' has both Value and ValueFrom fields")]
    #[diagnostic(code(assay::args::value_and_value_from), help("keep one of the two"))]
    ValueAndValueFrom {
        arg: String,
        #[label("declared here")]
        at: SourceSpan,
    },

    /// A given argument that no template declares.
    #[error("no template declares an argument `{arg}`, and {origin} gives one")]
    #[diagnostic(code(assay::args::unknown_argument), help("{help}"))]
    Unknown {
        arg: String,
        origin: String,
        help: String,
        #[label("the arguments of this template")]
        at: SourceSpan,
    },

    /// A secret that is not there.
    #[error("Unable to resolve metric arguments: secrets \"{secret}\" not found")]
    #[diagnostic(
        code(assay::args::secret_not_found),
        help(
            "hand over the secret `{secret}` with its key `{key}`, or give argument `{arg}` a value"
        )
    )]
    SecretNotFound {
        arg: String,
        secret: String,
        key: String,
        #[label("wanted here")]
        at: SourceSpan,
    },

    /// A secret without the key.
    #[error("Unable to resolve metric arguments: key '{key}' does not exist in secret '{secret}'")]
    #[diagnostic(code(assay::args::secret_key_not_found), help("{help}"))]
    SecretKeyNotFound {
        secret: String,
        key: String,
        help: String,
        #[label("wanted here")]
        at: SourceSpan,
    },

    /// An empty value that goes into a metric.
    #[error("argument `{arg}` is empty")]
    #[diagnostic(
        code(assay::args::empty_argument),
        help(
            "a query with an empty name in it matches nothing or everything: give `{arg}` a value"
        )
    )]
    Empty {
        arg: String,
        #[label("filled in here")]
        at: SourceSpan,
    },

    /// A value that would end the string literal it goes into.
    #[error("the value of argument `{arg}` would end the string it stands in")]
    #[diagnostic(
        code(assay::args::escapes_string),
        help(
            "a value between {quote} and {quote} cannot hold that quote, a backslash or a line break: it would change what is asked"
        )
    )]
    EscapesString {
        arg: String,
        quote: char,
        #[label("filled in here")]
        at: SourceSpan,
    },

    /// Braces around something that is no argument.
    #[error("failed to resolve {{{{{tag}}}}}")]
    #[diagnostic(code(assay::args::unresolved_tag), help("{help}"))]
    UnresolvedTag {
        tag: String,
        help: String,
        #[label("no such argument")]
        at: SourceSpan,
    },

    /// Braces that are not closed.
    #[error("{message}")]
    #[diagnostic(
        code(assay::args::unclosed_tag),
        help("close it with `}}}}`; a literal `{{{{` cannot be written in a template")
    )]
    UnclosedTag {
        message: String,
        #[label("opened here")]
        at: SourceSpan,
    },

    /// A value that Argo Rollouts could not carry.
    #[error(
        "invalid character '{letter}' in string escape code, made of {character:?} in argument `{arg}`"
    )]
    #[diagnostic(
        code(assay::args::unencodable_character),
        help(
            "take the character out of the value of `{arg}`: Argo Rollouts cannot fill it in either"
        )
    )]
    Unencodable {
        arg: String,
        character: char,
        letter: char,
        #[label("filled in here")]
        at: SourceSpan,
    },

    /// A secret where its value would have to be shown.
    #[error("{what} is made with the secret argument `{arg}`")]
    #[diagnostic(
        code(assay::args::secret_in_the_open),
        help(
            "{what} is shown to people and decides when and how to judge: use an argument that is no secret"
        )
    )]
    SecretInTheOpen {
        arg: String,
        what: &'static str,
        #[label("filled in here")]
        at: SourceSpan,
    },
}

impl ArgsProblem {
    /// The known trap it is, T1 to T16.
    pub fn trap(&self) -> Option<u8> {
        match self {
            Self::Duplicate { .. } | Self::Empty { .. } => Some(9),
            Self::NotSupplied { .. }
            | Self::ConflictingDefaults { .. }
            | Self::ValueAndValueFrom { .. }
            | Self::Unknown { .. }
            | Self::SecretNotFound { .. }
            | Self::SecretKeyNotFound { .. }
            | Self::EscapesString { .. }
            | Self::UnresolvedTag { .. }
            | Self::UnclosedTag { .. }
            | Self::Unencodable { .. }
            | Self::SecretInTheOpen { .. } => None,
        }
    }
}
