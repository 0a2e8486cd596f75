//! Looking for the first match of a path.
//!
//! The order of evaluation, and with it which of several problems is met first, is client-go's: one
//! element of the path after the other, each applied to everything the one before found.

use super::node::{End, Filter, Found, Node, Operator, Slice};
use super::{JsonPathError, RANGE_DEPTH_MAX, VISITS_MAX, compare};
use crate::json::Json;

/// What one side of a filter costs, in visits, when it is more than names and one literal.
const OPERAND_VISITS: usize = 8;

/// The first value that `nodes`, a whole path, find in `root`; none if there is none.
///
/// # Errors
///
/// [`JsonPathError`] when the path does not fit the data or a limit is exceeded.
pub(super) fn first<'a>(
    nodes: &'a [Node],
    root: &'a Json,
) -> Result<Option<Found<'a>>, JsonPathError> {
    let mut search =
        Search { nodes, visits: 0, beginning: 0, inside: 0, ending: 0, last_end: None };
    search.run(0, Found::Json(root), 0).map_err(|stop| match stop {
        Stop::Problem { message, .. } | Stop::Limit(message) => JsonPathError::anywhere(message),
    })
}

/// Why evaluation stops.
enum Stop {
    /// The path does not fit the data.
    Problem {
        message: String,
        /// Whether something was found all the same, which is all that a filter asks for.
        found: bool,
    },
    /// A limit of ours is exceeded.
    Limit(String),
}

impl Stop {
    /// A problem with what was to be looked at still at hand.
    fn here(message: impl Into<String>) -> Self {
        Self::Problem { message: message.into(), found: true }
    }
}

type Values<'a> = Vec<Found<'a>>;

struct Search<'a> {
    nodes: &'a [Node],
    visits: usize,
    /// `range` elements met and not begun.
    beginning: usize,
    /// `range` blocks we are inside of.
    inside: usize,
    /// `end` elements met and not ended.
    ending: usize,
    /// Where the last `end` was.
    last_end: Option<usize>,
}

impl<'a> Search<'a> {
    /// Evaluates the path from its element `from` on, with `current` as `$`.
    ///
    /// A `range` evaluates the rest of the path for each of its values, up to its `end`.
    fn run(
        &mut self,
        from: usize,
        current: Found<'a>,
        depth: usize,
    ) -> Result<Option<Found<'a>>, Stop> {
        if RANGE_DEPTH_MAX < depth {
            let message = format!("more than {RANGE_DEPTH_MAX} ranges inside one another");
            return Err(Stop::Limit(message));
        }
        let mut first = None;
        let mut at = from;
        while let Some(node) = self.nodes.get(at) {
            let values = self.apply(vec![current], node)?;
            if 0 < self.ending && self.ending <= self.inside {
                self.ending -= 1;
                self.last_end = Some(at);
                break;
            }
            if 0 < self.beginning {
                self.beginning -= 1;
                self.inside += 1;
                if values.is_empty() {
                    // The block is evaluated all the same, to know where it ends.
                    self.run(at + 1, Found::Json(&Json::Null), depth + 1)?;
                }
                for value in values {
                    let found = self.run(at + 1, value, depth + 1)?;
                    first = first.or(found);
                }
                self.inside -= 1;
                // A range without an end goes on with what it has evaluated already.
                at = self.last_end.map_or(at, |end| end.max(at));
            } else {
                first = first.or(values.first().copied());
            }
            at += 1;
        }
        Ok(first)
    }

    fn list(&mut self, input: Values<'a>, nodes: &'a [Node]) -> Result<Values<'a>, Stop> {
        nodes.iter().try_fold(input, |values, node| self.apply(values, node))
    }

    fn apply(&mut self, input: Values<'a>, node: &'a Node) -> Result<Values<'a>, Stop> {
        self.visit(1 + input.len())?;
        let literal = |found: Found<'a>| Ok(vec![found; input.len()]);
        match node {
            Node::List(nodes) => self.list(input, nodes),
            Node::Text(text) => Ok(vec![Found::Text(text)]),
            Node::Int(value) => literal(Found::Int(*value)),
            Node::Float(value) => literal(Found::Float(*value)),
            Node::Bool(value) => literal(Found::Bool(*value)),
            Node::Field(name) => fields(&input, name),
            Node::Slice(slice) => self.slice(&input, *slice),
            Node::Filter(filter) => self.filter(&input, filter),
            Node::Wildcard => {
                let mut children = Vec::new();
                for value in input {
                    self.children(value, &mut children)?;
                }
                Ok(children)
            }
            Node::Recursive => {
                let mut containers = Vec::new();
                for value in input {
                    self.descend(value, &mut containers)?;
                }
                Ok(containers)
            }
            Node::Union(parts) => {
                let mut values = Vec::new();
                for part in parts {
                    let found = self.list(input.clone(), part)?;
                    self.visit(found.len())?;
                    values.extend(found);
                }
                Ok(values)
            }
            Node::Range => {
                self.beginning += 1;
                Ok(input)
            }
            Node::End if 0 < self.inside => {
                self.ending += 1;
                Ok(Vec::new())
            }
            Node::End => Err(Stop::Problem {
                message: String::from("not in range, nothing to end"),
                found: false,
            }),
            Node::Word(word) => Err(Stop::here(format!("unrecognized identifier {word}"))),
        }
    }

    fn slice(&mut self, input: &[Found<'a>], slice: Slice) -> Result<Values<'a>, Stop> {
        let mut values = Vec::new();
        for value in input {
            let items = match value {
                Found::Json(Json::List(items)) => items,
                Found::Json(Json::Null) => continue,
                Found::Json(Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Map(_))
                | Found::Text(_)
                | Found::Int(_)
                | Found::Float(_)
                | Found::Bool(_)
                | Found::Byte(_) => {
                    let name = value.type_name();
                    return Err(Stop::here(format!("{name} is not array or slice")));
                }
            };
            let Some(part) = bounds(slice, items.len())?.and_then(|bounds| items.get(bounds))
            else {
                // An empty part ends it, whatever the other values are.
                return Ok(values);
            };
            let step = match slice.step {
                None => 1,
                Some(step) if step <= 0 => return Err(Stop::here("step must be > 0")),
                Some(step) => usize::try_from(step).unwrap_or(usize::MAX),
            };
            self.visit(part.len().div_ceil(step))?;
            values.extend(part.iter().step_by(step).map(Found::Json));
        }
        Ok(values)
    }

    fn filter(&mut self, input: &[Found<'a>], filter: &'a Filter) -> Result<Values<'a>, Stop> {
        let mut values = Vec::new();
        for value in input {
            let Found::Json(Json::List(items)) = value else {
                let name = value.type_name();
                return Err(Stop::Problem {
                    message: format!("{name} is not array or slice and cannot be filtered"),
                    found: true,
                });
            };
            for item in items {
                let passes = match filter {
                    Filter::Exists(nodes) => self.exists(item, nodes)?,
                    Filter::Compare { left, operator, right } => {
                        self.compares(item, left, *operator, right)?
                    }
                };
                if passes {
                    self.visit(1)?;
                    values.push(Found::Json(item));
                }
            }
        }
        Ok(values)
    }

    fn exists(&mut self, item: &'a Json, nodes: &'a [Node]) -> Result<bool, Stop> {
        self.visit(nodes.len().max(1))?;
        if quick(item, nodes).is_some() {
            return Ok(true);
        }
        self.visit(OPERAND_VISITS)?;
        match self.list(vec![Found::Json(item)], nodes) {
            Ok(values) => Ok(!values.is_empty()),
            // client-go looks at what was found before it looks at the error, and then forgets it.
            Err(Stop::Problem { found, .. }) => Ok(found),
            Err(stop @ Stop::Limit(_)) => Err(stop),
        }
    }

    fn compares(
        &mut self,
        item: &'a Json,
        left: &'a [Node],
        operator: Operator,
        right: &'a [Node],
    ) -> Result<bool, Stop> {
        self.visit((left.len() + right.len()).saturating_sub(1))?;
        let Some(left) = self.operand(item, left)? else { return Ok(false) };
        let Some(right) = self.operand(item, right)? else { return Ok(false) };
        compare::holds(left, operator, right).map_err(Stop::here)
    }

    /// The one value of a side of a comparison; none if there is none.
    fn operand(&mut self, item: &'a Json, nodes: &'a [Node]) -> Result<Option<Found<'a>>, Stop> {
        if let Some(found) = quick(item, nodes) {
            return Ok(Some(found));
        }
        self.visit(OPERAND_VISITS)?;
        match self.list(vec![Found::Json(item)], nodes)?.as_slice() {
            [] => Ok(None),
            [value] => Ok(Some(*value)),
            [_, _, ..] => Err(Stop::here("can only compare one element at a time")),
        }
    }

    /// Adds what is directly inside of `value`: elements, values of keys, bytes of a text.
    fn children(&mut self, value: Found<'a>, children: &mut Values<'a>) -> Result<(), Stop> {
        match value {
            Found::Json(Json::List(items)) => {
                self.visit(items.len())?;
                children.extend(items.iter().map(Found::Json));
            }
            Found::Json(Json::Map(entries)) => {
                self.visit(entries.len())?;
                children.extend(entries.values().map(Found::Json));
            }
            Found::Json(Json::Text(text)) | Found::Text(text) => {
                self.visit(text.len())?;
                children.extend(text.bytes().map(Found::Byte));
            }
            Found::Json(Json::Null | Json::Bool(_) | Json::Number(_))
            | Found::Int(_)
            | Found::Float(_)
            | Found::Bool(_)
            | Found::Byte(_) => {}
        }
        Ok(())
    }

    /// Adds `value` and everything inside of it that has something inside, outer before inner.
    fn descend(&mut self, value: Found<'a>, containers: &mut Values<'a>) -> Result<(), Stop> {
        self.visit(1)?;
        match value {
            Found::Json(Json::List(items)) if !items.is_empty() => {
                containers.push(value);
                items.iter().try_for_each(|item| self.descend(Found::Json(item), containers))
            }
            Found::Json(Json::Map(entries)) if !entries.is_empty() => {
                containers.push(value);
                entries.values().try_for_each(|item| self.descend(Found::Json(item), containers))
            }
            Found::Json(_)
            | Found::Text(_)
            | Found::Int(_)
            | Found::Float(_)
            | Found::Bool(_)
            | Found::Byte(_) => {
                if value.text().is_some_and(|text| !text.is_empty()) {
                    containers.push(value);
                }
                Ok(())
            }
        }
    }

    fn visit(&mut self, count: usize) -> Result<(), Stop> {
        self.visits += count;
        if self.visits <= VISITS_MAX {
            Ok(())
        } else {
            Err(Stop::Limit(format!("path visits more than {VISITS_MAX} values")))
        }
    }
}

/// The values of the key `name`; some of `input` may be without it, but not all.
fn fields<'a>(input: &[Found<'a>], name: &str) -> Result<Values<'a>, Stop> {
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let values: Values<'a> = input.iter().filter_map(|value| field(*value, name)).collect();
    if values.is_empty() {
        return Err(Stop::Problem { message: format!("{name} is not found"), found: false });
    }
    Ok(values)
}

fn field<'a>(value: Found<'a>, name: &str) -> Option<Found<'a>> {
    match value {
        Found::Json(Json::Map(entries)) => entries.get(name).map(Found::Json),
        Found::Json(
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_),
        )
        | Found::Text(_)
        | Found::Int(_)
        | Found::Float(_)
        | Found::Bool(_)
        | Found::Byte(_) => None,
    }
}

/// The value of a side of a filter that is only names and literals, which most are.
///
/// None does not mean that there is no value.
fn quick<'a>(item: &'a Json, nodes: &'a [Node]) -> Option<Found<'a>> {
    nodes.iter().try_fold(Found::Json(item), |value, node| match node {
        Node::Field(name) => field(value, name),
        Node::Text(text) => Some(Found::Text(text)),
        Node::Int(value) => Some(Found::Int(*value)),
        Node::Float(value) => Some(Found::Float(*value)),
        Node::Bool(value) => Some(Found::Bool(*value)),
        Node::List(_)
        | Node::Slice(_)
        | Node::Filter(_)
        | Node::Wildcard
        | Node::Recursive
        | Node::Union(_)
        | Node::Range
        | Node::End
        | Node::Word(_) => None,
    })
}

/// The indexes of a slice of an array of `length`; none if it is empty.
fn bounds(slice: Slice, length: usize) -> Result<Option<std::ops::Range<usize>>, Stop> {
    let count = i64::try_from(length).unwrap_or(i64::MAX);
    let from_end = |index: i64| if index < 0 { index.wrapping_add(count) } else { index };
    let start = from_end(slice.start.unwrap_or(0));
    let end = match slice.end {
        End::Open => count,
        End::At(end) => from_end(end),
        // `[-1]` ends at 0 counted from the end.
        End::AfterStart(0) => count,
        End::AfterStart(end) => from_end(end),
    };
    if start == end {
        return Ok(None);
    }
    let outside = |index: i64| {
        Stop::here(format!("array index out of bounds: index {index}, length {length}"))
    };
    if !(0..count).contains(&start) {
        return Err(outside(start));
    }
    if !(0..=count).contains(&end) {
        return Err(outside(end.wrapping_sub(1)));
    }
    if end < start {
        return Err(Stop::here(format!(
            "starting index {start} is greater than ending index {end}"
        )));
    }
    let index = |index: i64| usize::try_from(index).unwrap_or(length);
    Ok(Some(index(start)..index(end)))
}
