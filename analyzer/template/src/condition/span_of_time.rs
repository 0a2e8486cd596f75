//! Durations as Go writes them: `1h30m0s`.

const NANOSECOND: u64 = 1;
const MICROSECOND: u64 = 1_000 * NANOSECOND;
const MILLISECOND: u64 = 1_000 * MICROSECOND;
pub(super) const SECOND: u64 = 1_000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The nanoseconds that `text` stands for.
///
/// # Errors
///
/// A message in Go's words.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole = digits(&mut rest);
        let fraction = match rest.strip_prefix('.') {
            Some(after) => {
                rest = after;
                digits(&mut rest)
            }
            None => "",
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, after) = rest.split_at(end);
        rest = after;
        let unit = match unit {
            "ns" => NANOSECOND,
            "us" | "µs" | "μs" => MICROSECOND,
            "ms" => MILLISECOND,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "" => return Err(format!("time: missing unit in duration {}", quoted(text))),
            other => {
                return Err(format!(
                    "time: unknown unit {} in duration {}",
                    quoted(other),
                    quoted(text)
                ));
            }
        };
        let part = part(whole, fraction, unit).ok_or_else(invalid)?;
        total = total.checked_add(part).filter(|total| *total <= 1 << 63).ok_or_else(invalid)?;
    }
    if negative {
        return Ok(0_i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn digits<'t>(rest: &mut &'t str) -> &'t str {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    digits
}

fn part(whole: &str, fraction: &str, unit: u64) -> Option<u64> {
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut part = whole.checked_mul(unit)?;
    let mut size = u128::from(unit);
    let mut below = 0_u128;
    let mut scale = 1_u128;
    // Digits beyond the eighteenth are less than a nanosecond of anything.
    for digit in fraction.bytes().take(18) {
        below = below * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    size = size * below / scale;
    part = part.checked_add(u64::try_from(size).ok()?)?;
    Some(part)
}

/// A duration of `nanoseconds`, as Go prints it.
pub(super) fn format(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    if size == 0 {
        return String::from("0s");
    }
    if size < MICROSECOND {
        return format!("{sign}{size}ns");
    }
    if size < MILLISECOND {
        return format!("{sign}{}µs", decimal(size, MICROSECOND));
    }
    if size < SECOND {
        return format!("{sign}{}ms", decimal(size, MILLISECOND));
    }
    let seconds = decimal(size % MINUTE, SECOND);
    let (hours, minutes) = (size / HOUR, size % HOUR / MINUTE);
    if 0 < hours {
        format!("{sign}{hours}h{minutes}m{seconds}s")
    } else if 0 < minutes {
        format!("{sign}{minutes}m{seconds}s")
    } else {
        format!("{sign}{seconds}s")
    }
}

fn decimal(value: u64, unit: u64) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_as_in_go() {
        let check = |text: &str, nanoseconds: i64, printed: &str| {
            assert_eq!(parse(text), Ok(nanoseconds), "{text}");
            assert_eq!(format(nanoseconds), printed, "{text}");
        };
        check("0", 0, "0s");
        check("1h30m", 5_400_000_000_000, "1h30m0s");
        check("-1.5h", -5_400_000_000_000, "-1h30m0s");
        check("1500ms", 1_500_000_000, "1.5s");
        check("1.5us", 1_500, "1.5µs");
        check("12ns", 12, "12ns");
        check(".5s", 500_000_000, "500ms");
        check("90s", 90_000_000_000, "1m30s");
    }

    #[test]
    fn rubbish_is_refused_in_the_words_of_go() {
        let check = |text: &str, message: &str| {
            assert_eq!(parse(text), Err(String::from(message)), "{text}");
        };
        check("??", "time: invalid duration \"??\"");
        check("", "time: invalid duration \"\"");
        check("5", "time: missing unit in duration \"5\"");
        check("1d", "time: unknown unit \"d\" in duration \"1d\"");
        check("9999999h", "time: invalid duration \"9999999h\"");
    }
}
