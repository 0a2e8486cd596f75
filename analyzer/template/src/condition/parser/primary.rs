//! What stands between operators: literals, names, brackets.

use std::sync::Arc;

use super::super::lexer::{Token, TokenKind};
use super::super::literal::{self, Number};
use super::super::syntax::{Node, NodeId, Pointer, Span, UnaryOperator};
use super::{Parsed, Parser};

impl<'t> Parser<'t> {
    pub(super) fn primary(&mut self) -> Parsed<NodeId> {
        let start = self.current.span.start;
        if self.current.kind == TokenKind::Operator {
            if let Some(operator) = UnaryOperator::named(&self.current.text) {
                self.advance()?;
                let operand = self.deeper(|parser| parser.expression(operator.precedence()))?;
                let span = self.since(start);
                let node = self.add(Node::Unary(operator, operand), span)?;
                return self.postfix(node, start);
            }
            if 0 < self.predicates && matches!(&*self.current.text, "#" | ".") {
                return self.pointer();
            }
            if self.current.text == "::" {
                self.advance()?;
                let name = self.expect_identifier()?;
                let node = self.call(&name, Vec::new())?;
                return self.postfix(node, start);
            }
        }
        if self.current.is_bracket("(") {
            self.advance()?;
            let inside = self.deeper(Self::sequence)?;
            self.expect_bracket(")")?;
            return self.postfix(inside, start);
        }
        self.secondary()
    }

    /// `#`, `#index`, `#acc`, or nothing at all before `.field`.
    fn pointer(&mut self) -> Parsed<NodeId> {
        let start = self.current.span.start;
        let mut pointer = Pointer::Item;
        if self.current.is_operator("#") {
            self.advance()?;
            // A name counts only when it follows at once, but blanks cannot be told apart here:
            // the lexer gives the same tokens for `# index`, and so does the language.
            if self.current.kind == TokenKind::Identifier {
                let name = self.advance()?;
                pointer = match &*name.text {
                    "index" => Pointer::Index,
                    "acc" => Pointer::Accumulator,
                    other => Pointer::Unknown(Arc::from(other)),
                };
            }
        }
        let span = self.since(start);
        let node = self.add(Node::Pointer(pointer), span)?;
        self.postfix(node, start)
    }

    fn secondary(&mut self) -> Parsed<NodeId> {
        let start = self.current.span.start;
        let span = Span::from(self.current.span.clone());
        let node = match self.current.kind {
            TokenKind::Identifier => {
                let name = self.advance()?;
                let word = match &*name.text {
                    "true" => Some(Node::Bool(true)),
                    "false" => Some(Node::Bool(false)),
                    "nil" => Some(Node::Nil),
                    _ => None,
                };
                if let Some(word) = word {
                    // Nothing can follow a word or a number but an operator: `nil.x` is a mistake.
                    return self.add(word, span);
                }
                if self.current.is_bracket("(") {
                    self.call(&name, Vec::new())?
                } else {
                    self.add(Node::Name(Arc::from(&*name.text)), span)?
                }
            }
            TokenKind::Number => {
                let token = self.advance()?;
                return self.number(&token);
            }
            TokenKind::Text => {
                let token = self.advance()?;
                self.add(Node::Text(Arc::from(&*token.text)), span)?
            }
            TokenKind::Bytes => {
                let token = self.advance()?;
                let quote = if self.quoted_double(&token) { '"' } else { '\'' };
                let bytes = literal::unescape_bytes(&token.text, quote)
                    .map_err(|message| self.problem(message, token.span.clone()))?;
                self.add(Node::Bytes(Arc::from(bytes)), span)?
            }
            TokenKind::Bracket if self.current.text == "[" => self.deeper(Self::list)?,
            TokenKind::Bracket if self.current.text == "{" => self.deeper(Self::map)?,
            TokenKind::Operator | TokenKind::Bracket | TokenKind::End => {
                return Err(self.unexpected());
            }
        };
        self.postfix(node, start)
    }

    /// Which quotes a byte string is in; the token holds only the inside.
    fn quoted_double(&self, token: &Token<'_>) -> bool {
        self.lexer.text()[token.span.clone()].ends_with('"')
    }

    fn number(&mut self, token: &Token<'_>) -> Parsed<NodeId> {
        let node = match literal::number(&token.text) {
            Ok(Number::Int(value)) => Node::Int(value),
            Ok(Number::Float(value)) => Node::Float(value),
            Err(message) => return Err(self.problem(message, token.span.clone())),
        };
        self.add(node, Span::from(token.span.clone()))
    }

    fn list(&mut self) -> Parsed<NodeId> {
        let start = self.expect_bracket("[")?.span.start;
        let mut nodes = Vec::new();
        while !self.current.is_bracket("]") {
            if !nodes.is_empty() {
                self.expect_operator(",")?;
                if self.current.is_bracket("]") {
                    break;
                }
            }
            nodes.push(self.expression(0)?);
        }
        self.expect_bracket("]")?;
        let span = self.since(start);
        self.add(Node::List(nodes), span)
    }

    fn map(&mut self) -> Parsed<NodeId> {
        let start = self.expect_bracket("{")?.span.start;
        let mut pairs = Vec::new();
        while !self.current.is_bracket("}") {
            if !pairs.is_empty() {
                self.expect_operator(",")?;
                if self.current.is_bracket("}") {
                    break;
                }
            }
            let key = self.key()?;
            self.expect_operator(":")?;
            let value = self.expression(0)?;
            let span = self.since(start);
            self.count_node(span)?;
            pairs.push((key, value));
        }
        self.expect_bracket("}")?;
        let span = self.since(start);
        self.add(Node::Map(pairs), span)
    }

    /// A key of a map: a string, a number or a name, all as text, or an expression in brackets.
    fn key(&mut self) -> Parsed<NodeId> {
        match self.current.kind {
            TokenKind::Number | TokenKind::Text | TokenKind::Identifier => {
                let token = self.advance()?;
                let span = Span::from(token.span.clone());
                self.add(Node::Text(Arc::from(&*token.text)), span)
            }
            TokenKind::Bracket if self.current.text == "(" => self.expression(0),
            TokenKind::Bytes | TokenKind::Operator | TokenKind::Bracket | TokenKind::End => {
                Err(self.problem(
                    format!(
                        "a map key must be a quoted string, a number, a identifier, or an \
                         expression enclosed in parentheses (unexpected token {})",
                        self.current
                    ),
                    self.current.span.clone(),
                ))
            }
        }
    }
}
