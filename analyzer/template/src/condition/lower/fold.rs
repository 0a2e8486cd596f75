//! Operations on constants, done once.

use super::super::code::Code;
use super::super::evaluate::power;
use super::super::syntax::BinaryOperator;
use super::super::value::{ItemsKind, List, Number, Value};

/// What `left operator right` comes to, if that can be known now.
///
/// # Errors
///
/// A message for the remainder of a division by a constant zero.
pub(super) fn fold(
    operator: BinaryOperator,
    left: &Code,
    right: &Code,
) -> Result<Option<Code>, String> {
    use BinaryOperator as B;
    if matches!(operator, B::And | B::Or) {
        return Ok(logic(operator, left, right));
    }
    let (Code::Constant(a), Code::Constant(b)) = (left, right) else {
        return Ok(None);
    };
    let folded = match operator {
        B::Add | B::Subtract | B::Multiply | B::Divide | B::Power => arithmetic(operator, a, b),
        B::Modulo => match (a, b) {
            (Value::Int(_), Value::Int(0)) => {
                return Err(String::from("integer divide by zero"));
            }
            (Value::Int(a), Value::Int(b)) => Some(Value::Int(a.wrapping_rem(*b))),
            _ => None,
        },
        B::Equal => match (a, b) {
            (Value::Int(a), Value::Int(b)) => Some(Value::Bool(a == b)),
            (Value::Text(a), Value::Text(b)) => Some(Value::Bool(a == b)),
            (Value::Bool(a), Value::Bool(b)) => Some(Value::Bool(a == b)),
            _ => None,
        },
        B::And
        | B::Or
        | B::NotEqual
        | B::Less
        | B::More
        | B::LessOrEqual
        | B::MoreOrEqual
        | B::In
        | B::Matches
        | B::Contains
        | B::StartsWith
        | B::EndsWith
        | B::Range
        | B::Coalesce => None,
    };
    Ok(folded.map(Code::Constant))
}

/// A side that is constant decides, or leaves the decision to the other side.
fn logic(operator: BinaryOperator, left: &Code, right: &Code) -> Option<Code> {
    // `true && x` is x, and so is `false || x`.
    let neutral = operator == BinaryOperator::And;
    let constant = |code: &Code| {
        if let Code::Constant(Value::Bool(value)) = code { Some(*value) } else { None }
    };
    match (constant(left), constant(right)) {
        (Some(a), _) if a == neutral => Some(right.clone()),
        (_, Some(b)) if b == neutral => Some(left.clone()),
        (None, None) => None,
        _ => Some(Code::Constant(Value::Bool(!neutral))),
    }
}

fn arithmetic(
    operator: BinaryOperator,
    a: &Value<'static>,
    b: &Value<'static>,
) -> Option<Value<'static>> {
    use BinaryOperator as B;
    if let (Value::Text(a), Value::Text(b), B::Add) = (a, b, operator) {
        return Some(Value::text([a.bytes(), b.bytes()].concat()));
    }
    let (a, b) = (a.number()?, b.number()?);
    let whole = match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some((a, b)),
        _ => None,
    };
    Some(match (operator, whole) {
        (B::Add, Some((a, b))) => Value::Int(a.wrapping_add(b)),
        (B::Subtract, Some((a, b))) => Value::Int(a.wrapping_sub(b)),
        (B::Multiply, Some((a, b))) => Value::Int(a.wrapping_mul(b)),
        (B::Add, None) => Value::Float(a.float() + b.float()),
        (B::Subtract, None) => Value::Float(a.float() - b.float()),
        (B::Multiply, None) => Value::Float(a.float() * b.float()),
        (B::Divide, _) => Value::Float(a.float() / b.float()),
        (B::Power, _) => Value::Float(power(a.float(), b.float())),
        _ => return None,
    })
}

/// A literal list as a constant, if all its elements are simple.
pub(super) fn constant_list(codes: &[Code]) -> Option<Code> {
    if codes.is_empty() {
        return None;
    }
    let values = codes.iter().map(|code| {
        let Code::Constant(value) = code else { return None };
        let simple =
            matches!(value, Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Bool(_));
        simple.then(|| value.clone())
    });
    let values = values.collect::<Option<Vec<_>>>()?;
    Some(Code::Constant(Value::List(List::made(ItemsKind::Any, values))))
}
