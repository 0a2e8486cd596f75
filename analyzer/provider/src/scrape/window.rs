//! What was read of the pages of one run, as long as queries look back.
//!
//! The rules are those of Prometheus. A sample without a time of its own is of the time of the read;
//! its series is marked stale at the first read that does not have it. A sample with a time keeps it,
//! unless its series has a later one already or the time is far ahead, and is never marked stale.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_promql::{Labels, METRIC_NAME, Points, SeriesBuilder, SeriesSet, stale};
use assay_run::reading::{Fault, FaultKind};
use jiff::Timestamp;

/// How far ahead of the read the time of a sample may be, in milliseconds.
const AHEAD_MS_MAX: i64 = 10 * 60 * 1000;

/// The label that tells targets apart.
const INSTANCE: &str = "instance";

/// The windows of all pages of a run.
pub(super) struct Windows {
    windows: Vec<Window>,
    samples_max: usize,
}

/// What became of a read.
pub(super) enum Taken {
    /// Its samples are in the window.
    Kept,
    /// There are none, for this reason.
    Failed(Fault),
}

/// What was read of one page.
struct Window {
    /// Milliseconds that samples are kept; none: for ever.
    keep_ms: Option<i64>,
    series: BTreeMap<Labels, Track>,
    /// 1 for a read that succeeded, 0 for one that failed.
    up: Points,
    /// Seconds that reads took.
    took: Points,
    reads: u64,
    first: Option<Timestamp>,
    /// Why the last read failed, if it did.
    fault: Option<Fault>,
    samples: usize,
}

/// One series of a page.
#[derive(Default)]
struct Track {
    points: Points,
    /// The read that last had it, and whether its sample there had no time of its own.
    seen_ms: Option<i64>,
    is_timed_by_us: bool,
}

impl Windows {
    /// Empty windows, one for each time to keep; together they hold `samples_max` samples at most,
    /// and beyond that one marker for each series and two samples about each read.
    pub(super) fn new(keep_ms: impl Iterator<Item = Option<i64>>, samples_max: usize) -> Self {
        let window = |keep_ms| Window {
            keep_ms,
            series: BTreeMap::new(),
            up: Points::default(),
            took: Points::default(),
            reads: 0,
            first: None,
            fault: None,
            samples: 0,
        };
        Self { windows: keep_ms.map(window).collect(), samples_max }
    }

    /// Takes what a read at this time brought.
    pub(super) fn take(
        &mut self,
        page: usize,
        at: Timestamp,
        took: Duration,
        read: Result<SeriesSet, Fault>,
    ) -> Taken {
        let samples: usize = self.windows.iter().map(|window| window.samples).sum();
        let samples_max = self.samples_max;
        let read = read.and_then(|set| match samples.saturating_add(set.samples()) {
            total if total <= samples_max => Ok(set),
            _ => Err(too_many(samples_max)),
        });
        let Some(window) = self.windows.get_mut(page) else { return Taken::Kept };
        let at_ms = at.as_millisecond();
        window.first = window.first.or(Some(at));
        window.note(at_ms, took, read.is_ok());
        match &read {
            Ok(set) => window.keep(at_ms, set),
            Err(_) => window.mark_stale(at_ms),
        }
        window.prune(at_ms);
        window.fault = read.err();
        window.fault.clone().map_or(Taken::Kept, Taken::Failed)
    }

    /// Whether the page was read at all, well or not.
    pub(super) fn was_tried(&self, page: usize) -> bool {
        0 < self.reads(page)
    }

    /// How many times it was read, well or not.
    pub(super) fn reads(&self, page: usize) -> u64 {
        self.windows.get(page).map_or(0, |window| window.reads)
    }

    /// When it was first read.
    pub(super) fn first(&self, page: usize) -> Option<Timestamp> {
        self.windows.get(page).and_then(|window| window.first)
    }

    /// Why its last read failed, if it did.
    pub(super) fn fault(&self, page: usize) -> Option<&Fault> {
        self.windows.get(page).and_then(|window| window.fault.as_ref())
    }

    /// The samples of these pages with their labels `instance`, ready to be asked.
    pub(super) fn load(&self, targets: &[(usize, String)]) -> SeriesSet {
        let mut builder = SeriesBuilder::new();
        for (page, instance) in targets {
            if let Some(window) = self.windows.get(*page) {
                window.load(instance, &mut builder);
            }
        }
        builder.finish()
    }
}

impl Window {
    fn note(&mut self, at_ms: i64, took: Duration, is_up: bool) {
        push(&mut self.up, at_ms, if is_up { 1.0 } else { 0.0 });
        push(&mut self.took, at_ms, took.as_secs_f64());
        self.reads += 1;
    }

    fn keep(&mut self, at_ms: i64, set: &SeriesSet) {
        let ahead_ms = at_ms.saturating_add(AHEAD_MS_MAX);
        for series in set.series() {
            let track = self.series.entry(series.labels().clone()).or_default();
            track.seen_ms = Some(at_ms);
            track.is_timed_by_us = false;
            for (time_ms, value) in series.points().iter() {
                track.is_timed_by_us |= time_ms == at_ms;
                if time_ms <= ahead_ms {
                    push(&mut track.points, time_ms, value);
                }
            }
        }
        self.mark_stale(at_ms);
    }

    /// Marks what the read at this time did not have.
    fn mark_stale(&mut self, at_ms: i64) {
        for track in self.series.values_mut() {
            if track.seen_ms != Some(at_ms) && track.is_timed_by_us {
                push(&mut track.points, at_ms, stale());
                track.is_timed_by_us = false;
            }
        }
    }

    fn prune(&mut self, at_ms: i64) {
        if let Some(keep_ms) = self.keep_ms {
            let from_ms = at_ms.saturating_sub(keep_ms);
            for track in self.series.values_mut() {
                drop_before(&mut track.points, from_ms);
            }
            drop_before(&mut self.up, from_ms);
            drop_before(&mut self.took, from_ms);
        }
        self.series.retain(|_, track| !track.points.is_empty());
        self.samples = self.series.values().map(|track| track.points.len()).sum();
    }

    fn load(&self, instance: &str, builder: &mut SeriesBuilder) {
        let ours = [("up", &self.up), ("scrape_duration_seconds", &self.took)];
        for (name, points) in ours {
            let labels = builder.intern(&[(METRIC_NAME, name), (INSTANCE, instance)]);
            append(&labels, points, builder);
        }
        for (labels, track) in &self.series {
            if labels.get(INSTANCE).is_empty() {
                append(&labels.with(INSTANCE, instance), &track.points, builder);
            } else {
                append(labels, &track.points, builder);
            }
        }
    }
}

/// Appends a sample that is later than all there are; another one comes too late.
fn push(points: &mut Points, time_ms: i64, value: f64) {
    if points.times_ms.last().is_none_or(|last_ms| *last_ms < time_ms) {
        points.times_ms.push(time_ms);
        points.values.push(value);
    }
}

fn drop_before(points: &mut Points, from_ms: i64) {
    let old = points.times_ms.partition_point(|time_ms| *time_ms < from_ms);
    points.times_ms.drain(..old);
    points.values.drain(..old);
}

fn append(labels: &Labels, points: &Points, builder: &mut SeriesBuilder) {
    let place = builder.place(labels);
    for (time_ms, value) in points.iter() {
        builder.append(place, time_ms, value);
    }
}

fn too_many(samples_max: usize) -> Fault {
    let message = format!(
        "the pages of this run hold more than {samples_max} samples for its queries: name fewer \
         targets, shorter ranges, or a longer `every`"
    );
    Fault { kind: FaultKind::TooLarge, message }
}
