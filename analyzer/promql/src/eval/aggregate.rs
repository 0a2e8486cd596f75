//! Aggregations: few elements of many.

use rustc_hash::FxHashMap;

use crate::Dialect;
use crate::eval::context::MemoryOf;
use crate::eval::element::{Evaluated, Evaluator, unique};
use crate::eval::float::{KahanSum, RunningMean, count, quantile, stays_infinite};
use crate::eval::order::{Heap, Order};
use crate::eval::settings::EvalError;
use crate::labels::{Labels, METRIC_NAME};
use crate::query::{Aggregate, AggregateOperator, Grouping, Parameter};
use crate::value::{Element, number_text};

impl Evaluator<'_, '_> {
    pub(super) fn aggregate(&mut self, node: &Aggregate, at_ms: i64) -> Evaluated<Vec<Element>> {
        let parameter = match &node.parameter {
            Parameter::Scalar(scalar) => self.scalar(scalar, at_ms)?,
            Parameter::Label(label) => return self.count_values(node, label, at_ms),
            Parameter::None => f64::NAN,
        };
        let elements = self.vector(&node.vector, at_ms)?;
        let order = match node.operator {
            AggregateOperator::Topk => Order::Descending,
            AggregateOperator::Bottomk => Order::Ascending,
            AggregateOperator::Quantile => {
                self.context.check_quantile(parameter);
                return Ok(self.folded(node, parameter, elements));
            }
            AggregateOperator::Sum
            | AggregateOperator::Avg
            | AggregateOperator::Count
            | AggregateOperator::Min
            | AggregateOperator::Max
            | AggregateOperator::Group
            | AggregateOperator::Stddev
            | AggregateOperator::Stdvar
            | AggregateOperator::CountValues => {
                return Ok(self.folded(node, parameter, elements));
            }
        };
        let kept = elements_kept(parameter)?.min(elements.len());
        if kept == 0 {
            return Ok(Vec::new());
        }
        let dialect = self.context.dialect;
        let mut heaps: Groups<Heap> = Groups::default();
        for element in elements {
            let labels = self.group_labels(node, &element.labels);
            heaps.of(labels, || Heap::new(order, kept, dialect)).offer(element);
        }
        unique(heaps.groups.into_iter().flat_map(|(_, heap)| heap.into_sorted()).collect())
    }

    fn folded(&mut self, node: &Aggregate, parameter: f64, elements: Vec<Element>) -> Vec<Element> {
        let dialect = self.context.dialect;
        let mut groups: Groups<Fold> = Groups::default();
        for element in elements {
            let labels = self.group_labels(node, &element.labels);
            groups.of(labels, Fold::default).add(node.operator, element.value, dialect);
        }
        let element = |(labels, fold): (Labels, Fold)| Element {
            labels,
            value: fold.value(node.operator, parameter, dialect),
        };
        groups.groups.into_iter().map(element).collect()
    }

    fn group_labels(&mut self, node: &Aggregate, labels: &Labels) -> Labels {
        let memory = self.context.memory(MemoryOf::Part(node.memory, 0));
        memory.of(labels, || grouped(&node.grouping, labels))
    }

    fn count_values(
        &mut self,
        node: &Aggregate,
        label: &str,
        at_ms: i64,
    ) -> Evaluated<Vec<Element>> {
        let elements = self.vector(&node.vector, at_ms)?;
        let Grouping { is_without, labels: names } = &node.grouping;
        let is_dropped =
            *is_without && (label == METRIC_NAME || names.iter().any(|name| name == label));
        let mut groups: Groups<f64> = Groups::default();
        for element in elements {
            let mut labels = self.group_labels(node, &element.labels);
            if !is_dropped {
                labels = labels.with(label, &number_text(element.value));
            }
            *groups.of(labels, || 0.0) += 1.0;
        }
        let element = |(labels, value)| Element { labels, value };
        Ok(groups.groups.into_iter().map(element).collect())
    }
}

/// The labels of the group that an element belongs to.
fn grouped(grouping: &Grouping, labels: &Labels) -> Labels {
    if grouping.is_without {
        labels.without_metric_name().without(&grouping.labels)
    } else {
        labels.only(&grouping.labels)
    }
}

/// How many elements `topk` and `bottomk` keep.
fn elements_kept(parameter: f64) -> Evaluated<usize> {
    if parameter.is_nan() || 9.2e18 < parameter.abs() {
        return Err(EvalError::BadCount { value: parameter });
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to fit; cut off and negative ones made zero on purpose"
    )]
    let kept = parameter.max(0.0) as usize;
    Ok(kept)
}

/// Groups in the order their first elements came.
struct Groups<T> {
    places: FxHashMap<Labels, usize>,
    groups: Vec<(Labels, T)>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self { places: FxHashMap::default(), groups: Vec::new() }
    }
}

impl<T> Groups<T> {
    fn of(&mut self, labels: Labels, new: impl FnOnce() -> T) -> &mut T {
        let place = match self.places.get(&labels) {
            Some(&place) => place,
            None => {
                self.groups.push((labels.clone(), new()));
                self.places.insert(labels, self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        &mut self.groups[place].1
    }
}

/// What an aggregation keeps of a group's values.
#[derive(Default)]
struct Fold {
    count: usize,
    sum: KahanSum,
    running: RunningMean,
    mean: f64,
    squares: f64,
    extreme: f64,
    values: Vec<f64>,
}

impl Fold {
    fn add(&mut self, operator: AggregateOperator, value: f64, dialect: Dialect) {
        self.count += 1;
        let is_first = self.count == 1;
        match operator {
            AggregateOperator::Sum => match dialect {
                // The first value is taken as it is, so that a sum of -0 is -0.
                Dialect::Prometheus2 | Dialect::Prometheus3 if is_first => self.sum.sum = value,
                Dialect::Prometheus2 => self.sum.sum += value,
                Dialect::Prometheus3 => self.sum.add(value, dialect),
            },
            AggregateOperator::Avg => match dialect {
                Dialect::Prometheus2 if is_first => self.mean = value,
                Dialect::Prometheus2 if stays_infinite(self.mean, value) => {}
                Dialect::Prometheus2 => {
                    let count = count(self.count);
                    self.mean += value / count - self.mean / count;
                }
                Dialect::Prometheus3 => self.running.add(value),
            },
            AggregateOperator::Stddev | AggregateOperator::Stdvar => {
                self.spread(value, is_first, dialect);
            }
            AggregateOperator::Min => {
                if is_first || value < self.extreme || self.extreme.is_nan() {
                    self.extreme = value;
                }
            }
            AggregateOperator::Max => {
                if is_first || self.extreme < value || self.extreme.is_nan() {
                    self.extreme = value;
                }
            }
            AggregateOperator::Quantile => self.values.push(value),
            AggregateOperator::Count
            | AggregateOperator::Group
            | AggregateOperator::Topk
            | AggregateOperator::Bottomk
            | AggregateOperator::CountValues => {}
        }
    }

    /// Welford's algorithm for the variance.
    fn spread(&mut self, value: f64, is_first: bool, dialect: Dialect) {
        if is_first {
            self.mean = value;
            // Prometheus 2 says that one infinite value has no variance.
            let is_odd = dialect == Dialect::Prometheus3 && !value.is_finite();
            self.squares = if is_odd { f64::NAN } else { 0.0 };
            return;
        }
        let distance = value - self.mean;
        self.mean += distance / count(self.count);
        self.squares += distance * (value - self.mean);
    }

    fn value(mut self, operator: AggregateOperator, parameter: f64, dialect: Dialect) -> f64 {
        match operator {
            AggregateOperator::Sum => match dialect {
                Dialect::Prometheus2 => self.sum.sum,
                Dialect::Prometheus3 => self.sum.sum + self.sum.lost,
            },
            AggregateOperator::Avg => match dialect {
                Dialect::Prometheus2 => self.mean,
                Dialect::Prometheus3 => self.running.value(),
            },
            AggregateOperator::Stdvar => self.squares / count(self.count),
            AggregateOperator::Stddev => (self.squares / count(self.count)).sqrt(),
            AggregateOperator::Min | AggregateOperator::Max => self.extreme,
            AggregateOperator::Quantile => quantile(parameter, &mut self.values),
            AggregateOperator::Group => 1.0,
            AggregateOperator::Count
            | AggregateOperator::Topk
            | AggregateOperator::Bottomk
            | AggregateOperator::CountValues => count(self.count),
        }
    }
}
