//! One metric and what concludes it.

use super::super::Shape::{Choice, Duration, IntegerOrText, Object as Of, Text};
use super::super::{Object, field};
use super::compare::{
    CLASSIC_FIELD, COUNTS_FIELD, CRITERIA, ERROR_RATE_FIELD, GAUGE_FIELD, LATENCY_FIELD,
    LIMIT_FIELD, TRAFFIC_SHARE_FIELD,
};
use super::provider::PROVIDER;
use super::template::HOLD_OR_ABORT;

/// Limits are checked against Argo's own rules, in its words, where a template is bound.
const ANY: i64 = i32::MIN as i64;

pub(super) static METRIC: Object = Object {
    name: "Metric",
    about: "One named thing a template measures, and when it is good.",
    fields: &[
        field("name", Text, "The name, unique in the run.", "error-rate").required(),
        field(
            "provider",
            Of(&PROVIDER),
            "Where its readings come from: exactly one provider. Default of a metric with a \
             criterion: `prometheus: {}`, the operator's.",
            "{prometheus: {query: up}}",
        )
        .required_without(&CRITERIA),
        field(
            "interval",
            Duration,
            "Wait after a measurement before the next. Unset: one measurement.",
            "30s",
        ),
        field("initialDelay", Duration, "Wait before the first measurement. Default: none.", "1m"),
        field(
            "count",
            IntegerOrText(0),
            "Measurements wanted, errors not counted. Unset: 1 without `interval`, else until the \
             run ends.",
            "5",
        ),
        field(
            "successCondition",
            Text,
            "The measurement is good when this holds.",
            "\"result[0] >= 0.95\"",
        ),
        field(
            "failureCondition",
            Text,
            "The measurement is bad when this holds.",
            "\"result[0] < 0.9\"",
        ),
        field(
            "failureLimit",
            IntegerOrText(ANY),
            "Bad measurements allowed; -1: any number. Default: 0.",
            "2",
        ),
        field(
            "inconclusiveLimit",
            IntegerOrText(ANY),
            "Inconclusive measurements allowed. Default: 0.",
            "2",
        ),
        field(
            "consecutiveErrorLimit",
            IntegerOrText(ANY),
            "Errors in a row allowed. Default: 4.",
            "4",
        ),
        field(
            "consecutiveSuccessLimit",
            IntegerOrText(ANY),
            "Good measurements in a row that conclude the metric. Default: 0, off.",
            "3",
        ),
        field(
            "consecutiveFailureLimit",
            IntegerOrText(0),
            "Bad measurements in a row allowed. Default: off.",
            "2",
        )
        .ours(),
        field(
            "onNoData",
            Choice(&["hold", "abort", "judge"]),
            "What missing data does to the run; `judge` lets the conditions decide and needs a \
             `waiver`. Default: the template's.",
            "hold",
        )
        .ours(),
        field(
            "waiver",
            Text,
            "Why missing data may be judged; shown on the verdict.",
            "\"no traffic at night is fine\"",
        )
        .ours(),
        field(
            "onError",
            HOLD_OR_ABORT,
            "What a failing source does to the run. Default: the template's.",
            "hold",
        )
        .ours(),
        field(
            "onInconclusive",
            HOLD_OR_ABORT,
            "What an inconclusive metric does to the run. Default: the template's.",
            "hold",
        )
        .ours(),
        ERROR_RATE_FIELD,
        LATENCY_FIELD,
        COUNTS_FIELD,
        GAUGE_FIELD,
        LIMIT_FIELD,
        TRAFFIC_SHARE_FIELD,
        CLASSIC_FIELD,
    ],
};
