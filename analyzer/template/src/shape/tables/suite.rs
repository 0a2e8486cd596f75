//! TemplateTest: templates, what they see, and the verdicts they must give.

use super::super::Shape::{Choice, Duration, Either, Integer, List, Object as Of, Text, TextMap};
use super::super::{Object, field};
use super::fixture::FIXTURE_SPEC;
use super::metadata::METADATA;

pub(super) static TEMPLATE_TEST: Object = Object {
    name: "TemplateTest",
    about: "Templates, what they see, and the verdicts they must give; run by `assay test`.",
    fields: &[
        field("metadata", Of(&METADATA), "Name and labels.", "{name: error-ratio}").required(),
        field("spec", Of(&TEMPLATE_TEST_SPEC), "The cases.", "{templates: [], cases: []}")
            .required(),
    ],
};

static TEMPLATE_TEST_SPEC: Object = Object {
    name: "TemplateTestSpec",
    about: "Which templates, and the cases.",
    fields: &[
        field(
            "templates",
            List(&Text),
            "Files with templates, relative to this one. With a Rollout among them its steps are walked.",
            "[error-ratio.yaml]",
        )
        .required()
        .ours(),
        field("template", Text, "Judge by this template only, of those in the files.", "error-ratio")
            .ours(),
        field("args", TextMap, "Arguments of all cases.", "{service: checkout}").ours(),
        field(
            "cases",
            List(&Of(&CASE)),
            "The cases.",
            "[{name: healthy, fixture: healthy.yaml, expect: {verdict: promote}}]",
        )
        .required()
        .ours(),
    ],
};

static CASE: Object = Object {
    name: "Case",
    about: "What the templates see, and what must come of it.",
    fields: &[
        field("name", Text, "What the case shows; unique in the file.", "healthy")
            .required()
            .ours(),
        field(
            "args",
            TextMap,
            "Arguments besides, or in place of, those of all cases.",
            "{limit: '0.05'}",
        )
        .ours(),
        field("compat", Choice(&["strict", "argo"]), "The mode. Default: the template's.", "argo")
            .ours(),
        field("for", Duration, "The run is ended this long after its start.", "30m").ours(),
        field(
            "fixture",
            Either(&[Text, Of(&FIXTURE_SPEC)]),
            "A file with a Fixture or with tests of promtool, relative to this one (`FILE#NAME` or `FILE#2` is one of several), or its `spec` written here.",
            "healthy.yaml",
        )
        .required()
        .ours(),
        field("expect", Of(&EXPECTATION), "What must come of it.", "{verdict: promote}")
            .required()
            .ours(),
    ],
};

static EXPECTATION: Object = Object {
    name: "Expectation",
    about: "What must come of a case.",
    fields: &[
        field("verdict", Choice(&["promote", "abort", "hold"]), "The verdict.", "promote")
            .required()
            .ours(),
        field(
            "reason",
            Text,
            "A text that the sentence of the verdict holds.",
            "every metric was good",
        )
        .ours(),
        field("at", Duration, "When the verdict falls, after the start.", "10m").ours(),
        field(
            "step",
            Integer(0, 10_000),
            "The step at which a Rollout stops, counted from 0.",
            "1",
        )
        .ours(),
        field(
            "metrics",
            List(&Of(&METRIC_EXPECTATION)),
            "The phases of metrics.",
            "[{metric: error-ratio, phase: Successful}]",
        )
        .ours(),
    ],
};

static METRIC_EXPECTATION: Object = Object {
    name: "MetricExpectation",
    about: "The phase a metric must be in.",
    fields: &[
        field("metric", Text, "Its name.", "error-ratio").required().ours(),
        field(
            "phase",
            Choice(&["Pending", "Running", "Successful", "Failed", "Inconclusive", "Error"]),
            "The phase.",
            "Successful",
        )
        .required()
        .ours(),
        field("at", Duration, "When, after the start. Default: at the end.", "5m").ours(),
    ],
};
