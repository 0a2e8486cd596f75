//! The language against what Argo's own evaluator answers, row by row.

use super::super::*;
use super::{Measured, holds};

fn fixture(name: &str) -> serde_json::Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/conditions/");
    let text = std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_argo_row_ends_in_its_phase() {
    let mut wrong = Vec::new();
    let rows = fixture("argo.json");
    for row in rows.as_array().unwrap() {
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

/// Rows of the original evaluator: what was measured, the condition, and its answer.
struct ExprRow {
    kind: String,
    result: String,
    condition: String,
    outcome: String,
    message: String,
}

fn expr_rows() -> Vec<ExprRow> {
    let file = fixture("expr.json");
    let rows = file["rows"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    let row = |row: &serde_json::Value| {
        let measured = &file["measured"][usize::try_from(row[0].as_u64().unwrap()).unwrap()];
        ExprRow {
            kind: text(&measured[0]),
            result: text(&measured[1]),
            condition: text(&row[1]),
            outcome: text(&row[2]),
            message: text(&row[3]),
        }
    };
    rows.iter().map(row).collect()
}

#[test]
fn every_expr_row_has_its_outcome() {
    let mut wrong = Vec::new();
    let (mut messages, mut alike) = (0, 0);
    let rows = expr_rows();
    for row in &rows {
        let measured = Measured::read(&row.kind, &row.result);
        let (outcome, message) = match holds(&row.condition, &measured) {
            Ok(true) => ("true", String::new()),
            Ok(false) => ("false", String::new()),
            Err(message) => ("error", message),
        };
        if outcome != row.outcome {
            wrong.push(format!(
                "{} {} | {} | want {} {} | got {outcome} {message}",
                row.kind, row.result, row.condition, row.outcome, row.message,
            ));
        }
        if !row.message.is_empty() {
            messages += 1;
            alike += usize::from(message.contains(row.message.trim()) || message == NOTHING);
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert!(1_500 < rows.len(), "{} rows", rows.len());
    // What is wrong is said in the same words; the rest names a type or a place differently.
    assert!(messages * 95 < alike * 100, "{alike} of {messages} messages");
}

/// Every condition of the corpus, read once.
pub(super) fn expr_conditions() -> &'static [String] {
    static CONDITIONS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    CONDITIONS.get_or_init(|| expr_rows().into_iter().map(|row| row.condition).collect())
}
