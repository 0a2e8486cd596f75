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
        let times_ms = &points.times_ms;
        let first = match frame.dialect {
            Dialect::Prometheus2 => times_ms.partition_point(|&time_ms| time_ms < frame.start_ms),
            Dialect::Prometheus3 => times_ms.partition_point(|&time_ms| time_ms <= frame.start_ms),
        };
        let length = times_ms[first..].partition_point(|&time_ms| time_ms <= frame.end_ms);
        let (times_ms, values) =
            (&times_ms[first..first + length], &points.values[first..first + length]);
        (length != 0).then_some(Self { times_ms, values, frame })
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
