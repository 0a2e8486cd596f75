//! Comparing two values in a filter: strictly by type, as Go templates do.

use std::cmp::Ordering;

use super::node::{Found, Operator};
use crate::json::Json;

/// A value that may be compared.
#[derive(Clone, Copy)]
enum Basic<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Byte(u8),
}

/// Whether `left operator right` holds.
///
/// # Errors
///
/// The message, when either is null, an array or an object, when the two are of different types, or
/// when bools are to be ordered.
pub(super) fn holds(
    left: Found<'_>,
    operator: Operator,
    right: Found<'_>,
) -> Result<bool, &'static str> {
    const NOT_BASIC: &str = "invalid type for comparison";
    let (Some(left), Some(right)) = (basic(left), basic(right)) else { return Err(NOT_BASIC) };
    let ordering = match (left, right) {
        (Basic::Bool(left), Basic::Bool(right)) => {
            return match operator {
                Operator::Equal => Ok(left == right),
                Operator::NotEqual => Ok(left != right),
                Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => Err(NOT_BASIC),
            };
        }
        (Basic::Int(left), Basic::Int(right)) => Some(left.cmp(&right)),
        (Basic::Float(left), Basic::Float(right)) => left.partial_cmp(&right),
        (Basic::Text(left), Basic::Text(right)) => Some(left.cmp(right)),
        (Basic::Byte(left), Basic::Byte(right)) => Some(left.cmp(&right)),
        // Whole numbers compare whether or not they can be below zero.
        (Basic::Int(left), Basic::Byte(right)) => Some(left.cmp(&i64::from(right))),
        (Basic::Byte(left), Basic::Int(right)) => Some(i64::from(left).cmp(&right)),
        (
            Basic::Bool(_) | Basic::Int(_) | Basic::Float(_) | Basic::Text(_) | Basic::Byte(_),
            Basic::Bool(_) | Basic::Int(_) | Basic::Float(_) | Basic::Text(_) | Basic::Byte(_),
        ) => return Err("incompatible types for comparison"),
    };
    Ok(match operator {
        Operator::Less => ordering == Some(Ordering::Less),
        Operator::LessOrEqual => ordering.is_some_and(Ordering::is_le),
        Operator::Equal => ordering == Some(Ordering::Equal),
        Operator::NotEqual => ordering != Some(Ordering::Equal),
        Operator::Greater => ordering == Some(Ordering::Greater),
        Operator::GreaterOrEqual => ordering.is_some_and(Ordering::is_ge),
    })
}

fn basic(found: Found<'_>) -> Option<Basic<'_>> {
    Some(match found {
        Found::Json(Json::Bool(value)) => Basic::Bool(*value),
        Found::Json(Json::Number(value)) => Basic::Float(*value),
        Found::Json(Json::Text(text)) | Found::Text(text) => Basic::Text(text),
        Found::Json(Json::Null | Json::List(_) | Json::Map(_)) => return None,
        Found::Int(value) => Basic::Int(value),
        Found::Float(value) => Basic::Float(value),
        Found::Bool(value) => Basic::Bool(value),
        Found::Byte(value) => Basic::Byte(value),
    })
}
