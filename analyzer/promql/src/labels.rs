//! Label sets: who a series is.
//!
//! A set is immutable, sorted by label name, cheap to clone and hashed once, because one query
//! compares the same sets many times. A label without a value is the same as no label.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The label that holds the name of the metric.
pub const METRIC_NAME: &str = "__name__";

/// One label.
#[derive(Clone, Debug)]
pub struct Label {
    /// The name.
    pub name: Arc<str>,
    /// The value, never empty.
    pub value: Arc<str>,
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Label {}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.value.hash(state);
    }
}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Label {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.name, &other.name).then_with(|| compare(&self.value, &other.value))
    }
}

/// Compares two words; those that share memory, as most do, are not read.
fn compare(left: &Arc<str>, right: &Arc<str>) -> Ordering {
    if Arc::ptr_eq(left, right) { Ordering::Equal } else { left.cmp(right) }
}

/// The labels of one series, the metric's name among them.
#[derive(Clone)]
pub struct Labels(Arc<Inner>);

struct Inner {
    hash: u64,
    list: Box<[Label]>,
}

impl Labels {
    /// No labels at all, as a scalar in a vector has.
    pub fn empty() -> Self {
        Self::from_sorted(Vec::new())
    }

    /// Builds a set from labels in any order; those without a value are left out.
    ///
    /// Where a name occurs twice the later one counts.
    pub fn new(mut list: Vec<Label>) -> Self {
        list.sort_by(|left, right| left.name.cmp(&right.name));
        let mut unique: Vec<Label> = Vec::with_capacity(list.len());
        for label in list {
            match unique.last_mut() {
                Some(last) if last.name == label.name => *last = label,
                Some(_) | None => unique.push(label),
            }
        }
        unique.retain(|label| !label.value.is_empty());
        Self::from_sorted(unique)
    }

    /// Builds a set from names and values in any order.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        let label =
            |&(name, value): &(&str, &str)| Label { name: name.into(), value: value.into() };
        Self::new(pairs.iter().map(label).collect())
    }

    fn from_sorted(list: Vec<Label>) -> Self {
        let mut hasher = DefaultHasher::new();
        list.hash(&mut hasher);
        Self(Arc::new(Inner { hash: hasher.finish(), list: list.into() }))
    }

    /// The value of the label `name`, empty if there is no such label.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.list.iter().find(|label| &*label.name == name);
        found.map_or("", |label| &label.value)
    }

    /// The name of the metric, empty if it has none.
    pub fn metric_name(&self) -> &str {
        self.get(METRIC_NAME)
    }

    /// The labels, sorted by name.
    pub fn iter(&self) -> std::slice::Iter<'_, Label> {
        self.0.list.iter()
    }

    /// True if there are no labels.
    pub fn is_empty(&self) -> bool {
        self.0.list.is_empty()
    }

    /// The set without the metric's name.
    #[must_use]
    pub fn without_metric_name(&self) -> Self {
        self.filtered(|name| name != METRIC_NAME)
    }

    /// The labels whose name is in `names`.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Self {
        self.filtered(|name| names.iter().any(|kept| kept == name))
    }

    /// The labels whose name is not in `names`.
    #[must_use]
    pub fn without(&self, names: &[String]) -> Self {
        self.filtered(|name| names.iter().all(|dropped| dropped != name))
    }

    /// The set with the label `name` set to `value`, or without it if `value` is empty.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut list = Vec::with_capacity(self.0.list.len() + 1);
        list.extend(self.iter().filter(|label| &*label.name != name).cloned());
        if !value.is_empty() {
            let at = list.partition_point(|label| &*label.name < name);
            list.insert(at, Label { name: name.into(), value: value.into() });
        }
        Self::from_sorted(list)
    }

    fn filtered(&self, keeps: impl Fn(&str) -> bool) -> Self {
        if self.iter().all(|label| keeps(&label.name)) {
            return self.clone();
        }
        Self::from_sorted(self.iter().filter(|label| keeps(&label.name)).cloned().collect())
    }

    /// Tells this very object from others while it lives; equal sets may differ in it.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

impl<'l> IntoIterator for &'l Labels {
    type Item = &'l Label;
    type IntoIter = std::slice::Iter<'l, Label>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.hash == other.0.hash && self.0.list == other.0.list)
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The order Prometheus sorts a matrix by: name, value, name, value, then the shorter set.
impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.list.cmp(&other.0.list)
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// As Prometheus writes it: `up{job="node"}`, `{job="node"}`, `up`, `{}`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.metric_name();
        f.write_str(name)?;
        let mut rest = self.iter().filter(|label| &*label.name != METRIC_NAME).peekable();
        if rest.peek().is_none() {
            return f.write_str(if name.is_empty() { "{}" } else { "" });
        }
        f.write_str("{")?;
        for (index, label) in rest.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}={:?}", label.name, label.value)?;
        }
        f.write_str("}")
    }
}

/// True if `name` can stand before an operator in braces without quotes.
pub(crate) fn is_label_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)], printed: &str) {
        assert_eq!(Labels::of(pairs).to_string(), printed);
    }

    #[test]
    fn labels_print_as_prometheus_prints_them() {
        check(&[("b", "2"), ("__name__", "up"), ("a", "1")], r#"up{a="1", b="2"}"#);
        check(&[("a", "\"\n")], r#"{a="\"\n"}"#);
        check(&[("__name__", "up"), ("a", "")], "up"); // an empty label is none
        check(&[("a", "1"), ("a", "2")], r#"{a="2"}"#);
        check(&[], "{}");
    }

    #[test]
    fn labels_are_kept_dropped_and_set() {
        let labels = Labels::of(&[("__name__", "up"), ("a", "1"), ("b", "2")]);
        let names = ["a".to_owned(), "c".to_owned()];
        assert_eq!(labels.only(&names), Labels::of(&[("a", "1")]));
        assert_eq!(labels.without(&names), Labels::of(&[("__name__", "up"), ("b", "2")]));
        assert_eq!(labels.with("a", "").without_metric_name(), Labels::of(&[("b", "2")]));
        assert_eq!(labels.with("a", "7").get("a"), "7");
        assert!(Labels::of(&[("a", "1")]) < Labels::of(&[("a", "1"), ("b", "1")]));
    }
}
