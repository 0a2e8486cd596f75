//! Problems of the provider of a metric.

use miette::{Diagnostic, SourceSpan};

use super::metric::DURATION_HELP;

/// Why a provider cannot be asked. Where Argo Rollouts has words for it, they are in the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum ProviderFault {
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

    /// A query that only assay evaluates, and cannot.
    #[error("the query cannot be evaluated: {reason}")]
    #[diagnostic(
        code(assay::template::unusable_query),
        help("write PromQL that assay knows; `assay query` tries it")
    )]
    Query {
        reason: String,
        #[label("here")]
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
