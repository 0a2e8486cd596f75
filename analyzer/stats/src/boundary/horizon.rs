//! How often a healthy canary reaches how much evidence, by simulating canaries that are not.
//!
//! A healthy canary rarely shows much evidence, so most simulated ones say nothing about how rarely.
//! The evidence without its cap is the likelihood ratio of the mixture it bets on against health.
//! Rollouts are therefore drawn from that mixture, where most of them cross, and each crossing counts
//! with the inverse of its likelihood ratio: an estimate of the same chance with a sixth of the
//! variance, from rollouts that end early.

use crate::boundary::{HorizonForecast, LOOKS_MIN};
use crate::draw::{Draw, Poisson};
use crate::float::{bisect, real};
use crate::level::Alpha;
use crate::look::{Arm, Look};
use crate::ratio::RatioTest;
use crate::wide;

/// The most log likelihood a look may change a path by; what is beyond weighs nothing.
const GAIN_MAX: f64 = 230.0;
/// What keeps a path inside the numbers a float can tell apart.
const PATH_MAX: f64 = 1e200;
const PATH_MIN: f64 = 1e-250;
/// The golden ratio's part behind the point: its multiples fill the interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The forecast, look by look, as the simulation needs it.
pub(super) struct Horizon<'a> {
    test: &'a RatioTest,
    splits: Vec<Split>,
    /// The split of each look.
    looks: Vec<usize>,
    needed: f64,
}

/// The exposures of a look, which most looks have in common.
struct Split {
    exposures: (f64, f64),
    usable: bool,
    /// Expected events of both arms for each unit of the rate.
    events: f64,
    /// The canary's part of them when it is at the edge of what is allowed.
    share: f64,
    /// The same for each grid point.
    shares: Vec<f64>,
    /// What each event costs each grid point.
    losses: Vec<f64>,
}

/// A record of the evidence and what it weighs.
#[derive(Clone, Copy)]
struct Record {
    log_e: f64,
    weight: f64,
}

/// The records of all simulated rollouts, each rollout's in order.
struct Records {
    all: Vec<Record>,
    ends: Vec<usize>,
}

/// What a path has gathered, reused by the next one.
struct Paths {
    /// As the evidence has it, each look capped.
    capped: Vec<f64>,
    /// The likelihood ratios themselves.
    full: Vec<f64>,
}

impl<'a> Horizon<'a> {
    pub(super) fn new(test: &'a RatioTest, forecast: &HorizonForecast, alpha: Alpha) -> Self {
        let mut splits: Vec<Split> = Vec::new();
        let mut looks = Vec::with_capacity(forecast.exposures.len());
        for &exposures in &forecast.exposures {
            let known = splits.iter().position(|split| split.is_of(exposures));
            looks.push(known.unwrap_or(splits.len()));
            if known.is_none() {
                splits.push(Split::new(test, exposures));
            }
        }
        Self { test, splits, looks, needed: alpha.log_needed() }
    }

    /// The log evidence that a healthy canary reaches with chance `alpha` at a rate, at most `1/α`.
    pub(super) fn threshold(&self, rate: f64, alpha: Alpha, paths: u32, draw: &mut Draw) -> f64 {
        let records = self.records(rate, paths, draw);
        let chance = |log_e: f64| records.weight_at(log_e) / f64::from(paths);
        if alpha.share() < chance(self.needed) {
            return self.needed;
        }
        bisect(0.0, self.needed, |log_e| alpha.share() < chance(log_e))
    }

    fn records(&self, rate: f64, paths: u32, draw: &mut Draw) -> Records {
        let points = self.test.grid().deltas().len();
        let mut records = Records { all: Vec::new(), ends: Vec::new() };
        let mut state = Paths { capped: vec![0.0; points], full: vec![0.0; points] };
        // Onsets and sizes of the change are spread evenly over their weights, from a drawn start.
        let (first_onset, first_size) = (draw.uniform(), draw.uniform());
        for path in 0..paths {
            let part = |start: f64, step: f64| (start + f64::from(path) * step).fract();
            let onset = self.onset(part(first_onset, 1.0 / f64::from(paths)));
            let point = self.point(part(first_size, GOLDEN));
            self.path(rate, onset, point, &mut state, &mut records.all, draw);
            records.ends.push(records.all.len());
        }
        records
    }

    /// The look, from 1, at which the change begins when a share of the prior weight lies before it.
    fn onset(&self, share: f64) -> usize {
        let mut left = share;
        (1..)
            .zip(&self.looks)
            .find_map(|(look, _): (u32, &usize)| {
                left -= self.test.onset().weight(u64::from(look));
                (left < 0.0).then(|| usize::try_from(look).unwrap_or(usize::MAX))
            })
            .unwrap_or(usize::MAX)
    }

    /// The grid point when a share of the prior weight lies before it.
    fn point(&self, share: f64) -> usize {
        let weights = self.test.grid().weights();
        let mut left = share;
        let found = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        found.unwrap_or(weights.len() - 1)
    }

    /// One rollout, whose canary changes by a grid point's ratio at a look.
    fn path(
        &self,
        rate: f64,
        onset: usize,
        point: usize,
        state: &mut Paths,
        records: &mut Vec<Record>,
        draw: &mut Draw,
    ) {
        state.capped.fill(0.0);
        state.full.fill(0.0);
        let mut laws = [Poisson::new(0.0), Poisson::new(0.0)];
        let mut highest = f64::NEG_INFINITY;
        for (look, &split) in (1..).zip(&self.looks) {
            let (split, at) = (&self.splits[split], u64::try_from(look).unwrap_or(u64::MAX));
            let begins = self.test.onset().weight(at);
            if !split.usable {
                state.begin(begins);
                continue;
            }
            let share = if onset <= look { split.shares[point] } else { split.share };
            let events = rate * split.events;
            let means = [events * share, events * (1.0 - share)];
            for (law, mean) in laws.iter_mut().zip(means) {
                if !law.is_of(mean) {
                    *law = Poisson::new(mean);
                }
            }
            let [own, other] = &mut laws;
            let own = real(own.draw(draw));
            let both = own + real(other.draw(draw));
            let (capped, full) = state.moved(self.test, split, begins, own, both);
            let rest = self.test.onset().rest(at);
            if at < LOOKS_MIN || capped + rest <= highest {
                continue;
            }
            highest = capped + rest;
            let log_e = libm::log(highest);
            records.push(Record { log_e, weight: 1.0 / (full + rest) });
            if self.needed <= log_e {
                return;
            }
        }
    }
}

impl Split {
    fn new(test: &RatioTest, exposures: (f64, f64)) -> Self {
        let arm = |exposure: f64| Arm::new(0, exposure).unwrap_or(Arm::NOTHING);
        let look = Look { canary: arm(exposures.0), baseline: arm(exposures.1) };
        let allowed = test.allowed().get();
        let share = look.canary_share(allowed);
        let growths = test.grid().growths().iter();
        Self {
            exposures,
            usable: look.is_usable(),
            events: exposures.0 * allowed + exposures.1,
            share,
            shares: growths.map(|growth| share * (1.0 + growth) / (1.0 + share * growth)).collect(),
            losses: test.losses(&look),
        }
    }

    fn is_of(&self, exposures: (f64, f64)) -> bool {
        self.exposures.0.to_bits() == exposures.0.to_bits()
            && self.exposures.1.to_bits() == exposures.1.to_bits()
    }
}

impl Paths {
    /// Adds the weight of a change that begins.
    fn begin(&mut self, weight: f64) {
        self.capped.iter_mut().chain(&mut self.full).for_each(|path| *path += weight);
    }

    /// One more look; answers the weighted sums of the capped and of the full paths.
    fn moved(
        &mut self,
        test: &RatioTest,
        split: &Split,
        begins: f64,
        own: f64,
        both: f64,
    ) -> (f64, f64) {
        let cap = libm::exp(test.look_cap().unwrap_or(GAIN_MAX).min(GAIN_MAX));
        let grid = test.grid();
        let gains = grid.deltas().iter().zip(&split.losses);
        let paths = self.capped.iter_mut().zip(&mut self.full);
        for ((capped, full), (delta, loss)) in paths.zip(gains) {
            let gain = own * delta - both * loss;
            let gain = if gain < GAIN_MAX { gain } else { GAIN_MAX };
            let gain = if -GAIN_MAX < gain { gain } else { -GAIN_MAX };
            let (mantissa, power) = wide::exp_parts(gain);
            let factor = mantissa * wide::power_of_two(power);
            let bounded = if factor < cap { factor } else { cap };
            *capped = inside((*capped + begins) * bounded);
            *full = inside((*full + begins) * factor);
        }
        let sum = |paths: &[f64]| -> f64 {
            paths.iter().zip(grid.weights()).map(|(path, weight)| path * weight).sum()
        };
        (sum(&self.capped), sum(&self.full))
    }
}

#[inline]
fn inside(path: f64) -> f64 {
    let path = if path < PATH_MAX { path } else { PATH_MAX };
    if PATH_MIN < path { path } else { PATH_MIN }
}

impl Records {
    /// The sum of the weights with which rollouts first reach so much evidence.
    fn weight_at(&self, log_e: f64) -> f64 {
        let mut from = 0;
        let mut sum = 0.0;
        for &end in &self.ends {
            let own = &self.all[from..end];
            from = end;
            let first = own.partition_point(|record| record.log_e < log_e);
            sum += own.get(first).map_or(0.0, |record| record.weight);
        }
        sum
    }
}
