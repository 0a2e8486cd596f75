//! Problems of templates that go together.

use miette::{Diagnostic, SourceSpan};

/// Why templates cannot be put together to one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum NestingProblem {
    /// Nothing to run.
    #[error("there is no template to run")]
    #[diagnostic(
        code(assay::template::no_template),
        help("name a file with an AnalysisTemplate, a ClusterAnalysisTemplate or an AnalysisRun")
    )]
    NoTemplate,

    /// A template asked for by name that is not there.
    #[error("there is no template `{name}`")]
    #[diagnostic(code(assay::template::unknown_root), help("{help}"))]
    UnknownRoot { name: String, help: String },

    /// A reference to a template that is not there.
    #[error("{kind} `{name}` not found")]
    #[diagnostic(code(assay::template::unknown_template), help("{help}"))]
    UnknownTemplate {
        kind: &'static str,
        name: String,
        help: String,
        #[label("referred to here")]
        at: SourceSpan,
    },

    /// Templates that contain themselves.
    #[error("the templates go round in a circle: {path}")]
    #[diagnostic(
        code(assay::template::template_cycle),
        help("drop one of the references; Argo Rollouts would never come back from this")
    )]
    Cycle {
        path: String,
        #[label("leads back to the start")]
        at: SourceSpan,
    },

    /// Templates nested deeper than allowed.
    #[error("templates refer to each other more than {depth_max} deep")]
    #[diagnostic(
        code(assay::template::templates_too_deep),
        help("refer to the templates at the end of the chain directly")
    )]
    TooDeep {
        depth_max: usize,
        #[label("one too deep")]
        at: SourceSpan,
    },

    /// Two templates of one kind and name.
    #[error("there are two templates of kind {kind} named `{name}`")]
    #[diagnostic(
        code(assay::template::duplicate_template),
        help("rename one, or hand over only one of the two files")
    )]
    DuplicateTemplate {
        kind: &'static str,
        name: String,
        #[label("the second one")]
        at: SourceSpan,
    },

    /// No metric at all.
    #[error("no metrics specified")]
    #[diagnostic(
        code(assay::template::no_metrics),
        help("add at least one metric under `metrics`, or refer to a template that has some")
    )]
    NoMetrics {
        #[label("this template has none")]
        at: SourceSpan,
    },

    /// More metrics than allowed.
    #[error("{metrics} metrics are more than the {metrics_max} a run may have")]
    #[diagnostic(code(assay::template::too_many_metrics), help("split the template"))]
    TooManyMetrics {
        metrics: usize,
        metrics_max: usize,
        #[label("one too many")]
        at: SourceSpan,
    },

    /// Two metrics of one name, in one template or in two.
    #[error("two metrics have the same name '{name}'")]
    #[diagnostic(
        code(assay::template::duplicate_metric),
        help("the metrics of all templates of a run need different names: rename one")
    )]
    DuplicateMetric {
        name: String,
        /// Its place among the metrics of the run, as Argo Rollouts counts them.
        index: usize,
        #[label("this is the second one")]
        at: SourceSpan,
    },

    /// `maxDuration` is no duration, or not above zero.
    #[error("maxDuration is no duration above zero: {reason}")]
    #[diagnostic(
        code(assay::template::invalid_max_duration),
        help("write a number with a unit (`s`, `m`, `h`), for example `30m`")
    )]
    MaxDuration {
        reason: String,
        #[label("not a duration above zero")]
        at: SourceSpan,
    },

    /// Two templates that say different things about all criteria.
    #[error("two templates of the run have a different `compare`")]
    #[diagnostic(
        code(assay::template::different_compare),
        help("say it in one of them, or the same in both: it holds for all criteria of the run")
    )]
    DifferentCompare {
        #[label("not what the other one says")]
        at: SourceSpan,
    },

    /// Two rules with the same pattern.
    #[error("two {rules} metric rules have the same name '{pattern}'")]
    #[diagnostic(code(assay::template::duplicate_rule), help("drop one of the two"))]
    DuplicateRule {
        rules: &'static str,
        pattern: String,
        #[label("the second one")]
        at: SourceSpan,
    },

    /// A rule that matches no metric.
    #[error("Analysis spec invalid: {field}[{index}]: Rule didn't match any metric name(s)")]
    #[diagnostic(code(assay::template::rule_matches_nothing), help("{help}"))]
    RuleMatchesNothing {
        field: &'static str,
        index: usize,
        help: String,
        #[label("matches no metric")]
        at: SourceSpan,
    },
}
