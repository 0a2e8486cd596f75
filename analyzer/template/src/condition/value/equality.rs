//! When two values are equal.

use super::{ItemsKind, List, Map, Number, Value};
use crate::condition::budget::STEPS_MAX;

/// Whether `a == b`: numbers by value whatever their types, lists by element, else type and value.
///
/// `steps` is counted up by one for every pair of elements looked at; once it is over
/// [`STEPS_MAX`] the answer is false and means nothing. Parts of a list may be one and the same, so
/// that a small one can take forever to compare.
pub(in super::super) fn equal(a: &Value<'_>, b: &Value<'_>, steps: &mut u64) -> bool {
    *steps += 1;
    if STEPS_MAX < *steps {
        return false;
    }
    if let (Some(a), Some(b)) = (a.number(), b.number()) {
        return equal_numbers(a, b);
    }
    match (a, b) {
        (Value::List(a), Value::List(b)) if comparable(a, b) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(&a, &b, steps))
        }
        (a, b) if a.is_nil() && b.is_nil() => true,
        (a, b) => deeply_equal(a, b, steps),
    }
}

/// Both as doubles unless both are whole.
#[expect(clippy::float_cmp, reason = "a condition that says `==` means it")]
fn equal_numbers(a: Number, b: Number) -> bool {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a == b,
        (a, b) => a.float() == b.float(),
    }
}

/// Lists are compared by element when they have one type, or when one of them may hold anything;
/// pairs are not lists in this sense.
fn comparable(a: &List<'_>, b: &List<'_>) -> bool {
    let is_pair = |list: &List<'_>| match list {
        List::Made(made) => matches!(made.kind, ItemsKind::Pair | ItemsKind::Pairs),
        List::Floats(_) | List::Json(_) | List::Range { .. } | List::Bytes(_) | List::Absent => {
            false
        }
    };
    !is_pair(a) && !is_pair(b) && (a.is_any() || b.is_any() || a.type_name() == b.type_name())
}

/// Whether both have one type and are equal all the way down.
fn deeply_equal(a: &Value<'_>, b: &Value<'_>, steps: &mut u64) -> bool {
    *steps += 1;
    if STEPS_MAX < *steps {
        return false;
    }
    match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Byte(a), Value::Byte(b)) => a == b,
        (Value::Int(a), Value::Int(b))
        | (Value::Int64(a), Value::Int64(b))
        | (Value::Duration(a), Value::Duration(b))
        | (Value::Month(a), Value::Month(b))
        | (Value::Weekday(a), Value::Weekday(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => equal_numbers(Number::Float(*a), Number::Float(*b)),
        (Value::Time(a), Value::Time(b)) => a.timestamp == b.timestamp,
        (Value::Zone(a), Value::Zone(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.type_name() == b.type_name()
                && matches!(a, List::Absent) == matches!(b, List::Absent)
                && a.len() == b.len()
                && a.iter().zip(b.iter()).all(|(a, b)| deeply_equal(&a, &b, steps))
        }
        (Value::Map(a), Value::Map(b)) => equal_maps(a, b, steps),
        _ => false,
    }
}

fn equal_maps(a: &Map<'_>, b: &Map<'_>, steps: &mut u64) -> bool {
    if a.type_name() != b.type_name() || a.len() != b.len() {
        return false;
    }
    // Both are in the order of their keys.
    a.entries().iter().zip(b.entries().iter()).all(|((key, value), (other_key, other_value))| {
        deeply_equal(key, other_key, steps) && deeply_equal(value, other_value, steps)
    })
}
