//! Problems of recorded answers.

use miette::{Diagnostic, SourceSpan};

/// Why a fixture cannot be read, or does not fit the plan it is read for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum FixtureProblem {
    /// A part of the format that is planned.
    #[error("`{field}` is not supported yet in this version")]
    #[diagnostic(
        code(assay::fixture::not_supported_yet),
        help("record the answers of each metric under `recorded` instead")
    )]
    NotSupported {
        field: &'static str,
        #[label("nothing reads this yet")]
        at: SourceSpan,
    },

    /// A start that is no time.
    #[error("`start` has to be a time, and `{text}` is none")]
    #[diagnostic(
        code(assay::fixture::invalid_start),
        help("write it as RFC 3339 has it, for example `2026-01-05T10:00:00Z`")
    )]
    InvalidStart {
        text: String,
        #[label("not a time")]
        at: SourceSpan,
    },

    /// A duration that is none.
    #[error("`{field}`: {reason}")]
    #[diagnostic(
        code(assay::fixture::bad_duration),
        help("write a number and a unit, for example `1m30s`, `2s` or `15ms`")
    )]
    BadDuration {
        field: &'static str,
        reason: String,
        #[label("not a duration from zero on")]
        at: SourceSpan,
    },

    /// Two entries for one metric.
    #[error("metric `{metric}` has two entries")]
    #[diagnostic(
        code(assay::fixture::metric_recorded_twice),
        help("put all its answers into one list, in the order they come")
    )]
    RecordedTwice {
        metric: String,
        #[label("first here")]
        first: SourceSpan,
        #[label("again here")]
        at: SourceSpan,
    },

    /// A metric the plan does not have.
    #[error("the template has no metric `{metric}`")]
    #[diagnostic(code(assay::fixture::unknown_metric), help("{help}"))]
    UnknownMetric {
        metric: String,
        help: String,
        #[label("no such metric")]
        at: SourceSpan,
    },

    /// An answer that says nothing.
    #[error("an answer without a value")]
    #[diagnostic(
        code(assay::fixture::answer_without_value),
        help(
            "write one of `value`, `vector`, `matrix`, `json`, `body`, `status`, `error`, `empty: true`, `score`, `job` or `health`"
        )
    )]
    NoValue {
        #[label("what does the source answer?")]
        at: SourceSpan,
    },

    /// An answer that says two things.
    #[error("an answer with both `{first}` and `{second}`")]
    #[diagnostic(
        code(assay::fixture::answer_with_two_values),
        help(
            "keep one of the two, or make two answers of them; only `status` and `body` go together"
        )
    )]
    TwoValues {
        first: &'static str,
        second: &'static str,
        #[label("the other value")]
        first_at: SourceSpan,
        #[label("one answer has one value")]
        at: SourceSpan,
    },

    /// An answer that the metric's provider cannot give.
    #[error("`{field}` is no answer that metric `{metric}` can get from {provider}")]
    #[diagnostic(code(assay::fixture::answer_does_not_fit), help("write one of {fitting}"))]
    DoesNotFit {
        field: &'static str,
        metric: String,
        provider: String,
        fitting: String,
        #[label("{provider} never answers this")]
        at: SourceSpan,
    },

    /// A scalar that is nothing in JSON.
    #[error("`{text}` is no JSON value")]
    #[diagnostic(
        code(assay::fixture::not_a_json_value),
        help("put it in quotes if it is a text; a number is written like `10` or `0.5`")
    )]
    NotJson {
        text: String,
        #[label("JSON has no such value")]
        at: SourceSpan,
    },
}
