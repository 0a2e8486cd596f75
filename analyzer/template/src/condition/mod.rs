//! The condition language of `successCondition` and `failureCondition`.
//!
//! It is the expression language that Argo Rollouts embeds (expr, version 1.17), with the names Argo
//! adds to it, and it gives the same answers: types are checked before anything is evaluated, for
//! the kind of result at hand; `/` always gives a double; comparing with NaN is false; `isNil` and
//! `default` ignore their first argument; `x && false` is false whatever happens to `x`.
//!
//! Where it differs on purpose:
//!
//! - Maps are walked in the order of their keys (there: in a new order every time).
//! - `now()` is an argument, and it is in UTC; time zones come from built-in data, and `Local` is UTC.
//! - `findLast`, `findLastIndex`, `last(filter(…))` and `filter(…)[-1]` may stand anywhere (there: on
//!   the right of an operator or behind another argument they leave a truth value in the place of what
//!   stands before them, so that `3 == findLast([3], # > 1)` is false and `1 + …` is an error).
//! - Sorting more than twelve elements keeps equal ones in their order (there: in any order).
//! - A power with a fractional exponent is computed by the platform's library.
//! - Texts are at most 64 KiB, nesting at most 64 levels, and an evaluation has a budget of steps and
//!   bytes beside the language's own limits on nodes and elements.
//! - `fromJSON` says in other words what is wrong, and function values have no printable address.
//!
//! **Invariant:** compiling and evaluating end, without panic and without overflowing the stack,
//! for every text and every value.

mod advice;
mod base64;
mod budget;
mod builtin;
mod checker;
mod code;
mod direct;
mod environment;
mod evaluate;
mod layout;
mod lexer;
mod literal;
mod lower;
mod method;
mod moment;
mod nature;
mod operator;
mod parser;
mod pattern;
mod print;
mod shape;
mod span_of_time;
mod syntax;
mod value;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use self::code::Program;
use self::environment::Environment;
use self::evaluate::Evaluation;
use self::nature::Nature;
use self::shape::{Shape, Shapes};
use self::syntax::{Node, Tree, UnaryOperator};
use self::value::{List, Value};
use crate::json::Json;

/// What a condition calls `result`.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A Prometheus scalar: one double.
    Scalar(f64),
    /// A Prometheus vector or matrix: doubles in response order, labels discarded.
    Floats(&'a [f64]),
    /// A web answer: any JSON value.
    Json(&'a Json),
}

/// The kinds of answer a provider can give, which is what a condition is checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prometheus: a scalar or a list of doubles, known only when it answers.
    Prometheus,
    /// Web: any JSON value or the raw text.
    Web,
    /// A JSON object made by assay itself, such as a health reading.
    Object,
}

/// A compiled condition.
#[derive(Clone)]
pub struct Condition {
    inner: Arc<Inner>,
}

struct Inner {
    text: String,
    tree: Tree,
    shapes: Shapes,
}

/// Why a text is not a condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionProblem {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text it is about.
    pub span: std::ops::Range<usize>,
    /// What to write instead, when that is known.
    pub help: Option<String>,
}

/// Why a condition gave no answer for one value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    /// What went wrong, in the words of Argo's evaluator where they are known.
    pub message: String,
}

/// What Argo says, whatever went wrong, when there was nothing to evaluate.
const NOTHING: &str = "metric result is nil or empty: no data returned from the metric provider";

impl Condition {
    /// Parses `text` and checks it against what the provider can give.
    ///
    /// # Errors
    ///
    /// [`ConditionProblem`] when the text does not parse, names something unknown, exceeds a
    /// budget, or has a type error for every value of `kind`.
    pub fn compile(text: &str, kind: Kind) -> Result<Self, ConditionProblem> {
        let condition = Self::parse(text)?;
        let mut first = None;
        for shape in Shape::of_kind(kind) {
            match condition.problem_for(*shape) {
                None => return Ok(condition),
                // What is wrong for the likeliest kind of value is what people want to read.
                Some(problem) => first = first.or(Some(problem)),
            }
        }
        first.map_or(Ok(condition), Err)
    }

    /// Parses `text` without checking its types: [`Condition::holds`] then tells what does not fit
    /// the value at hand, which is when Argo tells it.
    ///
    /// # Errors
    ///
    /// [`ConditionProblem`] when the text does not parse or exceeds a budget.
    pub fn parse(text: &str) -> Result<Self, ConditionProblem> {
        let tree = parser::parse(text)?;
        let inner = Inner { text: text.to_owned(), tree, shapes: Shapes::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The condition as it was written.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// Whether the condition holds for `subject`.
    ///
    /// `now` is the instant of the measurement. It is what `now()` answers, in UTC and however long
    /// the evaluation takes, and it is used for nothing else: the same arguments give the same answer.
    ///
    /// # Errors
    ///
    /// [`ConditionError`] when the types do not fit this value, an index is out of range, or a
    /// budget is used up.
    pub fn holds(&self, subject: Subject<'_>, now: Timestamp) -> Result<bool, ConditionError> {
        let value = subject.value();
        match self.outcome(&value, now) {
            Ok(holds) => Ok(holds),
            Err(_) if is_nothing(&value) => Err(ConditionError { message: NOTHING.to_owned() }),
            Err(message) => Err(ConditionError { message }),
        }
    }

    fn outcome(&self, value: &Value<'_>, now: Timestamp) -> Result<bool, String> {
        match self.program(Shape::of(value)) {
            Ok(program) => match program.direct(value) {
                Some(holds) => Ok(holds),
                None => evaluate(program, value.clone(), now),
            },
            Err(problem) => Err(problem.message.clone()),
        }
    }

    /// What is wrong with it whenever Prometheus answers with a vector or a matrix.
    pub fn problem_for_vector(&self) -> Option<ConditionProblem> {
        self.problem_for(Shape::Floats)
    }

    /// What is wrong with it whenever Prometheus answers with a scalar.
    pub fn problem_for_scalar(&self) -> Option<ConditionProblem> {
        self.problem_for(Shape::Float)
    }

    fn problem_for(&self, shape: Shape) -> Option<ConditionProblem> {
        match self.program(shape) {
            Err(problem) => Some(problem.clone()),
            Ok(_) => self.never_a_bool(shape),
        }
    }

    /// What is wrong when the whole of it can only be something else than true or false. Argo finds out
    /// when it has evaluated it.
    fn never_a_bool(&self, shape: Shape) -> Option<ConditionProblem> {
        let (tree, root) = (&self.inner.tree, self.inner.tree.root());
        if let Node::Binary(operator, ..) = tree.node(root)
            && operator.gives_a_bool()
        {
            return None;
        }
        let nature = shape.nature_of(tree)?;
        if matches!(nature, Nature::Bool | Nature::Any | Nature::Unknown) {
            return None;
        }
        let help = "a condition is true or false: compare it with something, such as `>= 0.95`";
        Some(ConditionProblem {
            message: format!("expected bool, but got {nature}"),
            span: tree.span(root).range(),
            help: Some(help.to_owned()),
        })
    }

    fn program(&self, shape: Shape) -> Result<&Program, &ConditionProblem> {
        self.inner.shapes.program(shape, &self.inner.tree)
    }

    /// How many leading places it reads, when the only use of `result` is elements at constant
    /// places, so that further series would be silently left out: 2 for `result[0] < result[1]`.
    ///
    /// Places from the end count as often as they reach back: 1 for `result[-1]`.
    pub fn fixed_places(&self) -> Option<usize> {
        let mut uses = 0_usize;
        let mut fixed = 0;
        let mut places = 0;
        for node in self.inner.tree.nodes() {
            if let Node::Name(name) = node {
                uses += usize::from(matches!(&**name, "result" | "$env"));
            } else if let Node::Member { base, property, .. } = node {
                if self.is_named(*base, &["result"])
                    && let Some(reach) = self.reach(*property)
                {
                    fixed += 1;
                    places = places.max(reach);
                }
            } else if let Node::Call { callee, .. } = node {
                // These two read the whole result.
                uses += usize::from(self.is_named(*callee, &["default", "isNil"]));
            }
        }
        (0 < uses && uses == fixed).then_some(places)
    }

    fn is_named(&self, id: syntax::NodeId, names: &[&str]) -> bool {
        matches!(self.inner.tree.node(id), Node::Name(name) if names.contains(&&**name))
    }

    /// How many elements a list needs so that it has one at the constant place `id`.
    fn reach(&self, id: syntax::NodeId) -> Option<usize> {
        let mut at = id;
        let mut back = false;
        if let Node::Unary(operator, operand) = self.inner.tree.node(id) {
            (at, back) = (*operand, *operator == UnaryOperator::Minus);
        }
        let Node::Int(place) = self.inner.tree.node(at) else { return None };
        let place = usize::try_from(*place).ok()?;
        // `result[-0]` is the first element.
        Some(if back { place.max(1) } else { place.saturating_add(1) })
    }

    /// The answer, when it is the same for every value.
    pub fn constant(&self) -> Option<bool> {
        let depends = self.inner.tree.nodes().any(|node| {
            matches!(node, Node::Builtin(builtin::Builtin::Now, _))
                || matches!(
                    node,
                    Node::Name(name)
                        if matches!(&**name, "result" | "$env" | "isNil" | "default")
                )
        });
        if !depends {
            return self.outcome(&Value::Nil, Timestamp::UNIX_EPOCH).ok();
        }
        // Something may still make it constant, such as `… || true`.
        let mut answer = None;
        for shape in Shape::ALL {
            if let Ok(program) = self.program(shape) {
                let constant = program.constant()?;
                if answer.is_some_and(|answer| answer != constant) {
                    return None;
                }
                answer = Some(constant);
            }
        }
        answer
    }
}

impl fmt::Display for Condition {
    /// The condition in one line with the fewest brackets; it compiles to the same condition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.tree.fmt(f)
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.inner.text).finish()
    }
}

impl<'a> Subject<'a> {
    fn value(self) -> Value<'a> {
        match self {
            Self::Scalar(value) => Value::Float(value),
            Self::Floats(values) => Value::List(List::Floats(values)),
            Self::Json(json) => Value::of(json),
        }
    }
}

fn evaluate(program: &Program, value: Value<'_>, now: Timestamp) -> Result<bool, String> {
    // What is there to be called is the same for every kind of value.
    const FUNCTIONS: &Environment = &Environment::Condition(Nature::Nil);
    let run = Evaluation::new(program, FUNCTIONS, value, now).run();
    as_bool(run.map_err(String::from)?)
}

/// Whether there is nothing to evaluate: nil or an empty list.
fn is_nothing(value: &Value<'_>) -> bool {
    if let Value::List(list) = value { list.len() == 0 } else { value.is_nil() }
}

fn as_bool(value: Value<'_>) -> Result<bool, String> {
    if let Value::Bool(value) = value {
        Ok(value)
    } else {
        Err(format!("expected bool, but got {}", value.type_name()))
    }
}

/// An expression that gives a time, as in `rangeQuery.start`: `now() - duration("1h")`.
#[derive(Clone)]
pub struct TimeExpression {
    text: String,
    program: Arc<Program>,
}

impl TimeExpression {
    /// Parses `text`.
    ///
    /// # Errors
    ///
    /// [`ConditionProblem`] when it does not parse or cannot be a time.
    pub fn compile(text: &str) -> Result<Self, ConditionProblem> {
        let tree = parser::parse(text)?;
        let natures = checker::check(&tree, &Environment::Time)?;
        let nature = natures.of(tree.root());
        if *nature != Nature::Time && !nature.is_unknown() {
            return Err(ConditionProblem {
                message: format!("expected time.Time, but got {nature}"),
                span: tree.span(tree.root()).range(),
                help: Some(String::from("write for example `now() - duration(\"1h\")`")),
            });
        }
        let program = lower::lower(&tree, &natures, &Environment::Time)?;
        Ok(Self { text: text.to_owned(), program: Arc::new(program) })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The time it stands for at `now`, the instant at which the query is made and what `now()`
    /// answers, in UTC.
    ///
    /// # Errors
    ///
    /// [`ConditionError`] when it cannot be computed, e.g. `duration("??")`.
    pub fn evaluate(&self, now: Timestamp) -> Result<Timestamp, ConditionError> {
        let run = Evaluation::new(&self.program, &Environment::Time, Value::Nil, now).run();
        match run {
            Ok(Value::Time(moment)) => Ok(moment.timestamp),
            Ok(other) => Err(ConditionError {
                message: format!("expected time.Time, but got {}", other.type_name()),
            }),
            Err(message) => Err(ConditionError { message: message.into() }),
        }
    }
}

impl fmt::Debug for TimeExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TimeExpression").field(&self.text).finish()
    }
}

#[cfg(test)]
mod tests;
