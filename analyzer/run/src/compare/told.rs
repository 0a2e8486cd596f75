//! A statistical criterion as the sentence of a verdict speaks of it.

use assay_template::plan::Plan;
use assay_template::plan::compare::Comparison;

use crate::compare::summary::{Summary, summary};
use crate::compare::{group, words};
use crate::state::{Ending, RunState};

/// A statistical criterion to speak about.
pub(crate) struct Compared<'a> {
    comparison: &'a Comparison,
    /// The tolerated rate of false aborts of the run.
    alpha: f64,
    /// None before a first look.
    summary: Option<Summary>,
    /// The evidence of the others: `p95 0.4`.
    others: Vec<String>,
}

impl<'a> Compared<'a> {
    /// The criterion of the metric at `place`; none for other metrics.
    pub(crate) fn of(plan: &'a Plan, state: &RunState, place: usize) -> Option<Self> {
        let comparison = group::comparison(plan.metrics.get(place)?)?;
        let alpha = plan.sequential.as_ref()?.alpha.share();
        let others = (0..plan.metrics.len()).filter(|other| *other != place);
        let others = others.filter_map(|other| {
            group::standing(state, other)?;
            let metric = plan.metrics.get(other).filter(|metric| !metric.dry_run)?;
            Some(words::aside(&metric.name, &summary(plan, state, other)?))
        });
        let others = others.collect();
        Some(Self { comparison, alpha, summary: summary(plan, state, place), others })
    }

    /// Why it is worse; none before a first look.
    pub(crate) fn worse(&self, name: &str) -> Option<String> {
        let summary = self.summary.as_ref()?;
        let worse = words::worse(name, self.comparison, self.alpha, summary);
        Some(match self.others.as_slice() {
            [] => worse,
            others => format!("{worse}; evidence of the others: {}", others.join(", ")),
        })
    }

    /// What of it is good; none before a first look.
    pub(crate) fn good(&self, name: &str) -> Option<String> {
        let summary = self.summary.as_ref()?;
        Some(words::good(name, self.comparison, self.alpha, summary))
    }

    /// Why it decides nothing.
    pub(crate) fn undecided(&self, name: &str, ending: Option<Ending>) -> String {
        let is_too_little = ending != Some(Ending::NotRuledOut);
        let summary = self.summary.as_ref();
        words::undecided(name, self.comparison, self.alpha, summary, is_too_little)
    }
}
