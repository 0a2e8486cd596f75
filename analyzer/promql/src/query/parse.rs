//! From words to a tree: the grammar of PromQL, by precedence climbing.
//!
//! **Invariant:** no tree is deeper than [`DEPTH_MAX`], so recursion over it always ends in time.

use crate::Dialect;
use crate::query::problem::{QueryProblem, QueryProblemKind, Span};
use crate::query::token::{Token, TokenKind, tokens};
use crate::query::tree::{
    AggregateOperator, BinaryNode, BinaryOperator, Group, Grouping, Matching, Node, NodeKind, Side,
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

pub(super) struct Parser<'t> {
    text: &'t str,
    /// Never empty: the last is the end.
    tokens: Vec<Token>,
    pub(super) at: usize,
    nesting: usize,
    pub(super) dialect: Dialect,
}

pub(super) type Parsed<T> = Result<T, QueryProblem>;

impl Parser<'_> {
    pub(super) fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn peek(&self) -> &TokenKind {
        &self.token().kind
    }

    pub(super) fn span(&self) -> Span {
        self.token().span
    }

    /// The place of the word before this one.
    pub(super) fn span_before(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), TokenKind::Symbol(next) if *next == symbol)
    }

    pub(super) fn accept(&mut self, symbol: &str) -> bool {
        let there = self.is_symbol(symbol);
        if there {
            self.at += 1;
        }
        there
    }

    pub(super) fn expect(&mut self, symbol: &str, expected: &'static str) -> Parsed<()> {
        if self.accept(symbol) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// The next word in lower case, if it is one: keywords may be written in any case.
    pub(super) fn keyword(&self) -> Option<String> {
        match self.peek() {
            TokenKind::Word(word) => Some(word.to_ascii_lowercase()),
            TokenKind::Number(_)
            | TokenKind::Duration(_)
            | TokenKind::Text(_)
            | TokenKind::Symbol(_)
            | TokenKind::End => None,
        }
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn accept_keyword(&mut self, keyword: &str) -> bool {
        let there = self.is_keyword(keyword);
        if there {
            self.at += 1;
        }
        there
    }

    pub(super) fn slice(&self, span: Span) -> String {
        self.text.get(span.start..span.end).unwrap_or("").to_owned()
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> QueryProblem {
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

    pub(super) fn node(&self, start: Span, kind: NodeKind, deepest: usize) -> Parsed<Node> {
        let span = start.to(self.span_before());
        let depth = deepest + 1;
        if DEPTH_MAX < depth {
            let kind = QueryProblemKind::TooDeep { depth_max: DEPTH_MAX };
            return Err(QueryProblem::new(span, kind));
        }
        Ok(Node { kind, span, depth })
    }

    /// Parses operators that bind at least as strongly as `weakest`, and what is between them.
    pub(super) fn expression(&mut self, weakest: u8) -> Parsed<Node> {
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

    pub(super) fn operator(&self) -> Option<BinaryOperator> {
        match self.peek() {
            TokenKind::Symbol(symbol) => BinaryOperator::from_word(symbol),
            TokenKind::Word(word) => BinaryOperator::from_word(&word.to_ascii_lowercase()),
            TokenKind::Number(_) | TokenKind::Duration(_) | TokenKind::Text(_) | TokenKind::End => {
                None
            }
        }
    }

    /// Parses `on (a, b) group_left (c)`, if there is one.
    pub(super) fn matching(&mut self) -> Parsed<Option<Matching>> {
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

    pub(super) fn unsupported(&self, construct: &str, why: &'static str) -> QueryProblem {
        let kind = QueryProblemKind::Unsupported { construct: construct.to_owned(), why };
        QueryProblem::new(self.span(), kind)
    }

    /// Parses `(a, b,)`.
    pub(super) fn label_list(&mut self) -> Parsed<Vec<String>> {
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
    pub(super) fn prefixed(&mut self) -> Parsed<Node> {
        let start = self.span();
        if self.accept("-") {
            let inner = self.expression(BinaryOperator::Power.strength())?;
            let depth = inner.depth;
            if let NodeKind::Number(value) = inner.kind {
                return self.node(start, NodeKind::Number(-value), 0);
            }
            return self.node(start, NodeKind::Negated(Box::new(inner)), depth);
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

    pub(super) fn primary(&mut self) -> Parsed<Node> {
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
    pub(super) fn word(&mut self, word: &str) -> Parsed<Node> {
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

    pub(super) fn aggregation(&mut self, operator: AggregateOperator) -> Parsed<Node> {
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

    pub(super) fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let is_without = self.accept_keyword("without");
        if !is_without && !self.accept_keyword("by") {
            return Ok(None);
        }
        Ok(Some(Grouping { is_without, labels: self.label_list()? }))
    }

    pub(super) fn arguments(&mut self) -> Parsed<Vec<Node>> {
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
}
