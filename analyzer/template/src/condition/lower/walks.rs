//! Walks over lists, and what the language makes of walks over walks.

use super::super::builtin::Builtin;
use super::super::code::{Code, CodeId, Comparison, Operation, Walk};
use super::super::syntax::{BinaryOperator, Node, NodeId, Pointer};
use super::super::value::Value;
use super::{Lowered, Lowerer};

impl<'l> Lowerer<'l> {
    pub(super) fn walk(&mut self, builtin: Builtin, arguments: &[NodeId]) -> Lowered<Code> {
        let [source, rest @ ..] = arguments else {
            return Ok(Code::Constant(Value::Nil));
        };
        let list = self.node(*source)?;
        let body_node = rest.first().copied();
        let body = body_node.map(|body| self.place_node(body)).transpose()?;
        let extra = rest.get(1).map(|extra| self.place_node(*extra)).transpose()?;
        if let Some(rewritten) = self.over_walk(builtin, &list, body, body_node) {
            return Ok(rewritten);
        }
        if let Some(sum) = self.constant_sum(builtin, &list, body, extra) {
            return Ok(Code::Constant(Value::Int(sum)));
        }
        if let (Builtin::Sum, None, Code::List(items)) = (builtin, body, &list)
            && 2 <= items.len()
        {
            return Ok(Code::SumRight(items.clone()));
        }
        Ok(Code::Walk(Walk {
            builtin,
            list: self.place(list),
            source: *source,
            body,
            extra,
            mapped: None,
            enough: None,
            throws: false,
            was_count: false,
        }))
    }

    /// Two filters in one, a map of a filter in one walk, a sum of a map in one walk.
    fn over_walk(
        &mut self,
        builtin: Builtin,
        list: &Code,
        body: Option<CodeId>,
        body_node: Option<NodeId>,
    ) -> Option<Code> {
        let Code::Walk(inner) = list else {
            return None;
        };
        match (builtin, inner.builtin) {
            (Builtin::Filter, Builtin::Filter) if inner.mapped.is_none() => {
                let (first, second) = (inner.body?, body?);
                let both = Code::Operations { first, rest: vec![(Operation::And, second)] };
                let body = Some(self.place(both));
                Some(Code::Walk(Walk { body, ..inner.clone() }))
            }
            (Builtin::Map, Builtin::Filter)
                if inner.mapped.is_none() && !self.asks_index(body_node?) =>
            {
                Some(Code::Walk(Walk { mapped: body, ..inner.clone() }))
            }
            (Builtin::Sum, Builtin::Map) if body.is_none() => {
                Some(Code::Walk(Walk { builtin: Builtin::Sum, ..inner.clone() }))
            }
            _ => None,
        }
    }

    fn asks_index(&self, id: NodeId) -> bool {
        let mut open = vec![id];
        let mut left = self.tree.len() * 4;
        while let Some(id) = open.pop() {
            left = left.saturating_sub(1);
            if left == 0 || *self.tree.node(id) == Node::Pointer(Pointer::Index) {
                return true;
            }
            self.tree.parts(id, &mut |part| open.push(part));
        }
        false
    }

    /// The sum of a constant range, by its formula and with its overflows.
    fn constant_sum(
        &self,
        builtin: Builtin,
        list: &Code,
        body: Option<CodeId>,
        extra: Option<CodeId>,
    ) -> Option<i64> {
        let (from, to) = self.range_ends(list)?;
        if to < from {
            return None;
        }
        let count = to.wrapping_sub(from).wrapping_add(1);
        let sum = count.wrapping_mul(from.wrapping_add(to)).wrapping_div(2);
        match (builtin, body) {
            (Builtin::Sum, None) => Some(sum),
            (Builtin::Sum, Some(body)) => self.sum_of(self.code(body), sum, count),
            (Builtin::Reduce, Some(body)) if self.adds_item(self.code(body)) => match extra {
                None => Some(sum),
                Some(first) => {
                    let Code::Constant(Value::Int(first)) = self.code(first) else { return None };
                    Some(first.wrapping_add(sum))
                }
            },
            _ => None,
        }
    }

    /// The sum of `#`, `# + k`, `# - k`, `# * k` over a range of that sum and count.
    fn sum_of(&self, body: &Code, sum: i64, count: i64) -> Option<i64> {
        let Code::Operations { first, rest } = body else {
            return matches!(body, Code::Item).then_some(sum);
        };
        let [(operation, second)] = rest.as_slice() else {
            return None;
        };
        let (constant, item_first) = match (self.code(*first), self.code(*second)) {
            (Code::Item, Code::Constant(Value::Int(k))) => (*k, true),
            (Code::Constant(Value::Int(k)), Code::Item) => (*k, false),
            _ => return None,
        };
        let all = count.wrapping_mul(constant);
        match (operation, item_first) {
            (Operation::Multiply, _) => Some(constant.wrapping_mul(sum)),
            (Operation::Add, _) => Some(sum.wrapping_add(all)),
            (Operation::Subtract, true) => Some(sum.wrapping_sub(all)),
            (Operation::Subtract, false) => Some(all.wrapping_sub(sum)),
            _ => None,
        }
    }

    /// Whether it is `# + #acc` or `#acc + #`.
    fn adds_item(&self, body: &Code) -> bool {
        let Code::Operations { first, rest } = body else {
            return false;
        };
        let [(Operation::Add, second)] = rest.as_slice() else {
            return false;
        };
        matches!(
            (self.code(*first), self.code(*second)),
            (Code::Item, Code::Accumulator) | (Code::Accumulator, Code::Item)
        )
    }

    /// `all(x, p) && all(x, q)` in one walk, and so for `none` with and, `any` with or.
    pub(super) fn join_walks(
        &mut self,
        operator: BinaryOperator,
        left: &Code,
        right: &Code,
    ) -> Option<Code> {
        let (Code::Walk(a), Code::Walk(b)) = (left, right) else {
            return None;
        };
        let joined = match (a.builtin, operator) {
            (Builtin::All, BinaryOperator::And) => BinaryOperator::And,
            (Builtin::Any, BinaryOperator::Or) | (Builtin::None, BinaryOperator::And) => {
                BinaryOperator::Or
            }
            _ => return None,
        };
        let apart = a.builtin != b.builtin
            || a.was_count
            || b.was_count
            || !self.tree.says_same(a.source, self.tree, b.source);
        if apart {
            return None;
        }
        let (p, q) = (a.body?, b.body?);
        let (p_code, q_code) = (self.code(p).clone(), self.code(q).clone());
        let both = match self.join_walks(joined, &p_code, &q_code) {
            Some(both) => both,
            None if joined == BinaryOperator::And => {
                Code::Operations { first: p, rest: vec![(Operation::And, q)] }
            }
            None => Code::Operations { first: p, rest: vec![(Operation::Or, q)] },
        };
        let body = Some(self.place(both));
        Some(Code::Walk(Walk { body, ..a.clone() }))
    }
}

/// `filter(…)[0]` and `filter(…)[-1]`, which look no further than they have to.
pub(super) fn first_of_filter(base: &Code, place: i64) -> Option<Code> {
    let Code::Walk(walk) = base else {
        return None;
    };
    let builtin = match (walk.builtin, place) {
        (Builtin::Filter, 0) => Builtin::Find,
        (Builtin::Filter, -1) => Builtin::FindLast,
        _ => return None,
    };
    Some(Code::Walk(Walk { builtin, throws: true, ..walk.clone() }))
}

/// `len(filter(…))`, `first(filter(…))` and `last(filter(…))`.
pub(super) fn over_filter(builtin: Builtin, argument: &Code) -> Option<Code> {
    let Code::Walk(walk) = argument else {
        return None;
    };
    if walk.builtin != Builtin::Filter {
        return None;
    }
    if builtin == Builtin::Len {
        Some(Code::Walk(Walk { builtin: Builtin::Count, mapped: None, ..walk.clone() }))
    } else if builtin == Builtin::First {
        Some(Code::Walk(Walk { builtin: Builtin::Find, ..walk.clone() }))
    } else if builtin == Builtin::Last {
        Some(Code::Walk(Walk { builtin: Builtin::FindLast, ..walk.clone() }))
    } else {
        None
    }
}

/// `count(…) > 0` needs one hit only, `count(…) > 3` needs four. Returns what to put on the left, and
/// whether that is the whole answer.
pub(super) fn stop_counting(comparison: Comparison, left: Code, right: &Code) -> (Code, bool) {
    let (Code::Walk(walk), Code::Constant(Value::Int(limit))) = (&left, right) else {
        return (left, false);
    };
    if walk.builtin != Builtin::Count || walk.body.is_none() {
        return (left, false);
    }
    let enough = match comparison {
        Comparison::More | Comparison::LessOrEqual => limit.checked_add(1),
        Comparison::MoreOrEqual | Comparison::Less => Some(*limit),
    };
    match (comparison, enough) {
        (Comparison::More | Comparison::MoreOrEqual, Some(1)) => {
            let any = Walk { builtin: Builtin::Any, was_count: true, ..walk.clone() };
            (Code::Walk(any), true)
        }
        (_, Some(enough)) if 0 <= *limit && 1 < enough => {
            (Code::Walk(Walk { enough: Some(enough), ..walk.clone() }), false)
        }
        _ => (left, false),
    }
}
