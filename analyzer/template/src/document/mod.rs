//! A document as written: recognised by its kind, its structure compared with the table.
//!
//! Nothing is decided here about what a value means; that is done where a template is bound.

mod promtool;
#[cfg(test)]
mod tests;

use miette::{Diagnostic, SourceSpan};

use crate::problem::{Found, Problem, ShapeProblem, shorten};
use crate::shape::tables::ROOTS;
use crate::shape::{Api, Root, check, suggest};
use crate::yaml::limits::PROBLEMS_MAX;
use crate::yaml::{self, Node, Source, SourceId, Value};

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The text it is in.
    pub source: SourceId,
    /// The API group it was written for; none for [`Kind::Other`].
    pub api: Option<Api>,
    /// What it is.
    pub kind: Kind,
    /// `metadata.name`, or `metadata.generateName`; empty if it has neither.
    pub name: String,
    /// The whole document, `apiVersion` and `kind` included.
    pub node: Node,
    /// Whether nothing is wrong with its structure. A document that is not sound must not be bound,
    /// but others may refer to it without a further problem.
    pub sound: bool,
}

/// The kinds of document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What to measure.
    AnalysisTemplate,
    /// The same for all namespaces.
    ClusterAnalysisTemplate,
    /// One execution, metrics and arguments written out.
    AnalysisRun,
    /// A workload with the steps of its release.
    Rollout,
    /// Series and recorded answers.
    Fixture,
    /// Templates, what they see, and the verdicts they must give.
    TemplateTest,
    /// Something else, such as a Service in the same file: no problem, but worth a notice.
    Other {
        /// Its `apiVersion`.
        api_version: String,
        /// Its `kind`.
        kind: String,
    },
}

impl Kind {
    /// The `kind` as written in a document.
    pub fn name(&self) -> &str {
        match self {
            Self::AnalysisTemplate => "AnalysisTemplate",
            Self::ClusterAnalysisTemplate => "ClusterAnalysisTemplate",
            Self::AnalysisRun => "AnalysisRun",
            Self::Rollout => "Rollout",
            Self::Fixture => "Fixture",
            Self::TemplateTest => "TemplateTest",
            Self::Other { kind, .. } => kind,
        }
    }

    fn of(root: &Root) -> Self {
        let kinds = [
            Self::ClusterAnalysisTemplate,
            Self::AnalysisRun,
            Self::Rollout,
            Self::Fixture,
            Self::TemplateTest,
        ];
        let known = kinds.into_iter().find(|kind| kind.name() == root.kind);
        known.unwrap_or(Self::AnalysisTemplate)
    }
}

/// What was found in some texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documents {
    /// The documents that could be read, in the order of the texts and then of the file.
    pub documents: Vec<Document>,
    /// Every problem of the YAML and of the structure.
    pub problems: Vec<Found>,
}

/// Reads all documents of `sources`; a [`SourceId`] counts in this list.
pub fn read_all(sources: &[Source]) -> Documents {
    let mut all = Documents::default();
    for (index, source) in sources.iter().enumerate() {
        let Documents { documents, problems } = read(SourceId(index), source);
        all.documents.extend(documents);
        all.problems.extend(problems);
    }
    all
}

/// Reads the documents of one text, whose name to others is `id`.
///
/// The items of a `v1` `List`, as `kubectl get -o yaml` prints it, are documents of their own. An
/// empty document is skipped; a text without any other is a problem. Each test of a unit-test file of
/// Prometheus is a Fixture with its series.
pub fn read(id: SourceId, source: &Source) -> Documents {
    let parsed = yaml::read(source);
    let broken: Vec<usize> = parsed.problems.iter().filter_map(place).collect();
    let mut reader = Reader { id, broken, documents: Vec::new(), problems: parsed.problems };
    for node in parsed.documents {
        reader.document(node);
        if PROBLEMS_MAX < reader.problems.len() {
            break;
        }
    }
    yaml::cap(&mut reader.problems);
    if reader.documents.is_empty() && reader.problems.is_empty() {
        reader.problems.push(ShapeProblem::NoDocument.into());
    }
    let problems =
        reader.problems.into_iter().map(|problem| Found { source: id, problem }).collect();
    Documents { documents: reader.documents, problems }
}

/// Where a problem is.
fn place(problem: &Problem) -> Option<usize> {
    problem.labels().into_iter().flatten().next().map(|label| label.offset())
}

struct Reader {
    id: SourceId,
    /// Where the YAML has problems.
    broken: Vec<usize>,
    documents: Vec<Document>,
    problems: Vec<Problem>,
}

/// What `apiVersion` and `kind` say a document is.
struct Recognised {
    root: &'static Root,
    api: Api,
    problems: Vec<ShapeProblem>,
}

impl Reader {
    fn document(&mut self, node: Node) {
        match &node.value {
            Value::Null => return,
            Value::Map(_) => {}
            Value::Scalar(_) | Value::List(_) => {
                let at = node.span;
                self.problems.extend([not_a_document(at).into()]);
                return;
            }
        }
        if promtool::is_test(&node) {
            return self.promtool(&node);
        }
        let api_version = self.type_field(&node, "apiVersion");
        let kind = self.type_field(&node, "kind");
        let (Some((api_version, api_at)), Some((kind, kind_at))) = (api_version, kind) else {
            return;
        };
        if api_version == "v1" && kind == "List" {
            return self.list(node);
        }
        match recognise(&api_version, api_at, &kind, kind_at) {
            Some(recognised) => self.ours(node, recognised),
            None => {
                let name = name_of(&node).unwrap_or_default();
                let kind = Kind::Other { api_version, kind };
                let source = self.id;
                self.documents.push(Document { source, api: None, kind, name, node, sound: true });
            }
        }
    }

    fn ours(&mut self, node: Node, Recognised { root, api, mut problems }: Recognised) {
        problems.extend(check(&node, root.object, api, ""));
        let name = name_of(&node);
        if let (None, Some(metadata)) = (&name, node.entry("metadata"))
            && matches!(metadata.node.value, Value::Map(_))
        {
            problems.push(ShapeProblem::MissingField {
                field: "name",
                owner: String::from("`metadata`"),
                example: String::from("name: success-rate"),
                at: metadata.key_span,
            });
        }
        let span = node.span.offset()..node.span.offset() + node.span.len();
        let sound = problems.is_empty() && !self.broken.iter().any(|place| span.contains(place));
        self.problems.extend(problems.into_iter().map(Problem::from));
        self.documents.push(Document {
            source: self.id,
            api: Some(api),
            kind: Kind::of(root),
            name: name.unwrap_or_default(),
            node,
            sound,
        });
    }

    fn promtool(&mut self, node: &Node) {
        let problems = promtool::problems(node);
        let sound = problems.is_empty() && self.broken.is_empty();
        self.problems.extend(problems.into_iter().map(Problem::from));
        let (source, api) = (self.id, Some(Api::Assay));
        let fixtures = promtool::fixtures(node).into_iter();
        self.documents.extend(fixtures.map(|(name, node)| Document {
            source,
            api,
            kind: Kind::Fixture,
            name,
            node,
            sound,
        }));
    }

    fn list(&mut self, node: Node) {
        let Value::Map(entries) = node.value else { return };
        for entry in entries {
            if let ("items", Value::List(items)) = (entry.key.as_str(), entry.node.value) {
                for item in items {
                    self.document(item);
                }
            }
        }
    }

    /// The text and place of `apiVersion` or `kind`.
    fn type_field(&mut self, node: &Node, field: &'static str) -> Option<(String, SourceSpan)> {
        let value = node.get(field).filter(|value| !value.is_null());
        let Some(value) = value else {
            let at = node.entries().first().map_or(node.span, |first| first.key_span);
            self.problems.push(ShapeProblem::MissingType { field, at }.into());
            return None;
        };
        let Some(text) = value.as_text() else {
            self.problems.push(
                ShapeProblem::WrongType {
                    field: format!("`{field}`"),
                    expected: String::from("a text"),
                    found: String::from("no scalar"),
                    help: format!("write for example `{field}: {}`", example_of(field)),
                    at: value.span,
                }
                .into(),
            );
            return None;
        };
        Some((text.to_owned(), value.span))
    }
}

fn example_of(field: &str) -> &'static str {
    if field == "kind" { "AnalysisTemplate" } else { "argoproj.io/v1alpha1" }
}

fn not_a_document(at: SourceSpan) -> ShapeProblem {
    ShapeProblem::WrongType {
        field: String::from("a document"),
        expected: String::from("a map"),
        found: String::from("none"),
        help: String::from(
            "begin it with `apiVersion: argoproj.io/v1alpha1` and `kind: AnalysisTemplate`",
        ),
        at,
    }
}

/// `metadata.name`, or what a cluster would make a name of.
fn name_of(node: &Node) -> Option<String> {
    let metadata = node.get("metadata")?;
    let name = metadata.get("name").and_then(Node::as_text);
    let name = name.or_else(|| metadata.get("generateName").and_then(Node::as_text));
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// What a document is, if it is one of ours or was meant to be.
fn recognise(
    api_version: &str,
    api_at: SourceSpan,
    kind: &str,
    kind_at: SourceSpan,
) -> Option<Recognised> {
    let apis = [Api::Argo, Api::Assay];
    let api = apis.into_iter().find(|api| api.version() == api_version);
    // A group of ours with another version, or a misspelt one.
    let group = api_version.split('/').next().unwrap_or_default();
    let near_api = || {
        apis.into_iter().find(|api| {
            let ours = api.version().split('/').next().unwrap_or_default();
            suggest(group, [ours]).is_some()
        })
    };
    let exact = ROOTS.iter().find(|root| root.kind == kind);
    let near = || {
        let near = suggest(kind, ROOTS.iter().map(|root| root.kind))?;
        ROOTS.iter().find(|root| root.kind == near)
    };
    let meant = exact.or_else(near)?;
    // Other projects have a kind `Fixture`, or one that looks like ours.
    let surely_ours = kind.ends_with("AnalysisTemplate") && exact.is_some();
    let wanted = api.or_else(near_api).or(surely_ours.then_some(Api::Argo))?;
    let mut problems = Vec::new();
    if exact.is_none() {
        let kind = shorten(kind);
        problems.push(ShapeProblem::UnknownKind { kind, meant: meant.kind, at: kind_at });
    }
    let has_it = meant.apis.contains(&wanted);
    let wanted = if has_it { wanted } else { meant.apis.first().copied().unwrap_or(wanted) };
    if api != Some(wanted) {
        problems.push(ShapeProblem::UnknownApiVersion {
            kind: meant.kind.to_owned(),
            api_version: shorten(api_version),
            meant: wanted.version(),
            at: api_at,
        });
    }
    Some(Recognised { root: meant, api: wanted, problems })
}
