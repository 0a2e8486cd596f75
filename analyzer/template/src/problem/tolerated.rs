//! A problem that Argo Rollouts lets pass, and so do we when asked to do as it does.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, Severity};

use super::Problem;

/// A problem turned into a warning.
#[derive(Clone, Debug, PartialEq)]
pub struct Tolerated(Box<Problem>);

impl Tolerated {
    /// `problem` as a warning.
    pub fn new(problem: impl Into<Problem>) -> Self {
        Self(Box::new(problem.into()))
    }

    /// The problem itself.
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl fmt::Display for Tolerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Tolerated {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0)
    }
}

impl Diagnostic for Tolerated {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Diagnostic::code(&*self.0)
    }

    fn severity(&self) -> Option<Severity> {
        Some(Severity::Warning)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }
}
