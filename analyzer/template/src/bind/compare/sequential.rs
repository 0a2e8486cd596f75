//! `spec.compare`: what all statistical criteria of a run share.

use std::time::Duration;

use assay_stats::boundary::{Boundary, LOOKS_MIN};
use assay_stats::level::{Alpha, Share};
use jiff::SignedDuration;

use crate::bind::compare::setting::{
    EXPECTED, RATE, Range, TRAFFIC, WEIGHT, given, setting, whole, word,
};
use crate::bind::reader::{Field, Reader, present};
use crate::bind::schedule::INTERVAL_MIN;
use crate::duration::{format, format_unsigned};
use crate::plan::compare::{OnHorizon, Sequential, StatedTraffic, Threshold};
use crate::problem::{CriterionFault, MetricFault};
use crate::yaml::Node;

/// Looks of one criterion at most.
pub const LOOKS_MAX: u64 = 10_000;

/// Time from one look to the next unless said.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(30);

/// How long new pods are cold unless said.
pub const WARMUP: Duration = Duration::from_secs(60);

/// The last look is this long after the start unless anything is said.
pub const LOOK_DURATION: Duration = Duration::from_secs(30 * 60);

/// How long before the start the noise is learned unless said.
pub const HISTORY: Duration = Duration::from_secs(60 * 60);

/// The longest time before the start that noise is learned from.
pub const HISTORY_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The settings of a run that says nothing about them.
pub(crate) fn default_sequential(max_duration: Option<Duration>) -> Sequential {
    let max_duration = max_duration.unwrap_or(LOOK_DURATION);
    Sequential {
        alpha: Alpha::ONE_IN_TWENTY,
        beta: Alpha::ONE_IN_TWENTY,
        boundary: Boundary::Auto,
        threshold: Threshold::Table,
        interval: LOOK_INTERVAL,
        warmup: WARMUP,
        looks_min: LOOKS_MIN,
        max_duration,
        runs: 1,
        min_duration: max_duration / 2,
        on_horizon: OnHorizon::Pass,
        history: HISTORY,
        traffic: StatedTraffic::default(),
    }
}

/// Reads `compare`; none if a part of it is not known. The run is ended after `run_duration`.
pub(crate) fn sequential(
    reader: &mut Reader<'_>,
    node: &Node,
    run_duration: Option<Duration>,
) -> Option<Sequential> {
    let default = default_sequential(run_duration);
    let alpha = rate(reader, node, "alpha");
    let beta = rate(reader, node, "beta");
    let boundaries =
        [("auto", Boundary::Auto), ("anytime", Boundary::Anytime), ("horizon", Boundary::Horizon)];
    let boundaries = (&boundaries[..], "`auto`, `anytime`, `horizon`");
    let boundary = word(reader, node, "boundary", boundaries, default.boundary);
    let thresholds = [("table", Threshold::Table), ("simulated", Threshold::Simulated)];
    let thresholds = (&thresholds[..], "`table`, `simulated`");
    let threshold = word(reader, node, "threshold", thresholds, default.threshold);
    let interval = time(reader, node, "interval", INTERVAL_MIN, default.interval);
    let warmup = time(reader, node, "warmup", SignedDuration::ZERO, default.warmup);
    let looks_min = whole(reader, node, "minLooks", (LOOKS_MIN, LOOKS_MAX), default.looks_min);
    let max_duration = time(reader, node, "maxDuration", INTERVAL_MIN, default.max_duration);
    let half = max_duration.unwrap_or(default.max_duration) / 2;
    let min_duration = time(reader, node, "minDuration", SignedDuration::ZERO, half);
    let words = [("pass", OnHorizon::Pass), ("strict", OnHorizon::Strict)];
    let words = (&words[..], "`pass`, `strict`");
    let on_horizon = word(reader, node, "onHorizon", words, default.on_horizon);
    let history = time(reader, node, "history", SignedDuration::ZERO, default.history);
    let traffic = traffic(reader, node);
    let mut good = true;
    if let (Some(min_duration), Some(max_duration)) = (min_duration, max_duration) {
        let wanted = format!("at most `maxDuration`, {}", format_unsigned(max_duration));
        good &= at_most(reader, node, "minDuration", (min_duration, max_duration), wanted);
    }
    if let Some(history) = history {
        let wanted = format!("at most {}", format_unsigned(HISTORY_MAX));
        good &= at_most(reader, node, "history", (history, HISTORY_MAX), wanted);
    }
    good &= max_duration.is_none_or(|time| is_before_the_end(reader, node, time, run_duration));
    let sequential = Sequential {
        alpha: alpha?,
        beta: beta?,
        boundary: boundary?,
        threshold: threshold?,
        interval: interval?,
        warmup: warmup?,
        looks_min: looks_min?,
        max_duration: max_duration?,
        runs: 1,
        min_duration: min_duration?,
        on_horizon: on_horizon?,
        history: history?,
        traffic: traffic?,
    };
    good.then_some(sequential)
}

/// Reads the traffic that is expected; none if a part of it is not known.
fn traffic(reader: &mut Reader<'_>, node: &Node) -> Option<StatedTraffic> {
    let Some(node) = present(node, "traffic") else { return Some(StatedTraffic::default()) };
    let mut number = |key: &str, range: &Range| match given(reader, node, key, range) {
        Field::Known(value) => Some(Some(value)),
        Field::Absent => Some(None),
        Field::Unknown => None,
    };
    let requests_per_second = number("requestsPerSecond", &TRAFFIC);
    let canary_weight = number("canaryWeight", &WEIGHT);
    let errors = number("errors", &EXPECTED);
    let slow = number("slow", &EXPECTED);
    let events_per_second = number("eventsPerSecond", &TRAFFIC);
    let share = |value: Option<f64>| value.and_then(|value| Share::try_from(value).ok());
    Some(StatedTraffic {
        requests_per_second: requests_per_second?,
        canary_weight: share(canary_weight?),
        errors: share(errors?),
        slow: share(slow?),
        events_per_second: events_per_second?,
    })
}

/// Whether the duration under `key` is as short as it has to be, which `wanted` says.
fn at_most(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    (value, most): (Duration, Duration),
    wanted: String,
) -> bool {
    if value <= most {
        return true;
    }
    let (field, text) = (key.to_owned(), format_unsigned(value));
    let (help, at) = (String::from("write a shorter one"), Reader::span_of(node, key));
    reader.fault(CriterionFault::Setting { field, text, wanted, help, at });
    false
}

/// Whether the last look comes before the run is ended.
fn is_before_the_end(
    reader: &mut Reader<'_>,
    node: &Node,
    last: Duration,
    run_duration: Option<Duration>,
) -> bool {
    let Some(end) = run_duration.filter(|end| *end < last) else { return true };
    let (what, value) = (String::from("the last look"), format_unsigned(last));
    let (max_duration, at) = (format_unsigned(end), Reader::span_of(node, "maxDuration"));
    reader.fault(MetricFault::PastMaxDuration { what, value, max_duration, at });
    false
}

fn rate(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<Alpha> {
    let rate = setting(reader, node, key, &RATE, Alpha::ONE_IN_TWENTY.share())?;
    Alpha::try_from(rate).ok()
}

fn time(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    least: SignedDuration,
    default: Duration,
) -> Option<Duration> {
    let read = reader.duration(node, key, |reason, at| MetricFault::Duration {
        field: key.to_owned(),
        reason: reason.to_string(),
        at,
    });
    let value = match read {
        Field::Absent => return Some(default),
        Field::Unknown => return None,
        Field::Known(value) => value,
    };
    if least <= value {
        return Some(value.unsigned_abs());
    }
    let (field, at) = (key.to_owned(), Reader::span_of(node, key));
    reader.fault(MetricFault::TooShort { field, value: format(value), least: format(least), at });
    None
}
