//! The condition language of `successCondition` and `failureCondition`.

use jiff::Timestamp;

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
#[derive(Clone, Debug)]
pub struct Condition {
    text: String,
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

impl Condition {
    /// Parses `text` and checks it against what the provider can give.
    ///
    /// # Errors
    ///
    /// [`ConditionProblem`] when the text does not parse, names something unknown, exceeds a
    /// budget, or has a type error for every value of `kind`.
    pub fn compile(text: &str, _kind: Kind) -> Result<Self, ConditionProblem> {
        Ok(Self { text: text.to_owned() })
    }

    /// The condition as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the condition holds for `subject`, at the time `now` (what `now()` answers).
    ///
    /// # Errors
    ///
    /// [`ConditionError`] when the types do not fit this value, an index is out of range, or a
    /// budget is used up.
    pub fn holds(&self, _subject: Subject<'_>, _now: Timestamp) -> Result<bool, ConditionError> {
        Err(ConditionError { message: String::from("not compiled") })
    }

    /// Whether the only use of `result` is elements at constant places, such as `result[0]`, so
    /// that further series would be silently left out.
    pub fn reads_only_fixed_places(&self) -> bool {
        false
    }

    /// The answer, when it is the same for every value.
    pub fn constant(&self) -> Option<bool> {
        None
    }
}

/// An expression that gives a time, as in `rangeQuery.start`: `now() - duration("1h")`.
#[derive(Clone, Debug)]
pub struct TimeExpression {
    text: String,
}

impl TimeExpression {
    /// Parses `text`.
    ///
    /// # Errors
    ///
    /// [`ConditionProblem`] when it does not parse or cannot be a time.
    pub fn compile(text: &str) -> Result<Self, ConditionProblem> {
        Ok(Self { text: text.to_owned() })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The time it stands for at `now`.
    ///
    /// # Errors
    ///
    /// [`ConditionError`] when it cannot be computed, e.g. `duration("??")`.
    pub fn evaluate(&self, now: Timestamp) -> Result<Timestamp, ConditionError> {
        Ok(now)
    }
}
