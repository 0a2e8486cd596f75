//! Ordering elements by value: `sort`, `topk` and `bottomk`.

use std::cmp::Ordering;

use crate::Dialect;
use crate::eval::element::{Evaluated, Evaluator};
use crate::query::Vector;
use crate::value::Element;

/// Which values come first. NaN comes last in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Small ones.
    Ascending,
    /// Large ones.
    Descending,
}

impl Evaluator<'_, '_> {
    pub(super) fn sort(
        &mut self,
        vector: &Vector,
        is_descending: bool,
        at_ms: i64,
    ) -> Evaluated<Vec<Element>> {
        let mut elements = self.vector(vector, at_ms)?;
        sort(&mut elements, if is_descending { Order::Descending } else { Order::Ascending });
        Ok(elements)
    }
}

impl Order {
    /// True if `left` is to come after `right`, or might as well: NaN comes after all.
    fn is_behind(self, left: f64, right: f64) -> bool {
        left.is_nan()
            || match self {
                Self::Ascending => right < left,
                Self::Descending => left < right,
            }
    }

    fn compare(self, left: f64, right: f64) -> Ordering {
        match (left.is_nan(), right.is_nan()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let ascending = left.partial_cmp(&right).unwrap_or(Ordering::Equal);
                match self {
                    Self::Ascending => ascending,
                    Self::Descending => ascending.reverse(),
                }
            }
        }
    }
}

/// Up to this many elements Go sorts by insertion, which shows in the order of several NaN.
const INSERTION_MAX: usize = 12;

fn sort(elements: &mut [Element], order: Order) {
    if INSERTION_MAX < elements.len() {
        elements.sort_by(|left, right| order.compare(left.value, right.value));
        return;
    }
    for last in 1..elements.len() {
        let mut at = last;
        while 0 < at && order.is_behind(elements[at - 1].value, elements[at].value) {
            elements.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// The first elements of an order, the last of them on top: a binary heap.
///
/// Which of several equal elements stay is part of the semantics, so the heap is that of Go.
pub(super) struct Heap {
    order: Order,
    kept_max: usize,
    dialect: Dialect,
    elements: Vec<Element>,
}

impl Heap {
    pub(super) fn new(order: Order, kept_max: usize, dialect: Dialect) -> Self {
        Self { order, kept_max, dialect, elements: Vec::new() }
    }

    /// Keeps `element` if there is room or it comes before the last one kept.
    pub(super) fn offer(&mut self, element: Element) {
        if self.elements.len() < self.kept_max {
            self.elements.push(element);
            self.sift_up();
            return;
        }
        let Some(top) = self.elements.first_mut() else { return };
        let is_better = match self.order {
            Order::Ascending => element.value < top.value,
            Order::Descending => top.value < element.value,
        };
        match self.dialect {
            // Takes the top out and puts the new one in at the end.
            Dialect::Prometheus2 if is_better || top.value.is_nan() => {
                self.elements.swap_remove(0);
                self.sift_down();
                self.elements.push(element);
                self.sift_up();
            }
            // Puts the new one in place of the top.
            Dialect::Prometheus3
                if is_better || (top.value.is_nan() && !element.value.is_nan()) =>
            {
                *top = element;
                self.sift_down();
            }
            Dialect::Prometheus2 | Dialect::Prometheus3 => {}
        }
    }

    fn is_above(&self, upper: usize, lower: usize) -> bool {
        self.order.is_behind(self.elements[upper].value, self.elements[lower].value)
    }

    fn sift_up(&mut self) {
        let mut at = self.elements.len() - 1;
        while 0 < at {
            let parent = (at - 1) / 2;
            if !self.is_above(at, parent) {
                return;
            }
            self.elements.swap(at, parent);
            at = parent;
        }
    }

    fn sift_down(&mut self) {
        let mut at = 0;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            if self.elements.len() <= left {
                return;
            }
            let has_right = right < self.elements.len();
            let child = if has_right && self.is_above(right, left) { right } else { left };
            if !self.is_above(child, at) {
                return;
            }
            self.elements.swap(at, child);
            at = child;
        }
    }

    pub(super) fn into_sorted(mut self) -> Vec<Element> {
        sort(&mut self.elements, self.order);
        self.elements
    }
}
