//! Go's layouts: a date is described by how one certain time would look, Mon Jan 2 15:04:05 2006.

mod parse;

pub(super) use parse::parse;

use super::moment::Moment;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The name of month 1 to 12.
pub(super) fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("%!Month")
}

/// The name of day 0 (Sunday) to 6.
pub(super) fn weekday_name(day: i64) -> &'static str {
    usize::try_from(day).ok().and_then(|at| WEEKDAYS.get(at)).copied().unwrap_or("%!Weekday")
}

/// Part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    LongMonth,
    ShortMonth,
    Month {
        padded: bool,
    },
    LongWeekday,
    ShortWeekday,
    Day(Padding),
    YearDay(Padding),
    Hour,
    Hour12 {
        padded: bool,
    },
    Minute {
        padded: bool,
    },
    Second {
        padded: bool,
    },
    LongYear,
    ShortYear,
    Noon {
        upper: bool,
    },
    ZoneName,
    Offset {
        z: bool,
        colon: bool,
        minutes: bool,
        seconds: bool,
    },
    /// A fraction of a second after a point or comma; exact: with all its digits, else without
    /// zeros at the end and left out when it is nothing.
    Fraction {
        digits: usize,
        exact: bool,
        mark: char,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    None,
    Zero,
    Blank,
}

/// The parts by their spelling, longer spellings first where one begins another.
const SPELLINGS: [(&str, Part); 37] = [
    ("January", Part::LongMonth),
    ("Jan", Part::ShortMonth),
    ("Monday", Part::LongWeekday),
    ("Mon", Part::ShortWeekday),
    ("MST", Part::ZoneName),
    ("002", Part::YearDay(Padding::Zero)),
    ("01", Part::Month { padded: true }),
    ("02", Part::Day(Padding::Zero)),
    ("03", Part::Hour12 { padded: true }),
    ("04", Part::Minute { padded: true }),
    ("05", Part::Second { padded: true }),
    ("06", Part::ShortYear),
    ("15", Part::Hour),
    ("1", Part::Month { padded: false }),
    ("2006", Part::LongYear),
    ("2", Part::Day(Padding::None)),
    ("__2", Part::YearDay(Padding::Blank)),
    ("_2", Part::Day(Padding::Blank)),
    ("3", Part::Hour12 { padded: false }),
    ("4", Part::Minute { padded: false }),
    ("5", Part::Second { padded: false }),
    ("PM", Part::Noon { upper: true }),
    ("pm", Part::Noon { upper: false }),
    ("-070000", offset(false, false, true, true)),
    ("-07:00:00", offset(false, true, true, true)),
    ("-0700", offset(false, false, true, false)),
    ("-07:00", offset(false, true, true, false)),
    ("-07", offset(false, false, false, false)),
    ("Z070000", offset(true, false, true, true)),
    ("Z07:00:00", offset(true, true, true, true)),
    ("Z0700", offset(true, false, true, false)),
    ("Z07:00", offset(true, true, true, false)),
    ("Z07", offset(true, false, false, false)),
    // Nothing is spelt like these; they keep the table a fixed size for fractions below.
    ("\0.0", Part::Fraction { digits: 0, exact: true, mark: '.' }),
    ("\0.9", Part::Fraction { digits: 0, exact: false, mark: '.' }),
    ("\0,0", Part::Fraction { digits: 0, exact: true, mark: ',' }),
    ("\0,9", Part::Fraction { digits: 0, exact: false, mark: ',' }),
];

const fn offset(z: bool, colon: bool, minutes: bool, seconds: bool) -> Part {
    Part::Offset { z, colon, minutes, seconds }
}

/// The text before the next part of `layout`, the part, and what comes after it.
fn next(layout: &str) -> (&str, Option<Part>, &str) {
    for (at, c) in layout.char_indices() {
        let rest = &layout[at..];
        if matches!(c, '.' | ',')
            && let Some((part, length)) = fraction(c, &rest[1..])
        {
            return (&layout[..at], Some(part), &rest[1 + length..]);
        }
        // An underscore before a year belongs to the text.
        if let Some(after) = rest.strip_prefix("_2006") {
            return (&layout[..=at], Some(Part::LongYear), after);
        }
        let found = SPELLINGS.iter().find(|(spelling, part)| {
            let followed_by_letter =
                || rest[spelling.len()..].starts_with(|c: char| c.is_ascii_lowercase());
            rest.starts_with(spelling)
                && !(matches!(part, Part::ShortMonth | Part::ShortWeekday) && followed_by_letter())
        });
        if let Some((spelling, part)) = found {
            return (&layout[..at], Some(*part), &rest[spelling.len()..]);
        }
    }
    (layout, None, "")
}

/// A fraction such as `000` or `999`, not followed by another digit.
fn fraction(mark: char, rest: &str) -> Option<(Part, usize)> {
    let digit = rest.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let digits = rest.chars().take_while(|c| *c == digit).count();
    if rest[digits..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((Part::Fraction { digits, exact: digit == '0', mark }, digits))
}

/// `moment` written by `layout`.
pub(super) fn format(moment: &Moment, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while !rest.is_empty() {
        let (text, part, after) = next(rest);
        out.push_str(text);
        if let Some(part) = part {
            write_part(&mut out, part, moment);
        }
        rest = after;
    }
    out
}

fn write_part(out: &mut String, part: Part, moment: &Moment) {
    let at = moment.zoned();
    let number = |value: i64, width: usize, padding: Padding| match padding {
        Padding::None => value.to_string(),
        Padding::Zero => format!("{value:0width$}"),
        Padding::Blank => format!("{value:width$}"),
    };
    let two = |value: i8, padded: bool| {
        number(i64::from(value), 2, if padded { Padding::Zero } else { Padding::None })
    };
    let hour12 = if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 };
    let weekday = weekday_name(i64::from(at.weekday().to_sunday_zero_offset()));
    let text = match part {
        Part::LongMonth => month_name(i64::from(at.month())).to_owned(),
        Part::ShortMonth => month_name(i64::from(at.month()))[..3].to_owned(),
        Part::Month { padded } => two(at.month(), padded),
        Part::LongWeekday => weekday.to_owned(),
        Part::ShortWeekday => weekday[..3].to_owned(),
        Part::Day(padding) => number(i64::from(at.day()), 2, padding),
        Part::YearDay(padding) => number(i64::from(at.day_of_year()), 3, padding),
        Part::Hour => two(at.hour(), true),
        Part::Hour12 { padded } => two(hour12, padded),
        Part::Minute { padded } => two(at.minute(), padded),
        Part::Second { padded } => two(at.second(), padded),
        Part::LongYear => format!("{:04}", at.year()),
        Part::ShortYear => format!("{:02}", at.year().rem_euclid(100)),
        Part::Noon { upper } => match (at.hour() < 12, upper) {
            (true, true) => String::from("AM"),
            (true, false) => String::from("am"),
            (false, true) => String::from("PM"),
            (false, false) => String::from("pm"),
        },
        Part::ZoneName => {
            let (seconds, name) = moment.offset();
            if name.is_empty() { offset_text(seconds, false, true, false) } else { name }
        }
        Part::Offset { z, colon, minutes, seconds } => match moment.offset().0 {
            0 if z => String::from("Z"),
            offset => offset_text(offset, colon, minutes, seconds),
        },
        Part::Fraction { digits, exact, mark } => {
            fraction_text(at.subsec_nanosecond(), digits, exact, mark)
        }
    };
    out.push_str(&text);
}

fn offset_text(offset: i32, colon: bool, minutes: bool, seconds: bool) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let size = offset.unsigned_abs();
    let mut text = format!("{sign}{:02}", size / 3600);
    for (wanted, value) in [(minutes, size % 3600 / 60), (seconds, size % 60)] {
        if wanted {
            if colon {
                text.push(':');
            }
            text.push_str(&format!("{value:02}"));
        }
    }
    text
}

fn fraction_text(nanoseconds: i32, digits: usize, exact: bool, mark: char) -> String {
    let all = format!("{nanoseconds:09}");
    let shown = all.get(..digits.min(9)).unwrap_or(&all);
    let shown = if exact { shown } else { shown.trim_end_matches('0') };
    if shown.is_empty() { String::new() } else { format!("{mark}{shown}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_in_go() {
        let moment = Moment::utc("2026-01-05T09:07:03.25Z".parse().unwrap());
        let check = |layout: &str, expected: &str| {
            assert_eq!(format(&moment, layout), expected, "{layout}");
        };
        check("2006-01-02 15:04:05", "2026-01-05 09:07:03");
        check("Mon, 02 Jan 2006 15:04:05 MST", "Mon, 05 Jan 2026 09:07:03 UTC");
        check("Monday January _2 3:04PM", "Monday January  5 9:07AM");
        check("06/1/2 .000 .999999", "26/1/5 .250 .25");
        check("15:04:05.000,999Z07:00", "09:07:03.250,25Z");
        check("002 -0700 Month", "005 +0000 Month");
        check("_2006", "_2026");
    }
}
