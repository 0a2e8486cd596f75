//! What is allowed but suspicious.

use miette::{Diagnostic, SourceSpan};

/// Something a template may do, but hardly means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[diagnostic(severity(Warning))]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum Lint {
    /// T1.
    #[error("metric `{metric}` has only a failureCondition, so a NaN passes")]
    #[diagnostic(
        code(assay::trap::nan_passes),
        help("add a successCondition, or `|| isNaN({subject})` to the failureCondition")
    )]
    NanPasses {
        metric: String,
        subject: &'static str,
        #[label("false for NaN")]
        at: SourceSpan,
    },

    /// T2.
    #[error("metric `{metric}` takes +Inf for a good value")]
    #[diagnostic(
        code(assay::trap::infinity_passes),
        help("add an upper bound or `&& !isInf({subject})`: a division by zero gives +Inf")
    )]
    InfinityPasses {
        metric: String,
        subject: &'static str,
        #[label("true for +Inf")]
        at: SourceSpan,
    },

    /// T8.
    #[error(
        "metric `{metric}` passes whatever is measured: {limit} failures are allowed in {count} measurements"
    )]
    #[diagnostic(code(assay::trap::always_passes), help("set `failureLimit` below `count`"))]
    AlwaysPasses {
        metric: String,
        limit: u32,
        count: u32,
        #[label("can never be exceeded")]
        at: SourceSpan,
    },

    /// T10.
    #[error("metric `{metric}` takes an element of the answer without asking whether there is one")]
    #[diagnostic(
        code(assay::trap::empty_is_error),
        help("write `len(result) > 0 && …`: a query that matches nothing is an error otherwise")
    )]
    EmptyIsError {
        metric: String,
        #[label("an error when the answer is empty")]
        at: SourceSpan,
    },

    /// T12.
    #[error("the query of metric `{metric}` turns missing data into a number with `{text}`")]
    #[diagnostic(
        code(assay::trap::missing_becomes_number),
        help("drop `{text}`: that nothing was measured then shows as missing data")
    )]
    MissingBecomesNumber {
        metric: String,
        text: String,
        #[label("hides that there was nothing to measure")]
        at: SourceSpan,
    },

    /// A query that assay cannot read.
    #[error("the query of metric `{metric}` is not PromQL: {reason}")]
    #[diagnostic(
        code(assay::template::bad_query),
        help(
            "try it with `assay query`; a source that knows more than Prometheus may still answer"
        )
    )]
    BadQuery {
        metric: String,
        reason: String,
        #[label("here")]
        at: SourceSpan,
    },

    /// T11, T12 and T13.
    #[error("metric `{metric}` trusts a score that hides missing data")]
    #[diagnostic(
        code(assay::trap::score_hides_gaps),
        help(
            "a group without data scores 100 and only half of all metrics without data fail the judgement: add a metric that measures the traffic itself"
        )
    )]
    ScoreHidesGaps {
        metric: String,
        #[label("judged elsewhere")]
        at: SourceSpan,
    },

    /// T16.
    #[error("metric `{metric}` repeats a judgement made for one look")]
    #[diagnostic(
        code(assay::trap::repeated_judgement),
        help(
            "drop `interval` and `count`, or judge once at the end: each further look adds false alarms"
        )
    )]
    RepeatedJudgement {
        metric: String,
        #[label("looks again and again")]
        at: SourceSpan,
    },

    /// T15.
    #[error(
        "metric `{metric}` reads only fixed places of the answer, so further series are left out"
    )]
    #[diagnostic(
        code(assay::trap::only_fixed_places),
        help(
            "aggregate in the query, for example with `sum(…)`, or judge all of them with `all(result, …)`"
        )
    )]
    OnlyFixedPlaces {
        metric: String,
        #[label("only these are looked at")]
        at: SourceSpan,
    },

    /// No value makes a difference.
    #[error("the condition of metric `{metric}` is always {value}")]
    #[diagnostic(code(assay::trap::constant_condition), help("let it depend on `result`"))]
    ConstantCondition {
        metric: String,
        value: bool,
        #[label("always {value}")]
        at: SourceSpan,
    },

    /// A query usually answers with a vector, and the condition has no use for one.
    #[error("the condition of metric `{metric}` does not fit a vector: {message}")]
    #[diagnostic(
        code(assay::trap::not_for_vectors),
        help(
            "a query answers with a list of values: write `result[0]`, or make the query a scalar with `scalar(…)`"
        )
    )]
    NotForVectors {
        metric: String,
        message: String,
        #[label("here")]
        at: SourceSpan,
    },

    /// Nothing ends the metric.
    #[error("metric `{metric}` goes on until somebody ends the run")]
    #[diagnostic(
        code(assay::template::runs_until_terminated),
        help("add `count`, or `maxDuration` for the run")
    )]
    RunsUntilTerminated {
        metric: String,
        #[label("for ever")]
        at: SourceSpan,
    },

    /// An argument that goes nowhere.
    #[error("argument `{arg}` is used nowhere")]
    #[diagnostic(
        code(assay::args::unused_argument),
        help("drop it, or use it as `{{{{args.{arg}}}}}`")
    )]
    UnusedArgument {
        arg: String,
        #[label("declared here")]
        at: SourceSpan,
    },

    /// A value that a secret overrules.
    #[error("the value given for argument `{arg}` is not used: its secret is")]
    #[diagnostic(
        code(assay::args::secret_wins),
        help(
            "drop the given value; an argument that a template takes from a secret cannot be overridden"
        )
    )]
    SecretWins {
        arg: String,
        #[label("from a secret")]
        at: SourceSpan,
    },

    /// Conditions that nobody looks at.
    #[error(
        "the condition of metric `{metric}` is ignored: a {provider} says itself how it came out"
    )]
    #[diagnostic(code(assay::template::ignored_condition), help("drop it"))]
    IgnoredCondition {
        metric: String,
        provider: &'static str,
        #[label("ignored")]
        at: SourceSpan,
    },

    /// A provider that cannot be asked.
    #[error("metric `{metric}` asks {provider}, which assay reads only from recorded answers")]
    #[diagnostic(
        code(assay::template::foreign_provider),
        help(
            "a dry run with a fixture works; a live run needs `prometheus`, `web`, `health` or `scrape`"
        )
    )]
    ForeignProvider {
        metric: String,
        provider: &'static str,
        #[label("not asked live")]
        at: SourceSpan,
    },

    /// All pods in one series.
    #[error("`{part}` of metric `{metric}` puts the pods together")]
    #[diagnostic(
        code(assay::template::pods_merged),
        help(
            "the noise between pods cannot be measured then, and the guarantee is approximate: keep a label of `pods`, or do not aggregate at all"
        )
    )]
    PodsMerged {
        metric: String,
        part: &'static str,
        #[label("one series for all pods")]
        at: SourceSpan,
    },

    /// Settings of criteria that are not there.
    #[error("`compare` has no effect: no metric of the run has a statistical criterion")]
    #[diagnostic(
        code(assay::template::compare_without_criterion),
        help("drop it, or give a metric a criterion such as `errorRate`")
    )]
    CompareUnused {
        #[label("for nothing")]
        at: SourceSpan,
    },

    /// Too little traffic for the time.
    #[error(
        "metric `{metric}` cannot find its `effect` in time: {effect} {takes} in 4 of 5 rollouts at a canary weight of {weight}, and `maxDuration` is {max_duration}"
    )]
    #[diagnostic(code(assay::template::step_too_short), help("{help}"))]
    StepTooShort {
        metric: String,
        effect: String,
        takes: String,
        max_duration: String,
        weight: String,
        help: String,
        #[label("{effect} {takes}")]
        at: SourceSpan,
    },

    /// A field that assay accepts, but whose effect differs from what is written.
    #[error("metric `{metric}`: {field} is {value}, taken as {taken}")]
    #[diagnostic(code(assay::template::value_adjusted), help("write `{taken}` if that is meant"))]
    Adjusted {
        metric: String,
        field: String,
        value: String,
        taken: String,
        #[label("taken as {taken}")]
        at: SourceSpan,
    },
}

impl Lint {
    /// The known trap it is, T1 to T16.
    pub fn trap(&self) -> Option<u8> {
        match self {
            Self::NanPasses { .. } => Some(1),
            Self::InfinityPasses { .. } => Some(2),
            Self::AlwaysPasses { .. } => Some(8),
            Self::EmptyIsError { .. } => Some(10),
            Self::ScoreHidesGaps { .. } => Some(11),
            Self::MissingBecomesNumber { .. } => Some(12),
            Self::OnlyFixedPlaces { .. } => Some(15),
            Self::RepeatedJudgement { .. } => Some(16),
            Self::ConstantCondition { .. }
            | Self::NotForVectors { .. }
            | Self::BadQuery { .. }
            | Self::RunsUntilTerminated { .. }
            | Self::UnusedArgument { .. }
            | Self::SecretWins { .. }
            | Self::IgnoredCondition { .. }
            | Self::ForeignProvider { .. }
            | Self::PodsMerged { .. }
            | Self::CompareUnused { .. }
            | Self::StepTooShort { .. }
            | Self::Adjusted { .. } => None,
        }
    }

    /// The metric it is about.
    pub fn metric(&self) -> Option<&str> {
        match self {
            Self::NanPasses { metric, .. }
            | Self::InfinityPasses { metric, .. }
            | Self::AlwaysPasses { metric, .. }
            | Self::EmptyIsError { metric, .. }
            | Self::ScoreHidesGaps { metric, .. }
            | Self::MissingBecomesNumber { metric, .. }
            | Self::OnlyFixedPlaces { metric, .. }
            | Self::RepeatedJudgement { metric, .. }
            | Self::ConstantCondition { metric, .. }
            | Self::NotForVectors { metric, .. }
            | Self::BadQuery { metric, .. }
            | Self::RunsUntilTerminated { metric, .. }
            | Self::IgnoredCondition { metric, .. }
            | Self::ForeignProvider { metric, .. }
            | Self::PodsMerged { metric, .. }
            | Self::StepTooShort { metric, .. }
            | Self::Adjusted { metric, .. } => Some(metric),
            Self::UnusedArgument { .. } | Self::SecretWins { .. } | Self::CompareUnused { .. } => {
                None
            }
        }
    }
}
