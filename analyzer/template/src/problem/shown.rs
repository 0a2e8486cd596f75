//! A problem together with the text it is about.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode};
use miette::{SourceSpan, SpanContents};

use super::Problem;
use crate::yaml::{Source, SourceId};

/// A problem and which text it is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The text.
    pub source: SourceId,
    /// The problem.
    pub problem: Problem,
}

impl Found {
    /// The problem with its text, ready for a [`miette::ReportHandler`].
    ///
    /// `sources` is the list that [`SourceId`] counts in; a problem of a text that is not in it is
    /// shown without its lines.
    pub fn shown<'a>(&'a self, sources: &'a [Source]) -> Shown<'a> {
        Shown { problem: &self.problem, source: sources.get(self.source.0) }
    }
}

/// A problem with the text it is about: a diagnostic that shows file name and lines.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    problem: &'a Problem,
    source: Option<&'a Source>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A label would name the file; what is about all of it has none.
        if let (Some(source), None) = (self.source, self.problem.labels()) {
            write!(f, "{}: ", source.name)?;
        }
        fmt::Display::fmt(self.problem, f)
    }
}

impl std::error::Error for Shown<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(self.problem)
    }
}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Diagnostic::code(self.problem)
    }

    fn severity(&self) -> Option<Severity> {
        self.problem.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.problem.labels()?;
        match self.source {
            None => Some(labels),
            Some(source) => Some(Box::new(labels.map(|label| source.first_line(label)))),
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.map(|source| -> &dyn SourceCode { source })
    }
}

/// Bytes of text shown for one problem; a longer stretch is cut down to what is around the label.
const SHOWN_BYTES_MAX: usize = 2 * 1024;

/// Bytes shown on each side of a label in a stretch that is cut down.
const AROUND_BYTES: usize = 60;

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents =
            self.text.as_str().read_span(span, context_lines_before, context_lines_after)?;
        let named = |data, shown: SourceSpan, line, column, lines| {
            let name = self.name.clone();
            Box::new(MietteSpanContents::new_named(name, data, shown, line, column, lines))
        };
        if contents.data().len() <= SHOWN_BYTES_MAX {
            let (line, column) = (contents.line(), contents.column());
            let lines = contents.line_count();
            return Ok(named(contents.data(), *contents.span(), line, column, lines));
        }
        if SHOWN_BYTES_MAX < span.len() {
            // Two labels far apart on one line: each is shown for itself.
            return Err(MietteError::OutOfBounds);
        }
        let (start, end) = self.window(span);
        let before = self.text.get(..start).unwrap_or_default();
        let data = self.text.get(start..end).unwrap_or_default().as_bytes();
        let column = start - before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count();
        Ok(named(data, (start, end - start).into(), line, column, line + 1))
    }
}

impl Source {
    /// The label, on no more than its first line and at most [`AROUND_BYTES`] long: a mark of a
    /// whole page points at nothing.
    fn first_line(&self, label: LabeledSpan) -> LabeledSpan {
        let start = label.offset().min(self.text.len());
        let end = self.text.floor_char_boundary(start + label.len().min(AROUND_BYTES));
        let marked = self.text.get(start..end).unwrap_or_default();
        let length = marked.lines().next().map_or(0, str::len);
        let text = label.label().map(str::to_owned);
        if label.primary() {
            LabeledSpan::new_primary_with_span(text, (start, length))
        } else {
            LabeledSpan::new_with_span(text, (start, length))
        }
    }

    /// A window around the beginning of `span`, within one line.
    fn window(&self, span: &SourceSpan) -> (usize, usize) {
        let text = &self.text;
        let at = text.floor_char_boundary(span.offset());
        let line_start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |n| n + 1);
        let rest = text.get(at..).unwrap_or_default();
        let line_end = at + rest.find('\n').unwrap_or(rest.len());
        let start = text.floor_char_boundary(at.saturating_sub(AROUND_BYTES)).max(line_start);
        let wanted = at.saturating_add(span.len().min(AROUND_BYTES)).saturating_add(AROUND_BYTES);
        (start, text.floor_char_boundary(wanted).min(line_end))
    }
}

/// The problems of one text as a person sees them, without colour.
#[cfg(test)]
pub(crate) fn render(source: &Source, problems: &[Problem]) -> String {
    use miette::{GraphicalReportHandler, GraphicalTheme};

    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .with_links(false);
    let mut shown = String::new();
    for problem in problems {
        let found = Found { source: SourceId(0), problem: problem.clone() };
        handler
            .render_report(&mut shown, &found.shown(std::slice::from_ref(source)))
            .expect("a string takes everything");
        shown.push('\n');
    }
    // Trailing white space would not survive an editor.
    shown.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::yaml::read;

    #[test]
    fn a_long_line_is_shown_around_the_labels_only() {
        let filler = |name: &str| (0..2000).map(|n| format!("{name}{n}: é, ")).collect::<String>();
        let (a, b) = (filler("a"), filler("b"));
        let text = format!("# one line\n{{{a}same: 1, {b}same: 2}}\n");
        let source = Source { name: String::from("long.yaml"), text };
        let shown = render(&source, &read(&source).problems);
        expect![[r#"
            assay::template::duplicate_key

              × key `same` is there twice
               ╭─[long.yaml:2:20892]
             2 │  é, a1995: é, a1996: é, a1997: é, a1998: é, a1999: é, same: 1, b0: é, b1: é, b2: é, b3: é, b4: é, b5: é, b6: é,
               ·                                                       ──┬─
               ·                                                         ╰── first here
               ╰────
               ╭─[long.yaml:2:41791]
             2 │  é, b1995: é, b1996: é, b1997: é, b1998: é, b1999: é, same: 2}
               ·                                                       ──┬─
               ·                                                         ╰── again here
               ╰────
              help: drop one of the two: only one of them could count

        "#]].assert_eq(&shown);
    }
}
