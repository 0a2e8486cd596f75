//! What a metric compares: the statistical criteria of `assay.dev/v1alpha1`.
//!
//! A criterion has a few queries, its *parts* (`errors`, `requests`, …), whose raw samples are read at
//! common instants. The parts are put into one query, so that one answer holds all of them as of one
//! moment; [`PART_LABEL`] says which part a series belongs to.

use std::time::Duration;

use assay_stats::boundary::Boundary;
use assay_stats::comparison::Direction;
use assay_stats::level::{Alpha, Confidence, Ratio, Share};

use crate::secret::Resolved;

/// The label by which the query of a comparison tells its parts apart.
///
/// Its value is the part's key (`errors`), with `/canary` or `/baseline` behind it where each arm has a
/// query of its own.
pub const PART_LABEL: &str = "__assay_part__";

/// What all statistical criteria of a rollout share: `spec.compare`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequential {
    /// The tolerated rate of false aborts, over all criteria, looks and steps of the rollout.
    pub alpha: Alpha,
    /// The tolerated rate of wrong early promotions, for each harmed metric.
    pub beta: Alpha,
    /// Which threshold the evidence is held against.
    pub boundary: Boundary,
    /// How the threshold of a declared number of looks is found.
    pub threshold: Threshold,
    /// Time from one look to the next, for criteria that say none of their own.
    pub interval: Duration,
    /// Looks that begin earlier than this after the start are dropped: canary pods are cold.
    pub warmup: Duration,
    /// Nothing is decided on fewer looks with data than this; at least 2.
    pub looks_min: u64,
    /// The last look is this long after the start.
    pub max_duration: Duration,
    /// How many runs of the rollout go on with each other's evidence, at least 1: a threshold for a
    /// declared number of looks has to hold over all of them.
    pub runs: u32,
    /// No early promotion before this long after the start.
    pub min_duration: Duration,
    /// What happens at the last look when nothing was decided before.
    pub on_horizon: OnHorizon,
    /// How long before the start the baseline's pods are looked at to learn their noise.
    pub history: Duration,
    /// The traffic that is expected, for planning only: a run does not look at it.
    pub traffic: StatedTraffic,
}

impl Sequential {
    /// Whether criteria are tested in the same way, whatever traffic is expected.
    pub fn tests_as(&self, other: &Self) -> bool {
        *self == Self { traffic: self.traffic, ..other.clone() }
    }
}

/// The traffic that `spec.compare` says to expect: what is not said is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StatedTraffic {
    /// Requests per second to both versions together, above 0.
    pub requests_per_second: Option<f64>,
    /// The canary's share of them.
    pub canary_weight: Option<Share>,
    /// The share of the baseline's requests that fail.
    pub errors: Option<Share>,
    /// The share of the baseline's requests that take longer than what `latency` has under `above`.
    pub slow: Option<Share>,
    /// How often per second a counter counts in both versions together, above 0: for `counts`.
    pub events_per_second: Option<f64>,
}

/// How the threshold of a declared number of looks is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// From the table of worst cases, in no time.
    Table,
    /// By simulating healthy rollouts with the traffic of the first look, always with the same seed: a
    /// tenth of a second for each criterion at its start, and changes are found sooner. Right while the
    /// split of the traffic stays as it is at the first look.
    Simulated,
}

/// What the last look decides when the evidence decided nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnHorizon {
    /// Enough data and nothing found: good, and the smallest change that could have been seen is told.
    Pass,
    /// Good only if the change to rule out is ruled out.
    Strict,
}

impl OnHorizon {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Strict => "strict",
        }
    }
}

/// One statistical criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is tested.
    pub statistic: Statistic,
    /// How the two arms are told apart.
    pub arms: Arms,
    /// The labels that may tell pods apart; a series' pod is the first of them that it has.
    pub pods: Vec<String>,
    /// The queries, in the order of the statistic's [`Statistic::parts`].
    pub parts: Vec<Part>,
    /// Its share of the run's level, relative to the other criteria; 0 or more.
    pub weight: f64,
    /// Time from one look to the next.
    pub interval: Duration,
}

/// One query of a criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The field it was written in: `errors`, `requests`, `buckets`, `counter`, `gauge`.
    pub key: &'static str,
    /// The arm it is for; none where a label tells the arms apart.
    pub arm: Option<Arm>,
    /// The PromQL text.
    pub query: Resolved,
}

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// The new version.
    Canary,
    /// What it is compared with.
    Baseline,
}

impl Arm {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::Baseline => "baseline",
        }
    }
}

/// How series are told to belong to an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arms {
    /// By the value of a label; series with any other value belong to neither.
    Label {
        /// The label.
        label: String,
        /// Its value in the new version.
        canary: String,
        /// Its value in what it is compared with.
        baseline: String,
    },
    /// Each arm has its own queries.
    Queries,
}

/// What a criterion tests, with its settings (statistics, section 3.6).
#[derive(Clone, Debug, PartialEq)]
pub enum Statistic {
    /// Errors of requests: parts `errors`, `requests`.
    ErrorRate {
        /// The ratio of rates that is tolerated, from 1.
        allowed: Ratio,
        /// The smallest ratio worth finding.
        effect: Ratio,
        /// The ratio to rule out before an early promotion.
        rule_out: Ratio,
        /// Requests of each arm without which the end decides nothing.
        requests_min: f64,
        /// A smaller difference of the error shares never counts as worse, 0 to 1.
        excess_min: f64,
    },
    /// Requests slower than bucket bounds: part `buckets`, cumulative, with label `le`.
    Latency {
        /// What matters of the distribution.
        tail: Tail,
        /// How many times as long it may take: 1.05.
        slower: Ratio,
        /// The smallest ratio of shares worth finding.
        effect: Ratio,
        /// The ratio of shares to rule out before an early promotion.
        rule_out: Ratio,
        /// Requests of each arm without which the end decides nothing.
        requests_min: f64,
    },
    /// Any counter over an exposure: parts `counter` and, for [`Exposure::Requests`], `requests`.
    Counts {
        /// Which way a change is harmful.
        direction: Direction,
        /// What it is counted over.
        exposure: Exposure,
        /// The ratio of rates that is tolerated, from 1.
        allowed: Ratio,
        /// The smallest ratio worth finding.
        effect: Ratio,
        /// The ratio to rule out before an early promotion.
        rule_out: Ratio,
        /// Requests of each arm without which the end decides nothing; of a weight: seconds times weight.
        exposure_min: f64,
    },
    /// A gauge of every pod: part `gauge`.
    Gauge {
        /// What is tolerated and on what scale.
        scale: Scale,
        /// Looks with data without which the end decides nothing.
        looks_min: u64,
    },
    /// The canary against a constant.
    Limit(Limit),
    /// Whether the canary gets its share of the traffic: part `requests`. Warns, never decides.
    TrafficShare {
        /// The canary's share of all requests.
        expected: Share,
    },
    /// Kayenta's judge on the values of a query, once, at the end: part `values`.
    Classic {
        /// The two-sided level of its interval.
        confidence: Confidence,
        /// A shift counts only beyond this share of the estimate's size, 0 or more.
        tolerance: f64,
        /// Which way a change is harmful.
        direction: Direction,
    },
}

/// The slow end of a latency distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tail {
    /// Around this quantile.
    Quantile(Share),
    /// Above this many of the unit of `le`, which has to be a bucket bound.
    Above(f64),
}

/// What a counter is counted over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exposure {
    /// The increase of another counter.
    Requests,
    /// Seconds, times the share of the traffic that the arm has.
    Weight {
        /// The canary's share.
        canary: Share,
    },
}

/// The scale on which two gauges are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// By their ratio, for values above 0.
    Ratio {
        /// The ratio that is tolerated, from 1.
        allowed: Ratio,
        /// The ratio to rule out before an early promotion.
        rule_out: Ratio,
    },
    /// By their difference, in units of the gauge.
    Difference {
        /// The difference that is tolerated, 0 or more.
        allowed: f64,
        /// The difference to rule out before an early promotion.
        rule_out: f64,
    },
}

/// What the canary has to keep within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// At most this share of requests fails: parts `errors`, `requests`.
    Share {
        /// The limit, strictly between 0 and 0.9.
        at_most: Share,
        /// The smallest ratio of shares worth finding.
        effect: Ratio,
        /// Requests without which the end decides nothing.
        requests_min: f64,
    },
    /// The gauge is at most this on average: part `gauge`.
    AtMost(f64),
    /// The gauge is at least this on average: part `gauge`.
    AtLeast(f64),
}

impl Statistic {
    /// The criterion's key in a template.
    pub fn key(&self) -> &'static str {
        match self {
            Self::ErrorRate { .. } => "errorRate",
            Self::Latency { .. } => "latency",
            Self::Counts { .. } => "counts",
            Self::Gauge { .. } => "gauge",
            Self::Limit(_) => "limit",
            Self::TrafficShare { .. } => "trafficShare",
            Self::Classic { .. } => "classic",
        }
    }

    /// The keys of its queries.
    pub fn parts(&self) -> &'static [&'static str] {
        match self {
            Self::ErrorRate { .. } | Self::Limit(Limit::Share { .. }) => &["errors", "requests"],
            Self::Latency { .. } => &["buckets"],
            Self::Counts { exposure: Exposure::Requests, .. } => &["counter", "requests"],
            Self::Counts { exposure: Exposure::Weight { .. }, .. } => &["counter"],
            Self::Gauge { .. } | Self::Limit(Limit::AtMost(_) | Limit::AtLeast(_)) => &["gauge"],
            Self::TrafficShare { .. } => &["requests"],
            Self::Classic { .. } => &["values"],
        }
    }

    /// Whether there is a baseline, without which nothing can be said.
    pub fn needs_baseline(&self) -> bool {
        match self {
            Self::ErrorRate { .. }
            | Self::Latency { .. }
            | Self::Counts { .. }
            | Self::Gauge { .. }
            | Self::TrafficShare { .. }
            | Self::Classic { .. } => true,
            Self::Limit(_) => false,
        }
    }

    /// Whether it takes part in the average of evidence that all looks are held to.
    pub fn is_sequential(&self) -> bool {
        match self {
            Self::ErrorRate { .. }
            | Self::Latency { .. }
            | Self::Counts { .. }
            | Self::Gauge { .. }
            | Self::Limit(_) => true,
            Self::TrafficShare { .. } | Self::Classic { .. } => false,
        }
    }
}
