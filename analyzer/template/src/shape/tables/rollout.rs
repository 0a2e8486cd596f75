//! Rollout, as Argo Rollouts has it: the steps in full, the pods as somebody else's business.

use super::super::Shape::{
    Bool, Choice, Duration, Either, Free, Integer, IntegerOrText, List, Object as Of, Text, TextMap,
};
use super::super::{Field, Object, Shape, field};
use super::metadata::METADATA;
use super::template::{
    DRY_RUN_ITEM, FIELD_REF, INT32_MAX, MEASUREMENT_RETENTION_ITEM, TEMPLATE_REFERENCE,
};

pub(super) static ROLLOUT: Object = Object {
    name: "Rollout",
    about: "A workload whose new versions are rolled out in steps. A dry run walks the steps.",
    fields: &[
        field("metadata", Of(&METADATA), "Name and labels.", "{name: checkout}").required(),
        field(
            "spec",
            Of(&ROLLOUT_SPEC),
            "The pods and the steps.",
            "{strategy: {canary: {steps: [{setWeight: 5}]}}}",
        )
        .required(),
        field("status", Free, "What a controller found; left alone.", "{phase: Healthy}"),
    ],
};

/// A number that is not below zero.
const NATURAL: Shape = Integer(0, INT32_MAX);

/// What a dry run accepts and passes over.
const fn passed(name: &'static str, shape: Shape, example: &'static str) -> Field {
    field(name, shape, "Without effect on a dry run.", example)
}

static ROLLOUT_SPEC: Object = Object {
    name: "RolloutSpec",
    about: "What is rolled out, and how.",
    fields: &[
        field(
            "strategy",
            Of(&STRATEGY),
            "How a new version takes over from the old one.",
            "{canary: {steps: [{setWeight: 5}]}}",
        )
        .required(),
        passed("replicas", NATURAL, "3"),
        passed("selector", Free, "{matchLabels: {app: checkout}}"),
        passed("template", Free, "{metadata: {labels: {app: checkout}}}"),
        passed("workloadRef", Free, "{apiVersion: apps/v1, kind: Deployment, name: checkout}"),
        passed("minReadySeconds", NATURAL, "30"),
        passed("rollbackWindow", Free, "{revisions: 3}"),
        passed("revisionHistoryLimit", NATURAL, "5"),
        passed("paused", Bool, "false"),
        passed("progressDeadlineSeconds", NATURAL, "600"),
        passed("progressDeadlineAbort", Bool, "true"),
        passed("restartAt", Text, "\"2026-01-05T10:00:00Z\""),
        passed("analysis", Of(&RUN_HISTORY), "{successfulRunHistoryLimit: 5}"),
    ],
};

static RUN_HISTORY: Object = Object {
    name: "AnalysisRunHistory",
    about: "How many finished AnalysisRuns a cluster keeps.",
    fields: &[
        passed("successfulRunHistoryLimit", NATURAL, "5"),
        passed("unsuccessfulRunHistoryLimit", NATURAL, "5"),
    ],
};

static STRATEGY: Object = Object {
    name: "RolloutStrategy",
    about: "One of the two ways to roll out.",
    fields: &[
        field(
            "canary",
            Of(&CANARY),
            "The new version gets its share of the traffic step by step.",
            "{steps: [{setWeight: 5}]}",
        ),
        field(
            "blueGreen",
            Of(&BLUE_GREEN),
            "The new version stands beside the old one, then all traffic is switched.",
            "{activeService: checkout}",
        ),
    ],
};

static STEP_ITEM: Shape = Of(&CANARY_STEP);

static CANARY: Object = Object {
    name: "CanaryStrategy",
    about: "A new version that gets its share of the traffic step by step.",
    fields: &[
        field(
            "steps",
            List(&STEP_ITEM),
            "The steps, one after the other. After the last one the new version has all the traffic.",
            "[{setWeight: 5}, {pause: {duration: 10m}}]",
        ),
        field(
            "analysis",
            Of(&BACKGROUND_ANALYSIS),
            "An analysis beside the steps, which may abort or pause the rollout at any time.",
            "{templates: [{templateName: error-rate}], startingStep: 1}",
        ),
        field(
            "trafficRouting",
            Of(&TRAFFIC_ROUTING),
            "Who shares out the traffic. Only `maxTrafficWeight` matters to a dry run.",
            "{nginx: {stableIngress: checkout}}",
        ),
        passed("canaryService", Text, "checkout-canary"),
        passed("stableService", Text, "checkout-stable"),
        passed("maxSurge", IntegerOrText(0), "25%"),
        passed("maxUnavailable", IntegerOrText(0), "0"),
        passed("antiAffinity", Free, "{}"),
        passed("canaryMetadata", Of(&POD_METADATA), "{labels: {role: canary}}"),
        passed("stableMetadata", Of(&POD_METADATA), "{labels: {role: stable}}"),
        passed("scaleDownDelaySeconds", NATURAL, "30"),
        passed("scaleDownDelayRevisionLimit", NATURAL, "2"),
        passed("abortScaleDownDelaySeconds", NATURAL, "30"),
        passed("dynamicStableScale", Bool, "true"),
        passed("pingPong", Free, "{pingService: ping, pongService: pong}"),
        passed("minPodsPerReplicaSet", NATURAL, "2"),
        passed("replicaProgressThreshold", Free, "{type: Percent, value: 90}"),
    ],
};

static BLUE_GREEN: Object = Object {
    name: "BlueGreenStrategy",
    about: "A new version that stands beside the old one until all traffic is switched.",
    fields: &[
        field("activeService", Text, "The service that is switched.", "checkout").required(),
        field(
            "prePromotionAnalysis",
            Of(&ANALYSIS),
            "An analysis before the switch. Unless it promotes, there is none.",
            "{templates: [{templateName: smoke}]}",
        ),
        field(
            "postPromotionAnalysis",
            Of(&ANALYSIS),
            "An analysis after the switch. If it aborts, the traffic is switched back.",
            "{templates: [{templateName: error-rate}]}",
        ),
        field(
            "autoPromotionEnabled",
            Bool,
            "Whether the switch needs no person. Default: true.",
            "false",
        ),
        field(
            "autoPromotionSeconds",
            NATURAL,
            "How long the new version waits for the switch, in seconds, after the analysis before \
             it. Default: 0. Nothing if `autoPromotionEnabled` is false.",
            "300",
        ),
        field(
            "scaleDownDelaySeconds",
            NATURAL,
            "How long the old version stays after the end, in seconds; shown by a dry run. \
             Default: 30.",
            "600",
        ),
        passed("previewService", Text, "checkout-preview"),
        passed("previewReplicaCount", NATURAL, "1"),
        passed("previewMetadata", Of(&POD_METADATA), "{labels: {role: preview}}"),
        passed("activeMetadata", Of(&POD_METADATA), "{labels: {role: active}}"),
        passed("scaleDownDelayRevisionLimit", NATURAL, "2"),
        passed("abortScaleDownDelaySeconds", NATURAL, "30"),
        passed("maxUnavailable", IntegerOrText(0), "1"),
        passed("antiAffinity", Free, "{}"),
    ],
};

static POD_METADATA: Object = Object {
    name: "PodTemplateMetadata",
    about: "Labels and annotations that pods get for a while.",
    fields: &[
        passed("labels", TextMap, "{role: canary}"),
        passed("annotations", TextMap, "{owner: \"web@example.org\"}"),
    ],
};

static TRAFFIC_ROUTING: Object = Object {
    name: "TrafficRouting",
    about: "Who shares out the traffic.",
    fields: &[
        field(
            "maxTrafficWeight",
            Integer(1, INT32_MAX),
            "The weight that is all of the traffic. Default: 100.",
            "1000",
        ),
        passed("managedRoutes", Free, "[{name: by-header}]"),
        passed("istio", Free, "{virtualService: {name: checkout}}"),
        passed("nginx", Free, "{stableIngress: checkout}"),
        passed("alb", Free, "{ingress: checkout, servicePort: 443}"),
        passed("smi", Free, "{trafficSplitName: checkout}"),
        passed("ambassador", Free, "{mappings: [checkout]}"),
        passed("appMesh", Free, "{virtualService: {name: checkout}}"),
        passed("traefik", Free, "{weightedTraefikServiceName: checkout}"),
        passed("apisix", Free, "{route: {name: checkout}}"),
        passed("plugins", Free, "{argoproj-labs/gatewayAPI: {httpRoute: checkout}}"),
    ],
};

static CANARY_STEP: Object = Object {
    name: "CanaryStep",
    about: "One step: exactly one of its fields.",
    fields: &[
        field(
            "setWeight",
            NATURAL,
            "The share of the traffic that the new version gets from now on, in percent (of \
             `maxTrafficWeight`).",
            "25",
        ),
        field("pause", Of(&PAUSE), "Waits.", "{duration: 10m}"),
        field(
            "analysis",
            Of(&ANALYSIS),
            "Judges, and goes on only if that promotes.",
            "{templates: [{templateName: success-rate}]}",
        ),
        passed("setCanaryScale", Of(&CANARY_SCALE), "{replicas: 2}"),
        passed("setHeaderRoute", Of(&HEADER_ROUTE), "{name: by-header}"),
        passed("setMirrorRoute", Of(&MIRROR_ROUTE), "{name: mirror, percentage: 10}"),
        passed("plugin", Of(&PLUGIN_STEP), "{name: example.org/notify}"),
        passed("replicaProgressThreshold", Free, "{type: Percent, value: 90}"),
        field(
            "experiment",
            Free,
            "Versions that live for a while beside the rollout. A dry run cannot walk past one.",
            "{duration: 10m, templates: []}",
        ),
    ],
};

static PAUSE: Object = Object {
    name: "RolloutPause",
    about: "A wait, or without `duration` a wait until a person promotes.",
    fields: &[field(
        "duration",
        Either(&[NATURAL, Duration]),
        "How long: seconds, or a Go duration, of which the whole seconds count.",
        "10m",
    )],
};

static CANARY_SCALE: Object = Object {
    name: "SetCanaryScale",
    about: "How many pods the new version has, whatever its traffic.",
    fields: &[
        passed("weight", NATURAL, "25"),
        passed("replicas", NATURAL, "2"),
        passed("matchTrafficWeight", Bool, "true"),
    ],
};

static HEADER_ROUTE: Object = Object {
    name: "SetHeaderRoute",
    about: "Requests that go to the new version by their headers.",
    fields: &[
        passed("name", Text, "by-header"),
        passed("match", Free, "[{headerName: version, headerValue: {exact: \"2\"}}]"),
    ],
};

static MIRROR_ROUTE: Object = Object {
    name: "SetMirrorRoute",
    about: "Requests that are sent to the new version too.",
    fields: &[
        passed("name", Text, "mirror"),
        passed("match", Free, "[{method: {exact: GET}}]"),
        passed("percentage", NATURAL, "10"),
    ],
};

static PLUGIN_STEP: Object = Object {
    name: "PluginStep",
    about: "A step that a plugin of the controller does.",
    fields: &[
        passed("name", Text, "example.org/notify"),
        passed("config", Free, "{channel: releases}"),
    ],
};

static TEMPLATE_ITEM: Shape = Of(&TEMPLATE_REFERENCE);
static ARG_ITEM: Shape = Of(&ROLLOUT_ARG);

const TEMPLATES_FIELD: Field = field(
    "templates",
    List(&TEMPLATE_ITEM),
    "The templates that the run is made of.",
    "[{templateName: error-rate}]",
);

const ARGS_FIELD: Field = field(
    "args",
    List(&ARG_ITEM),
    "Values for the arguments of the templates.",
    "[{name: service, value: checkout}]",
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
    "How many measurements of a metric are kept. Default: 10.",
    "[{metricName: error-rate, limit: 20}]",
);

const RUN_METADATA_FIELD: Field =
    passed("analysisRunMetadata", Of(&POD_METADATA), "{labels: {team: web}}");

static ANALYSIS: Object = Object {
    name: "RolloutAnalysis",
    about: "An AnalysisRun that a rollout starts.",
    fields: &[TEMPLATES_FIELD, ARGS_FIELD, DRY_RUN_FIELD, RETENTION_FIELD, RUN_METADATA_FIELD],
};

static BACKGROUND_ANALYSIS: Object = Object {
    name: "RolloutAnalysisBackground",
    about: "An AnalysisRun beside the steps, until the rollout ends.",
    fields: &[
        field(
            "startingStep",
            NATURAL,
            "The step with which it starts, counted from 0. Default: 0.",
            "2",
        ),
        TEMPLATES_FIELD,
        ARGS_FIELD,
        DRY_RUN_FIELD,
        RETENTION_FIELD,
        RUN_METADATA_FIELD,
    ],
};

static ROLLOUT_ARG: Object = Object {
    name: "AnalysisRunArgument",
    about: "A value for an argument. What is given to the dry run wins over it.",
    fields: &[
        field("name", Text, "The argument.", "service").required(),
        field("value", Text, "Its value, a text: numbers and bools need quotes.", "checkout"),
        field(
            "valueFrom",
            Of(&ROLLOUT_VALUE_FROM),
            "Where its value is read.",
            "{podTemplateHashValue: Latest}",
        ),
    ],
};

static ROLLOUT_VALUE_FROM: Object = Object {
    name: "ArgumentValueFrom",
    about: "Where a rollout reads the value of an argument.",
    fields: &[
        field(
            "podTemplateHashValue",
            Choice(&["Latest", "Stable"]),
            "The hash of the new or the old version. In a dry run `canary-hash` or `stable-hash`.",
            "Latest",
        ),
        field(
            "fieldRef",
            Of(&FIELD_REF),
            "A field of the Rollout. In a dry run what the file says there, or else the path.",
            "{fieldPath: \"metadata.labels['env']\"}",
        ),
    ],
};
