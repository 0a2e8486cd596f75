//! Providers: where readings come from.

use super::super::Shape::{
    Bool, Choice, Duration, Either, Free, Integer, IntegerOrText, List, Object as Of, Text, TextMap,
};
use super::super::{Field, Object, Shape, field};
use super::metadata::METADATA;
use super::request::{AUTHENTICATION_FIELD, HEADERS_FIELD, TLS_FIELD};

/// Whole numbers that Kubernetes keeps in 64 bits.
const INT64: Shape = Integer(i64::MIN, i64::MAX);

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
            "job",
            Of(&JOB),
            "A Kubernetes Job that completes or fails.",
            "{spec: {template: {}}}",
        ),
        field(
            "kayenta",
            Of(&KAYENTA),
            "A score of a Kayenta server.",
            "{address: \"http://kayenta:8090\", application: shop, canaryConfigName: errors, metricsAccountName: prometheus, configurationAccountName: store, storageAccountName: store, threshold: {pass: 90, marginal: 75}, scopes: []}",
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
    about: "A query to the Prometheus HTTP API. `result` is a list of numbers, or one number for a scalar.",
    fields: &[
        field(
            "address",
            Text,
            "Base URL with scheme and host. Default: the operator's.",
            "\"http://prometheus.monitoring:9090\"",
        ),
        field("query", Text, "PromQL.", "\"sum(rate(http_requests_total{code=~'5..'}[1m]))\"")
            .required(),
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
    about: "Targets probed over HTTP. `result` has `successRatio`, `passed`, `failed`, `total` and `latencySeconds`.",
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

static JOB: Object = Object {
    name: "Job",
    about: "A Kubernetes Job: completed is Successful, failed is Failed. Conditions are ignored.",
    fields: &[
        field(
            "metadata",
            Of(&METADATA),
            "Labels and annotations of the Job.",
            "{labels: {app: smoke}}",
        ),
        field("spec", Free, "The Job, as `batch/v1` has it.", "{template: {}}").required(),
    ],
};

static KAYENTA: Object = Object {
    name: "Kayenta",
    about: "A judgement of a Kayenta server, a score from 0 to 100.",
    fields: &[
        field("address", Text, "Base URL.", "\"http://kayenta:8090\"").required(),
        field("application", Text, "Application.", "shop").required(),
        field("canaryConfigName", Text, "Canary configuration.", "errors").required(),
        field("metricsAccountName", Text, "Account that metrics come from.", "prometheus")
            .required(),
        field("configurationAccountName", Text, "Account that holds configurations.", "store")
            .required(),
        field("storageAccountName", Text, "Account that keeps results.", "store").required(),
        field(
            "threshold",
            Of(&THRESHOLD),
            "Scores that count as good.",
            "{pass: 90, marginal: 75}",
        )
        .required(),
        field("scopes", List(&Of(&SCOPE)), "What is compared with what.", "[]").required(),
        field(
            "lookback",
            Bool,
            "Whether each judgement looks back to the start. Default: false.",
            "true",
        ),
    ],
};

static THRESHOLD: Object = Object {
    name: "Threshold",
    about: "Scores that count as good, 0 to 100.",
    fields: &[
        field("pass", INT64, "Lowest score that is Successful.", "90").required(),
        field("marginal", INT64, "Lowest score that is Inconclusive.", "75").required(),
    ],
};

static SCOPE: Object = Object {
    name: "Scope",
    about: "The two arms of a comparison.",
    fields: &[
        field("name", Text, "Name of the scope.", "default").required(),
        field("controlScope", Of(&SCOPE_DETAIL), "The baseline.", SCOPE_EXAMPLE).required(),
        field("experimentScope", Of(&SCOPE_DETAIL), "The canary.", SCOPE_EXAMPLE).required(),
    ],
};

const SCOPE_EXAMPLE: &str = "{scope: app=shop, region: eu, step: 60, start: \"2026-01-05T10:00:00Z\", end: \"2026-01-05T10:30:00Z\"}";

static SCOPE_DETAIL: Object = Object {
    name: "ScopeDetail",
    about: "One arm of a comparison.",
    fields: &[
        field("scope", Text, "What selects its metrics.", "app=shop").required(),
        field("region", Text, "Region.", "eu").required(),
        field("step", INT64, "Distance between points in seconds.", "60").required(),
        field("start", Text, "First time, RFC 3339.", "\"2026-01-05T10:00:00Z\"").required(),
        field("end", Text, "Last time, RFC 3339.", "\"2026-01-05T10:30:00Z\"").required(),
    ],
};

static DATADOG: Object = Object {
    name: "Datadog",
    about: "A Datadog query.",
    fields: &[
        field("query", Text, "One query.", "\"avg:errors{service:shop}\""),
        field(
            "queries",
            TextMap,
            "Several queries by name, for `formula` (v2).",
            "{a: \"sum:errors{*}\", b: \"sum:requests{*}\"}",
        ),
        field("formula", Text, "What is made of `queries` (v2).", "a / b"),
        field("interval", Duration, "How far back to look. Default: 5m.", "5m"),
        field("apiVersion", Choice(&["v1", "v2"]), "Version of Datadog's API. Default: v1.", "v2"),
        field(
            "aggregator",
            Choice(&["avg", "min", "max", "sum", "last", "percentile", "mean", "l2norm", "area"]),
            "What makes one number of a series (v2). Default: last.",
            "avg",
        ),
        field(
            "secretRef",
            Of(&SECRET_REF),
            "The Secret with the keys.",
            "{name: datadog, namespaced: true}",
        ),
        field("requestTimeout", Duration, "Timeout. Default: 10s.", "10s"),
    ],
};

static SECRET_REF: Object = Object {
    name: "SecretRef",
    about: "A Secret.",
    fields: &[
        field("name", Text, "Its name.", "datadog"),
        field("namespaced", Bool, "Whether it is in the run's namespace. Default: false.", "true"),
    ],
};

static NEW_RELIC: Object = Object {
    name: "NewRelic",
    about: "A New Relic query.",
    fields: &[
        field("profile", Text, "Secret with the keys. Default: newrelic.", "newrelic"),
        field("query", Text, "NRQL.", "\"FROM Transaction SELECT count(*)\"").required(),
        field("timeout", INT64, "Timeout in seconds. Default: 5.", "5"),
    ],
};

static WAVEFRONT: Object = Object {
    name: "Wavefront",
    about: "A Wavefront query.",
    fields: &[
        field("address", Text, "Host.", "example.wavefront.com"),
        field("query", Text, "The query.", "ts(errors)"),
    ],
};

static GRAPHITE: Object = Object {
    name: "Graphite",
    about: "A Graphite target.",
    fields: &[
        field("address", Text, "Base URL.", "\"http://graphite\""),
        field("query", Text, "The target.", "stats.errors"),
    ],
};

static INFLUXDB: Object = Object {
    name: "InfluxDb",
    about: "A Flux query to InfluxDB.",
    fields: &[
        field("profile", Text, "Secret with address and token. Default: influxdb.", "influxdb"),
        field("query", Text, "Flux.", "from(bucket)"),
    ],
};

static CLOUD_WATCH: Object = Object {
    name: "CloudWatch",
    about: "Amazon CloudWatch.",
    fields: &[
        field("interval", Duration, "How far back to look. Default: 5m.", "5m"),
        field("metricDataQueries", List(&Of(&METRIC_DATA_QUERY)), "The queries.", "[{id: errors}]")
            .required(),
    ],
};

static METRIC_DATA_QUERY: Object = Object {
    name: "CloudWatchQuery",
    about: "One CloudWatch query: an expression or a statistic of a metric.",
    fields: &[
        field("id", Text, "Name of the query.", "errors"),
        field("expression", Text, "Expression over other queries.", "errors / requests"),
        field("label", Text, "Label for people.", "error rate"),
        field(
            "metricStat",
            Of(&METRIC_STAT),
            "A statistic of a metric.",
            "{metric: {namespace: shop, metricName: errors}, period: 300, stat: Sum}",
        ),
        field("period", IntegerOrText(1), "Distance between points in seconds.", "300"),
        field("returnData", Bool, "Whether it is part of the answer.", "true"),
    ],
};

static METRIC_STAT: Object = Object {
    name: "CloudWatchStatistic",
    about: "A statistic of a CloudWatch metric.",
    fields: &[
        field(
            "metric",
            Of(&CLOUD_WATCH_METRIC),
            "The metric.",
            "{namespace: shop, metricName: errors}",
        ),
        field("period", IntegerOrText(1), "Distance between points in seconds.", "300"),
        field("stat", Text, "The statistic.", "Sum"),
        field("unit", Text, "The unit.", "Count"),
    ],
};

static CLOUD_WATCH_METRIC: Object = Object {
    name: "CloudWatchMetric",
    about: "A CloudWatch metric.",
    fields: &[
        field("namespace", Text, "Namespace.", "shop"),
        field("metricName", Text, "Name.", "errors"),
        field("dimensions", List(&Of(&DIMENSION)), "Dimensions.", "[{name: service, value: shop}]"),
    ],
};

static DIMENSION: Object = Object {
    name: "CloudWatchDimension",
    about: "A dimension of a CloudWatch metric.",
    fields: &[field("name", Text, "Name.", "service"), field("value", Text, "Value.", "shop")],
};

static SKYWALKING: Object = Object {
    name: "SkyWalking",
    about: "A GraphQL query to SkyWalking.",
    fields: &[
        field("address", Text, "Base URL.", "\"http://skywalking:12800\""),
        field("query", Text, "GraphQL.", "queryBasicTraces"),
        field("interval", Duration, "How far back to look.", "5m"),
    ],
};
