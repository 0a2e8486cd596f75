//! Evaluating what works on a range: windows over selected series and over subqueries.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use crate::Dialect;
use crate::eval::element::{Evaluated, Evaluator};
use crate::eval::over_time;
use crate::eval::settings::EvalError;
use crate::eval::window::{Bounds, Frame, Window};
use crate::labels::Labels;
use crate::query::{Range, RangeFunction, Scalar, Subquery};
use crate::series::{Points, Series};
use crate::value::{AnnotationLevel, Element, MatrixSeries};

/// What windows are laid over.
enum Sources<'s> {
    Selected(Rc<[&'s Series]>),
    Computed(Rc<[Series]>),
}

impl Sources<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Selected(series) => series.len(),
            Self::Computed(series) => series.len(),
        }
    }

    fn get(&self, index: usize) -> &Series {
        match self {
            Self::Selected(series) => series[index],
            Self::Computed(series) => &series[index],
        }
    }
}

/// What a function over a range keeps from one step to the next.
pub(super) struct RangeMemory<'s> {
    sources: Sources<'s>,
    /// The labels that the elements of each source have.
    labels: Vec<Labels>,
    /// Where the last window of each source was.
    bounds: Vec<Bounds>,
    /// Which sources have given an element.
    have_given: Vec<bool>,
    /// The labels of the elements they gave.
    owned: FxHashSet<Labels>,
}

/// The names that counters end with.
const COUNTER_ENDINGS: [&str; 4] = ["_total", "_sum", "_count", "_bucket"];

impl<'s> Evaluator<'_, 's> {
    /// Applies a function to each series' window.
    pub(super) fn over_range(
        &mut self,
        function: RangeFunction,
        range: &Range,
        parameters: &[Scalar],
        memory: usize,
        at_ms: i64,
    ) -> Evaluated<Vec<Element>> {
        let mut values = [0.0; 2];
        for (value, parameter) in values.iter_mut().zip(parameters) {
            *value = self.scalar(parameter, at_ms)?;
        }
        if function == RangeFunction::QuantileOverTime {
            self.context.check_quantile(values[0]);
        }
        let mut kept = match self.ranges[memory].take() {
            Some(kept) => kept,
            None => self.range_memory(function, range)?,
        };
        let frame = self.frame(range, at_ms);
        let mut elements = Vec::with_capacity(kept.sources.len());
        let mut visits = 0;
        for index in 0..kept.sources.len() {
            let series = kept.sources.get(index);
            let bounds = &mut kept.bounds[index];
            let Some(window) = Window::near(series.solid(), frame, bounds) else { continue };
            visits += window.values.len();
            let Some(value) = over_time::apply(function, &window, &values)? else { continue };
            let labels = &kept.labels[index];
            if !std::mem::replace(&mut kept.have_given[index], true) {
                if function.wants_counter() {
                    self.check_counter(series.labels());
                }
                // Once two series that would be one have both given a value, at this step or
                // another, the result has no meaning.
                if !kept.owned.insert(labels.clone()) {
                    return Err(EvalError::SameLabels { labels: labels.to_string() });
                }
            }
            elements.push(Element { labels: labels.clone(), value });
        }
        self.context.is_founded |= !elements.is_empty();
        self.context.spend_visits(visits + kept.sources.len())?;
        self.ranges[memory] = Some(kept);
        Ok(elements)
    }

    fn range_memory(
        &mut self,
        function: RangeFunction,
        range: &Range,
    ) -> Evaluated<RangeMemory<'s>> {
        let sources = self.sources(range)?;
        let label = |index| {
            let labels: &Labels = sources.get(index).labels();
            if function.keeps_metric_name() {
                labels.clone()
            } else {
                self.context.without_metric_name(labels)
            }
        };
        let labels = (0..sources.len()).map(label).collect();
        let have_given = vec![false; sources.len()];
        let bounds = vec![Bounds::default(); sources.len()];
        Ok(RangeMemory { sources, labels, bounds, have_given, owned: FxHashSet::default() })
    }

    fn check_counter(&mut self, labels: &Labels) {
        let name = labels.metric_name();
        if !name.is_empty() && !COUNTER_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            let message = format!(
                "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \
                 {name:?}"
            );
            self.context.annotate(AnnotationLevel::Info, message);
        }
    }

    /// True if any series has a point in its window.
    pub(super) fn has_points(&mut self, range: &Range, at_ms: i64) -> Evaluated<bool> {
        let sources = self.sources(range)?;
        let frame = self.frame(range, at_ms);
        self.context.spend_visits(sources.len())?;
        Ok((0..sources.len()).any(|index| Window::of(sources.get(index).solid(), frame).is_some()))
    }

    /// The points of each series in its window.
    pub(super) fn points(&mut self, range: &Range, at_ms: i64) -> Evaluated<Vec<MatrixSeries>> {
        let sources = self.sources(range)?;
        let frame = self.frame(range, at_ms);
        let mut matrix = Vec::with_capacity(sources.len());
        for index in 0..sources.len() {
            let series = sources.get(index);
            let Some(window) = Window::of(series.solid(), frame) else { continue };
            let points =
                Points { times_ms: window.times_ms.to_vec(), values: window.values.to_vec() };
            matrix.push(MatrixSeries { labels: series.labels().clone(), points });
        }
        self.context.is_founded |= !matrix.is_empty();
        Ok(matrix)
    }

    fn frame(&self, range: &Range, at_ms: i64) -> Frame {
        let (when, range_ms) = match range {
            Range::Window { selector, range_ms } => (selector.when, *range_ms),
            Range::Subquery(subquery) => (subquery.when, subquery.range_ms),
        };
        let end_ms = self.looks_at_ms(when, at_ms);
        let (start_ms, dialect) = (end_ms.saturating_sub(range_ms), self.context.dialect);
        Frame { start_ms, end_ms, range_ms, at_ms, dialect }
    }

    fn sources(&mut self, range: &Range) -> Evaluated<Sources<'s>> {
        match range {
            Range::Window { selector, .. } => {
                Ok(Sources::Selected(self.context.selection(selector)?))
            }
            Range::Subquery(subquery) => Ok(Sources::Computed(self.subquery(subquery)?)),
        }
    }

    /// The results of a subquery for all steps of this evaluator, computed once.
    ///
    /// Its own steps are the multiples of its step since 1970, whatever the steps outside are.
    fn subquery(&mut self, subquery: &Subquery) -> Evaluated<Rc<[Series]>> {
        if let Some(series) = &self.subqueries[subquery.number] {
            return Ok(Rc::clone(series));
        }
        let step_ms = subquery.step_ms.unwrap_or(self.context.settings.subquery_step_ms).max(1);
        let earliest_ms =
            self.looks_at_ms(subquery.when, self.start_ms).saturating_sub(subquery.range_ms);
        let end_ms = self.looks_at_ms(subquery.when, self.end_ms);
        let mut start_ms = earliest_ms / step_ms * step_ms;
        let is_outside = match self.context.dialect {
            Dialect::Prometheus2 => start_ms < earliest_ms,
            Dialect::Prometheus3 => start_ms <= earliest_ms,
        };
        if is_outside {
            start_ms = start_ms.saturating_add(step_ms);
        }
        self.context
            .spend_subquery_steps((end_ms.saturating_sub(start_ms) / step_ms).saturating_add(1))?;
        let mut inner = Evaluator::new(&mut *self.context, start_ms, end_ms, step_ms);
        let matrix = inner.matrix(&subquery.inner)?;
        let series = matrix.into_iter().map(|series| Series::new(series.labels, series.points));
        let series: Rc<[Series]> = series.collect();
        self.subqueries[subquery.number] = Some(Rc::clone(&series));
        Ok(series)
    }
}
