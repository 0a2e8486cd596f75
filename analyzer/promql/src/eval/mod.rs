//! Evaluating a query over series.
//!
//! A query is evaluated step by step: each step gives an instant vector, and a range query is those
//! vectors put together. What does not depend on the step (which series a selector selects, labels
//! without the metric's name, groups) is kept from one step to the next in [`Context`].

mod aggregate;
mod binary;
mod context;
mod date;
mod element;
mod float;
mod histogram;
mod math;
mod order;
mod over_time;
mod range;
mod rate;
mod relabel;
mod select;
mod settings;
mod window;

pub use settings::{Budget, EvalError, Settings};

use crate::eval::context::Context;
use crate::eval::element::Evaluator;
use crate::eval::float::seconds;
use crate::labels::Labels;
use crate::query::{Query, Root, Vector};
use crate::series::{Points, Series, SeriesSet};
use crate::value::{Answer, MatrixSeries, Value};

/// Evaluates a query at one time, in milliseconds since 1970.
///
/// # Errors
///
/// [`EvalError`], for example for series that cannot be matched, or a budget that is used up.
pub fn instant(
    set: &SeriesSet,
    query: &Query,
    at_ms: i64,
    settings: &Settings,
) -> Result<Answer, EvalError> {
    let mut context = Context::new(set, query, settings, (at_ms, at_ms));
    let mut evaluator = Evaluator::new(&mut context, at_ms, at_ms, 1);
    let value = match &query.plan().root {
        Root::Scalar(scalar) => {
            Value::Scalar { time_ms: at_ms, value: evaluator.scalar(scalar, at_ms)? }
        }
        Root::Vector(vector) => {
            Value::Vector { time_ms: at_ms, elements: evaluator.vector(vector, at_ms)? }
        }
        Root::Range(range) => Value::Matrix(evaluator.points(range, at_ms)?),
        Root::Text(text) => Value::Text { time_ms: at_ms, text: text.clone() },
    };
    Ok(context.answer(value))
}

/// The series that a query selects, sorted by labels; `None` if it is more than a plain selector.
///
/// This is what the `match[]` of Prometheus's API for series and labels asks for.
pub fn select<'s>(set: &'s SeriesSet, query: &Query) -> Option<Vec<&'s Series>> {
    match &query.plan().root {
        Root::Vector(Vector::Selector(selector)) => {
            Some(set.series().iter().filter(|series| selector.matches(series)).collect())
        }
        Root::Vector(_) | Root::Scalar(_) | Root::Range(_) | Root::Text(_) => None,
    }
}

/// Evaluates a query at `start_ms` and every `step_ms` after it up to `end_ms`.
///
/// # Errors
///
/// [`EvalError`]: as [`instant`], and for a step below 1 ms, an end before the start, too many
/// steps, or an expression that has no value at each step.
pub fn range(
    set: &SeriesSet,
    query: &Query,
    (start_ms, end_ms): (i64, i64),
    step_ms: i64,
    settings: &Settings,
) -> Result<Answer, EvalError> {
    if step_ms < 1 || end_ms < start_ms {
        return Err(EvalError::BadRange);
    }
    let steps = end_ms.saturating_sub(start_ms) / step_ms;
    let steps_max = settings.budget.steps_max;
    if usize::try_from(steps).map_or(true, |steps| steps_max < steps) {
        return Err(EvalError::TooManySteps { steps_max });
    }
    let mut context = Context::new(set, query, settings, (start_ms, end_ms));
    let mut evaluator = Evaluator::new(&mut context, start_ms, end_ms, step_ms);
    let matrix = match &query.plan().root {
        Root::Scalar(scalar) => {
            let mut series = MatrixSeries { labels: Labels::empty(), points: Points::default() };
            for at_ms in evaluator.steps() {
                series.points.push(at_ms, evaluator.scalar(scalar, at_ms)?);
            }
            vec![series]
        }
        Root::Vector(vector) => evaluator.matrix(vector)?,
        Root::Range(_) | Root::Text(_) => return Err(EvalError::NotPerStep),
    };
    Ok(context.answer(Value::Matrix(matrix)))
}
