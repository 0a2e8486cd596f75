//! A template with all its arguments bound: what a run runs.
//!
//! A `Plan` is only made by `bind`, so an invalid one cannot start.

pub mod compare;
pub mod level;
pub mod power;

use std::time::Duration;

use miette::SourceSpan;

use crate::condition::{Condition, TimeExpression};
use crate::json::Json;
use crate::jsonpath::JsonPath;
use crate::secret::{Resolved, Secret, Secrets};
use crate::yaml::SourceId;

use self::compare::{Comparison, Sequential};

/// How missing evidence and the sixteen known traps are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// assay's own: promote needs evidence, and blind is told apart from bad.
    Strict,
    /// Phases exactly as Argo Rollouts gives them; each trap that mattered is a warning.
    Argo,
}

/// What a run runs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The name of the template, or of several joined by `+`.
    pub name: String,
    /// How missing evidence is treated.
    pub mode: Mode,
    /// The metrics in template order, names unique.
    pub metrics: Vec<MetricPlan>,
    /// What its statistical criteria share; none if it has no such criterion.
    pub sequential: Option<Sequential>,
    /// The run is terminated this long after its start, if it still runs.
    pub max_duration: Option<Duration>,
    /// The run is to be terminated at once (`spec.terminate` of an AnalysisRun).
    pub terminate: bool,
    /// What is allowed but suspicious, in template order.
    pub warnings: Vec<Warning>,
    /// Every secret text, to be taken out of whatever comes back from outside.
    pub secrets: Secrets,
}

/// One metric, all arguments filled in.
#[derive(Clone, Debug)]
pub struct MetricPlan {
    /// Unique in the plan.
    pub name: String,
    /// Wait after a measurement finished before the next; none: one measurement.
    pub interval: Option<Duration>,
    /// The first measurement is due this long after the start of the run.
    pub initial_delay: Duration,
    /// Judged measurements wanted (the *effective count*); none: until terminated.
    pub count: Option<u32>,
    /// When the metric concludes before its count.
    pub limits: Limits,
    /// What judges a reading.
    pub criterion: Criterion,
    /// Where readings come from.
    pub query: Query,
    /// Measured and shown, but without a say in the verdict.
    pub dry_run: bool,
    /// Measurements kept; counters go on counting.
    pub retention: usize,
    /// What a metric that saw no data does to the run (strict mode only).
    pub on_no_data: OnNoData,
    /// What a metric whose source failed does to the run (strict mode only).
    pub on_error: Consequence,
    /// What an inconclusive metric does to the run (strict mode only).
    pub on_inconclusive: Consequence,
}

impl MetricPlan {
    /// Its statistical criterion, if it has one.
    pub fn comparison(&self) -> Option<&Comparison> {
        match &self.criterion {
            Criterion::Comparison(comparison) => Some(comparison),
            Criterion::Conditions { .. } | Criterion::Score { .. } | Criterion::Told => None,
        }
    }

    /// What is asked, for people: the query as written, or each of a comparison's; secrets masked.
    pub fn asked(&self) -> String {
        let Some(comparison) = self.comparison() else { return self.query.shown() };
        let parts = comparison.parts.iter().map(|part| {
            let arm = part.arm.map(|arm| format!(" of the {}", arm.as_str())).unwrap_or_default();
            format!("{}{arm}: {}", part.key, part.query.shown())
        });
        parts.collect::<Vec<_>>().join("; ")
    }
}

/// The limits of one metric. `failed > failure` concludes it, strictly greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failed measurements allowed; none: any number (`failureLimit: -1`).
    pub failure: Option<u32>,
    /// Failed measurements in a row allowed; none: not looked at.
    pub consecutive_failure: Option<u32>,
    /// Inconclusive measurements allowed.
    pub inconclusive: u32,
    /// Measurements in a row that may be blind (error or, in strict mode, no data).
    pub consecutive_error: u32,
    /// Successful measurements in a row that conclude the metric (`>=`); none: not looked at.
    pub consecutive_success: Option<u32>,
}

impl Default for Limits {
    /// Argo's defaults: no failure, no inconclusive measurement, four errors in a row.
    fn default() -> Self {
        Self {
            failure: Some(0),
            consecutive_failure: None,
            inconclusive: 0,
            consecutive_error: 4,
            consecutive_success: None,
        }
    }
}

/// A consequence for the run that the template may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// A person decides.
    Hold,
    /// The release is rolled back.
    Abort,
}

/// What missing data does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnNoData {
    /// A person decides (the default).
    Hold,
    /// The release is rolled back.
    Abort,
    /// The condition judges the missing value as Argo would; shown on the verdict with this reason.
    Judge {
        /// Why somebody accepted that, in their words.
        waiver: String,
    },
}

/// What judges a reading.
#[derive(Clone, Debug)]
pub enum Criterion {
    /// Two optional expressions, Argo's table of five rows (spec 2.1).
    Conditions {
        /// `successCondition`.
        success: Option<Condition>,
        /// `failureCondition`.
        failure: Option<Condition>,
    },
    /// A Kayenta score, cut to an integer: `>= pass` Successful, `>= marginal` Inconclusive.
    Score {
        /// Lowest score that is Successful, 0 to 100.
        pass: i64,
        /// Lowest score that is Inconclusive, 0 to 100.
        marginal: i64,
    },
    /// A statistical criterion: the canary compared with the baseline, or with a constant, look by look.
    Comparison(Box<Comparison>),
    /// The provider says so itself (a job completed or failed); conditions are ignored.
    Told,
}

/// Where a metric's readings come from.
#[derive(Clone, Debug)]
pub enum Query {
    /// The Prometheus HTTP API.
    Prometheus(PrometheusQuery),
    /// One HTTP request whose JSON answer is the value.
    Web(WebQuery),
    /// Several targets probed.
    Health(HealthQuery),
    /// Exposition pages read while the run lasts, and PromQL over them.
    Scrape(ScrapeQuery),
    /// A provider that assay reads but cannot ask live; recorded answers work.
    Foreign {
        /// The provider's key: `job`, `datadog`, `kayenta`, …
        provider: &'static str,
        /// Its own query text, if it has one.
        query: Option<Resolved>,
    },
}

impl Query {
    /// The provider's key in a template: `prometheus`, `web`, `health`, `job`, …
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Prometheus(_) => "prometheus",
            Self::Web(_) => "web",
            Self::Health(_) => "health",
            Self::Scrape(_) => "scrape",
            Self::Foreign { provider, .. } => provider,
        }
    }

    /// What is asked, for people: the query, the URL, or the URLs of all targets; secrets masked.
    pub fn shown(&self) -> String {
        match self {
            Self::Prometheus(prometheus) => prometheus.query.shown().to_owned(),
            Self::Web(web) => web.url.shown().to_owned(),
            Self::Health(health) => {
                let urls: Vec<&str> =
                    health.targets.iter().map(|target| target.url.shown()).collect();
                urls.join(" ")
            }
            Self::Scrape(scrape) => scrape.query.shown().to_owned(),
            Self::Foreign { query, .. } => {
                query.as_ref().map(|query| query.shown().to_owned()).unwrap_or_default()
            }
        }
    }
}

/// A query to the Prometheus HTTP API.
#[derive(Clone, Debug)]
pub struct PrometheusQuery {
    /// Base URL with scheme and host; none: the default of the operator.
    pub address: Option<Resolved>,
    /// The PromQL text.
    pub query: Resolved,
    /// The same as assay itself evaluates it, over series of a fixture.
    pub promql: Result<Secret<assay_promql::Query>, UnreadQuery>,
    /// Whole-exchange timeout (30 s unless said).
    pub timeout: Duration,
    /// Skip TLS verification.
    pub insecure: bool,
    /// Headers to send, names as written.
    pub headers: Vec<(String, Resolved)>,
    /// A range query instead of an instant one.
    pub range: Option<RangeQuery>,
    /// How to log in.
    pub authentication: Authentication,
    /// Custom CA and client certificate (assay.dev only).
    pub tls: Tls,
}

/// Why assay cannot evaluate a PromQL text itself. A live source may still know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadQuery {
    /// What is wrong, as a clause.
    pub message: String,
    /// Whether it is PromQL, only not one that is supported here.
    pub is_unsupported: bool,
    /// The text it is in.
    pub source: SourceId,
    /// The bytes it is about.
    pub at: SourceSpan,
}

/// The window of a range query.
#[derive(Clone, Debug)]
pub struct RangeQuery {
    /// First time; none: now.
    pub start: Option<TimeExpression>,
    /// Last time; none: now.
    pub end: Option<TimeExpression>,
    /// Distance between points, positive.
    pub step: Duration,
}

/// How a request logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Not at all, or by a header.
    None,
    /// User name and password.
    Basic {
        /// User name.
        username: Resolved,
        /// Password.
        password: Resolved,
    },
    /// A fixed token in `Authorization: Bearer` (assay.dev only).
    Bearer {
        /// The token.
        token: Resolved,
    },
    /// OAuth2 client credentials; the token is kept until shortly before it expires.
    OAuth2 {
        /// Where tokens are given out.
        token_url: Resolved,
        /// Client id.
        client_id: Resolved,
        /// Client secret.
        client_secret: Resolved,
        /// Scopes asked for.
        scopes: Vec<Resolved>,
    },
    /// AWS Signature Version 4 (Amazon Managed Prometheus).
    SigV4 {
        /// Region; none: from the environment.
        region: Option<Resolved>,
        /// Profile in the shared credentials file.
        profile: Option<Resolved>,
        /// Role to assume.
        role_arn: Option<Resolved>,
    },
}

/// Certificates of a connection, as PEM file paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificate authority to trust besides the system's.
    pub ca_file: Option<String>,
    /// Client certificate.
    pub cert_file: Option<String>,
    /// Key of the client certificate.
    pub key_file: Option<String>,
}

/// One HTTP request whose answer is the value.
#[derive(Clone, Debug)]
pub struct WebQuery {
    /// Absolute URL.
    pub url: Resolved,
    /// `GET`, `POST` or `PUT`.
    pub method: Method,
    /// Headers to send, names as written.
    pub headers: Vec<(String, Resolved)>,
    /// What to send.
    pub body: Body,
    /// Whole-exchange timeout (10 s unless said).
    pub timeout: Duration,
    /// What part of the answer is the value.
    pub json_path: JsonPath,
    /// Skip TLS verification.
    pub insecure: bool,
    /// How to log in.
    pub authentication: Authentication,
    /// Custom CA and client certificate (assay.dev only).
    pub tls: Tls,
}

/// An HTTP method a template may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD` (health only).
    Head,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
}

/// What a web request sends.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// Text as written.
    Text(Resolved),
    /// JSON text, sent with `Content-Type: application/json`.
    Json(Resolved),
}

/// Several targets, each asked one or more times a measurement.
///
/// `result` is an object: `successRatio` (0 to 1), `passed`, `failed`, `total` (probes),
/// `latencySeconds` (`mean`, `max`, `p95` over the probes that were answered; null if none was).
/// Without conditions the metric is Successful only when `successRatio` is 1.
#[derive(Clone, Debug)]
pub struct HealthQuery {
    /// Whom to ask, at least one.
    pub targets: Vec<HealthTarget>,
    /// `GET` or `HEAD`.
    pub method: Method,
    /// Headers to send, names as written.
    pub headers: Vec<(String, Resolved)>,
    /// What a good answer looks like.
    pub expect: HealthExpectation,
    /// Probes a target and measurement, one after the other, at least 1.
    pub probes: u32,
    /// Timeout of one probe (5 s unless said).
    pub timeout: Duration,
    /// Skip TLS verification.
    pub insecure: bool,
    /// How to log in.
    pub authentication: Authentication,
    /// Custom CA and client certificate.
    pub tls: Tls,
}

/// One target of a health query.
#[derive(Clone, Debug)]
pub struct HealthTarget {
    /// What people call it; its `host:port` unless said.
    pub name: String,
    /// Absolute URL.
    pub url: Resolved,
}

/// Pages of metrics that are read while a run lasts, and a query over what was read.
///
/// `result` is what the same query to a Prometheus that scrapes these pages gives.
#[derive(Clone, Debug)]
pub struct ScrapeQuery {
    /// Whose pages to read, at least one.
    pub targets: Vec<ScrapeTarget>,
    /// Time from one read of a page to the next, positive (15 s unless said).
    pub every: Duration,
    /// The PromQL text.
    pub query: Resolved,
    /// Timeout of one read, positive (5 s unless said).
    pub timeout: Duration,
    /// The same, as it is evaluated.
    pub promql: Secret<assay_promql::Query>,
    /// Headers to send, names as written.
    pub headers: Vec<(String, Resolved)>,
    /// How to log in.
    pub authentication: Authentication,
    /// Custom CA and client certificate.
    pub tls: Tls,
    /// Skip TLS verification.
    pub insecure: bool,
}

/// One target of a scrape query.
#[derive(Clone, Debug)]
pub struct ScrapeTarget {
    /// The label `instance` of its samples: its name, or else its `host:port`.
    pub instance: String,
    /// Absolute URL of its page.
    pub url: Resolved,
}

/// What a good answer to a probe looks like.
#[derive(Clone, Debug)]
pub struct HealthExpectation {
    /// Allowed status codes, as inclusive ranges; `200..=299` unless said.
    pub statuses: Vec<std::ops::RangeInclusive<u16>>,
    /// The body, white space at both ends dropped, must be this.
    pub body: Option<Resolved>,
    /// The body must contain this.
    pub body_contains: Option<Resolved>,
    /// The body must be JSON whose first match of the path equals the value.
    pub json: Option<(JsonPath, Json)>,
    /// The answer must be complete within this time.
    pub latency_max: Option<Duration>,
}

/// Something allowed but suspicious.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its code, e.g. `assay::trap::always_passes`.
    pub code: &'static str,
    /// The known trap (T1 to T16) it is, if it is one.
    pub trap: Option<u8>,
    /// The metric it is about.
    pub metric: Option<String>,
    /// What is suspicious and what to do, one sentence.
    pub message: String,
}
