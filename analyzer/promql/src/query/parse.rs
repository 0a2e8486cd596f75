//! From words to a tree: the grammar of PromQL, by precedence climbing.
//!
//! **Invariant:** no tree is deeper than [`DEPTH_MAX`], so recursion over it always ends in time.

use crate::Dialect;
use crate::labels::METRIC_NAME;
use crate::query::problem::{QueryProblem, QueryProblemKind, Span};
use crate::query::token::{DURATION_MS_MAX, Token, TokenKind, tokens};
use crate::query::tree::{
    AggregateOperator, At, BinaryNode, BinaryOperator, Group, Grouping, MatchOperator, MatcherNode,
    Matching, Node, NodeKind, SelectorNode, Side, TimeNode,
};

/// How many bytes a query may have.
pub(crate) const BYTES_MAX: usize = 65_536;

/// How many levels of parts a query may have.
pub(crate) const DEPTH_MAX: usize = 100;

/// Parses a query.
pub(crate) fn parse(text: &str, dialect: Dialect) -> Result<Node, QueryProblem> {
    if BYTES_MAX < text.len() {
        let span = Span { start: BYTES_MAX, end: text.len() };
        return Err(QueryProblem::new(span, QueryProblemKind::TooLong { bytes_max: BYTES_MAX }));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens, at: 0, nesting: 0, dialect };
    let node = parser.expression(0)?;
    match parser.peek() {
        TokenKind::End => Ok(node),
        TokenKind::Word(_)
        | TokenKind::Number(_)
        | TokenKind::Duration(_)
        | TokenKind::Text(_)
        | TokenKind::Symbol(_) => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'t> {
    text: &'t str,
    /// Never empty: the last is the end.
    tokens: Vec<Token>,
    at: usize,
    nesting: usize,
    dialect: Dialect,
}

type Parsed<T> = Result<T, QueryProblem>;

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &TokenKind {
        &self.token().kind
    }

    fn span(&self) -> Span {
        self.token().span
    }

    /// The place of the word before this one.
    fn span_before(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), TokenKind::Symbol(next) if *next == symbol)
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let there = self.is_symbol(symbol);
        if there {
            self.at += 1;
        }
        there
    }

    fn expect(&mut self, symbol: &str, expected: &'static str) -> Parsed<()> {
        if self.accept(symbol) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// The next word in lower case, if it is one: keywords may be written in any case.
    fn keyword(&self) -> Option<String> {
        match self.peek() {
            TokenKind::Word(word) => Some(word.to_ascii_lowercase()),
            TokenKind::Number(_)
            | TokenKind::Duration(_)
            | TokenKind::Text(_)
            | TokenKind::Symbol(_)
            | TokenKind::End => None,
        }
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn accept_keyword(&mut self, keyword: &str) -> bool {
        let there = self.is_keyword(keyword);
        if there {
            self.at += 1;
        }
        there
    }

    fn slice(&self, span: Span) -> String {
        self.text.get(span.start..span.end).unwrap_or("").to_owned()
    }

    fn unexpected(&self, expected: &'static str) -> QueryProblem {
        let found = match self.peek() {
            TokenKind::End => "the end of the query".to_owned(),
            TokenKind::Word(_)
            | TokenKind::Number(_)
            | TokenKind::Duration(_)
            | TokenKind::Text(_)
            | TokenKind::Symbol(_) => format!("`{}`", self.slice(self.span())),
        };
        QueryProblem::new(self.span(), QueryProblemKind::Unexpected { expected, found })
    }

    fn node(&self, start: Span, kind: NodeKind, deepest: usize) -> Parsed<Node> {
        let span = start.to(self.span_before());
        let depth = deepest + 1;
        if DEPTH_MAX < depth {
            let kind = QueryProblemKind::TooDeep { depth_max: DEPTH_MAX };
            return Err(QueryProblem::new(span, kind));
        }
        Ok(Node { kind, span, depth })
    }

    /// Parses operators that bind at least as strongly as `weakest`, and what is between them.
    fn expression(&mut self, weakest: u8) -> Parsed<Node> {
        self.nesting += 1;
        if DEPTH_MAX < self.nesting {
            let kind = QueryProblemKind::TooDeep { depth_max: DEPTH_MAX };
            return Err(QueryProblem::new(self.span(), kind));
        }
        let mut left = self.prefixed()?;
        while let Some(operator) = self.operator().filter(|next| weakest <= next.strength()) {
            let operator_span = self.span();
            self.at += 1;
            let returns_bool = self.accept_keyword("bool");
            if returns_bool && !operator.compares() {
                let kind = QueryProblemKind::BoolWithoutComparison { operator: operator.word() };
                return Err(QueryProblem::new(self.span_before(), kind));
            }
            let matching = self.matching()?;
            // Only `^` groups to the right.
            let is_power = operator == BinaryOperator::Power;
            let strength = operator.strength();
            let right = self.expression(if is_power { strength } else { strength + 1 })?;
            let (start, deepest) = (left.span, left.depth.max(right.depth));
            let binary =
                BinaryNode { operator, operator_span, returns_bool, matching, left, right };
            left = self.node(start, NodeKind::Binary(Box::new(binary)), deepest)?;
        }
        self.nesting -= 1;
        Ok(left)
    }

    fn operator(&self) -> Option<BinaryOperator> {
        match self.peek() {
            TokenKind::Symbol(symbol) => BinaryOperator::from_word(symbol),
            TokenKind::Word(word) => BinaryOperator::from_word(&word.to_ascii_lowercase()),
            TokenKind::Number(_) | TokenKind::Duration(_) | TokenKind::Text(_) | TokenKind::End => {
                None
            }
        }
    }

    /// Parses `on (a, b) group_left (c)`, if there is one.
    fn matching(&mut self) -> Parsed<Option<Matching>> {
        let is_on = self.accept_keyword("on");
        if !is_on && !self.accept_keyword("ignoring") {
            return Ok(None);
        }
        let labels = self.label_list()?;
        let many = match self.keyword().as_deref() {
            Some("group_left") => Side::Left,
            Some("group_right") => Side::Right,
            Some(word @ ("fill" | "fill_left" | "fill_right")) => {
                return Err(self.unsupported(word, "experimental in Prometheus"));
            }
            Some(_) | None => return Ok(Some(Matching { is_on, labels, group: None })),
        };
        self.at += 1;
        let copied = if self.is_symbol("(") { self.label_list()? } else { Vec::new() };
        if let Some(label) = labels.iter().find(|label| is_on && copied.contains(label)) {
            let kind = QueryProblemKind::LabelMatchedAndCopied { label: label.clone() };
            return Err(QueryProblem::new(self.span_before(), kind));
        }
        Ok(Some(Matching { is_on, labels, group: Some(Group { many, copied }) }))
    }

    fn unsupported(&self, construct: &str, why: &'static str) -> QueryProblem {
        let kind = QueryProblemKind::Unsupported { construct: construct.to_owned(), why };
        QueryProblem::new(self.span(), kind)
    }

    /// Parses `(a, b,)`.
    fn label_list(&mut self) -> Parsed<Vec<String>> {
        self.expect("(", "`(` and labels")?;
        let mut labels = Vec::new();
        while !self.accept(")") {
            match self.peek() {
                TokenKind::Word(word) if !word.contains(':') => labels.push(word.clone()),
                TokenKind::Text(name) => labels.push(name.clone()),
                TokenKind::Word(_)
                | TokenKind::Number(_)
                | TokenKind::Duration(_)
                | TokenKind::Symbol(_)
                | TokenKind::End => return Err(self.unexpected("the name of a label or `)`")),
            }
            self.at += 1;
            if !self.is_symbol(")") {
                self.expect(",", "`,` or `)`")?;
            }
        }
        Ok(labels)
    }

    /// Parses a sign and what it belongs to: it binds weaker than `^` and as strongly as `*`.
    fn prefixed(&mut self) -> Parsed<Node> {
        let start = self.span();
        if self.accept("-") {
            let inner = self.expression(BinaryOperator::Power.strength())?;
            let depth = inner.depth;
            return match inner.kind {
                NodeKind::Number(value) => self.node(start, NodeKind::Number(-value), 0),
                kind => {
                    let inner = Box::new(Node { kind, ..inner });
                    self.node(start, NodeKind::Negated(inner), depth)
                }
            };
        }
        if self.accept("+") {
            let inner = self.expression(BinaryOperator::Power.strength())?;
            // In parentheses, so that it is told apart from one without a sign: `+x[5m]`.
            let depth = inner.depth;
            return self.node(start, NodeKind::Paren(Box::new(inner)), depth);
        }
        let mut node = self.primary()?;
        loop {
            if self.is_symbol("[") {
                node = self.brackets(node)?;
            } else if self.accept_keyword("offset") {
                node = self.offset(node)?;
            } else if self.accept("@") {
                node = self.at_time(node)?;
            } else if self.is_keyword("anchored") || self.is_keyword("smoothed") {
                let word = self.slice(self.span());
                return Err(self.unsupported(&word, "experimental in Prometheus"));
            } else {
                return Ok(node);
            }
        }
    }

    fn primary(&mut self) -> Parsed<Node> {
        let start = self.span();
        let kind = match self.peek().clone() {
            TokenKind::Number(value) => NodeKind::Number(value),
            TokenKind::Duration(milliseconds) if self.dialect == Dialect::Prometheus3 => {
                #[expect(clippy::cast_precision_loss, reason = "durations are below 2^53 ms")]
                let milliseconds = milliseconds as f64;
                NodeKind::Number(milliseconds / 1000.0)
            }
            TokenKind::Text(text) => NodeKind::Text(text),
            TokenKind::Word(word) => return self.word(&word),
            TokenKind::Symbol("(") => {
                self.at += 1;
                let inner = self.expression(0)?;
                self.expect(")", "`)` or an operator")?;
                let depth = inner.depth;
                return self.node(start, NodeKind::Paren(Box::new(inner)), depth);
            }
            TokenKind::Symbol("{") => return self.selector(None),
            TokenKind::Symbol(_) | TokenKind::Duration(_) | TokenKind::End => {
                return Err(self.unexpected("a selector, a function, a number or `(`"));
            }
        };
        self.at += 1;
        self.node(start, kind, 0)
    }

    /// Parses what begins with a word: an aggregation, a call, a number or a selector.
    fn word(&mut self, word: &str) -> Parsed<Node> {
        let start = self.span();
        let lower = word.to_ascii_lowercase();
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        let is_call = matches!(next, Some(TokenKind::Symbol("(")));
        let is_aggregation = is_call
            || matches!(next, Some(TokenKind::Word(next))
                if matches!(next.to_ascii_lowercase().as_str(), "by" | "without"));
        if is_aggregation && let Some(operator) = AggregateOperator::from_word(&lower) {
            return self.aggregation(operator);
        }
        if is_aggregation && matches!(lower.as_str(), "limitk" | "limit_ratio") {
            return Err(self.unsupported(&lower, "experimental in Prometheus"));
        }
        match lower.as_str() {
            "inf" | "nan" => {
                self.at += 1;
                let value = if lower == "inf" { f64::INFINITY } else { f64::NAN };
                return self.node(start, NodeKind::Number(value), 0);
            }
            "bool" | "on" | "ignoring" | "group_left" | "group_right" | "atan2" => {
                return Err(self.unexpected("a selector, a function, a number or `(`"));
            }
            _ => {}
        }
        self.at += 1;
        if is_call {
            let arguments = self.arguments()?;
            let deepest = arguments.iter().map(|argument| argument.depth).max().unwrap_or(0);
            return self.node(start, NodeKind::Call { name: word.to_owned(), arguments }, deepest);
        }
        self.selector(Some((word.to_owned(), start)))
    }

    fn aggregation(&mut self, operator: AggregateOperator) -> Parsed<Node> {
        let start = self.span();
        self.at += 1;
        let before = self.grouping()?;
        let arguments = self.arguments()?;
        let grouping = match before {
            Some(grouping) => grouping,
            None => self.grouping()?.unwrap_or_default(),
        };
        let deepest = arguments.iter().map(|argument| argument.depth).max().unwrap_or(0);
        self.node(start, NodeKind::Aggregate { operator, grouping, arguments }, deepest)
    }

    fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let is_without = self.accept_keyword("without");
        if !is_without && !self.accept_keyword("by") {
            return Ok(None);
        }
        Ok(Some(Grouping { is_without, labels: self.label_list()? }))
    }

    fn arguments(&mut self) -> Parsed<Vec<Node>> {
        self.expect("(", "`(` and arguments")?;
        let mut arguments = Vec::new();
        if self.accept(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression(0)?);
            if self.accept(")") {
                return Ok(arguments);
            }
            self.expect(",", "`,` or `)`")?;
        }
    }

    /// Parses the braces of a selector, if there are any; a name was read before.
    fn selector(&mut self, name: Option<(String, Span)>) -> Parsed<Node> {
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
    fn brackets(&mut self, inner: Node) -> Parsed<Node> {
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

    fn offset(&mut self, mut inner: Node) -> Parsed<Node> {
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

    fn at_time(&mut self, mut inner: Node) -> Parsed<Node> {
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
