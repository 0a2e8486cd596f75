//! A tree as text that reads back as the same tree.

use std::fmt::{self, Write as _};

use super::lexer::is_name;
use super::syntax::{BinaryOperator, Node, NodeId, Pointer, Tree};

/// Where an expression stands, which decides what needs brackets around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where a sequence may stand: the whole text, the inside of brackets.
    Sequence,
    /// Where one expression may stand: an argument, an element.
    Expression,
    /// On the left of an operator.
    Left(BinaryOperator),
    /// On the right of an operator.
    Right(BinaryOperator),
    /// Before a question mark.
    Condition,
    /// Before a dot or behind a sign.
    Tight,
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        Printer { tree: self, out: &mut out }.write(self.root(), Place::Sequence);
        f.write_str(&out)
    }
}

struct Printer<'p> {
    tree: &'p Tree,
    out: &'p mut String,
}

impl Printer<'_> {
    fn write(&mut self, id: NodeId, place: Place) {
        if self.needs_brackets(id, place) {
            self.out.push('(');
            self.write_bare(id);
            self.out.push(')');
        } else {
            self.write_bare(id);
        }
    }

    fn needs_brackets(&self, id: NodeId, place: Place) -> bool {
        match self.tree.node(id) {
            Node::Sequence(_) => place != Place::Sequence,
            Node::Let { .. } => place != Place::Sequence,
            Node::Conditional { .. } => !matches!(place, Place::Sequence | Place::Expression),
            Node::Binary(operator, ..) => match place {
                Place::Sequence | Place::Expression | Place::Condition => false,
                Place::Left(outer) => !leans_left(*operator, outer),
                Place::Right(outer) => {
                    *operator == BinaryOperator::Coalesce
                        || operator.precedence() <= outer.precedence()
                }
                Place::Tight => true,
            },
            Node::Unary(operator, _) => match place {
                Place::Sequence | Place::Expression | Place::Condition => false,
                Place::Left(outer) => operator.precedence() <= outer.precedence(),
                Place::Right(_) | Place::Tight => true,
            },
            Node::Nil | Node::Bool(_) | Node::Int(_) | Node::Float(_) => place == Place::Tight,
            Node::Text(_)
            | Node::Bytes(_)
            | Node::Name(_)
            | Node::Chain(_)
            | Node::Member { .. }
            | Node::Slice { .. }
            | Node::Call { .. }
            | Node::Builtin(..)
            | Node::Predicate(_)
            | Node::Pointer(_)
            | Node::List(_)
            | Node::Map(_) => false,
        }
    }

    fn write_bare(&mut self, id: NodeId) {
        let tree = self.tree;
        match tree.node(id) {
            Node::Nil => self.out.push_str("nil"),
            Node::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Node::Int(value) => self.out.push_str(&value.to_string()),
            Node::Float(value) => self.out.push_str(&format!("{value:?}")),
            Node::Text(text) => self.quote(text),
            Node::Bytes(bytes) => {
                self.out.push_str("b\"");
                for byte in bytes.iter() {
                    let _ = write!(self.out, "\\x{byte:02x}");
                }
                self.out.push('"');
            }
            Node::Name(name) => self.out.push_str(name),
            Node::Unary(operator, operand) => {
                self.out.push_str(operator.text());
                self.write(*operand, Place::Tight);
            }
            Node::Binary(..) => self.binary_chain(id),
            Node::Chain(inside) => self.write(*inside, Place::Tight),
            Node::Member { base, property, optional, method } => {
                self.member(*base, *property, *optional, *method);
            }
            Node::Slice { base, from, to } => {
                self.write(*base, Place::Tight);
                self.out.push('[');
                from.iter().for_each(|from| self.write(*from, Place::Expression));
                self.out.push(':');
                to.iter().for_each(|to| self.write(*to, Place::Expression));
                self.out.push(']');
            }
            Node::Call { callee, arguments } => {
                self.write(*callee, Place::Tight);
                self.arguments(arguments);
            }
            Node::Builtin(builtin, arguments) => {
                self.out.push_str(builtin.name());
                self.arguments(arguments);
            }
            Node::Predicate(body) => self.predicate(*body),
            Node::Pointer(pointer) => {
                self.out.push('#');
                self.out.push_str(match pointer {
                    Pointer::Item => "",
                    Pointer::Index => "index",
                    Pointer::Accumulator => "acc",
                    Pointer::Unknown(name) => name,
                });
            }
            Node::Let { name, value, body } => {
                let _ = write!(self.out, "let {name} = ");
                self.write(*value, Place::Expression);
                self.out.push_str("; ");
                self.write(*body, Place::Sequence);
            }
            Node::Sequence(nodes) => self.list(nodes, "; "),
            Node::Conditional { condition, then, otherwise } => {
                self.branches(*condition, *then, *otherwise);
            }
            Node::List(nodes) => {
                self.out.push('[');
                self.list(nodes, ", ");
                self.out.push(']');
            }
            Node::Map(pairs) => self.map(pairs),
        }
    }

    fn branches(&mut self, condition: NodeId, then: NodeId, otherwise: NodeId) {
        self.write(condition, Place::Condition);
        if condition == then {
            // The value itself stands for the first branch; both are one node.
            self.out.push_str(" ?: ");
        } else {
            self.out.push_str(" ? ");
            self.write(then, Place::Expression);
            self.out.push_str(" : ");
        }
        self.write(otherwise, Place::Expression);
    }

    fn list(&mut self, nodes: &[NodeId], separator: &str) {
        for (nth, node) in nodes.iter().enumerate() {
            if 0 < nth {
                self.out.push_str(separator);
            }
            self.write(*node, Place::Expression);
        }
    }

    fn arguments(&mut self, arguments: &[NodeId]) {
        self.out.push('(');
        self.list(arguments, ", ");
        self.out.push(')');
    }

    /// Braces only where they are needed: around sequences, and where a brace would be taken for one.
    fn predicate(&mut self, body: NodeId) {
        let begin = self.out.len();
        self.write(body, Place::Sequence);
        let plain = !matches!(self.tree.node(body), Node::Sequence(_) | Node::Let { .. })
            && !self.out[begin..].starts_with('{');
        if !plain {
            self.out.insert(begin, '{');
            self.out.push('}');
        }
    }

    fn map(&mut self, pairs: &[(NodeId, NodeId)]) {
        self.out.push('{');
        for (nth, (key, value)) in pairs.iter().enumerate() {
            if 0 < nth {
                self.out.push_str(", ");
            }
            if let Node::Text(key) = self.tree.node(*key) {
                self.quote(key);
            } else {
                self.out.push('(');
                self.write(*key, Place::Sequence);
                self.out.push(')');
            }
            self.out.push_str(": ");
            self.write(*value, Place::Expression);
        }
        self.out.push('}');
    }

    fn member(&mut self, base: NodeId, property: NodeId, optional: bool, method: bool) {
        self.write(base, Place::Tight);
        // After a chain a dot would continue the chain, which an index does not.
        let dot = method || !matches!(self.tree.node(base), Node::Chain(_));
        if let Node::Text(name) = self.tree.node(property)
            && dot
            && is_name(name)
        {
            self.out.push_str(if optional { "?." } else { "." });
            self.out.push_str(name);
        } else {
            self.out.push_str(if optional { "?.[" } else { "[" });
            self.write(property, Place::Expression);
            self.out.push(']');
        }
    }

    /// Operations that lean to the left, in a loop.
    fn binary_chain(&mut self, id: NodeId) {
        let mut chain = Vec::new();
        let mut first = id;
        while let Node::Binary(operator, left, right) = self.tree.node(first) {
            chain.push((first, *operator, *left, *right));
            if self.needs_brackets(*left, Place::Left(*operator)) {
                first = *left;
                break;
            }
            first = *left;
        }
        let outermost = chain.last().map_or(BinaryOperator::Or, |(_, operator, ..)| *operator);
        self.write(first, Place::Left(outermost));
        for (_, operator, left, right) in chain.into_iter().rev() {
            // `a < b && b < c` with one and the same `b` was written `a < b < c`.
            let (operator, right) = match self.continued(operator, left, right) {
                Some(continued) => continued,
                None => (operator, right),
            };
            let _ = write!(self.out, " {} ", operator.text());
            self.write(right, Place::Right(operator));
        }
    }

    fn continued(
        &self,
        operator: BinaryOperator,
        left: NodeId,
        right: NodeId,
    ) -> Option<(BinaryOperator, NodeId)> {
        let Node::Binary(next, shared, last) = self.tree.node(right) else {
            return None;
        };
        let mut comparison = left;
        if let Node::Binary(BinaryOperator::And, _, last) = self.tree.node(left) {
            comparison = *last;
        }
        let Node::Binary(compares, _, before) = *self.tree.node(comparison) else {
            return None;
        };
        if !compares.is_comparison() {
            return None;
        }
        let chained = operator == BinaryOperator::And && next.is_comparison() && before == *shared;
        chained.then_some((*next, *last))
    }

    fn quote(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                c if c.is_control() => {
                    let _ = write!(self.out, "\\u{{{:x}}}", u32::from(c));
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

/// Whether `a inner b outer c` reads as `(a inner b) outer c`.
fn leans_left(inner: BinaryOperator, outer: BinaryOperator) -> bool {
    let coalesce = BinaryOperator::Coalesce;
    outer.precedence() <= inner.precedence()
        && outer != BinaryOperator::Power
        && (inner == coalesce) == (outer == coalesce)
        && !(inner.is_comparison() && outer.is_comparison())
}
