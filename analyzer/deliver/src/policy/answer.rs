//! What an answer means.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::strtime;

use crate::policy::retry::Schedule;

/// How an attempt ended, as far as the target was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answered with this status.
    Status {
        /// The status.
        status: u16,
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// It gave no answer: not found, not reached, not allowed, not in time.
    Silence,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The target has it.
    Delivered,
    /// Try again.
    Retry {
        /// How long after this attempt.
        after: Duration,
    },
    /// Give up: a dead letter.
    Dead,
    /// The target says it is gone: a dead letter, and nothing else is sent there.
    Disabled,
}

/// What follows from the answer to attempt `number` (from 1) at the delivery `id`.
///
/// A redirect is a failure, since it may lead where nobody allowed anything. `Retry-After` delays an
/// attempt but never hastens it: a target that always says "in a second" would else use up all attempts
/// in a minute.
pub fn judge(schedule: &Schedule, id: &str, number: u32, answer: Answer) -> Outcome {
    let wait = match answer {
        Answer::Status { status: 200..=299, retry_after: _ } => return Outcome::Delivered,
        Answer::Status { status: 410, retry_after: _ } => return Outcome::Disabled,
        Answer::Status { status: _, retry_after } => retry_after.unwrap_or_default(),
        Answer::Silence => Duration::ZERO,
    };
    match schedule.wait(id, number) {
        Some(own) => Outcome::Retry { after: own.max(wait.min(schedule.asked_max)) },
        None => Outcome::Dead,
    }
}

/// Reads the header `Retry-After`: seconds, or a date, which is held against `now`. What cannot be read
/// says nothing, and a date in the past says "now".
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that does not fit is a very long time.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let at = date(header)?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// The three ways HTTP writes a date (RFC 9110, 5.6.7), all of them in GMT.
fn date(text: &str) -> Option<Timestamp> {
    const FORMS: [&str; 3] =
        ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    FORMS.iter().find_map(|form| {
        let parsed = strtime::parse(form, text).ok()?.to_datetime().ok()?;
        parsed.in_tz("UTC").ok().map(|zoned| zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: u32, status: u16, header: &str, expected: &str) {
        let now = "2026-01-05T10:00:00Z".parse().unwrap();
        let retry_after = retry_after(header, now);
        let answer = match status {
            0 => Answer::Silence,
            status => Answer::Status { status, retry_after },
        };
        let schedule = Schedule { jitter_percent: 0, ..Schedule::default() };
        let told = match judge(&schedule, "d", number, answer) {
            Outcome::Retry { after } => format!("again in {after:?}"),
            outcome @ (Outcome::Delivered | Outcome::Dead | Outcome::Disabled) => {
                format!("{outcome:?}")
            }
        };
        assert_eq!(told, expected, "{number} {status} {header}");
    }

    #[test]
    fn answers_have_a_meaning() {
        check(1, 200, "", "Delivered");
        check(1, 202, "3600", "Delivered");
        check(1, 204, "", "Delivered");
        check(20, 299, "", "Delivered"); // the last attempt counts like the first
        check(1, 410, "", "Disabled");
        check(20, 410, "", "Disabled");
        for status in [301, 302, 304, 307, 308] {
            check(1, status, "", "again in 5s"); // not followed, a failure like others
        }
        for status in [0, 100, 400, 401, 403, 404, 408, 409, 422, 500, 502, 503, 504, 599, 999] {
            check(1, status, "", "again in 5s");
            check(3, status, "", "again in 80s");
            check(19, status, "", "again in 21600s");
            check(20, status, "", "Dead");
        }
    }

    #[test]
    fn a_target_says_when_it_can_be_told_again() {
        check(1, 429, "", "again in 5s");
        check(1, 429, "120", "again in 120s");
        check(1, 503, "120", "again in 120s");
        check(3, 429, "1", "again in 80s"); // it delays but does not hasten
        check(1, 429, "Mon, 05 Jan 2026 10:02:00 GMT", "again in 120s");
        check(1, 429, "Monday, 05-Jan-26 10:02:00 GMT", "again in 120s");
        check(1, 429, "Mon Jan  5 10:02:00 2026", "again in 120s");
        check(1, 429, "Mon, 05 Jan 2026 09:00:00 GMT", "again in 5s"); // past
        check(1, 429, "Mon, 05 Jan 2026 10:02:00 CET", "again in 5s"); // no date of HTTP
        check(1, 429, "Fri, 01 Jan 9999 00:00:00 GMT", "again in 86400s"); // at most a day
        check(1, 429, "99999999999999999999999", "again in 86400s");
        check(1, 429, "-5", "again in 5s");
        check(1, 429, "1.5", "again in 5s");
        check(1, 429, "soon", "again in 5s");
        check(20, 429, "120", "Dead");
    }
}
