//! What follows a value: `.name`, `?.name`, `[index]`, `[from:to]`, `.method()`.

use std::sync::Arc;

use super::super::lexer::{Token, TokenKind, is_name};
use super::super::syntax::{Node, NodeId, Span};
use super::{Parsed, Parser};

impl<'t> Parser<'t> {
    pub(super) fn postfix(&mut self, mut node: NodeId, start: usize) -> Parsed<NodeId> {
        loop {
            let optional = self.current.is_operator("?.");
            if optional || self.current.is_operator(".") {
                self.advance()?;
                if optional && self.current.is_bracket("[") {
                    node = self.index(node, true, start)?;
                } else {
                    node = self.field(node, optional, start)?;
                }
            } else if self.current.is_bracket("[") {
                node = self.index(node, false, start)?;
            } else {
                return Ok(node);
            }
        }
    }

    /// The name after a dot. Words such as `not` and `matches` are names there.
    fn field(&mut self, base: NodeId, optional: bool, start: usize) -> Parsed<NodeId> {
        let name = self.advance()?;
        let is_property = match name.kind {
            TokenKind::Identifier => true,
            TokenKind::Operator => is_name(&name.text),
            TokenKind::Number
            | TokenKind::Text
            | TokenKind::Bytes
            | TokenKind::Bracket
            | TokenKind::End => false,
        };
        if !is_property {
            return Err(self.problem("expected name", name.span));
        }
        let property = self.property(&name)?;
        // One chain gives up as a whole: in `a?.b.c` nothing is taken from nil.
        let inside =
            if let Node::Chain(inside) = self.tree.node(base) { Some(*inside) } else { None };
        let (base, in_chain) = (inside.unwrap_or(base), inside.is_some());
        let method = self.current.is_bracket("(");
        let span = self.since(start);
        let member = self.add(Node::Member { base, property, optional, method }, span)?;
        let node = if method {
            let arguments = self.deeper(|parser| parser.arguments(Vec::new()))?;
            let span = self.since(start);
            self.add(Node::Call { callee: member, arguments }, span)?
        } else {
            member
        };
        let span = self.since(start);
        if in_chain || optional { self.add(Node::Chain(node), span) } else { Ok(node) }
    }

    fn property(&mut self, name: &Token<'_>) -> Parsed<NodeId> {
        self.add(Node::Text(Arc::from(&*name.text)), Span::from(name.span.clone()))
    }

    /// `[index]`, `[from:to]`, `[:to]`, `[from:]` or `[:]`.
    fn index(&mut self, base: NodeId, optional: bool, start: usize) -> Parsed<NodeId> {
        self.expect_bracket("[")?;
        let from = if self.current.is_operator(":") { None } else { Some(self.inside()?) };
        if self.current.is_operator(":") {
            self.advance()?;
            let to = if self.current.is_bracket("]") { None } else { Some(self.inside()?) };
            self.expect_bracket("]")?;
            let span = self.since(start);
            return self.add(Node::Slice { base, from, to }, span);
        }
        self.expect_bracket("]")?;
        let Some(property) = from else {
            return Err(self.unexpected());
        };
        let span = self.since(start);
        let node = self.add(Node::Member { base, property, optional, method: false }, span)?;
        if optional { self.add(Node::Chain(node), span) } else { Ok(node) }
    }

    fn inside(&mut self) -> Parsed<NodeId> {
        self.deeper(|parser| parser.expression(0))
    }
}
