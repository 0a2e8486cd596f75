//! Providers: where readings come from.

use super::super::Shape::{
    Bool, Choice, Duration, Either, Free, Integer, IntegerOrText, List, Object as Of, Text,
};
use super::super::{Field, Object, Shape, field};
use super::compare::CRITERIA;
use super::foreign::{
    CLOUD_WATCH, DATADOG, GRAPHITE, INFLUXDB, JOB, KAYENTA, NEW_RELIC, SKYWALKING, WAVEFRONT,
};
use super::request::{AUTHENTICATION_FIELD, HEADERS_FIELD, TLS_FIELD};

/// Whole numbers that Kubernetes keeps in 64 bits.
pub(super) const INT64: Shape = Integer(i64::MIN, i64::MAX);

const INSECURE_FIELD: Field = field(
    "insecure",
    Bool,
    "Skips the check of the server's certificate. Default: false.",
    "false",
);

pub(super) static PROVIDER: Object = Object {
    name: "Provider",
    about: "Where readings come from: exactly one of these.",
    fields: &[
        field("prometheus", Of(&PROMETHEUS), "The Prometheus HTTP API.", "{query: up}"),
        field(
            "web",
            Of(&WEB),
            "One HTTP request whose JSON answer is the value.",
            "{url: \"http://example.org/ready\"}",
        ),
        field(
            "health",
            Of(&HEALTH),
            "Several targets probed.",
            "{targets: [\"http://10.0.0.1:8080/healthz\"]}",
        )
        .ours(),
        field(
            "scrape",
            Of(&SCRAPE),
            "Pages of metrics read while the run lasts, and PromQL over them.",
            "{targets: [\"http://10.0.0.1:8080/metrics\"], query: up}",
        )
        .ours(),
        field(
            "job",
            Of(&JOB),
            "A Kubernetes Job that completes or fails.",
            "{spec: {template: {}}}",
        ),
        field(
            "kayenta",
            Of(&KAYENTA),
            "A score of a Kayenta server.",
            "{address: \"http://kayenta:8090\", application: shop, canaryConfigName: errors, \
             metricsAccountName: prometheus, configurationAccountName: store, storageAccountName: \
             store, threshold: {pass: 90, marginal: 75}, scopes: []}",
        ),
        field("datadog", Of(&DATADOG), "A Datadog query.", "{query: \"avg:errors{service:shop}\"}"),
        field(
            "newRelic",
            Of(&NEW_RELIC),
            "A New Relic query.",
            "{query: \"FROM Transaction SELECT count(*)\"}",
        ),
        field("wavefront", Of(&WAVEFRONT), "A Wavefront query.", "{query: ts(errors)}"),
        field("graphite", Of(&GRAPHITE), "A Graphite target.", "{query: stats.errors}"),
        field("influxdb", Of(&INFLUXDB), "A Flux query to InfluxDB.", "{query: from(bucket)}"),
        field(
            "cloudWatch",
            Of(&CLOUD_WATCH),
            "Amazon CloudWatch.",
            "{metricDataQueries: [{id: errors}]}",
        ),
        field(
            "skywalking",
            Of(&SKYWALKING),
            "A GraphQL query to SkyWalking.",
            "{query: queryBasicTraces}",
        ),
        field(
            "plugin",
            Free,
            "A plugin of Argo Rollouts, by its name; its settings are its own.",
            "{example/metric: {query: x}}",
        ),
    ],
};

static PROMETHEUS: Object = Object {
    name: "Prometheus",
    about: "A query to the Prometheus HTTP API. `result` is a list of numbers, or one number for \
     a scalar.",
    fields: &[
        field(
            "address",
            Text,
            "Base URL with scheme and host. Default: the operator's.",
            "\"http://prometheus.monitoring:9090\"",
        ),
        field("query", Text, "PromQL.", "\"sum(rate(http_requests_total{code=~'5..'}[1m]))\"")
            .required_without(&CRITERIA),
        field("timeout", INT64, "Timeout in seconds. Default: 30.", "10"),
        INSECURE_FIELD,
        HEADERS_FIELD,
        field(
            "rangeQuery",
            Of(&RANGE_QUERY),
            "Asks for a range instead of one instant.",
            "{start: 'now() - duration(\"1h\")', end: now(), step: 1m}",
        ),
        AUTHENTICATION_FIELD,
        TLS_FIELD,
    ],
};

static RANGE_QUERY: Object = Object {
    name: "RangeQuery",
    about: "The window of a range query.",
    fields: &[
        field("start", Text, "Expression that gives the first time.", "'now() - duration(\"1h\")'"),
        field("end", Text, "Expression that gives the last time.", "now()"),
        field("step", Duration, "Distance between points.", "1m"),
    ],
};

static WEB: Object = Object {
    name: "Web",
    about: "One HTTP request. `result` is the JSON of the answer, or what `jsonPath` picks of it.",
    fields: &[
        field("url", Text, "Absolute URL.", "\"http://example.org/ready\"").required(),
        field("method", Text, "`GET`, `POST` or `PUT`. Default: `GET`.", "GET"),
        HEADERS_FIELD,
        field("body", Text, "Text to send, with `POST` or `PUT`.", "ping"),
        field("jsonBody", Free, "JSON to send, with `POST` or `PUT`.", "{service: shop}"),
        field("timeoutSeconds", INT64, "Timeout in seconds. Default: 10.", "5"),
        field(
            "jsonPath",
            Text,
            "What part of the answer is the value, in kubectl's JSONPath. Default: `{$}`.",
            "\"{$.data.ok}\"",
        ),
        INSECURE_FIELD,
        AUTHENTICATION_FIELD,
        TLS_FIELD,
    ],
};

static HEALTH: Object = Object {
    name: "Health",
    about: "Targets probed over HTTP. `result` has `successRatio`, `passed`, `failed`, `total` \
     and `latencySeconds`.",
    fields: &[
        field(
            "targets",
            List(&Either(&[Text, Of(&HEALTH_TARGET)])),
            "Whom to ask: URLs, or names with URLs.",
            "[\"http://10.0.0.1:8080/healthz\", {name: b, url: \"http://10.0.0.2:8080/healthz\"}]",
        )
        .required()
        .ours(),
        field("method", Choice(&["GET", "HEAD"]), "Default: `GET`.", "HEAD").ours(),
        field("headers", HEADERS_FIELD.shape, HEADERS_FIELD.about, HEADERS_FIELD.example).ours(),
        field(
            "expect",
            Of(&EXPECTATION),
            "What a good answer looks like. Default: a status from 200 to 299.",
            "{status: 200, bodyContains: ok}",
        )
        .ours(),
        field("probes", IntegerOrText(1), "Probes a target and measurement. Default: 1.", "3")
            .ours(),
        field("timeout", Duration, "Timeout of one probe. Default: 5s.", "2s").ours(),
        field("insecure", INSECURE_FIELD.shape, INSECURE_FIELD.about, INSECURE_FIELD.example)
            .ours(),
        field(
            "authentication",
            AUTHENTICATION_FIELD.shape,
            AUTHENTICATION_FIELD.about,
            AUTHENTICATION_FIELD.example,
        )
        .ours(),
        TLS_FIELD,
    ],
};

static HEALTH_TARGET: Object = Object {
    name: "HealthTarget",
    about: "One target of a health check.",
    fields: &[
        field("name", Text, "What people call it. Default: its host and port.", "backend-1").ours(),
        field("url", Text, "Absolute URL.", "\"http://10.0.0.1:8080/healthz\"").required().ours(),
    ],
};

static SCRAPE: Object = Object {
    name: "Scrape",
    about: "Pages of metrics that services serve, read while the run lasts, and PromQL over what \
     was read. `result` is a list of numbers, or one number for a scalar.",
    fields: &[
        field(
            "targets",
            List(&Either(&[Text, Of(&SCRAPE_TARGET)])),
            "Whose pages to read: URLs, or names with URLs.",
            "[\"http://10.0.0.1:8080/metrics\", {name: b, url: \"http://10.0.0.2:8080/metrics\"}]",
        )
        .required()
        .ours(),
        field("every", Duration, "Time from one read to the next. Default: 15s.", "5s").ours(),
        field(
            "query",
            Text,
            "PromQL over the samples of these targets. A rate needs two reads, so begin to measure \
             after that (`initialDelay`).",
            "\"sum(rate(http_requests_total{code=~'5..'}[1m]))\"",
        )
        .required_without(&CRITERIA)
        .ours(),
        field("timeout", Duration, "Timeout of one read. Default: 5s.", "2s").ours(),
        field(
            "promql",
            Choice(&["2", "3"]),
            "The version of Prometheus whose window rule holds: in 2 a range includes the sample \
             at its very start. Default: 3.",
            "\"3\"",
        )
        .ours(),
        field("headers", HEADERS_FIELD.shape, HEADERS_FIELD.about, HEADERS_FIELD.example).ours(),
        field(
            "authentication",
            AUTHENTICATION_FIELD.shape,
            AUTHENTICATION_FIELD.about,
            AUTHENTICATION_FIELD.example,
        )
        .ours(),
        TLS_FIELD,
        field("insecure", INSECURE_FIELD.shape, INSECURE_FIELD.about, INSECURE_FIELD.example)
            .ours(),
    ],
};

static SCRAPE_TARGET: Object = Object {
    name: "ScrapeTarget",
    about: "One page to read.",
    fields: &[
        field(
            "name",
            Text,
            "The label `instance` of its samples, unless they have one. Default: its host and port.",
            "backend-1",
        )
        .ours(),
        field("url", Text, "Absolute URL of the page.", "\"http://10.0.0.1:8080/metrics\"")
            .required()
            .ours(),
    ],
};

static EXPECTATION: Object = Object {
    name: "HealthExpectation",
    about: "What a good answer to a probe looks like; all that is said has to hold.",
    fields: &[
        field(
            "status",
            Either(&[STATUS, List(&STATUS_OR_TEXT), Text]),
            "Good status codes: one, a range or class as text, or a list of them.",
            "[200, \"300-303\", \"4xx\"]",
        )
        .ours(),
        field("body", Text, "The whole body, white space at both ends dropped.", "ok").ours(),
        field("bodyContains", Text, "A part of the body.", "\"status: up\"").ours(),
        field(
            "json",
            Of(&JSON_EXPECTATION),
            "A value in a JSON body.",
            "{path: \"{.status}\", equals: up}",
        )
        .ours(),
        field("latencyMax", Duration, "The answer has to be complete within this time.", "500ms")
            .ours(),
    ],
};

/// What HTTP has as status codes.
const STATUS: Shape = Integer(100, 599);

const STATUS_OR_TEXT: Shape = Either(&[STATUS, Text]);

static JSON_EXPECTATION: Object = Object {
    name: "JsonExpectation",
    about: "A value that a JSON body has to hold.",
    fields: &[
        field("path", Text, "Where, in kubectl's JSONPath.", "\"{.status}\"").required().ours(),
        field("equals", Free, "The value.", "up").required().ours(),
    ],
};
