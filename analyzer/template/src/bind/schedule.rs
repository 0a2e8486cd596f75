//! When a metric is measured, how often, and what ends it before that.

use std::time::Duration;

use jiff::SignedDuration;

use crate::bind::reader::{Field, Reader};
use crate::duration::{format, format_unsigned};
use crate::plan::{Limits, Mode};
use crate::problem::{Lint, MetricFault};
use crate::yaml::Node;

/// The shortest `interval`. A source that is asked more often than this is not measured but attacked.
pub const INTERVAL_MIN: SignedDuration = SignedDuration::from_millis(100);

/// The largest count and limit, that of Kubernetes' numbers.
pub const NUMBER_MAX: i64 = 2_147_483_647;

/// When a metric is measured and what ends it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    pub(crate) interval: Option<Duration>,
    pub(crate) initial_delay: Duration,
    pub(crate) count: Option<u32>,
    pub(crate) limits: Limits,
}

/// The numbers of a metric as written.
struct Numbers {
    count: Field<i64>,
    failure: Field<i64>,
    inconclusive: Field<i64>,
    consecutive_error: Field<i64>,
    consecutive_success: Field<i64>,
    consecutive_failure: Field<i64>,
}

/// Reads the schedule of `node`. Where something is wrong or open, what comes out is not used.
pub(crate) fn schedule(
    reader: &mut Reader<'_>,
    node: &Node,
    max_duration: Option<Duration>,
) -> Schedule {
    let interval = interval(reader, node);
    let initial_delay = initial_delay(reader, node);
    let numbers = numbers(reader, node);
    check_numbers(reader, node, &numbers);
    let several = matches!(numbers.count, Field::Known(count) if 1 < count);
    if let (true, Field::Absent, Field::Known(count)) = (several, interval, numbers.count) {
        reader
            .fault(MetricFault::CountWithoutInterval { count, at: Reader::span_of(node, "count") });
    }
    let count = match (numbers.count.or(0), interval) {
        (Some(0), Field::Absent) | (None, _) => Some(1),
        (Some(0), Field::Known(_) | Field::Unknown) => None,
        (Some(count), _) => Some(small(count.max(1))),
    };
    let schedule = Schedule {
        interval: interval.known(),
        initial_delay: initial_delay.or(Duration::ZERO).unwrap_or_default(),
        count,
        limits: limits(&numbers),
    };
    if let Some(max_duration) = max_duration {
        check_end(reader, node, &schedule, max_duration);
    }
    if numbers.count != Field::Unknown && interval != Field::Unknown {
        lint(reader, node, &schedule, max_duration);
    }
    schedule
}

/// Reads what a criterion leaves of the schedule of `node`: how far apart, from when on, and how many
/// errors in a row. The count is for the caller to say.
pub(crate) fn of_criterion(
    reader: &mut Reader<'_>,
    node: &Node,
    default: Option<Duration>,
) -> Schedule {
    let interval = match interval(reader, node) {
        Field::Absent => default,
        Field::Unknown => None,
        Field::Known(interval) => Some(interval),
    };
    let initial_delay = initial_delay(reader, node).or(Duration::ZERO).unwrap_or_default();
    let numbers = Numbers {
        count: Field::Absent,
        failure: Field::Absent,
        inconclusive: Field::Absent,
        consecutive_error: number(reader, node, "consecutiveErrorLimit"),
        consecutive_success: Field::Absent,
        consecutive_failure: Field::Absent,
    };
    check_numbers(reader, node, &numbers);
    Schedule { interval, initial_delay, count: None, limits: limits(&numbers) }
}

fn interval(reader: &mut Reader<'_>, node: &Node) -> Field<Duration> {
    let read = reader.duration(node, "interval", |reason, at| MetricFault::Interval {
        reason: reason.to_string(),
        at,
    });
    let Field::Known(interval) = read else { return read.map(|_| Duration::ZERO) };
    if INTERVAL_MIN <= interval {
        return Field::Known(interval.unsigned_abs());
    }
    too_short(reader, node, "interval", interval, INTERVAL_MIN);
    Field::Known(INTERVAL_MIN.unsigned_abs())
}

fn initial_delay(reader: &mut Reader<'_>, node: &Node) -> Field<Duration> {
    let read = reader.duration(node, "initialDelay", |reason, at| MetricFault::InitialDelay {
        reason: reason.to_string(),
        at,
    });
    let Field::Known(delay) = read else { return read.map(|_| Duration::ZERO) };
    if !delay.is_negative() {
        return Field::Known(delay.unsigned_abs());
    }
    too_short(reader, node, "initialDelay", delay, SignedDuration::ZERO);
    Field::Known(Duration::ZERO)
}

/// Refuses a duration below `least`, or takes `least` for it where Argo Rollouts has no limit.
fn too_short(
    reader: &mut Reader<'_>,
    node: &Node,
    field: &'static str,
    value: SignedDuration,
    least: SignedDuration,
) {
    let (value, least) = (format(value), format(least));
    let (field, at) = (field.to_owned(), Reader::span_of(node, field));
    match reader.findings.mode() {
        Mode::Strict => reader.fault(MetricFault::TooShort { field, value, least, at }),
        Mode::Argo => {
            let metric = reader.metric.clone();
            reader.lint(Lint::Adjusted { metric, field, value, taken: least, at });
        }
    }
}

fn numbers(reader: &mut Reader<'_>, node: &Node) -> Numbers {
    Numbers {
        count: number(reader, node, "count"),
        failure: number(reader, node, "failureLimit"),
        inconclusive: number(reader, node, "inconclusiveLimit"),
        consecutive_error: number(reader, node, "consecutiveErrorLimit"),
        consecutive_success: number(reader, node, "consecutiveSuccessLimit"),
        consecutive_failure: number(reader, node, "consecutiveFailureLimit"),
    }
}

fn number(reader: &mut Reader<'_>, node: &Node, key: &'static str) -> Field<i64> {
    let read = reader.integer(node, key);
    let Field::Known(value) = read else { return read };
    let (field, at) = (key.to_owned(), Reader::span_of(node, key));
    if NUMBER_MAX < value {
        reader.fault(MetricFault::TooLarge { field, value, largest: NUMBER_MAX, at });
        return Field::Unknown;
    }
    if key == "count" && value < 0 {
        let help = "write how many measurements to take, or drop it";
        // Argo Rollouts takes one measurement and finds that this is more than enough.
        match reader.findings.mode() {
            Mode::Strict => reader.fault(MetricFault::LimitOutOfRange {
                field: key,
                may_be_disabled: false,
                help,
                at,
            }),
            Mode::Argo => {
                let (metric, value) = (reader.metric.clone(), value.to_string());
                reader.lint(Lint::Adjusted { metric, field, value, taken: String::from("1"), at });
            }
        }
    }
    read
}

/// The rules that Argo Rollouts checks before a run, in its order.
fn check_numbers(reader: &mut Reader<'_>, node: &Node, numbers: &Numbers) {
    let at = |key: &str| Reader::span_of(node, key);
    let count = numbers.count.or(0).filter(|count| 0 < *count);
    let failure = match numbers.failure {
        // Failures in a row take the place of failures in all.
        Field::Absent if numbers.consecutive_failure != Field::Absent => None,
        Field::Absent | Field::Unknown | Field::Known(_) => numbers.failure.or(0),
    };
    let inconclusive = numbers.inconclusive.or(0);
    let success = numbers.consecutive_success.or(0);
    if let (Some(count), Some(failure), Some(success)) = (count, failure, success) {
        let wanted = failure.saturating_add(success);
        if 0 <= failure && 0 <= success && count < wanted {
            let at = at("count");
            reader.fault(MetricFault::CountBelowFailureLimit {
                count,
                failure,
                success,
                wanted,
                at,
            });
        }
        if failure < 0 && count < success {
            let (limit, at) = (success, at("count"));
            reader.fault(MetricFault::CountBelowSuccessLimit { count, limit, at });
        }
    }
    if let (Some(count), Some(limit)) = (count, inconclusive)
        && count < limit
    {
        reader.fault(MetricFault::CountBelowInconclusiveLimit { count, limit, at: at("count") });
    }
    if numbers.failure == Field::Known(-1)
        && numbers.consecutive_success.or(0) == Some(0)
        && numbers.consecutive_failure == Field::Absent
    {
        reader.fault(MetricFault::LimitsDisabled { at: at("failureLimit") });
    }
    let least = [
        ("failureLimit", numbers.failure, -1, "write 0 or more, or -1 for any number of failures"),
        (
            "consecutiveSuccessLimit",
            numbers.consecutive_success,
            0,
            "write 0 to look at no streaks",
        ),
        (
            "inconclusiveLimit",
            numbers.inconclusive,
            0,
            "it cannot be disabled: write a large number",
        ),
        ("consecutiveErrorLimit", numbers.consecutive_error, 0, "write 0 to allow no error at all"),
        ("consecutiveFailureLimit", numbers.consecutive_failure, 0, "write 0 or more, or drop it"),
    ];
    for (field, value, least, help) in least {
        if value.known().is_some_and(|value| value < least) {
            let (may_be_disabled, at) = (least < 0, at(field));
            reader.fault(MetricFault::LimitOutOfRange { field, may_be_disabled, help, at });
        }
    }
}

fn limits(numbers: &Numbers) -> Limits {
    let default = Limits::default();
    let failure = match numbers.failure {
        Field::Absent | Field::Unknown => {
            if numbers.consecutive_failure == Field::Absent {
                default.failure
            } else {
                None
            }
        }
        Field::Known(limit) => (0 <= limit).then(|| small(limit)),
    };
    let consecutive_error = numbers.consecutive_error.known().map(small);
    Limits {
        failure,
        consecutive_failure: numbers.consecutive_failure.known().map(small),
        inconclusive: numbers.inconclusive.known().map_or(default.inconclusive, small),
        consecutive_error: consecutive_error.unwrap_or(default.consecutive_error),
        consecutive_success: numbers
            .consecutive_success
            .known()
            .filter(|limit| 0 < *limit)
            .map(small),
    }
}

/// A number that has been checked; one that failed the check is cut to what fits.
fn small(number: i64) -> u32 {
    u32::try_from(number.clamp(0, NUMBER_MAX)).unwrap_or(u32::MAX)
}

/// Refuses measurements that `maxDuration` makes impossible.
fn check_end(reader: &mut Reader<'_>, node: &Node, schedule: &Schedule, max_duration: Duration) {
    let delay = schedule.initial_delay;
    let more = schedule.count.map_or(1, |count| count.saturating_sub(1));
    let last = schedule.interval.map(|interval| interval.saturating_mul(more));
    let (what, key, value) = if max_duration <= delay {
        (String::from("the first measurement"), "initialDelay", delay)
    } else if let Some(last) = last.filter(|last| max_duration <= last.saturating_add(delay)) {
        let number = more.saturating_add(1);
        (format!("measurement {number}"), "interval", last.saturating_add(delay))
    } else {
        return;
    };
    let (value, max_duration) = (format_unsigned(value), format_unsigned(max_duration));
    let at = Reader::span_of(node, key);
    reader.strict_fault(MetricFault::PastMaxDuration { what, value, max_duration, at });
}

fn lint(reader: &mut Reader<'_>, node: &Node, schedule: &Schedule, max_duration: Option<Duration>) {
    let metric = reader.metric.clone();
    let limits = schedule.limits;
    match (schedule.count, limits.failure) {
        (Some(count), Some(limit)) if count <= limit => {
            let at = Reader::span_of(node, "failureLimit");
            reader.lint(Lint::AlwaysPasses { metric, limit, count, at });
        }
        (None, _) if max_duration.is_none() && limits.consecutive_success.is_none() => {
            let at = Reader::span_of(node, "interval");
            reader.lint(Lint::RunsUntilTerminated { metric, at });
        }
        (Some(_) | None, _) => {}
    }
}
