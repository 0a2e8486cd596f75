//! Calls of the environment's functions and of methods.

use super::super::code::CodeId;
use super::super::environment::Function;
use super::super::value::{Number, Value, show};
use super::{Evaluation, Step, conversion, fault};

impl<'v> Evaluation<'v> {
    /// A call of whatever the callee turns out to be.
    pub(super) fn call(&mut self, callee: CodeId, arguments: &[CodeId]) -> Step<Value<'v>> {
        let arguments = self.values(arguments)?;
        match self.value(callee)? {
            Value::Function(function) => self.call_function(function, &arguments),
            Value::Method(method) => self.call_method(&method.0, method.1, &arguments),
            Value::Nil => fault("invalid operation: cannot call nil"),
            other => fault(format!(
                "invalid operation: cannot call non-function of type {}",
                other.type_name()
            )),
        }
    }

    pub(super) fn call_function(
        &mut self,
        function: Function,
        arguments: &[Value<'v>],
    ) -> Step<Value<'v>> {
        let wanted = function.parameters().len();
        let (Some(first), true) = (arguments.first(), arguments.len() == wanted) else {
            return fault(format!(
                "invalid number of arguments: expected {wanted}, got {}",
                arguments.len()
            ));
        };
        match function {
            Function::IsNan => Ok(Value::Bool(double(first)?.is_nan())),
            Function::IsInf => Ok(Value::Bool(double(first)?.is_infinite())),
            Function::AsInt => as_int(first),
            Function::AsFloat => as_float(first),
            // These two look at the whole result whatever they are given: so does Argo.
            Function::IsNil => Ok(Value::Bool(self.subject.is_nil())),
            Function::Default => Ok(if self.subject.is_nil() {
                arguments.get(1).cloned().unwrap_or(Value::Nil)
            } else {
                self.subject.clone()
            }),
        }
    }
}

fn double(value: &Value<'_>) -> Step<f64> {
    match value {
        Value::Float(value) => Ok(*value),
        other => conversion(other, "float64"),
    }
}

fn as_int<'v>(value: &Value<'v>) -> Step<Value<'v>> {
    if let Some(number) = value.number() {
        return Ok(Value::Int64(number.int()));
    }
    match value {
        Value::Text(text) => match parse_int(&text.lossy()) {
            Ok(value) => Ok(Value::Int64(value)),
            Err(message) => fault(message),
        },
        other => unsupported("asInt", other),
    }
}

fn as_float<'v>(value: &Value<'v>) -> Step<Value<'v>> {
    if let Some(number) = value.number() {
        return Ok(Value::Float(number.float()));
    }
    match value {
        Value::Text(text) => match parse_float(&text.lossy()) {
            Ok(value) => Ok(Value::Float(value)),
            Err(message) => fault(message),
        },
        other => unsupported("asFloat", other),
    }
}

fn unsupported<T>(name: &str, value: &Value<'_>) -> Step<T> {
    fault(format!("{name}() not supported on {} {}", value.type_name(), show(value)))
}

/// A whole number in base 10, as Go's `strconv.ParseInt` reads it.
///
/// # Errors
///
/// A message in Go's words.
pub(super) fn parse_int(text: &str) -> Result<i64, String> {
    text.parse::<i64>().map_err(|problem| {
        use std::num::IntErrorKind::{NegOverflow, PosOverflow};
        let why = match problem.kind() {
            PosOverflow | NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.ParseInt: parsing {text:?}: {why}")
    })
}

/// A double, as Go's `strconv.ParseFloat` reads it: hexadecimal and `_` included.
///
/// # Errors
///
/// A message in Go's words.
pub(super) fn parse_float(text: &str) -> Result<f64, String> {
    let refused = |why: &str| format!("strconv.ParseFloat: parsing {text:?}: {why}");
    let (negative, plain) = match text.strip_prefix(['+', '-']) {
        Some(plain) => (text.starts_with('-'), plain),
        None => (false, text),
    };
    let plain = match plain.contains('_') {
        true if separates_digits(plain) => plain.replace('_', ""),
        true => return Err(refused("invalid syntax")),
        false => plain.to_owned(),
    };
    let size = match plain.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => Some(f64::INFINITY),
        // There is no signed NaN.
        "nan" if !text.starts_with(['+', '-']) => Some(f64::NAN),
        lower if lower.starts_with("0x") => {
            Some(hexadecimal(&lower[2..]).ok_or_else(|| refused("invalid syntax"))?)
        }
        lower if lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            match lower.parse::<f64>() {
                Ok(size) if size.is_infinite() => return Err(refused("value out of range")),
                Ok(size) => Some(size),
                Err(_) => None,
            }
        }
        _ => None,
    };
    match size {
        Some(size) if negative => Ok(-size),
        Some(size) => Ok(size),
        None => Err(refused("invalid syntax")),
    }
}

/// Whether every `_` stands between two digits, the beginning of `0x` counting as one.
fn separates_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let prefixed = text.starts_with("0x_") || text.starts_with("0X_");
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(at, _)| {
        let digit =
            |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_hexdigit);
        (digit(at.checked_sub(1)) || prefixed && at == 2) && digit(at.checked_add(1))
    })
}

/// `1.8p3`, which needs its exponent.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 || 15 < whole.len() + fraction.len() {
        return None;
    }
    let digits = i64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    let shift = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    Some(Number::Int(digits).float() * 2_f64.powi(exponent.checked_sub(shift)?))
}
