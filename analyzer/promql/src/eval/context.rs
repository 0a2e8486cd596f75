//! What is kept while a query is evaluated.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::Dialect;
use crate::eval::settings::{EvalError, Settings};
use crate::labels::Labels;
use crate::query::{Query, Selector};
use crate::series::{Series, SeriesSet};
use crate::value::{Annotation, AnnotationLevel, Answer, Unmatched, Value};

/// How many label sets a memory keeps before it starts anew.
const MEMORY_ENTRIES_MAX: usize = 1_000_000;

/// How many annotations of one query are kept.
const ANNOTATIONS_MAX: usize = 10;

/// What all steps and subqueries of one query share.
pub(super) struct Context<'s> {
    pub(super) set: &'s SeriesSet,
    pub(super) settings: &'s Settings,
    pub(super) dialect: Dialect,
    /// What `start()` and `end()` are, in milliseconds since 1970.
    pub(super) bounds_ms: (i64, i64),
    pub(super) subqueries: usize,
    /// How many parts remember something.
    pub(super) parts: usize,
    pub(super) unmatched: Vec<Unmatched>,
    /// Whether a series gave a value, or absence was asked for.
    pub(super) is_founded: bool,
    annotations: Vec<Annotation>,
    selections: Vec<Option<Rc<[&'s Series]>>>,
    memories: Vec<Memory>,
    samples: usize,
    visits: usize,
    subquery_steps: usize,
    loaded: usize,
}

/// What one part of a query made of label sets, by the address of what it was made from.
///
/// The key is kept alive beside the result, so no other label set can get its address.
#[derive(Default)]
pub(super) struct Memory {
    made: FxHashMap<(usize, usize), (Labels, Labels, Labels)>,
}

impl Memory {
    /// What was made of `from` before, or what `make` makes of it now.
    pub(super) fn of(&mut self, from: &Labels, make: impl FnOnce() -> Labels) -> Labels {
        self.of_two(from, from, make)
    }

    /// As [`Self::of`], for something made of two label sets.
    pub(super) fn of_two(
        &mut self,
        left: &Labels,
        right: &Labels,
        make: impl FnOnce() -> Labels,
    ) -> Labels {
        if MEMORY_ENTRIES_MAX < self.made.len() {
            self.made.clear();
        }
        let key = (left.address(), right.address());
        let made = self.made.entry(key).or_insert_with(|| (left.clone(), right.clone(), make()));
        made.2.clone()
    }
}

/// Which memory of a [`Context`] to use.
#[derive(Clone, Copy)]
pub(super) enum MemoryOf {
    /// Label sets without the metric's name.
    MetricName,
    /// What the part with this number made: a part may have [`MEMORIES_PER_PART`].
    Part(usize, usize),
}

/// A binary operator remembers the labels matched on, on each side, and the results.
const MEMORIES_PER_PART: usize = 3;

impl<'s> Context<'s> {
    pub(super) fn new(
        set: &'s SeriesSet,
        query: &Query,
        settings: &'s Settings,
        bounds_ms: (i64, i64),
    ) -> Self {
        let plan = query.plan();
        let memories = plan.memories * MEMORIES_PER_PART + 1;
        Self {
            set,
            settings,
            dialect: query.dialect(),
            bounds_ms,
            subqueries: plan.subqueries,
            parts: plan.memories,
            unmatched: Vec::new(),
            is_founded: plan.selectors == 0,
            annotations: Vec::new(),
            selections: vec![None; plan.selectors],
            memories: (0..memories).map(|_| Memory::default()).collect(),
            samples: 0,
            visits: 0,
            subquery_steps: 0,
            loaded: 0,
        }
    }

    pub(super) fn answer(self, value: Value) -> Answer {
        let Self { annotations, unmatched, loaded, is_founded, .. } = self;
        Answer { value, annotations, unmatched, samples: loaded, is_founded }
    }

    /// The series that `selector` selects, sorted by labels.
    pub(super) fn selection(&mut self, selector: &Selector) -> Result<Rc<[&'s Series]>, EvalError> {
        if let Some(selection) = &self.selections[selector.number] {
            return Ok(Rc::clone(selection));
        }
        let selection: Rc<[&Series]> = self.resolve(selector)?.into();
        let samples: usize = selection.iter().map(|series| series.points().len()).sum();
        self.loaded += samples;
        self.spend_samples(samples)?;
        self.selections[selector.number] = Some(Rc::clone(&selection));
        Ok(selection)
    }

    pub(super) fn memory(&mut self, of: MemoryOf) -> &mut Memory {
        let index = match of {
            MemoryOf::MetricName => 0,
            MemoryOf::Part(number, which) => 1 + number * MEMORIES_PER_PART + which,
        };
        &mut self.memories[index]
    }

    /// `labels` without the metric's name.
    pub(super) fn without_metric_name(&mut self, labels: &Labels) -> Labels {
        self.memory(MemoryOf::MetricName).of(labels, || labels.without_metric_name())
    }

    pub(super) fn spend_samples(&mut self, samples: usize) -> Result<(), EvalError> {
        self.samples = self.samples.saturating_add(samples);
        let samples_max = self.settings.budget.samples_max;
        let fits = self.samples <= samples_max;
        if fits { Ok(()) } else { Err(EvalError::TooManySamples { samples_max }) }
    }

    pub(super) fn spend_visits(&mut self, visits: usize) -> Result<(), EvalError> {
        self.visits = self.visits.saturating_add(visits);
        let visits_max = self.settings.budget.visits_max;
        let fits = self.visits <= visits_max;
        if fits { Ok(()) } else { Err(EvalError::TooManyVisits { visits_max }) }
    }

    pub(super) fn spend_subquery_steps(&mut self, steps: i64) -> Result<(), EvalError> {
        let steps = usize::try_from(steps).unwrap_or(usize::MAX);
        self.subquery_steps = self.subquery_steps.saturating_add(steps);
        let steps_max = self.settings.budget.subquery_steps_max;
        let fits = self.subquery_steps <= steps_max;
        if fits { Ok(()) } else { Err(EvalError::TooManySubquerySteps { steps_max }) }
    }

    /// Checks the length of a label value that the query makes.
    pub(super) fn check_label(&self, value: &str) -> Result<(), EvalError> {
        let label_bytes_max = self.settings.budget.label_bytes_max;
        let fits = value.len() <= label_bytes_max;
        if fits { Ok(()) } else { Err(EvalError::LabelTooLong { label_bytes_max }) }
    }

    pub(super) fn annotate(&mut self, level: AnnotationLevel, message: String) {
        let annotation = Annotation { level, message };
        if self.annotations.len() < ANNOTATIONS_MAX && !self.annotations.contains(&annotation) {
            self.annotations.push(annotation);
        }
    }

    /// Warns about a quantile that is no share.
    pub(super) fn check_quantile(&mut self, quantile: f64) {
        if !(0.0..=1.0).contains(&quantile) {
            let message = format!("quantile value should be between 0 and 1, got {quantile}");
            self.annotate(AnnotationLevel::Warning, message);
        }
    }
}
