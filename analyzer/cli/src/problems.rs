//! Problems in files, shown to the person who wrote them.

use std::fmt::Write as _;
use std::io::IsTerminal;

use assay_template::problem::Found;
use assay_template::yaml::Source;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use crate::exit::Exit;
use crate::say;

/// Shows `found` on stderr and gives the exit code for a refused file.
pub(crate) fn refuse(sources: &[Source], found: &[Found]) -> Exit {
    say(render(sources, found, colour(&std::io::stderr())).trim_end());
    Exit::Usage
}

/// Whether colours are wanted there.
pub(crate) fn colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// `found` with the lines they are about, and a last line that counts them.
pub(crate) fn render(sources: &[Source], found: &[Found], colour: bool) -> String {
    let handler = handler(colour);
    let mut text = String::new();
    for found in found {
        if handler.render_report(&mut text, &found.shown(sources)).is_err() {
            let _ = writeln!(text, "{}", found.problem);
        }
        text.push('\n');
    }
    let warnings = found.iter().filter(|found| found.problem.is_warning()).count();
    let _ = writeln!(text, "{}", counted(found.len() - warnings, warnings));
    text
}

/// What draws a problem with its lines.
fn handler(colour: bool) -> GraphicalReportHandler {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false)
}

/// Shows a problem that is in no file on stderr, and gives the exit code for it.
pub(crate) fn refuse_one(problem: &dyn Diagnostic) -> Exit {
    let mut text = String::new();
    if handler(colour(&std::io::stderr())).render_report(&mut text, problem).is_err() {
        text = problem.to_string();
    }
    say(text.trim_end());
    Exit::Usage
}

/// `2 problems, 1 warning`.
pub(crate) fn counted(problems: usize, warnings: usize) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    match (problems, warnings) {
        (0, 0) => String::from("no problems"),
        (0, warnings) => plural(warnings, "warning"),
        (problems, 0) => plural(problems, "problem"),
        (problems, warnings) => {
            format!("{}, {}", plural(problems, "problem"), plural(warnings, "warning"))
        }
    }
}
