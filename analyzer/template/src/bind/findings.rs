//! What a check has found so far.

use miette::SourceSpan;

use crate::plan::{Mode, Warning};
use crate::problem::{EXPLAINED, Found, Lint, Problem, Tolerated};
use crate::yaml::SourceId;

/// Problems kept at most, and as many warnings; nobody reads more of them to the end.
const PROBLEMS_MAX: usize = 1_000;

/// Problems and warnings in the order found.
#[derive(Debug)]
pub(crate) struct Findings {
    mode: Mode,
    found: Vec<Found>,
    errors: usize,
    warnings: usize,
}

/// A place in one of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) source: SourceId,
    pub(crate) span: SourceSpan,
}

impl Findings {
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, found: Vec::new(), errors: 0, warnings: 0 }
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Adds a problem of either mode, or a warning.
    pub(crate) fn add(&mut self, source: SourceId, problem: impl Into<Problem>) {
        let found = Found { source, problem: problem.into() };
        let is_warning = found.problem.is_warning();
        let kept = if is_warning { &mut self.warnings } else { &mut self.errors };
        // One cause can be met on several ways, such as a template that two others refer to.
        if *kept < PROBLEMS_MAX && !self.found.contains(&found) {
            *kept += 1;
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
        0 < self.errors
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
        Problem::Yaml(_)
        | Problem::Shape(_)
        | Problem::Nesting(_)
        | Problem::Compare(_)
        | Problem::Fixture(_)
        | Problem::Suite(_)
        | Problem::Rollout(_) => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{Findings, PROBLEMS_MAX};
    use crate::plan::Mode;
    use crate::problem::{ArgsProblem, Lint};
    use crate::yaml::SourceId;

    #[test]
    fn an_error_is_kept_however_many_warnings_there_are() {
        let mut findings = Findings::new(Mode::Strict);
        for number in 0..PROBLEMS_MAX + 10 {
            let (arg, at) = (format!("x{number}"), (0, 0).into());
            findings.add(SourceId(0), Lint::UnusedArgument { arg, at });
        }
        assert!(!findings.has_errors());
        for _ in 0..2 {
            let (arg, at) = (String::from("x"), (0, 0).into());
            findings.add(SourceId(0), ArgsProblem::NotSupplied { arg, at });
        }
        assert!(findings.has_errors());
        assert_eq!(findings.into_found().len(), PROBLEMS_MAX + 1);
    }
}
