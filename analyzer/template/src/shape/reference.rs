//! The table as text for people.

use std::fmt::Write as _;

use super::{Object, Shape, tables};

/// A reference of every kind and every field, as Markdown: one heading an object, one row a field.
pub fn reference() -> String {
    let mut text = String::from("# Fields of the documents that assay reads\n");
    let mut told: Vec<&'static str> = Vec::new();
    for root in tables::ROOTS {
        object(root.object, &mut told, &mut text);
    }
    text
}

fn object(this: &'static Object, told: &mut Vec<&'static str>, text: &mut String) {
    if told.contains(&this.name) {
        return;
    }
    told.push(this.name);
    // Writing to a string cannot fail.
    let _ = write!(text, "\n## {}\n\n{}\n\n", this.name, this.about);
    text.push_str("| field | value | meaning | example |\n|---|---|---|---|\n");
    for field in this.fields {
        let required = match (field.required, field.unless) {
            (true, []) => " (required)",
            (true, [..]) => " (required without a criterion)",
            (false, _) => "",
        };
        let ours = if field.ours { " Only in `assay.dev/v1alpha1`." } else { "" };
        let value = value(&field.shape);
        let example = field.example.replace('|', "\\|");
        let (name, about) = (field.name, field.about);
        let _ = writeln!(text, "| `{name}`{required} | {value} | {about}{ours} | `{example}` |");
    }
    for field in this.fields {
        inner(&field.shape, &mut |next| object(next, told, text));
    }
}

/// Calls `visit` with each object that a value of `shape` may hold.
pub(super) fn inner(shape: &Shape, visit: &mut dyn FnMut(&'static Object)) {
    match shape {
        Shape::Object(object) => visit(object),
        Shape::List(item) => inner(item, visit),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| inner(shape, visit)),
        Shape::Text
        | Shape::Integer(..)
        | Shape::IntegerOrText(_)
        | Shape::Duration
        | Shape::Bool
        | Shape::Number
        | Shape::Share
        | Shape::Choice(_)
        | Shape::TextMap
        | Shape::Free => {}
    }
}

fn value(shape: &Shape) -> String {
    match shape {
        Shape::Object(object) => object.name.to_owned(),
        Shape::List(item) => format!("list of: {}", value(item)),
        Shape::Either(shapes) => shapes.iter().map(value).collect::<Vec<_>>().join(", or "),
        Shape::Text
        | Shape::Integer(..)
        | Shape::IntegerOrText(_)
        | Shape::Duration
        | Shape::Bool
        | Shape::Number
        | Shape::Share
        | Shape::Choice(_)
        | Shape::TextMap
        | Shape::Free => shape.expected(),
    }
}
