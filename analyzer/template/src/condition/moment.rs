//! Times and time zones.
//!
//! Zones come from the data built into the program, never from the machine, so a condition means the
//! same everywhere. The local zone is UTC.

use std::fmt;
use std::sync::Arc;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, Zoned};

use super::layout;

/// A time in a zone.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) timestamp: Timestamp,
    pub(super) zone: Arc<Zone>,
}

/// A time zone and the name it was asked for by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// UTC.
    pub(super) fn utc() -> Self {
        Self { name: String::from("UTC"), zone: TimeZone::UTC }
    }

    /// A fixed distance from UTC, in seconds, less than a day.
    pub(super) fn fixed(name: &str, seconds: i32) -> Option<Self> {
        let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
        Some(Self { name: name.to_owned(), zone: TimeZone::fixed(offset) })
    }

    /// The zone called `name`, such as `Europe/Berlin`.
    ///
    /// # Errors
    ///
    /// A message in Go's words when there is none.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        match name {
            "" | "UTC" => return Ok(Self::utc()),
            "Local" => return Ok(Self { name: String::from("Local"), zone: TimeZone::UTC }),
            _ => {}
        }
        if name.contains("..") || name.starts_with(['/', '\\']) || name.contains('\\') {
            return Err(String::from("time: invalid location name"));
        }
        match TimeZoneDatabase::bundled().get(name) {
            // Names differ by case there; the machine's files decide in Go.
            Ok(zone) if zone.iana_name().is_none_or(|known| known == name) => {
                Ok(Self { name: name.to_owned(), zone })
            }
            Ok(_) | Err(_) => Err(format!("unknown time zone {name}")),
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The zone itself.
    pub(super) fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Moment {
    /// `timestamp` in UTC.
    pub(super) fn utc(timestamp: Timestamp) -> Self {
        Self { timestamp, zone: Arc::new(Zone::utc()) }
    }

    /// The same time in another zone.
    pub(super) fn in_zone(&self, zone: Arc<Zone>) -> Self {
        Self { timestamp: self.timestamp, zone }
    }

    /// With date and hour as the zone has them.
    pub(super) fn zoned(&self) -> Zoned {
        self.timestamp.to_zoned(self.zone.time_zone().clone())
    }

    /// Distance of the zone from UTC at this time, in seconds, and the zone's short name.
    pub(super) fn offset(&self) -> (i32, String) {
        let info = self.zone.time_zone().to_offset_info(self.timestamp);
        let short = info.abbreviation();
        let name =
            if self.zone.time_zone().iana_name().is_some() { short } else { self.zone.name() };
        (info.offset().seconds(), name.to_owned())
    }

    /// Whether the zone has daylight saving time at this time.
    pub(super) fn is_dst(&self) -> bool {
        self.zone.time_zone().to_offset_info(self.timestamp).dst().is_dst()
    }

    /// This time and `nanoseconds` more; at the ends of time it stays there.
    pub(super) fn add(&self, nanoseconds: i64) -> Arc<Self> {
        let span = SignedDuration::from_nanos(nanoseconds);
        let timestamp = self.timestamp.saturating_add(span).unwrap_or(self.timestamp);
        Arc::new(Self { timestamp, zone: Arc::clone(&self.zone) })
    }

    /// Nanoseconds since `earlier`, at most what a duration can hold.
    pub(super) fn since(&self, earlier: &Self) -> i64 {
        let nanoseconds = self.timestamp.as_nanosecond() - earlier.timestamp.as_nanosecond();
        let limit = if nanoseconds < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(nanoseconds).unwrap_or(limit)
    }

    /// As JSON has it.
    pub(super) fn rfc3339(&self) -> String {
        layout::format(self, "2006-01-02T15:04:05.999999999Z07:00")
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&layout::format(self, "2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}
