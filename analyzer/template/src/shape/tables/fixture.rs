//! Fixture: recorded answers, so that a template can be judged offline.

use super::super::Shape::{
    Bool, Choice, Duration, Free, Integer, List, Number, Object as Of, Text,
};
use super::super::{Object, field};
use super::metadata::METADATA;
use super::template::INT32_MAX;

pub(super) static FIXTURE: Object = Object {
    name: "Fixture",
    about: "Recorded answers, so that a template can be judged offline.",
    fields: &[
        field("metadata", Of(&METADATA), "Name and labels.", "{name: error-spike}").required(),
        field("spec", Of(&FIXTURE_SPEC), "The answers.", "{recorded: []}").required(),
    ],
};

static FIXTURE_SPEC: Object = Object {
    name: "FixtureSpec",
    about: "Answers of each metric.",
    fields: &[
        field(
            "start",
            Text,
            "Time zero of the run, RFC 3339. Default: 2026-01-01T00:00:00Z.",
            "2026-01-05T10:00:00Z",
        )
        .ours(),
        field(
            "duration",
            Duration,
            "The run is ended this long after its start. Default: no limit. A Rollout ends by itself.",
            "30m",
        )
        .ours(),
        field(
            "recorded",
            List(&Of(&RECORDED)),
            "The answers, metric by metric. Where a Rollout has several analyses with a metric of one \
             name, each measurement takes the next answer, whichever analysis asks.",
            "[{metric: success-rate, answers: [{value: 0.97}]}]",
        )
        .ours(),
        field("series", Free, "Reserved for raw series; not read yet.", "{}").ours(),
        field("files", Free, "Reserved for exposition pages; not read yet.", "[]").ours(),
    ],
};

static RECORDED: Object = Object {
    name: "Recorded",
    about: "The answers of one metric, in order.",
    fields: &[
        field("metric", Text, "Name of the metric.", "success-rate").required().ours(),
        field(
            "answers",
            List(&Of(&RECORDED_ANSWER)),
            "The answers. Once they are used up there is no data.",
            "[{value: 0.97}, {error: connection refused}]",
        )
        .required()
        .ours(),
        field("repeat", Bool, "Whether the last answer goes on for ever. Default: false.", "true")
            .ours(),
    ],
};

static RECORDED_ANSWER: Object = Object {
    name: "RecordedAnswer",
    about: "One answer: exactly one of the values, and how often and how late it comes.",
    fields: &[
        field(
            "value",
            Number,
            "One number: a Prometheus scalar (a vector of one if the conditions read `result[0]`), a JSON number of a web metric, a score.",
            "0.97",
        )
        .ours(),
        field("vector", List(&Number), "The values of an instant vector.", "[0.97, .nan]").ours(),
        field(
            "matrix",
            List(&List(&Number)),
            "The values of a range query, series by series.",
            "[[1, 2], [3]]",
        )
        .ours(),
        field("json", Free, "Any JSON value.", "{data: {ok: true}}").ours(),
        field("body", Text, "The body of an HTTP answer, as text.", "'{\"ok\": true}'").ours(),
        field("status", Integer(100, 599), "The status of an HTTP answer. Default: 200.", "503")
            .ours(),
        field("error", Text, "No answer, and why.", "connection refused").ours(),
        field("empty", Bool, "An answer without any data.", "true").ours(),
        field("score", Number, "A Kayenta score, 0 to 100.", "85").ours(),
        field("job", Choice(&["completed", "failed"]), "How a job ended.", "completed").ours(),
        field(
            "health",
            Of(&RECORDED_HEALTH),
            "A round of health probes.",
            "{passed: 4, failures: [{target: b, why: answered 503}]}",
        )
        .ours(),
        field("times", Integer(1, INT32_MAX), "How often it comes. Default: 1.", "3").ours(),
        field("after", Duration, "How long the answer takes. Default: no time.", "2s").ours(),
        field("warnings", List(&Text), "What the source warned about.", "[partial response]")
            .ours(),
    ],
};

static RECORDED_HEALTH: Object = Object {
    name: "RecordedHealth",
    about: "The outcome of a round of health probes.",
    fields: &[
        field("passed", Integer(0, INT32_MAX), "Probes that were as expected.", "4")
            .required()
            .ours(),
        field(
            "failures",
            List(&Of(&PROBE_FAILURE)),
            "Probes that were not.",
            "[{target: b, why: answered 503}]",
        )
        .ours(),
        field("latencies", List(&Duration), "How long each answer took.", "[12ms, 15ms]").ours(),
    ],
};

static PROBE_FAILURE: Object = Object {
    name: "ProbeFailure",
    about: "One probe that was not as expected.",
    fields: &[
        field("target", Text, "The target.", "backend-1").required().ours(),
        field("why", Text, "What was wrong.", "answered 503").required().ours(),
    ],
};
