//! Unit-test files of Prometheus (`promtool test rules`), read as fixtures: one for each test group.
//!
//! Only the series of a group count, and that its time begins in 1970. Rules are not evaluated: what
//! they would record is not there.

use miette::SourceSpan;

use crate::problem::ShapeProblem;
use crate::shape::tables::PROMTOOL_TEST;
use crate::shape::{Api, check};
use crate::yaml::{Entry, Node, Scalar, Style, Value};

/// When the time of promtool begins.
const START: &str = "1970-01-01T00:00:00Z";

/// How far apart samples are where neither the group nor the file says it.
const INTERVAL: &str = "1m";

/// Whether a document is such a file: promtool's has no kind, and all others have.
pub(super) fn is_test(node: &Node) -> bool {
    let has_kind = node.get("apiVersion").is_some() || node.get("kind").is_some();
    !has_kind && node.get("tests").is_some_and(|tests| matches!(tests.value, Value::List(_)))
}

/// What is wrong with the structure.
pub(super) fn problems(node: &Node) -> Vec<ShapeProblem> {
    check(node, &PROMTOOL_TEST, Api::Assay, "")
}

/// The groups with their names, each as the document of a Fixture has its `spec`.
pub(super) fn fixtures(node: &Node) -> Vec<(String, Node)> {
    let shared = node.get("evaluation_interval");
    let groups = node.get("tests").map(Node::items).unwrap_or_default();
    groups.iter().map(|group| (name(group), fixture(group, shared))).collect()
}

fn name(group: &Node) -> String {
    group.get("name").and_then(Node::as_text).unwrap_or_default().to_owned()
}

fn fixture(group: &Node, shared: Option<&Node>) -> Node {
    let at = group.span;
    let interval = group.get("interval").filter(|interval| !interval.is_null()).or(shared);
    let interval = interval.map_or_else(|| text(INTERVAL, at), in_milliseconds);
    let mut series = vec![entry("interval", interval)];
    series.extend(group.entry("input_series").cloned());
    let spec = [entry("start", text(START, at)), entry("series", map(series, at))];
    map(vec![entry("spec", map(spec.into(), at))], at)
}

/// A duration as Prometheus writes it, `1d` among them, in a unit that Go knows too. What is none stays
/// as it is, and is told where the fixture is read.
fn in_milliseconds(node: &Node) -> Node {
    let milliseconds = node.as_text().and_then(assay_promql::duration_ms);
    milliseconds.map_or_else(|| node.clone(), |it| text(&format!("{it}ms"), node.span))
}

fn map(entries: Vec<Entry>, span: SourceSpan) -> Node {
    Node { span, value: Value::Map(entries) }
}

fn entry(key: &str, node: Node) -> Entry {
    Entry { key: key.to_owned(), key_span: node.span, node }
}

fn text(text: &str, span: SourceSpan) -> Node {
    Node { span, value: Value::Scalar(Scalar { text: text.to_owned(), style: Style::Plain }) }
}
