//! The arithmetic of Kayenta's judge, `NetflixACAJudge-v1.0`, and a strict judge beside it.
//!
//! [`Mode::Compatible`] gives what Kayenta gives, holes included, so that a team can move without a
//! change of verdicts. [`Mode::Strict`] reads the same settings and closes the holes: an error or
//! missing data never passes, small units are not lost, too few points are no evidence.
//!
//! It refuses to know where the numbers come from: no files, no JSON, no queries.

pub mod classify;
pub mod effect;
pub mod interval;
pub mod judge;
pub mod score;
pub mod transform;

pub use classify::{Class, Classification, Direction, MetricSettings, classify};
pub use effect::{EffectMeasure, EffectSize};
pub use interval::{ShiftInterval, shift_interval};
pub use judge::{Judgement, MetricPair, Thresholds, judge};
pub use score::{GroupScore, GroupWeight, Score, ScoreClass, score};
pub use transform::{NanStrategy, Outliers, Statistics};

/// Whether the holes of the original are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// As Kayenta answers.
    Compatible,
    /// The same settings without the holes.
    Strict,
}

/// The shift, as a share of the estimate, that the original tolerates; it cannot be configured there.
pub const TOLERANCE: f64 = 0.25;
