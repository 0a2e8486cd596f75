//! Parts of the date of a number of seconds since 1970, in UTC.

use crate::query::DatePart;

/// The seconds from the first of January of Go's earliest year, -292277022399, to 1970.
const ZERO_SECONDS: i64 = 9_223_372_028_715_321_600;
/// The seconds of a day.
const DAY_SECONDS: u64 = 86_400;
/// The same in days.
const ZERO_DAYS: i64 = ZERO_SECONDS / 86_400;

/// The part of the date `seconds` after 1970, cut to whole seconds.
///
/// NaN and numbers beyond 63 bits are the smallest time there is, as on the processors that
/// Prometheus is most run on, and count from Go's earliest year with the overflow they have there.
pub(super) fn part(part: DatePart, seconds: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "checked to fit; cut off on purpose")]
    let whole = if seconds.abs() < 9.2e18 { seconds.trunc() as i64 } else { i64::MIN };
    let since_zero = u64::from_ne_bytes(whole.wrapping_add(ZERO_SECONDS).to_ne_bytes());
    let (days, of_day) = (since_zero / DAY_SECONDS, since_zero % DAY_SECONDS);
    let days = i64::try_from(days).unwrap_or(i64::MAX) - ZERO_DAYS;
    let of_day = i64::try_from(of_day).unwrap_or(0);
    let date = Date::of(days);
    let number = match part {
        DatePart::Minute => of_day / 60 % 60,
        DatePart::Hour => of_day / 3600,
        // 1970 began on a Thursday; Sunday is 0.
        DatePart::DayOfWeek => (days.rem_euclid(7) + 4) % 7,
        DatePart::DayOfMonth => date.day,
        DatePart::DayOfYear => days - days_before(date.year, 1) + 1,
        DatePart::DaysInMonth => {
            let (year, month) =
                if date.month == 12 { (date.year + 1, 1) } else { (date.year, date.month + 1) };
            days_before(year, month) - days_before(date.year, date.month)
        }
        DatePart::Month => date.month,
        DatePart::Year => date.year,
    };
    #[expect(clippy::cast_precision_loss, reason = "at most a year, far below 2^53")]
    let number = number as f64;
    number
}

struct Date {
    year: i64,
    month: i64,
    day: i64,
}

/// The days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;
/// The days in 400 years.
const ERA_DAYS: i64 = 146_097;

impl Date {
    /// The date `days` after 1970-01-01, by counting in years that begin in March.
    fn of(days: i64) -> Self {
        let shifted = days + EPOCH_DAYS;
        let era = shifted.div_euclid(ERA_DAYS);
        let of_era = shifted.rem_euclid(ERA_DAYS);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day }
    }
}

/// The days from 1970-01-01 to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * ERA_DAYS + of_era - EPOCH_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: f64, expected: [u16; 8]) {
        let parts = [
            DatePart::Year,
            DatePart::Month,
            DatePart::DayOfMonth,
            DatePart::Hour,
            DatePart::Minute,
            DatePart::DayOfWeek,
            DatePart::DayOfYear,
            DatePart::DaysInMonth,
        ];
        let found = parts.map(|kind| part(kind, seconds).to_string());
        assert_eq!(found, expected.map(|number| number.to_string()), "{seconds}");
    }

    #[test]
    fn dates_are_told_in_utc() {
        check(0.0, [1970, 1, 1, 0, 0, 4, 1, 31]);
        check(-1.0, [1969, 12, 31, 23, 59, 3, 365, 31]);
        check(951_782_399.9, [2000, 2, 28, 23, 59, 1, 59, 29]);
        check(951_782_400.0, [2000, 2, 29, 0, 0, 2, 60, 29]);
        check(4_107_542_400.0, [2100, 3, 1, 0, 0, 1, 60, 31]);
        check(1_798_761_599.0, [2026, 12, 31, 23, 59, 4, 365, 31]);
    }

    #[test]
    fn nothing_panics() {
        for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 9.1e18, -9.1e18] {
            assert!(part(DatePart::Year, seconds).is_finite());
        }
    }
}
