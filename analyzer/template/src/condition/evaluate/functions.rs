//! The built-in functions, by name, and those on numbers.

use super::super::budget::SHOWN_BYTES_MAX;
use super::super::builtin::Builtin;
use super::super::value::{List, Number, Value, json, show};
use super::access::get;
use super::calls::parse_float;
use super::operators::text;
use super::{Evaluation, Step, fault};

impl<'v> Evaluation<'v> {
    pub(super) fn builtin(
        &mut self,
        builtin: Builtin,
        arguments: Vec<Value<'v>>,
    ) -> Step<Value<'v>> {
        use Builtin as B;
        match (builtin, arguments.as_slice()) {
            (B::Len, [value]) => self.len(value),
            (B::Type, [value]) => self.text(type_word(value)),
            (B::String, [value]) => {
                let shown = show(value);
                if SHOWN_BYTES_MAX < shown.len() {
                    return fault("memory budget exceeded");
                }
                self.work(shown.len())?;
                self.text(shown)
            }
            (B::Abs, [value]) => abs(value),
            (B::Ceil | B::Floor | B::Round, [value]) => round(builtin, value),
            (B::Int, [value]) => to_int(value),
            (B::Float, [value]) => to_float(value),
            (B::Get, [from, key]) => get(from, key),
            (B::ToJson, [value]) => match json(value) {
                Ok(json) => {
                    self.work(json.len())?;
                    self.text(json)
                }
                Err(message) => fault(message),
            },
            (B::FromJson, [value]) => self.read_json(text(value)?),
            (
                B::BitAnd | B::BitOr | B::BitXor | B::BitNand | B::BitShl | B::BitShr | B::BitUshr,
                [a, b],
            ) => bits(builtin, whole(builtin, a)?, whole(builtin, b)?),
            (B::BitNot, [value]) => Ok(Value::Int(!whole(builtin, value)?)),
            (B::Max | B::Min | B::Mean | B::Median, values) => self.aggregate(builtin, values),
            (B::Now | B::Duration | B::Date | B::Timezone, values) => self.time(builtin, values),
            (
                B::First
                | B::Last
                | B::Take
                | B::Keys
                | B::Values
                | B::ToPairs
                | B::FromPairs
                | B::Reverse
                | B::Uniq
                | B::Concat
                | B::Flatten
                | B::Sort,
                values,
            ) => self.list_function(builtin, values),
            (_, values) => self.text_function(builtin, values),
        }
    }

    pub(super) fn len(&mut self, value: &Value<'v>) -> Step<Value<'v>> {
        Ok(Value::length(match value {
            Value::List(list) => list.len(),
            Value::Map(map) => map.len(),
            Value::Text(text) => {
                self.work(text.bytes().len() / 16)?;
                text.letters()
            }
            other => {
                return fault(format!("invalid argument for len (type {})", other.type_name()));
            }
        }))
    }
}

/// What `type` says.
fn type_word(value: &Value<'_>) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Int64(_) => "int",
        Value::Byte(_) => "uint",
        Value::Float(_) => "float",
        Value::Text(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "map",
        Value::Time(_) => "time.Time",
        Value::Duration(_) => "time.Duration",
        Value::Month(_) => "time.Month",
        Value::Weekday(_) => "time.Weekday",
        Value::Zone(_) => "unknown",
        Value::Function(_) | Value::Method(_) => "func",
    }
}

fn abs<'v>(value: &Value<'v>) -> Step<Value<'v>> {
    Ok(match value {
        // Zero keeps its sign there, which is why this is not `f64::abs`.
        Value::Float(value) => Value::Float(if *value < 0.0 { -value } else { *value }),
        Value::Int(value) => Value::Int(value.wrapping_abs()),
        Value::Int64(value) => Value::Int64(value.wrapping_abs()),
        Value::Byte(value) => Value::Byte(*value),
        other => return fault(format!("invalid argument for abs (type {})", other.type_name())),
    })
}

fn round<'v>(builtin: Builtin, value: &Value<'v>) -> Step<Value<'v>> {
    let Some(number) = value.number() else {
        return fault(format!(
            "invalid argument for {} (type {})",
            builtin.name(),
            value.type_name()
        ));
    };
    let value = number.float();
    Ok(Value::Float(if builtin == Builtin::Ceil {
        value.ceil()
    } else if builtin == Builtin::Floor {
        value.floor()
    } else {
        value.round()
    }))
}

fn to_int<'v>(value: &Value<'v>) -> Step<Value<'v>> {
    if let Some(number) = value.number() {
        return Ok(Value::Int(number.int()));
    }
    match value {
        Value::Duration(value) | Value::Month(value) | Value::Weekday(value) => {
            Ok(Value::Int(*value))
        }
        Value::Text(text) => match text.lossy().parse() {
            Ok(value) => Ok(Value::Int(value)),
            Err(_) => fault(format!("invalid operation: int({})", text.lossy())),
        },
        other => fault(format!("invalid operation: int({})", other.type_name())),
    }
}

fn to_float<'v>(value: &Value<'v>) -> Step<Value<'v>> {
    if let Some(number) = value.number() {
        return Ok(Value::Float(number.float()));
    }
    match value {
        Value::Text(text) => match parse_float(&text.lossy()) {
            Ok(value) => Ok(Value::Float(value)),
            Err(_) => fault(format!("invalid operation: float({})", text.lossy())),
        },
        other => fault(format!("invalid operation: float({})", other.type_name())),
    }
}

/// A whole number for a bit function, which takes no other.
fn whole(builtin: Builtin, value: &Value<'_>) -> Step<i64> {
    match value.number() {
        Some(Number::Int(value)) => Ok(value),
        Some(Number::Float(_)) | None => fault(format!(
            "cannot use {} as argument (type int) to call {}",
            value.type_name(),
            builtin.name()
        )),
    }
}

fn bits<'v>(builtin: Builtin, a: i64, b: i64) -> Step<Value<'v>> {
    use Builtin as B;
    let shift = matches!(builtin, B::BitShl | B::BitShr | B::BitUshr);
    if shift && b < 0 {
        return fault(format!("invalid operation: negative shift count {b} (type int)"));
    }
    // Shifting by more than there are bits leaves nothing but the sign.
    let by = u32::try_from(b).unwrap_or(u32::MAX);
    Ok(Value::Int(match builtin {
        B::BitAnd => a & b,
        B::BitOr => a | b,
        B::BitXor => a ^ b,
        B::BitNand => a & !b,
        B::BitShl => a.checked_shl(by).unwrap_or(0),
        B::BitShr => a >> by.min(63),
        _ => a.cast_unsigned().checked_shr(by).unwrap_or(0).cast_signed(),
    }))
}

/// The kind of value that `max` and its like look into.
pub(super) fn as_list<'t, 'v>(value: &'t Value<'v>) -> Option<&'t List<'v>> {
    match value {
        Value::List(list) => Some(list),
        _ => None,
    }
}
