//! Which noise a look is judged with: measured on pods, or on looks where there are none.

use crate::float::sorted_sum;
use crate::level::Dispersion;
use crate::look::{Arm, Look};
use crate::ratio::{PodDispersion, PodSpread, dispersion_of_looks, pod_spread};

/// What the dispersion counts as before anything is known of it.
const PRIOR: f64 = 3.0;
/// How many looks that belief weighs.
const PRIOR_LOOKS: f64 = 8.0;
/// Batch lengths of the fallback, in looks.
const SCALES: [usize; 3] = [1, 4, 8];
/// By how much the noise beyond independence is raised where it was measured on short batches or on
/// looks alone: whether it lasts is not known then.
const UNKNOWN_LENGTH: f64 = 2.0;
/// By how much it is raised for an early promotion, which a single quiet stretch decides.
const CLEARANCE: f64 = 1.5;
/// The looks a fallback is measured on; later ones change it little.
const LOOKS_KEPT_MAX: usize = 1_000;

/// The dispersion of a metric, updated look by look.
///
/// Measured on the baseline's pods against each other wherever they are enough. One series, or two
/// without history, cannot tell: then the canary's share of the events stands in, and the guarantee
/// is approximate, see [`Self::is_approximate`].
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    pods: PodDispersion,
    looks: Vec<Look>,
    fallback: Dispersion,
    approximate: bool,
}

impl Noise {
    /// The noise as the history of the baseline's pods shows it.
    pub fn new(pods: PodDispersion) -> Self {
        let approximate = !pods.has_freedom();
        Self { pods, looks: Vec::new(), fallback: Dispersion::at_least_one(PRIOR), approximate }
    }

    /// The dispersion for a look at pods that carry what they carry in `canary` and `baseline`.
    pub fn at(&self, canary: &[Arm], baseline: &[Arm]) -> Dispersion {
        if self.approximate {
            return raised(self.fallback, UNKNOWN_LENGTH);
        }
        let measured = self.pods.estimate();
        let lasting = if self.pods.knows_lasting_noise() {
            measured
        } else {
            raised(measured, UNKNOWN_LENGTH)
        };
        lasting.for_load(concentration(canary) / concentration(baseline))
    }

    /// The noise an early promotion is judged with, given that of the same look.
    pub(crate) fn for_clearance(&self, noise: Dispersion) -> Dispersion {
        let unknown = if self.approximate { UNKNOWN_LENGTH } else { 1.0 };
        raised(noise, CLEARANCE * unknown)
    }

    /// Takes a look, after its noise was asked for.
    pub fn record(&mut self, look: &Look, baseline: &[Arm]) {
        self.pods.record(baseline);
        self.approximate = self.approximate && !self.pods.has_freedom();
        if !self.approximate {
            self.looks = Vec::new();
        } else if look.is_usable() && self.looks.len() < LOOKS_KEPT_MAX {
            self.looks.push(*look);
            let prior = Dispersion::at_least_one(PRIOR);
            self.fallback = dispersion_of_looks(&self.looks, prior, PRIOR_LOOKS, &SCALES);
        }
    }

    /// Whether the canary's own share had to stand in for pods: say "approximate guarantee".
    pub fn is_approximate(&self) -> bool {
        self.approximate
    }
}

/// What the history of the baseline's pods says: their noise, and how they differ for good.
///
/// `history[t][j]` is what pod `j` counted in interval `t`. A short history makes little of
/// differences between pods, since it cannot tell them from noise that lasts.
pub fn of_history(history: &[Vec<Arm>]) -> (PodDispersion, PodSpread) {
    let mut dispersion = PodDispersion::default();
    history.iter().for_each(|pods| dispersion.record(pods));
    let noise = if dispersion.knows_lasting_noise() {
        dispersion.estimate()
    } else {
        raised(dispersion.estimate(), UNKNOWN_LENGTH)
    };
    let pods = history.iter().map(Vec::len).max().unwrap_or(0);
    let total = |pod: usize| {
        let own: Vec<Arm> = history.iter().filter_map(|look| look.get(pod)).copied().collect();
        Arm::sum(&own)
    };
    let totals: Vec<Arm> = (0..pods).map(total).collect();
    (dispersion, pod_spread(&totals, noise))
}

fn raised(noise: Dispersion, factor: f64) -> Dispersion {
    Dispersion::at_least_one(1.0 + factor * (noise.get() - 1.0))
}

/// The exposure of the pod that a request meets on average; NaN without any.
///
/// What a pod-wide swing weighs in an arm's sum grows with this, not with the number of pods.
fn concentration(pods: &[Arm]) -> f64 {
    let mut sizes: Vec<f64> = pods.iter().map(|pod| pod.exposure()).collect();
    let total = sorted_sum(&mut sizes);
    // Squares of exposures, which are never negative, are in the same order.
    sizes.iter().map(|size| size * size).sum::<f64>() / total
}
