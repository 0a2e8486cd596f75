//! Numbers as Go reads and prints them, which is how Argo Rollouts records a measured value.
//!
//! Two ways to print are in use there: without an exponent for Prometheus values ([`plain`]), and
//! that of its JSON encoder for web values ([`json`]). Reading follows
//! `strconv.ParseFloat` ([`parse`]), which Prometheus answers and `asFloat` rely on.

/// Prints a value without an exponent: `10`, `0.97`, `NaN`, `+Inf`, `-Inf`.
///
/// # Source
///
/// Go 1.26 `strconv.FormatFloat(value, 'f', -1, 64)`: the shortest text that reads back the same.
pub fn plain(value: f64) -> String {
    if value.is_nan() {
        String::from("NaN")
    } else if value.is_infinite() {
        String::from(if 0.0 < value { "+Inf" } else { "-Inf" })
    } else {
        value.to_string()
    }
}

/// Prints a value as Go's JSON encoder does: with an exponent below 1e-6 and from 1e21.
///
/// JSON has no word for NaN and the infinities; they are printed as by [`plain`] and never occur in
/// a value that was read from JSON.
pub fn json(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() || magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return plain(value);
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        Some(_) | None => text,
    }
}

/// Why a text is not a number, in Go's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNumber {
    /// It is not written like one.
    #[error("invalid syntax")]
    Syntax,
    /// It is beyond the largest double, such as `1e400`.
    #[error("value out of range")]
    OutOfRange,
}

/// Reads a number as Go does: `0.97`, `NaN`, `+Inf`, `.5`, `1_000`, `0x1p-2`.
///
/// `NaN` has no sign; `Inf` and `Infinity` may have one; case does not matter. Nothing may stand
/// around the number, not even a blank.
///
/// # Errors
///
/// [`InvalidNumber`]; a value too small for a double is zero and no error.
///
/// # Source
///
/// Go 1.26 `strconv.ParseFloat(text, 64)`.
pub fn parse(text: &str) -> Result<f64, InvalidNumber> {
    if text.eq_ignore_ascii_case("nan") {
        return Ok(f64::NAN);
    }
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        Some(_) | None => (false, text),
    };
    let magnitude = magnitude(unsigned)?;
    Ok(if negative { -magnitude } else { magnitude })
}

fn magnitude(unsigned: &str) -> Result<f64, InvalidNumber> {
    if unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity") {
        return Ok(f64::INFINITY);
    }
    let hexadecimal = unsigned.starts_with("0x") || unsigned.starts_with("0X");
    let digits = if unsigned.contains('_') {
        if !underscores_are_between_digits(unsigned, hexadecimal) {
            return Err(InvalidNumber::Syntax);
        }
        &unsigned.replace('_', "")
    } else {
        unsigned
    };
    if hexadecimal {
        return hexadecimal_magnitude(&digits[2..]);
    }
    if !is_decimal(digits) {
        return Err(InvalidNumber::Syntax);
    }
    let value: f64 = digits.parse().map_err(|_| InvalidNumber::Syntax)?;
    if value.is_finite() { Ok(value) } else { Err(InvalidNumber::OutOfRange) }
}

/// Whether each `_` stands between two digits; a `0x` before it counts as a digit.
fn underscores_are_between_digits(text: &str, hexadecimal: bool) -> bool {
    let is_digit = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_digit() || (hexadecimal && byte.is_ascii_hexdigit()))
    };
    let bytes = text.as_bytes();
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(at, _)| {
        let after_prefix = hexadecimal && at == 2;
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        (after_prefix || is_digit(before)) && is_digit(bytes.get(at + 1))
    })
}

/// Whether `text` is `digits [. digits] [e [sign] digits]` with a digit before the exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && all_digits(digits)
        })
}

/// A hexadecimal number after its `0x`: `1.8p3`. The exponent is a power of two and must be there.
fn hexadecimal_magnitude(text: &str) -> Result<f64, InvalidNumber> {
    // Beyond this every number is zero or out of range, so that sums of exponents stay small.
    const EXPONENT_MAX: i64 = 1 << 40;
    let (mantissa, exponent) = text.split_once(['p', 'P']).ok_or(InvalidNumber::Syntax)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (below_zero, exponent) = match exponent.as_bytes().first() {
        Some(b'-') => (true, &exponent[1..]),
        Some(b'+') => (false, &exponent[1..]),
        Some(_) | None => (false, exponent),
    };
    let well_formed = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_hexdigit())
        && !(whole.is_empty() && fraction.is_empty())
        && !exponent.is_empty()
        && exponent.bytes().all(|byte| byte.is_ascii_digit());
    if !well_formed {
        return Err(InvalidNumber::Syntax);
    }
    let size = exponent.parse().unwrap_or(EXPONENT_MAX).min(EXPONENT_MAX);
    let mut exponent = if below_zero { -size } else { size };
    exponent -= 4 * i64::try_from(fraction.len()).unwrap_or(EXPONENT_MAX);
    let mut bits: u64 = 0;
    let mut lost = false;
    for digit in whole.chars().chain(fraction.chars()).filter_map(|digit| digit.to_digit(16)) {
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
        } else {
            // Sixty bits are more than a double holds; of the rest only whether it is zero matters.
            exponent += 4;
            lost |= digit != 0;
        }
    }
    nearest(bits, lost, exponent)
}

/// The double nearest to `bits * 2^exponent`, ties to even; `lost` says that a little more follows.
fn nearest(bits: u64, lost: bool, exponent: i64) -> Result<f64, InvalidNumber> {
    const EXPONENT_MIN: i64 = -1022;
    if bits == 0 {
        return Ok(0.0);
    }
    let shift = bits.leading_zeros();
    let bits = u128::from(bits << shift) << 1 | u128::from(lost);
    // The number is 1.xxx * 2^scale.
    let scale = exponent - i64::from(shift) + 63;
    if 1023 < scale {
        return Err(InvalidNumber::OutOfRange);
    }
    // Of the 65 bits a normal double keeps 53, a subnormal one fewer.
    let dropped = 12 + u32::try_from((EXPONENT_MIN - scale).clamp(0, 100)).unwrap_or(100);
    let (kept, rest, half) =
        (bits >> dropped, bits & ((1 << dropped) - 1), 1_u128 << (dropped - 1));
    let rounds_up = half < rest || (rest == half && kept & 1 == 1);
    let kept = u64::try_from(kept).unwrap_or_default() + u64::from(rounds_up);
    // Adding lets a carry out of the mantissa raise the exponent, as it must.
    let biased = u64::try_from((scale - EXPONENT_MIN).max(0)).unwrap_or_default();
    let value = f64::from_bits((biased << 52) + kept);
    if value.is_finite() { Ok(value) } else { Err(InvalidNumber::OutOfRange) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prometheus_values_are_printed_without_an_exponent() {
        let check = |value: f64, text: &str| assert_eq!(plain(value), text);
        check(10.0, "10");
        check(0.97, "0.97");
        check(-0.0, "-0");
        check(f64::NAN, "NaN");
        check(f64::INFINITY, "+Inf");
        check(f64::NEG_INFINITY, "-Inf");
        check(1e21, "1000000000000000000000");
        check(1e-7, "0.0000001");
        check(9_007_199_254_740_993.0, "9007199254740992");
    }

    #[test]
    fn json_numbers_are_printed_as_go_prints_them() {
        let check = |value: f64, text: &str| assert_eq!(json(value), text);
        check(0.0, "0");
        check(-0.0, "-0");
        check(1.5, "1.5");
        check(1e20, "100000000000000000000");
        check(1e21, "1e+21");
        check(-1.5e300, "-1.5e+300");
        check(1e-6, "0.000001");
        check(1e-7, "1e-7"); // not e-07
        check(1.25e-10, "1.25e-10");
        check(f64::MAX, "1.7976931348623157e+308");
        check(5e-324, "5e-324");
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let check = |text: &str, value: f64| {
            let read = parse(text).map(f64::to_bits);
            assert_eq!(read, Ok(value.to_bits()), "{text}");
        };
        check("0.97", 0.97);
        check("+5", 5.0);
        check("-0", -0.0);
        check(".5", 0.5);
        check("5.", 5.0);
        check("1e3", 1000.0);
        check("1e-400", 0.0);
        check("0e99999999999", 0.0);
        check("Inf", f64::INFINITY);
        check("+iNf", f64::INFINITY);
        check("-Infinity", f64::NEG_INFINITY);
        check("1_000", 1000.0);
        check("1_23.50_0_0e+1_2", 1.235e14);
        check("0x1p-2", 0.25);
        check("0X1P3", 8.0);
        check("0x_1p-2", 0.25);
        check("0x1_2p3", 144.0);
        check("-0x1.8p1", -3.0);
        check("0x1p-1074", 5e-324);
        check("0x0.8p-1074", 0.0); // half of the smallest: ties go to even
        check("0x0.80000000000000000000001p-1074", 5e-324);
        check("0x1.fffffffffffff7p1023", f64::MAX);
        check("0x10000000000000800p0", 18_446_744_073_709_551_616.0); // 2^64 + 2^11: a tie
        check("0x10000000000000801p0", 18_446_744_073_709_555_712.0);
        check("0x1p-99999999999999999999", 0.0);
        assert!(parse("NaN").is_ok_and(f64::is_nan));
        assert!(parse("nan").is_ok_and(f64::is_nan));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        let check =
            |text: &str, error: InvalidNumber| assert_eq!(parse(text), Err(error), "{text}");
        for text in [
            "", " 1", "1 ", ".", "e5", "1e", "1e+", "+", "--1", "+nan", "-NaN", "infin", "inf_",
            "1__2", "_1", "1_", "1_.5", "1_e5", "0x1", "0x1.8", "0xp1", "0x.p1", "0b1", "1p3",
            "1,5", "١", "0x1p", "0xgp1", "abc",
        ] {
            check(text, InvalidNumber::Syntax);
        }
        for text in
            ["1e400", "-1e400", "0x1p1024", "0x1.fffffffffffff8p1023", "1e99999999999999999999"]
        {
            check(text, InvalidNumber::OutOfRange);
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            for text in [plain(value), json(value)] {
                let read = parse(&text);
                prop_assert!(read.is_ok_and(|read| read.to_bits() == bits || read.is_nan() && value.is_nan()));
            }
        }

        #[test]
        fn hexadecimal_texts_agree_with_arithmetic(bits in any::<u64>(), exponent in -1200_i32..1100) {
            // Two exact steps: no power of two below overflows or underflows on its own.
            #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is wanted")]
            let nearest = bits as f64;
            let value = nearest * 2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2);
            prop_assume!(value == 0.0 || (f64::MIN_POSITIVE <= value && value.is_finite()));
            prop_assume!(bits == 0 || value != 0.0);
            prop_assert_eq!(parse(&format!("0x{bits:x}p{exponent}")), Ok(value));
        }

        #[test]
        fn no_text_panics(text in "[-+]?(0x)?[0-9a-f._p+-]{0,24}|.{0,20}") {
            let _ = parse(&text);
        }
    }
}
