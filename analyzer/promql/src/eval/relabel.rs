//! Functions that change labels.

use crate::eval::context::MemoryOf;
use crate::eval::element::{Evaluated, Evaluator, unique};
use crate::labels::Labels;
use crate::query::{LabelChange, Vector};
use crate::value::Element;

impl Evaluator<'_, '_> {
    pub(super) fn relabel(
        &mut self,
        change: &LabelChange,
        vector: &Vector,
        memory: usize,
        at_ms: i64,
    ) -> Evaluated<Vec<Element>> {
        let mut elements = self.vector(vector, at_ms)?;
        let to = match change {
            LabelChange::Replace { to, .. } | LabelChange::Join { to, .. } => to,
        };
        for element in &mut elements {
            let labels = &element.labels;
            let memory = self.context.memory(MemoryOf::Part(memory, 0));
            let changed = memory.of(labels, || changed(change, labels));
            self.context.check_label(changed.get(to))?;
            element.labels = changed;
        }
        unique(elements)
    }
}

fn changed(change: &LabelChange, labels: &Labels) -> Labels {
    match change {
        LabelChange::Replace { to, template, from, pattern } => {
            let value = pattern.expand(labels.get(from), template);
            value.map_or_else(|| labels.clone(), |value| labels.with(to, &value))
        }
        LabelChange::Join { to, separator, from } => {
            let values: Vec<&str> = from.iter().map(|name| labels.get(name)).collect();
            labels.with(to, &values.join(separator))
        }
    }
}
