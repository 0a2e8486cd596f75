//! The traffic that a criterion is planned with: what is said, seen, or written in the template.

use assay_run::compare::observed::Observed;
use assay_stats::level::{Dispersion, Share};
use assay_template::plan::compare::{Exposure, Limit, StatedTraffic, Statistic, Tail};
use assay_template::plan::power::{NotStated, Traffic};

use super::ERROR_RATE;

/// What there is to go by, besides what was seen.
pub(super) struct Expected<'a> {
    /// On the command line.
    pub(super) said: &'a StatedTraffic,
    /// In the template.
    pub(super) written: &'a StatedTraffic,
    pub(super) statistic: &'a Statistic,
}

impl Expected<'_> {
    /// The traffic where nobody was asked: what is said, written, or usual.
    ///
    /// # Errors
    ///
    /// What is missing, as a clause.
    pub(super) fn stated(&self) -> Result<Traffic, String> {
        let (said, written) = (self.said, self.written);
        let all = StatedTraffic {
            requests_per_second: said.requests_per_second.or(written.requests_per_second),
            canary_weight: said.canary_weight.or(written.canary_weight),
            errors: said.errors.or(written.errors).or(Share::try_from(ERROR_RATE).ok()),
            slow: said.slow.or(written.slow),
            events_per_second: said.events_per_second.or(written.events_per_second),
        };
        match all.of(self.statistic) {
            Some(Ok(traffic)) => Ok(traffic),
            Some(Err(NotStated(field))) => {
                Err(format!("give {}, or `{field}` in `compare.traffic`", option(field)))
            }
            None => Err(format!("`{}` is not about counts", self.statistic.key())),
        }
    }

    /// The traffic that was seen, unless something else is said.
    ///
    /// # Errors
    ///
    /// What is missing, as a clause.
    pub(super) fn seen(&self, seen: &Observed) -> Result<Traffic, String> {
        let canary_share = self.canary_share(seen)?;
        let requests_per_second = self.requests_per_second(seen, canary_share);
        let rate = self.rate(seen, canary_share, requests_per_second);
        if rate <= 0.0 {
            let option = option(rate_field(self.statistic));
            return Err(format!("the baseline counted no event in that time: give {option}"));
        }
        Ok(Traffic {
            requests_per_second,
            canary_share,
            rate,
            noise: Dispersion::at_least_one(seen.noise),
            granted: seen.granted,
            slower: seen.slower,
        })
    }

    fn canary_share(&self, seen: &Observed) -> Result<f64, &'static str> {
        let own = by_time(self.statistic);
        let said = self.said.canary_weight.map(Share::get);
        let written = self.written.canary_weight.or(own).map(Share::get);
        let share = said.or(seen.canary_share.filter(|_| own.is_none())).or(written);
        share.filter(|share| 0.0 < *share && *share < 1.0).ok_or(
            "no traffic of the canary was seen: give --weight, or `canaryWeight` in \
             `compare.traffic`",
        )
    }

    /// Of both versions; 1 where only events are known.
    fn requests_per_second(&self, seen: &Observed, canary_share: f64) -> f64 {
        if by_time(self.statistic).is_some() {
            return 1.0;
        }
        let own = seen.canary.map_or(0.0, |canary| canary.exposure);
        // Where only the canary was seen, all requests are so many more.
        let part = if seen.is_alone { canary_share } else { 1.0 };
        let together = (seen.baseline.exposure + own) / seen.seconds / part;
        let of_events = matches!(self.statistic, Statistic::Counts { .. });
        self.said.requests_per_second.filter(|_| !of_events).unwrap_or(together)
    }

    /// Events a request in the baseline; per second in both where nothing counts requests.
    fn rate(&self, seen: &Observed, canary_share: f64, requests_per_second: f64) -> f64 {
        let beside = by_time(self.statistic).is_some() && seen.canary.is_some();
        // Beside a canary the baseline has not all of the events.
        let part = if beside { 1.0 - canary_share } else { 1.0 };
        let rate = events(seen.baseline.events) / seen.baseline.exposure / part;
        match self.statistic {
            Statistic::Limit(Limit::Share { at_most, .. }) => at_most.get(),
            Statistic::ErrorRate { .. } => self.said.errors.map_or(rate, Share::get),
            Statistic::Latency { tail: Tail::Above(_), .. } => {
                self.said.slow.map_or(rate, Share::get)
            }
            Statistic::Counts { .. } => {
                self.said.events_per_second.map_or(rate, |events| events / requests_per_second)
            }
            Statistic::Latency { tail: Tail::Quantile(_), .. }
            | Statistic::Gauge { .. }
            | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => rate,
        }
    }
}

/// The canary's weight in a criterion that counts over time, with no requests beside its counter.
fn by_time(statistic: &Statistic) -> Option<Share> {
    match statistic {
        Statistic::Counts { exposure: Exposure::Weight { canary }, .. } => Some(*canary),
        Statistic::ErrorRate { .. }
        | Statistic::Counts { exposure: Exposure::Requests, .. }
        | Statistic::Latency { .. }
        | Statistic::Gauge { .. }
        | Statistic::Limit(_)
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => None,
    }
}

/// The field that says how often a statistic's events happen.
fn rate_field(statistic: &Statistic) -> &'static str {
    match statistic {
        Statistic::Counts { .. } => "eventsPerSecond",
        Statistic::Latency { .. } => "slow",
        Statistic::ErrorRate { .. }
        | Statistic::Gauge { .. }
        | Statistic::Limit(_)
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => "errors",
    }
}

/// The option for a field of `compare.traffic`.
fn option(field: &str) -> &'static str {
    match field {
        "requestsPerSecond" => "--rate",
        "canaryWeight" => "--weight",
        "errors" => "--error-rate",
        "slow" => "--slow",
        _ => "--events",
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn events(count: u64) -> f64 {
    count as f64
}
