//! What can be wrong with a template: one enum an operation, each problem with its place.
//!
//! A check returns every problem it finds; showing them is somebody else's work. The words are
//! written once, here: what is wrong, where, and what to write instead.

mod args;
mod codes;
mod criterion;
mod fixture;
mod lint;
mod metric;
mod nesting;
mod provider;
mod rollout;
mod shape;
mod shown;
mod suite;
mod tolerated;
mod yaml;

use miette::Diagnostic;

pub use args::ArgsProblem;
pub use codes::{EXPLAINED, explain, nearest_code};
pub use criterion::{CompareProblem, CriterionFault};
pub use fixture::FixtureProblem;
pub use lint::Lint;
pub use metric::{MetricFault, MetricProblem};
pub use nesting::NestingProblem;
pub use provider::ProviderFault;
pub use rollout::RolloutProblem;
pub use shape::ShapeProblem;
#[cfg(test)]
pub(crate) use shown::render;
pub use shown::{Found, Shown};
pub use suite::SuiteProblem;
pub use tolerated::Tolerated;
pub use yaml::YamlProblem;

/// Anything that is wrong with a template.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Problem {
    /// The text is not YAML as we read it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Yaml(#[from] YamlProblem),
    /// The arguments do not fit.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Args(#[from] ArgsProblem),
    /// The templates do not go together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Nesting(#[from] NestingProblem),
    /// A metric cannot be measured or judged.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Metric(#[from] MetricProblem),
    /// What the statistical criteria share makes no sense.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Compare(#[from] CompareProblem),
    /// Recorded answers cannot be read, or do not fit the plan.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Fixture(#[from] FixtureProblem),
    /// A Rollout cannot be walked.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rollout(#[from] RolloutProblem),
    /// A test cannot be run, or expected something else.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Suite(#[from] SuiteProblem),
    /// Something is allowed but suspicious.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Lint(#[from] Lint),
    /// A problem that Argo Rollouts lets pass.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tolerated(#[from] Tolerated),
    /// The YAML is not a document as we know it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Shape(#[from] ShapeProblem),
}

impl Problem {
    /// The stable name of this kind of problem, such as `assay::template::unknown_field`.
    pub fn code(&self) -> String {
        Diagnostic::code(self).map(|code| code.to_string()).unwrap_or_default()
    }

    /// The message as Argo Rollouts prints it, such as `metrics[0]: no provider specified`, where it has
    /// one.
    pub fn argo_message(&self) -> String {
        match self {
            Self::Metric(problem) => problem.argo_message(),
            Self::Nesting(NestingProblem::DuplicateMetric { name, index, .. }) => {
                format!("metrics[{index}]: duplicate name '{name}'")
            }
            Self::Tolerated(tolerated) => tolerated.problem().argo_message(),
            Self::Yaml(_)
            | Self::Shape(_)
            | Self::Args(_)
            | Self::Compare(_)
            | Self::Nesting(_)
            | Self::Fixture(_)
            | Self::Suite(_)
            | Self::Rollout(_)
            | Self::Lint(_) => self.to_string(),
        }
    }

    /// Whether it is only a warning.
    pub fn is_warning(&self) -> bool {
        matches!(self.severity(), Some(miette::Severity::Warning | miette::Severity::Advice))
    }
}

/// `text` for a message: on one line and at most 60 characters.
pub fn shorten(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let mut short: String = text
        .chars()
        .take(CHARACTERS_MAX)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        short.push('…');
    }
    short
}
