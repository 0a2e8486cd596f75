//! A query as it was written: what the parser makes and the plan is made from.

use crate::Dialect;
use crate::query::problem::Span;

/// A part of a query.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) span: Span,
    /// How many levels of parts there are below and including this one.
    pub(crate) depth: usize,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Number(f64),
    Text(String),
    Selector(SelectorNode),
    /// `inner[range]`
    Range {
        inner: Box<Node>,
        range_ms: i64,
    },
    /// `inner[range:step]`
    Subquery {
        inner: Box<Node>,
        range_ms: i64,
        step_ms: Option<i64>,
        time: TimeNode,
    },
    /// `-inner`
    Negated(Box<Node>),
    Binary(Box<BinaryNode>),
    Call {
        name: String,
        arguments: Vec<Node>,
    },
    Aggregate {
        operator: AggregateOperator,
        grouping: Grouping,
        arguments: Vec<Node>,
    },
    Paren(Box<Node>),
}

/// `name{matchers} offset 5m @ 100`
#[derive(Clone, Debug)]
pub(crate) struct SelectorNode {
    pub(crate) name: Option<String>,
    pub(crate) matchers: Vec<MatcherNode>,
    pub(crate) time: TimeNode,
}

/// `name="value"` in braces.
#[derive(Clone, Debug)]
pub(crate) struct MatcherNode {
    pub(crate) name: String,
    pub(crate) operator: MatchOperator,
    pub(crate) value: String,
    pub(crate) span: Span,
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchOperator {
    Equal,
    NotEqual,
    Regex,
    NotRegex,
}

/// When a selector or subquery looks, as far as it was written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeNode {
    pub(crate) offset_ms: Option<i64>,
    pub(crate) at: Option<At>,
}

/// What follows `@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Milliseconds since 1970.
    Time(i64),
    /// `start()`: the start of the whole query.
    Start,
    /// `end()`: the end of the whole query.
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct BinaryNode {
    pub(crate) operator: BinaryOperator,
    pub(crate) operator_span: Span,
    pub(crate) returns_bool: bool,
    pub(crate) matching: Option<Matching>,
    pub(crate) left: Node,
    pub(crate) right: Node,
}

/// Which elements of two vectors belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matching {
    /// True for `on`, false for `ignoring`.
    pub(crate) is_on: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) group: Option<Group>,
}

/// `group_left(labels)` or `group_right(labels)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) many: Side,
    pub(crate) copied: Vec<String>,
}

/// A side of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// `by (labels)`, `without (labels)`, or neither, which is `by ()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grouping {
    pub(crate) is_without: bool,
    pub(crate) labels: Vec<String>,
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($variant,)* }

        impl $name {
            /// The one written as `word`.
            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// As it is written.
            pub(crate) fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// An operator between two parts.
    BinaryOperator {
        Add = "+", Subtract = "-", Multiply = "*", Divide = "/", Modulo = "%", Power = "^",
        Atan2 = "atan2",
        Equal = "==", NotEqual = "!=", Less = "<", LessOrEqual = "<=", Greater = ">",
        GreaterOrEqual = ">=",
        And = "and", Or = "or", Unless = "unless",
    }
}

impl BinaryOperator {
    /// True for `==` and the like.
    pub(crate) fn compares(self) -> bool {
        match self {
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual => true,
            Self::Add
            | Self::Subtract
            | Self::Multiply
            | Self::Divide
            | Self::Modulo
            | Self::Power
            | Self::Atan2
            | Self::And
            | Self::Or
            | Self::Unless => false,
        }
    }

    /// True if the result is no longer the metric it was.
    pub(crate) fn drops_metric_name(self, dialect: Dialect) -> bool {
        match self {
            Self::Add
            | Self::Subtract
            | Self::Multiply
            | Self::Divide
            | Self::Modulo
            | Self::Power => true,
            // Prometheus 2 forgot it.
            Self::Atan2 => dialect == Dialect::Prometheus3,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::And
            | Self::Or
            | Self::Unless => false,
        }
    }

    /// True for `and`, `or` and `unless`.
    pub(crate) fn is_set(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }

    /// How strongly it binds; higher binds first.
    pub(crate) fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And | Self::Unless => 2,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Modulo | Self::Atan2 => 5,
            Self::Power => 6,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual => 3,
        }
    }
}

words! {
    /// An operator that makes few elements of many.
    AggregateOperator {
        Sum = "sum", Avg = "avg", Count = "count", Min = "min", Max = "max", Group = "group",
        Stddev = "stddev", Stdvar = "stdvar", Topk = "topk", Bottomk = "bottomk",
        Quantile = "quantile", CountValues = "count_values",
    }
}

impl AggregateOperator {
    /// True if it takes a parameter before the vector.
    pub(crate) fn takes_parameter(self) -> bool {
        matches!(self, Self::Topk | Self::Bottomk | Self::Quantile | Self::CountValues)
    }
}
