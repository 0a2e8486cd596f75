//! Which series a selector selects, and which was meant if it selects none.

use std::collections::BTreeSet;

use crate::eval::context::Context;
use crate::eval::settings::EvalError;
use crate::labels::METRIC_NAME;
use crate::nearest::nearest;
use crate::query::{Matcher, Selector};
use crate::series::Series;
use crate::value::{Guess, Unmatched};

/// How many values of a label are offered.
const VALUES_OFFERED_MAX: usize = 5;

impl<'s> Context<'s> {
    /// Finds the series that match, sorted by labels; notes the selector if there are none.
    pub(super) fn resolve(&mut self, selector: &Selector) -> Result<Vec<&'s Series>, EvalError> {
        let all = self.set.series();
        let name = equal_name(selector);
        let candidates: Box<dyn Iterator<Item = &'s Series>> = match name {
            Some(name) => Box::new(self.set.named(name).iter().map(|&index| &all[index])),
            None => Box::new(all.iter()),
        };
        let found: Vec<&Series> = candidates.filter(|series| selector.matches(series)).collect();
        let series_max = self.settings.budget.series_max;
        if series_max < found.len() {
            let selector = selector.text.to_string();
            return Err(EvalError::TooManySeries { selector, series_max });
        }
        if found.is_empty() {
            let guess = self.guess(selector, name);
            let unmatched = Unmatched { selector: selector.text.to_string(), guess };
            if !self.unmatched.contains(&unmatched) {
                self.unmatched.push(unmatched);
            }
        }
        Ok(found)
    }

    fn guess(&self, selector: &Selector, name: Option<&str>) -> Guess {
        let mut candidates: Vec<&Series> = self.set.series().iter().collect();
        if let Some(name) = name {
            candidates.retain(|series| series.labels().metric_name() == name);
            if candidates.is_empty() {
                let nearest = nearest(name, self.set.names());
                let nearest = nearest.into_iter().map(str::to_owned).collect();
                return Guess::Metric { name: name.to_owned(), nearest };
            }
        }
        let alone = |matcher: &&Matcher| {
            matcher.is_equal() && !candidates.iter().any(|series| meets(series, matcher))
        };
        let Some(matcher) = selector.matchers.iter().find(alone) else { return Guess::Combination };
        let values: BTreeSet<&str> = candidates
            .iter()
            .map(|series| series.labels().get(&matcher.name))
            .filter(|value| !value.is_empty())
            .collect();
        let mut offered = nearest(&matcher.value, values.iter().copied());
        for value in values {
            if !offered.contains(&value) {
                offered.push(value);
            }
        }
        offered.truncate(VALUES_OFFERED_MAX);
        Guess::Label {
            name: matcher.name.to_string(),
            value: matcher.value.to_string(),
            values: offered.into_iter().map(str::to_owned).collect(),
        }
    }
}

fn equal_name(selector: &Selector) -> Option<&str> {
    let is_name = |matcher: &&Matcher| matcher.is_equal() && &*matcher.name == METRIC_NAME;
    selector
        .matchers
        .iter()
        .find(is_name)
        .map(|matcher| &*matcher.value)
        .filter(|name| !name.is_empty())
}

fn meets(series: &Series, matcher: &Matcher) -> bool {
    matcher.matches(series.labels().get(&matcher.name))
}
