//! Printing as Go's `json.Marshal` does.

use std::fmt::{self, Write};

use super::Json;
use crate::number;

/// Compact JSON: keys sorted, `<`, `>`, `&` and the two line separators of Unicode escaped.
///
/// # Source
///
/// Go 1.26 `json.Marshal` of a value that `json.Unmarshal` made.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => f.write_str(&number::json(*value)),
            Self::Text(value) => text(value, f),
            Self::List(items) => {
                f.write_char('[')?;
                for (at, item) in items.iter().enumerate() {
                    if 0 < at {
                        f.write_char(',')?;
                    }
                    item.fmt(f)?;
                }
                f.write_char(']')
            }
            Self::Map(entries) => {
                f.write_char('{')?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    if 0 < at {
                        f.write_char(',')?;
                    }
                    text(key, f)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
        }
    }
}

/// A string in quotes. Runs without anything to escape are written whole.
fn text(value: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let is_escaped = |c: char| {
        matches!(c, '"' | '\\' | '<' | '>' | '&' | '\0'..='\x1f' | '\u{2028}' | '\u{2029}')
    };
    f.write_char('"')?;
    let mut rest = value;
    while let Some(at) = rest.find(is_escaped) {
        f.write_str(&rest[..at])?;
        let mut after = rest[at..].chars();
        match after.next() {
            Some(c @ ('"' | '\\')) => write!(f, "\\{c}")?,
            Some('\n') => f.write_str("\\n")?,
            Some('\r') => f.write_str("\\r")?,
            Some('\t') => f.write_str("\\t")?,
            Some('\x08') => f.write_str("\\b")?,
            Some('\x0c') => f.write_str("\\f")?,
            Some(c) => write!(f, "\\u{:04x}", u32::from(c))?,
            None => {}
        }
        rest = after.as_str();
    }
    f.write_str(rest)?;
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        let check = |text: &str, printed: &str| {
            assert_eq!(parse(text.as_bytes()).map(|json| json.to_string()), Ok(printed.to_owned()));
        };
        check(r#" { "b" : [ 1 , 2.50 ] , "a" : null } "#, r#"{"a":null,"b":[1,2.5]}"#);
        check(r#"{"s":"<a>&"}"#, r#"{"s":"\u003ca\u003e\u0026"}"#);
        check(r#"{"<":1,"B":2,"a":3,"é":4}"#, r#"{"\u003c":1,"B":2,"a":3,"é":4}"#);
        check(
            r#""\u2028\u2029\u0000\u0007\b\f\n\r\t\"\\\/\u007f""#,
            "\"\\u2028\\u2029\\u0000\\u0007\\b\\f\\n\\r\\t\\\"\\\\/\x7f\"",
        );
        check("[true,false,[],{},1e21,1e-7,-0]", "[true,false,[],{},1e+21,1e-7,-0]");
    }

    /// Any value of a few levels, strings and numbers of every kind.
    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<f64>()
                .prop_filter("JSON has finite numbers", |n| n.is_finite())
                .prop_map(Json::Number),
            any::<String>().prop_map(Json::Text),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
                prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(Json::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(json in any_json()) {
            prop_assert_eq!(parse(json.to_string().as_bytes()), Ok(json));
        }
    }
}
