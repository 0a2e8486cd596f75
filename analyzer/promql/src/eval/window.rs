//! The points of one series in a stretch of time.

use crate::Dialect;
use crate::series::Points;

/// Points in a window, oldest first, never empty, without staleness markers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'p> {
    pub(super) times_ms: &'p [i64],
    pub(super) values: &'p [f64],
    /// The time the window looks at and how far back.
    pub(super) frame: Frame,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    /// The length, which is told apart from end minus start where those overflow.
    pub(super) range_ms: i64,
    /// The time the query is evaluated at, which an offset moves away from the end.
    pub(super) at_ms: i64,
    pub(super) dialect: Dialect,
}

impl<'p> Window<'p> {
    /// The part of `points` in the frame; `None` if it is empty.
    pub(super) fn of(points: &'p Points, frame: Frame) -> Option<Self> {
        Self::near(points, frame, &mut Bounds::default())
    }

    /// As [`Self::of`], beginning to look where the window of the step before was.
    pub(super) fn near(points: &'p Points, frame: Frame, bounds: &mut Bounds) -> Option<Self> {
        let times_ms = &points.times_ms;
        let start_ms = frame.start_ms;
        bounds.first = match frame.dialect {
            Dialect::Prometheus2 => seek(times_ms, bounds.first, |time_ms| time_ms < start_ms),
            Dialect::Prometheus3 => seek(times_ms, bounds.first, |time_ms| time_ms <= start_ms),
        };
        bounds.end = seek(times_ms, bounds.end, |time_ms| time_ms <= frame.end_ms);
        let inside = bounds.first..bounds.end.max(bounds.first);
        if inside.is_empty() {
            return None;
        }
        let (times_ms, values) = (&times_ms[inside.clone()], &points.values[inside]);
        Some(Self { times_ms, values, frame })
    }

    /// The first point.
    pub(super) fn first(&self) -> (i64, f64) {
        (self.times_ms[0], self.values[0])
    }

    /// The last point.
    pub(super) fn last(&self) -> (i64, f64) {
        let last = self.values.len() - 1;
        (self.times_ms[last], self.values[last])
    }
}

/// Where a window begins and ends in the points of a series.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    first: usize,
    end: usize,
}

/// How many points are looked at one after the other before the rest is halved.
const NEAR_MAX: usize = 16;

/// The index of the first time that is not before a bound, looking from `hint` on.
fn seek(times_ms: &[i64], hint: usize, is_before: impl Fn(i64) -> bool) -> usize {
    let from = hint.min(times_ms.len());
    let is_past = from.checked_sub(1).is_some_and(|last| !is_before(times_ms[last]));
    if is_past {
        return times_ms[..from].partition_point(|&time_ms| is_before(time_ms));
    }
    let rest = &times_ms[from..];
    let near = rest.iter().take(NEAR_MAX).position(|&time_ms| !is_before(time_ms));
    near.map_or_else(
        || from + rest.partition_point(|&time_ms| is_before(time_ms)),
        |steps| from + steps,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hint_changes_nothing(
            gaps in proptest::collection::vec(1_i64..5, 0..60),
            bound in 0_i64..200,
            hint in 0_usize..80,
        ) {
            let sum = |total: &mut i64, gap: i64| { *total += gap; Some(*total) };
            let times_ms: Vec<i64> = gaps.into_iter().scan(0, sum).collect();
            let found = seek(&times_ms, hint, |time_ms| time_ms < bound);
            prop_assert_eq!(found, times_ms.partition_point(|&time_ms| time_ms < bound));
        }
    }
}
