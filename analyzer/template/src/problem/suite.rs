//! Problems of template tests, and expectations that are not met.

use miette::{Diagnostic, SourceSpan};

/// Why a test cannot be run, or what it expected in vain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum SuiteProblem {
    /// A duration that is none.
    #[error("`{field}`: {reason}")]
    #[diagnostic(
        code(assay::test::not_a_duration),
        help("write a number and a unit, for example `1m30s`")
    )]
    BadDuration {
        field: &'static str,
        reason: String,
        #[label("not a duration from zero on")]
        at: SourceSpan,
    },

    /// Two cases of one name.
    #[error("two cases are called `{case}`")]
    #[diagnostic(
        code(assay::test::duplicate_case),
        help("say in each name what its case shows: the name is how a failure is told")
    )]
    DuplicateCase {
        case: String,
        #[label("first here")]
        first: SourceSpan,
        #[label("again here")]
        at: SourceSpan,
    },

    /// A file that cannot be read.
    #[error("{file} cannot be read: {reason}")]
    #[diagnostic(
        code(assay::test::unreadable_file),
        help("name a file relative to the test's own folder")
    )]
    UnreadableFile {
        file: String,
        reason: String,
        #[label("this file")]
        at: SourceSpan,
    },

    /// Something else came of a case than was expected.
    #[error("case `{case}` expects {expected}, and got {got}")]
    #[diagnostic(code(assay::test::not_as_expected), help("{help}"))]
    NotAsExpected {
        case: String,
        expected: String,
        got: String,
        help: String,
        #[label("expected here")]
        at: SourceSpan,
    },

    /// An expectation about a metric that is not there.
    #[error("case `{case}` expects something of metric `{metric}`, and no template has it")]
    #[diagnostic(code(assay::test::metric_not_there), help("{help}"))]
    MetricNotThere {
        case: String,
        metric: String,
        help: String,
        #[label("no such metric")]
        at: SourceSpan,
    },

    /// A case that came to no end.
    #[error("case `{case}` has no verdict: {reason}")]
    #[diagnostic(
        code(assay::test::case_without_verdict),
        help("give the case `for: 30m`, or the template a `count`")
    )]
    NoVerdict {
        case: String,
        reason: String,
        #[label("this case")]
        at: SourceSpan,
    },
}
