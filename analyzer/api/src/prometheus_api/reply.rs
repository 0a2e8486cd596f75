//! Replies in the envelope of Prometheus's API: a status, and data or an error.

use assay_promql::Dialect;
use serde::Serialize;
use serde_json::json;

use super::Served;
use super::form::Form;

/// A reply.
#[derive(Debug)]
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) status: u16,
    /// JSON.
    pub(super) body: Vec<u8>,
}

/// Why there is no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The question cannot be understood.
    BadData(String),
    /// The question has no answer.
    Execution(String),
}

impl Refusal {
    /// A field with a value that cannot be used, as Prometheus says it.
    pub(super) fn parameter(name: &str, reason: impl std::fmt::Display) -> Self {
        Self::BadData(format!("invalid parameter \"{name}\": {reason}"))
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadData(message) => error(400, "bad_data", &message),
            Refusal::Execution(message) => error(422, "execution", &message),
        }
    }
}

/// Data, and what is to be known about it.
#[derive(Serialize)]
pub(super) struct Success<T> {
    status: &'static str,
    data: T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    infos: Vec<String>,
}

impl<T: Serialize> Success<T> {
    /// Data that is as it should be.
    pub(super) fn of(data: T) -> Self {
        Self::noted(data, Vec::new(), Vec::new())
    }

    /// Data with warnings and infos.
    pub(super) fn noted(data: T, warnings: Vec<String>, infos: Vec<String>) -> Self {
        Self { status: "success", data, warnings, infos }
    }

    /// The reply.
    pub(super) fn reply(&self) -> Reply {
        match serde_json::to_vec(self) {
            Ok(body) => Reply { status: 200, body },
            Err(_) => broken(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    status: &'static str,
    error_type: &'a str,
    error: &'a str,
}

fn error(status: u16, kind: &str, message: &str) -> Reply {
    let failure = Failure { status: "error", error_type: kind, error: message };
    // Texts alone can always be written.
    Reply { status, body: serde_json::to_vec(&failure).unwrap_or_default() }
}

/// The reply when we fail ourselves.
pub(super) fn broken() -> Reply {
    error(500, "internal", "assay failed to answer")
}

/// The reply for a path that nothing is at.
pub(super) fn not_found() -> Reply {
    error(404, "not_found", "series in memory have no such endpoint")
}

/// `/api/v1/metadata`: what metrics mean is not known.
pub(super) fn metadata() -> Reply {
    Success::of(json!({})).reply()
}

/// `/api/v1/rules`: there are none.
pub(super) fn no_rules() -> Reply {
    Success::of(json!({"groups": []})).reply()
}

/// `/api/v1/alerts`: there are none.
pub(super) fn no_alerts() -> Reply {
    Success::of(json!({"alerts": []})).reply()
}

/// `/api/v1/status/buildinfo`, by which Grafana decides what may be asked.
///
/// The version is that of the Prometheus whose semantics queries have; who answers is behind the `+`.
pub(super) fn build_info(served: &Served, _form: &Form) -> Reply {
    let prometheus = match served.dialect {
        Dialect::Prometheus2 => "2.53.0",
        Dialect::Prometheus3 => "3.0.0",
    };
    let version = format!("{prometheus}+assay-{}", env!("CARGO_PKG_VERSION"));
    Success::of(json!({
        "version": version,
        "revision": "",
        "branch": "",
        "buildUser": "assay",
        "buildDate": "",
        "goVersion": "",
    }))
    .reply()
}
