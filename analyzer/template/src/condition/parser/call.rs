//! Calls, and the predicates that some of them take.

use std::sync::Arc;

use super::super::builtin::{Builtin, Place};
use super::super::lexer::Token;
use super::super::syntax::{Node, NodeId, Span};
use super::{Parsed, Parser};

impl<'t> Parser<'t> {
    /// The call of `name` whose bracket comes next. `given` came through a pipe.
    pub(super) fn call(&mut self, name: &Token<'_>, given: Vec<NodeId>) -> Parsed<NodeId> {
        let start =
            given.first().map_or(name.span.start, |first| self.tree.span(*first).range().start);
        let Some(builtin) = Builtin::named(&name.text) else {
            let span = Span::from(name.span.clone());
            let callee = self.add(Node::Name(Arc::from(&*name.text)), span)?;
            let arguments = self.deeper(|parser| parser.arguments(given))?;
            let span = self.since(start);
            return self.add(Node::Call { callee, arguments }, span);
        };
        let arguments = match builtin.places() {
            Some(places) => self.deeper(|parser| parser.places(places, given))?,
            None => self.deeper(|parser| parser.arguments(given))?,
        };
        let span = self.since(start);
        self.add(Node::Builtin(builtin, arguments), span)
    }

    /// Arguments in brackets, after those `given`.
    pub(super) fn arguments(&mut self, mut given: Vec<NodeId>) -> Parsed<Vec<NodeId>> {
        let offset = given.len();
        self.expect_bracket("(")?;
        while !self.current.is_bracket(")") {
            if offset < given.len() {
                self.expect_operator(",")?;
                if self.current.is_bracket(")") {
                    break;
                }
            }
            given.push(self.expression(0)?);
        }
        self.expect_bracket(")")?;
        Ok(given)
    }

    fn places(&mut self, places: &[Place], mut given: Vec<NodeId>) -> Parsed<Vec<NodeId>> {
        self.expect_bracket("(")?;
        let open = &places[given.len().min(places.len())..];
        for (nth, place) in open.iter().enumerate() {
            let optional = matches!(place, Place::OptionalPredicate | Place::OptionalExpression);
            if self.current.is_bracket(")") {
                if optional {
                    break;
                }
                return Err(self.problem(
                    format!("expected at least {} arguments", open.len()),
                    self.current.span.clone(),
                ));
            }
            if 0 < nth {
                self.expect_operator(",")?;
            }
            given.push(match place {
                Place::Expression | Place::OptionalExpression => self.expression(0)?,
                Place::Predicate | Place::OptionalPredicate => self.predicate()?,
            });
        }
        if self.current.is_operator(",") {
            self.advance()?;
        }
        self.expect_bracket(")")?;
        Ok(given)
    }

    /// An expression in which `#` is an element, with or without braces.
    fn predicate(&mut self) -> Parsed<NodeId> {
        let start = self.current.span.start;
        let braces = self.current.is_bracket("{");
        if braces {
            self.advance()?;
        }
        self.predicates += 1;
        let node = if braces { self.sequence()? } else { self.expression(0)? };
        self.predicates -= 1;
        if braces {
            self.expect_bracket("}")?;
        } else if self.current.is_operator(";") {
            return Err(
                self.problem("wrap predicate with brackets { and }", self.current.span.clone())
            );
        }
        let span = self.since(start);
        self.add(Node::Predicate(node), span)
    }
}
