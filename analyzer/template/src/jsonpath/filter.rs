//! The test of a filter: text to [`Filter`].

use super::JsonPathError;
use super::node::{Filter, Operator};
use super::parse::parse_part;

/// Parses what stands between `[?(` and `)]`; `offset` is where that is in the path.
///
/// # Errors
///
/// [`JsonPathError`] when a side is not a path or the operator is unknown.
pub(super) fn parse(text: &str, offset: usize) -> Result<Filter, JsonPathError> {
    let Some((left, operator, right)) = split(text) else {
        return parse_part("", text, "", offset).map(Filter::Exists);
    };
    let right_offset = offset + left.len() + operator.len();
    let left_nodes = parse_part("", left, "", offset)?;
    let right_nodes = parse_part("", right, "", right_offset)?;
    let operator = match operator {
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        _ => {
            let message = format!("unrecognized filter operator {operator}");
            return Err(JsonPathError::at(offset + left.len(), message));
        }
    };
    Ok(Filter::Compare { left: left_nodes, operator, right: right_nodes })
}

/// Cuts at the first run of `!<>=`, which must have something on both sides.
///
/// A run that ends the text gives its last character to the right side; alone it is no operator.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
    let (left, rest) = text.split_at(text.find(is_operator)?);
    let length = rest.find(|c| !is_operator(c)).unwrap_or(rest.len() - 1);
    let (operator, right) = rest.split_at(length);
    (!left.is_empty() && !operator.is_empty()).then_some((left, operator, right))
}
