//! The dialect as a whole, against what client-go answered.

use proptest::prelude::*;

use super::*;
use crate::json;

/// The value, or the message of the problem.
fn answer(path: &str, body: &str) -> Result<String, String> {
    let root = json::parse(body.as_bytes()).map_err(|error| error.to_string())?;
    let path = JsonPath::parse(path).map_err(|error| error.to_string())?;
    match path.find(root) {
        Ok(Some(value)) => Ok(value.to_string()),
        Ok(None) => Err(String::from("result of web metric produced no value")),
        Err(error) => Err(error.to_string()),
    }
}

/// A row of `fixtures/web/kubectl.json`.
#[derive(serde::Deserialize)]
struct Row {
    path: String,
    body: String,
    value: Option<String>,
    error: Option<String>,
}

/// The messages agree, except that ours never repeats the data, and that unknown words and operators
/// are found before anything else.
fn same_message(ours: &str, theirs: &str) -> bool {
    const NOT_A_LIST: &str = " is not array or slice and cannot be filtered";
    ours == theirs
        || ours.starts_with("unrecognized ")
        || (ours.ends_with(NOT_A_LIST) && theirs.ends_with(NOT_A_LIST))
}

#[test]
fn every_answer_of_client_go_is_ours() {
    let text = include_str!("../../../../fixtures/web/kubectl.json");
    let rows: Vec<Row> = serde_json::from_str(text).unwrap();
    let mut differences = Vec::new();
    for row in &rows {
        let ours = answer(&row.path, &row.body);
        let agree = match (&ours, &row.value, &row.error) {
            (Ok(ours), Some(theirs), None) => ours == theirs,
            (Err(ours), None, Some(theirs)) => same_message(ours, theirs),
            (Ok(_) | Err(_), _, _) => false,
        };
        if !agree {
            let theirs = row.value.as_ref().or(row.error.as_ref());
            differences.push(format!("{} on {}: {ours:?}, not {theirs:?}", row.path, row.body));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn check(path: &str, body: &str, value: &str) {
    assert_eq!(answer(path, body), Ok(value.to_owned()), "{path:.200} on {body:.200}");
}

fn check_fails(path: &str, body: &str, message: &str) {
    assert_eq!(answer(path, body), Err(message.to_owned()), "{path:.200} on {body:.200}");
}

#[test]
fn the_first_match_wins() {
    check("{$}", r#"{"b":1,"a":2}"#, r#"{"a":2,"b":1}"#);
    check("$.a", r#"{"a":1}"#, r#""$.a""#); // no braces, no path
    check("a={$.a}", r#"{"a":1}"#, r#""a=""#);
    check("{$['b','a']}", r#"{"a":1,"b":2}"#, "2");
    check("{.items[?(@.n=='b')].v}", r#"{"items":[{"n":"a","v":1},{"n":"b","v":9}]}"#, "9");
    check("{range .items[*]}{.l[*]}{end}", r#"{"items":[{"l":[]},{"l":[7]}]}"#, "7");
    check(r"{$.a\.b}", r#"{"a.b":7}"#, "7");
    check("{$[-1]}", "[1,2,3]", "3");
    check("{$[::2]}", "[1,2,3]", "1");
    check("{$..v}", r#"{"a":[{"v":1}],"b":{"v":2}}"#, "1");
    check_fails("{$[*]}", "[]", "result of web metric produced no value");
    check_fails("{$.c}", r#"{"a":1}"#, "c is not found");
    check_fails("{$[0]}", "[]", "array index out of bounds: index 0, length 0");
    check_fails("{[?(@.v>5)]}", r#"[{"v":9}]"#, "incompatible types for comparison");
    check_fails("{$.a[}", "{}", "unterminated array");
}

#[test]
fn keys_are_visited_in_sorted_order() {
    check("{$.*}", r#"{"b":1,"a":2}"#, "2");
    check("{$...*}", r#"{"b":[1],"a":[2]}"#, "[2]");
    check("{.*[0]}", r#"{"b":[1],"a":[2]}"#, "2");
}

#[test]
fn null_is_a_value_and_never_a_panic() {
    // client-go panics on each of these, in the middle of the controller.
    check("{$}", "null", "null");
    check("{}", "null", "null");
    check("{range}{$}{end}", "null", "null");
    check("{range $[*]}{@}{end}", "[null,1]", "null");
    check_fails("{$[*]}", "null", "result of web metric produced no value");
    check("{range .l[*]}{[0]}{end}", r#"{"l":[null,[5]]}"#, "5");
    check_fails("{$.a}", "null", "a is not found");
}

#[test]
fn an_error_does_not_repeat_the_data() {
    let message = "string is not array or slice and cannot be filtered";
    check_fails("{.token[?(@)]}", r#"{"token":"hunter2"}"#, message);
}

fn check_refused(path: &str, message: &str, offset: usize) {
    let error = JsonPath::parse(path).map(|path| path.text().to_owned());
    let expected = JsonPathError { message: message.to_owned(), offset: Some(offset) };
    assert_eq!(error, Err(expected), "{path}");
}

#[test]
fn a_problem_has_its_place_in_the_path() {
    check_refused("x{$.a", "unclosed action", 5);
    check_refused("{$.a[}", "unterminated array", 4);
    check_refused("{$['a', b]}", "invalid array index b", 7);
    check_refused("{.a[1:2:3:4]}", "invalid array index 1:2:3:4", 4);
    check_refused("{.a['b #']}", "unrecognized character in action: U+0023 '#'", 7);
    check_refused("{.a[?(@.b==#)]}", "unrecognized character in action: U+0023 '#'", 11);
    check_refused("{.a[?(@.b=1)]}", "unrecognized filter operator =", 9);
    check_refused("{.a[?(@.b==1}", "unterminated filter", 3);
    check_refused("{.a[?(@.b))]}", "unclosed array expect ]", 9);
    check_refused("{......}", "invalid multiple recursive descent", 3);
    check_refused("{'a}", "unterminated quoted string", 1);
    check_refused(r"{'\q'}", r"unquote string '\q' error invalid syntax", 1);
    check_refused("{1.2.3}", "cannot parse number 1.2.3", 1);
    check_refused("{.a}{foo}", "unrecognized identifier foo", 5);
    check_refused("{\t}", "unrecognized character in action: U+0009", 1);
    let long = "a".repeat(TEXT_BYTES_MAX + 1);
    check_refused(&long, "path longer than 16384 bytes", TEXT_BYTES_MAX);
}

/// Bad input 53: kubernetes #93400.
#[test]
fn two_hundred_recursive_descents_are_refused() {
    check_fails(&format!("{{{}}}", ".".repeat(400)), "{}", "invalid multiple recursive descent");
}

/// Bad input 53: each descent on its own is fine, together they visit too much.
#[test]
fn recursive_descents_one_after_the_other_have_a_budget() {
    let nested = format!("{}1{}", "[".repeat(400), "]".repeat(400));
    let path = format!("{{{}}}", "..[*]".repeat(200));
    check_fails(&path, &nested, "path visits more than 2500000 values");
    check_fails(&path, "{}", "result of web metric produced no value");
}

/// Bad input 56.
#[test]
fn a_filter_over_a_million_elements_answers_or_says_why_not() {
    let mut items = vec![Json::Number(1.0); 999_999];
    items.push(Json::Number(7.0));
    let million = Json::List(items);
    let check = |path: &str, expected: Result<f64, &str>| {
        let found = JsonPath::parse(path).and_then(|path| path.first(&million));
        let expected = expected.map(Json::Number).map_err(str::to_owned);
        assert_eq!(found.map_err(|error| error.to_string()), expected, "{path:.40}");
    };
    let too_many = Err("path visits more than 2500000 values");
    check("{[*]}", Ok(1.0));
    check("{[-1]}", Ok(7.0));
    check("{[?(@>5.0)]}", Ok(7.0));
    check("{[?(@==7)]}", Err("incompatible types for comparison"));
    check("{[?(@.a)]}", too_many);
    check(&format!("{{[?(@{}==7)]}}", " 1".repeat(1_000)), too_many);
}

#[test]
fn ranges_inside_one_another_are_limited() {
    let ranges = "{range}".repeat(RANGE_DEPTH_MAX + 1);
    let message = "more than 64 ranges inside one another";
    check_fails(&format!("{ranges}{{$}}"), "1", message);
    // Without an end each range evaluates the rest twice.
    let ranges = "{range}".repeat(40);
    check_fails(&format!("{ranges}{{$}}"), "1", "path visits more than 2500000 values");
}

fn any_path() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        ".a",
        ".b",
        "[0]",
        "[-1]",
        "[*]",
        "[1:]",
        "[::2]",
        "..",
        ".*",
        "['a','b']",
        "[?(@.a==1.0)]",
        "[?(@.b)]",
        "[?(@.a",
        "@",
        "$",
        " ",
        "'t'",
        "\"",
        "1",
        "2.5",
        "true",
        "range ",
        "end",
        "}{",
        "{",
        "}",
        "x",
        "\\",
        "é",
        "١",
        "-",
        "[",
        "]",
        "(",
        ")",
        ",",
        "=",
    ]);
    prop::collection::vec(part, 0..12).prop_map(|parts| format!("{{{}}}", parts.concat()))
}

proptest! {
    #[test]
    fn no_path_panics(path in any_path(), body in r#"[\[{]{0,2}("a":)?[1-3nul"a,\]}{\[]{0,12}"#) {
        let _ = answer(&path, &body);
        let _ = answer(&path, r#"{"a":[{"a":1,"b":null},[2,"x"]],"b":{"a":"text"}}"#);
    }

    #[test]
    fn no_text_is_a_path_that_panics(path in ".{0,40}") {
        let _ = answer(&path, "[1]");
    }

    #[test]
    fn find_and_first_agree(path in any_path()) {
        let root = json::parse(br#"{"a":[{"a":1,"b":null},[2,"x"]],"b":{"a":"text"}}"#).unwrap();
        if let Ok(path) = JsonPath::parse(&path) {
            prop_assert_eq!(path.find(root.clone()).ok().flatten(), path.first(&root).ok());
        }
    }
}
