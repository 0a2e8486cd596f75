//! Problems of one metric.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, Severity, SourceSpan};

use super::{CriterionFault, ProviderFault};

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

    /// A provider that cannot be asked.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Provider(#[from] ProviderFault),

    /// A statistical criterion that cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Criterion(#[from] CriterionFault),
}

pub(super) const DURATION_HELP: &str =
    "write a number with a unit (`ms`, `s`, `m`, `h`), for example `30s` or `1m30s`";
