//! How much evidence is enough: always `1/α`, or less when the number of looks is declared.
//!
//! Ville's `1/α` holds for ever and for any dependence within reach of the noise model. A declared
//! horizon allows a lower threshold, found by simulating the healthy case; that is only right where
//! the healthy case is known, so [`Boundary::Auto`] uses it while events look independent.

mod horizon;

use thiserror::Error;

use self::horizon::Horizon;
use crate::draw::Draw;
use crate::level::{Alpha, Dispersion};
use crate::ratio::RatioTest;

/// The dispersion up to which events count as independent.
pub const INDEPENDENT_MAX: f64 = 1.25;
/// Multiples of the forecast rate that a horizon threshold must survive.
const RATE_MULTIPLES: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
/// How many plainly simulated paths one of ours tells as much as, see `boundary::horizon`.
const WORTH: u32 = 10;
/// Paths of each rate at least.
const PATHS_MIN: u32 = 50;
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
    /// The threshold is as sure as from so many plainly simulated runs of each multiple of the rate,
    /// though fewer are needed; 10,000 for a verdict.
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
/// The idea of Kulldorff et al. (2011), MaxSPRT, by seeded simulation with the importance sampling
/// of Siegmund (1976), Ann. Stat. 4:673. Golden values within 10 percent:
/// `fixtures/stats/statistics.json`, group `horizon_boundary`.
pub fn horizon_threshold(
    test: &RatioTest,
    forecast: &HorizonForecast,
    alpha: Alpha,
) -> Result<f64, InvalidForecast> {
    forecast.check()?;
    let horizon = Horizon::new(test, forecast, alpha);
    let paths = (forecast.paths / WORTH).max(PATHS_MIN);
    let at_rate = |(stratum, multiple): (u64, f64)| {
        let mut draw = Draw::new(forecast.seed, stratum);
        horizon.threshold(forecast.rate * multiple, alpha, paths, &mut draw)
    };
    Ok((0_u64..).zip(RATE_MULTIPLES).map(at_rate).fold(0.0, f64::max))
}

/// How a horizon threshold is found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Calibration {
    /// From the table of worst cases: no time at all, a little more evidence needed.
    Table,
    /// By simulation, as sure as from so many plain paths for each of five rates; 10,000 for a
    /// verdict.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Ratio;
    use crate::look::{Arm, Look};

    /// The share of plainly simulated healthy rollouts that reach a log threshold.
    fn reached(test: &RatioTest, forecast: &HorizonForecast, rate: f64, threshold: f64) -> f64 {
        let stops = (0..forecast.paths).filter(|&path| {
            let mut draw = Draw::new(77, u64::from(path));
            let mut state = test.start();
            forecast.exposures.iter().any(|&(canary, baseline)| {
                let own = draw.poisson(canary * rate * test.allowed().get());
                let other = draw.poisson(baseline * rate);
                let arm = |events, exposure| Arm::new(events, exposure).unwrap();
                let look = Look { canary: arm(own, canary), baseline: arm(other, baseline) };
                state = test.step(std::mem::take(&mut state), &look, Dispersion::NONE);
                LOOKS_MIN <= state.looks() && threshold <= state.log_e()
            })
        });
        f64::from(u32::try_from(stops.count()).unwrap()) / f64::from(forecast.paths)
    }

    #[test]
    fn plain_simulation_agrees_with_the_threshold() {
        let ratio = |value: f64| Ratio::try_from(value).unwrap();
        for (alpha, allowed, exposures, rate) in [
            (0.05, 1.0, vec![(1500.0, 28_500.0); 20], 0.005),
            (0.05, 1.1, vec![(75.0, 1425.0); 30], 0.005),
            // A look without a canary, and a split that changes.
            (0.1, 1.0, [vec![(0.0, 900.0); 2], vec![(50.0, 850.0), (450.0, 450.0)]].concat(), 0.02),
        ] {
            let looks = u32::try_from(exposures.len()).unwrap();
            let alpha = Alpha::try_from(alpha).unwrap();
            let test = RatioTest::harm(ratio(1.5), ratio(allowed), Some(looks), alpha);
            let forecast = HorizonForecast { exposures, rate, paths: 6_000, seed: 3 };
            let threshold = horizon_threshold(&test, &forecast, alpha).unwrap();
            let shares = RATE_MULTIPLES
                .map(|multiple| reached(&test, &forecast, rate * multiple, threshold));
            let worst = shares.into_iter().fold(0.0, f64::max);
            // Both simulations have an error of their own.
            let error = libm::sqrt(2.0 * alpha.share() / f64::from(forecast.paths));
            let off = (worst - alpha.share()).abs();
            assert!(off < 4.5 * error, "{worst} at {threshold}: {shares:?}");
        }
    }

    #[test]
    fn a_threshold_is_never_above_what_always_holds() {
        let test = RatioTest::harm(Ratio::EQUAL, Ratio::EQUAL, Some(2), Alpha::ONE_IN_TWENTY);
        for exposures in [(0.0, 0.0), (1e15, 1e15), (1e-9, 1e9), (1.0, 0.0)] {
            for rate in [1e-300, 1e-3, 1e6] {
                let exposures = vec![exposures; 2];
                let forecast = HorizonForecast { exposures, rate, paths: 100, seed: 0 };
                let found = horizon_threshold(&test, &forecast, Alpha::ONE_IN_TWENTY).unwrap();
                assert!((0.0..=Alpha::ONE_IN_TWENTY.log_needed()).contains(&found), "{found}");
            }
        }
    }
}
