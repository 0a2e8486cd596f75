//! Problems of recorded answers.

use miette::{Diagnostic, SourceSpan};

/// Why a fixture cannot be read, or does not fit the plan it is read for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum FixtureProblem {
    /// Series notation that cannot be read.
    #[error("this series cannot be read: {reason}")]
    #[diagnostic(
        code(assay::fixture::bad_series),
        help("write `series` as in `up{{job=\"api\"}}`, and `values` as in `0+10x20 _ 5x3 stale`")
    )]
    BadSeries {
        reason: String,
        #[label("here")]
        at: SourceSpan,
    },

    /// A page that cannot be read.
    #[error("the page {file} cannot be read: {reason}")]
    #[diagnostic(
        code(assay::fixture::bad_page),
        help(
            "name a file with a metrics page, relative to this one: the Prometheus text format, or OpenMetrics with `# EOF` at its end"
        )
    )]
    BadPage {
        file: String,
        reason: String,
        #[label("this page")]
        at: SourceSpan,
    },

    /// More samples than a fixture may have.
    #[error("the fixture has more than {samples_max} samples")]
    #[diagnostic(
        code(assay::fixture::too_many_samples),
        help("make the series fewer or shorter, or their interval longer")
    )]
    TooManySamples {
        samples_max: usize,
        #[label("too many from here on")]
        at: SourceSpan,
    },

    /// Values that follow a weight nobody says.
    #[error("these values follow the canary's weight, and nobody says what it is")]
    #[diagnostic(
        code(assay::fixture::unknown_weight),
        help("add `weight: 20` to the fixture, or judge a Rollout, whose steps set it")
    )]
    UnknownWeight {
        #[label("which weight?")]
        at: SourceSpan,
    },

    /// A number that is no share of the traffic.
    #[error("`{field}` has to be {expected}, and `{text}` is not")]
    #[diagnostic(code(assay::fixture::out_of_range), help("write a number in that range"))]
    OutOfRange {
        field: &'static str,
        expected: &'static str,
        text: String,
        #[label("out of range")]
        at: SourceSpan,
    },

    /// A query that has to be evaluated over the series and cannot be.
    #[error("the query of metric `{metric}` cannot be evaluated over series: {reason}")]
    #[diagnostic(
        code(assay::fixture::query_not_readable),
        help("mend the query, or record the metric's answers under `recorded`")
    )]
    BadQuery {
        metric: String,
        reason: String,
        #[label("here")]
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
