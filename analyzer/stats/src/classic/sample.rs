//! Numbers that are checked once: finite, every one of them.

use thiserror::Error;

/// Finite numbers, borrowed from the caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a>(&'a [f64]);

/// A number in a sample was not finite.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("value {at} of the sample is {found}; a sample holds finite numbers")]
pub struct InvalidSample {
    /// Its position, from 0.
    pub at: usize,
    /// The number.
    pub found: f64,
}

impl<'a> Sample<'a> {
    /// Takes numbers as a sample.
    ///
    /// # Errors
    ///
    /// [`InvalidSample`] for the first number that is NaN or infinite.
    pub fn new(values: &'a [f64]) -> Result<Self, InvalidSample> {
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(InvalidSample { at, found: values[at] }),
            None => Ok(Self(values)),
        }
    }

    /// The numbers in the order given.
    pub fn values(self) -> &'a [f64] {
        self.0
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}
