//! Evaluating expressions at one step.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Dialect;
use crate::eval::context::Context;
use crate::eval::float::{go_max, go_min};
use crate::eval::range::RangeMemory;
use crate::eval::settings::EvalError;
use crate::eval::{date, math, seconds};
use crate::labels::Labels;
use crate::query::{At, Scalar, Selector, Side, Vector, When, WithScalar};
use crate::series::{Points, Series, is_stale};
use crate::value::{Element, MatrixSeries};

pub(super) type Evaluated<T> = Result<T, EvalError>;

/// Evaluates at the steps of a query or of a subquery.
pub(super) struct Evaluator<'c, 's> {
    pub(super) context: &'c mut Context<'s>,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    step_ms: i64,
    /// The results of subqueries, which serve all steps.
    pub(super) subqueries: Vec<Option<Rc<[Series]>>>,
    /// What functions over ranges keep from one step to the next, per part of the query.
    pub(super) ranges: Vec<Option<RangeMemory<'s>>>,
}

impl<'c, 's> Evaluator<'c, 's> {
    pub(super) fn new(
        context: &'c mut Context<'s>,
        start_ms: i64,
        end_ms: i64,
        step_ms: i64,
    ) -> Self {
        let subqueries = vec![None; context.subqueries];
        let ranges = (0..context.parts).map(|_| None).collect();
        Self { context, start_ms, end_ms, step_ms, subqueries, ranges }
    }

    /// The times of the steps.
    pub(super) fn steps(&self) -> impl Iterator<Item = i64> + use<> {
        let (end_ms, step_ms) = (self.end_ms, self.step_ms);
        let next =
            move |&at_ms: &i64| at_ms.checked_add(step_ms).filter(|&next_ms| next_ms <= end_ms);
        std::iter::successors(Some(self.start_ms).filter(|&start_ms| start_ms <= end_ms), next)
    }

    /// Evaluates at every step and puts the points of each label set together.
    pub(super) fn matrix(&mut self, vector: &Vector) -> Evaluated<Vec<MatrixSeries>> {
        let mut places: FxHashMap<Labels, usize> = FxHashMap::default();
        let mut matrix: Vec<MatrixSeries> = Vec::new();
        for at_ms in self.steps() {
            let elements = self.vector(vector, at_ms)?;
            self.context.spend_samples(elements.len())?;
            for (index, Element { labels, value }) in elements.into_iter().enumerate() {
                // Mostly each step gives the elements in the order of the step before.
                let is_same = |series: &MatrixSeries| series.labels.address() == labels.address();
                if let Some(series) = matrix.get_mut(index).filter(|series| is_same(series)) {
                    series.points.push(at_ms, value);
                    continue;
                }
                let place = *places.entry(labels).or_insert_with_key(|labels| {
                    matrix.push(MatrixSeries { labels: labels.clone(), points: Points::default() });
                    matrix.len() - 1
                });
                matrix[place].points.push(at_ms, value);
            }
        }
        matrix.sort_by(|left, right| left.labels.cmp(&right.labels));
        Ok(matrix)
    }

    /// Evaluates an expression that gives one number.
    pub(super) fn scalar(&mut self, scalar: &Scalar, at_ms: i64) -> Evaluated<f64> {
        Ok(match scalar {
            Scalar::Number(value) => *value,
            Scalar::Time => seconds(at_ms),
            Scalar::Of(vector) => match self.vector(vector, at_ms)?.as_slice() {
                [element] => element.value,
                _ => f64::NAN,
            },
            Scalar::Negated(inner) => -self.scalar(inner, at_ms)?,
            Scalar::Binary { operator, left, right } => {
                let (left, right) = (self.scalar(left, at_ms)?, self.scalar(right, at_ms)?);
                let calculated = math::calculate(*operator, left, right);
                calculated.unwrap_or_else(|| math::number(math::holds(*operator, left, right)))
            }
        })
    }

    /// Evaluates an expression that gives an instant vector.
    pub(super) fn vector(&mut self, vector: &Vector, at_ms: i64) -> Evaluated<Vec<Element>> {
        let elements = self.any_vector(vector, at_ms)?;
        self.context.spend_visits(elements.len() + 1)?;
        Ok(elements)
    }

    fn any_vector(&mut self, vector: &Vector, at_ms: i64) -> Evaluated<Vec<Element>> {
        match vector {
            Vector::Selector(selector) => self.select(selector, at_ms, |_, value| value),
            Vector::Of(scalar) => self.of_scalar(scalar, at_ms),
            Vector::Negated(vector) => self.mapped(vector, at_ms, |value| -value),
            Vector::WithScalar(with_scalar) => self.with_scalar(with_scalar, at_ms),
            Vector::Binary(binary) => self.binary(binary, at_ms),
            Vector::Aggregate(aggregate) => self.aggregate(aggregate, at_ms),
            Vector::Range { function, range, parameters, memory } => {
                self.over_range(*function, range, parameters, *memory, at_ms)
            }
            Vector::Absent { vector, labels } => {
                let is_absent = self.vector(vector, at_ms)?.is_empty();
                self.context.is_founded = true;
                Ok(absent(is_absent, labels))
            }
            Vector::AbsentOverTime { range, labels } => {
                let is_absent = !self.has_points(range, at_ms)?;
                self.context.is_founded = true;
                Ok(absent(is_absent, labels))
            }
            Vector::Math { function, vector } => {
                self.mapped(vector, at_ms, |value| math::apply(*function, value))
            }
            Vector::Clamp { vector, lower, upper } => {
                self.clamp(vector, lower.as_ref(), upper.as_ref(), at_ms)
            }
            Vector::Round { vector, to } => {
                let to = self.scalar(to, at_ms)?;
                self.mapped(vector, at_ms, |value| math::round(value, to))
            }
            Vector::Date { part, vector } => match vector {
                Some(vector) => self.mapped(vector, at_ms, |value| date::part(*part, value)),
                None => Ok(lone(date::part(*part, seconds(at_ms)))),
            },
            Vector::Timestamp(vector) => self.timestamp(vector, at_ms),
            Vector::Labels { change, vector, memory } => {
                self.relabel(change, vector, *memory, at_ms)
            }
            Vector::Sort { vector, is_descending } => self.sort(vector, *is_descending, at_ms),
            Vector::HistogramQuantile { quantile, vector } => {
                self.histogram_quantile(quantile, vector, at_ms)
            }
        }
    }

    fn of_scalar(&mut self, scalar: &Scalar, at_ms: i64) -> Evaluated<Vec<Element>> {
        Ok(lone(self.scalar(scalar, at_ms)?))
    }

    /// The time a selector or subquery looks at when evaluated at `at_ms`.
    pub(super) fn looks_at_ms(&self, when: When, at_ms: i64) -> i64 {
        let base_ms = match when.at {
            Some(At::Time(fixed_ms)) => fixed_ms,
            Some(At::Start) => self.context.bounds_ms.0,
            Some(At::End) => self.context.bounds_ms.1,
            None => at_ms,
        };
        base_ms.saturating_sub(when.offset_ms)
    }

    /// The latest sample of each series, unless it is too old or the series is gone.
    fn select(
        &mut self,
        selector: &Selector,
        at_ms: i64,
        of: impl Fn(i64, f64) -> f64,
    ) -> Evaluated<Vec<Element>> {
        let selection = self.context.selection(selector)?;
        let looks_at_ms = self.looks_at_ms(selector.when, at_ms);
        let oldest_ms = looks_at_ms.saturating_sub(self.context.settings.lookback_ms);
        let mut elements = Vec::with_capacity(selection.len());
        for series in selection.iter() {
            let Points { times_ms, values } = series.points();
            let after = times_ms.partition_point(|&time_ms| time_ms <= looks_at_ms);
            let Some(latest) = after.checked_sub(1) else { continue };
            let (time_ms, value) = (times_ms[latest], values[latest]);
            let is_recent = match self.context.dialect {
                Dialect::Prometheus2 => oldest_ms <= time_ms,
                Dialect::Prometheus3 => oldest_ms < time_ms,
            };
            if is_recent && !is_stale(value) {
                let labels = series.labels().clone();
                elements.push(Element { labels, value: of(time_ms, value) });
            }
        }
        self.context.is_founded |= !elements.is_empty();
        self.context.spend_visits(selection.len())?;
        Ok(elements)
    }

    /// Changes each value; the result is no longer the metric it was.
    pub(super) fn mapped(
        &mut self,
        vector: &Vector,
        at_ms: i64,
        map: impl Fn(f64) -> f64,
    ) -> Evaluated<Vec<Element>> {
        let mut elements = self.vector(vector, at_ms)?;
        for element in &mut elements {
            element.value = map(element.value);
        }
        self.drop_metric_names(elements)
    }

    /// Drops the metric's name of each element.
    pub(super) fn drop_metric_names(
        &mut self,
        mut elements: Vec<Element>,
    ) -> Evaluated<Vec<Element>> {
        for element in &mut elements {
            element.labels = self.context.without_metric_name(&element.labels);
        }
        unique(elements)
    }

    fn timestamp(&mut self, vector: &Vector, at_ms: i64) -> Evaluated<Vec<Element>> {
        let Vector::Selector(selector) = vector else {
            return self.mapped(vector, at_ms, |_| seconds(at_ms));
        };
        let elements = self.select(selector, at_ms, |time_ms, _| seconds(time_ms))?;
        self.drop_metric_names(elements)
    }

    fn clamp(
        &mut self,
        vector: &Vector,
        lower: Option<&Scalar>,
        upper: Option<&Scalar>,
        at_ms: i64,
    ) -> Evaluated<Vec<Element>> {
        let lower = lower.map(|lower| self.scalar(lower, at_ms)).transpose()?;
        let upper = upper.map(|upper| self.scalar(upper, at_ms)).transpose()?;
        if let (Some(lower), Some(upper)) = (lower, upper)
            && upper < lower
        {
            return Ok(Vec::new());
        }
        self.mapped(vector, at_ms, |value| {
            let value = upper.map_or(value, |upper| go_min(upper, value));
            lower.map_or(value, |lower| go_max(lower, value))
        })
    }

    fn with_scalar(&mut self, node: &WithScalar, at_ms: i64) -> Evaluated<Vec<Element>> {
        let scalar = self.scalar(&node.scalar, at_ms)?;
        let mut elements = self.vector(&node.vector, at_ms)?;
        let sides = |value: f64| match node.scalar_side {
            Side::Left => (scalar, value),
            Side::Right => (value, scalar),
        };
        if !node.operator.compares() {
            for element in &mut elements {
                let (left, right) = sides(element.value);
                let calculated = math::calculate(node.operator, left, right);
                element.value = calculated.unwrap_or(f64::NAN);
            }
            if !node.operator.drops_metric_name(self.context.dialect) {
                return Ok(elements);
            }
            return self.drop_metric_names(elements);
        }
        let holds = |value: f64| {
            let (left, right) = sides(value);
            math::holds(node.operator, left, right)
        };
        if node.returns_bool {
            for element in &mut elements {
                element.value = math::number(holds(element.value));
            }
            return self.drop_metric_names(elements);
        }
        elements.retain(|element| holds(element.value));
        Ok(elements)
    }
}

/// One element without labels.
fn lone(value: f64) -> Vec<Element> {
    vec![Element { labels: Labels::empty(), value }]
}

fn absent(is_absent: bool, labels: &[(String, String)]) -> Vec<Element> {
    if !is_absent {
        return Vec::new();
    }
    let pairs: Vec<(&str, &str)> =
        labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    vec![Element { labels: Labels::of(&pairs), value: 1.0 }]
}

/// Checks that no two elements have the same labels.
pub(super) fn unique(elements: Vec<Element>) -> Evaluated<Vec<Element>> {
    if elements.len() < 2 {
        return Ok(elements);
    }
    let mut seen: FxHashSet<&Labels> = FxHashSet::default();
    seen.reserve(elements.len());
    for element in &elements {
        if !seen.insert(&element.labels) {
            return Err(EvalError::SameLabels { labels: element.labels.to_string() });
        }
    }
    Ok(elements)
}
