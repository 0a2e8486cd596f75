//! What a check has found so far.

use miette::SourceSpan;

use crate::plan::{Mode, Warning};
use crate::problem::{EXPLAINED, Found, Lint, Problem, Tolerated};
use crate::yaml::SourceId;

/// Problems found at most; a template with more is not read by anybody to the end.
const PROBLEMS_MAX: usize = 1_000;

/// Problems and warnings in the order found.
#[derive(Debug)]
pub(crate) struct Findings {
    mode: Mode,
    found: Vec<Found>,
}

/// A place in one of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) source: SourceId,
    pub(crate) span: SourceSpan,
}

impl Findings {
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, found: Vec::new() }
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Adds a problem of either mode, or a warning.
    pub(crate) fn add(&mut self, source: SourceId, problem: impl Into<Problem>) {
        let found = Found { source, problem: problem.into() };
        // One cause can be met on several ways, such as a template that two others refer to.
        if self.found.len() < PROBLEMS_MAX && !self.found.contains(&found) {
            self.found.push(found);
        }
    }

    /// Adds a problem that Argo Rollouts lets pass: a warning when we are to do as it does.
    pub(crate) fn add_strict(&mut self, source: SourceId, problem: impl Into<Problem>) {
        match self.mode {
            Mode::Strict => self.add(source, problem),
            Mode::Argo => self.add(source, Tolerated::new(problem)),
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|found| !found.problem.is_warning())
    }

    pub(crate) fn into_found(self) -> Vec<Found> {
        self.found
    }

    /// The warnings, as a plan carries them.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let warnings = self.found.iter().filter(|found| found.problem.is_warning());
        warnings.map(|found| warning(&found.problem)).collect()
    }
}

fn warning(problem: &Problem) -> Warning {
    let help = miette::Diagnostic::help(problem).map(|help| help.to_string());
    let message = match help {
        Some(help) => format!("{problem}: {help}"),
        None => problem.to_string(),
    };
    let (trap, metric) = subject(problem);
    Warning { code: static_code(&problem.code()), trap, metric, message }
}

/// The code as it stands in the table of codes, so that a plan needs no copy of it.
fn static_code(code: &str) -> &'static str {
    let known = EXPLAINED.iter().map(|(known, _)| *known).find(|known| *known == code);
    known.unwrap_or("assay::template::warning")
}

/// The trap and the metric that a problem is about.
fn subject(problem: &Problem) -> (Option<u8>, Option<String>) {
    match problem {
        Problem::Lint(lint) => (Lint::trap(lint), lint.metric().map(str::to_owned)),
        Problem::Metric(problem) => (None, Some(problem.metric.clone())),
        Problem::Args(problem) => (problem.trap(), None),
        Problem::Tolerated(tolerated) => subject(tolerated.problem()),
        Problem::Yaml(_) | Problem::Shape(_) | Problem::Nesting(_) | Problem::Fixture(_) => {
            (None, None)
        }
    }
}
