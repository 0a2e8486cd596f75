//! The tests of one file.

use std::path::Path;

use assay_promql::Dialect;
use assay_provider::fixture::{Fixture, ReadFor};
use assay_runtime::suite::{self, Came, Judged, Mismatch};
use assay_template::args::{GivenArgs, Origin};
use assay_template::bind::{self, Options};
use assay_template::document::{self, Document, Documents, Kind};
use assay_template::plan::Plan;
use assay_template::problem::{Found, SuiteProblem, shorten};
use assay_template::rollout;
use assay_template::suite::{At, Case, FixtureSource, Suite};
use assay_template::yaml::{Node, Source, SourceId};
use miette::SourceSpan;

use super::files::TestFile;
use crate::commands::check::place;
use crate::fixtures::{self, FixturePath};
use crate::inputs::{read_file, read_page};

/// What came of a file.
pub(crate) struct Tested {
    /// Every text that a problem may be in; the file itself is the first.
    pub(crate) sources: Vec<Source>,
    /// What keeps the file from being run at all.
    pub(crate) refused: Vec<Found>,
    /// What came of its cases, in file order.
    pub(crate) cases: Vec<CaseResult>,
}

impl Tested {
    /// The path of the file.
    pub(crate) fn name(&self) -> &str {
        self.sources.first().map_or("", |source| &source.name)
    }
}

/// What came of a case.
pub(crate) struct CaseResult {
    /// The name of its test.
    pub(crate) suite: String,
    /// Its name.
    pub(crate) name: String,
    /// The sentence of the verdict; empty if there is none.
    pub(crate) sentence: String,
    /// What sources warned about while values were judged all the same.
    pub(crate) warnings: Vec<String>,
    /// What is wrong with it, or was expected in vain.
    pub(crate) found: Vec<Found>,
    /// What would have to stand where for the expectations to be met.
    pub(crate) instead: Vec<(SourceSpan, String)>,
}

impl CaseResult {
    /// Whether everything was as expected.
    pub(crate) fn is_good(&self) -> bool {
        self.found.is_empty()
    }
}

/// Runs all tests of a file.
pub(crate) fn run(file: &TestFile, dialect: Dialect) -> Tested {
    let source = file.source.clone();
    let Documents { documents, problems } = document::read(SourceId(0), &source);
    let mut tested = Tested { sources: vec![source], refused: problems, cases: Vec::new() };
    if !tested.refused.is_empty() {
        return tested;
    }
    let is_test = |document: &&Document| document.kind == Kind::TemplateTest;
    for document in documents.iter().filter(is_test) {
        match Suite::read(document) {
            Ok(suite) => run_suite(&suite, &file.folder, dialect, &mut tested),
            Err(found) => tested.refused.extend(found),
        }
    }
    tested
}

fn run_suite(suite: &Suite<'_>, folder: &Path, dialect: Dialect, tested: &mut Tested) {
    let mut templates = Documents::default();
    for path in &suite.templates {
        match read(folder, path, &mut tested.sources) {
            Ok(Documents { documents, problems }) => {
                templates.documents.extend(documents);
                templates.problems.extend(problems);
            }
            Err(problem) => tested.refused.push(in_test(*problem)),
        }
    }
    // Told once, not by every case.
    tested.refused.append(&mut templates.problems);
    if !tested.refused.is_empty() {
        return;
    }
    for case in &suite.cases {
        let options = Options { mode: case.mode, dialect };
        let ran = run_case(suite, case, options, folder, &templates, &mut tested.sources);
        let (came, found) = match ran {
            Ok(came) => {
                let at = came
                    .decisive
                    .as_deref()
                    .and_then(|metric| query_place(metric, &templates.documents, &tested.sources));
                let mismatches = came.mismatches.iter();
                let found = mismatches.map(|mismatch| told(mismatch, at.as_deref())).collect();
                (Some(came), found)
            }
            Err(found) => (None, found),
        };
        let instead = came.iter().flat_map(|came| &came.mismatches);
        tested.cases.push(CaseResult {
            suite: suite.name.to_owned(),
            name: case.name.value.to_owned(),
            instead: instead.filter_map(|mismatch| mismatch.instead.clone()).collect(),
            warnings: came.iter().flat_map(|came| came.warnings.clone()).collect(),
            sentence: came.map(|came| came.sentence).unwrap_or_default(),
            found,
        });
    }
}

fn run_case(
    suite: &Suite<'_>,
    case: &Case<'_>,
    options: Options,
    folder: &Path,
    templates: &Documents,
    sources: &mut Vec<Source>,
) -> Result<Came, Vec<Found>> {
    let mut given = GivenArgs::default();
    for (name, value) in &case.args {
        given.set(*name, *value, Origin::File);
    }
    let roots: Vec<String> = suite.template.into_iter().map(str::to_owned).collect();
    let elsewhere = fixtures::metrics(&templates.documents);
    let chosen = rollout::chosen(templates, &roots).map_err(|found| vec![*found])?;
    match chosen {
        Some(document) => {
            let plan = rollout::bind(sources, templates, document, &given, options)?;
            let plans: Vec<&Plan> = plan.analyses.iter().map(|analysis| &analysis.plan).collect();
            let wanted = Wanted { plans: &plans, elsewhere: &elsewhere, follows_rollout: true };
            let fixture = fixture(case, folder, &wanted, sources)?;
            Ok(suite::run(case, Judged::Rollout(&plan), &fixture))
        }
        None => {
            let plan = bind::bind(sources, templates, &roots, &given, options)?;
            let plans = [&plan];
            let wanted = Wanted { plans: &plans, elsewhere: &elsewhere, follows_rollout: false };
            let fixture = fixture(case, folder, &wanted, sources)?;
            Ok(suite::run(case, Judged::Plan(&plan), &fixture))
        }
    }
}

/// What a fixture is wanted for, as [`ReadFor`] has it.
struct Wanted<'a> {
    plans: &'a [&'a Plan],
    elsewhere: &'a [&'a str],
    follows_rollout: bool,
}

fn fixture(
    case: &Case<'_>,
    folder: &Path,
    wanted: &Wanted<'_>,
    sources: &mut Vec<Source>,
) -> Result<Fixture, Vec<Found>> {
    let &Wanted { plans, elsewhere, follows_rollout } = wanted;
    let path = match &case.fixture {
        FixtureSource::Here(spec) => {
            let files = |page: &str| read_page(folder, page);
            let read_for = ReadFor { plans, elsewhere, files: &files, follows_rollout };
            return Fixture::read_spec(SourceId(0), spec, &read_for);
        }
        FixtureSource::File(path) => path,
    };
    let meant = FixturePath::of(&folder.join(path.value));
    let read = read_named(&meant.file, path, sources).map_err(|problem| vec![in_test(*problem)])?;
    if !read.problems.is_empty() {
        return Err(read.problems);
    }
    let chosen = meant.choose(&read.documents);
    let document = chosen.map_err(|why| vec![in_test(unreadable(path, format!("it {why}")))])?;
    let files = |page: &str| read_page(meant.file.parent().unwrap_or(folder), page);
    Fixture::read(document, &ReadFor { plans, elsewhere, files: &files, follows_rollout })
}

/// Reads a file that a test names.
fn read(
    folder: &Path,
    path: &At<&str>,
    sources: &mut Vec<Source>,
) -> Result<Documents, Box<SuiteProblem>> {
    read_named(&folder.join(path.value), path, sources)
}

/// Reads `file`, which a test names by `path`.
fn read_named(
    file: &Path,
    path: &At<&str>,
    sources: &mut Vec<Source>,
) -> Result<Documents, Box<SuiteProblem>> {
    let source = read_file(file).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Box::new(unreadable(path, cause.unwrap_or_else(|| error.to_string())))
    })?;
    let documents = document::read(SourceId(sources.len()), &source);
    sources.push(source);
    Ok(documents)
}

fn unreadable(path: &At<&str>, reason: String) -> SuiteProblem {
    SuiteProblem::UnreadableFile { file: shorten(path.value), reason, at: path.at }
}

fn in_test(problem: SuiteProblem) -> Found {
    Found { source: SourceId(0), problem: problem.into() }
}

/// A mismatch as it is shown, with the place of the query that decided.
fn told(mismatch: &Mismatch, query_at: Option<&str>) -> Found {
    let mut problem = mismatch.problem.clone();
    if let (SuiteProblem::NotAsExpected { help, .. }, Some(query_at)) = (&mut problem, query_at) {
        help.push_str("\nthe query that decided is at ");
        help.push_str(query_at);
    }
    in_test(problem)
}

/// Where the query of `metric` is written, as `file:line:column`.
fn query_place(metric: &str, documents: &[Document], sources: &[Source]) -> Option<String> {
    documents.iter().find_map(|document| {
        let metrics = document.node.get("spec")?.get("metrics")?.items();
        let named = |node: &&Node| node.get("name").and_then(Node::as_text) == Some(metric);
        let provider = metrics.iter().find(named)?.get("provider")?;
        let query = provider.entries().iter().find_map(|entry| entry.node.get("query"));
        let source = sources.get(document.source.0)?;
        let (line, column) = place(&source.text, query.unwrap_or(provider).span.offset());
        Some(format!("{}:{line}:{column}", source.name))
    })
}
