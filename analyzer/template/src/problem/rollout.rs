//! Problems of a Rollout whose structure is fine.

use miette::{Diagnostic, SourceSpan};

/// Why a Rollout cannot be walked, or what is suspicious about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message says what each field is")]
pub enum RolloutProblem {
    /// No way to roll out.
    #[error("the Rollout has neither `canary` nor `blueGreen`")]
    #[diagnostic(
        code(assay::rollout::no_strategy),
        help(
            "add for example `canary: {{steps: [{{setWeight: 5}}, {{pause: {{duration: 10m}}}}]}}`"
        )
    )]
    NoStrategy {
        #[label("one of them belongs here")]
        at: SourceSpan,
    },

    /// Two ways to roll out.
    #[error("the Rollout has both `canary` and `blueGreen`")]
    #[diagnostic(code(assay::rollout::two_strategies), help("drop one of the two"))]
    TwoStrategies {
        #[label("one")]
        first: SourceSpan,
        #[label("and the other")]
        at: SourceSpan,
    },

    /// A step that says nothing.
    #[error("step {index} says nothing to do")]
    #[diagnostic(
        code(assay::rollout::empty_step),
        help("write for example `setWeight: 25` or `pause: {{duration: 10m}}`, or drop the step")
    )]
    EmptyStep {
        index: usize,
        #[label("nothing to do")]
        at: SourceSpan,
    },

    /// A step that says two things.
    #[error("step {index} has both `{first}` and `{second}`")]
    #[diagnostic(
        code(assay::rollout::step_with_several),
        help("make two steps of it: begin each with `- `")
    )]
    StepWithSeveral {
        index: usize,
        first: String,
        second: String,
        #[label("this is a step of its own")]
        at: SourceSpan,
    },

    /// A number that means nothing there.
    #[error("`{field}` has to be a whole number from 0 to {max}")]
    #[diagnostic(code(assay::rollout::unusable_number), help("write a number from 0 to {max}"))]
    UnusableNumber {
        field: &'static str,
        max: i64,
        #[label("not from 0 to {max}")]
        at: SourceSpan,
    },

    /// A pause that is no time.
    #[error("step {index} pauses for a `duration` that is none: {reason}")]
    #[diagnostic(
        code(assay::rollout::bad_pause),
        help(
            "write seconds or a number with a unit (`s`, `m`, `h`), for example `10m`; without \
             `duration` it waits for a person"
        )
    )]
    BadPause {
        index: usize,
        reason: String,
        #[label("not a duration from zero on")]
        at: SourceSpan,
    },

    /// A step that a dry run cannot walk.
    #[error("step {index} is an `experiment`, and a dry run cannot walk past one")]
    #[diagnostic(
        code(assay::rollout::experiment_not_walked),
        help("give the dry run a copy without the step, or with an `analysis` in its place")
    )]
    ExperimentNotWalked {
        index: usize,
        #[label("what its versions would measure cannot be told from here")]
        at: SourceSpan,
    },

    /// An analysis of nothing.
    #[error("{analysis} names no template")]
    #[diagnostic(
        code(assay::rollout::analysis_without_templates),
        help("add for example `templates: [{{templateName: success-rate}}]`")
    )]
    AnalysisWithoutTemplates {
        analysis: String,
        #[label("nothing to judge")]
        at: SourceSpan,
    },

    /// An analysis that nothing ends, where the rollout waits for its end.
    #[error("{analysis} never ends: metric `{metric}` runs indefinitely")]
    #[diagnostic(
        code(assay::rollout::analysis_without_end),
        help("give the metric a `count`, or make it the background `analysis` of the canary")
    )]
    AnalysisWithoutEnd {
        analysis: String,
        metric: String,
        #[label("the rollout waits here for an end")]
        at: SourceSpan,
    },

    /// A background analysis that starts with a step that is not there.
    #[error(
        "the background analysis starts with step {starting_step}, and there are {steps}, counted \
         from 0: it never starts"
    )]
    #[diagnostic(
        severity(Warning),
        code(assay::rollout::background_never_starts),
        help("write a smaller `startingStep`, or drop it to start with the first step")
    )]
    BackgroundNeverStarts {
        starting_step: usize,
        steps: usize,
        #[label("there is no such step")]
        at: SourceSpan,
    },

    /// A rollout that nobody watches.
    #[error("nothing judges this Rollout: it has no analysis")]
    #[diagnostic(
        severity(Warning),
        code(assay::rollout::nothing_judges),
        help("add an `analysis` step, or a background `analysis` of the canary")
    )]
    NothingJudges {
        #[label("goes to the end whatever happens")]
        at: SourceSpan,
    },

    /// An argument that the Rollout gives and no template of the analysis declares.
    #[error("no template of the analysis declares an argument `{arg}`")]
    #[diagnostic(code(assay::args::unknown_argument), help("{help}"))]
    UnknownArgument {
        arg: String,
        help: String,
        #[label("Argo Rollouts drops it without a word")]
        at: SourceSpan,
    },

    /// An argument given from outside that no template of any analysis declares.
    #[error("no template of this Rollout declares an argument `{arg}`, and {origin} gives one")]
    #[diagnostic(code(assay::args::unknown_argument), help("{help}"))]
    UnknownGiven {
        arg: String,
        origin: String,
        help: String,
        #[label("this Rollout")]
        at: SourceSpan,
    },

    /// A template that is not among the files of a check.
    #[error("{kind} `{name}` is not among these files")]
    #[diagnostic(
        severity(Warning),
        code(assay::rollout::template_elsewhere),
        help("check its file together with this one, so that both are held against each other")
    )]
    TemplateElsewhere {
        kind: &'static str,
        name: String,
        #[label("referred to here")]
        at: SourceSpan,
    },

    /// More than one Rollout to walk.
    #[error("there are several Rollouts ({names}), and a dry run walks one")]
    #[diagnostic(code(assay::rollout::several_rollouts), help("say which with `--template NAME`"))]
    SeveralRollouts {
        names: String,
        #[label("the second one")]
        at: SourceSpan,
    },
}
