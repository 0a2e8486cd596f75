//! What can be wrong with a query before it runs.

use std::ops::Range;

/// A query that cannot be evaluated, with the place of the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct QueryProblem {
    /// The reason.
    pub kind: QueryProblemKind,
    /// Where, in bytes of the query.
    pub span: Range<usize>,
}

impl QueryProblem {
    pub(crate) fn new(span: Span, kind: QueryProblemKind) -> Self {
        Self { kind, span: span.start..span.end }
    }
}

/// A part of a query in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

/// Why a query cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryProblemKind {
    /// The query is longer than allowed.
    #[error("the query is longer than {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
    /// The query is nested deeper than allowed.
    #[error("the query is nested deeper than {depth_max} levels")]
    TooDeep {
        /// The limit.
        depth_max: usize,
    },
    /// Something else was expected.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What could have been there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A text in quotes that cannot be read.
    #[error("{reason}")]
    BadText {
        /// What is wrong with it.
        reason: String,
    },
    /// Neither a number nor a duration.
    #[error("`{text}` is neither a number nor a duration")]
    BadNumber {
        /// As written.
        text: String,
    },
    /// A duration that is too long or, where that makes no sense, zero.
    #[error("`{text}` is not a duration that can be used here")]
    BadDuration {
        /// As written.
        text: String,
    },
    /// A time after `@` that cannot be told in milliseconds.
    #[error("`{text}` is not a time")]
    BadTime {
        /// As written.
        text: String,
    },
    /// A function nobody knows.
    #[error("there is no function `{name}`")]
    UnknownFunction {
        /// As written.
        name: String,
        /// Functions with a similar name, nearest first.
        nearest: Vec<&'static str>,
    },
    /// Part of PromQL, but not supported here.
    #[error("`{construct}` is not supported: {why}")]
    Unsupported {
        /// What.
        construct: String,
        /// Why not, or what to use.
        why: &'static str,
    },
    /// A function with too few or too many arguments.
    #[error("`{function}` takes {takes}, got {given}")]
    ArgumentCount {
        /// The function or operator.
        function: String,
        /// How many it takes, in words.
        takes: &'static str,
        /// How many there are.
        given: usize,
    },
    /// An expression of the wrong type.
    #[error("{place} takes {expected}, got {found}")]
    WrongType {
        /// What takes it: `` `rate` ``, `an operator`.
        place: String,
        /// The type or types it takes.
        expected: &'static str,
        /// The type it got.
        found: &'static str,
    },
    /// A comparison of two scalars without `bool`.
    #[error("comparing two scalars needs `bool`, as in `1 < bool 2`")]
    ScalarComparison,
    /// `bool` after an operator that does not compare.
    #[error("`bool` only goes with comparisons, not with `{operator}`")]
    BoolWithoutComparison {
        /// The operator.
        operator: &'static str,
    },
    /// `on`, `ignoring` or grouping where they have no meaning.
    #[error("{what} cannot be used with {place}")]
    MisplacedMatching {
        /// Which: `` `on` and `ignoring` ``.
        what: &'static str,
        /// With what: `a scalar`.
        place: &'static str,
    },
    /// A label both matched and copied.
    #[error("label `{label}` cannot be both in `on` and in the group")]
    LabelMatchedAndCopied {
        /// Its name.
        label: String,
    },
    /// A selector that would match everything.
    #[error("a selector needs at least one matcher that does not match the empty text")]
    EmptySelector,
    /// The metric's name given twice.
    #[error("the metric's name is given twice: `{first}` and `{second}`")]
    NameTwice {
        /// Before the braces.
        first: String,
        /// In them.
        second: String,
    },
    /// A regular expression that cannot be used.
    #[error("`{pattern}` is not a regular expression that can be used: {reason}")]
    BadPattern {
        /// As written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `offset` or `@` twice, or on something that has no time of its own.
    #[error("`{modifier}` {why}")]
    BadModifier {
        /// `offset` or `@`.
        modifier: &'static str,
        /// What is wrong.
        why: &'static str,
    },
    /// A name that no label can have.
    #[error("`{name}` cannot be the name of a label")]
    BadLabelName {
        /// As written.
        name: String,
    },
}
