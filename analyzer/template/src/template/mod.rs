//! A template as it was checked: its arguments, metrics, rules and references, each with its place.
//!
//! A [`Template`] says what one document says; [`library`] puts several of them together the way Argo
//! Rollouts does. Whether the metrics make sense is decided when arguments are filled in, by
//! [`bind`](crate::bind).

pub(crate) mod library;

use miette::SourceSpan;

use crate::args::{Declared, declared};
use crate::bind::findings::{Findings, Place};
use crate::document::{Document, Kind};
use crate::shape::boolean;
use crate::yaml::{Node, SourceId};

/// What kind of document a template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// An `AnalysisTemplate`.
    Namespace,
    /// A `ClusterAnalysisTemplate`.
    Cluster,
    /// An `AnalysisRun`: metrics and arguments in one document.
    Run,
}

impl Scope {
    /// The kind as it is written.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Namespace => "AnalysisTemplate",
            Self::Cluster => "ClusterAnalysisTemplate",
            Self::Run => "AnalysisRun",
        }
    }
}

/// One template.
#[derive(Clone, Debug)]
pub struct Template<'a> {
    /// Its name.
    pub name: String,
    /// What kind of document it is.
    pub scope: Scope,
    /// The text it is in.
    pub source: SourceId,
    /// The bytes to point at when it is about the whole template: its name, if it has one.
    pub at: SourceSpan,
    /// Its metrics, as written.
    pub metrics: Vec<&'a Node>,
    /// Which metrics have no say.
    pub dry_run: Vec<Rule>,
    /// How many measurements are kept of which metrics.
    pub retention: Vec<Rule>,
    /// Templates whose metrics belong to it too.
    pub references: Vec<Reference>,
    /// The run is to end at once (an AnalysisRun only).
    pub terminate: bool,
    /// Whether its structure is sound; if not, that is reported, and nothing more is said of it.
    pub sound: bool,
    spec: &'a Node,
}

/// A rule for the metrics whose names match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// A regular expression, matched anywhere in the name.
    pub pattern: String,
    /// Measurements to keep (retention only).
    pub limit: Option<i64>,
    /// The text it is in.
    pub source: SourceId,
    /// The bytes of the pattern.
    pub at: SourceSpan,
}

/// A reference to another template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its name.
    pub name: String,
    /// Whether it is a cluster template.
    pub cluster: bool,
    /// The bytes of the name.
    pub at: SourceSpan,
}

impl<'a> Template<'a> {
    /// Reads `document`; none if it is no template.
    pub fn read(document: &'a Document) -> Option<Self> {
        let scope = match document.kind {
            Kind::AnalysisTemplate => Scope::Namespace,
            Kind::ClusterAnalysisTemplate => Scope::Cluster,
            Kind::AnalysisRun => Scope::Run,
            Kind::Rollout | Kind::Fixture | Kind::TemplateTest | Kind::Other { .. } => return None,
        };
        let (source, node) = (document.source, &document.node);
        let name_node = node.get("metadata").and_then(|metadata| metadata.get("name"));
        let at = match (name_node, node.entry("kind")) {
            (Some(name), _) => name.span,
            (None, Some(kind)) => kind.node.span,
            (None, None) => node.span,
        };
        let spec = node.get("spec").unwrap_or(node);
        let list = |key: &str| spec.get(key).map(Node::items).unwrap_or_default();
        Some(Self {
            name: document.name.clone(),
            scope,
            source,
            at,
            metrics: list("metrics").iter().collect(),
            dry_run: list("dryRun").iter().filter_map(|node| rule(source, node)).collect(),
            retention: list("measurementRetention")
                .iter()
                .filter_map(|node| rule(source, node))
                .collect(),
            references: list("templates").iter().filter_map(reference).collect(),
            terminate: scope == Scope::Run && flag(spec, "terminate"),
            sound: document.sound,
            spec,
        })
    }

    /// What an analysis of a Rollout adds to the templates it refers to: rules and references, no
    /// metric. `nothing` stands for the `spec` that it does not have.
    pub(crate) fn of_analysis(
        name: String,
        place: Place,
        analysis: &Node,
        nothing: &'a Node,
    ) -> Self {
        let Place { source, span } = place;
        let list = |key: &str| analysis.get(key).map(Node::items).unwrap_or_default();
        let rules = |key| list(key).iter().filter_map(|node| rule(source, node)).collect();
        Self {
            name,
            scope: Scope::Run,
            source,
            at: span,
            metrics: Vec::new(),
            dry_run: rules("dryRun"),
            retention: rules("measurementRetention"),
            references: list("templates").iter().filter_map(reference).collect(),
            terminate: false,
            sound: true,
            spec: nothing,
        }
    }

    /// What it declares, names unique.
    pub(crate) fn args(&self, findings: &mut Findings) -> Vec<Declared> {
        declared(self.source, self.spec, findings)
    }

    /// A field of its `spec`.
    pub(crate) fn field(&self, key: &str) -> Option<&'a Node> {
        self.spec.get(key).filter(|node| !node.is_null())
    }

    /// Its `spec`.
    pub(crate) fn spec(&self) -> &'a Node {
        self.spec
    }

    pub(crate) fn place(&self) -> Place {
        Place { source: self.source, span: self.at }
    }
}

fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_text).and_then(boolean) == Some(true)
}

fn rule(source: SourceId, node: &Node) -> Option<Rule> {
    let name = node.get("metricName")?;
    let limit = node.get("limit").and_then(Node::as_text).and_then(|text| text.parse().ok());
    Some(Rule { pattern: name.as_text()?.to_owned(), limit, source, at: name.span })
}

fn reference(node: &Node) -> Option<Reference> {
    let name = node.get("templateName")?;
    let cluster = flag(node, "clusterScope");
    Some(Reference { name: name.as_text()?.to_owned(), cluster, at: name.span })
}
