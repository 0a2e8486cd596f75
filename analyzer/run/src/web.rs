//! What the web provider makes of one HTTP answer.
//!
//! Pure: who sent the request, and how, is not known here. The words of each fault are those of
//! Argo Rollouts, which users grep for.

use assay_template::json::{self, InvalidJson};
use assay_template::jsonpath::JsonPath;

use crate::reading::{Answer, Fault, FaultKind, Reading};

/// Reads an answer with this status and body: the first match of `path` in the JSON, or the raw
/// text when the body is not JSON, whatever the path is.
///
/// Bytes that are not UTF-8 become U+FFFD. The caller limits the bytes of `body`.
///
/// # Errors
///
/// [`Fault`] of kind `Refused` when the status is not 200 to 299, `Unreadable` when the path finds
/// nothing or does not fit, and `TooLarge` when the JSON exceeds a limit of
/// [`parse`](assay_template::json::parse).
///
/// # Source
///
/// Argo Rollouts at commit 9f8d111d; of v1.9.1, raw text passed without being judged.
pub fn read(status: u16, body: &[u8], path: &JsonPath) -> Result<Answer, Fault> {
    if !(200..=299).contains(&status) {
        let message = format!("received non 2xx response code: {status}");
        return Err(Fault { kind: FaultKind::Refused, message });
    }
    let root = match json::parse(body) {
        Ok(root) => root,
        Err(InvalidJson::Syntax { .. }) => {
            return Ok(Answer::of(Reading::Text(json::replace_invalid(body))));
        }
        Err(error @ (InvalidJson::TooDeep { .. } | InvalidJson::TooLarge { .. })) => {
            let message = format!("the answer is {error}");
            return Err(Fault { kind: FaultKind::TooLarge, message });
        }
    };
    match path.find(root) {
        Ok(Some(value)) => Ok(Answer::of(Reading::Json(value))),
        Ok(None) => Err(unreadable(String::from("result of web metric produced no value"))),
        Err(error) => Err(unreadable(format!("Could not find JSONPath in body: {error}"))),
    }
}

fn unreadable(message: String) -> Fault {
    Fault { kind: FaultKind::Unreadable, message }
}

#[cfg(test)]
mod tests {
    use assay_template::condition::{Condition, Kind};
    use assay_template::json::{Json, parse};
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::judge::table;
    use crate::state::Outcome;
    use crate::value::{self, Prepared};

    /// A row of `fixtures/web/argo.json`: what Argo Rollouts made of a body.
    struct Row {
        id: String,
        body: String,
        path: JsonPath,
        /// The recorded value; none where Argo has none or panics.
        value: Option<String>,
        success: Option<String>,
        phase: String,
        raw: bool,
        note: String,
    }

    fn rows() -> Vec<Row> {
        let Ok(Json::List(rows)) = parse(include_bytes!("../../../fixtures/web/argo.json")) else {
            panic!("not a list");
        };
        let text = |row: &Json, key: &str| {
            let Json::Map(entries) = row else { panic!("{row} is no row") };
            match entries.get(key) {
                // The table writes a line break as two characters.
                Some(Json::Text(text)) => Some(text.replace("\\n", "\n")),
                Some(Json::Null) | None => None,
                Some(other @ (Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Map(_))) => {
                    panic!("{key} is {other}")
                }
            }
        };
        // A path that does not parse is a fault before anything is asked: tested with the paths.
        rows.iter()
            .filter(|row| text(row, "id").as_deref() != Some("W058"))
            .map(|row| Row {
                id: text(row, "id").unwrap_or_default(),
                body: text(row, "body").unwrap_or_default(),
                path: text(row, "jsonPath")
                    .map_or_else(JsonPath::default, |path| JsonPath::parse(&path).unwrap()),
                value: text(row, "value"),
                success: text(row, "success"),
                phase: text(row, "phase").unwrap_or_default(),
                raw: text(row, "type").is_some_and(|kind| kind.starts_with("string (raw")),
                note: text(row, "note").unwrap_or_default(),
            })
            .collect()
    }

    #[test]
    fn every_row_has_the_value_of_argo() {
        let rows = rows();
        assert_eq!(rows.len(), 43);
        for row in rows {
            let read = read(200, row.body.as_bytes(), &row.path);
            match (read, row.id.as_str()) {
                // Argo panics; ours is a value.
                (Ok(answer), "W014") => assert_eq!(answer.reading, Reading::Json(Json::Null)),
                (Ok(answer), id) => {
                    let recorded = value::text(&answer.reading);
                    assert_eq!(recorded, row.value.unwrap_or_default(), "{id}");
                    assert_eq!(matches!(answer.reading, Reading::Text(_)), row.raw, "{id}");
                }
                (Err(fault), id) => {
                    assert_eq!((fault.message, None), (row.note, row.value), "{id}")
                }
            }
        }
    }

    /// The outcome of `row`, judged as a metric with only a `successCondition` is.
    fn outcome(row: &Row) -> Outcome {
        let Ok(answer) = read(200, row.body.as_bytes(), &row.path) else { return Outcome::Errored };
        let Some(text) = &row.success else { return table(None, None) };
        let Ok(condition) = Condition::compile(text, Kind::Web) else { return Outcome::Errored };
        let prepared = Prepared::of(&answer.reading).unwrap();
        let holds = condition.holds(prepared.subject(), Timestamp::UNIX_EPOCH);
        holds.map_or(Outcome::Errored, |holds| table(Some(holds), None))
    }

    #[test]
    fn every_row_has_the_phase_of_argo() {
        for row in rows() {
            let phase = match outcome(&row) {
                Outcome::Successful => "Successful",
                Outcome::Failed => "Failed",
                Outcome::Inconclusive => "Inconclusive",
                Outcome::Errored => "Error",
            };
            // Argo panics on a body of `null`; ours is a value like any other.
            let expected = if row.id == "W014" { "Successful" } else { row.phase.as_str() };
            assert_eq!(phase, expected, "{}", row.id);
        }
    }

    #[test]
    fn a_path_without_an_end_is_refused_when_it_is_parsed() {
        let error = JsonPath::parse("{$.a[}").map_err(|error| error.to_string()).err();
        assert_eq!(error.as_deref(), Some("unterminated array")); // W058
    }

    #[track_caller]
    fn check(status: u16, body: &[u8], path: &str, reading: Reading) {
        let path = JsonPath::parse(path).unwrap();
        assert_eq!(read(status, body, &path), Ok(Answer::of(reading)));
    }

    #[track_caller]
    fn check_fails(status: u16, body: &[u8], path: &str, kind: FaultKind, message: &str) {
        let path = JsonPath::parse(path).unwrap();
        let fault = Fault { kind, message: message.to_owned() };
        assert_eq!(read(status, body, &path), Err(fault));
    }

    #[test]
    fn only_a_status_of_2xx_is_an_answer() {
        check(204, b"", "{$}", Reading::Text(String::new()));
        check(299, b"1", "{$}", Reading::Json(Json::Number(1.0)));
        for (status, message) in [
            (300, "received non 2xx response code: 300"),
            (400, "received non 2xx response code: 400"),
            (199, "received non 2xx response code: 199"),
        ] {
            check_fails(status, b"{}", "{$}", FaultKind::Refused, message);
        }
    }

    #[test]
    fn keys_are_sorted_in_the_recorded_value() {
        let body = br#"{"key":{"num":1.2,"bool":true,"mapfield":{"foo":"bar"}}}"#;
        let answer = read(200, body, &JsonPath::parse("{$.key}").unwrap()).unwrap();
        let recorded = r#"{"bool":true,"mapfield":{"foo":"bar"},"num":1.2}"#;
        assert_eq!(value::text(&answer.reading), recorded);
    }

    #[test]
    fn what_is_not_json_is_text() {
        check(200, b"<html>", "{$.a}", Reading::Text(String::from("<html>")));
        check(200, b"\xef\xbb\xbf1", "{$}", Reading::Text(String::from("\u{feff}1")));
        check(200, b"a\xffb", "{$}", Reading::Text(String::from("a\u{fffd}b")));
    }

    #[test]
    fn json_beyond_a_limit_is_a_fault_and_not_text() {
        let deep = "[".repeat(20_000);
        let message = "the answer is JSON nested deeper than 512 levels at byte 513";
        check_fails(200, deep.as_bytes(), "{$}", FaultKind::TooLarge, message);
    }

    proptest! {
        #[test]
        fn no_answer_panics(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = read(status, &body, &JsonPath::default());
        }
    }
}
