//! The statistical criteria of a metric, and what they share.

use super::super::Shape::{
    Bool, Choice, Duration, Either, IntegerOrText, List, Number, Object as Of, Share, Text,
};
use super::super::{Field, Object, Shape, field};

/// The criteria, one of which a metric may have instead of conditions.
pub(crate) const CRITERIA: [&str; 7] =
    ["errorRate", "latency", "counts", "gauge", "limit", "trafficShare", "classic"];

const DIRECTION: Shape = Choice(&["increase", "decrease", "both"]);

pub(super) const COMPARE_FIELD: Field = field(
    "compare",
    Of(&COMPARE),
    "What the statistical criteria of a run share. All of it has a default.",
    "{alpha: 0.05, maxDuration: 30m}",
)
.ours();

static COMPARE: Object = Object {
    name: "Compare",
    about: "What the statistical criteria of a run share: how sure, how often and how long.",
    fields: &[
        field(
            "alpha",
            Share,
            "How often a good release may be aborted, over all criteria and looks. Default: 0.05.",
            "0.05",
        )
        .ours(),
        field(
            "beta",
            Share,
            "How often a harmful release may be promoted early, for each harmed metric. Default: \
             0.05.",
            "5%",
        )
        .ours(),
        field(
            "boundary",
            Choice(&["auto", "anytime", "horizon"]),
            "How much evidence is needed: `anytime` 1/alpha at every look, `horizon` less for the \
             declared number of looks, `auto` the latter while events look independent. Default: \
             `auto`.",
            "auto",
        )
        .ours(),
        field(
            "threshold",
            Choice(&["table", "simulated"]),
            "How the threshold of a declared number of looks is found: from a table of worst cases, \
             or by simulating healthy rollouts with the traffic of the first look, which takes a tenth \
             of a second for each criterion, finds changes sooner, and is right while the split of the \
             traffic stays as it is then. Default: `table`.",
            "simulated",
        )
        .ours(),
        field(
            "interval",
            Duration,
            "Time from one look to the next, for criteria whose metric has no `interval`. \
             Default: 30s.",
            "30s",
        )
        .ours(),
        field(
            "warmup",
            Duration,
            "Looks that begin earlier than this after the start are dropped: new pods are cold. \
             Default: 60s.",
            "2m",
        )
        .ours(),
        field(
            "minLooks",
            IntegerOrText(2),
            "Nothing is decided on fewer looks with data. Default: 2.",
            "3",
        )
        .ours(),
        field(
            "maxDuration",
            Duration,
            "The last look is this long after the start. Default: the run's `maxDuration`, else \
             30m.",
            "30m",
        )
        .ours(),
        field(
            "minDuration",
            Duration,
            "No early promotion before this. Default: half of `maxDuration`.",
            "15m",
        )
        .ours(),
        field(
            "onHorizon",
            Choice(&["pass", "strict"]),
            "What the last look decides when the evidence did not: `pass` promotes where there was \
             enough data, `strict` only where the change to rule out is ruled out. Default: `pass`.",
            "strict",
        )
        .ours(),
        field(
            "history",
            Duration,
            "How long before the start the baseline's pods are looked at to learn their noise; 0s: \
             not at all. Default: 1h.",
            "1h",
        )
        .ours(),
        field(
            "traffic",
            Of(&TRAFFIC),
            "The traffic that is expected. A run does not look at it: `assay check` and `assay \
             plan` say by it whether `maxDuration` is long enough to find the `effect` of a criterion.",
            "{requestsPerSecond: 50, canaryWeight: 5%, errors: 0.5%}",
        )
        .ours(),
    ],
};

static TRAFFIC: Object = Object {
    name: "Traffic",
    about: "The traffic that is expected while a criterion looks. What a criterion needs and is not \
            said leaves it out of the planning.",
    fields: &[
        field("requestsPerSecond", Number, "Requests per second to both versions together.", "50")
            .ours(),
        field(
            "canaryWeight",
            Share,
            "The canary's share of them. A step of a Rollout has its own.",
            "5%",
        )
        .ours(),
        field(
            "errors",
            Share,
            "The share of requests that fail in the baseline, for `errorRate`.",
            "0.5%",
        )
        .ours(),
        field(
            "slow",
            Share,
            "The share of requests that are slower in the baseline than `above`, for `latency`. \
             Around a `quantile` it is known.",
            "2%",
        )
        .ours(),
        field(
            "eventsPerSecond",
            Number,
            "How often the counter counts per second in both versions together, for `counts`.",
            "3",
        )
        .ours(),
    ],
};

pub(super) const ERROR_RATE_FIELD: Field = field(
    "errorRate",
    Of(&ERROR_RATE),
    "Criterion: no more errors a request than the baseline has.",
    "{errors: \"http_requests_total{code=~'5..'}\", requests: http_requests_total}",
)
.ours();

pub(super) const LATENCY_FIELD: Field = field(
    "latency",
    Of(&LATENCY),
    "Criterion: no more slow requests than the baseline has.",
    "{buckets: http_request_duration_seconds_bucket}",
)
.ours();

pub(super) const COUNTS_FIELD: Field = field(
    "counts",
    Of(&COUNTS),
    "Criterion: a counter grows as it does in the baseline.",
    "{counter: orders_total, requests: http_requests_total, direction: decrease}",
)
.ours();

pub(super) const GAUGE_FIELD: Field = field(
    "gauge",
    Of(&GAUGE),
    "Criterion: a gauge of the pods is no higher than in the baseline.",
    "{gauge: process_resident_memory_bytes}",
)
.ours();

pub(super) const LIMIT_FIELD: Field = field(
    "limit",
    Of(&LIMIT),
    "Criterion: the canary keeps within a fixed limit, without a baseline.",
    "{errors: \"http_requests_total{code=~'5..'}\", requests: http_requests_total, atMost: 1%}",
)
.ours();

pub(super) const TRAFFIC_SHARE_FIELD: Field = field(
    "trafficShare",
    Of(&TRAFFIC_SHARE),
    "Criterion: the canary gets its share of the traffic. Warns, and never decides.",
    "{requests: http_requests_total, canaryWeight: 5%}",
)
.ours();

pub(super) const CLASSIC_FIELD: Field = field(
    "classic",
    Of(&CLASSIC),
    "Criterion: Kayenta's test of the values, once, at the end.",
    "{values: queue_length}",
)
.ours();

/// One query for both arms, or one for each.
const QUERY: Shape = Either(&[Text, Of(&ARM_QUERIES)]);

static ARM_QUERIES: Object = Object {
    name: "ArmQueries",
    about: "A query for each of the two versions.",
    fields: &[
        field("canary", Text, "PromQL for the new version.", "\"errors_total{role='canary'}\"")
            .required()
            .ours(),
        field(
            "baseline",
            Text,
            "PromQL for what it is compared with. Only `limit` does without.",
            "\"errors_total{role='stable'}\"",
        )
        .ours(),
    ],
};

static ARMS: Object = Object {
    name: "Arms",
    about: "How series are told to belong to the new version or to what it is compared with.",
    fields: &[
        field("label", Text, "The label that says so. Default: `role`.", "role").ours(),
        field("canary", Text, "Its value in the new version. Default: `canary`.", "canary").ours(),
        field(
            "baseline",
            Text,
            "Its value in what that is compared with. Default: `stable`.",
            "stable",
        )
        .ours(),
    ],
};

const fn query(name: &'static str, about: &'static str, example: &'static str) -> Field {
    field(name, QUERY, about, example).ours()
}

const REQUESTS: Field = query(
    "requests",
    "PromQL of the counter of all requests: the counter itself, not a rate.",
    "\"http_requests_total{service='shop'}\"",
);

const ERRORS: Field = query(
    "errors",
    "PromQL of the counter of failed requests: the counter itself, not a rate.",
    "\"http_requests_total{service='shop',code=~'5..'}\"",
);

const ARMS_FIELD: Field = field(
    "arms",
    Of(&ARMS),
    "How the versions are told apart where one query has both.",
    "{label: role, canary: canary, baseline: stable}",
)
.ours();

const PODS_FIELD: Field = field(
    "pods",
    List(&Text),
    "Labels that may tell pods apart; a series' pod is the first that it has. Default: `[pod, \
     instance]`.",
    "[pod, instance]",
)
.ours();

const WEIGHT_FIELD: Field = field(
    "weight",
    Number,
    "Its share of `alpha`, relative to the other criteria. Default: 1; of `limit` 0.25.",
    "2",
)
.ours();

const CRITICAL_FIELD: Field =
    field("critical", Bool, "Doubles its weight. Default: false.", "true").ours();

const MIN_REQUESTS_FIELD: Field = field(
    "minRequests",
    Number,
    "Requests of each version without which the end decides nothing. Default: 100.",
    "1000",
)
.ours();

const CANARY_WEIGHT_FIELD: Field =
    field("canaryWeight", Share, "The canary's share of the traffic.", "5%").ours();

const fn share(name: &'static str, about: &'static str, example: &'static str) -> Field {
    field(name, Share, about, example).ours()
}

const fn ratio(name: &'static str, about: &'static str, example: &'static str) -> Field {
    field(name, Number, about, example).ours()
}

static ERROR_RATE: Object = Object {
    name: "ErrorRate",
    about: "Errors a request, the new version against the baseline.",
    fields: &[
        ERRORS.required(),
        REQUESTS.required(),
        ARMS_FIELD,
        PODS_FIELD,
        share("maxIncrease", "How much worse is tolerated. Default: 10%.", "10%"),
        ratio("effect", "The smallest ratio worth finding. Default: 1.5.", "1.5"),
        ratio("ruleOut", "The ratio to rule out before an early promotion. Default: 2.", "2"),
        MIN_REQUESTS_FIELD,
        share(
            "minExcess",
            "A smaller difference of the error shares never counts as worse. Default: 0.05%.",
            "0.05%",
        ),
        WEIGHT_FIELD,
        CRITICAL_FIELD,
    ],
};

static LATENCY: Object = Object {
    name: "Latency",
    about: "Requests slower than the bounds of a histogram, the new version against the baseline.",
    fields: &[
        query(
            "buckets",
            "PromQL of the cumulative buckets with their label `le`: the counters themselves.",
            "\"http_request_duration_seconds_bucket{service='shop'}\"",
        )
        .required(),
        ARMS_FIELD,
        PODS_FIELD,
        share("quantile", "The quantile that matters. Default: 0.95.", "0.99"),
        ratio("above", "Or the bucket bound above which a request is slow.", "0.3"),
        share("maxIncrease", "How much slower is tolerated, of the time. Default: 5%.", "5%"),
        ratio("effect", "The smallest ratio of shares worth finding. Default: 1.25.", "1.25"),
        ratio(
            "ruleOut",
            "The ratio of shares to rule out before an early promotion. Default: 2.",
            "2",
        ),
        MIN_REQUESTS_FIELD,
        WEIGHT_FIELD,
        CRITICAL_FIELD,
    ],
};

static COUNTS: Object = Object {
    name: "Counts",
    about: "A counter over the requests or the traffic, the new version against the baseline.",
    fields: &[
        query(
            "counter",
            "PromQL of the counter: the counter itself, not a rate.",
            "\"orders_total{service='shop'}\"",
        )
        .required(),
        REQUESTS,
        CANARY_WEIGHT_FIELD,
        ARMS_FIELD,
        PODS_FIELD,
        field("direction", DIRECTION, "Which change is harmful. Default: `both`.", "decrease")
            .ours(),
        share("maxChange", "How much change is tolerated. Default: 10%.", "10%"),
        ratio("effect", "The smallest ratio worth finding. Default: 1.3.", "1.3"),
        ratio("ruleOut", "The ratio to rule out before an early promotion. Default: 2.", "2"),
        MIN_REQUESTS_FIELD,
        WEIGHT_FIELD,
        CRITICAL_FIELD,
    ],
};

static GAUGE: Object = Object {
    name: "Gauge",
    about: "A gauge of every pod, the new version against the baseline.",
    fields: &[
        query(
            "gauge",
            "PromQL of the gauge, one series a pod.",
            "\"process_resident_memory_bytes{service='shop'}\"",
        )
        .required(),
        ARMS_FIELD,
        PODS_FIELD,
        share("maxIncrease", "How much higher is tolerated. Default: 10%.", "10%"),
        ratio("ruleOut", "The ratio to rule out before an early promotion. Default: 1.5.", "1.5"),
        ratio("maxDifference", "Or the difference that is tolerated, in units of the gauge.", "5"),
        ratio(
            "ruleOutDifference",
            "The difference to rule out before an early promotion. Default: five times \
             `maxDifference`.",
            "25",
        ),
        field(
            "minLooks",
            IntegerOrText(2),
            "Looks with data without which the end decides nothing. Default: 5.",
            "5",
        )
        .ours(),
        WEIGHT_FIELD,
        CRITICAL_FIELD,
    ],
};

static LIMIT: Object = Object {
    name: "Limit",
    about: "The new version against a constant: failed requests, or a gauge. A baseline only says \
     how much noise there is.",
    fields: &[
        ERRORS,
        REQUESTS,
        query("gauge", "Or PromQL of a gauge, one series a pod.", "\"queue_length{app='shop'}\""),
        share("atMost", "The share of failed requests, or the gauge's mean, at most.", "1%"),
        ratio("atLeast", "The gauge's mean, at least.", "3"),
        ARMS_FIELD,
        PODS_FIELD,
        ratio("effect", "The smallest ratio of shares worth finding. Default: 1.5.", "1.5"),
        MIN_REQUESTS_FIELD,
        WEIGHT_FIELD,
        CRITICAL_FIELD,
    ],
};

static TRAFFIC_SHARE: Object = Object {
    name: "TrafficShare",
    about: "Whether the new version gets its share of the requests.",
    fields: &[REQUESTS.required(), CANARY_WEIGHT_FIELD.required(), ARMS_FIELD, PODS_FIELD],
};

static CLASSIC: Object = Object {
    name: "Classic",
    about: "The test of Kayenta's judge (Mann-Whitney) on all values of the run, once, at the end.",
    fields: &[
        query("values", "PromQL of the values, the same as for Kayenta.", "queue_length")
            .required(),
        ARMS_FIELD,
        PODS_FIELD,
        share("confidence", "The level of its interval. Default: 0.98.", "0.98"),
        share("tolerance", "A smaller shift never counts, of its size. Default: 0.25.", "25%"),
        field("direction", DIRECTION, "Which shift is harmful. Default: `increase`.", "both")
            .ours(),
    ],
};
