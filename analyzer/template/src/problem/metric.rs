//! Problems of one metric.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, Severity, SourceSpan};

/// A problem of one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricProblem {
    /// The metric's place in the run, counted from 0.
    pub index: usize,
    /// Its name as written.
    pub metric: String,
    /// What is wrong with it.
    pub fault: MetricFault,
}

impl MetricProblem {
    /// The message as Argo Rollouts prints it, such as `metrics[0]: no provider specified`.
    pub fn argo_message(&self) -> String {
        format!("metrics[{}]: {}", self.index, self.fault)
    }
}

impl fmt::Display for MetricProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metric `{}`: {}", super::shorten(&self.metric), self.fault)
    }
}

impl std::error::Error for MetricProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.fault)
    }
}

impl Diagnostic for MetricProblem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Diagnostic::code(&self.fault)
    }

    fn severity(&self) -> Option<Severity> {
        self.fault.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.fault.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.fault.labels()
    }
}

/// What is wrong with a metric. Where Argo Rollouts has words for it, they are in the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum MetricFault {
    /// A name that cannot be shown on one line.
    #[error("a metric name cannot {cannot}")]
    #[diagnostic(
        code(assay::template::invalid_metric_name),
        help("use a short name of letters, digits, `-`, `_` and `.`")
    )]
    Name {
        cannot: String,
        #[label("this name")]
        at: SourceSpan,
    },

    /// The run is not long enough to fail.
    #[error(
        "count ({count}) must be >= failureLimit + consecutiveSuccessLimit ({failure} + {success}) if both >= 0"
    )]
    #[diagnostic(
        code(assay::template::count_below_failure_limit),
        help(
            "raise `count` to at least {wanted}, or lower the limits: with so few measurements they can never be exceeded"
        )
    )]
    CountBelowFailureLimit {
        count: i64,
        failure: i64,
        success: i64,
        wanted: i64,
        #[label("{count} measurements")]
        at: SourceSpan,
    },

    /// The run is not long enough to be inconclusive.
    #[error("count must be >= inconclusiveLimit")]
    #[diagnostic(
        code(assay::template::count_below_inconclusive_limit),
        help("lower `inconclusiveLimit` ({limit}) below `count` ({count})")
    )]
    CountBelowInconclusiveLimit {
        count: i64,
        limit: i64,
        #[label("{count} measurements")]
        at: SourceSpan,
    },

    /// The run is not long enough to be good.
    #[error("count must be >= consecutiveSuccessLimit")]
    #[diagnostic(
        code(assay::template::count_below_success_limit),
        help("raise `count` ({count}) to at least `consecutiveSuccessLimit` ({limit})")
    )]
    CountBelowSuccessLimit {
        count: i64,
        limit: i64,
        #[label("{count} measurements")]
        at: SourceSpan,
    },

    /// Several measurements, but nobody says when.
    #[error("interval must be specified when count > 1")]
    #[diagnostic(
        code(assay::template::count_without_interval),
        help("add for example `interval: 30s`, or drop `count` to measure once")
    )]
    CountWithoutInterval {
        count: i64,
        #[label("{count} measurements, how far apart?")]
        at: SourceSpan,
    },

    /// `interval` is no duration.
    #[error("invalid interval string: {reason}")]
    #[diagnostic(code(assay::template::invalid_interval), help("{DURATION_HELP}"))]
    Interval {
        reason: String,
        #[label("not a duration")]
        at: SourceSpan,
    },

    /// `initialDelay` is no duration.
    #[error("invalid startDelay string: {reason}")]
    #[diagnostic(code(assay::template::invalid_initial_delay), help("{DURATION_HELP}"))]
    InitialDelay {
        reason: String,
        #[label("not a duration")]
        at: SourceSpan,
    },

    /// Another field is no duration.
    #[error("{field} is no duration: {reason}")]
    #[diagnostic(code(assay::template::invalid_duration), help("{DURATION_HELP}"))]
    Duration {
        field: String,
        reason: String,
        #[label("not a duration")]
        at: SourceSpan,
    },

    /// A duration too short, or below zero.
    #[error("{field} is {value}, and the shortest is {least}")]
    #[diagnostic(code(assay::template::duration_too_short), help("write at least `{least}`"))]
    TooShort {
        field: String,
        value: String,
        least: String,
        #[label("too short")]
        at: SourceSpan,
    },

    /// A measurement that `maxDuration` makes impossible.
    #[error("{what} comes after {value}, and the run ends after `maxDuration`, {max_duration}")]
    #[diagnostic(
        code(assay::template::past_max_duration),
        help("raise `maxDuration`, or measure sooner or less often")
    )]
    PastMaxDuration {
        what: String,
        value: String,
        max_duration: String,
        #[label("too late")]
        at: SourceSpan,
    },

    /// Not a number where one is needed.
    #[error("{field} is {text:?}, which is no whole number")]
    #[diagnostic(
        code(assay::template::not_a_number),
        help("write a whole number; Argo Rollouts would silently read this as 0")
    )]
    NotANumber {
        field: String,
        text: String,
        #[label("not a number")]
        at: SourceSpan,
    },

    /// A number larger than anybody needs.
    #[error("{field} is {value}, and the largest is {largest}")]
    #[diagnostic(code(assay::template::number_too_large), help("write a smaller number"))]
    TooLarge {
        field: String,
        value: i64,
        largest: i64,
        #[label("too large")]
        at: SourceSpan,
    },

    /// A limit below what it may be.
    #[error("{field} must be >= 0{}", if *.may_be_disabled { ", or -1 to be disabled" } else { "" })]
    #[diagnostic(code(assay::template::limit_out_of_range), help("{help}"))]
    LimitOutOfRange {
        field: &'static str,
        may_be_disabled: bool,
        help: &'static str,
        #[label("below zero")]
        at: SourceSpan,
    },

    /// Nothing that could end the metric.
    #[error("failureLimit and consecutiveSuccessLimit cannot both be disabled")]
    #[diagnostic(
        code(assay::template::limits_disabled),
        help("drop `failureLimit: -1`, or say with `consecutiveSuccessLimit` when it is good")
    )]
    LimitsDisabled {
        #[label("no failure can fail it, and no success can end it")]
        at: SourceSpan,
    },

    /// No provider.
    #[error("no provider specified")]
    #[diagnostic(
        code(assay::template::no_provider),
        help(
            "say under `provider` where the value comes from, for example `prometheus` with a `query`"
        )
    )]
    NoProvider {
        #[label("whom to ask?")]
        at: SourceSpan,
    },

    /// Several providers.
    #[error("multiple providers specified")]
    #[diagnostic(
        code(assay::template::multiple_providers),
        help("a metric has one provider: split this one into {count} metrics")
    )]
    MultipleProviders {
        count: usize,
        #[label("the first")]
        first: SourceSpan,
        #[label("another one")]
        at: SourceSpan,
    },

    /// A word that is none of those known.
    #[error("{field} is {text:?}, which is none of {allowed}")]
    #[diagnostic(code(assay::template::unknown_word), help("write one of {allowed}"))]
    UnknownWord {
        field: String,
        text: String,
        allowed: &'static str,
        #[label("not one of {allowed}")]
        at: SourceSpan,
    },

    /// A condition that cannot be used.
    #[error("{message}")]
    #[diagnostic(code(assay::template::bad_condition))]
    Condition {
        message: String,
        #[help]
        help: Option<String>,
        #[label("here")]
        at: SourceSpan,
    },

    /// No condition where one is needed.
    #[error("it has neither a successCondition nor a failureCondition")]
    #[diagnostic(
        code(assay::template::no_condition),
        help("any answer would pass: add for example `successCondition: result[0] >= 0.95`")
    )]
    NoCondition {
        #[label("what is a good value?")]
        at: SourceSpan,
    },

    /// Missing data is judged, and nobody says why.
    #[error("`onNoData: judge` needs a `waiver`")]
    #[diagnostic(
        code(assay::template::judge_without_waiver),
        help(
            "add `waiver:` with the reason why missing data may pass; it is shown on every verdict"
        )
    )]
    JudgeWithoutWaiver {
        #[label("why may missing data pass?")]
        at: SourceSpan,
    },

    /// A waiver that nothing uses.
    #[error("`waiver` without `onNoData: judge`")]
    #[diagnostic(
        code(assay::template::waiver_without_judge),
        help("drop it, or add `onNoData: judge`")
    )]
    WaiverWithoutJudge {
        #[label("waives nothing")]
        at: SourceSpan,
    },

    /// A Prometheus address that is no URL.
    #[error("prometheus address is not is url format")]
    #[diagnostic(
        code(assay::template::invalid_address),
        help("write scheme and host, for example `http://prometheus.monitoring:9090`")
    )]
    Address {
        #[label("{reason}")]
        at: SourceSpan,
        reason: String,
    },

    /// A URL that cannot be asked.
    #[error("{field} cannot be asked: {reason}")]
    #[diagnostic(
        code(assay::template::invalid_url),
        help("write an absolute URL, for example `https://host.example/path`")
    )]
    Url {
        field: String,
        reason: String,
        #[label("this URL")]
        at: SourceSpan,
    },

    /// A timeout below zero.
    #[error("prometheus timeout should not be negative")]
    #[diagnostic(
        code(assay::template::negative_timeout),
        help("write seconds, for example `timeout: 30`")
    )]
    NegativeTimeout {
        #[label("below zero")]
        at: SourceSpan,
    },

    /// A timeout that has passed before the request is sent.
    #[error("a timeout of 0 seconds has always passed already")]
    #[diagnostic(
        code(assay::template::zero_timeout),
        help("write seconds, for example `timeout: 30`, or drop it for the default of 30 seconds")
    )]
    ZeroTimeout {
        #[label("no time at all")]
        at: SourceSpan,
    },

    /// A range query's time that is none.
    #[error("failed to parse rangeQuery.{end} as time: {reason}")]
    #[diagnostic(code(assay::template::invalid_range_time))]
    RangeTime {
        end: &'static str,
        reason: String,
        #[help]
        help: Option<String>,
        #[label("here")]
        at: SourceSpan,
    },

    /// A range query's step that is no duration.
    #[error("failed to parse rangeQuery.step as duration: {reason}")]
    #[diagnostic(code(assay::template::invalid_range_step), help("{DURATION_HELP}"))]
    RangeStep {
        reason: String,
        #[label("not a duration")]
        at: SourceSpan,
    },

    /// Half a login.
    #[error("missing mandatory parameter in metric for {login} setup: {missing}")]
    #[diagnostic(code(assay::template::incomplete_login), help("add `{missing}`"))]
    IncompleteLogin {
        login: &'static str,
        missing: &'static str,
        #[label("incomplete")]
        at: SourceSpan,
    },

    /// Two logins.
    #[error("several ways to log in at once: {ways}")]
    #[diagnostic(code(assay::template::several_logins), help("keep one of them"))]
    SeveralLogins {
        ways: String,
        #[label("which one?")]
        at: SourceSpan,
    },

    /// A client certificate without its key, or the reverse.
    #[error("a client certificate needs both `certFile` and `keyFile`")]
    #[diagnostic(code(assay::template::incomplete_certificate), help("add the missing one"))]
    IncompleteCertificate {
        #[label("only one of the two")]
        at: SourceSpan,
    },

    /// A header that cannot be sent.
    #[error("header {name:?} {reason}")]
    #[diagnostic(code(assay::template::invalid_header), help("{help}"))]
    Header {
        name: String,
        reason: &'static str,
        help: &'static str,
        #[label("this header")]
        at: SourceSpan,
    },

    /// A body that is never sent.
    #[error("Body/JSONBody can only be used with POST or PUT WebMetric Method types")]
    #[diagnostic(
        code(assay::template::body_without_method),
        help("add `method: POST`, or drop the body")
    )]
    BodyWithoutMethod {
        #[label("not sent with GET")]
        at: SourceSpan,
    },

    /// Two bodies.
    #[error("use either Body or JSONBody; both cannot exists for WebMetric payload")]
    #[diagnostic(code(assay::template::two_bodies), help("drop one of them"))]
    TwoBodies {
        #[label("the other body")]
        at: SourceSpan,
    },

    /// A JSONPath that is none.
    #[error("{reason}")]
    #[diagnostic(
        code(assay::template::invalid_json_path),
        help("write the path in braces, for example `{{$.data.ok}}`")
    )]
    JsonPath {
        reason: String,
        #[label("here")]
        at: SourceSpan,
    },

    /// A status that is no HTTP status.
    #[error("{text:?} is no HTTP status")]
    #[diagnostic(
        code(assay::template::invalid_status),
        help(
            "write a status such as `200`, a range such as `200-299`, a class such as `2xx`, or a list of them"
        )
    )]
    Status {
        text: String,
        #[label("not a status")]
        at: SourceSpan,
    },

    /// Something needed is not there.
    #[error("{what} is missing")]
    #[diagnostic(code(assay::template::missing_part), help("{help}"))]
    Missing {
        what: String,
        help: &'static str,
        #[label("not here")]
        at: SourceSpan,
    },

    /// Two targets of one name.
    #[error("two targets are called `{name}`")]
    #[diagnostic(
        code(assay::template::duplicate_target),
        help("give them different names with `{{name: …, url: …}}`")
    )]
    DuplicateTarget {
        name: String,
        #[label("the second one")]
        at: SourceSpan,
    },

    /// Scores in the wrong order.
    #[error("threshold.marginal ({marginal}) is above threshold.pass ({pass})")]
    #[diagnostic(
        code(assay::template::invalid_threshold),
        help(
            "a score of `pass` or more is good, one of `marginal` or more is undecided: lower `marginal`"
        )
    )]
    Threshold {
        pass: i64,
        marginal: i64,
        #[label("above `pass`")]
        at: SourceSpan,
    },

    /// A Datadog query that Argo Rollouts refuses.
    #[error("{reason}")]
    #[diagnostic(code(assay::template::invalid_datadog_query), help("{help}"))]
    Datadog {
        reason: &'static str,
        help: &'static str,
        #[label("this provider")]
        at: SourceSpan,
    },
}

const DURATION_HELP: &str =
    "write a number with a unit (`ms`, `s`, `m`, `h`), for example `30s` or `1m30s`";
