//! How much noisier events are than independent requests, from baseline pods against each other.
//!
//! The canary is never used: a noisy bad canary must not be able to hide itself. What hits all pods
//! at once cancels; what is left is the noise that a single pod, and so the canary, has of its own.

use crate::float::{real, size, sorted_sum};
use crate::level::Dispersion;
use crate::look::{Arm, Look};

/// Batch lengths, in intervals; the longer ones see noise that lasts.
const SCALES: [usize; 4] = [1, 2, 4, 8];
/// Degrees of freedom below which a scale is not believed.
const FREEDOM_MIN: f64 = 12.0;

/// Events below which a scale is not believed: a chi-square of a handful of events says nothing.
const EVENTS_MIN: f64 = 30.0;

/// A running estimate of the dispersion φ from the pods of the baseline.
///
/// Feed it history first, then every interval of the run after the look it belongs to, so that the
/// dispersion used at a look never depends on that look.
///
/// # Source
///
/// Pearson's homogeneity chi-square over its degrees of freedom at several batch lengths, the largest
/// of them. Golden values: `fixtures/stats/statistics.json`, group `dispersion`.
#[derive(Clone, Debug, PartialEq)]
pub struct PodDispersion {
    scales: Vec<Scale>,
    freedom_min: f64,
    events_min: f64,
}

#[derive(Clone, Debug, PartialEq)]
struct Scale {
    length: usize,
    filled: usize,
    pods: Vec<(f64, f64)>,
    chi_square: f64,
    freedom: f64,
    events: f64,
}

impl Default for PodDispersion {
    fn default() -> Self {
        Self::new(&SCALES, FREEDOM_MIN, EVENTS_MIN)
    }
}

impl PodDispersion {
    /// An estimate at the given batch lengths, each believed from so many degrees of freedom and so
    /// many events on.
    ///
    /// A length of 0 counts as 1.
    pub fn new(scales: &[usize], freedom_min: f64, events_min: f64) -> Self {
        let scale = |&length: &usize| Scale {
            length: length.max(1),
            filled: 0,
            pods: Vec::new(),
            chi_square: 0.0,
            freedom: 0.0,
            events: 0.0,
        };
        Self { scales: scales.iter().map(scale).collect(), freedom_min, events_min }
    }

    /// Takes one interval of all baseline pods.
    ///
    /// A position is a pod: one that is gone keeps its place with [`Arm::NOTHING`], a new one is
    /// appended. In which order the pods stand makes no difference.
    pub fn record(&mut self, pods: &[Arm]) {
        for scale in &mut self.scales {
            scale.record(pods);
        }
    }

    /// The dispersion as of the batches that are complete.
    pub fn estimate(&self) -> Dispersion {
        let believed = self.scales.iter().filter(|scale| self.believes(scale));
        let largest = believed
            .filter(|scale| 0.0 < scale.freedom)
            .map(|scale| scale.chi_square / scale.freedom)
            .fold(1.0, f64::max);
        Dispersion::at_least_one(largest)
    }

    /// Whether pods and intervals were many enough for an estimate, however few events they had.
    ///
    /// Pods that had too few events to show anything count as independent: noise among a handful of
    /// events cannot be measured. Pods that were too few, or not watched for long, are not known.
    pub fn has_freedom(&self) -> bool {
        self.scales.iter().any(|scale| self.freedom_min <= scale.freedom)
    }

    /// Whether the longest batches were enough of them to show noise that lasts.
    pub fn knows_lasting_noise(&self) -> bool {
        let longest = self.scales.iter().max_by_key(|scale| scale.length);
        longest.is_some_and(|scale| self.freedom_min <= scale.freedom)
    }

    /// Whether any scale has enough degrees of freedom and events to be believed.
    pub fn is_informed(&self) -> bool {
        self.scales.iter().any(|scale| self.believes(scale))
    }

    fn believes(&self, scale: &Scale) -> bool {
        self.freedom_min <= scale.freedom && self.events_min <= scale.events
    }
}

impl Scale {
    fn record(&mut self, pods: &[Arm]) {
        if self.pods.len() < pods.len() {
            self.pods.resize(pods.len(), (0.0, 0.0));
        }
        for (sum, pod) in self.pods.iter_mut().zip(pods) {
            sum.0 += real(pod.events());
            sum.1 += pod.exposure();
        }
        self.filled += 1;
        if self.filled == self.length {
            let (chi_square, freedom) = homogeneity(&self.pods);
            self.chi_square += chi_square;
            self.freedom += freedom;
            self.events += self.pods.iter().map(|pod| pod.0).sum::<f64>();
            self.filled = 0;
            self.pods.fill((0.0, 0.0));
        }
    }
}

/// Pearson's chi-square of equal rates over pods, with its degrees of freedom.
///
/// Each pod is `(events, exposure)`. Both are 0 without events or with fewer than two live pods.
pub(crate) fn homogeneity(pods: &[(f64, f64)]) -> (f64, f64) {
    let live = pods.iter().filter(|pod| 0.0 < pod.1).count();
    let events: f64 = pods.iter().map(|pod| pod.0).sum();
    if live < 2 || events <= 0.0 {
        return (0.0, 0.0);
    }
    let mut scratch: Vec<f64> = pods.iter().map(|pod| pod.1).collect();
    let exposure = sorted_sum(&mut scratch);
    scratch.clear();
    scratch.extend(pods.iter().filter(|pod| 0.0 < pod.1).map(|&(found, weight)| {
        let expected = events * weight / exposure;
        (found - expected) * (found - expected) / expected
    }));
    (sorted_sum(&mut scratch), size(live) - 1.0)
}

/// The fallback without pods: how far the canary's part of the events wanders around its mean.
///
/// `prior` is the dispersion believed before any look, `prior_looks` what it weighs. The guarantee is
/// approximate: noise that lasts longer than the scales is not seen, and neither is noise that the
/// canary has from the first look on.
///
/// # Source
///
/// Pearson residuals around the Mantel-Haenszel ratio at the given batch lengths, in looks. Golden
/// values: `fixtures/stats/statistics.json`, group `dispersion`.
pub fn dispersion_of_looks(
    looks: &[Look],
    prior: Dispersion,
    prior_looks: f64,
    scales: &[usize],
) -> Dispersion {
    if looks.is_empty() {
        return prior;
    }
    let ratio = mantel_haenszel(looks);
    let residuals: Vec<(f64, f64)> = looks
        .iter()
        .map(|look| {
            let share = look.canary_share(ratio);
            let events = real(look.canary.events());
            let both = events + real(look.baseline.events());
            (events - both * share, both * share * (1.0 - share))
        })
        .collect();
    let at_scale = |&length: &usize| {
        let mut square = 0.0;
        let mut batches = 0.0;
        for batch in residuals.chunks_exact(length.max(1)) {
            let residual: f64 = batch.iter().map(|look| look.0).sum();
            let variance: f64 = batch.iter().map(|look| look.1).sum();
            if 0.0 < variance {
                square += residual * residual / variance.max(1e-9);
                batches += 1.0;
            }
        }
        let freedom = f64::max(batches - 1.0, 0.0);
        (prior_looks * prior.get() + square) / (prior_looks + freedom)
    };
    let usable = scales.iter().filter(|&&length| length.max(1) <= looks.len());
    Dispersion::at_least_one(usable.map(at_scale).fold(1.0, f64::max))
}

/// The common ratio of the arms' rates, each half an event richer so that it exists.
fn mantel_haenszel(looks: &[Look]) -> f64 {
    let (mut numerator, mut denominator) = (0.5, 0.5);
    for look in looks.iter().filter(|look| look.is_usable()) {
        let total = look.canary.exposure() + look.baseline.exposure();
        numerator += real(look.canary.events()) * (look.baseline.exposure() / total);
        denominator += real(look.baseline.events()) * (look.canary.exposure() / total);
    }
    numerator / denominator
}
