//! Parser events to a graph of parts, one document at a time.
//!
//! An alias stays a reference here, so a text of a few bytes cannot become a large tree before
//! [`expand`](super::expand) counts what it becomes.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle, Tag};

use super::expand::{Budget, expand};
use super::limits::{DEPTH_MAX, DOCUMENTS_MAX, NODES_MAX, PROBLEMS_MAX};
use super::{Parsed, Scalar, Style};
use crate::problem::{Problem, YamlProblem, shorten};

/// A node of the text, children and alias targets by their place in the graph.
pub(super) struct Part {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Null,
    Scalar(Scalar),
    List(Vec<usize>),
    /// Keys and values in turn.
    Map(Vec<usize>),
    Alias(usize),
}

/// How far a problem reaches.
pub(super) enum Halt {
    /// This document cannot be read further.
    Document(YamlProblem),
    /// Nothing after this can be read.
    File(YamlProblem),
}

/// A list or map whose end has not come yet.
struct Open {
    part: usize,
    children: Vec<usize>,
    flow: bool,
}

struct Composer<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    graph: Vec<Part>,
    root: Option<usize>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, usize>,
    /// The document has a problem that makes its tree useless.
    broken: bool,
    seen: usize,
    parts: usize,
    budget: Budget,
    parsed: Parsed,
}

/// Reads all documents of `text`, which is checked for size and NUL already.
pub(super) fn compose(text: &str) -> Parsed {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    let mut composer = Composer {
        text,
        parser: Parser::new_from_str_with_options(text, options),
        graph: Vec::new(),
        root: None,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        broken: false,
        seen: 0,
        parts: 0,
        budget: Budget::default(),
        parsed: Parsed::default(),
    };
    composer.run();
    cap(&mut composer.parsed.problems);
    composer.parsed
}

impl<'t> Composer<'t> {
    fn run(&mut self) {
        while let Some(next) = self.parser.next_event() {
            let taken = match next {
                Ok((event, span)) => self.take(event, span.byte_range().unwrap_or(0..0)),
                Err(error) => Err(Halt::Document(YamlProblem::from_scan(&error, self.text))),
            };
            match taken {
                Ok(()) => {}
                Err(Halt::Document(problem)) => {
                    self.tell(problem);
                    self.forget();
                    // An error here is the parser's own end; what could be read is kept.
                    if !self.parser.proceed_next_document().unwrap_or(false) {
                        return;
                    }
                }
                Err(Halt::File(problem)) => {
                    self.tell(problem);
                    return;
                }
            }
            if PROBLEMS_MAX < self.parsed.problems.len() {
                return;
            }
        }
    }

    fn take(&mut self, event: Event<'t>, span: Range<usize>) -> Result<(), Halt> {
        match event {
            Event::DocumentStart(..) => self.start_document(&span),
            Event::DocumentEnd => self.end_document(),
            Event::Scalar(text, style, anchor, tag) => {
                let span = trim(span, self.text);
                let kind = self.scalar(text.into_owned(), style, tag.as_deref(), &span);
                self.add(Part { span, kind }, anchor).map(|_| ())
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                self.broken = true;
                let name = shorten(&name);
                self.tell(YamlProblem::UnknownAnchor { name, at: span.clone().into() });
                self.add(Part { span, kind: Kind::Null }, 0).map(|_| ())
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", &span);
                self.start(Part { span, kind: Kind::List(Vec::new()) }, anchor, style)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", &span);
                self.start(Part { span, kind: Kind::Map(Vec::new()) }, anchor, style)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(span);
                Ok(())
            }
            // Anchors come with their node and comments are not data; the stream's ends say nothing.
            Event::StreamStart | Event::StreamEnd | Event::Anchor(..) | Event::Comment(..) => {
                Ok(())
            }
            // A kind of event that a later parser may have, and that our options do not ask for.
            _ => Ok(()),
        }
    }

    fn start_document(&mut self, span: &Range<usize>) -> Result<(), Halt> {
        self.forget();
        self.seen += 1;
        if self.seen > DOCUMENTS_MAX {
            return Err(Halt::File(YamlProblem::TooManyDocuments {
                documents_max: DOCUMENTS_MAX,
                at: span.clone().into(),
            }));
        }
        Ok(())
    }

    fn end_document(&mut self) -> Result<(), Halt> {
        if let (Some(root), false) = (self.root, self.broken) {
            let mut told = Vec::new();
            let expanded = expand(&self.graph, root, self.text, &mut self.budget, &mut told);
            self.parsed.problems.extend(told.into_iter().map(Problem::from));
            self.parsed.documents.extend(expanded?);
        }
        self.forget();
        Ok(())
    }

    /// Drops what belongs to one document.
    fn forget(&mut self) {
        self.graph.clear();
        self.root = None;
        self.open.clear();
        self.anchors.clear();
        self.broken = false;
    }

    fn tell(&mut self, problem: YamlProblem) {
        self.parsed.problems.push(problem.into());
    }

    fn add(&mut self, part: Part, anchor: usize) -> Result<usize, Halt> {
        self.parts += 1;
        if self.parts > NODES_MAX {
            let at = part.span.into();
            return Err(Halt::File(YamlProblem::TooManyNodes { nodes_max: NODES_MAX, at }));
        }
        let index = self.graph.len();
        if anchor != 0 {
            self.anchors.insert(anchor, index);
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(index),
            None => self.root = Some(index),
        }
        self.graph.push(part);
        Ok(index)
    }

    fn start(&mut self, part: Part, anchor: usize, style: StructureStyle) -> Result<(), Halt> {
        if self.open.len() >= DEPTH_MAX {
            let at = part.span.into();
            return Err(Halt::Document(YamlProblem::TooDeep { depth_max: DEPTH_MAX, at }));
        }
        let part = self.add(part, anchor)?;
        let flow = matches!(style, StructureStyle::Flow);
        self.open.push(Open { part, children: Vec::new(), flow });
        Ok(())
    }

    fn end(&mut self, span: Range<usize>) {
        let Some(Open { part, children, flow }) = self.open.pop() else { return };
        // A block's own end is only found at the next token; its last child's end is meant.
        let last = children.last().and_then(|&child| self.graph.get(child));
        let end = if flow { Some(span.end) } else { last.map(|child| child.span.end) };
        let Some(part) = self.graph.get_mut(part) else { return };
        part.span.end = end.unwrap_or(part.span.end).max(part.span.start);
        match &mut part.kind {
            Kind::List(items) | Kind::Map(items) => *items = children,
            Kind::Null | Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), Halt> {
        let kind = match self.anchors.get(&anchor) {
            Some(&target) if !self.open.iter().any(|open| open.part == target) => {
                Kind::Alias(target)
            }
            Some(_) | None => {
                self.broken = true;
                let name = self.text.get(span.clone()).unwrap_or_default();
                let name = shorten(name.trim_start_matches('*'));
                self.tell(YamlProblem::AnchorInsideItself { name, at: span.clone().into() });
                Kind::Null
            }
        };
        self.add(Part { span, kind }, 0).map(|_| ())
    }

    fn scalar(
        &mut self,
        text: String,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Range<usize>,
    ) -> Kind {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let Some(tag) = tag else {
            return match style {
                Style::Plain if is_null(&text) => Kind::Null,
                Style::Plain | Style::Quoted | Style::Block => Kind::Scalar(Scalar { text, style }),
            };
        };
        let known = ["null", "bool", "int", "float"];
        let typed = known.iter().any(|&name| tag.is_yaml_core_schema_tag(name));
        let string = tag.is_yaml_core_schema_tag("str") || tag.original() == "!";
        match style {
            Style::Plain if typed && is_null(&text) => Kind::Null,
            Style::Plain if typed => Kind::Scalar(Scalar { text, style }),
            Style::Plain if string => Kind::Scalar(Scalar { text, style: Style::Quoted }),
            Style::Quoted | Style::Block if string => Kind::Scalar(Scalar { text, style }),
            Style::Plain | Style::Quoted | Style::Block => {
                self.unknown_tag(tag, span);
                Kind::Scalar(Scalar { text, style })
            }
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, span: &Range<usize>) {
        if let Some(tag) = tag
            && !tag.is_yaml_core_schema_tag(expected)
            && tag.original() != "!"
        {
            self.unknown_tag(tag, span);
        }
    }

    fn unknown_tag(&mut self, tag: &Tag, span: &Range<usize>) {
        let first_line = first_line(span.clone(), self.text);
        self.tell(YamlProblem::UnknownTag { tag: shorten(&tag.original()), at: first_line.into() });
    }
}

/// Leaves [`PROBLEMS_MAX`] problems, and one that says so if there were more.
pub(crate) fn cap(problems: &mut Vec<Problem>) {
    if PROBLEMS_MAX < problems.len() {
        problems.truncate(PROBLEMS_MAX);
        problems.push(YamlProblem::TooManyProblems { problems_max: PROBLEMS_MAX }.into());
    }
}

/// Null by YAML's core schema.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Without white space at the end, which block scalars bring along.
fn trim(span: Range<usize>, text: &str) -> Range<usize> {
    let length = text.get(span.clone()).map_or(span.len(), |written| written.trim_end().len());
    span.start..span.start + length
}

/// As much of `span` as stands on its first line.
pub(super) fn first_line(span: Range<usize>, text: &str) -> Range<usize> {
    let written = text.get(span.clone()).unwrap_or_default();
    let length = written.find(['\n', '\r']).unwrap_or(written.len());
    span.start..span.start + length
}
