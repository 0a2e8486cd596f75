//! From samples of a counter to what was counted in between.
//!
//! [`CounterReader`] does it for all series of both arms and hands out looks; [`increases`] is its
//! rule for a single series. Never from `increase()`: that extrapolates, and loses what falls between
//! two windows.

pub mod reader;

pub use reader::{CounterReader, CounterSample, Increments, PodLook};

/// What a monotone counter gained from each sample to the next.
///
/// A value below the one before it is a reset: it counts from 0. A missing sample (`None`, or not a
/// finite number of 0 or more) adds nothing; the next present one is compared with the last present
/// one. A series that `began_inside` the run counts from 0 at its first sample; for one that was
/// there before, what its first sample counted is unknown and left out.
///
/// The answer is one shorter than the samples. Golden values: `fixtures/stats/statistics.json`, group
/// `counter`.
pub fn increases(samples: &[Option<f64>], began_inside: bool) -> Vec<f64> {
    let usable = |sample: Option<f64>| sample.filter(|value| (0.0..f64::INFINITY).contains(value));
    let mut last = samples.first().copied().and_then(usable);
    let mut gains = Vec::with_capacity(samples.len().saturating_sub(1));
    for sample in samples.iter().skip(1) {
        let gain = match (last, usable(*sample)) {
            (Some(before), Some(now)) if now < before => now,
            (Some(before), Some(now)) => now - before,
            (None, Some(now)) if began_inside => now,
            (None, Some(_)) | (_, None) => 0.0,
        };
        last = usable(*sample).or(last);
        gains.push(gain);
    }
    gains
}
