//! Go durations: `30s`, `1m30s`, `1.5h`, `500ms`.
//!
//! Templates are written for Go's `time.ParseDuration`, so what it accepts is accepted here, what it
//! refuses is refused in its words, and the value is the same to the nanosecond.

use std::fmt::{self, Write as _};
use std::time::Duration;

use jiff::SignedDuration;

/// Go keeps a duration as a signed 64-bit count of nanoseconds; one more is allowed below zero.
const MAGNITUDE_MAX: u64 = 1 << 63;

/// Units in nanoseconds. The micro sign (U+00B5) and the Greek letter mu (U+03BC) both occur.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Why a text is not a duration, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDuration {
    /// It is not a sequence of numbers with units, or exceeds about 292 years.
    #[error("time: invalid duration {}", Quoted(.text))]
    Malformed {
        /// The whole text.
        text: String,
    },
    /// A number without a unit, such as `5`.
    #[error("time: missing unit in duration {}", Quoted(.text))]
    MissingUnit {
        /// The whole text.
        text: String,
    },
    /// A unit Go does not know, such as `d`.
    #[error("time: unknown unit {} in duration {}", Quoted(.unit), Quoted(.text))]
    UnknownUnit {
        /// The unit as written.
        unit: String,
        /// The whole text.
        text: String,
    },
    /// A good duration, but below zero where that has no meaning.
    #[error("duration {} is negative", Quoted(.text))]
    Negative {
        /// The whole text.
        text: String,
    },
}

/// Reads a Go duration; it may be negative, and lies within about 292 years of zero.
///
/// # Errors
///
/// [`InvalidDuration`] with the text of Go's error.
///
/// # Source
///
/// Go 1.26 `time.ParseDuration`, whose rounding of fractions is kept.
pub fn parse(text: &str) -> Result<SignedDuration, InvalidDuration> {
    let malformed = || InvalidDuration::Malformed { text: text.to_owned() };
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        Some(_) | None => (false, text),
    };
    if unsigned == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if unsigned.is_empty() {
        return Err(malformed());
    }
    let mut total: u64 = 0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let (nanoseconds, after) = part(rest, text)?;
        total = total
            .checked_add(nanoseconds)
            .filter(|total| *total <= MAGNITUDE_MAX)
            .ok_or_else(malformed)?;
        rest = after;
    }
    let magnitude = i128::from(total);
    let nanoseconds = i64::try_from(if negative { -magnitude } else { magnitude });
    nanoseconds.map(SignedDuration::from_nanos).map_err(|_| malformed())
}

/// Reads a Go duration where a negative one has no meaning.
///
/// # Errors
///
/// As [`parse`], and [`InvalidDuration::Negative`].
pub fn parse_unsigned(text: &str) -> Result<Duration, InvalidDuration> {
    let signed = parse(text)?;
    Duration::try_from(signed).map_err(|_| InvalidDuration::Negative { text: text.to_owned() })
}

/// One number with its unit at the start of `rest`, in nanoseconds, and what follows it.
fn part<'a>(rest: &'a str, text: &str) -> Result<(u64, &'a str), InvalidDuration> {
    let malformed = || InvalidDuration::Malformed { text: text.to_owned() };
    let (whole_digits, rest) = digits(rest);
    let (fraction_digits, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole_digits.is_empty() && fraction_digits.is_empty() {
        return Err(malformed());
    }
    let whole = if whole_digits.is_empty() {
        0
    } else {
        whole_digits.parse().ok().filter(|n| *n <= MAGNITUDE_MAX).ok_or_else(malformed)?
    };
    let unit_end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(unit_end);
    if unit.is_empty() {
        return Err(InvalidDuration::MissingUnit { text: text.to_owned() });
    }
    let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(InvalidDuration::UnknownUnit { unit: unit.to_owned(), text: text.to_owned() });
    };
    whole
        .checked_mul(*size)
        .and_then(|nanoseconds| nanoseconds.checked_add(fraction(fraction_digits, *size)))
        .filter(|nanoseconds| *nanoseconds <= MAGNITUDE_MAX)
        .map(|nanoseconds| (nanoseconds, after))
        .ok_or_else(malformed)
}

/// The ASCII digits at the start of `text`, and the rest.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// The nanoseconds of `0.<digits>` units, cut to whole ones.
///
/// Digits beyond what 63 bits hold are dropped, and the product is a double, both as Go does it:
/// doing better here would give another deadline than the controller's.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the rounding is Go's, and the product lies in 0 to 3.6e12"
)]
fn fraction(digits: &str, unit: u64) -> u64 {
    let mut value: u64 = 0;
    let mut scale = 1.0_f64;
    for digit in digits.bytes().map(|byte| u64::from(byte - b'0')) {
        let next = value.checked_mul(10).and_then(|value| value.checked_add(digit));
        // Go tests before it multiplies, so a value that would still just fit is dropped too.
        match next {
            Some(next) if value <= (MAGNITUDE_MAX - 1) / 10 && next <= MAGNITUDE_MAX => {
                value = next;
                scale *= 10.0;
            }
            Some(_) | None => break,
        }
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

/// Prints a duration as Go does: `1m30s`, `1h0m0s`, `500ms`, `1.5µs`, `0s`.
pub fn format(duration: SignedDuration) -> String {
    let nanoseconds = duration.as_nanos();
    let magnitude = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let body = match magnitude {
        0 => String::from("0s"),
        1..1_000 => format!("{magnitude}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(magnitude, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(magnitude, 6)),
        1_000_000_000.. => clock(magnitude),
    };
    format!("{sign}{body}")
}

/// Prints a duration as Go does; see [`format`].
pub fn format_unsigned(duration: Duration) -> String {
    // Go would not hold more than 292 years either; such a duration is shown as the largest one.
    format(SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX))
}

/// A second or more: hours and minutes appear only when there are some above them.
fn clock(nanoseconds: u128) -> String {
    const MINUTE: u128 = 60_000_000_000;
    let seconds = decimal(nanoseconds % MINUTE, 9);
    let minutes = nanoseconds / MINUTE;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// `value / 10^places` without trailing zeros.
fn decimal(value: u128, places: u32) -> String {
    let scale = 10_u128.pow(places);
    let (whole, fraction) = (value / scale, value % scale);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = usize::try_from(places).unwrap_or_default();
    let padded = format!("{fraction:0width$}");
    format!("{whole}.{}", padded.trim_end_matches('0'))
}

/// A text in the quotes of Go's time package: bytes outside printable ASCII as `\xNN`.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for byte in self.0.bytes() {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                // Go counts DEL as printable here.
                b' '..=0x7f => f.write_char(char::from(byte))?,
                0..b' ' | 0x80.. => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, nanoseconds: i64, printed: &str) {
        let duration = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(duration.as_nanos(), i128::from(nanoseconds), "{text}");
        assert_eq!(format(duration), printed, "{text}");
    }

    fn check_fails(text: &str, message: &str) {
        assert_eq!(parse(text).map_err(|error| error.to_string()), Err(message.to_owned()));
    }

    #[test]
    fn durations_are_read_and_printed_as_go_does() {
        check("30s", 30_000_000_000, "30s");
        check("1m30s", 90_000_000_000, "1m30s");
        check("1h1h", 7_200_000_000_000, "2h0m0s");
        check("1.5h", 5_400_000_000_000, "1h30m0s");
        check(".5s", 500_000_000, "500ms");
        check("5.s", 5_000_000_000, "5s");
        check("500ms", 500_000_000, "500ms");
        check("1.5ms", 1_500_000, "1.5ms");
        check("1us", 1_000, "1µs");
        check("1.5µs", 1_500, "1.5µs"); // U+00B5
        check("1.5μs", 1_500, "1.5µs"); // U+03BC
        check("7ns", 7, "7ns");
        check("-1m", -60_000_000_000, "-1m0s");
        check("+5s", 5_000_000_000, "5s");
        check("0", 0, "0s");
        check("-0", 0, "0s");
        check("0s", 0, "0s");
        check("1h0m0.000000001s", 3_600_000_000_001, "1h0m0.000000001s");
        check("9223372036854775807ns", i64::MAX, "2562047h47m16.854775807s");
        check("-9223372036854775808ns", i64::MIN, "-2562047h47m16.854775808s");
        check("0.9223372036854775807h", 3_320_413_933_267, "55m20.413933267s");
        check("0.100000000000000000000h", 360_000_000_000, "6m0s");
        check("0.3333333333333333333h", 1_200_000_000_000, "20m0s"); // Go rounds this one up
        check("1.0000000005s", 1_000_000_000, "1s"); // below a nanosecond: cut off
    }

    #[test]
    fn what_go_refuses_is_refused_in_its_words() {
        check_fails("", r#"time: invalid duration """#);
        check_fails("5", r#"time: missing unit in duration "5""#);
        check_fails("5 m", r#"time: unknown unit " m" in duration "5 m""#);
        check_fails("60s-typo", r#"time: unknown unit "s-typo" in duration "60s-typo""#);
        check_fails("1d", r#"time: unknown unit "d" in duration "1d""#);
        check_fails("1H", r#"time: unknown unit "H" in duration "1H""#);
        check_fails("1.3.3s", r#"time: missing unit in duration "1.3.3s""#);
        check_fails(".s", r#"time: invalid duration ".s""#);
        check_fails("-", r#"time: invalid duration "-""#);
        check_fails("--1s", r#"time: invalid duration "--1s""#);
        check_fails(" 1s", r#"time: invalid duration " 1s""#);
        check_fails("s", r#"time: invalid duration "s""#);
        check_fails("1e9h", r#"time: unknown unit "e" in duration "1e9h""#);
        check_fails("10000000000h", r#"time: invalid duration "10000000000h""#);
        check_fails("9223372036854775808ns", r#"time: invalid duration "9223372036854775808ns""#);
        check_fails("-9223372036854775809ns", r#"time: invalid duration "-9223372036854775809ns""#);
        check_fails("99999999999999999999s", r#"time: invalid duration "99999999999999999999s""#);
        check_fails("2562047h48m", r#"time: invalid duration "2562047h48m""#);
        // Arabic-Indic digits are digits to Unicode, not to Go.
        check_fails("١s", r#"time: invalid duration "\xd9\xa1s""#);
        check_fails("1\"\ns", r#"time: unknown unit "\"\x0as" in duration "1\"\x0as""#);
    }

    #[test]
    fn a_negative_duration_is_refused_where_it_has_no_meaning() {
        assert_eq!(parse_unsigned("1m"), Ok(Duration::from_secs(60)));
        let error = parse_unsigned("-1m").map_err(|error| error.to_string());
        assert_eq!(error, Err(String::from(r#"duration "-1m" is negative"#)));
        assert_eq!(format_unsigned(Duration::from_millis(1_500)), "1.5s");
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(nanoseconds in any::<i64>()) {
            let duration = SignedDuration::from_nanos(nanoseconds);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }

        #[test]
        fn no_text_panics(text in "[-+]?[0-9.a-zµ μ١]{0,12}|.{0,20}") {
            drop(parse(&text));
        }
    }
}
