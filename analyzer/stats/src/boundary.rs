//! How much evidence is enough: always `1/α`, or less when the number of looks is declared.
//!
//! Ville's `1/α` holds for ever and for any dependence within reach of the noise model. A declared
//! horizon allows a lower threshold, found by simulating the healthy case; that is only right where
//! the healthy case is known, so [`Boundary::Auto`] uses it while events look independent.

use thiserror::Error;

use crate::draw::Draw;
use crate::float::{index, real, size};
use crate::level::{Alpha, Dispersion};
use crate::look::{Arm, Look};
use crate::ratio::RatioTest;

/// The dispersion up to which events count as independent.
pub const INDEPENDENT_MAX: f64 = 1.25;
/// Multiples of the forecast rate that a horizon threshold must survive.
const RATE_MULTIPLES: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
/// Looks without which nothing is ever decided.
pub const LOOKS_MIN: u64 = 2;

/// Which threshold the evidence is held against.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Boundary {
    /// `1/α` at every look, with no end declared.
    Anytime,
    /// A lower threshold for the declared number of looks; right for independent events only.
    Horizon,
    /// The horizon's while the dispersion is at most [`INDEPENDENT_MAX`], else `1/α`.
    Auto,
}

impl Boundary {
    /// Whether a calibrated threshold makes any difference to it.
    pub fn uses_horizon(self) -> bool {
        match self {
            Self::Anytime => false,
            Self::Horizon | Self::Auto => true,
        }
    }

    /// The log evidence needed at a look; `horizon` is the log threshold calibrated beforehand.
    ///
    /// Without a calibrated threshold, and never above it, the answer is `ln(1/α)`.
    pub fn log_needed(self, alpha: Alpha, noise: Dispersion, horizon: Option<f64>) -> f64 {
        let anytime = alpha.log_needed();
        let horizon = horizon.filter(|log| log.is_finite()).map_or(anytime, |log| log.min(anytime));
        match self {
            Self::Anytime => anytime,
            Self::Horizon => horizon,
            Self::Auto if noise.get() <= INDEPENDENT_MAX => horizon,
            Self::Auto => anytime,
        }
    }
}

/// What a run is expected to see: per look, the exposure of both arms.
#[derive(Clone, Debug, PartialEq)]
pub struct HorizonForecast {
    /// Exposure of canary and baseline at each declared look, in requests or seconds.
    pub exposures: Vec<(f64, f64)>,
    /// Events per exposure in the baseline, from history.
    pub rate: f64,
    /// Simulated runs for each multiple of the rate; 10,000 for a verdict.
    pub paths: u32,
    /// The seed; the same seed gives the same threshold to the last bit.
    pub seed: u64,
}

/// A forecast cannot be simulated.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum InvalidForecast {
    /// Fewer than two looks or more than 10,000.
    #[error("a horizon needs 2 to 10000 looks, not {found}")]
    Looks {
        /// How many there were.
        found: usize,
    },
    /// An exposure is negative, too large or not a number.
    #[error("a forecast exposure lies between 0 and 1e15, not {found}")]
    Exposure {
        /// The exposure.
        found: f64,
    },
    /// The rate is not positive, or leads to counts beyond reach.
    #[error("a forecast rate is above 0 and at most 1e6, not {found}")]
    Rate {
        /// The rate.
        found: f64,
    },
    /// No paths, or more than a million.
    #[error("a calibration takes 100 to 1000000 paths, not {found}")]
    Paths {
        /// How many were asked for.
        found: u32,
    },
}

/// The flat log threshold for a declared number of looks, never above `ln(1/α)`.
///
/// The `1 - α` quantile of the largest evidence a canary at the edge of what is allowed ever shows,
/// at the forecast exposures, the worst over the forecast rate times 1/4 to 4, so that a wrong
/// forecast does not hurt. Independent events are assumed.
///
/// # Errors
///
/// [`InvalidForecast`] when the forecast cannot be simulated.
///
/// # Source
///
/// The idea of Kulldorff et al. (2011), MaxSPRT, by seeded simulation. Golden values within 10
/// percent: `fixtures/stats/statistics.json`, group `horizon_boundary`.
pub fn horizon_threshold(
    test: &RatioTest,
    forecast: &HorizonForecast,
    alpha: Alpha,
) -> Result<f64, InvalidForecast> {
    forecast.check()?;
    let losses = losses_by_split(test, forecast);
    let mut worst = 0.0_f64;
    for (stratum, multiple) in (0_u64..).zip(RATE_MULTIPLES) {
        let mut largest: Vec<f64> = (0..forecast.paths)
            .map(|path| {
                let stream = stratum * 1_000_000 + u64::from(path);
                let mut draw = Draw::new(forecast.seed, stream);
                largest_log_e(test, forecast, &losses, forecast.rate * multiple, &mut draw)
            })
            .collect();
        largest.sort_unstable_by(f64::total_cmp);
        worst = worst.max(linear_quantile(&largest, 1.0 - alpha.share()));
    }
    Ok(worst.min(alpha.log_needed()))
}

/// How a horizon threshold is found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Calibration {
    /// From the table of worst cases: no time at all, a little more evidence needed.
    Table,
    /// By simulating so many paths for each of five rates; 10,000 for a verdict.
    Simulated {
        /// How many paths.
        paths: u32,
        /// The seed; the same seed gives the same threshold to the last bit.
        seed: u64,
    },
}

/// The log threshold of a horizon of planned exposures, by either way.
///
/// What cannot be simulated is looked up, so a wrong forecast costs a little speed and never the
/// level. `None` when no looks are planned.
pub fn calibrated(
    test: &RatioTest,
    exposures: &[(f64, f64)],
    rate: f64,
    alpha: Alpha,
    calibration: Calibration,
) -> Option<f64> {
    let looks = u32::try_from(exposures.len()).ok().filter(|&looks| 0 < looks)?;
    let simulated = match calibration {
        Calibration::Table => None,
        Calibration::Simulated { paths, seed } => {
            let forecast = HorizonForecast { exposures: exposures.to_vec(), rate, paths, seed };
            horizon_threshold(test, &forecast, alpha).ok()
        }
    };
    Some(simulated.unwrap_or_else(|| horizon_fallback(looks, alpha)))
}

/// The log threshold to fall back on when nothing can be forecast, for up to 120 looks.
///
/// The worst over three splits and four traffic levels at α of 5 and 1 percent, by simulation; a
/// level in between takes the row of 1 percent, one above 5 percent that of 5. Below 1 percent, or for
/// more looks, `ln(1/α)`, which is never exceeded.
pub fn horizon_fallback(looks: u32, alpha: Alpha) -> f64 {
    const LOOKS: [u32; 5] = [10, 20, 30, 60, 120];
    const FIVE_PERCENT: [f64; 5] = [4.9, 7.1, 7.6, 8.1, 10.2];
    const ONE_PERCENT: [f64; 5] = [14.9, 22.0, 24.0, 36.0, 47.0];
    let table = if 0.05 - 1e-12 <= alpha.share() {
        FIVE_PERCENT
    } else if 0.01 - 1e-12 <= alpha.share() {
        ONE_PERCENT
    } else {
        return alpha.log_needed();
    };
    let row = LOOKS.iter().position(|&limit| looks <= limit);
    let found = row.map_or(f64::INFINITY, |row| libm::log(table[row]));
    found.min(alpha.log_needed())
}

impl HorizonForecast {
    fn check(&self) -> Result<(), InvalidForecast> {
        if !(2..=10_000).contains(&self.exposures.len()) {
            return Err(InvalidForecast::Looks { found: self.exposures.len() });
        }
        let all = self.exposures.iter().flat_map(|&(canary, baseline)| [canary, baseline]);
        if let Some(found) = all.into_iter().find(|exposure| !(0.0..=1e15).contains(exposure)) {
            return Err(InvalidForecast::Exposure { found });
        }
        if !(0.0 < self.rate && self.rate <= 1e6) {
            return Err(InvalidForecast::Rate { found: self.rate });
        }
        if !(100..=1_000_000).contains(&self.paths) {
            return Err(InvalidForecast::Paths { found: self.paths });
        }
        Ok(())
    }
}

fn largest_log_e(
    test: &RatioTest,
    forecast: &HorizonForecast,
    losses: &[(Look, Vec<f64>)],
    rate: f64,
    draw: &mut Draw,
) -> f64 {
    let mut state = test.start();
    let mut largest = f64::NEG_INFINITY;
    let mut split = 0;
    for &(canary, baseline) in &forecast.exposures {
        let own = draw.poisson(canary * rate * test.allowed().get());
        let other = draw.poisson(baseline * rate);
        if !same_split(&losses[split].0, canary, baseline) {
            split =
                losses.iter().position(|known| same_split(&known.0, canary, baseline)).unwrap_or(0);
        }
        let (look, losses) = &losses[split];
        state = if look.is_usable() {
            test.step_at(state, own, other, losses)
        } else {
            test.step(state, look, Dispersion::NONE)
        };
        if LOOKS_MIN <= state.looks() {
            largest = largest.max(state.log_e());
        }
    }
    largest
}

fn same_split(look: &Look, canary: f64, baseline: f64) -> bool {
    look.canary.exposure().to_bits() == canary.to_bits()
        && look.baseline.exposure().to_bits() == baseline.to_bits()
}

/// The losses of the test at each split of the exposure that the forecast has.
fn losses_by_split(test: &RatioTest, forecast: &HorizonForecast) -> Vec<(Look, Vec<f64>)> {
    let mut known: Vec<(Look, Vec<f64>)> = Vec::new();
    for &(canary, baseline) in &forecast.exposures {
        if !known.iter().any(|(look, _)| same_split(look, canary, baseline)) {
            let arm = |exposure: f64| Arm::new(0, exposure).unwrap_or(Arm::NOTHING);
            let look = Look { canary: arm(canary), baseline: arm(baseline) };
            known.push((look, test.losses(&look)));
        }
    }
    known
}

/// The quantile of sorted values with linear interpolation between neighbours.
pub(crate) fn linear_quantile(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let position = share.clamp(0.0, 1.0) * (size(sorted.len()) - 1.0);
    let low = index(position).min(sorted.len() - 1);
    let high = (low + 1).min(sorted.len() - 1);
    let part = position - real(u64::try_from(low).unwrap_or(0));
    if sorted[low].total_cmp(&sorted[high]).is_eq() {
        return sorted[low];
    }
    sorted[low] + (sorted[high] - sorted[low]) * part
}
