//! Problems of a statistical criterion, and of what such criteria share.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, Severity, SourceSpan};

use super::MetricFault;

/// A problem of `spec.compare`, which belongs to no single metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompareProblem(pub MetricFault);

impl fmt::Display for CompareProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "compare: {}", self.0)
    }
}

impl std::error::Error for CompareProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}

impl Diagnostic for CompareProblem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Diagnostic::code(&self.0)
    }

    fn severity(&self) -> Option<Severity> {
        self.0.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }
}

/// Why a criterion cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum CriterionFault {
    /// Two criteria.
    #[error("it has {count} criteria, and a metric has one")]
    #[diagnostic(
        code(assay::template::several_criteria),
        help("split it into {count} metrics: each is named in the verdict then")
    )]
    Several {
        count: usize,
        #[label("the first")]
        first: SourceSpan,
        #[label("another one")]
        at: SourceSpan,
    },

    /// A field that means nothing beside a criterion.
    #[error("`{field}` does not go with `{criterion}`")]
    #[diagnostic(code(assay::template::not_with_criterion), help("{help}"))]
    NotWith {
        field: String,
        criterion: String,
        help: &'static str,
        #[label("has no meaning here")]
        at: SourceSpan,
    },

    /// A criterion where phases are to be those of Argo Rollouts.
    #[error("`{criterion}` is judged in strict mode only")]
    #[diagnostic(
        code(assay::template::criterion_in_argo_mode),
        help("drop `compat: argo` or `--compat argo`: Argo Rollouts has no such criterion")
    )]
    ArgoMode {
        criterion: String,
        #[label("Argo Rollouts does not know this")]
        at: SourceSpan,
    },

    /// A provider that has no series.
    #[error("`{criterion}` compares series, and `{provider}` has none")]
    #[diagnostic(
        code(assay::template::provider_without_series),
        help(
            "ask `prometheus`, or `scrape` with targets; without `provider` it is the operator's Prometheus"
        )
    )]
    Provider {
        criterion: String,
        provider: String,
        #[label("no series")]
        at: SourceSpan,
    },

    /// A value that a setting cannot have.
    #[error("{field} is {text}, and has to be {wanted}")]
    #[diagnostic(code(assay::template::bad_setting), help("{help}"))]
    Setting {
        field: String,
        text: String,
        wanted: String,
        help: String,
        #[label("not possible")]
        at: SourceSpan,
    },

    /// Two fields of which one is wanted.
    #[error("`{one}` and `{other}` exclude each other")]
    #[diagnostic(code(assay::template::either_or), help("{help}"))]
    EitherOr {
        one: &'static str,
        other: &'static str,
        help: &'static str,
        #[label("this one")]
        first: SourceSpan,
        #[label("or this one")]
        at: SourceSpan,
    },

    /// Some queries for both arms at once, others for one.
    #[error("`{part}` is one query for both versions, and another one is not")]
    #[diagnostic(
        code(assay::template::mixed_arms),
        help("write all queries as `{{canary: …, baseline: …}}`, or none")
    )]
    MixedArms {
        part: &'static str,
        #[label("for both")]
        at: SourceSpan,
    },

    /// A query that has no series.
    #[error("`{part}` gives {found}, and has to give an instant vector")]
    #[diagnostic(
        code(assay::template::not_a_vector),
        help("write the series themselves, as in `http_requests_total{{service=\"shop\"}}`")
    )]
    NotAVector {
        part: &'static str,
        found: &'static str,
        #[label("{found}")]
        at: SourceSpan,
    },

    /// The growth of a counter instead of the counter.
    #[error("`{part}` is made with `{function}(…)`, and has to be the counter itself")]
    #[diagnostic(
        code(assay::template::rate_of_counter),
        help(
            "drop `{function}` and the range: assay takes the differences of the raw samples, as a rate is extrapolated and no longer counts anything"
        )
    )]
    Growth {
        part: &'static str,
        function: &'static str,
        #[label("not a counter")]
        at: SourceSpan,
    },

    /// An aggregation that takes away what is needed.
    #[error("`{part}` aggregates the label `{label}` away, {needed}")]
    #[diagnostic(
        code(assay::template::label_aggregated_away),
        help("keep it, as in `sum by ({label}, pod) (…)`, or do not aggregate at all")
    )]
    LabelDropped {
        part: &'static str,
        label: String,
        needed: &'static str,
        #[label("no `{label}` in the answer")]
        at: SourceSpan,
    },

    /// Nothing could be decided before the end.
    #[error(
        "`compare.maxDuration` is {max_duration}, and the {looks} looks that are needed end after {needed}"
    )]
    #[diagnostic(
        code(assay::template::too_few_looks),
        help("raise `compare.maxDuration`, or lower `warmup`, `interval` or `minLooks`")
    )]
    TooFewLooks {
        max_duration: String,
        looks: u64,
        needed: String,
        #[label("ends before anything can be decided")]
        at: SourceSpan,
    },
}
