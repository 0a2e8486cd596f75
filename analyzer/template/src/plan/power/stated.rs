//! The traffic that a template states, as a criterion counts it.

use assay_stats::level::{Dispersion, Ratio};

use super::{Traffic, effect_of};
use crate::plan::compare::{Exposure, Limit, StatedTraffic, Statistic, Tail};

/// A field of `spec.compare.traffic` without which a criterion cannot be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotStated(pub &'static str);

impl StatedTraffic {
    /// The traffic as `statistic` counts it, without noise; none if it is not on counts.
    ///
    /// # Errors
    ///
    /// [`NotStated`] names the first field that is missing.
    pub fn of(&self, statistic: &Statistic) -> Option<Result<Traffic, NotStated>> {
        effect_of(statistic)?;
        Some(self.for_counts(statistic))
    }

    fn for_counts(&self, statistic: &Statistic) -> Result<Traffic, NotStated> {
        let requests = self.requests_per_second.ok_or(NotStated("requestsPerSecond"));
        let events = self.events_per_second.ok_or(NotStated("eventsPerSecond"));
        let (requests_per_second, rate) = match statistic {
            Statistic::Limit(Limit::Share { at_most, .. }) => (requests?, at_most.get()),
            Statistic::Latency { tail: Tail::Quantile(quantile), .. } => {
                (requests?, 1.0 - quantile.get())
            }
            Statistic::Latency { tail: Tail::Above(_), .. } => {
                (requests?, self.slow.ok_or(NotStated("slow"))?.get())
            }
            // Only the events count: of what they are a part makes no difference.
            Statistic::Counts { .. } => (1.0, events?),
            Statistic::ErrorRate { .. }
            | Statistic::Gauge { .. }
            | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => {
                (requests?, self.errors.ok_or(NotStated("errors"))?.get())
            }
        };
        let weight = self.canary_weight.or(match statistic {
            Statistic::Counts { exposure: Exposure::Weight { canary }, .. } => Some(*canary),
            Statistic::ErrorRate { .. }
            | Statistic::Counts { exposure: Exposure::Requests, .. }
            | Statistic::Latency { .. }
            | Statistic::Gauge { .. }
            | Statistic::Limit(_)
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => None,
        });
        Ok(Traffic {
            requests_per_second,
            canary_share: weight.ok_or(NotStated("canaryWeight"))?.get(),
            rate,
            noise: Dispersion::NONE,
            granted: Ratio::EQUAL,
            slower: None,
        })
    }
}
