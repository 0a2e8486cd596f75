//! A document compared with the table.

use miette::SourceSpan;

use super::reference::inner;
use super::scalar::{Plain, boolean, integer, number, share};
use super::suggest::suggest;
use super::{Api, Object, Shape};
use crate::problem::{ShapeProblem, shorten};
use crate::sensitive::is_secret;
use crate::yaml::limits::PROBLEMS_MAX;
use crate::yaml::{Entry, Node, Scalar, Style, Value};

/// Tells everything about `node` that does not fit `object`, in file order, but at most one problem
/// more than [`PROBLEMS_MAX`].
///
/// `path` is where the node stands in its document, such as `spec`, or empty for the whole of it.
pub fn check(node: &Node, object: &'static Object, api: Api, path: &str) -> Vec<ShapeProblem> {
    let mut checker =
        Checker { api, outer: Vec::new(), said: Vec::new(), secret: false, problems: Vec::new() };
    checker.object(node, object, path, node.span, None);
    checker.problems
}

struct Checker {
    api: Api,
    /// The objects around the one being checked, for fields that stand too deep.
    outer: Vec<(&'static Object, String)>,
    /// The fields that these objects and the one being checked have.
    said: Vec<&'static str>,
    /// Whether the value being checked must not be shown.
    secret: bool,
    problems: Vec<ShapeProblem>,
}

impl Checker {
    /// `named` is where to point when something is missing: the key, if there is one.
    fn object(
        &mut self,
        node: &Node,
        object: &'static Object,
        path: &str,
        named: SourceSpan,
        example: Option<&'static str>,
    ) {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            // A key without a value is as good as no key; a required one is told by its owner.
            Value::Null => return self.missing(node, object, path, named),
            Value::Scalar(_) | Value::List(_) => {
                return self.wrong(node, "a map", path, example);
            }
        };
        let said = self.said.len();
        let given = entries.iter().filter(|entry| !entry.node.is_null());
        self.said.extend(given.filter_map(|entry| Some(object.field(&entry.key)?.name)));
        for entry in entries {
            if self.is_full() {
                return;
            }
            if path.is_empty() && matches!(entry.key.as_str(), "apiVersion" | "kind") {
                continue;
            }
            match object.field(&entry.key) {
                Some(field) if field.ours && self.api == Api::Argo => {
                    self.tell(ShapeProblem::OnlyOurs {
                        field: inside(path, field.name),
                        at: entry.key_span,
                    });
                }
                Some(field) => {
                    let at = inside(path, field.name);
                    self.outer.push((object, path.to_owned()));
                    self.secret = is_secret(&entry.key, entries);
                    self.value(&entry.node, &field.shape, &at, entry.key_span, Some(field.example));
                    self.outer.pop();
                }
                None => self.unknown(entry, object, path),
            }
        }
        self.missing(node, object, path, named);
        self.said.truncate(said);
    }

    /// Whether more problems would only be cut off, so that looking for them is wasted time.
    fn is_full(&self) -> bool {
        PROBLEMS_MAX < self.problems.len()
    }

    fn tell(&mut self, problem: ShapeProblem) {
        if !self.is_full() {
            self.problems.push(problem);
        }
    }

    fn missing(&mut self, node: &Node, object: &Object, path: &str, named: SourceSpan) {
        // All of a list's items have no key: their first key is the place to look.
        let at = node.entries().first().map_or(named, |first| first.key_span);
        let wanted: Vec<&super::Field> = object
            .fields
            .iter()
            .filter(|field| field.required)
            .filter(|field| !field.unless.iter().any(|other| self.said.contains(other)))
            .collect();
        for field in
            wanted.into_iter().filter(|field| node.get(field.name).is_none_or(Node::is_null))
        {
            self.tell(ShapeProblem::MissingField {
                field: field.name,
                owner: owner(path),
                example: format!("{}: {}", field.name, field.example),
                at: node.entry(field.name).map_or(at, |entry| entry.key_span),
            });
        }
    }

    fn value(
        &mut self,
        node: &Node,
        shape: &'static Shape,
        path: &str,
        named: SourceSpan,
        example: Option<&'static str>,
    ) {
        if node.is_null() {
            return;
        }
        match (shape, &node.value) {
            (Shape::Free, _) => {}
            (Shape::Object(object), _) => self.object(node, object, path, named, example),
            (Shape::Either(shapes), _) => self.either(node, shapes, path, named, example),
            (Shape::List(item), Value::List(items)) => {
                for (index, node) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    if node.is_null() {
                        self.wrong(node, &item.expected(), &path, example);
                    }
                    self.value(node, item, &path, node.span, example);
                }
            }
            (Shape::TextMap, Value::Map(entries)) => {
                for entry in entries {
                    let path = inside(path, &entry.key);
                    if entry.node.is_null() {
                        self.wrong(&entry.node, "a text", &path, None);
                    }
                    self.value(&entry.node, &Shape::Text, &path, entry.key_span, None);
                }
            }
            (_, Value::Scalar(scalar)) => self.scalar(node, scalar, shape, path, example),
            (_, Value::Null | Value::List(_) | Value::Map(_)) => {
                self.wrong(node, &shape.expected(), path, example);
            }
        }
    }

    /// Checks against the alternative that fits best, so that its problems are the ones told.
    fn either(
        &mut self,
        node: &Node,
        shapes: &'static [Shape],
        path: &str,
        named: SourceSpan,
        example: Option<&'static str>,
    ) {
        let told = self.problems.len();
        let mut best: Option<Vec<ShapeProblem>> = None;
        for shape in shapes.iter().filter(|shape| takes(shape, node)) {
            self.value(node, shape, path, named, example);
            let problems = self.problems.split_off(told);
            if best.as_ref().is_none_or(|best| problems.len() < best.len()) {
                best = Some(problems);
            }
        }
        match best {
            Some(problems) => self.problems.extend(problems),
            None => {
                let expected: Vec<String> = shapes.iter().map(Shape::expected).collect();
                self.wrong(node, &expected.join(" or "), path, example);
            }
        }
    }

    fn scalar(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        shape: &'static Shape,
        path: &str,
        example: Option<&'static str>,
    ) {
        let text = scalar.text.as_str();
        let plain = match scalar.style {
            Style::Plain => Plain::of(text),
            Style::Quoted | Style::Block => Plain::Text,
        };
        // Arguments are filled in later, and what comes out is checked then.
        if text.contains("{{") {
            if !shape.is_scalar() {
                self.wrong(node, &shape.expected(), path, example);
            }
            return;
        }
        let fits = match shape {
            Shape::Text => return self.text(node, text, plain, path),
            Shape::Integer(min, max) => return self.integer(node, scalar, (*min, *max), path),
            Shape::IntegerOrText(min) => {
                let text = plain == Plain::Text;
                return match text {
                    true => {}
                    false => self.integer(node, scalar, (*min, i64::from(i32::MAX)), path),
                };
            }
            Shape::Duration => {
                return match plain {
                    Plain::Text => {}
                    Plain::Integer | Plain::Float => {
                        let field = path.to_owned();
                        let text = shorten(text);
                        self.tell(ShapeProblem::NoUnit { field, text, at: node.span });
                    }
                    Plain::Bool => self.wrong(node, &shape.expected(), path, example),
                };
            }
            Shape::Bool => plain == Plain::Bool && boolean(text).is_some(),
            Shape::Number => number(text).is_some(),
            Shape::Share => share(text).is_some(),
            Shape::Choice(words) if words.contains(&text) => true,
            Shape::Choice(words) => {
                let meant = suggest(text, words.iter().copied());
                let help = match meant {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("write {}", shape.expected()),
                };
                self.tell(ShapeProblem::UnknownValue {
                    field: path.to_owned(),
                    value: shorten(text),
                    help,
                    at: node.span,
                });
                return;
            }
            Shape::Free => true,
            Shape::List(_) | Shape::Object(_) | Shape::TextMap | Shape::Either(_) => false,
        };
        if !fits {
            self.wrong(node, &shape.expected(), path, example);
        }
    }

    fn text(&mut self, node: &Node, text: &str, plain: Plain, path: &str) {
        if plain != Plain::Text {
            self.tell(ShapeProblem::UnquotedText {
                field: path.to_owned(),
                text: if self.secret { String::from("***") } else { shorten(text) },
                read_as: plain.described(),
                at: node.span,
            });
        }
    }

    fn integer(&mut self, node: &Node, scalar: &Scalar, (min, max): (i64, i64), path: &str) {
        let text = shorten(&scalar.text);
        let field = path.to_owned();
        let at = node.span;
        let quoted = scalar.style != Style::Plain;
        self.tell(match (integer(&scalar.text), quoted) {
            (Some(value), false) if min <= value && value <= max => return,
            (Some(_), false) => ShapeProblem::OutOfRange { field, text, min, max, at },
            (Some(_), true) => ShapeProblem::QuotedNumber { field, text, at },
            (None, _) if !quoted && digits_only(&scalar.text) => {
                ShapeProblem::OutOfRange { field, text, min, max, at }
            }
            (None, _) => ShapeProblem::NotWhole { field, text, help: whole_help(&scalar.text), at },
        });
    }

    fn wrong(&mut self, node: &Node, expected: &str, path: &str, example: Option<&str>) {
        let key = path.rsplit('.').next().unwrap_or_default();
        let help = match (&node.value, example) {
            (Value::Map(_), _) if expected == "a list" => {
                String::from("begin each item of a list with `- `, also a single one")
            }
            (_, Some(example)) if !key.is_empty() => {
                let key = key.split('[').next().unwrap_or_default();
                format!("write for example `{key}: {example}`")
            }
            (_, Some(_) | None) => format!("write {expected}"),
        };
        self.tell(ShapeProblem::WrongType {
            field: owner(path),
            expected: expected.to_owned(),
            found: found(node, self.secret),
            help,
            at: node.span,
        });
    }

    fn unknown(&mut self, entry: &Entry, object: &'static Object, path: &str) {
        let key = entry.key.as_str();
        let usable = |field: &&super::Field| !field.ours || self.api == Api::Assay;
        let names = || object.fields.iter().filter(usable).map(|field| field.name);
        let further_out = self.outer.iter().rev().find(|(outer, _)| outer.field(key).is_some());
        let further_in = object.fields.iter().filter(usable).find(|field| {
            let mut found = false;
            inner(&field.shape, &mut |below| found |= below.field(key).is_some());
            found && matches!(field.shape, Shape::Object(_))
        });
        let help = if let Some(meant) = suggest(key, names()) {
            format!("did you mean `{meant}`?")
        } else if let Some((_, outer)) = further_out {
            format!("it is a field of {}: indent it less", owner(outer))
        } else if let Some(inner) = further_in {
            format!("it is a field of `{}`: indent it more", inside(path, inner.name))
        } else {
            let names: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            format!("the fields here are {}", names.join(", "))
        };
        self.tell(ShapeProblem::UnknownField {
            field: shorten(key),
            owner: owner(path),
            help,
            at: entry.key_span,
        });
    }
}

impl Shape {
    /// Whether a text into which arguments are filled in can become one.
    fn is_scalar(&self) -> bool {
        match self {
            Self::Text
            | Self::Integer(..)
            | Self::IntegerOrText(_)
            | Self::Duration
            | Self::Bool
            | Self::Number
            | Self::Share
            | Self::Choice(_)
            | Self::Free => true,
            Self::List(_) | Self::Object(_) | Self::TextMap => false,
            Self::Either(shapes) => shapes.iter().any(Self::is_scalar),
        }
    }
}

/// Whether `shape` is of the same kind of YAML value as `node`.
fn takes(shape: &Shape, node: &Node) -> bool {
    match (shape, &node.value) {
        (Shape::Free, _) => true,
        (Shape::Either(shapes), _) => shapes.iter().any(|shape| takes(shape, node)),
        (Shape::Object(_) | Shape::TextMap, value) => matches!(value, Value::Map(_)),
        (Shape::List(_), value) => matches!(value, Value::List(_)),
        (shape, value) => shape.is_scalar() && matches!(value, Value::Scalar(_)),
    }
}

fn inside(path: &str, key: &str) -> String {
    let key = shorten(key);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// A path as a noun.
fn owner(path: &str) -> String {
    if path.is_empty() { String::from("the document") } else { format!("`{path}`") }
}

/// A node as a noun, for "and this is …".
fn found(node: &Node, secret: bool) -> String {
    match &node.value {
        Value::Null => String::from("nothing"),
        Value::List(_) => String::from("a list"),
        Value::Map(_) => String::from("a map"),
        Value::Scalar(_) if secret => String::from("`***`"),
        Value::Scalar(scalar) => match (scalar.style, Plain::of(&scalar.text)) {
            (Style::Plain, Plain::Bool) => format!("`{}`", scalar.text),
            (Style::Plain, Plain::Integer | Plain::Float) => {
                format!("the number `{}`", shorten(&scalar.text))
            }
            (Style::Plain | Style::Quoted | Style::Block, _) => {
                format!("the text `{}`", shorten(&scalar.text))
            }
        },
    }
}

fn digits_only(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What to write instead of a number that is not whole, or not plainly so.
fn whole_help(text: &str) -> String {
    match number(text).filter(|value| value.fract() == 0.0 && value.abs() < 1e15) {
        // A zero in front means base eight to one reader and nothing to another.
        Some(_) if text.trim_start_matches('-').starts_with('0') => String::from(
            "write it without the zero in front: YAML readers disagree about its value",
        ),
        Some(value) => format!("write `{value}`"),
        None => String::from("write it with decimal digits only, as in `5`"),
    }
}
