//! The built-in functions on times, and the methods of times and durations.

use std::sync::Arc;

use jiff::civil::ISOWeekDate;
use jiff::{SignedDuration, Timestamp};

use super::super::builtin::Builtin;
use super::super::layout;
use super::super::method::{Method, MethodName, Receiver};
use super::super::moment::{Moment, Zone};
use super::super::span_of_time;
use super::super::value::{Number, Value, show};
use super::operators::text;
use super::{Evaluation, Step, conversion, fault};

/// The layouts that `date` tries by itself.
const LAYOUTS: [&str; 7] = [
    "2006-01-02",
    "15:04:05",
    "2006-01-02 15:04:05",
    "2006-01-02T15:04:05Z07:00",
    "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST",
    "Mon, 02 Jan 2006 15:04:05 MST",
];

/// The first instant of the year 1, which Go takes for no time at all.
const ZERO_SECOND: i64 = -62_135_596_800;

impl<'v> Evaluation<'v> {
    pub(super) fn time(&mut self, builtin: Builtin, arguments: &[Value<'v>]) -> Step<Value<'v>> {
        match (builtin, arguments) {
            (Builtin::Now, []) => Ok(Value::Time(Arc::new(Moment::utc(self.now)))),
            (Builtin::Now, [Value::Zone(zone)]) => {
                let moment = Moment::utc(self.now).in_zone(Arc::clone(zone));
                Ok(Value::Time(Arc::new(moment)))
            }
            (Builtin::Duration, [value]) => match span_of_time::parse(&text(value)?.lossy()) {
                Ok(nanoseconds) => Ok(Value::Duration(nanoseconds)),
                Err(message) => fault(message),
            },
            (Builtin::Timezone, [name]) => {
                self.work(100)?;
                zone(&text(name)?.lossy()).map(Value::Zone)
            }
            (Builtin::Date, arguments) => {
                self.work(100)?;
                date(arguments)
            }
            (_, arguments) => {
                fault(format!("invalid number of arguments (expected 0, got {})", arguments.len()))
            }
        }
    }

    pub(super) fn call_method(
        &mut self,
        on: &Value<'v>,
        method: Method,
        arguments: &[Value<'v>],
    ) -> Step<Value<'v>> {
        let wanted = method.parameters().len();
        if arguments.len() != wanted {
            return fault(format!(
                "invalid number of arguments: expected {wanted}, got {}",
                arguments.len()
            ));
        }
        match (method.receiver, on) {
            (Receiver::Time, Value::Time(moment)) => self.of_time(moment, method.name, arguments),
            (Receiver::Duration, Value::Duration(span)) => {
                self.of_duration(*span, method.name, arguments)
            }
            // The others have one method, which says what they are called.
            (_, on) => {
                let shown = show(on);
                self.text(shown)
            }
        }
    }

    fn of_time(
        &mut self,
        moment: &Arc<Moment>,
        name: MethodName,
        arguments: &[Value<'v>],
    ) -> Step<Value<'v>> {
        use MethodName as M;
        let at = moment.zoned();
        Ok(match name {
            M::After => Value::Bool(argument(arguments)?.timestamp < moment.timestamp),
            M::Before => Value::Bool(moment.timestamp < argument(arguments)?.timestamp),
            M::Equal => Value::Bool(moment.timestamp == argument(arguments)?.timestamp),
            M::Compare => Value::Int(moment.timestamp.cmp(&argument(arguments)?.timestamp) as i64),
            M::Sub => Value::Duration(moment.since(argument(arguments)?)),
            M::Add => Value::Time(moment.add(span(arguments)?)),
            M::AddDate => add_date(moment, arguments)?,
            M::Round | M::Truncate => round_time(moment, span(arguments)?, name == M::Round),
            M::IsZero => Value::Bool(
                moment.timestamp.as_second() == ZERO_SECOND
                    && moment.timestamp.subsec_nanosecond() == 0,
            ),
            M::IsDst => Value::Bool(moment.is_dst()),
            M::Year => Value::Int(i64::from(at.year())),
            M::Month => Value::Month(i64::from(at.month())),
            M::Day => Value::Int(i64::from(at.day())),
            M::Weekday => Value::Weekday(i64::from(at.weekday().to_sunday_zero_offset())),
            M::YearDay => Value::Int(i64::from(at.day_of_year())),
            M::IsoWeek => Value::Int(i64::from(ISOWeekDate::from(at.date()).year())),
            M::Hour => Value::Int(i64::from(at.hour())),
            M::Minute => Value::Int(i64::from(at.minute())),
            M::Second => Value::Int(i64::from(at.second())),
            M::Nanosecond => Value::Int(i64::from(at.subsec_nanosecond())),
            M::Unix => Value::Int64(floor(moment.timestamp.as_nanosecond(), 1_000_000_000)),
            M::UnixMilli => Value::Int64(floor(moment.timestamp.as_nanosecond(), 1_000_000)),
            M::UnixMicro => Value::Int64(floor(moment.timestamp.as_nanosecond(), 1_000)),
            M::UnixNano => Value::Int64(floor(moment.timestamp.as_nanosecond(), 1)),
            M::Utc => Value::Time(Arc::new(Moment::utc(moment.timestamp))),
            M::In => match arguments {
                [Value::Zone(zone)] => Value::Time(Arc::new(moment.in_zone(Arc::clone(zone)))),
                _ => return fault("time: missing Location in call to Time.In"),
            },
            M::Location => Value::Zone(Arc::clone(&moment.zone)),
            M::Format => match arguments {
                [layout] => {
                    let layout = text(layout)?.lossy();
                    self.work(layout.len().saturating_mul(8))?;
                    self.text(layout::format(moment, &layout))?
                }
                _ => return fault("invalid number of arguments"),
            },
            M::String => self.text(moment.to_string())?,
            M::Zone => self.text(moment.offset().1)?,
            M::Abs
            | M::Hours
            | M::Minutes
            | M::Seconds
            | M::Milliseconds
            | M::Microseconds
            | M::Nanoseconds => {
                return fault(format!("cannot fetch {} from time.Time", name.text()));
            }
        })
    }

    fn of_duration(
        &mut self,
        nanoseconds: i64,
        name: MethodName,
        arguments: &[Value<'v>],
    ) -> Step<Value<'v>> {
        use MethodName as M;
        Ok(if name == M::Hours {
            Value::Float(in_units(nanoseconds, 3_600_000_000_000))
        } else if name == M::Minutes {
            Value::Float(in_units(nanoseconds, 60_000_000_000))
        } else if name == M::Seconds {
            Value::Float(in_units(nanoseconds, 1_000_000_000))
        } else if name == M::Milliseconds {
            Value::Int64(nanoseconds / 1_000_000)
        } else if name == M::Microseconds {
            Value::Int64(nanoseconds / 1_000)
        } else if name == M::Nanoseconds {
            Value::Int64(nanoseconds)
        } else if name == M::Abs {
            Value::Duration(nanoseconds.saturating_abs())
        } else if name == M::Truncate {
            let unit = span(arguments)?;
            let cut = if unit <= 0 { 0 } else { nanoseconds.wrapping_rem(unit) };
            Value::Duration(nanoseconds - cut)
        } else if name == M::Round {
            Value::Duration(round_span(nanoseconds, span(arguments)?))
        } else {
            self.text(span_of_time::format(nanoseconds))?
        })
    }
}

fn zone(name: &str) -> Step<Arc<Zone>> {
    match Zone::named(name) {
        Ok(zone) => Ok(Arc::new(zone)),
        Err(message) => fault(message),
    }
}

/// `date(zone?, text, layout?, zone name?)`.
fn date<'v>(arguments: &[Value<'v>]) -> Step<Value<'v>> {
    let (given, rest) = match arguments {
        [Value::Zone(zone), rest @ ..] => (Some(Arc::clone(zone)), rest),
        all => (None, all),
    };
    let parsed = match rest {
        [date] => {
            let zone = given.unwrap_or_else(|| Arc::new(Zone::utc()));
            let date = text(date)?.lossy();
            LAYOUTS
                .iter()
                .find_map(|layout| layout::parse(&date, layout, &zone).ok())
                .ok_or_else(|| format!("invalid date {date}"))
        }
        [date, layout] => {
            let zone = given.unwrap_or_else(|| Arc::new(Zone::utc()));
            layout::parse(&text(date)?.lossy(), &text(layout)?.lossy(), &zone)
        }
        [date, layout, name] => {
            let zone = zone(&text(name)?.lossy())?;
            layout::parse(&text(date)?.lossy(), &text(layout)?.lossy(), &zone)
        }
        _ => return fault("runtime error: index out of range"),
    };
    match parsed {
        Ok(moment) => Ok(Value::Time(Arc::new(moment))),
        Err(message) => fault(message),
    }
}

fn argument<'t>(arguments: &'t [Value<'_>]) -> Step<&'t Moment> {
    match arguments {
        [Value::Time(moment)] => Ok(moment),
        [other, ..] => conversion(other, "time.Time"),
        [] => fault("invalid number of arguments"),
    }
}

fn span(arguments: &[Value<'_>]) -> Step<i64> {
    match arguments {
        [Value::Duration(span)] => Ok(*span),
        [other, ..] => conversion(other, "time.Duration"),
        [] => fault("invalid number of arguments"),
    }
}

fn in_units(nanoseconds: i64, unit: i64) -> f64 {
    // Whole and rest apart, which is how Go keeps the precision.
    Number::Int(nanoseconds / unit).float()
        + Number::Int(nanoseconds % unit).float() / Number::Int(unit).float()
}

fn floor(nanoseconds: i128, unit: i128) -> i64 {
    i64::try_from(nanoseconds.div_euclid(unit)).unwrap_or(i64::MIN)
}

/// Half away from zero.
fn round_span(nanoseconds: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return nanoseconds;
    }
    let rest = nanoseconds.wrapping_rem(unit);
    let up = unit / 2 + unit % 2 <= rest.abs();
    let down = nanoseconds - rest;
    match (up, nanoseconds < 0) {
        (false, _) => down,
        (true, false) => down.saturating_add(unit),
        (true, true) => down.saturating_sub(unit),
    }
}

/// Counted from the first instant of the year 1.
fn round_time<'v>(moment: &Arc<Moment>, unit: i64, nearest: bool) -> Value<'v> {
    if unit <= 0 {
        return Value::Time(Arc::clone(moment));
    }
    let since = moment.timestamp.as_nanosecond() - i128::from(ZERO_SECOND) * 1_000_000_000;
    let rest = i64::try_from(since.rem_euclid(i128::from(unit))).unwrap_or(0);
    let up = nearest && unit / 2 + unit % 2 <= rest;
    Value::Time(moment.add(if up { unit - rest } else { -rest }))
}

/// Years, months and days added the way Go does it: what overflows a month runs into the next.
fn add_date<'v>(moment: &Arc<Moment>, arguments: &[Value<'v>]) -> Step<Value<'v>> {
    let [years, months, days] = arguments else {
        return fault("invalid number of arguments");
    };
    let whole = |value: &Value<'_>| match value {
        Value::Int(value) => Ok(*value),
        other => conversion(other, "int"),
    };
    let (years, months, days) = (whole(years)?, whole(months)?, whole(days)?);
    let moved = moved(moment, years, months, days);
    Ok(Value::Time(moved.map_or_else(|| Arc::clone(moment), Arc::new)))
}

fn moved(moment: &Moment, years: i64, months: i64, days: i64) -> Option<Moment> {
    let at = moment.zoned();
    let month = i64::from(at.month()) - 1;
    let all = i64::from(at.year()).checked_add(years)?.checked_mul(12)?.checked_add(month)?;
    let all = all.checked_add(months)?;
    let year = i16::try_from(all.div_euclid(12)).ok()?;
    let month = i8::try_from(all.rem_euclid(12) + 1).ok()?;
    let first = jiff::civil::Date::new(year, month, 1).ok()?;
    let days = i64::from(at.day()).checked_sub(1)?.checked_add(days)?;
    let date = first.checked_add(SignedDuration::from_secs(days.checked_mul(86_400)?)).ok()?;
    let zone = moment.zone.time_zone();
    let timestamp: Timestamp =
        zone.to_ambiguous_timestamp(date.to_datetime(at.time())).compatible().ok()?;
    Some(Moment { timestamp, zone: Arc::clone(&moment.zone) })
}
