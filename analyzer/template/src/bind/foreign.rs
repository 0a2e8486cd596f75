//! Providers that assay reads but does not ask: their metrics can be judged on recorded answers.

use crate::bind::reader::{Field, Reader, present};
use crate::plan::Criterion;
use crate::problem::{Lint, ProviderFault};
use crate::secret::Resolved;
use crate::substitute::Language;
use crate::yaml::Node;

/// Reports that live answers are not to be had.
pub(crate) fn warn(reader: &mut Reader<'_>, node: &Node, provider: &'static str) {
    let (metric, at) = (reader.metric.clone(), node.span);
    reader.lint(Lint::ForeignProvider { metric, provider, at });
}

/// The query text of `provider`, if it has one and it is known.
pub(crate) fn query(
    reader: &mut Reader<'_>,
    provider: &'static str,
    node: &Node,
) -> Option<Resolved> {
    if provider == "datadog" {
        check_datadog(reader, node);
    }
    let keys = ["query", "formula"];
    keys.into_iter()
        .find_map(|key| reader.field_in(node, key, Language::Other).known())
        .map(|text| text.resolved)
}

/// The rules of Argo Rollouts for what is sent to Datadog.
fn check_datadog(reader: &mut Reader<'_>, node: &Node) {
    let said = |key: &str| present(node, key).is_some_and(|node| node.as_text() != Some(""));
    let queries = node.get("queries").map(|queries| queries.entries().len()).unwrap_or_default();
    let v1 = !matches!(node.get("apiVersion").and_then(Node::as_text), Some("v2"));
    let (reason, help) = if said("query") && 0 < queries {
        ("Cannot have both a query and queries", "keep one of the two")
    } else if v1 && !said("query") {
        (
            "Query is empty. API Version v1 only supports using the query parameter",
            "add `query`, or `apiVersion: v2` for `queries` and `formula`",
        )
    } else if !said("query") && queries == 0 {
        ("Must have either a query or queries", "add one of the two")
    } else if 1 < queries && !said("formula") {
        ("When multiple queries are provided you must include a formula", "add `formula`")
    } else if queries == 0 && said("formula") {
        ("Formula are only valid when queries are set", "drop `formula`, or write `queries`")
    } else {
        return;
    };
    reader.fault(ProviderFault::Datadog { reason, help, at: node.span });
}

/// The scores that a Kayenta judgement is held against; none if they are not known.
pub(crate) fn score(reader: &mut Reader<'_>, node: &Node) -> Option<Criterion> {
    let Some(threshold) = present(node, "threshold") else {
        let (what, help) =
            (String::from("threshold"), "add `threshold` with `pass` and `marginal`");
        reader.fault(ProviderFault::Missing { what, help, at: node.span });
        return None;
    };
    let mut score = |key: &'static str| match reader.integer(threshold, key) {
        Field::Known(score) => Some(score),
        Field::Unknown => None,
        Field::Absent => {
            let (what, help) = (format!("threshold.{key}"), "write a score from 0 to 100");
            reader.fault(ProviderFault::Missing { what, help, at: threshold.span });
            None
        }
    };
    let (pass, marginal) = (score("pass"), score("marginal"));
    let (pass, marginal) = (pass?, marginal?);
    if pass < marginal {
        let at = Reader::span_of(threshold, "marginal");
        reader.strict_fault(ProviderFault::Threshold { pass, marginal, at });
    }
    Some(Criterion::Score { pass, marginal })
}
