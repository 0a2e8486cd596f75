//! AnalysisTemplate, ClusterAnalysisTemplate and AnalysisRun.

use super::super::Shape::{Bool, Choice, Duration, Free, Integer, List, Object as Of, Text};
use super::super::{Field, Object, Shape, field};
use super::compare::COMPARE_FIELD;
use super::metadata::METADATA;
use super::metric::METRIC;

pub(super) const INT32_MAX: i64 = i32::MAX as i64;

/// What a run does about a metric that cannot decide.
pub(super) const HOLD_OR_ABORT: Shape = Choice(&["hold", "abort"]);

pub(super) static ANALYSIS_TEMPLATE: Object = Object {
    name: "AnalysisTemplate",
    about: "What to measure during a rollout, and when it is good.",
    fields: &[METADATA_FIELD, SPEC_FIELD],
};

pub(super) static CLUSTER_ANALYSIS_TEMPLATE: Object = Object {
    name: "ClusterAnalysisTemplate",
    about: "An AnalysisTemplate for all namespaces of a cluster.",
    fields: &[METADATA_FIELD, SPEC_FIELD],
};

pub(super) static ANALYSIS_RUN: Object = Object {
    name: "AnalysisRun",
    about: "One execution of a template, with its metrics and arguments written out.",
    fields: &[
        METADATA_FIELD,
        field("spec", Of(&ANALYSIS_RUN_SPEC), "What to run.", EMPTY_SPEC).required(),
        field("status", Free, "What a controller found; left alone.", "{phase: Successful}"),
    ],
};

const EMPTY_SPEC: &str = "{metrics: []}";

const METADATA_FIELD: Field =
    field("metadata", Of(&METADATA), "Name and labels.", "{name: success-rate}").required();

const SPEC_FIELD: Field =
    field("spec", Of(&TEMPLATE_SPEC), "What to measure.", EMPTY_SPEC).required();

static METRIC_ITEM: Shape = Of(&METRIC);
static ARG_ITEM: Shape = Of(&ARG);
pub(super) static DRY_RUN_ITEM: Shape = Of(&DRY_RUN);
pub(super) static MEASUREMENT_RETENTION_ITEM: Shape = Of(&MEASUREMENT_RETENTION);

const METRICS_FIELD: Field = field(
    "metrics",
    List(&METRIC_ITEM),
    "The metrics to measure. Names have to be unique, also over nested templates.",
    "[{name: ready, provider: {web: {url: \"http://example.org/ready\"}}}]",
);

const ARGS_FIELD: Field = field(
    "args",
    List(&ARG_ITEM),
    "The arguments that `{{args.NAME}}` may stand for. Without a value one has to be given.",
    "[{name: service}, {name: port, value: \"8080\"}]",
);

const DRY_RUN_FIELD: Field = field(
    "dryRun",
    List(&DRY_RUN_ITEM),
    "Metrics that are measured and shown, but have no say in the verdict.",
    "[{metricName: latency-.*}]",
);

const RETENTION_FIELD: Field = field(
    "measurementRetention",
    List(&MEASUREMENT_RETENTION_ITEM),
    "How many measurements of a metric are kept. Later rules win. Default: 10.",
    "[{metricName: error-rate, limit: 20}]",
);

static TEMPLATE_SPEC: Object = Object {
    name: "AnalysisTemplateSpec",
    about: "What a template measures.",
    fields: &[
        METRICS_FIELD,
        ARGS_FIELD,
        DRY_RUN_FIELD,
        RETENTION_FIELD,
        field(
            "templates",
            List(&Of(&TEMPLATE_REFERENCE)),
            "Other templates whose metrics and arguments are taken in.",
            "[{templateName: error-rate}]",
        ),
        field(
            "compat",
            Choice(&["strict", "argo"]),
            "`strict` (the default): promote needs evidence. `argo`: phases exactly as Argo \
             Rollouts gives them.",
            "strict",
        )
        .ours(),
        COMPARE_FIELD,
        field(
            "maxDuration",
            Duration,
            "The run is ended this long after its start. Default: no limit.",
            "30m",
        )
        .ours(),
        field(
            "onNoData",
            HOLD_OR_ABORT,
            "What a metric that saw no data does to the run. Default: `hold`.",
            "abort",
        )
        .ours(),
        field(
            "onError",
            HOLD_OR_ABORT,
            "What a metric whose source failed does to the run. Default: `hold`.",
            "abort",
        )
        .ours(),
        field(
            "onInconclusive",
            HOLD_OR_ABORT,
            "What an inconclusive metric does to the run. Default: `hold`.",
            "abort",
        )
        .ours(),
    ],
};

static ANALYSIS_RUN_SPEC: Object = Object {
    name: "AnalysisRunSpec",
    about: "What a run measures.",
    fields: &[
        METRICS_FIELD,
        ARGS_FIELD,
        DRY_RUN_FIELD,
        RETENTION_FIELD,
        field("terminate", Bool, "Ends the run at once. Default: false.", "true"),
        field(
            "ttlStrategy",
            Of(&TTL_STRATEGY),
            "When a cluster deletes the run; read and left alone.",
            "{secondsAfterCompletion: 86400}",
        ),
    ],
};

static TTL_STRATEGY: Object = Object {
    name: "TTLStrategy",
    about: "When a cluster deletes a completed run, in seconds after its end.",
    fields: &[
        field("secondsAfterCompletion", INT32, "After any end.", "86400"),
        field("secondsAfterSuccess", INT32, "After a Successful end.", "3600"),
        field("secondsAfterFailure", INT32, "After a Failed end.", "604800"),
    ],
};

/// The numbers of Kubernetes' 32-bit integer fields that are no counts.
const INT32: Shape = Integer(i32::MIN as i64, INT32_MAX);

static ARG: Object = Object {
    name: "Argument",
    about: "A named hole in a template.",
    fields: &[
        field("name", Text, "What `{{args.NAME}}` calls it.", "service").required(),
        field("value", Text, "Its default, a text: numbers and bools need quotes.", "\"8080\""),
        field(
            "valueFrom",
            Of(&VALUE_FROM),
            "Where its value is read.",
            "{secretKeyRef: {name: prometheus, key: token}}",
        ),
        field("secret", Bool, "Whether its value must never be shown. Default: false.", "true")
            .ours(),
        field("description", Text, "What it is for, for people.", "the service under test").ours(),
    ],
};

static VALUE_FROM: Object = Object {
    name: "ValueFrom",
    about: "Where the value of an argument is read.",
    fields: &[
        field(
            "secretKeyRef",
            Of(&SECRET_KEY_REF),
            "A key of a Secret.",
            "{name: prometheus, key: token}",
        ),
        field(
            "fieldRef",
            Of(&FIELD_REF),
            "A field of the Rollout, where a Rollout passes it.",
            "{fieldPath: \"metadata.labels['env']\"}",
        ),
    ],
};

static SECRET_KEY_REF: Object = Object {
    name: "SecretKeyRef",
    about: "One key of a Secret.",
    fields: &[
        field("name", Text, "The Secret.", "prometheus").required(),
        field("key", Text, "Its key.", "token").required(),
    ],
};

pub(super) static FIELD_REF: Object = Object {
    name: "FieldRef",
    about: "One field of a Rollout.",
    fields: &[field("fieldPath", Text, "The path to it.", "\"metadata.labels['env']\"").required()],
};

static DRY_RUN: Object = Object {
    name: "DryRun",
    about: "Metrics without a say in the verdict.",
    fields: &[field(
        "metricName",
        Text,
        "A Go regular expression found anywhere in the metric's name; `.*` means all.",
        "latency",
    )
    .required()],
};

static MEASUREMENT_RETENTION: Object = Object {
    name: "MeasurementRetention",
    about: "How many measurements of some metrics are kept.",
    fields: &[
        field(
            "metricName",
            Text,
            "A Go regular expression found anywhere in the metric's name; `.*` means all.",
            "latency",
        )
        .required(),
        field("limit", INT32, "Measurements kept; 0 or less means 10.", "20").required(),
    ],
};

pub(super) static TEMPLATE_REFERENCE: Object = Object {
    name: "TemplateReference",
    about: "Another template, by name.",
    fields: &[
        field("templateName", Text, "Its name.", "error-rate").required(),
        field(
            "clusterScope",
            Bool,
            "Whether it is a ClusterAnalysisTemplate. Default: false.",
            "true",
        ),
    ],
};
