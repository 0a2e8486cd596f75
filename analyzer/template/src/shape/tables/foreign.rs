//! Providers that assay reads but does not ask itself.

use super::super::Shape::{
    Bool, Choice, Duration, Free, IntegerOrText, List, Object as Of, Text, TextMap,
};
use super::super::{Object, field};
use super::provider::INT64;

pub(super) static JOB: Object = Object {
    name: "Job",
    about: "A Kubernetes Job: completed is Successful, failed is Failed. Conditions are ignored.",
    fields: &[
        field(
            "metadata",
            Of(&JOB_METADATA),
            "Labels and annotations of the Job.",
            "{labels: {app: smoke}}",
        ),
        field("spec", Free, "The Job, as `batch/v1` has it.", "{template: {}}").required(),
    ],
};

static JOB_METADATA: Object = Object {
    name: "JobMetadata",
    about: "What a Job is labelled with.",
    fields: &[
        field("labels", TextMap, "Labels.", "{app: smoke}"),
        field("annotations", TextMap, "Annotations.", "{owner: \"web@example.org\"}"),
        field("creationTimestamp", Free, "Set by a cluster; left alone.", "2026-01-05T10:00:00Z"),
    ],
};

pub(super) static KAYENTA: Object = Object {
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

const SCOPE_EXAMPLE: &str = "{scope: app=shop, region: eu, step: 60, \
    start: \"2026-01-05T10:00:00Z\", end: \"2026-01-05T10:30:00Z\"}";

static SCOPE_DETAIL: Object = Object {
    name: "ScopeDetail",
    about: "One arm of a comparison.",
    fields: &[
        field("scope", Text, "What selects its metrics.", "app=shop").required(),
        field("region", Text, "Region.", "eu").required(),
        field("step", INT64, "Distance between points in seconds.", "60").required(),
        field("start", Text, "First time, RFC 3339.", "\"2026-01-05T10:00:00Z\""),
        field("end", Text, "Last time, RFC 3339.", "\"2026-01-05T10:30:00Z\""),
    ],
};

pub(super) static DATADOG: Object = Object {
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

pub(super) static NEW_RELIC: Object = Object {
    name: "NewRelic",
    about: "A New Relic query.",
    fields: &[
        field("profile", Text, "Secret with the keys. Default: newrelic.", "newrelic"),
        field("query", Text, "NRQL.", "\"FROM Transaction SELECT count(*)\"").required(),
        field("timeout", INT64, "Timeout in seconds. Default: 5.", "5"),
    ],
};

pub(super) static WAVEFRONT: Object = Object {
    name: "Wavefront",
    about: "A Wavefront query.",
    fields: &[
        field("address", Text, "Host.", "example.wavefront.com"),
        field("query", Text, "The query.", "ts(errors)"),
    ],
};

pub(super) static GRAPHITE: Object = Object {
    name: "Graphite",
    about: "A Graphite target.",
    fields: &[
        field("address", Text, "Base URL.", "\"http://graphite\""),
        field("query", Text, "The target.", "stats.errors"),
    ],
};

pub(super) static INFLUXDB: Object = Object {
    name: "InfluxDb",
    about: "A Flux query to InfluxDB.",
    fields: &[
        field("profile", Text, "Secret with address and token. Default: influxdb.", "influxdb"),
        field("query", Text, "Flux.", "from(bucket)"),
    ],
};

pub(super) static CLOUD_WATCH: Object = Object {
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

pub(super) static SKYWALKING: Object = Object {
    name: "SkyWalking",
    about: "A GraphQL query to SkyWalking.",
    fields: &[
        field("address", Text, "Base URL.", "\"http://skywalking:12800\""),
        field("query", Text, "GraphQL.", "queryBasicTraces"),
        field("interval", Duration, "How far back to look.", "5m"),
    ],
};
