//! Problems of a document whose YAML is fine, but which is not what assay reads.

use miette::{Diagnostic, SourceSpan};

/// Why a document does not fit the table of objects and fields.
///
/// A `field` or an `owner` is a path from the top of the document, such as `spec.metrics[0].count`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum ShapeProblem {
    /// A field that does not exist there.
    #[error("{owner} has no field `{field}`")]
    #[diagnostic(code(assay::template::unknown_field), help("{help}"))]
    UnknownField {
        field: String,
        owner: String,
        help: String,
        #[label("no such field")]
        at: SourceSpan,
    },

    /// A field of `assay.dev/v1alpha1` in a document of Argo Rollouts.
    #[error("`{field}` is a field of assay.dev/v1alpha1 only")]
    #[diagnostic(
        code(assay::template::only_in_assay_dev),
        help(
            "change the first line to `apiVersion: assay.dev/v1alpha1`, which has every \
             field of argoproj.io/v1alpha1 too"
        )
    )]
    OnlyOurs {
        field: String,
        #[label("Argo Rollouts does not know this field")]
        at: SourceSpan,
    },

    /// A required field that is not there, or has no value.
    #[error("{owner} has no `{field}`")]
    #[diagnostic(code(assay::template::missing_field), help("add for example `{example}`"))]
    MissingField {
        field: &'static str,
        owner: String,
        example: String,
        #[label("`{field}` belongs here")]
        at: SourceSpan,
    },

    /// A value of another kind than wanted.
    #[error("{field} has to be {expected}, and this is {found}")]
    #[diagnostic(code(assay::template::wrong_type), help("{help}"))]
    WrongType {
        field: String,
        expected: String,
        found: String,
        help: String,
        #[label("{found}")]
        at: SourceSpan,
    },

    /// A number or bool where a text is wanted.
    #[error("`{field}` has to be a text, and `{text}` without quotes is read as {read_as}")]
    #[diagnostic(code(assay::template::unquoted_text), help("put it in quotes: `\"{text}\"`"))]
    UnquotedText {
        field: String,
        text: String,
        read_as: &'static str,
        #[label("quotes are missing")]
        at: SourceSpan,
    },

    /// A text where a number is wanted that Kubernetes does not accept as text.
    #[error("`{field}` has to be a number, and in quotes it is a text")]
    #[diagnostic(code(assay::template::quoted_number), help("drop the quotes: `{text}`"))]
    QuotedNumber {
        field: String,
        text: String,
        #[label("drop the quotes")]
        at: SourceSpan,
    },

    /// A number that is not whole, or not plainly so.
    #[error("`{field}` has to be a whole number in plain digits, and `{text}` is not")]
    #[diagnostic(code(assay::template::not_a_whole_number), help("{help}"))]
    NotWhole {
        field: String,
        text: String,
        help: String,
        #[label("not plain digits")]
        at: SourceSpan,
    },

    /// A number too small or too large.
    #[error("`{field}` is {text}, and has to be from {min} to {max}")]
    #[diagnostic(
        code(assay::template::number_out_of_range),
        help("write a number from {min} to {max}")
    )]
    OutOfRange {
        field: String,
        text: String,
        min: i64,
        max: i64,
        #[label("out of range")]
        at: SourceSpan,
    },

    /// A duration without a unit.
    #[error("`{field}` is a duration, and `{text}` has no unit")]
    #[diagnostic(
        code(assay::template::duration_without_unit),
        help("write for example `{text}s` for seconds, `{text}m` for minutes")
    )]
    NoUnit {
        field: String,
        text: String,
        #[label("{text} what?")]
        at: SourceSpan,
    },

    /// Not one of the words that may stand there.
    #[error("`{field}` cannot be `{value}`")]
    #[diagnostic(code(assay::template::unknown_value), help("{help}"))]
    UnknownValue {
        field: String,
        value: String,
        help: String,
        #[label("unknown")]
        at: SourceSpan,
    },

    /// A kind of ours that is misspelt.
    #[error("there is no kind `{kind}`")]
    #[diagnostic(code(assay::template::unknown_kind), help("did you mean `{meant}`?"))]
    UnknownKind {
        kind: String,
        meant: &'static str,
        #[label("no such kind")]
        at: SourceSpan,
    },

    /// A kind of ours in an API that does not have it.
    #[error("kind `{kind}` is not in `{api_version}`")]
    #[diagnostic(code(assay::template::unknown_api_version), help("write `apiVersion: {meant}`"))]
    UnknownApiVersion {
        kind: String,
        api_version: String,
        meant: &'static str,
        #[label("no `{kind}` here")]
        at: SourceSpan,
    },

    /// A document that does not say what it is.
    #[error("the document has no `{field}`")]
    #[diagnostic(
        code(assay::template::missing_type),
        help("begin it with `apiVersion: argoproj.io/v1alpha1` and `kind: AnalysisTemplate`")
    )]
    MissingType {
        field: &'static str,
        #[label("the document begins here")]
        at: SourceSpan,
    },

    /// A text without any document.
    #[error("there is no document in this text")]
    #[diagnostic(
        code(assay::template::no_document),
        help(
            "it is empty, or all of it is comments; a template begins with \
             `apiVersion: argoproj.io/v1alpha1`"
        )
    )]
    NoDocument,
}
