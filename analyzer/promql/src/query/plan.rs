//! A query with its types checked: what the evaluator runs.

use std::sync::Arc;

use crate::query::filter::Filter;
use crate::query::functions::{DatePart, LabelChange, MathFunction, RangeFunction};
use crate::query::reach::Reach;
use crate::query::tree::{
    AggregateOperator, At, BinaryOperator, Grouping, MatchOperator, Matching, Side,
};
use crate::series::Series;

/// A whole query.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) root: Root,
    /// How many selectors there are; each has a number below this.
    pub(crate) selectors: usize,
    /// How many subqueries there are; each has a number below this.
    pub(crate) subqueries: usize,
    /// How many parts keep something from one step to the next; each has a number below this.
    pub(crate) memories: usize,
    /// How far back it looks.
    pub(crate) reach: Reach,
}

/// What a query gives.
#[derive(Clone, Debug)]
pub(crate) enum Root {
    Scalar(Scalar),
    Vector(Vector),
    Range(Range),
    Text(String),
}

/// An expression that gives one number.
#[derive(Clone, Debug)]
pub(crate) enum Scalar {
    Number(f64),
    Time,
    Of(Box<Vector>),
    Negated(Box<Scalar>),
    Binary { operator: BinaryOperator, left: Box<Scalar>, right: Box<Scalar> },
}

/// An expression that gives an instant vector.
#[derive(Clone, Debug)]
pub(crate) enum Vector {
    Selector(Selector),
    Of(Scalar),
    Negated(Box<Vector>),
    WithScalar(Box<WithScalar>),
    Binary(Box<VectorBinary>),
    Aggregate(Box<Aggregate>),
    Range {
        function: RangeFunction,
        range: Box<Range>,
        parameters: Vec<Scalar>,
        memory: usize,
    },
    Absent {
        vector: Box<Vector>,
        labels: Vec<(String, String)>,
    },
    AbsentOverTime {
        range: Box<Range>,
        labels: Vec<(String, String)>,
    },
    Math {
        function: MathFunction,
        vector: Box<Vector>,
    },
    Clamp {
        vector: Box<Vector>,
        lower: Option<Scalar>,
        upper: Option<Scalar>,
    },
    Round {
        vector: Box<Vector>,
        to: Scalar,
    },
    Date {
        part: DatePart,
        vector: Option<Box<Vector>>,
    },
    /// The evaluation time, or that of the samples of a plain selector.
    Timestamp(Box<Vector>),
    Labels {
        change: LabelChange,
        vector: Box<Vector>,
        memory: usize,
    },
    Sort {
        vector: Box<Vector>,
        is_descending: bool,
    },
    HistogramQuantile {
        quantile: Scalar,
        vector: Box<Vector>,
    },
}

/// A vector and a scalar with an operator between them.
#[derive(Clone, Debug)]
pub(crate) struct WithScalar {
    pub(crate) operator: BinaryOperator,
    pub(crate) returns_bool: bool,
    pub(crate) vector: Vector,
    pub(crate) scalar: Scalar,
    pub(crate) scalar_side: Side,
}

/// Two vectors with an operator between them.
#[derive(Clone, Debug)]
pub(crate) struct VectorBinary {
    pub(crate) operator: BinaryOperator,
    pub(crate) returns_bool: bool,
    pub(crate) matching: Matching,
    pub(crate) left: Vector,
    pub(crate) right: Vector,
    /// Of the labels of each side matched on, and of results.
    pub(crate) memory: usize,
}

/// An aggregation.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    pub(crate) operator: AggregateOperator,
    pub(crate) grouping: Grouping,
    pub(crate) parameter: Parameter,
    pub(crate) vector: Vector,
    pub(crate) memory: usize,
}

/// What stands before the vector in an aggregation.
#[derive(Clone, Debug)]
pub(crate) enum Parameter {
    None,
    Scalar(Scalar),
    /// The label that `count_values` sets.
    Label(String),
}

/// An expression that gives a range of points per series.
#[derive(Clone, Debug)]
pub(crate) enum Range {
    Window { selector: Selector, range_ms: i64 },
    Subquery(Box<Subquery>),
}

/// `inner[range:step] offset 5m @ 100`
#[derive(Clone, Debug)]
pub(crate) struct Subquery {
    pub(crate) number: usize,
    pub(crate) inner: Vector,
    pub(crate) range_ms: i64,
    pub(crate) step_ms: Option<i64>,
    pub(crate) when: When,
}

/// A selector of series.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    pub(crate) number: usize,
    pub(crate) matchers: Arc<[Matcher]>,
    pub(crate) when: When,
    /// As it was written.
    pub(crate) text: Arc<str>,
}

impl Selector {
    /// True if the labels of `series` meet all conditions.
    pub(crate) fn matches(&self, series: &Series) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(series.labels().get(&matcher.name)))
    }
}

/// The time something looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    pub(crate) offset_ms: i64,
    pub(crate) at: Option<At>,
}

/// One condition on a label.
#[derive(Clone, Debug)]
pub(crate) struct Matcher {
    pub(crate) name: Arc<str>,
    pub(crate) operator: MatchOperator,
    pub(crate) value: Arc<str>,
    /// For the operators with a pattern.
    pub(crate) pattern: Option<Filter>,
}

impl Matcher {
    /// True if a label with this value meets the condition; an absent label has an empty value.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let is_match = match &self.pattern {
            Some(pattern) => pattern.is_match(value),
            None => *self.value == *value,
        };
        match self.operator {
            MatchOperator::Equal | MatchOperator::Regex => is_match,
            MatchOperator::NotEqual | MatchOperator::NotRegex => !is_match,
        }
    }

    /// True for `name="value"`.
    pub(crate) fn is_equal(&self) -> bool {
        self.operator == MatchOperator::Equal
    }
}
