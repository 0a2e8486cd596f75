//! Tokens to a tree, by precedence climbing.

mod call;
mod postfix;
mod primary;

use std::ops::Range;
use std::sync::Arc;

use super::ConditionProblem;
use super::advice;
use super::budget::{DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX};
use super::lexer::{Lexer, Token, TokenKind};
use super::syntax::{BinaryOperator, NODES_USUAL, Node, NodeId, Span, Tree, UnaryOperator};

type Parsed<T> = Result<T, ConditionProblem>;

/// Reads a condition.
///
/// # Errors
///
/// [`ConditionProblem`] at the first mistake, or when a budget of size, nodes or depth is exceeded.
pub(super) fn parse(text: &str) -> Parsed<Tree> {
    if TEXT_BYTES_MAX < text.len() {
        return Err(ConditionProblem {
            message: format!("condition is {} bytes long, more than {TEXT_BYTES_MAX}", text.len()),
            span: 0..text.len(),
            help: Some(String::from("compute it in the query, or split it over several metrics")),
        });
    }
    let mut parser = Parser {
        lexer: Lexer::new(text),
        current: Token { kind: TokenKind::End, text: "".into(), span: 0..0 },
        end: 0,
        stash: None,
        tree: Tree::new(),
        depths: Vec::with_capacity(NODES_USUAL),
        created: 0,
        open: 0,
        predicates: 0,
    };
    parser.advance()?;
    let root = parser.sequence()?;
    if parser.current.kind != TokenKind::End {
        return Err(parser.unexpected());
    }
    parser.tree.set_root(root);
    Ok(parser.tree)
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    current: Token<'t>,
    /// Where the token before the current one ended.
    end: usize,
    /// A token read too early, after a `not` that did not continue.
    stash: Option<Token<'t>>,
    tree: Tree,
    /// The depth of every node, beside the tree.
    depths: Vec<u16>,
    /// Nodes made, those that were merged into others included.
    created: usize,
    /// Brackets, signs and branches open now.
    open: usize,
    /// Predicates open now: `#` means something only inside one.
    predicates: usize,
}

impl<'t> Parser<'t> {
    /// Goes to the next token and returns the one it left.
    fn advance(&mut self) -> Parsed<Token<'t>> {
        let next = match self.stash.take() {
            Some(token) => token,
            None => self.lexer.next()?,
        };
        self.end = self.current.span.end;
        Ok(std::mem::replace(&mut self.current, next))
    }

    fn unexpected(&self) -> ConditionProblem {
        self.unexpected_token(&self.current)
    }

    fn unexpected_token(&self, token: &Token<'_>) -> ConditionProblem {
        ConditionProblem {
            message: format!("unexpected token {token}"),
            span: token.span.clone(),
            help: advice::for_token(token),
        }
    }

    fn problem(&self, message: impl Into<String>, span: Range<usize>) -> ConditionProblem {
        ConditionProblem { message: message.into(), span, help: None }
    }

    fn expect_operator(&mut self, text: &str) -> Parsed<Token<'t>> {
        if self.current.is_operator(text) { self.advance() } else { Err(self.unexpected()) }
    }

    fn expect_bracket(&mut self, text: &str) -> Parsed<Token<'t>> {
        if self.current.is_bracket(text) { self.advance() } else { Err(self.unexpected()) }
    }

    fn expect_identifier(&mut self) -> Parsed<Token<'t>> {
        if self.current.kind == TokenKind::Identifier {
            self.advance()
        } else {
            Err(self.unexpected())
        }
    }

    /// The bytes from `start` to the end of what was read last.
    fn since(&self, start: usize) -> Span {
        Span::from(start..self.end.max(start))
    }

    /// Adds a node.
    fn add(&mut self, node: Node, span: Span) -> Parsed<NodeId> {
        self.count_node(span)?;
        let id = self.tree.add(node, span);
        let mut depth = 0;
        let left_of_chain =
            if let Node::Binary(_, left, _) = self.tree.node(id) { Some(*left) } else { None };
        let depths = &self.depths;
        self.tree.parts(id, &mut |part| {
            // A chain `a + b + c` is walked in a loop, so its left side is not one level deeper.
            let below = u16::from(left_of_chain != Some(part));
            depth = depth.max(depths[part.index()].saturating_add(below));
        });
        self.depths.push(depth);
        if DEPTH_MAX < usize::from(depth) {
            return Err(self.too_deep(span.range()));
        }
        Ok(id)
    }

    /// Counts a node that stands in the language's own count of nodes.
    fn count_node(&mut self, span: Span) -> Parsed<()> {
        self.created += 1;
        if NODES_MAX < self.created {
            return Err(self.problem(
                format!("expression exceeds maximum allowed nodes ({NODES_MAX})"),
                span.range(),
            ));
        }
        Ok(())
    }

    fn too_deep(&self, span: Range<usize>) -> ConditionProblem {
        self.problem(format!("nested more than {DEPTH_MAX} levels deep"), span)
    }

    /// Runs `read` one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if DEPTH_MAX <= self.open {
            return Err(self.too_deep(self.current.span.clone()));
        }
        self.open += 1;
        let read = read(self);
        self.open -= 1;
        read
    }

    /// `a; b; c`, with one semicolon allowed at the very end.
    fn sequence(&mut self) -> Parsed<NodeId> {
        let start = self.current.span.start;
        let first = self.expression(0)?;
        if !self.current.is_operator(";") {
            return Ok(first);
        }
        let mut nodes = vec![first];
        while self.current.is_operator(";") {
            self.advance()?;
            if self.current.kind == TokenKind::End {
                break;
            }
            nodes.push(self.expression(0)?);
        }
        if nodes.len() == 1 {
            return Ok(first);
        }
        let span = self.since(start);
        self.add(Node::Sequence(nodes), span)
    }

    /// An expression whose operators bind at least as tightly as `floor`.
    fn expression(&mut self, floor: u16) -> Parsed<NodeId> {
        if floor == 0 && self.current.is_operator("let") {
            return self.deeper(Self::declaration);
        }
        if floor == 0 && self.current.is_operator("if") {
            return self.deeper(Self::branches);
        }
        let start = self.current.span.start;
        let mut left = self.primary()?;
        let mut coalesced = false;
        while self.current.kind == TokenKind::Operator {
            if self.current.text == "|" {
                if 0 < floor {
                    break;
                }
                self.advance()?;
                let name = self.expect_identifier()?;
                left = self.call(&name, vec![left])?;
                coalesced = false;
                continue;
            }
            let negated = self.current.text == "not";
            let Some(operator) = self.operator_after_not(negated, floor)? else {
                break;
            };
            let sign = self.advance()?;
            if coalesced && operator != BinaryOperator::Coalesce {
                return Err(self.problem(
                    format!(
                        "Operator ({}) and coalesce expressions (??) cannot be mixed. Wrap either \
                         by parentheses.",
                        sign.text
                    ),
                    sign.span,
                ));
            }
            left = if operator.is_comparison() {
                self.comparison(left, operator, start)?
            } else {
                self.operation(left, operator, negated, start)?
            };
            coalesced = operator == BinaryOperator::Coalesce;
        }
        if floor == 0 { self.ternary(left, start) } else { Ok(left) }
    }

    /// The operator at hand, if it binds tightly enough; `not` is passed over, and put back when
    /// what follows does not bind.
    fn operator_after_not(&mut self, negated: bool, floor: u16) -> Parsed<Option<BinaryOperator>> {
        if !negated {
            let operator = BinaryOperator::named(&self.current.text);
            return Ok(operator.filter(|operator| floor <= operator.precedence()));
        }
        let not = self.advance()?;
        let operator = BinaryOperator::named(&self.current.text).filter(|operator| {
            self.current.kind == TokenKind::Operator
                && matches!(
                    operator,
                    BinaryOperator::In
                        | BinaryOperator::Matches
                        | BinaryOperator::Contains
                        | BinaryOperator::StartsWith
                        | BinaryOperator::EndsWith
                )
        });
        let Some(operator) = operator else {
            return Err(self.unexpected());
        };
        if floor <= operator.precedence() {
            return Ok(Some(operator));
        }
        self.stash = Some(std::mem::replace(&mut self.current, not));
        Ok(None)
    }

    fn operation(
        &mut self,
        left: NodeId,
        operator: BinaryOperator,
        negated: bool,
        start: usize,
    ) -> Parsed<NodeId> {
        let right = if operator == BinaryOperator::Power {
            // The only operator that groups from the right.
            self.deeper(|parser| parser.expression(operator.precedence()))?
        } else {
            self.expression(operator.precedence() + 1)?
        };
        let span = self.since(start);
        let node = self.add(Node::Binary(operator, left, right), span)?;
        if negated { self.add(Node::Unary(UnaryOperator::Not, node), span) } else { Ok(node) }
    }

    /// `a < b`, and `a < b < c`, which is `a < b && b < c`.
    fn comparison(
        &mut self,
        mut left: NodeId,
        mut operator: BinaryOperator,
        start: usize,
    ) -> Parsed<NodeId> {
        let mut all: Option<NodeId> = None;
        loop {
            let right = self.expression(operator.precedence() + 1)?;
            let span = self.since(start);
            let one = self.add(Node::Binary(operator, left, right), span)?;
            let node = match all {
                None => one,
                Some(before) => self.add(Node::Binary(BinaryOperator::And, before, one), span)?,
            };
            let next = BinaryOperator::named(&self.current.text)
                .filter(|next| self.current.kind == TokenKind::Operator && next.is_comparison());
            let Some(next) = next else {
                return Ok(node);
            };
            self.advance()?;
            self.tree.share();
            all = Some(node);
            left = right;
            operator = next;
        }
    }

    /// `let name = value; body`.
    fn declaration(&mut self) -> Parsed<NodeId> {
        let start = self.expect_operator("let")?.span.start;
        let name = self.expect_identifier()?;
        self.expect_operator("=")?;
        let value = self.expression(0)?;
        self.expect_operator(";")?;
        let body = self.sequence()?;
        let span = self.since(start);
        self.add(Node::Let { name: Arc::from(&*name.text), value, body }, span)
    }

    /// `if condition { then } else { otherwise }`.
    fn branches(&mut self) -> Parsed<NodeId> {
        let start = self.advance()?.span.start;
        let condition = self.expression(0)?;
        self.expect_bracket("{")?;
        let then = self.sequence()?;
        self.expect_bracket("}")?;
        self.expect_operator("else")?;
        let otherwise = if self.current.is_operator("if") {
            self.deeper(Self::branches)?
        } else {
            self.expect_bracket("{")?;
            let otherwise = self.sequence()?;
            self.expect_bracket("}")?;
            otherwise
        };
        let span = self.since(start);
        self.add(Node::Conditional { condition, then, otherwise }, span)
    }

    /// `condition ? then : otherwise`, and `value ?: otherwise`.
    fn ternary(&mut self, mut node: NodeId, start: usize) -> Parsed<NodeId> {
        while self.current.is_operator("?") {
            self.advance()?;
            let (then, otherwise) = if self.current.is_operator(":") {
                self.advance()?;
                self.tree.share();
                (node, self.deeper(|parser| parser.expression(0))?)
            } else {
                let then = self.deeper(|parser| parser.expression(0))?;
                self.expect_operator(":")?;
                (then, self.deeper(|parser| parser.expression(0))?)
            };
            let span = self.since(start);
            node = self.add(Node::Conditional { condition: node, then, otherwise }, span)?;
        }
        Ok(node)
    }
}
