//! The static types of what two operands give.

use super::super::advice;
use super::super::nature::Nature;
use super::super::syntax::{BinaryOperator, Node, NodeId};
use super::{Checked, Checker};

const IS_BOOL: fn(&Nature) -> bool = |nature| *nature == Nature::Bool;
const IS_NUMBER: fn(&Nature) -> bool = Nature::is_number;
const IS_INTEGER: fn(&Nature) -> bool = Nature::is_integer;
const IS_TEXT: fn(&Nature) -> bool = |nature| *nature == Nature::Text;
const IS_TIME: fn(&Nature) -> bool = |nature| *nature == Nature::Time;
const IS_DURATION: fn(&Nature) -> bool = |nature| *nature == Nature::Duration;
const ORDERED: &[fn(&Nature) -> bool] = &[IS_NUMBER, IS_TEXT, IS_TIME, IS_DURATION];

impl Checker<'_> {
    /// Checks `a + b + c …`, which leans to the left, in a loop.
    pub(super) fn binary_chain(&mut self, id: NodeId) -> Checked<Nature> {
        let below = self.chain.len();
        let mut first = id;
        while let Node::Binary(_, left, _) = self.tree.node(first)
            && !self.seen(first)
        {
            self.chain.push(first);
            first = *left;
        }
        let mut nature = self.visit(first)?;
        while below < self.chain.len()
            && let Some(id) = self.chain.pop()
        {
            let Node::Binary(operator, left, right) = *self.tree.node(id) else { continue };
            let right = self.visit(right)?;
            nature = match binary(operator, &nature, &right) {
                Some(nature) => nature,
                None => return Err(self.mismatch(id, operator, left, &nature, &right)),
            };
            self.note(id, &nature);
        }
        Ok(nature)
    }

    fn mismatch(
        &self,
        id: NodeId,
        operator: BinaryOperator,
        left: NodeId,
        a: &Nature,
        b: &Nature,
    ) -> super::ConditionProblem {
        let looks_in = operator == BinaryOperator::In;
        let message = if looks_in && b.is_map() {
            format!("cannot use {a} as type string in map key")
        } else if looks_in && b.is_list() {
            format!("cannot use {a} as type {} in array", b.element())
        } else {
            format!("invalid operation: {} (mismatched types {a} and {b})", operator.text())
        };
        let on_result = matches!(self.tree.node(left), Node::Name(name) if &**name == "result");
        super::ConditionProblem {
            help: advice::for_mismatch(operator, a, b, on_result),
            ..self.problem(id, message)
        }
    }
}

/// What `a operator b` is; none when the types do not fit.
fn binary(operator: BinaryOperator, a: &Nature, b: &Nature) -> Option<Nature> {
    use BinaryOperator as B;
    match operator {
        B::Equal | B::NotEqual => a.comparable_to(b).then_some(Nature::Bool),
        B::Or | B::And => {
            (IS_BOOL(a) && IS_BOOL(b) || a.maybe(b, &[IS_BOOL])).then_some(Nature::Bool)
        }
        B::Less | B::More | B::LessOrEqual | B::MoreOrEqual => {
            let fits = ORDERED.iter().any(|is| is(a) && is(b)) || a.maybe(b, ORDERED);
            fits.then_some(Nature::Bool)
        }
        B::Add => sum(a, b),
        B::Subtract => difference(a, b),
        B::Multiply => product(a, b),
        B::Divide | B::Power => {
            let fits = a.is_number() && b.is_number() || a.maybe(b, &[IS_NUMBER]);
            fits.then_some(Nature::Float)
        }
        B::Modulo => {
            let fits = a.is_integer() && b.is_integer() || a.maybe(b, &[IS_INTEGER]);
            fits.then_some(Nature::Int)
        }
        B::In => contained(a, b),
        B::Matches => {
            let text = matches!(a, Nature::Text | Nature::Bytes) && IS_TEXT(b);
            (text || a.maybe(b, &[IS_TEXT])).then_some(Nature::Bool)
        }
        B::Contains | B::StartsWith | B::EndsWith => {
            (IS_TEXT(a) && IS_TEXT(b) || a.maybe(b, &[IS_TEXT])).then_some(Nature::Bool)
        }
        B::Range => {
            let fits = a.is_integer() && b.is_integer() || a.maybe(b, &[IS_INTEGER]);
            fits.then(|| Nature::list_of(Nature::Int))
        }
        B::Coalesce => Some(if *a == Nature::Nil {
            b.clone()
        } else if *b == Nature::Nil || b.assignable_to(a) {
            a.clone()
        } else {
            Nature::Unknown
        }),
    }
}

fn sum(a: &Nature, b: &Nature) -> Option<Nature> {
    if a.is_number() && b.is_number() {
        return Some(a.promoted(b));
    }
    match (a, b) {
        (Nature::Text, Nature::Text) => Some(Nature::Text),
        (Nature::Time, Nature::Duration) | (Nature::Duration, Nature::Time) => Some(Nature::Time),
        (Nature::Duration, Nature::Duration) => Some(Nature::Duration),
        (a, b) => a.maybe(b, ORDERED).then_some(Nature::Unknown),
    }
}

fn difference(a: &Nature, b: &Nature) -> Option<Nature> {
    if a.is_number() && b.is_number() {
        return Some(a.promoted(b));
    }
    match (a, b) {
        (Nature::Time, Nature::Time) | (Nature::Duration, Nature::Duration) => {
            Some(Nature::Duration)
        }
        (Nature::Time, Nature::Duration) => Some(Nature::Time),
        (a, b) => a.maybe(b, &[IS_NUMBER, IS_TIME, IS_DURATION]).then_some(Nature::Unknown),
    }
}

fn product(a: &Nature, b: &Nature) -> Option<Nature> {
    if a.is_number() && b.is_number() {
        return Some(a.promoted(b));
    }
    let duration =
        IS_DURATION(a) && (IS_DURATION(b) || b.is_number()) || a.is_number() && IS_DURATION(b);
    if duration {
        return Some(Nature::Duration);
    }
    a.maybe(b, &[IS_NUMBER, IS_DURATION]).then_some(Nature::Unknown)
}

fn contained(a: &Nature, b: &Nature) -> Option<Nature> {
    let fits = if *b == Nature::Time {
        *a == Nature::Text || a.is_unknown()
    } else if b.is_map() {
        a.is_unknown() || *b != Nature::Map || *a == Nature::Text
    } else if b.is_list() {
        a.comparable_to(&b.element())
    } else {
        b.is_unknown() || a.is_unknown() && *b == Nature::Text
    };
    fits.then_some(Nature::Bool)
}
