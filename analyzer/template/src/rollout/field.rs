//! `fieldRef`: one field of a Rollout, by its path.

use crate::yaml::{Node, Value};

/// The scalar at `path` (`metadata.labels['env']`, `spec.template.spec.containers[0].image`); none if
/// there is no scalar, or the path is none.
pub(super) fn field<'n>(rollout: &'n Node, path: &str) -> Option<&'n str> {
    let mut node = rollout;
    let mut rest = path;
    while !rest.is_empty() {
        let (key, after) = part(rest)?;
        node = match (&node.value, key.parse::<usize>()) {
            (Value::List(items), Ok(index)) => items.get(index)?,
            (Value::List(_), Err(_)) => return None,
            (Value::Null | Value::Scalar(_) | Value::Map(_), _) => node.get(key)?,
        };
        rest = after;
    }
    node.as_text()
}

/// The first key of a path and what follows it.
fn part(path: &str) -> Option<(&str, &str)> {
    let (key, rest) = match path.strip_prefix('[') {
        Some(inside) => {
            let (key, rest) = inside.split_once(']')?;
            (key.trim_matches(['\'', '"']), rest)
        }
        None => path.split_at(path.find(['.', '[']).unwrap_or(path.len())),
    };
    let rest = match rest.strip_prefix('.') {
        Some("") => return None,
        Some(rest) => rest,
        None => rest,
    };
    (!key.is_empty()).then_some((key, rest))
}
