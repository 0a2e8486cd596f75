//! Operators between two vectors.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::eval::context::MemoryOf;
use crate::eval::element::{Evaluated, Evaluator, unique};
use crate::eval::math;
use crate::eval::settings::EvalError;
use crate::labels::Labels;
use crate::query::{BinaryOperator, Group, Side, VectorBinary};
use crate::value::Element;

impl Evaluator<'_, '_> {
    pub(super) fn binary(&mut self, node: &VectorBinary, at_ms: i64) -> Evaluated<Vec<Element>> {
        let left = self.vector(&node.left, at_ms)?;
        let right = self.vector(&node.right, at_ms)?;
        if node.operator.is_set() {
            return unique(self.set_operation(node, left, right));
        }
        if left.is_empty() || right.is_empty() {
            return Ok(Vec::new());
        }
        // From here on the right side is the one with one element per group.
        match &node.matching.group {
            Some(Group { many: Side::Right, .. }) => self.matched(node, right, left),
            Some(Group { many: Side::Left, .. }) | None => self.matched(node, left, right),
        }
    }

    /// The labels that tell which elements belong together.
    fn signature(&mut self, node: &VectorBinary, labels: &Labels) -> Labels {
        let memory = self.context.memory(MemoryOf::Part(node.memory, 0));
        memory.of(labels, || {
            if node.matching.is_on {
                labels.only(&node.matching.labels)
            } else {
                labels.without_metric_name().without(&node.matching.labels)
            }
        })
    }

    fn set_operation(
        &mut self,
        node: &VectorBinary,
        mut left: Vec<Element>,
        mut right: Vec<Element>,
    ) -> Vec<Element> {
        let is_or = node.operator == BinaryOperator::Or;
        let there: FxHashSet<Labels> = if is_or { &left } else { &right }
            .iter()
            .map(|element| self.signature(node, &element.labels))
            .collect();
        if is_or {
            right.retain(|element| !there.contains(&self.signature(node, &element.labels)));
            left.append(&mut right);
        } else {
            let is_and = node.operator == BinaryOperator::And;
            left.retain(|element| there.contains(&self.signature(node, &element.labels)) == is_and);
        }
        left
    }

    fn matched(
        &mut self,
        node: &VectorBinary,
        many: Vec<Element>,
        one: Vec<Element>,
    ) -> Evaluated<Vec<Element>> {
        let is_swapped = matches!(node.matching.group, Some(Group { many: Side::Right, .. }));
        let mut partners: FxHashMap<Labels, Element> = FxHashMap::default();
        for element in one {
            let signature = self.signature(node, &element.labels);
            if let Some(first) = partners.get(&signature) {
                return Err(EvalError::SeveralMatches {
                    side: if is_swapped { "left" } else { "right" },
                    group: signature.to_string(),
                    first: first.labels.to_string(),
                    second: element.labels.to_string(),
                });
            }
            partners.insert(signature, element);
        }
        let mut taken: FxHashSet<Labels> = FxHashSet::default();
        let mut results = Vec::with_capacity(many.len());
        for element in many {
            let signature = self.signature(node, &element.labels);
            let Some(partner) = partners.get(&signature) else { continue };
            let (left, right) = if is_swapped {
                (partner.value, element.value)
            } else {
                (element.value, partner.value)
            };
            let Some(value) = combine(node, left, right) else { continue };
            let labels = self.result_labels(node, &element.labels, &partner.labels);
            if node.matching.group.is_none() {
                if !taken.insert(signature) {
                    let labels = element.labels.to_string();
                    return Err(EvalError::GroupingNeeded { labels });
                }
            } else if !taken.insert(labels.clone()) {
                return Err(EvalError::GroupingNotUnique { labels: labels.to_string() });
            }
            results.push(Element { labels, value });
        }
        unique(results)
    }

    /// The labels of a result: those of the side with many, changed as the operator asks.
    fn result_labels(&mut self, node: &VectorBinary, many: &Labels, one: &Labels) -> Labels {
        let drops_name = node.operator.drops_metric_name(self.context.dialect) || node.returns_bool;
        let memory = self.context.memory(MemoryOf::Part(node.memory, 1));
        memory.of_two(many, one, || {
            let mut labels = if drops_name { many.without_metric_name() } else { many.clone() };
            match &node.matching.group {
                None if node.matching.is_on => labels = labels.only(&node.matching.labels),
                None => labels = labels.without(&node.matching.labels),
                Some(group) => {
                    for name in &group.copied {
                        labels = labels.with(name, one.get(name));
                    }
                }
            }
            labels
        })
    }
}

/// The value of two matched elements; `None` if a comparison filters them out.
fn combine(node: &VectorBinary, left: f64, right: f64) -> Option<f64> {
    if !node.operator.compares() {
        return math::calculate(node.operator, left, right);
    }
    let holds = math::holds(node.operator, left, right);
    if node.returns_bool { Some(math::number(holds)) } else { holds.then_some(left) }
}
