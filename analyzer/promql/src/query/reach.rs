//! How far back a query looks, which says how long samples have to be kept for it.

use crate::query::tree::{At, TimeNode};

/// How far before its evaluation a query looks, put together while it is bound.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reach {
    /// What ranges and offsets around the part that is being bound add.
    outer_ms: i64,
    /// The furthest that a window begins.
    windows_ms: i64,
    /// The furthest that a plain selector looks from, to which the look-back comes.
    instants_ms: i64,
    /// Whether something looks at a fixed time, however long ago that is.
    is_fixed: bool,
}

impl Reach {
    /// Notes a selector of a range, or a plain one, that looks at `time`.
    pub(super) fn note(&mut self, time: TimeNode, range_ms: Option<i64>) {
        let from_ms = self.outer_ms.saturating_add(self.offset_ms(time));
        match range_ms {
            Some(range_ms) => {
                self.windows_ms = self.windows_ms.max(from_ms.saturating_add(range_ms));
            }
            None => self.instants_ms = self.instants_ms.max(from_ms),
        }
    }

    /// Enters a subquery; what comes back is for [`Self::leave`].
    pub(super) fn enter(&mut self, time: TimeNode, range_ms: i64) -> i64 {
        let before_ms = self.outer_ms;
        self.outer_ms =
            before_ms.saturating_add(self.offset_ms(time)).saturating_add(range_ms.max(0));
        before_ms
    }

    /// Leaves the subquery that [`Self::enter`] entered.
    pub(super) fn leave(&mut self, before_ms: i64) {
        self.outer_ms = before_ms;
    }

    fn offset_ms(&mut self, time: TimeNode) -> i64 {
        self.is_fixed |= matches!(time.at, Some(At::Time(_)));
        // A negative offset looks ahead, where nothing has to be kept for it.
        time.offset_ms.unwrap_or(0).max(0)
    }

    /// Milliseconds, with this look-back; none where there is no bound.
    pub(super) fn total_ms(self, lookback_ms: i64) -> Option<i64> {
        let instants_ms = self.instants_ms.saturating_add(lookback_ms);
        (!self.is_fixed).then_some(self.windows_ms.max(instants_ms))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, Query};

    fn check(text: &str, expected: Option<i64>) {
        let query = Query::parse(text, Dialect::Prometheus3).unwrap();
        assert_eq!(query.reach_ms(300_000).map(|reach_ms| reach_ms / 1000), expected, "{text}");
    }

    #[test]
    fn the_furthest_part_counts() {
        check("up", Some(300)); // the look-back
        check("1", Some(300));
        check("up offset 1h", Some(3900));
        check("up offset -1h", Some(300));
        check("rate(x[1m])", Some(300));
        check("rate(x[10m])", Some(600));
        check("rate(x[10m] offset 1m) / rate(x[5m])", Some(660));
        check("max_over_time(up[10m:1m])", Some(900));
        check("max_over_time(rate(x[10m])[1h:1m] offset 5m) + x", Some(4500));
        check("x @ 100", None);
        check("x @ end()", Some(300));
    }
}
