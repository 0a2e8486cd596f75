//! Tests of the language against what Argo's own evaluator answers.

use jiff::Timestamp;

use super::*;

/// A value as a row of a fixture has it.
enum Measured {
    Scalar(f64),
    Floats(Vec<f64>),
    Json(Json),
}

impl Measured {
    fn read(kind: &str, text: &str) -> Self {
        match kind {
            "scalar" => Self::Scalar(text.parse().unwrap()),
            "vector" => {
                let inside = text.trim_matches(['[', ']']).trim();
                let items = inside.split(',').filter(|item| !item.is_empty());
                Self::Floats(items.map(|item| item.trim().parse().unwrap()).collect())
            }
            _ => Self::Json(json(&serde_json::from_str(text).unwrap())),
        }
    }

    fn subject(&self) -> Subject<'_> {
        match self {
            Self::Scalar(value) => Subject::Scalar(*value),
            Self::Floats(values) => Subject::Floats(values),
            Self::Json(value) => Subject::Json(value),
        }
    }
}

fn json(value: &serde_json::Value) -> Json {
    match value {
        serde_json::Value::Null => Json::Null,
        serde_json::Value::Bool(value) => Json::Bool(*value),
        serde_json::Value::Number(number) => Json::Number(number.as_f64().unwrap()),
        serde_json::Value::String(text) => Json::Text(text.clone()),
        serde_json::Value::Array(items) => Json::List(items.iter().map(json).collect()),
        serde_json::Value::Object(map) => {
            Json::Map(map.iter().map(|(key, item)| (key.clone(), json(item))).collect())
        }
    }
}

fn now() -> Timestamp {
    "2026-01-05T10:00:00Z".parse().unwrap()
}

/// Parses and evaluates, whichever of the two fails.
fn holds(condition: &str, measured: &Measured) -> Result<bool, String> {
    let condition = Condition::parse(condition).map_err(|problem| problem.message)?;
    condition.holds(measured.subject(), now()).map_err(|problem| problem.message)
}

fn fixture(name: &str) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/conditions/");
    let text = std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_argo_row_ends_in_its_phase() {
    let mut wrong = Vec::new();
    for row in fixture("argo.json") {
        let text = |key: &str| row[key].as_str();
        let measured = Measured::read(text("kind").unwrap(), text("result").unwrap());
        let success = text("success").map(|condition| holds(condition, &measured));
        let failure = text("failure").map(|condition| holds(condition, &measured));
        let phase = match (&success, &failure) {
            (Some(Err(_)), _) | (_, Some(Err(_))) => "Error",
            (_, Some(Ok(true))) | (Some(Ok(false)), None) => "Failed",
            (Some(Ok(false)), Some(Ok(false))) => "Inconclusive",
            (Some(Ok(true)) | None, Some(Ok(false)) | None) => "Successful",
        };
        let message = [&success, &failure]
            .into_iter()
            .flatten()
            .find_map(|outcome| outcome.as_ref().err())
            .map_or("", String::as_str);
        let said = message.contains(text("message").unwrap_or(""));
        if Some(phase) != text("phase") || !said {
            wrong.push(format!("{}: {phase} {message}", row["id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_expr_row_has_its_outcome() {
    let mut wrong = Vec::new();
    let rows = fixture("expr.json");
    for row in &rows {
        let text = |key: &str| row.get(key).and_then(serde_json::Value::as_str).unwrap_or("");
        let measured = Measured::read(text("kind"), text("result"));
        let outcome = match holds(text("condition"), &measured) {
            Ok(true) => String::from("true"),
            Ok(false) => String::from("false"),
            Err(message) => format!("error {message}"),
        };
        if outcome.split(' ').next() != Some(text("outcome")) {
            wrong.push(format!(
                "{} {} | {} | want {} {} | got {outcome}",
                text("kind"),
                text("result"),
                text("condition"),
                text("outcome"),
                text("message"),
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
