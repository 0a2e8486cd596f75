//! Times and steps as Prometheus's HTTP API takes them.

use jiff::Timestamp;

/// The longest time and step, in milliseconds: times that jiff can write, and more than Prometheus's.
const TIME_MS_MAX: f64 = 253_402_207_200_000.0;

/// Reads a time in seconds since 1970 or as RFC 3339, to milliseconds since 1970.
pub fn time_ms(text: &str) -> Option<i64> {
    seconds_ms(text).or_else(|| {
        let time: Timestamp = text.parse().ok()?;
        Some(time.as_millisecond())
    })
}

/// Reads a number of seconds, to milliseconds; nothing else, and no more than the year 9999.
pub fn seconds_ms(text: &str) -> Option<i64> {
    let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let seconds: f64 = text.bytes().all(is_number).then(|| text.parse().ok()).flatten()?;
    let milliseconds = (seconds * 1000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within the limit")]
    let whole = milliseconds as i64;
    (milliseconds.abs() <= TIME_MS_MAX).then_some(whole)
}

/// Reads a step, in seconds or as a duration such as `1h30m`, to milliseconds.
pub fn step_ms(text: &str) -> Option<i64> {
    seconds_ms(text).or_else(|| assay_promql::duration_ms(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_rfc_3339() {
        assert_eq!(time_ms("1435781451.7814"), Some(1_435_781_451_781));
        assert_eq!(time_ms("2015-07-01T20:10:51.781Z"), Some(1_435_781_451_781));
        assert_eq!(time_ms("2015-07-01T22:10:51+02:00"), Some(1_435_781_451_000));
        for wrong in ["", "now", "NaN", "inf", "1e300", "5m", "2015-07-01"] {
            assert_eq!(time_ms(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn steps_are_seconds_or_durations() {
        assert_eq!(step_ms("15"), Some(15_000));
        assert_eq!(step_ms("0.25"), Some(250));
        assert_eq!(step_ms("1h30m"), Some(5_400_000));
        for wrong in ["", "m", "-5m", "1.5h", "1m1h"] {
            assert_eq!(step_ms(wrong), None, "{wrong}");
        }
    }
}
