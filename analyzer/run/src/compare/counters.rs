//! Raw counters of both arms, from the hour before the run to its end.
//!
//! **Invariant:** a pod keeps its place for ever, in history and in the run, whatever comes and goes.

use std::collections::{BTreeMap, BTreeSet};

use assay_stats::counter::{CounterReader, CounterSample, Increments};
use assay_template::plan::compare::Arm;

use crate::compare::split::{Row, present};

/// Reads the counters of a criterion.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counters {
    channels: usize,
    canary: Places,
    baseline: Places,
    /// Before the run: the baseline against itself, for nothing else was there.
    past: Feed,
    present: Feed,
    /// Whoever was seen at an instant that is over.
    seen: BTreeSet<String>,
    has_past: bool,
}

/// The places of an arm's pods.
#[derive(Clone, Debug, Default, PartialEq)]
struct Places(BTreeMap<String, usize>);

impl Places {
    fn of(&mut self, pod: &str) -> usize {
        match self.0.get(pod) {
            Some(place) => *place,
            None => {
                let place = self.0.len();
                self.0.insert(pod.to_owned(), place);
                place
            }
        }
    }
}

/// A reader, and the places of the pods it was shown, in the order in which it came to know them.
#[derive(Clone, Debug, PartialEq)]
struct Feed {
    reader: CounterReader,
    canary: Vec<usize>,
    baseline: Vec<usize>,
}

impl Feed {
    fn new(channels: usize) -> Self {
        Self { reader: CounterReader::new(channels), canary: Vec::new(), baseline: Vec::new() }
    }
}

impl Counters {
    pub(crate) fn new(channels: usize) -> Self {
        Self {
            channels,
            canary: Places::default(),
            baseline: Places::default(),
            past: Feed::new(channels),
            present: Feed::new(channels),
            seen: BTreeSet::new(),
            has_past: false,
        }
    }

    /// Takes an instant before the run and answers what the baseline's pods gained since the one before.
    ///
    /// `channel` tells which counter of its pod a series is; none if it is left out.
    pub(crate) fn look_back(
        &mut self,
        rows: &[Row<'_>],
        instant: usize,
        channel: impl Fn(&Row<'_>) -> Option<usize>,
    ) -> Option<Increments> {
        let samples = self.samples(rows, Arm::Baseline, instant, channel);
        note(&mut self.past.baseline, &mut self.baseline, &samples);
        let gained = self.past.reader.read(&samples, &samples);
        // A source that has nothing to tell of the past does not know who is new.
        self.has_past |= !samples.is_empty();
        self.see(rows, instant);
        let gained = gained?;
        let baseline =
            arranged(gained.baseline, &self.past.baseline, &self.baseline, self.channels);
        Some(Increments { canary: Vec::new(), baseline, instants: gained.instants })
    }

    /// Takes an instant of the run and answers what every pod gained since the last that counted.
    ///
    /// Whoever is compared with a constant is `alone`: then no baseline is waited for.
    pub(crate) fn look(
        &mut self,
        rows: &[Row<'_>],
        instant: usize,
        alone: bool,
        channel: impl Fn(&Row<'_>) -> Option<usize>,
    ) -> Option<Increments> {
        let canary = self.samples(rows, Arm::Canary, instant, &channel);
        let baseline = self.samples(rows, Arm::Baseline, instant, &channel);
        note(&mut self.present.canary, &mut self.canary, &canary);
        let gained = if alone {
            self.present.reader.read(&canary, &canary)
        } else {
            note(&mut self.present.baseline, &mut self.baseline, &baseline);
            self.present.reader.read(&canary, &baseline)
        };
        self.see(rows, instant);
        let Increments { canary, baseline, instants } = gained?;
        let baseline = if alone { Vec::new() } else { baseline };
        let (own, other) = (&self.present.canary, &self.present.baseline);
        Some(Increments {
            canary: arranged(canary, own, &self.canary, self.channels),
            baseline: arranged(baseline, other, &self.baseline, self.channels),
            instants,
        })
    }

    /// The same pods and counters as another run of the same rollout begins to look at them.
    pub(crate) fn begin_again(&mut self) {
        self.present = Feed::new(self.channels);
    }

    fn samples<'r>(
        &self,
        rows: &'r [Row<'_>],
        arm: Arm,
        instant: usize,
        channel: impl Fn(&Row<'_>) -> Option<usize>,
    ) -> Vec<CounterSample<'r>> {
        let usable = |value: f64| (0.0..f64::INFINITY).contains(&value);
        present(rows, arm, instant)
            .filter(|(_, value)| usable(*value))
            .filter_map(|(row, value)| {
                Some(CounterSample {
                    series: &row.series,
                    pod: row.pod,
                    channel: channel(row).filter(|channel| *channel < self.channels)?,
                    value,
                    // A pod that nobody ever saw before is new, and its counters count from 0. Who
                    // only changed arms, as when a canary becomes the stable version, is not new.
                    pod_began_inside: self.has_past && !self.seen.contains(row.pod),
                })
            })
            .collect()
    }

    fn see(&mut self, rows: &[Row<'_>], instant: usize) {
        for arm in [Arm::Canary, Arm::Baseline] {
            for (row, _) in present(rows, arm, instant) {
                if !self.seen.contains(row.pod) {
                    self.seen.insert(row.pod.to_owned());
                }
            }
        }
    }
}

/// Notes the places of pods that a reader is about to see for the first time, in its order.
fn note(fed: &mut Vec<usize>, places: &mut Places, samples: &[CounterSample<'_>]) {
    for sample in samples {
        let place = places.of(sample.pod);
        if !fed.contains(&place) {
            fed.push(place);
        }
    }
}

/// The gains in the order of our places instead of the reader's.
fn arranged(
    gains: Vec<Vec<f64>>,
    fed: &[usize],
    places: &Places,
    channels: usize,
) -> Vec<Vec<f64>> {
    let mut arranged = vec![vec![0.0; channels]; places.0.len()];
    for (gain, place) in gains.into_iter().zip(fed) {
        if let Some(slot) = arranged.get_mut(*place) {
            *slot = gain;
        }
    }
    arranged
}
