//! What operators do to values.

use regex::bytes::Regex;

use super::super::code::{CodeId, Comparison, Exactly, Operation};
use super::super::pattern;
use super::super::value::{List, Map, Number, Text, Value, equal};
use super::{Evaluation, Step, conversion, fault, truth};

/// Steps that compiling a pattern at run time counts as.
const PATTERN_STEPS: usize = 10_000;

impl<'v> Evaluation<'v> {
    /// A comparison with a constant number.
    pub(super) fn threshold(
        &mut self,
        left: CodeId,
        comparison: Comparison,
        limit: f64,
        constant: CodeId,
    ) -> Step<Value<'v>> {
        let left = self.value(left)?;
        if let Value::Float(left) = left {
            return Ok(Value::Bool(ordered(comparison, left, limit)));
        }
        match left.number() {
            Some(left) => Ok(Value::Bool(ordered(comparison, left.float(), limit))),
            None => {
                let right = self.value(constant)?;
                compare(comparison, &left, &right).map(Value::Bool)
            }
        }
    }

    /// A chain of operations from left to right.
    pub(super) fn operations(
        &mut self,
        first: CodeId,
        rest: &[(Operation, CodeId)],
    ) -> Step<Value<'v>> {
        let mut left = self.value(first)?;
        for (operation, right) in rest {
            let decided = match operation {
                Operation::Or => truth(&left)?,
                Operation::And => !truth(&left)?,
                Operation::Coalesce => !left.is_nil(),
                _ => false,
            };
            if decided {
                continue;
            }
            let right = self.value(*right)?;
            left = match operation {
                Operation::Or | Operation::And | Operation::Coalesce => right,
                operation => self.operate(*operation, left, right)?,
            };
        }
        Ok(left)
    }

    fn operate(&mut self, operation: Operation, a: Value<'v>, b: Value<'v>) -> Step<Value<'v>> {
        match operation {
            Operation::Or | Operation::And | Operation::Coalesce => Ok(b),
            Operation::Compare(comparison) => compare(comparison, &a, &b).map(Value::Bool),
            Operation::Equal { exactly, negated } => {
                let equal = self.equal(exactly, &a, &b)?;
                Ok(Value::Bool(equal != negated))
            }
            Operation::In => self.contained(&a, &b).map(Value::Bool),
            Operation::Matches => self.matches_pattern(&a, &b),
            Operation::Contains => self.search(&a, &b, |a, b| super::texts::find(a, b).is_some()),
            Operation::StartsWith => self.search(&a, &b, <[u8]>::starts_with),
            Operation::EndsWith => self.search(&a, &b, <[u8]>::ends_with),
            Operation::Range => self.range(&a, &b),
            Operation::Add => self.add(&a, &b),
            Operation::Subtract => subtract(&a, &b),
            Operation::Multiply => multiply(&a, &b),
            Operation::Divide => match (a.number(), b.number()) {
                (Some(a), Some(b)) => Ok(Value::Float(a.float() / b.float())),
                _ => invalid("/", &a, &b),
            },
            Operation::Power => {
                let base = float(&a)?;
                Ok(Value::Float(power(base, float(&b)?)))
            }
            Operation::Modulo => match (a.number(), b.number()) {
                (Some(Number::Int(_)), Some(Number::Int(0))) => {
                    fault("runtime error: integer divide by zero")
                }
                (Some(Number::Int(a)), Some(Number::Int(b))) => Ok(Value::Int(a.wrapping_rem(b))),
                _ => invalid("%", &a, &b),
            },
        }
    }

    fn equal(&mut self, exactly: Exactly, a: &Value<'v>, b: &Value<'v>) -> Step<bool> {
        match (exactly, a, b) {
            (Exactly::Ints, Value::Int(a), Value::Int(b)) => Ok(a == b),
            // The right side is looked at first, as Go does.
            (Exactly::Ints, a, Value::Int(_)) => conversion(a, "int"),
            (Exactly::Ints, _, b) => conversion(b, "int"),
            (Exactly::Texts, Value::Text(a), Value::Text(b)) => Ok(a == b),
            (Exactly::Texts, a, Value::Text(_)) => conversion(a, "string"),
            (Exactly::Texts, _, b) => conversion(b, "string"),
            (Exactly::No, a, b) => {
                let mut steps = 0;
                let equal = equal(a, b, &mut steps);
                self.work(usize::try_from(steps).unwrap_or(usize::MAX))?;
                Ok(equal)
            }
        }
    }

    /// Whether `a` is an element, a key or a field of `b`.
    fn contained(&mut self, a: &Value<'v>, b: &Value<'v>) -> Step<bool> {
        match b {
            Value::Nil => Ok(false),
            Value::List(List::Absent) => Ok(false),
            Value::List(list) => {
                for item in list.iter() {
                    self.work(1)?;
                    if self.equal(Exactly::No, &item, a)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Value::Map(map) => has_key(map, a),
            // A time has no fields that can be seen.
            Value::Time(_) => match a {
                Value::Text(_) => Ok(false),
                other => {
                    fault(format!("cannot use {} as field name of time.Time", other.type_name()))
                }
            },
            other => fault(format!("operator \"in\" not defined on {}", other.type_name())),
        }
    }

    fn search(
        &mut self,
        a: &Value<'v>,
        b: &Value<'v>,
        found: impl Fn(&[u8], &[u8]) -> bool,
    ) -> Step<Value<'v>> {
        if a.is_nil() || b.is_nil() {
            return Ok(Value::Bool(false));
        }
        match (a, b) {
            (Value::Text(a), Value::Text(b)) => {
                self.work(a.bytes().len() / 16)?;
                Ok(Value::Bool(found(a.bytes(), b.bytes())))
            }
            (Value::Text(_), other) | (other, _) => conversion(other, "string"),
        }
    }

    fn matches_pattern(&mut self, a: &Value<'v>, b: &Value<'v>) -> Step<Value<'v>> {
        if a.is_nil() || b.is_nil() {
            return Ok(Value::Bool(false));
        }
        let Value::Text(pattern) = b else {
            return conversion(b, "string");
        };
        self.work(PATTERN_STEPS)?;
        match pattern::compile(&pattern.lossy()) {
            Ok(pattern) => self.matches(a, &pattern),
            Err(message) => fault(message),
        }
    }

    pub(super) fn matches(&mut self, text: &Value<'v>, pattern: &Regex) -> Step<Value<'v>> {
        let bytes = match text {
            Value::Text(text) => text.bytes(),
            Value::List(List::Bytes(bytes)) => bytes,
            other if other.is_nil() => return Ok(Value::Bool(false)),
            other => return conversion(other, "[]uint8"),
        };
        self.work(bytes.len() / 16)?;
        Ok(Value::Bool(pattern.is_match(bytes)))
    }

    fn range(&mut self, a: &Value<'v>, b: &Value<'v>) -> Step<Value<'v>> {
        let from = int(a)?;
        let to = int(b)?;
        let length = u64::try_from(to.wrapping_sub(from).wrapping_add(1)).unwrap_or(0);
        self.grow(length)?;
        Ok(Value::List(List::Range { from, length }))
    }

    pub(super) fn add(&mut self, a: &Value<'v>, b: &Value<'v>) -> Step<Value<'v>> {
        if let (Some(a), Some(b)) = (a.number(), b.number()) {
            return Ok(match (a, b) {
                (Number::Int(a), Number::Int(b)) => Value::Int(a.wrapping_add(b)),
                (a, b) => Value::Float(a.float() + b.float()),
            });
        }
        match (a, b) {
            (Value::Text(a), Value::Text(b)) => {
                self.hold(a.bytes().len().saturating_add(b.bytes().len()))?;
                Ok(Value::text([a.bytes(), b.bytes()].concat()))
            }
            (Value::Time(moment), Value::Duration(span))
            | (Value::Duration(span), Value::Time(moment)) => Ok(Value::Time(moment.add(*span))),
            (Value::Duration(a), Value::Duration(b)) => Ok(Value::Duration(a.wrapping_add(*b))),
            _ => invalid("+", a, b),
        }
    }

    /// `a + (b + (c + …))`.
    pub(super) fn sum_right(&mut self, parts: &[CodeId]) -> Step<Value<'v>> {
        let mut values = self.values(parts)?;
        let Some(mut sum) = values.pop() else {
            return Ok(Value::Int(0));
        };
        while let Some(left) = values.pop() {
            sum = self.add(&left, &sum)?;
        }
        Ok(sum)
    }
}

/// Whether `a comparison b`; false as soon as one is NaN.
#[inline]
pub(in super::super) fn ordered<T: PartialOrd>(comparison: Comparison, a: T, b: T) -> bool {
    match comparison {
        Comparison::Less => a < b,
        Comparison::More => b < a,
        Comparison::LessOrEqual => a <= b,
        Comparison::MoreOrEqual => b <= a,
    }
}

/// Whether `a comparison b`, for values that have an order.
pub(super) fn compare(comparison: Comparison, a: &Value<'_>, b: &Value<'_>) -> Step<bool> {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => return Ok(ordered(comparison, *a, *b)),
        (Value::Text(a), Value::Text(b)) => return Ok(ordered(comparison, a, b)),
        (Value::Duration(a), Value::Duration(b)) => return Ok(ordered(comparison, *a, *b)),
        (Value::Time(a), Value::Time(b)) => {
            return Ok(ordered(comparison, a.timestamp, b.timestamp));
        }
        _ => {}
    }
    match (a.number(), b.number()) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => Ok(ordered(comparison, a, b)),
        (Some(a), Some(b)) => Ok(ordered(comparison, a.float(), b.float())),
        _ => invalid(
            match comparison {
                Comparison::Less => "<",
                Comparison::More => ">",
                Comparison::LessOrEqual => "<=",
                Comparison::MoreOrEqual => ">=",
            },
            a,
            b,
        ),
    }
}

fn has_key<'v>(map: &Map<'v>, key: &Value<'v>) -> Step<bool> {
    match map.get(key) {
        Ok(found) => Ok(found.is_some()),
        Err(message) => fault(message),
    }
}

/// A number as whole; what is no number fails.
pub(super) fn int(value: &Value<'_>) -> Step<i64> {
    match value.number() {
        Some(number) => Ok(number.int()),
        None => fault(format!("invalid operation: int({})", value.type_name())),
    }
}

/// A number as a double; what is no number fails.
pub(super) fn float(value: &Value<'_>) -> Step<f64> {
    match value.number() {
        Some(number) => Ok(number.float()),
        None => fault(format!("invalid operation: float({})", value.type_name())),
    }
}

pub(super) fn negate<'v>(value: &Value<'v>) -> Step<Value<'v>> {
    match value {
        Value::Float(value) => Ok(Value::Float(-value)),
        Value::Int(value) => Ok(Value::Int(value.wrapping_neg())),
        Value::Int64(value) => Ok(Value::Int64(value.wrapping_neg())),
        Value::Byte(value) => Ok(Value::Byte(value.wrapping_neg())),
        other => fault(format!("invalid operation: - {}", other.type_name())),
    }
}

fn subtract<'v>(a: &Value<'v>, b: &Value<'v>) -> Step<Value<'v>> {
    if let (Some(a), Some(b)) = (a.number(), b.number()) {
        return Ok(match (a, b) {
            (Number::Int(a), Number::Int(b)) => Value::Int(a.wrapping_sub(b)),
            (a, b) => Value::Float(a.float() - b.float()),
        });
    }
    match (a, b) {
        (Value::Time(a), Value::Time(b)) => Ok(Value::Duration(a.since(b))),
        (Value::Time(moment), Value::Duration(span)) => {
            Ok(Value::Time(moment.add(span.wrapping_neg())))
        }
        (Value::Duration(a), Value::Duration(b)) => Ok(Value::Duration(a.wrapping_sub(*b))),
        _ => invalid("-", a, b),
    }
}

fn multiply<'v>(a: &Value<'v>, b: &Value<'v>) -> Step<Value<'v>> {
    // A duration counts as its nanoseconds; with a double it becomes one.
    let plain = |value: &Value<'_>| match value {
        Value::Duration(nanoseconds) => Some(Number::Int(*nanoseconds)),
        value => value.number(),
    };
    let duration = matches!(a, Value::Duration(_)) || matches!(b, Value::Duration(_));
    match (plain(a), plain(b)) {
        (Some(Number::Int(a)), Some(Number::Int(b))) if duration => {
            Ok(Value::Duration(a.wrapping_mul(b)))
        }
        (Some(Number::Int(a)), Some(Number::Int(b))) => Ok(Value::Int(a.wrapping_mul(b))),
        (Some(a), Some(b)) => Ok(Value::Float(a.float() * b.float())),
        _ => invalid("*", a, b),
    }
}

/// `base` to the power of `exponent`.
///
/// Whole exponents are multiplied out, which gives Go's digits on every machine; others are left to
/// the mathematics library of the platform.
pub(in super::super) fn power(base: f64, exponent: f64) -> f64 {
    let whole = exponent.fract() == 0.0 && exponent.abs() < 1024.0 && base.is_finite();
    if !whole {
        return base.powf(exponent);
    }
    let mut left = Number::Float(exponent.abs()).int();
    let (mut square, mut product) = (base, 1.0);
    while 0 < left {
        if left % 2 == 1 {
            product *= square;
        }
        left /= 2;
        if 0 < left {
            square *= square;
        }
    }
    if !product.is_normal() {
        // Over the edge on the way, but perhaps not in the end.
        return base.powf(exponent);
    }
    if exponent < 0.0 { 1.0 / product } else { product }
}

fn invalid<T>(operator: &str, a: &Value<'_>, b: &Value<'_>) -> Step<T> {
    fault(format!("invalid operation: {} {operator} {}", a.type_name(), b.type_name()))
}

/// The text of a value that has to be one.
pub(super) fn text<'t, 'v>(value: &'t Value<'v>) -> Step<&'t Text<'v>> {
    match value {
        Value::Text(text) => Ok(text),
        other => conversion(other, "string"),
    }
}
