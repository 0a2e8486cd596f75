//! Fixture: recorded answers, so that a template can be judged offline.

use super::super::Shape::{
    Bool, Choice, Duration, Either, Free, Integer, List, Number, Object as Of, Text, TextMap,
};
use super::super::{Object, field};
use super::metadata::METADATA;
use super::template::INT32_MAX;

pub(super) static FIXTURE: Object = Object {
    name: "Fixture",
    about: "Series or recorded answers, so that a template can be judged offline.",
    fields: &[
        field("metadata", Of(&METADATA), "Name and labels.", "{name: error-spike}").required(),
        field("spec", Of(&FIXTURE_SPEC), "The data.", "{recorded: []}").required(),
    ],
};

pub(super) static FIXTURE_SPEC: Object = Object {
    name: "FixtureSpec",
    about: "Raw series, pages, and recorded answers of each metric.",
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
        field(
            "series",
            Either(&[Of(&SERIES), List(&Of(&SERIES))]),
            "Raw series. A metric without recorded answers has its query evaluated over them.",
            "{interval: 15s, input: [{series: up, values: 1x40}]}",
        )
        .ours(),
        field(
            "files",
            List(&Either(&[Text, Of(&PAGE)])),
            "Metrics pages (Prometheus text or OpenMetrics), relative to this file; their samples are series too.",
            "[node.om, {page: node.prom, at: 30s}]",
        )
        .ours(),
        field(
            "weight",
            Number,
            "The canary's weight in percent, 0 to 100, for values that follow it; the steps of a Rollout set it themselves.",
            "20",
        )
        .ours(),
    ],
};

static SERIES: Object = Object {
    name: "Series",
    about: "Raw series whose samples are one interval apart.",
    fields: &[
        field("interval", Duration, "How far apart samples are.", "15s").required().ours(),
        field(
            "from",
            Duration,
            "The time of the first sample, from the start of the run; it may be negative. Default: 0s.",
            "-5m",
        )
        .ours(),
        field(
            "input",
            List(&Of(&INPUT_SERIES)),
            "The series, in the notation of Prometheus's rule tests.",
            "[{series: up, values: 1x40}]",
        )
        .ours(),
        field(
            "input_series",
            List(&Of(&INPUT_SERIES)),
            "The same as `input`, by the name it has in Prometheus's rule tests.",
            "[{series: up, values: 1x40}]",
        )
        .ours(),
    ],
};

pub(super) static INPUT_SERIES: Object = Object {
    name: "InputSeries",
    about: "One series.",
    fields: &[
        field("series", Text, "Its name and labels.", "'up{job=\"api\"}'").required().ours(),
        field(
            "values",
            Either(&[Text, Number]),
            "Its values: `1 2 3`, `0+10x20`, `5x3`, `_`, `_x3`, `stale`; `{{weight}}` and `{{100-weight}}` in place of a number follow the canary's weight, `last+1x5` goes on from the value before.",
            "0+10x20 _ 5x3 stale",
        )
        .required()
        .ours(),
    ],
};

static PAGE: Object = Object {
    name: "Page",
    about: "A metrics page, and when it was read.",
    fields: &[
        field("page", Text, "The file, relative to this one.", "node.prom").required().ours(),
        field(
            "at",
            Duration,
            "When its samples without a time of their own were taken, from the start of the run. Default: every 15 seconds, all the run long.",
            "30s",
        )
        .ours(),
        field("labels", TextMap, "Labels that all its series get.", "{instance: 'a:9100'}").ours(),
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
