//! A graph of parts to a tree: aliases copied in, merge keys carried out, keys unique.

use std::collections::BTreeMap;
use std::ops::Range;

use super::compose::{Halt, Kind, Part, first_line};
use super::limits::{DEPTH_MAX, EXPANDED_BYTES_MAX, NODES_MAX};
use super::{Entry, Node, Scalar, Style, Value};
use crate::problem::{YamlProblem, shorten};

/// What the trees of one text have used up so far.
#[derive(Default)]
pub(super) struct Budget {
    nodes: usize,
    bytes: usize,
}

struct Expander<'a> {
    graph: &'a [Part],
    text: &'a str,
    budget: &'a mut Budget,
    problems: &'a mut Vec<YamlProblem>,
    /// A part of the document is missing, so that its tree would give misleading problems.
    broken: bool,
}

/// The tree below `root`, or none if a problem in `problems` makes it useless.
///
/// # Errors
///
/// [`Halt`] when a limit is exceeded.
pub(super) fn expand(
    graph: &[Part],
    root: usize,
    text: &str,
    budget: &mut Budget,
    problems: &mut Vec<YamlProblem>,
) -> Result<Option<Node>, Halt> {
    let mut expander = Expander { graph, text, budget, problems, broken: false };
    let node = expander.node(root, 0, None)?;
    Ok(if expander.broken { None } else { node })
}

impl Expander<'_> {
    /// The node of a part; `alias` is where the outermost alias stands that led here.
    fn node(
        &mut self,
        index: usize,
        depth: usize,
        alias: Option<&Range<usize>>,
    ) -> Result<Option<Node>, Halt> {
        let graph = self.graph;
        let Some(part) = graph.get(index) else { return Ok(None) };
        let blame = alias.unwrap_or(&part.span);
        let value = match &part.kind {
            // An alias is no level of its own: it stands in the place of its target. Its target is
            // never an alias, because an alias cannot have an anchor.
            Kind::Alias(target) => return self.node(*target, depth, Some(blame)),
            Kind::Null => Value::Null,
            Kind::Scalar(scalar) => {
                self.spend(0, scalar.text.len(), blame)?;
                Value::Scalar(scalar.clone())
            }
            Kind::List(items) => {
                self.descend(depth, blame)?;
                let mut list = Vec::new();
                for &item in items {
                    list.extend(self.node(item, depth + 1, alias)?);
                }
                Value::List(list)
            }
            Kind::Map(children) => {
                self.descend(depth, blame)?;
                match self.unquoted_argument(part, children) {
                    // Read as what was meant, so that nothing further is said about it.
                    Some(text) => Value::Scalar(Scalar { text, style: Style::Plain }),
                    None => Value::Map(self.map(children, depth, alias)?),
                }
            }
        };
        self.spend(1, 0, blame)?;
        Ok(Some(Node { span: part.span.clone().into(), value }))
    }

    fn map(
        &mut self,
        children: &[usize],
        depth: usize,
        alias: Option<&Range<usize>>,
    ) -> Result<Vec<Entry>, Halt> {
        let mut entries = Vec::new();
        let mut merged = Vec::new();
        let mut first: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for pair in children.chunks_exact(2) {
            let &[key_index, value_index] = pair else { continue };
            let Some((key, key_span, merge)) = self.key(key_index) else { continue };
            if let Some(before) = first.get(&key) {
                // An alias would tell the same duplicate once more.
                if alias.is_none() {
                    self.problems.push(YamlProblem::DuplicateKey {
                        key: shorten(&key),
                        first: before.clone().into(),
                        again: key_span.into(),
                    });
                }
                continue;
            }
            first.insert(key.clone(), key_span.clone());
            if merge {
                merged = self.merge(value_index, depth, alias)?;
            } else if let Some(node) = self.node(value_index, depth + 1, alias)? {
                self.spend(0, key.len(), alias.unwrap_or(&key_span))?;
                entries.push(Entry { key, key_span: key_span.into(), node });
            }
        }
        for entry in merged {
            // What the map says itself wins; so does the earlier of several merged maps.
            if !first.contains_key(&entry.key) {
                first.insert(entry.key.clone(), 0..0);
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// The text of `{{args.x}}` without quotes, which the parser took for a map in a map.
    fn unquoted_argument(&mut self, part: &Part, children: &[usize]) -> Option<String> {
        let &[key, _] = children else { return None };
        let key_is_map = self.graph.get(key).is_some_and(|key| matches!(key.kind, Kind::Map(_)));
        let written = self.text.get(part.span.clone())?;
        if !key_is_map || !written.starts_with("{{") || !written.ends_with("}}") {
            return None;
        }
        let at = part.span.clone().into();
        self.problems.push(YamlProblem::UnquotedArgument { text: shorten(written), at });
        Some(written.to_owned())
    }

    /// The text and place of a key, and whether it is a merge key.
    fn key(&mut self, index: usize) -> Option<(String, Range<usize>, bool)> {
        let graph = self.graph;
        let part = graph.get(index)?;
        let target = match &part.kind {
            Kind::Alias(target) => graph.get(*target)?,
            Kind::Null | Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) => part,
        };
        match &target.kind {
            Kind::Null => {
                let text = self.text.get(target.span.clone()).unwrap_or_default();
                Some((text.to_owned(), part.span.clone(), false))
            }
            Kind::Scalar(scalar) => {
                let merge = scalar.text == "<<" && scalar.style == Style::Plain;
                Some((scalar.text.clone(), part.span.clone(), merge))
            }
            Kind::List(_) | Kind::Map(_) | Kind::Alias(_) => {
                let at = first_line(part.span.clone(), self.text).into();
                self.problems.push(YamlProblem::ComplexKey { at });
                None
            }
        }
    }

    /// The entries that `<<` brings in: of one map, or of a list of maps.
    fn merge(
        &mut self,
        index: usize,
        depth: usize,
        alias: Option<&Range<usize>>,
    ) -> Result<Vec<Entry>, Halt> {
        let Some(node) = self.node(index, depth + 1, alias)? else { return Ok(Vec::new()) };
        let maps = match node.value {
            Value::List(items) => items,
            Value::Null | Value::Scalar(_) | Value::Map(_) => vec![node],
        };
        let mut entries = Vec::new();
        for map in maps {
            match map.value {
                Value::Map(more) => entries.extend(more),
                Value::Null | Value::Scalar(_) | Value::List(_) => {
                    self.broken = true;
                    let span = map.span.offset()..map.span.offset() + map.span.len();
                    let at = first_line(span, self.text).into();
                    self.problems.push(YamlProblem::MergeOfNoMap { at });
                }
            }
        }
        Ok(entries)
    }

    fn descend(&self, depth: usize, blame: &Range<usize>) -> Result<(), Halt> {
        if depth >= DEPTH_MAX {
            let at = first_line(blame.clone(), self.text).into();
            return Err(Halt::Document(YamlProblem::TooDeep { depth_max: DEPTH_MAX, at }));
        }
        Ok(())
    }

    /// Counts nodes and bytes of keys and scalars as used up.
    fn spend(&mut self, nodes: usize, bytes: usize, blame: &Range<usize>) -> Result<(), Halt> {
        self.budget.nodes += nodes;
        self.budget.bytes += bytes;
        let at = || first_line(blame.clone(), self.text).into();
        if self.budget.nodes > NODES_MAX {
            return Err(Halt::File(YamlProblem::TooManyNodes { nodes_max: NODES_MAX, at: at() }));
        }
        if self.budget.bytes > EXPANDED_BYTES_MAX {
            let bytes_max = EXPANDED_BYTES_MAX;
            return Err(Halt::File(YamlProblem::ExpandsTooFar { bytes_max, at: at() }));
        }
        Ok(())
    }
}
