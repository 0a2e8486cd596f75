//! What a command is given from outside: files, standard input, arguments, environment, secrets.

use std::io::Read;
use std::path::{Path, PathBuf};

use assay_provider::fixture::Fixture;
use assay_template::args::{GivenArgs, Origin};
use assay_template::bind::{self, Options};
use assay_template::document::{self, Documents};
use assay_template::plan::{Mode, Plan};
use assay_template::problem::Found;
use assay_template::sensitive;
use assay_template::yaml::{self, Source, SourceId, limits};

use crate::arguments;

/// Something on the command line that does not work.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
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
    #[error("{option} `{value}`: {reason}")]
    Wrong {
        /// The option.
        option: &'static str,
        /// What it was given.
        value: String,
        /// What is wrong, or what was expected.
        reason: String,
    },
    /// An option that is needed here.
    #[error("{what} is missing")]
    Missing {
        /// The option.
        what: &'static str,
    },
    /// A file without the document that is looked for.
    #[error("{path} has no {kind}")]
    NoDocument {
        /// Which file.
        path: String,
        /// What it should hold.
        kind: &'static str,
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
    pub fn wrong(option: &'static str, value: &str, reason: &impl std::fmt::Display) -> Self {
        Self::Wrong { option, value: value.to_owned(), reason: reason.to_string() }
    }
}

/// The files of a command, and what is given for their arguments.
pub struct Inputs {
    /// The files as they were read.
    read: Vec<Source>,
    /// The same with secrets starred out, to be shown. A place in the one is that place in the other.
    pub sources: Vec<Source>,
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
    pub fn read(options: &arguments::Inputs) -> Result<Self, InputError> {
        let read: Vec<Source> =
            options.templates.iter().map(|path| read_file(path)).collect::<Result<_, _>>()?;
        let documents = document::read_all(&read);
        let sources = shown(&read, &documents);
        let mut given = GivenArgs::default();
        let declared = bind::declared_args(&read, &documents.documents);
        from_environment(&declared, &mut given);
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
    pub fn plan(&self, compat: Option<arguments::Compat>) -> Result<Plan, Vec<Found>> {
        let options = Options { mode: compat.map(Mode::from), roots: self.roots.clone() };
        if !self.documents.problems.is_empty() {
            return Err(self.documents.problems.clone());
        }
        bind::bind(&self.read, &self.documents.documents, &self.given, &options)
    }

    /// The fixture in the file at `path`, for `plan`.
    ///
    /// # Errors
    ///
    /// [`InputError`] when the file cannot be read; inside, every problem of its text.
    pub fn fixture(
        &mut self,
        path: &Path,
        plan: &Plan,
    ) -> Result<Result<Fixture, Vec<Found>>, InputError> {
        let source = read_file(path)?;
        let id = SourceId(self.read.len());
        let read = document::read(id, &source);
        let display = Documents { documents: read.documents.clone(), problems: Vec::new() };
        self.sources.extend(shown_one(&source, id, &display));
        self.read.push(source);
        if !read.problems.is_empty() {
            return Ok(Err(read.problems));
        }
        let fixture = read.documents.iter().find(|document| document.kind == document::Kind::Fixture);
        let Some(fixture) = fixture else {
            return Err(InputError::NoDocument {
                path: path.display().to_string(),
                kind: "Fixture of assay.dev/v1alpha1",
            });
        };
        Ok(Fixture::read(fixture, plan))
    }
}
