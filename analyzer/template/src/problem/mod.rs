//! What can be wrong with a template: one enum an operation, each problem with its place.
//!
//! A check returns every problem it finds; showing them is somebody else's work. The words are
//! written once, here: what is wrong, where, and what to write instead.

mod shape;
mod shown;
mod yaml;

use miette::Diagnostic;

pub use shape::ShapeProblem;
#[cfg(test)]
pub(crate) use shown::render;
pub use shown::{Found, Shown};
pub use yaml::YamlProblem;

/// Anything that is wrong with a template.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Problem {
    /// The text is not YAML as we read it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Yaml(#[from] YamlProblem),
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
