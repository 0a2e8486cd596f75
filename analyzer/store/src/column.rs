//! Values as columns of a database.

use jiff::Timestamp;

/// Nanoseconds since 1970; times before 1678 and after 2261 are as those.
pub(crate) fn time(at: Timestamp) -> i64 {
    let nanos = at.as_nanosecond();
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

pub(crate) fn timestamp(nanos: i64) -> Timestamp {
    // 64 bits of nanoseconds are well within what a timestamp holds.
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default()
}

/// A number as a column. All our numbers count something and stay far below 2^63.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or_default()
}

pub(crate) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// `state` of a delivery.
pub(crate) const DUE: i64 = 0;
/// `state` of a delivery.
pub(crate) const DELIVERED: i64 = 1;
/// `state` of a delivery.
pub(crate) const DEAD: i64 = 2;
