//! `/api/v1/series`, `/api/v1/labels` and `/api/v1/label/{name}/values`.
//!
//! `start` and `end` are passed over: the series are there whenever somebody looks, so that an editor
//! can complete their names.

use std::collections::BTreeSet;

use assay_promql::{self as promql, Labels, Series};
use serde::Serialize;

use super::form::Form;
use super::query::parse;
use super::reply::{Refusal, Reply, Success};
use super::{MATCHERS_MAX, Served};
use crate::wire::Metric;

/// The labels of every series that one of `match[]` selects.
pub(super) fn series(served: &Served, form: &Form) -> Reply {
    if form.all("match[]").next().is_none() {
        return Refusal::BadData(String::from("no match[] parameter provided")).into();
    }
    match selected(served, form) {
        Ok(found) => list(found.into_iter().map(Metric).collect(), form),
        Err(refusal) => refusal.into(),
    }
}

/// The names of all labels, or of those of the selected series.
pub(super) fn labels(served: &Served, form: &Form) -> Reply {
    match selected(served, form) {
        Ok(found) => {
            let names: BTreeSet<&str> =
                found.iter().flat_map(|labels| labels.iter()).map(|label| &*label.name).collect();
            list(names.into_iter().collect(), form)
        }
        Err(refusal) => refusal.into(),
    }
}

/// The values that the label `label` has, or has in the selected series.
pub(super) fn label_values(served: &Served, form: &Form) -> Reply {
    match selected(served, form) {
        Ok(found) => {
            let name = form.get("label");
            let values: BTreeSet<&str> = found.iter().map(|labels| labels.get(name)).collect();
            list(values.into_iter().filter(|value| !value.is_empty()).collect(), form)
        }
        Err(refusal) => refusal.into(),
    }
}

/// What the selectors of `form` select, sorted; every series if there are none.
fn selected<'s>(served: &'s Served, form: &Form) -> Result<BTreeSet<&'s Labels>, Refusal> {
    let selectors: Vec<&str> = form.all("match[]").collect();
    if MATCHERS_MAX < selectors.len() {
        return Err(Refusal::parameter("match[]", format!("more than {MATCHERS_MAX} selectors")));
    }
    if selectors.is_empty() {
        return Ok(served.series.series().iter().map(Series::labels).collect());
    }
    let mut found = BTreeSet::new();
    for text in selectors {
        let query = parse("match[]", text, served)?;
        let Some(series) = promql::select(&served.series, &query) else {
            return Err(Refusal::parameter("match[]", format!("`{text}` is more than a selector")));
        };
        found.extend(series.into_iter().map(Series::labels));
    }
    Ok(found)
}

/// A list, cut off after `limit` with a warning; zero is no limit.
fn list<T: Serialize>(mut items: Vec<T>, form: &Form) -> Reply {
    let limit = match form.get("limit") {
        "" => 0,
        text => match text.parse::<usize>() {
            Ok(limit) => limit,
            Err(error) => return Refusal::parameter("limit", error).into(),
        },
    };
    if limit == 0 || items.len() <= limit {
        return Success::of(items).reply();
    }
    items.truncate(limit);
    Success::noted(items, vec![String::from("results truncated due to limit")], Vec::new()).reply()
}
