//! Unit-test files of Prometheus, whose series are fixtures.

use super::super::Shape::{Bool, Duration, Free, List, Object as Of, Text};
use super::super::{Object, field};
use super::fixture::INPUT_SERIES;

/// A file for `promtool test rules`.
pub static PROMTOOL_TEST: Object = Object {
    name: "PromtoolTest",
    about: "A unit-test file of Prometheus; the series of each test are a fixture.",
    fields: &[
        field("rule_files", List(&Text), "Files with rules, which are not evaluated.", "[a.yml]"),
        field("evaluation_interval", Duration, "The interval of tests that say none.", "1m"),
        field("group_eval_order", List(&Text), "Passed over.", "[first]"),
        field("fuzzy_compare", Bool, "Passed over.", "true"),
        field(
            "tests",
            List(&Of(&TEST)),
            "The tests.",
            "[{interval: 1m, input_series: [{series: up, values: 1x40}]}]",
        )
        .required(),
    ],
};

static TEST: Object = Object {
    name: "PromtoolTestGroup",
    about: "Series, and what promtool expects of them.",
    fields: &[
        field("name", Text, "What it is called.", "instance down"),
        field("interval", Duration, "How far apart samples are.", "1m"),
        field(
            "input_series",
            List(&Of(&INPUT_SERIES)),
            "The series.",
            "[{series: up, values: 1x40}]",
        ),
        field("alert_rule_test", Free, "Passed over.", "[]"),
        field("promql_expr_test", Free, "Passed over.", "[]"),
        field("external_labels", Free, "Passed over.", "{}"),
        field("external_url", Text, "Passed over.", "http://localhost:9090"),
    ],
};
