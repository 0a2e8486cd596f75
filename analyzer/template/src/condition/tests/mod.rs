//! Tests of the condition language.

mod corpus;
mod hostile;
mod problems;
mod properties;

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
