//! The part of the grammar around selectors: matchers, ranges, `offset` and `@`.

use crate::Dialect;
use crate::labels::METRIC_NAME;
use crate::query::parse::{Parsed, Parser};
use crate::query::problem::{QueryProblem, QueryProblemKind, Span};
use crate::query::token::{DURATION_MS_MAX, TokenKind};
use crate::query::tree::{At, MatchOperator, MatcherNode, Node, NodeKind, SelectorNode, TimeNode};

impl Parser<'_> {
    /// Parses the braces of a selector, if there are any; a name was read before.
    pub(super) fn selector(&mut self, name: Option<(String, Span)>) -> Parsed<Node> {
        let start = name.as_ref().map_or(self.span(), |(_, span)| *span);
        let mut name = name.map(|(name, _)| name);
        let mut matchers = Vec::new();
        if self.accept("{") {
            while !self.accept("}") {
                self.matcher(&mut name, &mut matchers)?;
                if self.is_keyword("or") {
                    return Err(self.unsupported("or", "PromQL has no `or` between matchers"));
                }
                if !self.is_symbol("}") {
                    self.expect(",", "`,` or `}`")?;
                }
            }
        }
        let selector = SelectorNode { name, matchers, time: TimeNode::default() };
        self.node(start, NodeKind::Selector(selector), 0)
    }

    fn matcher(
        &mut self,
        metric: &mut Option<String>,
        matchers: &mut Vec<MatcherNode>,
    ) -> Parsed<()> {
        let start = self.span();
        let (name, is_quoted) = match self.peek() {
            TokenKind::Word(word) if !word.contains(':') => (word.clone(), false),
            TokenKind::Text(text) => (text.clone(), true),
            TokenKind::Word(_)
            | TokenKind::Number(_)
            | TokenKind::Duration(_)
            | TokenKind::Symbol(_)
            | TokenKind::End => return Err(self.unexpected("the name of a label or `}`")),
        };
        self.at += 1;
        let operator = match self.peek() {
            TokenKind::Symbol("=") => MatchOperator::Equal,
            TokenKind::Symbol("!=") => MatchOperator::NotEqual,
            TokenKind::Symbol("=~") => MatchOperator::Regex,
            TokenKind::Symbol("!~") => MatchOperator::NotRegex,
            TokenKind::Symbol("," | "}") if is_quoted => {
                return match metric.replace(name.clone()) {
                    None => Ok(()),
                    Some(first) => {
                        let kind = QueryProblemKind::NameTwice { first, second: name };
                        Err(QueryProblem::new(start, kind))
                    }
                };
            }
            TokenKind::Word(_)
            | TokenKind::Number(_)
            | TokenKind::Duration(_)
            | TokenKind::Text(_)
            | TokenKind::Symbol(_)
            | TokenKind::End => return Err(self.unexpected("`=`, `!=`, `=~` or `!~`")),
        };
        self.at += 1;
        let TokenKind::Text(value) = self.peek() else {
            return Err(self.unexpected("a text in quotes"));
        };
        let value = value.clone();
        self.at += 1;
        let span = start.to(self.span_before());
        if let (METRIC_NAME, MatchOperator::Equal, Some(first)) =
            (name.as_str(), operator, metric.as_ref())
        {
            let kind = QueryProblemKind::NameTwice { first: first.clone(), second: value };
            return Err(QueryProblem::new(span, kind));
        }
        matchers.push(MatcherNode { name, operator, value, span });
        Ok(())
    }

    /// Reads a duration; a plain number is seconds in Prometheus 3.
    fn duration_ms(&mut self) -> Parsed<i64> {
        let span = self.span();
        let duration_ms = match *self.peek() {
            TokenKind::Duration(milliseconds) => Some(milliseconds),
            TokenKind::Number(seconds) if self.dialect == Dialect::Prometheus3 => {
                whole_ms(seconds).filter(|duration_ms| (0..=DURATION_MS_MAX).contains(duration_ms))
            }
            TokenKind::Number(_)
            | TokenKind::Word(_)
            | TokenKind::Text(_)
            | TokenKind::Symbol(_)
            | TokenKind::End => return Err(self.unexpected("a duration such as `5m`")),
        };
        let bad = || QueryProblemKind::BadDuration { text: self.slice(span) };
        let duration_ms = duration_ms.ok_or_else(|| QueryProblem::new(span, bad()))?;
        self.at += 1;
        Ok(duration_ms)
    }

    fn positive_duration_ms(&mut self) -> Parsed<i64> {
        let duration_ms = self.duration_ms()?;
        if duration_ms == 0 {
            let span = self.span_before();
            let kind = QueryProblemKind::BadDuration { text: self.slice(span) };
            return Err(QueryProblem::new(span, kind));
        }
        Ok(duration_ms)
    }

    /// Parses `[5m]`, `[5m:]` or `[5m:1m]` after `inner`.
    pub(super) fn brackets(&mut self, inner: Node) -> Parsed<Node> {
        let (start, depth, opening) = (inner.span, inner.depth, self.span());
        self.at += 1;
        let range_ms = self.positive_duration_ms()?;
        if self.accept(":") {
            let is_default = self.is_symbol("]");
            let step_ms = if is_default { None } else { Some(self.positive_duration_ms()?) };
            self.expect("]", "`]`")?;
            let time = TimeNode::default();
            let kind = NodeKind::Subquery { inner: Box::new(inner), range_ms, step_ms, time };
            return self.node(start, kind, depth);
        }
        self.expect("]", "`]` or `:`")?;
        match &inner.kind {
            NodeKind::Selector(SelectorNode {
                time: TimeNode { offset_ms: None, at: None },
                ..
            }) => self.node(start, NodeKind::Range { inner: Box::new(inner), range_ms }, depth),
            NodeKind::Selector(_) => Err(QueryProblem::new(
                opening.to(self.span_before()),
                QueryProblemKind::BadModifier {
                    modifier: "offset",
                    why: "and `@` come after the range, not before it",
                },
            )),
            NodeKind::Number(_)
            | NodeKind::Text(_)
            | NodeKind::Range { .. }
            | NodeKind::Subquery { .. }
            | NodeKind::Negated(_)
            | NodeKind::Binary(_)
            | NodeKind::Call { .. }
            | NodeKind::Aggregate { .. }
            | NodeKind::Paren(_) => Err(QueryProblem::new(
                opening.to(self.span_before()),
                QueryProblemKind::WrongType {
                    place: "a range without a step".to_owned(),
                    expected: "a plain selector (write `[5m:]` for a subquery)",
                    found: "something else",
                },
            )),
        }
    }

    pub(super) fn offset(&mut self, mut inner: Node) -> Parsed<Node> {
        let word = self.span_before();
        let is_negative = self.accept("-");
        if !is_negative {
            self.accept("+");
        }
        let offset_ms = self.duration_ms()?;
        let span = word.to(self.span_before());
        let time = time_of(&mut inner, "offset", span)?;
        let offset_ms = if is_negative { -offset_ms } else { offset_ms };
        if time.offset_ms.replace(offset_ms).is_some() {
            let kind = QueryProblemKind::BadModifier { modifier: "offset", why: "is there twice" };
            return Err(QueryProblem::new(span, kind));
        }
        inner.span = inner.span.to(span);
        Ok(inner)
    }

    pub(super) fn at_time(&mut self, mut inner: Node) -> Parsed<Node> {
        let word = self.span_before();
        let sign = if self.accept("-") { -1.0 } else { 1.0 };
        if sign > 0.0 {
            self.accept("+");
        }
        let at = match (self.peek().clone(), self.keyword().as_deref()) {
            (TokenKind::Number(seconds), _) => {
                let at_ms = whole_ms(sign * seconds);
                let bad = || QueryProblemKind::BadTime { text: self.slice(self.span()) };
                At::Time(at_ms.ok_or_else(|| QueryProblem::new(self.span(), bad()))?)
            }
            (_, Some(name @ ("start" | "end"))) => {
                self.at += 1;
                self.expect("(", "`()`")?;
                if !self.is_symbol(")") {
                    return Err(self.unexpected("`)`"));
                }
                if name == "start" { At::Start } else { At::End }
            }
            (_, _) => return Err(self.unexpected("a time in seconds, `start()` or `end()`")),
        };
        self.at += 1;
        let span = word.to(self.span_before());
        let time = time_of(&mut inner, "@", span)?;
        if time.at.replace(at).is_some() {
            let kind = QueryProblemKind::BadModifier { modifier: "@", why: "is there twice" };
            return Err(QueryProblem::new(span, kind));
        }
        inner.span = inner.span.to(span);
        Ok(inner)
    }
}

/// The place in `node` where its time goes.
fn time_of<'n>(node: &'n mut Node, modifier: &'static str, span: Span) -> Parsed<&'n mut TimeNode> {
    match &mut node.kind {
        NodeKind::Selector(selector) => Ok(&mut selector.time),
        NodeKind::Subquery { time, .. } => Ok(time),
        NodeKind::Range { inner, .. } => time_of(inner, modifier, span),
        NodeKind::Number(_)
        | NodeKind::Text(_)
        | NodeKind::Negated(_)
        | NodeKind::Binary(_)
        | NodeKind::Call { .. }
        | NodeKind::Aggregate { .. }
        | NodeKind::Paren(_) => {
            let why = "goes after a selector, a range or a subquery";
            Err(QueryProblem::new(span, QueryProblemKind::BadModifier { modifier, why }))
        }
    }
}

/// Rounds to whole milliseconds, halves away from zero; `None` if there is no such time.
fn whole_ms(seconds: f64) -> Option<i64> {
    let milliseconds = libm::round(seconds * 1000.0);
    #[expect(clippy::cast_possible_truncation, reason = "checked to fit, and a whole number")]
    (milliseconds.abs() < 9.2e18).then_some(milliseconds as i64)
}
