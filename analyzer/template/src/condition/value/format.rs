//! Values as text: as Go prints them, and as JSON.

use std::fmt::Write as _;

use super::{List, Map, Text, Value};
use crate::condition::budget::SHOWN_BYTES_MAX;
use crate::condition::span_of_time;

/// A double as Go prints it: the shortest digits that give it back.
pub(in super::super) fn float(value: f64) -> String {
    if value.is_nan() {
        return String::from("NaN");
    }
    if value.is_infinite() {
        return String::from(if 0.0 < value { "+Inf" } else { "-Inf" });
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) { exponent(value, 2) } else { value.to_string() }
}

/// With an exponent of at least `digits` digits and always a sign.
fn exponent(value: f64, digits: usize) -> String {
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, power)) => {
            let (sign, power) = match power.strip_prefix('-') {
                Some(power) => ('-', power),
                None => ('+', power),
            };
            format!("{mantissa}e{sign}{power:0>digits$}")
        }
        None => text,
    }
}

/// A value as Go prints it with `%v`, as far as [`SHOWN_BYTES_MAX`] goes.
pub(in super::super) fn show(value: &Value<'_>) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

fn write_value(out: &mut String, value: &Value<'_>) {
    if SHOWN_BYTES_MAX < out.len() {
        return;
    }
    match value {
        Value::Nil => out.push_str("<nil>"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) | Value::Int64(value) => out.push_str(&value.to_string()),
        Value::Byte(value) => out.push_str(&value.to_string()),
        Value::Float(value) => out.push_str(&float(*value)),
        Value::Text(text) => out.push_str(&text.lossy()),
        Value::List(list) => {
            out.push('[');
            for (nth, item) in list.iter().enumerate() {
                if 0 < nth {
                    out.push(' ');
                }
                write_value(out, &item);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (nth, (key, item)) in map.entries().iter().enumerate() {
                if 0 < nth {
                    out.push(' ');
                }
                write_value(out, key);
                out.push(':');
                write_value(out, item);
            }
            out.push(']');
        }
        Value::Time(moment) => out.push_str(&moment.to_string()),
        Value::Duration(nanoseconds) => out.push_str(&span_of_time::format(*nanoseconds)),
        Value::Month(month) => out.push_str(super::super::layout::month_name(*month)),
        Value::Weekday(day) => out.push_str(super::super::layout::weekday_name(*day)),
        Value::Zone(zone) => out.push_str(zone.name()),
        Value::Function(function) => out.push_str(function.signature()),
        Value::Method(_) => out.push_str("func"),
    }
}

/// A value as indented JSON.
///
/// # Errors
///
/// A message for what JSON has no word for: NaN, infinities, functions; and for a text of more than
/// [`SHOWN_BYTES_MAX`].
pub(in super::super) fn json(value: &Value<'_>) -> Result<String, String> {
    let mut out = String::new();
    write_json(&mut out, value, 0)?;
    Ok(out)
}

fn write_json(out: &mut String, value: &Value<'_>, depth: usize) -> Result<(), String> {
    if SHOWN_BYTES_MAX < out.len() {
        return Err(String::from("memory budget exceeded"));
    }
    match value {
        Value::Nil | Value::List(List::Absent) => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value)
        | Value::Int64(value)
        | Value::Duration(value)
        | Value::Month(value)
        | Value::Weekday(value) => out.push_str(&value.to_string()),
        Value::Byte(value) => out.push_str(&value.to_string()),
        Value::Float(value) => out.push_str(&json_float(*value)?),
        Value::Text(text) => quote(out, text),
        Value::Time(moment) => {
            let _ = write!(out, "\"{}\"", moment.rfc3339());
        }
        Value::List(List::Bytes(bytes)) => {
            let _ = write!(out, "\"{}\"", super::super::base64::encode(bytes));
        }
        Value::List(list) => {
            let items = list.iter().map(|item| (None, item));
            write_items(out, ['[', ']'], items, depth)?;
        }
        Value::Map(Map::Any(_)) | Value::Function(_) | Value::Method(_) => {
            return Err(format!("json: unsupported type: {}", value.type_name()));
        }
        Value::Map(map) => {
            let items = map.entries().into_iter().map(|(key, item)| (Some(key), item));
            write_items(out, ['{', '}'], items, depth)?;
        }
        Value::Zone(_) => out.push_str("{}"),
    }
    Ok(())
}

fn write_items<'a>(
    out: &mut String,
    brackets: [char; 2],
    items: impl Iterator<Item = (Option<Value<'a>>, Value<'a>)>,
    depth: usize,
) -> Result<(), String> {
    out.push(brackets[0]);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    let mut empty = true;
    for (nth, (key, item)) in items.enumerate() {
        empty = false;
        if 0 < nth {
            out.push(',');
        }
        line(out, depth + 1);
        if let Some(Value::Text(key)) = key {
            quote(out, &key);
            out.push_str(": ");
        }
        write_json(out, &item, depth + 1)?;
    }
    if !empty {
        line(out, depth);
    }
    out.push(brackets[1]);
    Ok(())
}

fn json_float(value: f64) -> Result<String, String> {
    if !value.is_finite() {
        return Err(format!("json: unsupported value: {}", float(value)));
    }
    let size = value.abs();
    Ok(if size != 0.0 && !(1e-6..1e21).contains(&size) {
        // Only positive powers are padded there.
        let digits = if size < 1.0 { 1 } else { 2 };
        exponent(value, digits)
    } else {
        value.to_string()
    })
}

fn quote(out: &mut String, text: &Text<'_>) {
    out.push('"');
    for c in text.lossy().chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
