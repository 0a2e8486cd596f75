//! Text to a time, by a layout.

use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};

use super::super::moment::{Moment, Zone};
use super::{MONTHS, Padding, Part, WEEKDAYS, next};

/// What was read so far.
struct Fields {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    zone: Option<ZoneRead>,
}

enum ZoneRead {
    Utc,
    Offset(i32),
    Name(String),
}

/// The time that `text` is by `layout`; in `zone` when the text says none.
///
/// # Errors
///
/// A message in Go's words.
pub(in super::super) fn parse(
    text: &str,
    layout: &str,
    zone: &Arc<Zone>,
) -> Result<Moment, String> {
    let mut fields = Fields {
        year: 0,
        month: None,
        day: None,
        year_day: None,
        hour: 0,
        minute: 0,
        second: 0,
        nanosecond: 0,
        afternoon: None,
        zone: None,
    };
    let mut rest = text;
    let mut left = layout;
    loop {
        let (before, part, after) = next(left);
        let refused = |rest: &str, what: &str| {
            format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {what:?}")
        };
        rest = skip(rest, before).ok_or_else(|| refused(rest, before))?;
        let Some(part) = part else {
            if rest.is_empty() {
                break;
            }
            return Err(format!("parsing time {text:?}: extra text: {rest:?}"));
        };
        let spelling = &left[before.len()..left.len() - after.len()];
        rest = fields.read(part, rest, after).ok_or_else(|| refused(rest, spelling))?;
        left = after;
    }
    fields.moment(zone).ok_or_else(|| format!("parsing time {text:?}: day out of range"))
}

/// Passes over `prefix`; blanks in it stand for any number of them.
fn skip<'t>(mut text: &'t str, prefix: &str) -> Option<&'t str> {
    let mut prefix = prefix;
    while let Some(c) = prefix.chars().next() {
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            prefix = prefix.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        text = text.strip_prefix(c)?;
        prefix = &prefix[c.len_utf8()..];
    }
    Some(text)
}

impl Fields {
    /// Reads one part and returns what comes after it; none if it is not there or out of range.
    fn read<'t>(&mut self, part: Part, text: &'t str, after: &str) -> Option<&'t str> {
        match part {
            Part::LongYear => {
                let (year, rest) = digits(text, 4, 4)?;
                self.year = i16::try_from(year).ok()?;
                Some(rest)
            }
            Part::ShortYear => {
                let (year, rest) = digits(text, 2, 2)?;
                let century = if 69 <= year { 1900 } else { 2000 };
                self.year = i16::try_from(year + century).ok()?;
                Some(rest)
            }
            Part::Month { padded } => {
                let (month, rest) = number(text, padded)?;
                self.month = Some(within(month, 1, 12)?);
                Some(rest)
            }
            Part::LongMonth | Part::ShortMonth => {
                let (place, rest) = name(text, &MONTHS, part == Part::ShortMonth)?;
                self.month = i8::try_from(place + 1).ok();
                Some(rest)
            }
            Part::LongWeekday | Part::ShortWeekday => {
                name(text, &WEEKDAYS, part == Part::ShortWeekday).map(|(_, rest)| rest)
            }
            Part::Day(padding) => {
                let text = match padding {
                    Padding::Blank => text.strip_prefix(' ').unwrap_or(text),
                    Padding::None | Padding::Zero => text,
                };
                let (day, rest) = number(text, padding == Padding::Zero)?;
                self.day = i8::try_from(day).ok();
                Some(rest)
            }
            Part::YearDay(padding) => {
                let blanks = match padding {
                    Padding::Blank => text.len() - text.trim_start_matches(' ').len(),
                    Padding::None | Padding::Zero => 0,
                };
                let blanks = blanks.min(2);
                let (day, rest) = digits(&text[blanks..], 3 - blanks, 3 - blanks)?;
                self.year_day = i16::try_from(day).ok();
                Some(rest)
            }
            Part::Hour | Part::Hour12 { .. } => {
                let padded = matches!(part, Part::Hour12 { padded: true });
                let (hour, rest) = number(text, padded)?;
                self.hour = within(hour, 0, if part == Part::Hour { 23 } else { 12 })?;
                Some(rest)
            }
            Part::Minute { padded } => {
                let (minute, rest) = number(text, padded)?;
                self.minute = within(minute, 0, 59)?;
                Some(rest)
            }
            Part::Second { padded } => self.second(text, padded, after),
            Part::Noon { upper } => self.noon(text, upper),
            Part::ZoneName => self.zone_name(text),
            Part::Offset { z, colon, minutes, seconds } => {
                self.offset(text, z, colon, minutes, seconds)
            }
            Part::Fraction { digits, exact, .. } => self.fraction(text, digits, exact),
        }
    }

    /// Morning or evening.
    fn noon<'t>(&mut self, text: &'t str, upper: bool) -> Option<&'t str> {
        let (morning, evening) = if upper { ("AM", "PM") } else { ("am", "pm") };
        let (rest, afternoon) = match text.strip_prefix(morning) {
            Some(rest) => (rest, false),
            None => (text.strip_prefix(evening)?, true),
        };
        self.afternoon = Some(afternoon);
        Some(rest)
    }

    /// Seconds, and a fraction behind them even when the layout has none.
    fn second<'t>(&mut self, text: &'t str, padded: bool, after: &str) -> Option<&'t str> {
        let (second, rest) = number(text, padded)?;
        self.second = within(second, 0, 59)?;
        let (before, part, _) = next(after);
        let said = before.is_empty() && matches!(part, Some(Part::Fraction { .. }));
        let follows =
            rest.starts_with(['.', ',']) && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        if said || !follows {
            return Some(rest);
        }
        let length = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        self.nanosecond = nanoseconds(&rest[1..=length])?;
        Some(&rest[1 + length..])
    }

    fn fraction<'t>(&mut self, text: &'t str, digits: usize, exact: bool) -> Option<&'t str> {
        let marked = text.starts_with(['.', ',']);
        if exact {
            let inside = text.get(1..=digits).filter(|_| marked)?;
            self.nanosecond = nanoseconds(inside)?;
            return Some(&text[1 + digits..]);
        }
        if !marked || !text[1..].starts_with(|c: char| c.is_ascii_digit()) {
            // It may be left out.
            return Some(text);
        }
        let length = text[1..].bytes().take_while(u8::is_ascii_digit).count();
        self.nanosecond = nanoseconds(&text[1..=length])?;
        Some(&text[1 + length..])
    }

    fn zone_name<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix("UTC") {
            self.zone = Some(ZoneRead::Utc);
            return Some(rest);
        }
        if text.starts_with("ChST") || text.starts_with("MeST") {
            self.zone = Some(ZoneRead::Name(text[..4].to_owned()));
            return Some(&text[4..]);
        }
        let mut length = text.bytes().take_while(u8::is_ascii_uppercase).count();
        if let Some(hours) = text.strip_prefix("GMT") {
            length = 3 + signed_hours(hours);
        } else if text.starts_with(['+', '-']) {
            length = signed_hours(text);
            if length == 0 {
                return None;
            }
        } else {
            let fits = match length {
                3 => true,
                4 => text[..4].ends_with('T') || text.starts_with("WITA"),
                5 => text[..5].ends_with('T'),
                _ => false,
            };
            if !fits {
                return None;
            }
        }
        self.zone = Some(ZoneRead::Name(text[..length].to_owned()));
        Some(&text[length..])
    }

    fn offset<'t>(
        &mut self,
        text: &'t str,
        z: bool,
        colon: bool,
        minutes: bool,
        seconds: bool,
    ) -> Option<&'t str> {
        if z && let Some(rest) = text.strip_prefix('Z') {
            self.zone = Some(ZoneRead::Utc);
            return Some(rest);
        }
        let negative = text.starts_with('-');
        let mut rest = text.strip_prefix(['+', '-'])?;
        let mut total = 0;
        let parts = [(true, 3600, 24), (minutes, 60, 60), (seconds, 1, 60)];
        for (nth, (wanted, unit, most)) in parts.into_iter().enumerate() {
            if !wanted {
                continue;
            }
            if colon && 0 < nth {
                rest = rest.strip_prefix(':')?;
            }
            let (value, after) = digits(rest, 2, 2)?;
            total += unit * i32::try_from(value).ok().filter(|value| *value <= most)?;
            rest = after;
        }
        self.zone = Some(ZoneRead::Offset(if negative { -total } else { total }));
        Some(rest)
    }

    fn moment(self, zone: &Arc<Zone>) -> Option<Moment> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let date = match self.year_day {
            Some(day) => {
                let first = Date::new(self.year, 1, 1).ok()?;
                let date = first.with().day_of_year(day).build().ok()?;
                let month_fits = self.month.is_none_or(|month| month == date.month());
                let day_fits = self.day.is_none_or(|day| day == date.day());
                (month_fits && day_fits).then_some(date)?
            }
            None => Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok()?,
        };
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let local = DateTime::from_parts(date, time);
        let zone = match self.zone {
            None => Arc::clone(zone),
            Some(ZoneRead::Utc) => Arc::new(Zone::utc()),
            Some(ZoneRead::Offset(seconds)) => self::zone(local, "", seconds, zone)?,
            Some(ZoneRead::Name(name)) => named(local, &name, zone)?,
        };
        let timestamp = zone.time_zone().to_ambiguous_timestamp(local).compatible().ok()?;
        Some(Moment { timestamp, zone })
    }
}

/// A fixed zone, or the one at hand if it has that offset then.
fn zone(local: DateTime, name: &str, seconds: i32, at_hand: &Arc<Zone>) -> Option<Arc<Zone>> {
    let fixed = Zone::fixed(name, seconds)?;
    let timestamp = fixed.time_zone().to_ambiguous_timestamp(local).compatible().ok()?;
    let (offset, _) = Moment { timestamp, zone: Arc::clone(at_hand) }.offset();
    Some(if offset == seconds { Arc::clone(at_hand) } else { Arc::new(fixed) })
}

/// The zone at hand if it goes by that name then; else one that is like UTC but for its name.
fn named(local: DateTime, name: &str, at_hand: &Arc<Zone>) -> Option<Arc<Zone>> {
    let timestamp = at_hand.time_zone().to_ambiguous_timestamp(local).compatible().ok()?;
    let (_, known) = Moment { timestamp, zone: Arc::clone(at_hand) }.offset();
    if known == name {
        return Some(Arc::clone(at_hand));
    }
    let hours = name.strip_prefix("GMT").and_then(|hours| hours.parse::<i32>().ok()).unwrap_or(0);
    Zone::fixed(name, hours * 3600).map(Arc::new)
}

/// The bytes of `+3` or `-11`; none when it is out of range.
fn signed_hours(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['+', '-']) else {
        return 0;
    };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest[..length].parse::<i32>() {
        Ok(hours) if hours <= 23 => 1 + length,
        _ => 0,
    }
}

/// `least` to `most` digits.
fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// One or two digits; two when it is padded.
fn number(text: &str, padded: bool) -> Option<(i64, &str)> {
    digits(text, if padded { 2 } else { 1 }, 2)
}

fn within(value: i64, least: i64, most: i64) -> Option<i8> {
    (least <= value && value <= most).then(|| i8::try_from(value).ok()).flatten()
}

/// One of `names`, upper and lower case being the same.
fn name<'t>(text: &'t str, names: &[&str], short: bool) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(place, name)| {
        let name = if short { &name[..3] } else { name };
        let begin = text.get(..name.len())?;
        begin.eq_ignore_ascii_case(name).then(|| (place, &text[name.len()..]))
    })
}

/// Up to nine digits after the point as nanoseconds.
fn nanoseconds(digits: &str) -> Option<i32> {
    let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    nine.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_in_go() {
        let utc = Arc::new(Zone::utc());
        let check = |text: &str, layout: &str, expected: &str| {
            let read = parse(text, layout, &utc).map(|moment| moment.timestamp.to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{text} by {layout}");
        };
        check("2026-01-05", "2006-01-02", "2026-01-05T00:00:00Z");
        check("2026-01-05T10:00:00+02:00", "2006-01-02T15:04:05Z07:00", "2026-01-05T08:00:00Z");
        check("2026-01-05 10:00:00.5", "2006-01-02 15:04:05", "2026-01-05T10:00:00.5Z");
        check("05 Jan 26 10:00 UTC", "02 Jan 06 15:04 MST", "2026-01-05T10:00:00Z");
        check(
            "Monday, 05-Jan-26 10:00:00 EST",
            "Monday, 02-Jan-06 15:04:05 MST",
            "2026-01-05T10:00:00Z",
        );
        check("3:04PM", "3:04PM", "0000-01-01T15:04:00Z");
        check("12:04AM", "3:04PM", "0000-01-01T00:04:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let utc = Arc::new(Zone::utc());
        let check = |text: &str, layout: &str| {
            assert!(parse(text, layout, &utc).is_err(), "{text} by {layout}");
        };
        check("2026-02-30", "2006-01-02");
        check("2026-13-01", "2006-01-02");
        check("2026-01-05x", "2006-01-02");
        check("", "2006-01-02");
        check("24:00:00", "15:04:05");
    }
}
