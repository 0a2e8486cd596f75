//! Shares, levels and ratios, each checked once at the door.

use thiserror::Error;

/// A two-sided confidence level, strictly between 0.5 and 1: write 0.95, not 95.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

/// A number was given where a confidence level belongs.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a confidence level lies between 0.5 and 1, not {0}; write 0.95 for 95 percent")]
pub struct InvalidConfidence(pub f64);

impl TryFrom<f64> for Confidence {
    type Error = InvalidConfidence;

    fn try_from(level: f64) -> Result<Self, InvalidConfidence> {
        // NaN fails both comparisons and so lands in the error arm.
        if 0.5 < level && level < 1.0 { Ok(Self(level)) } else { Err(InvalidConfidence(level)) }
    }
}

impl Confidence {
    /// Ninety-eight in a hundred, as Kayenta's judge has it.
    pub const NINETY_EIGHT: Self = Self(0.98);

    /// The level as a share, strictly between 0.5 and 1.
    pub fn share(self) -> f64 {
        self.0
    }

    /// What lies outside on both sides together, strictly between 0 and 0.5.
    pub fn outside(self) -> f64 {
        1.0 - self.0
    }
}

/// The tolerated rate of a wrong answer (α or β), strictly between 0 and 1: write 0.05, not 5.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Alpha(f64);

/// A number was given where a tolerated error rate belongs.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a tolerated error rate lies between 0 and 1, not {0}; write 0.05 for 5 percent")]
pub struct InvalidAlpha(pub f64);

impl TryFrom<f64> for Alpha {
    type Error = InvalidAlpha;

    fn try_from(rate: f64) -> Result<Self, InvalidAlpha> {
        if 0.0 < rate && rate < 1.0 { Ok(Self(rate)) } else { Err(InvalidAlpha(rate)) }
    }
}

impl Alpha {
    /// One in twenty, the default of every sequential criterion.
    pub const ONE_IN_TWENTY: Self = Self(0.05);

    /// The rate as a share, strictly between 0 and 1.
    pub fn share(self) -> f64 {
        self.0
    }

    /// The log evidence at which Ville's inequality allows a rejection: `ln(1/α)`, above 0.
    pub fn log_needed(self) -> f64 {
        -libm::log(self.0)
    }

    /// This rate split in proportion to `share`, as for one metric among several.
    pub fn part(self, share: Share) -> Option<Self> {
        Self::try_from(self.0 * share.get()).ok()
    }
}

/// A share between 0 and 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(f64);

/// A number was given where a share belongs.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a share lies between 0 and 1, not {0}; write 0.05 for 5 percent")]
pub struct InvalidShare(pub f64);

impl TryFrom<f64> for Share {
    type Error = InvalidShare;

    fn try_from(share: f64) -> Result<Self, InvalidShare> {
        if (0.0..=1.0).contains(&share) { Ok(Self(share)) } else { Err(InvalidShare(share)) }
    }
}

impl Share {
    /// Everything.
    pub const ALL: Self = Self(1.0);

    /// The share itself, from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// A ratio of two rates, from one millionth to one million: 1.1 is ten percent more.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Ratio(f64);

/// A number was given where a ratio of two rates belongs.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a ratio of two rates lies between 0.000001 and 1000000, not {0}")]
pub struct InvalidRatio(pub f64);

impl TryFrom<f64> for Ratio {
    type Error = InvalidRatio;

    fn try_from(ratio: f64) -> Result<Self, InvalidRatio> {
        if (1e-6..=1e6).contains(&ratio) { Ok(Self(ratio)) } else { Err(InvalidRatio(ratio)) }
    }
}

impl Ratio {
    /// Equal rates.
    pub const EQUAL: Self = Self(1.0);

    /// The ratio itself.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The larger of two ratios.
    pub fn max(self, other: Self) -> Self {
        if self.0 < other.0 { other } else { self }
    }
}

/// Noise beyond that of independent requests, as a factor of the variance (φ): 1 or more.
///
/// 1 means independent requests; 5 means that errors come as if in bunches of five.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Dispersion(f64);

impl Dispersion {
    /// Independent requests.
    pub const NONE: Self = Self(1.0);

    /// Takes an estimate; what is below 1 or not a number counts as 1, what is infinite as 1e12.
    pub fn at_least_one(estimate: f64) -> Self {
        // NaN is an estimate from nothing.
        Self(if estimate.is_nan() { 1.0 } else { estimate.clamp(1.0, 1e12) })
    }

    /// The factor itself, from 1 up.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The dispersion of a canary pod that carries `load` times the traffic of a baseline pod.
    ///
    /// A pod-wide swing grows with its traffic, the noise of independent requests does not. A
    /// lighter canary is not credited: `load` below 1 counts as 1.
    pub fn for_load(self, load: f64) -> Self {
        Self::at_least_one(1.0 + (self.0 - 1.0) * load.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_refuse_percent_and_nan() {
        for bad in [95.0, 1.0, 0.5, f64::NAN, f64::INFINITY, -0.1] {
            assert!(Confidence::try_from(bad).is_err(), "{bad}");
        }
        for bad in [5.0, 0.0, 1.0, f64::NAN] {
            assert!(Alpha::try_from(bad).is_err(), "{bad}");
        }
        for bad in [-0.1, 1.1, f64::NAN] {
            assert!(Share::try_from(bad).is_err(), "{bad}");
        }
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Ratio::try_from(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dispersion_never_sharpens() {
        let check = |estimate: f64, factor: f64| {
            assert_eq!(Dispersion::at_least_one(estimate).get().to_bits(), factor.to_bits());
        };
        check(0.3, 1.0);
        check(f64::NAN, 1.0);
        check(2.5, 2.5);
        check(f64::INFINITY, 1e12);
    }
}
