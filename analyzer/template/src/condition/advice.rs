//! What to write instead.

use super::lexer::{Token, TokenKind};
use super::nature::Nature;
use super::syntax::BinaryOperator;

/// Help for a token that cannot stand where it stands.
pub(super) fn for_token(token: &Token<'_>) -> Option<String> {
    let help = match (token.kind, &*token.text) {
        (TokenKind::Operator, "=") => "write `==` to compare",
        (TokenKind::Operator, "&") => "write `and` or `&&`",
        (TokenKind::Operator, "|") => "write `or` or `||`",
        (TokenKind::Operator, "#") => {
            "a comment begins with `//`; `#` is an element and needs a predicate around it, as in \
             `all(result, # > 0)`"
        }
        (TokenKind::Operator, "=>" | "=<") => "write `>=` or `<=`",
        (TokenKind::Identifier, "AND" | "And") => "write `and` or `&&`",
        (TokenKind::Identifier, "OR" | "Or") => "write `or` or `||`",
        (TokenKind::Identifier, "NOT" | "Not") => "write `not` or `!`",
        (TokenKind::Identifier, "IN" | "In") => "write `in`",
        (TokenKind::Identifier, "is" | "IS") => "write `==` to compare",
        (TokenKind::End, _) => "the condition ends too early",
        (
            TokenKind::Identifier
            | TokenKind::Number
            | TokenKind::Text
            | TokenKind::Bytes
            | TokenKind::Operator
            | TokenKind::Bracket,
            _,
        ) => return None,
    };
    Some(String::from(help))
}

/// Help for a name that does not exist, if one of `known` looks like it.
pub(super) fn for_name<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    if matches!(name, "value" | "results" | "Result" | "RESULT" | "res" | "x") {
        return Some(String::from("the measured value is called `result`"));
    }
    if matches!(name, "null" | "None" | "NULL" | "NIL") {
        return Some(String::from("write `nil`"));
    }
    if matches!(name, "True" | "TRUE" | "False" | "FALSE") {
        return Some(format!("write `{}`", name.to_ascii_lowercase()));
    }
    let allowed = if name.len() < 4 { 1 } else { 2 };
    known
        .map(|known| (distance(name, known), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| format!("did you mean `{known}`?"))
}

/// Help for operands whose types do not fit.
pub(super) fn for_mismatch(
    operator: BinaryOperator,
    a: &Nature,
    b: &Nature,
    on_result: bool,
) -> Option<String> {
    let sign = operator.text();
    if on_result && *a == Nature::Floats && b.is_number() {
        return Some(format!(
            "a Prometheus vector is a list: write `result[0] {sign} …`, or `all(result, # {sign} \
             …)` for every series"
        ));
    }
    if *a == Nature::Text && b.is_number() {
        return Some(format!("compare numbers with numbers: `asFloat(result) {sign} …`"));
    }
    if operator == BinaryOperator::Modulo && (*a == Nature::Float || *b == Nature::Float) {
        return Some(String::from("`%` needs whole numbers: write `asInt(result) % …`"));
    }
    if a.is_number() && *b == Nature::Text {
        return Some(String::from("write the number without quotes"));
    }
    None
}

/// Letters to add, take away or change, upper and lower case being one letter.
fn distance(a: &str, b: &str) -> usize {
    // A name that long is no slip of the finger, and the table below grows with both lengths.
    if 40 < a.len() || 40 < b.len() {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_found() {
        let known = ["result", "isNaN", "len", "all"];
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(for_name(name, known.into_iter()).as_deref(), expected, "{name}");
        };
        check("reslt", Some("did you mean `result`?"));
        check("isNan", Some("did you mean `isNaN`?"));
        check("Len", Some("did you mean `len`?"));
        check("null", Some("write `nil`"));
        check("True", Some("write `true`"));
        check("completely_else", None);
    }
}
