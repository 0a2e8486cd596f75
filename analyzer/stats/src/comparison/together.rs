//! Several criteria of one run, held to one level.
//!
//! The run is stopped when the weighted average of all evidence is enough; where criteria have
//! calibrated thresholds of their own, each may stop it too, and the level is split between both ways.

use crate::boundary::{Boundary, LOOKS_MIN};
use crate::combine::{InvalidWeights, culprits, false_discovery_list, weighted_average};
use crate::level::{Alpha, Share};

/// The criteria of a run with their weights and the level they share.
#[derive(Clone, Debug, PartialEq)]
pub struct Together {
    weights: Vec<f64>,
    alpha: Alpha,
    split: bool,
}

/// What all criteria say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The log of the weighted average of all evidence.
    pub log_average: f64,
    /// The log evidence at which the average stops the run.
    pub log_needed: f64,
    /// Whether the run is to be stopped.
    pub is_worse: bool,
    /// Which criteria are to blame, with a family-wise error of at most the run's level.
    pub culprits: Vec<bool>,
    /// Which criteria may be listed in a report, at most one in ten of them wrongly.
    pub suspects: Vec<bool>,
}

impl Together {
    /// Criteria with weights, which are scaled to sum to 1; a critical one weighs twice as much.
    ///
    /// # Errors
    ///
    /// [`InvalidWeights`] when there are none or no weight is above 0.
    pub fn new(weights: &[f64], alpha: Alpha, boundary: Boundary) -> Result<Self, InvalidWeights> {
        // The same check, done once and for all.
        weighted_average(&vec![0.0; weights.len()], weights)?;
        let sum: f64 = weights.iter().sum();
        let weights: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let split = 1 < weights.len() && boundary.uses_horizon();
        Ok(Self { weights, alpha, split })
    }

    /// The level at which a criterion's own threshold is to be calibrated; `None` without weight.
    ///
    /// The whole level for a single criterion; otherwise its part of one half of it.
    pub fn alpha_of(&self, criterion: usize) -> Option<Alpha> {
        let weight = *self.weights.get(criterion)?;
        let half = if self.split { 0.5 } else { 1.0 };
        self.alpha.part(Share::try_from(half * weight).ok()?)
    }

    /// What the criteria say together after a look.
    ///
    /// `log_e` is each one's evidence, `worse` whether it reached a threshold of its own calibrated at
    /// [`Self::alpha_of`], `usable_looks` how many looks the one with the most data had. Evidence and
    /// weights that do not fit each other stop nothing.
    pub fn judge(&self, log_e: &[f64], worse: &[bool], usable_looks: u64) -> Standing {
        let log_average = weighted_average(log_e, &self.weights).unwrap_or(0.0);
        let log_needed = if self.split {
            self.alpha.log_needed() + std::f64::consts::LN_2
        } else {
            self.alpha.log_needed()
        };
        let own = worse.iter().any(|&worse| worse);
        let average = LOOKS_MIN <= usable_looks && log_needed <= log_average;
        let one_in_ten = Alpha::try_from(0.1).unwrap_or(self.alpha);
        Standing {
            log_average,
            log_needed,
            is_worse: average || own,
            culprits: culprits(log_e, self.alpha),
            suspects: false_discovery_list(log_e, one_in_ten),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together(weights: &[f64], boundary: Boundary) -> Together {
        Together::new(weights, Alpha::ONE_IN_TWENTY, boundary).unwrap()
    }

    #[test]
    fn the_average_decides_and_the_culprit_is_named() {
        let three = together(&[1.0, 1.0, 2.0], Boundary::Anytime);
        let check = |evidence: [f64; 3], looks: u64, worse: bool, culprits: [bool; 3]| {
            let standing = three.judge(&evidence.map(libm::log), &[false; 3], looks);
            assert_eq!(standing.is_worse, worse, "{evidence:?}");
            assert_eq!(standing.culprits, culprits, "{evidence:?}");
        };
        check([1.0, 1.0, 1.0], 9, false, [false; 3]);
        check([1.0, 1.0, 39.0], 9, true, [false; 3]); // (1 + 1 + 78) / 4 is 20
        check([1.0, 1.0, 39.0], 1, false, [false; 3]);
        check([1.0, 1.0, 90.0], 9, true, [false, false, true]);
        check([39.0, 1.0, 1.0], 9, false, [false; 3]);
    }

    #[test]
    fn a_level_is_split_between_both_ways_to_stop() {
        let alpha = |together: &Together, at: usize| together.alpha_of(at).unwrap().share();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} {b}");
        near(alpha(&together(&[3.0], Boundary::Auto), 0), 0.05);
        near(alpha(&together(&[1.0, 1.0], Boundary::Anytime), 0), 0.025);
        let two = together(&[1.0, 4.0], Boundary::Auto);
        near(alpha(&two, 0), 0.005);
        near(alpha(&two, 1), 0.02);
        assert_eq!(two.alpha_of(2), None);
        near(two.judge(&[0.0, 0.0], &[false; 2], 5).log_needed, libm::log(40.0));
        assert!(two.judge(&[0.0, 0.0], &[false, true], 5).is_worse);
        assert!(!two.judge(&[9.0], &[false], 5).is_worse, "evidence that does not fit the weights");
    }

    #[test]
    fn weights_that_make_no_sense_are_refused() {
        for weights in [vec![], vec![0.0], vec![-1.0, 2.0], vec![f64::NAN]] {
            assert!(Together::new(&weights, Alpha::ONE_IN_TWENTY, Boundary::Auto).is_err());
        }
    }
}
