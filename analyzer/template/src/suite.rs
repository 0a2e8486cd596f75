//! A `TemplateTest`: templates, what they see, and the verdicts they must give.
//!
//! Its structure is checked like that of every document; here it becomes a [`Suite`] whose expectations
//! keep their places, so that one that is not met can be shown where it is written.

use std::collections::BTreeMap;
use std::time::Duration;

use miette::SourceSpan;

use crate::document::Document;
use crate::duration;
use crate::plan::Mode;
use crate::problem::{Found, SuiteProblem, shorten};
use crate::shape::integer;
use crate::yaml::{Node, SourceId, Value};

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its bytes.
    pub at: SourceSpan,
}

/// The cases of one document.
#[derive(Clone, Debug)]
pub struct Suite<'d> {
    /// Its name.
    pub name: &'d str,
    /// The text it is in.
    pub source: SourceId,
    /// Files with templates, relative to the file it is in.
    pub templates: Vec<At<&'d str>>,
    /// The one template to judge by; none for all that no other refers to.
    pub template: Option<&'d str>,
    /// The cases, in file order.
    pub cases: Vec<Case<'d>>,
}

/// What the templates see, and what must come of it.
#[derive(Clone, Debug)]
pub struct Case<'d> {
    /// What it shows.
    pub name: At<&'d str>,
    /// The arguments, those of all cases among them.
    pub args: BTreeMap<&'d str, &'d str>,
    /// The mode; none for the template's own.
    pub mode: Option<Mode>,
    /// The run is ended this long after its start.
    pub length: Option<Duration>,
    /// What the templates see.
    pub fixture: FixtureSource<'d>,
    /// What must come of it.
    pub expect: Expectation<'d>,
}

/// Where a fixture is written.
#[derive(Clone, Debug)]
pub enum FixtureSource<'d> {
    /// In a file, relative to the one the case is in.
    File(At<&'d str>),
    /// In the case: its `spec`.
    Here(&'d Node),
}

/// What must come of a case. The words are those of the wire: `promote`, `Successful`.
#[derive(Clone, Debug)]
pub struct Expectation<'d> {
    /// The verdict.
    pub verdict: At<&'d str>,
    /// A text in its sentence.
    pub reason: Option<At<&'d str>>,
    /// When it falls, after the start.
    pub at: Option<At<Duration>>,
    /// The step at which a Rollout stops, counted from 0.
    pub step: Option<At<usize>>,
    /// The phases of metrics.
    pub metrics: Vec<MetricExpectation<'d>>,
}

/// The phase a metric must be in.
#[derive(Clone, Debug)]
pub struct MetricExpectation<'d> {
    /// Its name.
    pub metric: At<&'d str>,
    /// The phase.
    pub phase: At<&'d str>,
    /// When, after the start; none for the end.
    pub at: Option<Duration>,
}

impl<'d> Suite<'d> {
    /// Reads a document whose structure is sound.
    ///
    /// # Errors
    ///
    /// Every duration that is none, and every name that two cases have.
    pub fn read(document: &'d Document) -> Result<Self, Vec<Found>> {
        let mut reader = Reader { problems: Vec::new() };
        let spec = document.node.get("spec").unwrap_or(&document.node);
        let shared = texts(spec.get("args"));
        let cases = spec.get("cases").map(Node::items).unwrap_or_default();
        let cases: Vec<Case<'d>> =
            cases.iter().filter_map(|case| reader.case(case, &shared)).collect();
        reader.refuse_duplicates(&cases);
        if !reader.problems.is_empty() {
            let found =
                |problem: SuiteProblem| Found { source: document.source, problem: problem.into() };
            return Err(reader.problems.into_iter().map(found).collect());
        }
        let templates = spec.get("templates").map(Node::items).unwrap_or_default();
        Ok(Self {
            name: &document.name,
            source: document.source,
            templates: templates.iter().filter_map(text_at).collect(),
            template: spec.get("template").and_then(Node::as_text),
            cases,
        })
    }
}

struct Reader {
    problems: Vec<SuiteProblem>,
}

impl Reader {
    /// None where the structure is wrong, which has been told.
    fn case<'d>(
        &mut self,
        node: &'d Node,
        shared: &BTreeMap<&'d str, &'d str>,
    ) -> Option<Case<'d>> {
        let mut args = shared.clone();
        args.extend(texts(node.get("args")));
        let fixture = node.get("fixture")?;
        Some(Case {
            name: text_at(node.get("name")?)?,
            args,
            mode: match node.get("compat").and_then(Node::as_text) {
                Some("argo") => Some(Mode::Argo),
                Some(_) => Some(Mode::Strict),
                None => None,
            },
            length: self.duration(node, "for").map(|length| length.value),
            fixture: match &fixture.value {
                Value::Map(_) => FixtureSource::Here(fixture),
                Value::Scalar(_) | Value::Null | Value::List(_) => {
                    FixtureSource::File(text_at(fixture)?)
                }
            },
            expect: self.expectation(node.get("expect")?)?,
        })
    }

    fn expectation<'d>(&mut self, node: &'d Node) -> Option<Expectation<'d>> {
        let step = node.get("step").and_then(|step| {
            let value = usize::try_from(integer(step.as_text()?)?).ok()?;
            Some(At { value, at: step.span })
        });
        let metrics = node.get("metrics").map(Node::items).unwrap_or_default();
        let metrics = metrics.iter().filter_map(|metric| {
            Some(MetricExpectation {
                metric: text_at(metric.get("metric")?)?,
                phase: text_at(metric.get("phase")?)?,
                at: self.duration(metric, "at").map(|at| at.value),
            })
        });
        let metrics = metrics.collect();
        Some(Expectation {
            verdict: text_at(node.get("verdict")?)?,
            reason: node.get("reason").and_then(text_at),
            at: self.duration(node, "at"),
            step,
            metrics,
        })
    }

    fn duration(&mut self, parent: &Node, field: &'static str) -> Option<At<Duration>> {
        let node = parent.get(field)?;
        match duration::parse_unsigned(node.as_text()?) {
            Ok(value) => Some(At { value, at: node.span }),
            Err(error) => {
                let reason = shorten(&error.to_string());
                self.problems.push(SuiteProblem::BadDuration { field, reason, at: node.span });
                None
            }
        }
    }

    fn refuse_duplicates(&mut self, cases: &[Case<'_>]) {
        let mut seen: BTreeMap<&str, SourceSpan> = BTreeMap::new();
        for Case { name, .. } in cases {
            if let Some(first) = seen.insert(name.value, name.at) {
                let (case, at) = (shorten(name.value), name.at);
                self.problems.push(SuiteProblem::DuplicateCase { case, first, at });
            }
        }
    }
}

fn text_at(node: &Node) -> Option<At<&str>> {
    Some(At { value: node.as_text()?, at: node.span })
}

fn texts(map: Option<&Node>) -> BTreeMap<&str, &str> {
    let entries = map.map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.as_str(), entry.node.as_text()?))).collect()
}
