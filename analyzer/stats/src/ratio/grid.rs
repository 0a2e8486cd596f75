//! The mixture a ratio test bets on: how large a change is, and at which look it began.

use thiserror::Error;

use crate::float::{geometric_points, real, size};
use crate::level::{Ratio, Share};

/// The largest change a grid reaches, as a log ratio: a factor of 33.
const LOG_RATIO_MAX: f64 = 3.5;
/// Points of a grid that looks for harm.
const HARM_POINTS: usize = 24;
/// Points of a grid that looks for safety.
const CLEARANCE_POINTS: usize = 12;
/// The most points a grid may have; a look costs time in proportion.
pub const GRID_POINTS_MAX: usize = 256;

/// Sizes of a change, as log ratios beyond the allowed ratio, each with its prior weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The log ratios beyond what is allowed.
    deltas: Vec<f64>,
    /// `e^delta - 1` of each.
    growths: Vec<f64>,
    /// The prior weight of each.
    weights: Vec<f64>,
}

/// A grid could not be built.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum InvalidGrid {
    /// No points, or more than [`GRID_POINTS_MAX`].
    #[error("a grid has 1 to {GRID_POINTS_MAX} points, not {found}")]
    PointCount {
        /// How many there were.
        found: usize,
    },
    /// A point is zero, not finite or beyond a factor of `e^20`.
    #[error("a grid point is a log ratio between -20 and 20 and not 0, not {found}")]
    Delta {
        /// The point.
        found: f64,
    },
    /// Weights are not positive or do not sum to 1.
    #[error("the weights of a grid are positive and sum to 1, not to {found}")]
    Weights {
        /// Their sum.
        found: f64,
    },
}

impl Grid {
    /// A grid of given log ratios and weights.
    ///
    /// # Errors
    ///
    /// [`InvalidGrid`] when a point is not usable or the weights do not sum to 1 within 1e-9.
    pub fn new(points: &[(f64, f64)]) -> Result<Self, InvalidGrid> {
        if points.is_empty() || GRID_POINTS_MAX < points.len() {
            return Err(InvalidGrid::PointCount { found: points.len() });
        }
        if let Some(&(found, _)) =
            points.iter().find(|(delta, _)| !(0.0 < delta.abs() && delta.abs() <= 20.0))
        {
            return Err(InvalidGrid::Delta { found });
        }
        let sum: f64 = points.iter().map(|&(_, weight)| weight).sum();
        let positive = points.iter().all(|&(_, weight)| 0.0 < weight);
        if !positive || !((sum - 1.0).abs() < 1e-9) {
            return Err(InvalidGrid::Weights { found: sum });
        }
        let (deltas, weights) = points.iter().copied().unzip();
        Ok(Self::of(deltas, weights))
    }

    /// The default grid for harm: 24 points from half the log of `effect / allowed` to 3.5.
    ///
    /// `effect` is the smallest ratio worth finding. It is raised to 1.25 times `allowed` where it
    /// is smaller, because a grid that starts at nothing finds nothing.
    pub fn harm(effect: Ratio, allowed: Ratio) -> Self {
        let excess = (effect.get() / allowed.get()).max(1.25);
        let low = (0.5 * libm::log(excess)).min(0.5 * LOG_RATIO_MAX);
        Self::uniform(geometric_points(low, LOG_RATIO_MAX, HARM_POINTS))
    }

    /// The default grid for safety: 12 points below the ratio to be ruled out.
    ///
    /// From half to twice the log of `rule_out`, downwards; `rule_out` counts as at least 1.05.
    pub fn clearance(rule_out: Ratio) -> Self {
        let log = libm::log(rule_out.get().max(1.05));
        let points = geometric_points(0.5 * log, 2.0 * log, CLEARANCE_POINTS);
        Self::uniform(points.into_iter().map(|delta| -delta).collect())
    }

    fn uniform(deltas: Vec<f64>) -> Self {
        let weights = vec![1.0 / size(deltas.len()); deltas.len()];
        Self::of(deltas, weights)
    }

    fn of(deltas: Vec<f64>, weights: Vec<f64>) -> Self {
        let growths = deltas.iter().map(|&delta| libm::expm1(delta)).collect();
        Self { deltas, growths, weights }
    }

    pub(crate) fn deltas(&self) -> &[f64] {
        &self.deltas
    }

    pub(crate) fn growths(&self) -> &[f64] {
        &self.growths
    }

    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }
}

/// The prior over the look at which a change begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Onset {
    /// At the first look or never.
    First,
    /// `first` on look 1, the rest spread evenly over looks 2 to `looks`.
    Within {
        /// The weight of look 1; 0.75 is the knee between speed at the start and speed later.
        first: Share,
        /// How many looks are declared.
        looks: u32,
    },
    /// `first` on look 1, the rest over all later looks as `1/(s(s-1))`: no end is declared.
    Endless {
        /// The weight of look 1.
        first: Share,
    },
}

/// The prior weight of a change that is there from the first look on.
const FIRST: f64 = 0.75;

impl Onset {
    /// Three quarters on the first look, the rest over the declared looks, or over all later ones.
    pub fn early(looks: Option<u32>) -> Self {
        match (Share::try_from(FIRST), looks) {
            (Ok(first), Some(looks)) => Self::Within { first, looks },
            (Ok(first), None) => Self::Endless { first },
            (Err(_), _) => Self::First,
        }
    }

    /// The weight of a change that begins at `look`, counted from 1.
    pub fn weight(self, look: u64) -> f64 {
        match self {
            Self::First => f64::from(u8::from(look == 1)),
            Self::Within { first, looks } if 1 < looks => match look {
                0 => 0.0,
                1 => first.get(),
                _ if look <= u64::from(looks) => (1.0 - first.get()) / f64::from(looks - 1),
                _ => 0.0,
            },
            Self::Within { .. } => f64::from(u8::from(look == 1)),
            Self::Endless { first } => match look {
                0 => 0.0,
                1 => first.get(),
                _ => (1.0 - first.get()) / (real(look) * real(look - 1)),
            },
        }
    }

    /// The weight not yet spent after `look` looks.
    pub fn rest(self, look: u64) -> f64 {
        match self {
            _ if look == 0 => 1.0,
            Self::First => 0.0,
            Self::Within { first, looks } if 1 < looks => {
                let left = real(u64::from(looks).saturating_sub(look));
                (1.0 - first.get()) * left / f64::from(looks - 1)
            }
            Self::Within { .. } => 0.0,
            Self::Endless { first } => (1.0 - first.get()) / real(look),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn onset_weights_sum_to_one() {
        let first = Share::try_from(0.75).unwrap();
        for onset in [
            Onset::First,
            Onset::Within { first, looks: 1 },
            Onset::Within { first, looks: 60 },
            Onset::Endless { first },
        ] {
            let mut spent = 0.0;
            for look in 1..200 {
                spent += onset.weight(look);
                assert!((spent + onset.rest(look) - 1.0).abs() < 1e-12, "{onset:?} {look}");
            }
        }
    }

    #[test]
    fn unusable_grids_are_refused() {
        assert!(Grid::new(&[]).is_err());
        assert!(Grid::new(&[(0.0, 1.0)]).is_err());
        assert!(Grid::new(&[(f64::NAN, 1.0)]).is_err());
        assert!(Grid::new(&[(0.5, 0.5)]).is_err());
        assert!(Grid::new(&[(0.5, f64::NAN)]).is_err());
        assert!(Grid::new(&[(0.5, 0.5), (-0.5, 0.5)]).is_ok());
    }
}
