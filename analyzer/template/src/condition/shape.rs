//! A condition for each kind of value that `result` may be.
//!
//! Each is made when it is first needed: a web answer may be any of six kinds, and one metric's
//! answers are nearly always of one.

use std::sync::OnceLock;

use super::code::Program;
use super::environment::Environment;
use super::nature::Nature;
use super::syntax::Tree;
use super::value::{List, Value};
use super::{ConditionProblem, Kind, checker, lower};

/// The kinds of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The doubles of a vector or matrix.
    Floats,
    /// One double: a scalar, or a JSON number.
    Float,
    /// A JSON object.
    Map,
    /// A string, or a raw body.
    Text,
    /// A JSON array.
    List,
    /// A truth value.
    Bool,
    /// `null`.
    Nil,
}

type Made = Result<Program, ConditionProblem>;

/// What was made so far.
#[derive(Default)]
pub(super) struct Shapes {
    made: [OnceLock<Made>; 7],
}

impl Shape {
    /// All of them.
    pub(super) const ALL: [Self; 7] =
        [Self::Floats, Self::Float, Self::Map, Self::Text, Self::List, Self::Bool, Self::Nil];

    /// The kinds of value a provider can give, the likeliest first.
    pub(super) fn of_kind(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Prometheus => &[Self::Floats, Self::Float],
            Kind::Web => &[Self::Map, Self::Float, Self::Text, Self::Bool, Self::List, Self::Nil],
            Kind::Object => &[Self::Map],
        }
    }

    /// The kind of `value`.
    pub(super) fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Float(_) => Self::Float,
            Value::List(List::Floats(_)) => Self::Floats,
            Value::List(_) => Self::List,
            Value::Map(_) => Self::Map,
            Value::Text(_) => Self::Text,
            Value::Bool(_) => Self::Bool,
            // The others cannot be measured.
            Value::Nil
            | Value::Int(_)
            | Value::Int64(_)
            | Value::Byte(_)
            | Value::Time(_)
            | Value::Duration(_)
            | Value::Month(_)
            | Value::Weekday(_)
            | Value::Zone(_)
            | Value::Function(_)
            | Value::Method(_) => Self::Nil,
        }
    }

    fn place(self) -> usize {
        match self {
            Self::Floats => 0,
            Self::Float => 1,
            Self::Map => 2,
            Self::Text => 3,
            Self::List => 4,
            Self::Bool => 5,
            Self::Nil => 6,
        }
    }

    /// What the whole of `tree` is for this shape, if its types fit.
    pub(super) fn nature_of(self, tree: &Tree) -> Option<Nature> {
        let natures = checker::check(tree, &self.environment()).ok()?;
        Some(natures.of(tree.root()).clone())
    }

    fn environment(self) -> Environment {
        Environment::Condition(match self {
            Self::Floats => Nature::Floats,
            Self::Float => Nature::Float,
            Self::Map => Nature::Map,
            Self::Text => Nature::Text,
            Self::List => Nature::list(),
            Self::Bool => Nature::Bool,
            Self::Nil => Nature::Nil,
        })
    }
}

impl Shapes {
    /// The condition for `shape`, or why there is none.
    pub(super) fn program(&self, shape: Shape, tree: &Tree) -> Result<&Program, &ConditionProblem> {
        let made = self.made[shape.place()].get_or_init(|| {
            let environment = shape.environment();
            let natures = checker::check(tree, &environment)?;
            lower::lower(tree, &natures, &environment)
        });
        made.as_ref()
    }
}
