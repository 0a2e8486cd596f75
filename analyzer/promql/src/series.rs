//! Series in memory: what fixtures and scraped pages become and queries read.
//!
//! **Invariant:** in a finished [`SeriesSet`] series are sorted by labels, no two have the same, and
//! the times in each strictly increase.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::labels::{Label, Labels, METRIC_NAME};

/// The bits of the NaN that says: from here on the series is gone.
const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;

/// The value that says a series is gone, told apart from an ordinary NaN by its bits.
pub fn stale() -> f64 {
    f64::from_bits(STALE_BITS)
}

/// True only for the staleness marker, not for an ordinary NaN.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_BITS
}

/// Values with their times in milliseconds since 1970, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// Milliseconds since 1970, strictly increasing.
    pub times_ms: Vec<i64>,
    /// As many values.
    pub values: Vec<f64>,
}

impl Points {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.times_ms.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }

    /// Appends one, which must be later than the last.
    pub(crate) fn push(&mut self, time_ms: i64, value: f64) {
        self.times_ms.push(time_ms);
        self.values.push(value);
    }

    /// Times and values, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (i64, f64)> {
        self.times_ms.iter().copied().zip(self.values.iter().copied())
    }

    fn is_strictly_sorted(&self) -> bool {
        self.times_ms.is_sorted_by(|left, right| left < right)
    }

    /// Sorts by time; of several at one time the first stays. Returns how many were left out.
    fn sort(&mut self) -> usize {
        if self.is_strictly_sorted() {
            return 0;
        }
        let mut pairs: Vec<(i64, f64)> = self.iter().collect();
        pairs.sort_by_key(|&(time_ms, _)| time_ms);
        pairs.dedup_by_key(|&mut (time_ms, _)| time_ms);
        let dropped = self.len() - pairs.len();
        (self.times_ms, self.values) = pairs.into_iter().unzip();
        dropped
    }
}

/// One series.
#[derive(Clone, Debug)]
pub struct Series {
    labels: Labels,
    points: Points,
    /// The points without staleness markers, where there are such markers.
    solid: Option<Points>,
}

impl Series {
    pub(crate) fn new(labels: Labels, points: Points) -> Self {
        let solid = points.values.iter().any(|&value| is_stale(value)).then(|| {
            let (times_ms, values) = points.iter().filter(|&(_, value)| !is_stale(value)).unzip();
            Points { times_ms, values }
        });
        Self { labels, points, solid }
    }

    /// Who it is.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Its points, staleness markers among them.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// Its points without staleness markers: what a window sees.
    pub fn solid(&self) -> &Points {
        self.solid.as_ref().unwrap_or(&self.points)
    }
}

/// Series that can be queried.
#[derive(Clone, Debug, Default)]
pub struct SeriesSet {
    series: Vec<Series>,
    by_name: BTreeMap<Arc<str>, Vec<usize>>,
    duplicates: usize,
}

impl SeriesSet {
    /// All series, sorted by labels.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The series alone, sorted by labels, with their points.
    pub fn into_series(self) -> impl Iterator<Item = (Labels, Points)> {
        self.series.into_iter().map(|series| (series.labels, series.points))
    }

    /// The names of the metrics, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }

    /// The indices into [`Self::series`] of the series with the metric name `name`.
    pub(crate) fn named(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// How many samples were left out because their series had one at that time already.
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// How many samples there are, staleness markers among them.
    pub fn samples(&self) -> usize {
        self.series.iter().map(|series| series.points.len()).sum()
    }

    /// The time of the first and the last sample in milliseconds since 1970; `None` without samples.
    pub fn bounds_ms(&self) -> Option<(i64, i64)> {
        let firsts = self.series.iter().filter_map(|series| series.points.times_ms.first());
        let lasts = self.series.iter().filter_map(|series| series.points.times_ms.last());
        Some((*firsts.min()?, *lasts.max()?))
    }
}

/// Collects samples in any order.
#[derive(Debug, Default)]
pub struct SeriesBuilder {
    series: Vec<(Labels, Points)>,
    index: HashMap<Labels, usize>,
    words: HashMap<Box<str>, Arc<str>>,
}

impl SeriesBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a label set whose names and values share memory with those made before.
    pub fn intern(&mut self, pairs: &[(&str, &str)]) -> Labels {
        let list = pairs
            .iter()
            .map(|&(name, value)| Label { name: self.word(name), value: self.word(value) })
            .collect();
        Labels::new(list)
    }

    fn word(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.words.get(word) {
            return Arc::clone(known);
        }
        let new: Arc<str> = word.into();
        self.words.insert(word.into(), Arc::clone(&new));
        new
    }

    /// The place of the series with these labels, to be given to [`Self::append`].
    pub fn place(&mut self, labels: &Labels) -> Place {
        if let Some(&index) = self.index.get(labels) {
            return Place(index);
        }
        let index = self.series.len();
        self.series.push((labels.clone(), Points::default()));
        self.index.insert(labels.clone(), index);
        Place(index)
    }

    /// Adds a sample to the series at `place`, which must come from this builder.
    pub fn append(&mut self, place: Place, time_ms: i64, value: f64) {
        if let Some((_, points)) = self.series.get_mut(place.0) {
            points.push(time_ms, value);
        }
    }

    /// Adds samples to the series at `place`, which must come from this builder.
    pub fn extend(&mut self, place: Place, more: &Points) {
        if let Some((_, points)) = self.series.get_mut(place.0) {
            points.times_ms.extend_from_slice(&more.times_ms);
            points.values.extend_from_slice(&more.values);
        }
    }

    /// Adds a sample to the series with these labels.
    pub fn push(&mut self, labels: &Labels, time_ms: i64, value: f64) {
        let place = self.place(labels);
        self.append(place, time_ms, value);
    }

    /// Sorts everything and makes it ready for queries.
    pub fn finish(self) -> SeriesSet {
        let mut duplicates = 0;
        let mut series: Vec<Series> = Vec::with_capacity(self.series.len());
        for (labels, mut points) in self.series {
            duplicates += points.sort();
            series.push(Series::new(labels, points));
        }
        series.sort_by(|left, right| left.labels.cmp(&right.labels));
        let mut by_name: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (index, one) in series.iter().enumerate() {
            let name = one.labels.iter().find(|label| &*label.name == METRIC_NAME);
            if let Some(label) = name {
                by_name.entry(Arc::clone(&label.value)).or_default().push(index);
            }
        }
        SeriesSet { series, by_name, duplicates }
    }
}

/// The place of a series in the [`SeriesBuilder`] it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_sorted_and_counted_once() {
        let mut builder = SeriesBuilder::new();
        let up = Labels::of(&[("__name__", "up")]);
        for (time_ms, value) in [(3, 3.0), (1, 1.0), (3, 9.0), (2, stale())] {
            builder.push(&up, time_ms, value);
        }
        let set = builder.finish();
        assert_eq!(set.duplicates(), 1);
        let series = &set.series()[set.named("up")[0]];
        assert_eq!(series.points().times_ms, [1, 2, 3]);
        assert_eq!(series.solid().values, [1.0, 3.0]);
        assert_eq!(set.bounds_ms(), Some((1, 3)));
        assert!(is_stale(stale()) && !is_stale(f64::NAN));
    }
}
