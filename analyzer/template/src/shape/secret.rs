//! Which texts of a document must not be shown.

use miette::SourceSpan;

use super::{Field, Object, Secrecy, Shape};
use crate::yaml::{Node, Value};

/// The places of all secret texts in `node`, a value of `object`, in file order.
///
/// A text that is nothing but an argument, such as `{{args.token}}`, says nothing and is left out.
pub fn secret_places(node: &Node, object: &'static Object) -> Vec<SourceSpan> {
    let mut places = Vec::new();
    in_object(node, object, &mut places);
    places
}

fn in_object(node: &Node, object: &'static Object, places: &mut Vec<SourceSpan>) {
    for entry in node.entries() {
        let Some(field) = object.field(&entry.key) else { continue };
        if field.is_secret_in(node) {
            if entry.node.as_text().is_some_and(|text| !is_argument(text)) {
                places.push(entry.node.span);
            }
        } else {
            in_value(&entry.node, &field.shape, places);
        }
    }
}

fn in_value(node: &Node, shape: &'static Shape, places: &mut Vec<SourceSpan>) {
    match (shape, &node.value) {
        (Shape::Object(object), Value::Map(_)) => in_object(node, object, places),
        (Shape::List(item), Value::List(items)) => {
            items.iter().for_each(|node| in_value(node, item, places));
        }
        (Shape::Either(shapes), _) => {
            shapes.iter().for_each(|shape| in_value(node, shape, places));
        }
        (
            Shape::Text
            | Shape::Integer(..)
            | Shape::IntegerOrText(_)
            | Shape::Duration
            | Shape::Bool
            | Shape::Number
            | Shape::Choice(_)
            | Shape::List(_)
            | Shape::Object(_)
            | Shape::TextMap
            | Shape::Free,
            _,
        ) => {}
    }
}

impl Field {
    /// Whether the field is secret in `owner`, the map it stands in.
    pub(super) fn is_secret_in(&self, owner: &Node) -> bool {
        match self.secrecy {
            Secrecy::Open => false,
            Secrecy::Secret => true,
            // Anything but a plain `false` is taken for a yes, since showing cannot be undone.
            Secrecy::SecretIfMarked => {
                owner.get("secret").is_some_and(|mark| mark.as_text() != Some("false"))
            }
        }
    }
}

/// Whether `text` is one argument and nothing else.
fn is_argument(text: &str) -> bool {
    let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inner.is_some_and(|inner| !inner.contains(['{', '}']))
}
