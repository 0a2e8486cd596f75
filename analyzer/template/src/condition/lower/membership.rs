//! `in` a constant list or a constant range, which is made into a set or two comparisons.

use std::sync::Arc;

use super::super::code::{Code, Comparison, ConstantSet, Operation};
use super::super::nature::Kind;
use super::super::syntax::{Node, NodeId};
use super::super::value::Value;
use super::Lowerer;

impl Lowerer<'_> {
    /// The elements of a literal list of whole numbers or of texts that `in` looks into. Whole
    /// numbers only when the left side is one by type: texts whatever it is.
    pub(super) fn constant_set(&self, left: NodeId, right: NodeId) -> Option<ConstantSet> {
        let Node::List(nodes) = self.tree.node(right) else {
            return None;
        };
        if nodes.is_empty() {
            return None;
        }
        if self.natures.of(left).kind() == Kind::Int {
            let ints = nodes.iter().map(|node| {
                if let Node::Int(value) = self.tree.node(*node) { Some(*value) } else { None }
            });
            if let Some(ints) = ints.collect() {
                return Some(ConstantSet::Ints(ints));
            }
        }
        let texts = nodes.iter().map(|node| {
            let Node::Text(text) = self.tree.node(*node) else { return None };
            Some(Arc::from(Arc::clone(text)))
        });
        texts.collect::<Option<Vec<_>>>().map(ConstantSet::Texts)
    }

    /// The ends of a constant range that a whole number is looked up in.
    pub(super) fn constant_range(&self, left: NodeId, right: &Code) -> Option<(i64, i64)> {
        if self.natures.of(left).kind() != Kind::Int {
            return None;
        }
        self.range_ends(right)
    }

    pub(super) fn range_ends(&self, range: &Code) -> Option<(i64, i64)> {
        let Code::Operations { first, rest } = range else {
            return None;
        };
        let [(Operation::Range, to)] = rest.as_slice() else {
            return None;
        };
        match (self.code(*first), self.code(*to)) {
            (Code::Constant(Value::Int(from)), Code::Constant(Value::Int(to))) => {
                Some((*from, *to))
            }
            _ => None,
        }
    }

    pub(super) fn between(&mut self, needle: Code, from: i64, to: i64) -> Code {
        let from = Code::Constant(Value::Int(from));
        let to = Code::Constant(Value::Int(to));
        let below = self.comparison(Comparison::MoreOrEqual, needle.clone(), from);
        let above = self.comparison(Comparison::LessOrEqual, needle, to);
        self.operate(Operation::And, below, above)
    }
}
