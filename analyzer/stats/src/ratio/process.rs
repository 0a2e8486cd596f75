//! The ratio e-process itself.

use std::f64::consts::LN_2;

use crate::float::{log_add_exp, real};
use crate::level::{Alpha, Dispersion, Ratio};
use crate::look::Look;
use crate::ratio::grid::{Grid, Onset};
use crate::wide;

/// The share of the needed log evidence that a single look may supply.
///
/// It keeps a rare retry storm, which no estimate of dispersion foresees, from deciding alone.
pub const LOOK_CAP_SHARE: f64 = 2.0 / 3.0;

/// What to test; made once for a metric, shared by all its looks.
///
/// # Source
///
/// A mixture of conditional likelihood ratios of two counts given their sum, in the line of Lindon
/// and Malek (2022), arXiv 2011.03567, and Kulldorff et al. (2011), MaxSPRT. That it is a
/// supermartingale for independent requests of any rate follows from `1 + x <= e^x`; tempering by a
/// dispersion above 1 makes it approximate. Golden values: `fixtures/stats/statistics.json`, group
/// `ratio_e_process` (mpmath).
#[derive(Clone, Debug, PartialEq)]
pub struct RatioTest {
    grid: Grid,
    allowed: Ratio,
    onset: Onset,
    look_cap: Option<f64>,
}

/// The evidence so far: one number a grid point, as mantissa and power of two, and their mixture.
///
/// The default has no grid points; it only keeps a place while a look is taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RatioEvidence {
    mantissas: Vec<f64>,
    exponents: Vec<f64>,
    log_e: f64,
    looks: u64,
    usable: u64,
}

impl RatioEvidence {
    /// The log e-value: 0 at the start, `ln(1/α)` or more rejects.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// How many looks there were, with data or without.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// How many of them had data in both arms.
    pub fn usable_looks(&self) -> u64 {
        self.usable
    }
}

impl RatioEvidence {
    /// How many bytes the state takes, what it points to included.
    pub fn bytes(&self) -> usize {
        let points = self.mantissas.capacity() + self.exponents.capacity();
        size_of::<Self>() + points * size_of::<f64>()
    }
}

impl RatioTest {
    /// A test of "the canary's rate is at most `allowed` times the baseline's" on a grid above 0, or
    /// of "is at least `allowed` times" on a grid below 0.
    ///
    /// `look_cap` bounds the log evidence one look may supply to any grid point; without it a single
    /// look may decide.
    pub fn new(grid: Grid, allowed: Ratio, onset: Onset, look_cap: Option<f64>) -> Self {
        Self { grid, allowed, onset, look_cap }
    }

    /// The default test for harm: finds a ratio of `effect` or more where `allowed` is tolerated.
    ///
    /// `looks` is how many looks are declared; without it no end is assumed.
    pub fn harm(effect: Ratio, allowed: Ratio, looks: Option<u32>, alpha: Alpha) -> Self {
        let onset = Onset::early(looks);
        Self::new(Grid::harm(effect, allowed), allowed, onset, Some(look_cap(alpha)))
    }

    /// The mirrored test for early promotion: rules out a ratio of `rule_out` or more.
    pub fn clearance(rule_out: Ratio, beta: Alpha) -> Self {
        Self::new(Grid::clearance(rule_out), rule_out, Onset::First, Some(look_cap(beta)))
    }

    /// The ratio of rates at the edge of the hypothesis.
    pub fn allowed(&self) -> Ratio {
        self.allowed
    }

    /// No evidence yet.
    pub fn start(&self) -> RatioEvidence {
        RatioEvidence::of_points(self.grid.deltas().len())
    }

    /// What each event of either arm costs every grid point at the look's split of the exposure.
    pub(crate) fn losses(&self, look: &Look) -> Vec<f64> {
        let share = look.canary_share(self.allowed.get());
        self.grid.growths().iter().map(|growth| wide::ln_1p(share * growth)).collect()
    }

    pub(crate) fn grid(&self) -> &Grid {
        &self.grid
    }

    pub(crate) fn onset(&self) -> Onset {
        self.onset
    }

    pub(crate) fn look_cap(&self) -> Option<f64> {
        self.look_cap
    }

    /// The evidence after one more look, at the dispersion known before that look.
    ///
    /// A look without data in both arms counts as a look and changes no evidence.
    pub fn step(&self, state: RatioEvidence, look: &Look, noise: Dispersion) -> RatioEvidence {
        if !look.is_usable() {
            return state.skipped(self.onset);
        }
        let share = look.canary_share(self.allowed.get());
        let events = real(look.canary.events());
        let both = events + real(look.baseline.events());
        let grid = self.grid.deltas().iter().zip(self.grid.growths());
        let gains = grid.map(|(delta, growth)| events * delta - both * wide::ln_1p(share * growth));
        state.moved(self.onset, self.grid.weights(), gains, self.look_cap, noise)
    }
}

impl RatioEvidence {
    /// No evidence on a grid of so many points.
    pub(crate) fn of_points(points: usize) -> Self {
        Self {
            mantissas: vec![1.0; points],
            exponents: vec![NOTHING; points],
            log_e: 0.0,
            looks: 0,
            usable: 0,
        }
    }

    /// One more look without data: a change may begin, the evidence stays.
    pub(crate) fn skipped(mut self, onset: Onset) -> Self {
        self.looks = self.looks.saturating_add(1);
        self.begin(onset.weight(self.looks));
        self
    }

    /// One more look that gains so many nats of log likelihood at each grid point.
    #[inline]
    pub(crate) fn moved(
        self,
        onset: Onset,
        weights: &[f64],
        gains: impl Iterator<Item = f64>,
        look_cap: Option<f64>,
        noise: Dispersion,
    ) -> Self {
        let mut state = self.skipped(onset);
        state.usable = state.usable.saturating_add(1);
        let tempering = 1.0 / noise.get();
        let cap = look_cap.unwrap_or(GAIN_MAX).min(GAIN_MAX);
        let paths = state.mantissas.iter_mut().zip(&mut state.exponents);
        for ((mantissa, exponent), gain) in paths.zip(gains) {
            let gain = tempering * gain;
            let gain = if gain < cap { gain } else { cap };
            let gain = if -GAIN_MAX < gain { gain } else { -GAIN_MAX };
            let (factor, power) = wide::exp_parts(gain);
            let (rest, carry) = wide::split(*mantissa * factor);
            *mantissa = rest;
            *exponent += power + carry;
        }
        let mixture = state.log_mixture(weights);
        let rest = onset.rest(state.looks);
        state.log_e = if 1e-12 < rest { log_add_exp(mixture, libm::log(rest)) } else { mixture };
        state
    }

    /// Adds the weight of a change that begins at this look to every path.
    fn begin(&mut self, weight: f64) {
        if !(0.0 < weight) {
            return;
        }
        for (mantissa, exponent) in self.mantissas.iter_mut().zip(&mut self.exponents) {
            let top = if *exponent < 0.0 { 0.0 } else { *exponent };
            let sum =
                *mantissa * wide::power_of_two(*exponent - top) + weight * wide::power_of_two(-top);
            let (rest, carry) = wide::split(sum);
            *mantissa = rest;
            *exponent = top + carry;
        }
    }

    /// The log of the weighted sum of all paths.
    fn log_mixture(&self, weights: &[f64]) -> f64 {
        let top = self.exponents.iter().copied().fold(NOTHING, f64::max);
        let paths = self.mantissas.iter().zip(&self.exponents).zip(weights);
        let sum: f64 = paths
            .map(|((mantissa, exponent), weight)| {
                weight * mantissa * wide::power_of_two(*exponent - top)
            })
            .sum();
        top * LN_2 + libm::log(sum)
    }
}

/// The power of two that stands for nothing; what is added to it swallows it.
const NOTHING: f64 = -1e12;
/// The most a look may change a path by, in nats, with or without a cap: far beyond any decision.
const GAIN_MAX: f64 = 1e11;

/// The most log evidence one look may supply at the level `alpha`: two thirds of what is needed.
pub fn look_cap(alpha: Alpha) -> f64 {
    LOOK_CAP_SHARE * alpha.log_needed()
}
