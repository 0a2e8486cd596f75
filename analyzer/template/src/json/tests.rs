//! What is read as Go reads it, and what is refused.

use proptest::prelude::*;

use super::*;

fn check(bytes: &[u8], printed: &str) {
    let read = parse(bytes).map(|json| json.to_string());
    assert_eq!(read, Ok(printed.to_owned()), "{}", String::from_utf8_lossy(bytes));
}

fn check_fails(bytes: &[u8], offset: usize) {
    let read = parse(bytes);
    assert_eq!(read, Err(InvalidJson::Syntax { offset }), "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn strings_are_read_as_go_reads_them() {
    check(br#""a\u0041\n\/""#, r#""aA\n/""#);
    check(br#""\ud83d\ude00""#, "\"\u{1f600}\"");
    check(br#""\ud83d""#, "\"\u{fffd}\""); // no partner
    check(br#""\ud83dx""#, "\"\u{fffd}x\"");
    check(br#""\ud83d\u0041""#, "\"\u{fffd}A\"");
    check(br#""\ud83d\ud83d\ude00""#, "\"\u{fffd}\u{1f600}\"");
    check(br#""\ude00\ud83d""#, "\"\u{fffd}\u{fffd}\"");
    check(b"\"\xff\xe2\x82a\"", "\"\u{fffd}\u{fffd}\u{fffd}a\""); // one for each byte
    check(b"\"\\n\xff\"", "\"\\n\u{fffd}\"");
    check(b"{\"\xff\":1}", "{\"\u{fffd}\":1}");
    check("\"é\u{7f}\"".as_bytes(), "\"é\u{7f}\"");
}

#[test]
fn numbers_are_doubles() {
    check(b"9007199254740993", "9007199254740992");
    check(b"-0", "-0");
    check(b"1e-400", "0");
    check(b"1E+2", "100");
    check_fails(b"{\"n\":1e400}", 5);
    check(format!("0.{}1", "0".repeat(10_000)).as_bytes(), "0");
    check_fails("9".repeat(10_000).as_bytes(), 0);
}

#[test]
fn of_equal_keys_the_last_wins() {
    check(br#"{"a":{"x":1},"a":{"y":2}}"#, r#"{"a":{"y":2}}"#);
}

#[test]
fn what_go_does_not_read_is_not_json() {
    check_fails(b"", 0);
    check_fails(b" ", 1);
    check_fails(b"OK\n", 0);
    check_fails(b"NaN", 0);
    check_fails(b"{\"n\":NaN}", 5);
    check_fails(b"{\"a\":1} trailing", 8);
    check_fails(b"{\"a\":1,}", 7);
    check_fails(b"[1,]", 3);
    check_fails(b"[1 2]", 3);
    check_fails(b"[", 1);
    check_fails(b"{\"a\"", 4);
    check_fails(b"{a:1}", 1);
    check_fails(b"'a'", 0);
    check_fails(b"\"a", 2);
    check_fails(b"\"a\nb\"", 2);
    check_fails(br#""\'""#, 2);
    check_fails(br#""\u12g4""#, 5);
    check_fails(br#""\ud83d\u12"#, 11);
    check_fails(b"01", 2);
    check_fails(b"1.", 2);
    check_fails(b".5", 0);
    check_fails(b"+1", 0);
    check_fails(b"1e", 2);
    check_fails(b"-", 1);
    check_fails(b"tru", 0);
    check_fails(b"nulll", 4);
    check_fails(b"\xef\xbb\xbf1", 0); // a byte order mark
    check_fails(b"\xff", 0);
    check_fails(b"1\x00", 1);
}

#[test]
fn nesting_and_memory_are_limited() {
    let nested = |levels: usize| [b"[".repeat(levels), b"]".repeat(levels)].concat();
    assert!(parse(&nested(DEPTH_MAX)).is_ok());
    let too_deep = InvalidJson::TooDeep { offset: DEPTH_MAX + 1 };
    assert_eq!(parse(&nested(DEPTH_MAX + 2)), Err(too_deep));
    assert_eq!(parse(&b"[".repeat(1_000_000)), Err(too_deep));
    // A million elements fit, a million long keys do not.
    let million = format!("[{}1]", "1,".repeat(999_999));
    assert!(parse(million.as_bytes()).is_ok());
    let keys: Vec<String> = (0..1_000_000).map(|key| format!("\"{key}\":1")).collect();
    let keys = format!("{{{}}}", keys.join(","));
    assert!(matches!(parse(keys.as_bytes()), Err(InvalidJson::TooLarge { .. })));
}

#[test]
fn a_million_equal_keys_are_read_or_refused_in_linear_time() {
    let keys = format!("{{{}\"k\":1}}", "\"k\":0,".repeat(999_999));
    assert!(matches!(parse(keys.as_bytes()), Err(InvalidJson::TooLarge { .. })));
    let keys = format!("{{{}\"k\":1}}", "\"k\":0,".repeat(99_999));
    check(keys.as_bytes(), r#"{"k":1}"#);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_nearly_json_panics(text in r#"([\[\]{},:"\\0-9eE.+-]|true|\\ud83d|"a":){0,30}"#) {
        let _ = parse(text.as_bytes());
    }

    #[test]
    fn it_agrees_with_serde_json_on_what_is_json(
        text in r#"([\[\]{},: ]|"[a\\n"]{0,3}"|-?[0-9]{1,3}(\.[0-9])?|true|null|"a":1){0,12}"#,
    ) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        prop_assert_eq!(parse(text.as_bytes()).is_ok(), theirs.is_ok(), "{}", text);
    }
}
