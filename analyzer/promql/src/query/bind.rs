//! From a tree to a plan: types are checked, patterns compiled, functions found.

use std::sync::Arc;

use crate::Dialect;
use crate::labels::{METRIC_NAME, is_label_name};
use crate::query::filter::Filter;
use crate::query::pattern::Pattern;
use crate::query::plan::{
    Aggregate, Matcher, Parameter, Plan, Range, Root, Scalar, Selector, Subquery, Vector,
    VectorBinary, When, WithScalar,
};
use crate::query::problem::{QueryProblem, QueryProblemKind, Span};
use crate::query::reach::Reach;
use crate::query::tree::{
    AggregateOperator, BinaryNode, Grouping, MatchOperator, Matching, Node, NodeKind, SelectorNode,
    Side, TimeNode,
};

/// Checks `tree`, which was parsed from `text`, and makes a plan of it.
pub(crate) fn bind(tree: &Node, text: &str, dialect: Dialect) -> Bound<Plan> {
    let reach = Reach::default();
    let mut binder = Binder { text, dialect, selectors: 0, subqueries: 0, memories: 0, reach };
    let root = binder.root(tree)?;
    let Binder { selectors, subqueries, memories, reach, .. } = binder;
    Ok(Plan { root, selectors, subqueries, memories, reach })
}

pub(super) type Bound<T> = Result<T, QueryProblem>;

/// Counts what needs a place of its own while evaluating.
pub(super) struct Binder<'t> {
    text: &'t str,
    pub(super) dialect: Dialect,
    selectors: usize,
    subqueries: usize,
    memories: usize,
    reach: Reach,
}

fn next(counter: &mut usize) -> usize {
    let number = *counter;
    *counter += 1;
    number
}

fn type_name(root: &Root) -> &'static str {
    match root {
        Root::Scalar(_) => "a scalar",
        Root::Vector(_) => "an instant vector",
        Root::Range(_) => "a range vector",
        Root::Text(_) => "a text",
    }
}

fn wrong_type(span: Span, place: &str, expected: &'static str, root: &Root) -> QueryProblem {
    let place = place.to_owned();
    let kind = QueryProblemKind::WrongType { place, expected, found: type_name(root) };
    QueryProblem::new(span, kind)
}

impl Binder<'_> {
    pub(super) fn memory(&mut self) -> usize {
        next(&mut self.memories)
    }

    fn root(&mut self, node: &Node) -> Bound<Root> {
        Ok(match &node.kind {
            NodeKind::Number(value) => Root::Scalar(Scalar::Number(*value)),
            NodeKind::Text(text) => Root::Text(text.clone()),
            NodeKind::Paren(inner) => self.root(inner)?,
            NodeKind::Selector(selector) => {
                Root::Vector(Vector::Selector(self.selector(selector, node.span, None)?))
            }
            NodeKind::Range { inner, range_ms } => match &inner.kind {
                NodeKind::Selector(selector) => {
                    let selector = self.selector(selector, inner.span, Some(*range_ms))?;
                    Root::Range(Range::Window { selector, range_ms: *range_ms })
                }
                NodeKind::Number(_)
                | NodeKind::Text(_)
                | NodeKind::Range { .. }
                | NodeKind::Subquery { .. }
                | NodeKind::Negated(_)
                | NodeKind::Binary(_)
                | NodeKind::Call { .. }
                | NodeKind::Aggregate { .. }
                | NodeKind::Paren(_) => {
                    let root = self.root(inner)?;
                    return Err(wrong_type(inner.span, "a range", "a plain selector", &root));
                }
            },
            NodeKind::Subquery { inner, range_ms, step_ms, time } => {
                let around = self.reach.enter(*time, *range_ms);
                let inner = self.vector(inner, "a subquery")?;
                self.reach.leave(around);
                let number = next(&mut self.subqueries);
                let (range_ms, step_ms, when) = (*range_ms, *step_ms, when(*time));
                let subquery = Subquery { number, inner, range_ms, step_ms, when };
                Root::Range(Range::Subquery(Box::new(subquery)))
            }
            NodeKind::Negated(inner) => match self.root(inner)? {
                Root::Scalar(scalar) => Root::Scalar(Scalar::Negated(Box::new(scalar))),
                Root::Vector(vector) => Root::Vector(Vector::Negated(Box::new(vector))),
                other @ (Root::Range(_) | Root::Text(_)) => {
                    let expected = "a scalar or an instant vector";
                    return Err(wrong_type(inner.span, "a sign", expected, &other));
                }
            },
            NodeKind::Binary(binary) => self.binary(binary)?,
            NodeKind::Call { name, arguments } => self.call(name, arguments, node.span)?,
            NodeKind::Aggregate { operator, grouping, arguments } => {
                Root::Vector(self.aggregate(*operator, grouping, arguments, node.span)?)
            }
        })
    }

    /// Binds what must be a vector; `place` says where, for the problem.
    pub(super) fn vector(&mut self, node: &Node, place: &str) -> Bound<Vector> {
        match self.root(node)? {
            Root::Vector(vector) => Ok(vector),
            other @ (Root::Scalar(_) | Root::Range(_) | Root::Text(_)) => {
                Err(wrong_type(node.span, place, "an instant vector", &other))
            }
        }
    }

    /// Binds what must be a scalar.
    pub(super) fn scalar(&mut self, node: &Node, place: &str) -> Bound<Scalar> {
        match self.root(node)? {
            Root::Scalar(scalar) => Ok(scalar),
            other @ (Root::Vector(_) | Root::Range(_) | Root::Text(_)) => {
                Err(wrong_type(node.span, place, "a scalar", &other))
            }
        }
    }

    /// Binds what must be a range vector.
    pub(super) fn range(&mut self, node: &Node, place: &str) -> Bound<Range> {
        match self.root(node)? {
            Root::Range(range) => Ok(range),
            other @ (Root::Scalar(_) | Root::Vector(_) | Root::Text(_)) => {
                Err(wrong_type(node.span, place, "a range vector", &other))
            }
        }
    }

    /// Binds what must be a text.
    pub(super) fn literal(&mut self, node: &Node, place: &str) -> Bound<String> {
        match self.root(node)? {
            Root::Text(text) => Ok(text),
            other @ (Root::Scalar(_) | Root::Vector(_) | Root::Range(_)) => {
                Err(wrong_type(node.span, place, "a text in quotes", &other))
            }
        }
    }

    /// Binds a selector; `range_ms` is set if it selects a range.
    fn selector(
        &mut self,
        node: &SelectorNode,
        span: Span,
        range_ms: Option<i64>,
    ) -> Bound<Selector> {
        self.reach.note(node.time, range_ms);
        let mut matchers = Vec::with_capacity(node.matchers.len() + 1);
        if let Some(name) = &node.name {
            matchers.push(Matcher {
                name: METRIC_NAME.into(),
                operator: MatchOperator::Equal,
                value: name.as_str().into(),
                pattern: None,
            });
        }
        for matcher in &node.matchers {
            let pattern = match matcher.operator {
                MatchOperator::Equal | MatchOperator::NotEqual => None,
                MatchOperator::Regex | MatchOperator::NotRegex => {
                    Some(self.filter(&matcher.value, matcher.span)?)
                }
            };
            matchers.push(Matcher {
                name: matcher.name.as_str().into(),
                operator: matcher.operator,
                value: matcher.value.as_str().into(),
                pattern,
            });
        }
        if matchers.iter().all(|matcher| matcher.matches("")) {
            return Err(QueryProblem::new(span, QueryProblemKind::EmptySelector));
        }
        Ok(Selector {
            number: next(&mut self.selectors),
            matchers: matchers.into(),
            when: when(node.time),
            text: self.text.get(span.start..span.end).unwrap_or("").into(),
        })
    }

    pub(super) fn pattern(&self, text: &str, span: Span) -> Bound<Pattern> {
        Pattern::new(text, self.dialect).map_err(|reason| bad_pattern(text, reason, span))
    }

    fn filter(&self, text: &str, span: Span) -> Bound<Filter> {
        Filter::new(text, self.dialect).map_err(|reason| bad_pattern(text, reason, span))
    }

    fn binary(&mut self, node: &BinaryNode) -> Bound<Root> {
        let left = self.operand(&node.left)?;
        let right = self.operand(&node.right)?;
        let operator = node.operator;
        let problem = |kind| QueryProblem::new(node.operator_span, kind);
        let both_vectors = matches!((&left, &right), (Operand::Vector(_), Operand::Vector(_)));
        if !both_vectors && operator.is_set() {
            let span =
                if matches!(left, Operand::Scalar(_)) { node.left.span } else { node.right.span };
            let kind = QueryProblemKind::WrongType {
                place: format!("`{}`", operator.word()),
                expected: "an instant vector on both sides",
                found: "a scalar",
            };
            return Err(QueryProblem::new(span, kind));
        }
        if !both_vectors && node.matching.is_some() {
            let what = "`on` and `ignoring`";
            return Err(problem(QueryProblemKind::MisplacedMatching { what, place: "a scalar" }));
        }
        Ok(match (left, right) {
            (Operand::Scalar(left), Operand::Scalar(right)) => {
                if operator.compares() && !node.returns_bool {
                    return Err(problem(QueryProblemKind::ScalarComparison));
                }
                let (left, right) = (Box::new(left), Box::new(right));
                Root::Scalar(Scalar::Binary { operator, left, right })
            }
            (Operand::Vector(left), Operand::Vector(right)) => {
                let matching = node.matching.clone().unwrap_or_else(|| Matching {
                    is_on: false,
                    labels: Vec::new(),
                    group: None,
                });
                if operator.is_set() && matching.group.is_some() {
                    let what = "`group_left` and `group_right`";
                    let place = "`and`, `or` and `unless`";
                    return Err(problem(QueryProblemKind::MisplacedMatching { what, place }));
                }
                let (returns_bool, memory) = (node.returns_bool, self.memory());
                let binary = VectorBinary { operator, returns_bool, matching, left, right, memory };
                Root::Vector(Vector::Binary(Box::new(binary)))
            }
            (Operand::Vector(vector), Operand::Scalar(scalar)) => {
                with_scalar(node, vector, scalar, Side::Right)
            }
            (Operand::Scalar(scalar), Operand::Vector(vector)) => {
                with_scalar(node, vector, scalar, Side::Left)
            }
        })
    }

    fn operand(&mut self, node: &Node) -> Bound<Operand> {
        match self.root(node)? {
            Root::Scalar(scalar) => Ok(Operand::Scalar(scalar)),
            Root::Vector(vector) => Ok(Operand::Vector(vector)),
            other @ (Root::Range(_) | Root::Text(_)) => {
                let expected = "scalars and instant vectors";
                Err(wrong_type(node.span, "an operator", expected, &other))
            }
        }
    }

    fn aggregate(
        &mut self,
        operator: AggregateOperator,
        grouping: &Grouping,
        arguments: &[Node],
        span: Span,
    ) -> Bound<Vector> {
        let word = operator.word();
        let place = format!("`{word}`");
        let (parameter, vector) = match arguments {
            [vector] if !operator.takes_parameter() => (Parameter::None, vector),
            [parameter, vector] if operator == AggregateOperator::CountValues => {
                let label = self.literal(parameter, &place)?;
                self.check_label_name(&label, parameter.span)?;
                (Parameter::Label(label), vector)
            }
            [parameter, vector] if operator.takes_parameter() => {
                (Parameter::Scalar(self.scalar(parameter, &place)?), vector)
            }
            _ => {
                let takes = if operator.takes_parameter() {
                    "a parameter and an instant vector"
                } else {
                    "one instant vector"
                };
                let (function, given) = (word.to_owned(), arguments.len());
                let kind = QueryProblemKind::ArgumentCount { function, takes, given };
                return Err(QueryProblem::new(span, kind));
            }
        };
        let vector = self.vector(vector, &place)?;
        let (grouping, memory) = (grouping.clone(), self.memory());
        Ok(Vector::Aggregate(Box::new(Aggregate { operator, grouping, parameter, vector, memory })))
    }

    /// Labels that a query sets need names that a query can ask for.
    pub(super) fn check_label_name(&self, name: &str, span: Span) -> Bound<()> {
        let is_name = match self.dialect {
            Dialect::Prometheus2 => is_label_name(name),
            Dialect::Prometheus3 => !name.is_empty(),
        };
        let kind = || QueryProblemKind::BadLabelName { name: name.to_owned() };
        if is_name { Ok(()) } else { Err(QueryProblem::new(span, kind())) }
    }
}

enum Operand {
    Scalar(Scalar),
    Vector(Vector),
}

fn with_scalar(node: &BinaryNode, vector: Vector, scalar: Scalar, scalar_side: Side) -> Root {
    let (operator, returns_bool) = (node.operator, node.returns_bool);
    let with_scalar = WithScalar { operator, returns_bool, vector, scalar, scalar_side };
    Root::Vector(Vector::WithScalar(Box::new(with_scalar)))
}

fn when(time: TimeNode) -> When {
    When { offset_ms: time.offset_ms.unwrap_or(0), at: time.at }
}

/// The labels that `absent` gives: those that the selector asks for by equality, once each.
pub(super) fn absent_labels(argument: &Node) -> Vec<(String, String)> {
    let mut node = argument;
    while let NodeKind::Paren(inner) | NodeKind::Range { inner, .. } = &node.kind {
        node = inner;
    }
    let NodeKind::Selector(selector) = &node.kind else { return Vec::new() };
    let mut labels: Vec<(String, String)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for matcher in &selector.matchers {
        if matcher.name == METRIC_NAME {
            continue;
        }
        // A label asked for again, or otherwise than by equality, has no one value.
        if matcher.operator == MatchOperator::Equal && !seen.contains(&matcher.name.as_str()) {
            labels.push((matcher.name.clone(), matcher.value.clone()));
            seen.push(&matcher.name);
        } else {
            labels.retain(|(name, _)| *name != matcher.name);
        }
    }
    labels
}

/// Shares a text with the plan.
pub(super) fn shared(text: String) -> Arc<str> {
    text.into()
}

fn bad_pattern(text: &str, reason: String, span: Span) -> QueryProblem {
    let kind = QueryProblemKind::BadPattern { pattern: text.to_owned(), reason };
    QueryProblem::new(span, kind)
}
