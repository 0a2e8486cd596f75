//! Answers of Prometheus from their bytes: rows B, and the bad inputs 42 to 49.

use assay_template::number;
use proptest::prelude::*;

use super::describe;
use crate::limits::{Limits, Partial};
use crate::prometheus::answer::read;

/// What `data` holds, with status `success`.
fn success(kind: &str, result: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}}}"#)
}

fn read_default(status: u16, body: &str) -> String {
    describe(&read(status, body.as_bytes(), &Limits::default()), None)
}

/// Reads `data` with this type and result.
fn check(kind: &str, result: &str, expected: &str) {
    assert_eq!(read_default(200, &success(kind, result)), expected, "{kind} {result:.100}");
}

fn check_body(status: u16, body: &str, expected: &str) {
    assert_eq!(read_default(status, body), expected, "{body:.100}");
}

#[test]
fn b01_to_b06_scalars() {
    check("scalar", r#"[1767607200,"10"]"#, "Scalar(10.0)");
    check("scalar", r#"[1767607200.5,"NaN"]"#, "Scalar(NaN)");
    check("scalar", r#"[1,"+Inf"]"#, "Scalar(inf)");
    check("scalar", r#"[1,"-Inf"]"#, "Scalar(-inf)");
    check("scalar", r#"[-1,"-0"]"#, "Scalar(-0.0)");
    check("scalar", r#"[1,"5e-324"]"#, "Scalar(5e-324)");
    check("scalar", r#"[1,"1e308"]"#, "Scalar(1e308)");
}

#[test]
fn b07_to_b12_lists_keep_the_order_of_the_answer_and_drop_labels() {
    let vector = r#"[{"metric":{"a":"1"},"value":[1,"10"]},{"metric":{},"value":[1,"11"]}]"#;
    check("vector", vector, "Vector([10.0, 11.0])");
    check("vector", "[]", "Vector([])");
    check("vector", "null", "Vector([])");
    check("vector", r#"[{"metric":{},"value":[1,"NaN"]}]"#, "Vector([NaN])");
    let one = r#"[{"metric":{},"values":[[1,"11"],[2,"12"],[3,"13"],[4,"14"]]}]"#;
    check("matrix", one, "Matrix([11.0, 12.0, 13.0, 14.0])");
    let two = r#"[{"metric":{"s":"A"},"values":[[1,"1"],[2,"2"]]},{"values":[[1,"3"]]}]"#;
    check("matrix", two, "Matrix([1.0, 2.0, 3.0])");
    check("matrix", "[]", "Matrix([])");
    check("matrix", r#"[{"metric":{},"values":[]}]"#, "Matrix([])");
}

#[test]
fn b13_texts_and_unknown_kinds_are_no_numbers() {
    check("string", r#"[1,"abc"]"#, "Unreadable: unexpected value type \"string\"");
    check("streams", "[]", "Unreadable: unexpected value type \"streams\"");
}

#[test]
fn b14_errors_are_told_in_the_words_of_the_source() {
    let error = r#"{"status":"error","errorType":"bad_data","error":"1:4: parse error"}"#;
    check_body(400, error, "Refused: bad_data: 1:4: parse error");
    check_body(422, error, "Refused: bad_data: 1:4: parse error");
    check_body(200, error, "Refused: bad_data: 1:4: parse error");
    let null = r#"{"status":"error","data":null,"errorType":"timeout","error":"too slow"}"#;
    check_body(422, null, "Refused: timeout: too slow");
    check_body(503, error, "Refused: server_error: server error: 503");
    check_body(400, "no", "Unreadable: the answer is not JSON (line 1, column 2)");
    let success = success("scalar", r#"[1,"1"]"#);
    check_body(400, &success, "Refused: bad_response: inconsistent body for response code");
}

#[test]
fn b15_warnings_come_along() {
    let body = r#"{"status":"success","warnings":["warning","warning2"],"infos":["i"],
                   "data":{"resultType":"scalar","result":[1,"10"]}}"#;
    check_body(200, body, r#"Scalar(10.0) warns ["warning", "warning2"]"#);
    let only = r#"{"status":"success","warnings":["w"]}"#;
    check_body(200, only, "Unreadable: the answer says success but has no data");
}

#[test]
fn b24_statuses_of_something_in_front() {
    check_body(503, "<html>", "Refused: server_error: server error: 503");
    check_body(401, "", "Refused: client_error: client error: 401");
    check_body(302, "", "Refused: bad_response: bad response code 302");
    check_body(100, "", "Refused: bad_response: bad response code 100");
    check_body(204, "", "Unreadable: the answer is empty");
}

#[test]
fn the_time_of_an_instant_value_is_the_oldest_one() {
    let sampled = |kind: &str, result: &str| {
        let answer = read(200, success(kind, result).as_bytes(), &Limits::default()).unwrap();
        answer.sampled.map_or_else(|| "none".to_owned(), |time| time.to_string())
    };
    let vector = r#"[{"value":[1767607200.5,"1"]},{"value":[1767607199,"2"]}]"#;
    assert_eq!(sampled("vector", vector), "2026-01-05T09:59:59Z");
    assert_eq!(sampled("scalar", r#"[1767607200,"1"]"#), "2026-01-05T10:00:00Z");
    assert_eq!(sampled("vector", r#"[{"value":[1e300,"1"]}]"#), "none");
    assert_eq!(sampled("vector", "[]"), "none");
    assert_eq!(sampled("matrix", r#"[{"values":[[1,"1"]]}]"#), "none");
}

#[test]
fn the_order_of_keys_does_not_matter() {
    let body = r#" {"data":{"result":[{"value":[1,"2"],"metric":{"x":"y"}}],
                   "stats":{"a":[1,{}]},"resultType":"vector"},"status":"success"} "#;
    check_body(200, body, "Vector([2.0])");
}

#[test]
fn histograms_are_refused_by_name() {
    let refused = "Unreadable: the answer has native histograms, which are no single number; \
                   ask for example for `histogram_quantile(0.95, …)` of them";
    let histogram = r#"[1,{"count":"1","sum":"2","buckets":[[0,"1","2","1"]]}]"#;
    check("vector", &format!(r#"[{{"metric":{{}},"histogram":{histogram}}}]"#), refused);
    check("matrix", &format!(r#"[{{"metric":{{}},"histograms":[{histogram}]}}]"#), refused);
    let both = format!(r#"[{{"values":[[1,"1"]],"histograms":[{histogram}]}}]"#);
    check("matrix", &both, refused);
}

#[test]
fn values_are_numbers_in_quotes_and_nothing_else() {
    let form = "Unreadable: the answer has not the form of a Prometheus answer";
    let no_number = "Unreadable: the answer has a value that is no number";
    let half = "Unreadable: the answer has a point without time or value";
    check("vector", r#"[{"value":[1,"abc"]}]"#, no_number);
    check("vector", r#"[{"value":[1,""]}]"#, no_number);
    check("vector", r#"[{"value":[1," 1"]}]"#, no_number);
    check("vector", r#"[{"value":[1,"1e400"]}]"#, no_number);
    check("vector", r#"[{"value":[1,0.5]}]"#, &format!("{form} (line 1, column 75)"));
    check("vector", r#"[{"value":["1","0.5"]}]"#, &format!("{form} (line 1, column 73)"));
    check("vector", r#"[{"value":[1,null]}]"#, &format!("{form} (line 1, column 76)"));
    check("vector", r#"[{"value":[]}]"#, half);
    check("vector", r#"[{"value":[1]}]"#, half);
    let long = "Unreadable: the answer has a point of more than two parts";
    check("vector", r#"[{"value":[1,"1",2]}]"#, long);
    check("scalar", r#"[1,"abc"]"#, "Unreadable: the value of the scalar is no number");
}

#[test]
fn the_result_must_be_of_the_type_it_claims() {
    let value = r#"[{"value":[1,"1"]}]"#;
    let values = r#"[{"values":[[1,"1"]]}]"#;
    let differs = |kind, has| format!("Unreadable: the answer says `{kind}` but has {has}");
    check("scalar", value, &differs("scalar", "series with one value each"));
    check("scalar", "[]", &differs("scalar", "an empty list"));
    check("matrix", value, &differs("matrix", "series with one value each"));
    check("vector", values, &differs("vector", "series with lists of values"));
    check("vector", r#"[1,"1"]"#, &differs("vector", "a single value"));
    let mixed = r#"[{"value":[1,"1"]},{"values":[[1,"1"]]}]"#;
    check("vector", mixed, "Unreadable: the answer mixes series of different kinds");
    check("vector", "[{}]", "Unreadable: the answer has a series without a value");
    let none = r#"{"status":"success","data":{"resultType":"vector"}}"#;
    check_body(200, none, "Unreadable: the answer says success but has no result");
    let untyped = r#"{"status":"success","data":{"result":[]}}"#;
    check_body(200, untyped, "Unreadable: the answer has no result type");
    for data in ["null", r#""""#] {
        let body = format!(r#"{{"status":"success","data":{data}}}"#);
        check_body(200, &body, "Unreadable: the answer says success but has no data");
    }
    let twice = r#"{"data":{"result":[],"result":[]}}"#;
    check_body(200, twice, "Unreadable: the answer has `result` twice");
    check_body(200, r#"{"data":{},"data":{}}"#, "Unreadable: the answer has `data` twice");
}

#[test]
fn a_partial_answer_is_no_evidence() {
    let body = r#"{"status":"success","isPartial":true,
                   "data":{"resultType":"scalar","result":[1,"10"]}}"#;
    let partial = "the answer is partial: some of the source's storage did not take part";
    check_body(200, body, &format!("Unreadable: {partial}"));
    let limits = Limits { partial: Partial::Warn, ..Limits::default() };
    let read = describe(&read(200, body.as_bytes(), &limits), None);
    assert_eq!(read, format!("Scalar(10.0) warns [\"{partial}\"]"));
    check_body(200, &body.replace("true", "false"), "Scalar(10.0)");
}

#[test]
fn a_million_series_are_too_many() {
    let series = vec![r#"{"metric":{},"value":[1,"1"]}"#; 1_000_000].join(",");
    let body = success("vector", &format!("[{series}]"));
    check_body(200, &body, "TooLarge: the answer has more than 10000 series");
}

#[test]
fn a_million_points_are_too_many() {
    let points = vec![r#"[1,"1"]"#; 1_000_000].join(",");
    let body = success("matrix", &format!(r#"[{{"values":[{points}]}}]"#));
    check_body(200, &body, "TooLarge: the answer has more than 250000 points");
}

#[test]
fn labels_are_weighed() {
    let large = "TooLarge: the answer has a series with more than 65536 bytes of labels";
    let series = |name: &str, value: &str| {
        format!(r#"[{{"metric":{{"{name}":"{value}"}},"value":[1,"1"]}}]"#)
    };
    check("vector", &series("a", &"x".repeat(1 << 20)), large);
    check("vector", &series(&"x".repeat(1 << 20), ""), large);
    check("vector", &series("a", &"x".repeat((64 << 10) - 1)), "Vector([1.0])");
    check("vector", &series("<script>", "\\\"</script>\\u0000"), "Vector([1.0])");
    let many = (0..10_000).map(|n| format!(r#""label_{n}":"{n}""#)).collect::<Vec<_>>().join(",");
    check("vector", &format!(r#"[{{"metric":{{{many}}},"value":[1,"1"]}}]"#), large);
}

#[test]
fn what_comes_from_outside_is_cut() {
    let error =
        format!(r#"{{"status":"error","errorType":"e","error":"{}"}}"#, "x".repeat(1 << 20));
    assert_eq!(read_default(400, &error).len(), "Refused: ".len() + 1024 + "…".len());
    let warnings = vec![r#""w""#; 1000].join(",");
    let body =
        format!(r#"{{"warnings":[{warnings}],"data":{{"resultType":"scalar","result":[1,"1"]}}}}"#);
    let answer = read(200, body.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(answer.warnings.len(), 21);
    assert_eq!(answer.warnings[20], "980 more warnings");
}

#[test]
fn broken_bodies() {
    check_body(200, "", "Unreadable: the answer is empty");
    check_body(200, " \n", "Unreadable: the answer is empty");
    let page = "Unreadable: the answer is not JSON but a page in HTML or XML";
    check_body(200, "\n<!DOCTYPE html>", page);
    check_body(200, r#"{"status":"#, "Unreadable: the answer ends in the middle");
    let form = "Unreadable: the answer has not the form of a Prometheus answer";
    check_body(200, "[]", &format!("{form} (line 1, column 0)"));
    check_body(200, "null", &format!("{form} (line 1, column 4)"));
    check_body(200, "{}", "Unreadable: the answer says success but has no data");
    let trailing = "Unreadable: the answer is not JSON (line 1, column 4)";
    check_body(200, "{} x", trailing);
    let deep = format!(r#"{{"x":{}}}"#, "[".repeat(1_000_000));
    check_body(200, &deep, "Unreadable: the answer is not JSON (line 1, column 1000006)");
    let utf8 = [br#"{"status":""#.as_slice(), &[0xff], br#""}"#].concat();
    let read = describe(&read(200, &utf8, &Limits::default()), None);
    assert_eq!(read, "Unreadable: the answer is not JSON (line 1, column 12)");
}

proptest! {
    #[test]
    fn what_prometheus_prints_is_read_back(values in prop::collection::vec(any::<f64>(), 0..20)) {
        let series = values
            .iter()
            .map(|value| format!(r#"{{"metric":{{}},"value":[1,"{}"]}}"#, number::plain(*value)))
            .collect::<Vec<_>>()
            .join(",");
        let body = success("vector", &format!("[{series}]"));
        prop_assert_eq!(read_default(200, &body), format!("Vector({values:?})"));
    }

    #[test]
    fn no_bytes_make_it_panic(status in 100u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(status, &body, &Limits::default());
    }

    #[test]
    fn no_damage_makes_it_panic(place in 0usize..200, byte in any::<u8>()) {
        let whole = success("matrix", r#"[{"metric":{"a":"b"},"values":[[1,"1"],[2,"2"]]}]"#);
        let mut body = whole.into_bytes();
        let place = place % body.len();
        body[place] = byte;
        let _ = read(200, &body, &Limits::default());
        let _ = read(200, &body[..place], &Limits::default());
    }
}
