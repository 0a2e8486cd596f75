//! What one look sees: events and exposure of both arms over the same interval.

use thiserror::Error;

use crate::float::{real, sorted_sum};

/// Events counted over an exposure: errors out of requests, or any counter over seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    events: u64,
    exposure: f64,
}

/// An exposure was not a number of requests or seconds.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("an exposure lies between 0 and 1e15 requests or seconds, not {0}")]
pub struct InvalidExposure(pub f64);

impl Arm {
    /// Nothing was counted and nobody looked.
    pub const NOTHING: Self = Self { events: 0, exposure: 0.0 };

    /// `events` counted over `exposure` requests or seconds.
    ///
    /// Events may outnumber the exposure, as when they are counted per second.
    ///
    /// # Errors
    ///
    /// [`InvalidExposure`] when the exposure is negative, above 1e15 or not a number.
    pub fn new(events: u64, exposure: f64) -> Result<Self, InvalidExposure> {
        if (0.0..=1e15).contains(&exposure) {
            Ok(Self { events, exposure })
        } else {
            Err(InvalidExposure(exposure))
        }
    }

    /// `events` among `requests`; above 1e15 requests the exposure stays at 1e15.
    pub fn of_requests(events: u64, requests: u64) -> Self {
        Self { events, exposure: real(requests).min(1e15) }
    }

    /// How many events there were.
    pub fn events(self) -> u64 {
        self.events
    }

    /// How many requests or seconds they were counted over.
    pub fn exposure(self) -> f64 {
        self.exposure
    }

    /// Events per exposure; NaN when there was none.
    pub fn rate(self) -> f64 {
        real(self.events) / self.exposure
    }

    /// Whether anything was observed at all.
    pub fn is_observed(self) -> bool {
        0.0 < self.exposure
    }

    /// All pods of an arm together, the same to the last digit in any order.
    pub fn sum(pods: &[Self]) -> Self {
        let events = pods.iter().fold(0, |sum: u64, pod| sum.saturating_add(pod.events));
        let mut exposures: Vec<f64> = pods.iter().map(|pod| pod.exposure).collect();
        Self { events, exposure: sorted_sum(&mut exposures).min(1e15) }
    }
}

/// One interval of both arms, cut at the same two instants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The new version.
    pub canary: Arm,
    /// What it is compared with, all its pods together.
    pub baseline: Arm,
}

impl Look {
    /// Whether both arms were observed; only then can the look move any evidence.
    pub fn is_usable(&self) -> bool {
        self.canary.is_observed() && self.baseline.is_observed()
    }

    /// The same look with the arms exchanged.
    pub fn swapped(self) -> Self {
        Self { canary: self.baseline, baseline: self.canary }
    }

    /// The canary's part of all events when its rate is `ratio` times the baseline's, in `[0, 1]`.
    ///
    /// Depends on the two exposures only through their ratio. Zero without exposure.
    pub(crate) fn canary_share(&self, ratio: f64) -> f64 {
        let weighted = self.canary.exposure * ratio;
        let total = weighted + self.baseline.exposure;
        if 0.0 < total { weighted / total } else { 0.0 }
    }
}
