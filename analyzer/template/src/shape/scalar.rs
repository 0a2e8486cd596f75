//! What an unquoted scalar means to the YAML reader of a cluster.
//!
//! Kubernetes reads YAML 1.1, where `NO` is a bool and `010` is eight. A template that relies on
//! that is refused rather than read differently, so nothing here is more generous than a cluster.

/// What kind of value an unquoted scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// `true`, `NO`, `on`, …
    Bool,
    /// `5`, `-1`, `010`, `0x10`, `1_000`, …
    Integer,
    /// `5.0`, `1e3`, `.nan`, …
    Float,
    /// Anything else.
    Text,
}

impl Plain {
    /// The kind of `text`, written without quotes.
    pub fn of(text: &str) -> Self {
        if is_bool(text) {
            return Self::Bool;
        }
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        if is_integer(unsigned) {
            Self::Integer
        } else if is_float(unsigned) {
            Self::Float
        } else {
            Self::Text
        }
    }

    /// The kind with its article, as in "is read as a number".
    pub fn described(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Integer | Self::Float => "a number",
            Self::Text => "a text",
        }
    }
}

/// `true` or `false` in one of the three ways that every YAML reader agrees on; `yes` is none.
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A whole number written the one way that every YAML reader agrees on: `-?[0-9]+`, no zero in
/// front.
///
/// None for any other text and for what does not fit 64 bits.
pub fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" || !digits.starts_with('0');
    if digits.is_empty() || !canonical || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// A number as YAML writes it, or as Prometheus does: `0.97`, `1e3`, `.nan`, `NaN`, `-.inf`, `+Inf`.
///
/// None for any other text and for what is too large for a double.
pub fn number(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = match unsigned.trim_start_matches('.') {
        "nan" | "NaN" | "NAN" => f64::NAN,
        "inf" | "Inf" | "INF" => f64::INFINITY,
        _ if is_float(unsigned) || unsigned.bytes().all(|byte| byte.is_ascii_digit()) => {
            unsigned.parse().ok().filter(|value: &f64| value.is_finite())?
        }
        _ => return None,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// A number, or one in percent: `0.05` and `5%` are the same.
pub fn share(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => number(percent.trim_end()).map(|value| value / 100.0),
        None => number(text),
    }
}

fn is_bool(text: &str) -> bool {
    const WORDS: [&str; 7] = ["true", "false", "yes", "no", "on", "off", "y"];
    // One case or the other or a capital in front, but not `tRUE`.
    let lower = text.to_ascii_lowercase();
    let known = text.len() <= 5 && (WORDS.contains(&lower.as_str()) || lower == "n");
    let tail = text.get(1..).unwrap_or_default();
    let first_is_lower = text.starts_with(|first: char| first.is_ascii_lowercase());
    let same_case = tail.bytes().all(|byte| byte.is_ascii_lowercase())
        || !first_is_lower && tail.bytes().all(|byte| byte.is_ascii_uppercase());
    known && same_case
}

fn is_integer(unsigned: &str) -> bool {
    let digits_of = |prefix: &str, is_digit: fn(&u8) -> bool| {
        let digits = unsigned.strip_prefix(prefix).unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| is_digit(&byte) || byte == b'_')
    };
    unsigned.starts_with(|first: char| first.is_ascii_digit())
        && (digits_of("", u8::is_ascii_digit)
            || digits_of("0x", u8::is_ascii_hexdigit)
            || digits_of("0o", |digit| (b'0'..=b'7').contains(digit))
            || digits_of("0b", |digit| matches!(digit, b'0' | b'1')))
}

fn is_float(unsigned: &str) -> bool {
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_is_good =
        digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_is_good = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_is_good && exponent_is_good && (exponent.is_some() || mantissa.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unquoted_scalar_is_what_a_cluster_takes_it_for() {
        let check = |texts: &[&str], expected: Plain| {
            for text in texts {
                assert_eq!(Plain::of(text), expected, "{text}");
            }
        };
        check(&["true", "NO", "Yes", "off", "y", "N", "FALSE"], Plain::Bool);
        check(
            &["0", "5", "-1", "010", "0x1F", "0o17", "0b11", "1_000", "99999999999999999999"],
            Plain::Integer,
        );
        check(&["5.0", "1e3", ".5", "1.", "-1.5E-3", ".nan", "-.inf", ".Inf"], Plain::Float);
        check(
            &[
                "", "nO", "tRUE", "yess", "e3", "1e", ".", "0x", "1m", "1.2.3", "NaN", "v1", "_1",
                "--1",
            ],
            Plain::Text,
        );
    }

    #[test]
    fn whole_numbers_are_written_one_way() {
        let check =
            |text: &str, expected: Option<i64>| assert_eq!(integer(text), expected, "{text}");
        check("5", Some(5));
        check("-1", Some(-1));
        check("0", Some(0));
        check("9223372036854775807", Some(i64::MAX));
        check("9223372036854775808", None); // 2^63
        check("010", None);
        check("+5", None);
        check("0x10", None);
        check("5.0", None);
        check("", None);
        check("-", None);
        check("٣", None);
    }

    #[test]
    fn shares_are_numbers_or_percent() {
        let check = |text: &str, expected: Option<f64>| {
            assert_eq!(share(text).map(f64::to_bits), expected.map(f64::to_bits), "{text}");
        };
        check("0.05", Some(0.05));
        check("5%", Some(0.05));
        check("0.05 %", Some(0.0005));
        check("150%", Some(1.5));
        check("%", None);
        check("5%%", None);
        check("five%", None);
    }

    #[test]
    fn numbers_are_those_of_yaml_and_prometheus() {
        let check = |text: &str, expected: &str| {
            assert_eq!(
                number(text).map(|value| value.to_string()).unwrap_or_default(),
                expected,
                "{text}"
            );
        };
        check("0.97", "0.97");
        check("1e3", "1000");
        check("-.inf", "-inf");
        check("+Inf", "inf");
        check("NaN", "NaN");
        check(".nan", "NaN");
        check("1e400", "");
        check("infinity", "");
        check("", "");
        check("0x10", "");
        check("five", "");
    }
}
