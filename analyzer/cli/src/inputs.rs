//! What a command is given from outside: files, standard input, arguments, environment, secrets.

use std::io::Read;
use std::path::{Path, PathBuf};

use assay_provider::fixture::{Fixture, ReadFor};
use assay_template::args::{Declared, GivenArgs, Origin};
use assay_template::bind::{self, Options};
use assay_template::document::{self, Document, Documents};
use assay_template::plan::Plan;
use assay_template::problem::Found;
use assay_template::rollout::{self, RolloutPlan};
use assay_template::sensitive;
use assay_template::yaml::{self, Node, Source, SourceId};

use crate::arguments;
use crate::fixtures::{self, FixturePath, NoChoice};
use crate::report::escape;

/// Characters of a wrong value that are shown.
const VALUE_CHARS_MAX: usize = 80;

/// Something on the command line that does not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// A file that cannot be read.
    #[error("could not read {path}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that is no text.
    #[error("{path}: {problem}{help}")]
    NotText {
        /// Which.
        path: String,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        help: String,
    },
    /// `--arg` without a `=`. Its text is not shown: it may be a secret.
    #[error("--arg number {place} is not NAME=VALUE")]
    NotAnArg {
        /// Counted from 1.
        place: usize,
    },
    /// A file of arguments that is no map of texts.
    #[error("{path} is not a map of arguments, such as `service-name: checkout`")]
    NotAnArgFile {
        /// Which.
        path: String,
    },
    /// A value that cannot be read.
    #[error("{option}: `{value}` {reason}")]
    Wrong {
        /// The option.
        option: &'static str,
        /// What it was given.
        value: String,
        /// What is wrong, or what was expected.
        reason: String,
    },
    /// An address that cannot be asked. Its text is not shown: it may hold a password.
    #[error("{option}: {reason}")]
    Address {
        /// The option.
        option: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Standard input named twice: the second reader would get nothing.
    #[error("`-` is named twice, but there is one standard input")]
    StdinTwice,
    /// No test in what was named.
    #[error("{path} has no TemplateTest of assay.dev/v1alpha1 in it, nor has a folder below")]
    NoTests {
        /// What was named.
        path: String,
    },
    /// A folder without any file to check.
    #[error("{path} has no .yaml, .yml or .json file for assay in it, nor has a folder below")]
    NothingToCheck {
        /// Which folder.
        path: String,
    },
    /// An option of another kind of value.
    #[error("{option} is nothing for this --kind: give {instead}")]
    Useless {
        /// The option.
        option: &'static str,
        /// The one meant.
        instead: &'static str,
    },
    /// An option that is needed here.
    #[error("{what} is missing")]
    Missing {
        /// The option.
        what: &'static str,
    },
    /// A file of which no fixture could be chosen.
    #[error("{path} {why}")]
    NoFixture {
        /// Which file.
        path: String,
        /// Why.
        why: NoChoice,
    },
    /// A query that cannot be evaluated over the series at hand.
    #[error("the query has no answer")]
    NoAnswer {
        /// Why.
        #[source]
        source: assay_promql::EvalError,
    },
    /// A live run without an end.
    #[error(
        "metric `{metrics}` has no `count`, so the run has no end: give `--for DURATION`, or \
         `maxDuration` in the template"
    )]
    Endless {
        /// Their names.
        metrics: String,
    },
}

impl InputError {
    /// An option with a value that cannot be read.
    pub(crate) fn wrong(
        option: &'static str,
        value: &str,
        reason: &impl std::fmt::Display,
    ) -> Self {
        let value = match value.char_indices().nth(VALUE_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &value[..end]),
            None => value.to_owned(),
        };
        Self::Wrong { option, value: escape::line(&value), reason: reason.to_string() }
    }
}

/// The files of a command, and what is given for their arguments.
pub(crate) struct Inputs {
    /// The files as they were read.
    read: Vec<Source>,
    /// The same with secrets starred out, to be shown. A place in the one is that place in the other.
    pub(crate) sources: Vec<Source>,
    documents: Documents,
    roots: Vec<String>,
    given: GivenArgs,
}

impl Inputs {
    /// Reads what `options` name.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first file or option that does not work.
    pub(crate) fn read(options: &arguments::Inputs) -> Result<Self, InputError> {
        let files = options.templates.iter().chain(&options.arg_files);
        if 1 < files.filter(|path| is_stdin(path)).count() {
            return Err(InputError::StdinTwice);
        }
        let read: Vec<Source> =
            options.templates.iter().map(|path| read_file(path)).collect::<Result<_, _>>()?;
        let documents = document::read_all(&read);
        let sources = shown_all(&read, &documents.documents);
        let mut given = GivenArgs::default();
        from_environment(&documents, &mut given);
        for path in &options.arg_files {
            from_file(path, &mut given)?;
        }
        from_command_line(&options.args, &mut given)?;
        if let Some(folder) = &options.secrets {
            from_secrets(folder, &mut given)?;
        }
        Ok(Self { read, sources, documents, roots: options.roots.clone(), given })
    }

    /// The plan of the templates with the given arguments.
    ///
    /// # Errors
    ///
    /// Every problem of the files and of the arguments.
    pub(crate) fn plan(&self, options: Options) -> Result<Plan, Vec<Found>> {
        bind::bind(&self.read, &self.documents, &self.roots, &self.given, options)
    }

    /// The plan of the Rollout among the files; none if there is none, or a template is asked for.
    ///
    /// # Errors
    ///
    /// Every problem of the files and of the arguments.
    pub(crate) fn rollout(&self, options: Options) -> Result<Option<RolloutPlan>, Vec<Found>> {
        let chosen = rollout::chosen(&self.documents, &self.roots).map_err(|found| vec![*found])?;
        let Some(document) = chosen else { return Ok(None) };
        rollout::bind(&self.read, &self.documents, document, &self.given, options).map(Some)
    }

    /// The fixture in the file at `path`, for `plans`, whose weights a rollout may set.
    ///
    /// # Errors
    ///
    /// [`InputError`] when the file cannot be read; inside, every problem of its text.
    pub(crate) fn fixture(
        &mut self,
        path: &Path,
        plans: &[&Plan],
        follows_rollout: bool,
    ) -> Result<Result<Fixture, Vec<Found>>, InputError> {
        if is_stdin(path) && self.read.iter().any(|source| source.name == STDIN) {
            return Err(InputError::StdinTwice);
        }
        let meant = FixturePath::of(path);
        let source = read_file(&meant.file)?;
        let id = SourceId(self.read.len());
        let Documents { documents, problems } = document::read(id, &source);
        self.sources.push(shown(&source, id, &documents));
        self.read.push(source);
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        let elsewhere = fixtures::metrics(&self.documents.documents);
        let read_for = Wanted { plans, elsewhere: &elsewhere, follows_rollout };
        the_fixture(&meant, &documents, &read_for)
    }
}

/// The fixture in the file at `path`, for no plan, and the file to be shown.
///
/// # Errors
///
/// [`InputError`] when the file cannot be read; inside, every problem of its text.
pub(crate) fn fixture_alone(
    path: &Path,
) -> Result<(Source, Result<Fixture, Vec<Found>>), InputError> {
    let meant = FixturePath::of(path);
    let source = read_file(&meant.file)?;
    let id = SourceId(0);
    let Documents { documents, problems } = document::read(id, &source);
    let shown = shown(&source, id, &documents);
    let read = if problems.is_empty() {
        the_fixture(&meant, &documents, &Wanted::default())?
    } else {
        Err(problems)
    };
    Ok((shown, read))
}

/// What a fixture is wanted for, as [`ReadFor`] has it.
#[derive(Default)]
struct Wanted<'a> {
    plans: &'a [&'a Plan],
    elsewhere: &'a [&'a str],
    follows_rollout: bool,
}

/// The fixture that is meant among the documents of its file.
fn the_fixture(
    meant: &FixturePath,
    documents: &[Document],
    &Wanted { plans, elsewhere, follows_rollout }: &Wanted<'_>,
) -> Result<Result<Fixture, Vec<Found>>, InputError> {
    let path = || meant.file.display().to_string();
    let fixture = meant.choose(documents);
    let fixture = fixture.map_err(|why| InputError::NoFixture { path: path(), why })?;
    let folder = meant.file.parent().unwrap_or(Path::new(""));
    let files = |page: &str| read_page(folder, page);
    Ok(Fixture::read(fixture, &ReadFor { plans, elsewhere, files: &files, follows_rollout }))
}

/// What standard input is called where a file's name would stand.
const STDIN: &str = "<stdin>";

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads a file, or standard input for `-`, and not more of it than a template may have.
pub(crate) fn read_file(path: &Path) -> Result<Source, InputError> {
    let name = if is_stdin(path) { STDIN.to_owned() } else { path.display().to_string() };
    let unreadable = |source| InputError::Unreadable { path: name.clone(), source };
    // One byte more than allowed is enough to see that it is too much.
    let bytes_max =
        u64::try_from(yaml::limits::TEMPLATE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = if is_stdin(path) {
        std::io::stdin().take(bytes_max).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(bytes_max).read_to_end(&mut bytes))
    };
    read.map_err(unreadable)?;
    let text = yaml::read_text(&bytes).map_err(|problem| InputError::NotText {
        path: name.clone(),
        help: miette::Diagnostic::help(&problem)
            .map(|help| format!("; {help}"))
            .unwrap_or_default(),
        problem: problem.to_string(),
    })?;
    Ok(Source { name, text })
}

/// Bytes of a metrics page that a fixture names, at most.
const PAGE_BYTES_MAX: u64 = 256 << 20;

/// The text of the page that a fixture in `folder` names.
pub(crate) fn read_page(folder: &Path, page: &str) -> Result<String, String> {
    let path = folder.join(page);
    let mut bytes = Vec::new();
    std::fs::File::open(&path)
        .and_then(|file| file.take(PAGE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    if usize::try_from(PAGE_BYTES_MAX).is_ok_and(|bytes_max| bytes_max < bytes.len()) {
        return Err(format!("it has more than {PAGE_BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| String::from("it is not UTF-8 text"))
}

/// Each of `sources` with its secrets starred out.
pub(crate) fn shown_all(sources: &[Source], documents: &[Document]) -> Vec<Source> {
    let sources = sources.iter().enumerate();
    sources.map(|(place, source)| shown(source, SourceId(place), documents)).collect()
}

fn shown(source: &Source, id: SourceId, documents: &[Document]) -> Source {
    let own = documents.iter().filter(|document| document.source == id);
    let trees: Vec<&Node> = own.map(|document| &document.node).collect();
    Source { name: source.name.clone(), text: sensitive::masked(&source.text, &trees) }
}

/// `ASSAY_ARG_SERVICE_NAME` for every declared argument, here `service-name`.
fn from_environment(documents: &Documents, given: &mut GivenArgs) {
    for Declared { name, .. } in bind::declared_args(documents) {
        let upper =
            name.to_ascii_uppercase().replace(|char: char| !char.is_ascii_alphanumeric(), "_");
        if let Ok(value) = std::env::var(format!("ASSAY_ARG_{upper}")) {
            given.set(name, value, Origin::Environment);
        }
    }
}

fn from_file(path: &Path, given: &mut GivenArgs) -> Result<(), InputError> {
    let source = read_file(path)?;
    let not_a_map = || InputError::NotAnArgFile { path: source.name.clone() };
    let documents = yaml::parse(&source).map_err(|_| not_a_map())?;
    for entry in documents.first().map(Node::entries).ok_or_else(not_a_map)? {
        let value = entry.node.as_text().ok_or_else(not_a_map)?;
        given.set(&entry.key, value, Origin::File);
    }
    Ok(())
}

fn from_command_line(args: &[String], given: &mut GivenArgs) -> Result<(), InputError> {
    for (place, arg) in args.iter().enumerate() {
        let (name, value) = arg
            .split_once('=')
            .filter(|(name, _)| !name.trim().is_empty())
            .ok_or(InputError::NotAnArg { place: place + 1 })?;
        given.set(name.trim(), value, Origin::CommandLine);
    }
    Ok(())
}

/// Reads `folder` as Kubernetes mounts secrets: a folder for each, in it a file for each key.
fn from_secrets(folder: &Path, given: &mut GivenArgs) -> Result<(), InputError> {
    // Kubernetes' own links begin with two dots.
    let is_own = |path: &PathBuf| !name(path).starts_with("..");
    for secret in inside(folder)?.into_iter().filter(|path| path.is_dir() && is_own(path)) {
        for key in inside(&secret)?.into_iter().filter(|path| path.is_file() && is_own(path)) {
            let value = read_file(&key)?;
            // A file usually ends with a line feed that the secret does not have.
            given.set_secret(
                &name(&secret),
                &name(&key),
                value.text.trim_end_matches(['\r', '\n']),
            );
        }
    }
    Ok(())
}

/// What is in a folder, sorted.
pub(crate) fn inside(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let unreadable = |source| InputError::Unreadable { path: folder.display().to_string(), source };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// The last part of a path.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
