//! `assay check`: every problem in templates and fixtures, with its place and what to write instead.

use std::path::{Path, PathBuf};

use assay_template::bind::{self, Options};
use assay_template::document;
use assay_template::plan::Mode;
use assay_template::problem::Found;
use assay_template::yaml::Source;
use serde::Serialize;

use crate::arguments::{Check, CheckFormat};
use crate::exit::Exit;
use crate::inputs::{InputError, inside, name, read_file, shown_all};
use crate::{print, problems};

/// What `assay check -o json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    /// Problems, warnings not counted.
    problems: usize,
    /// Warnings.
    warnings: usize,
    /// Each of them.
    findings: Vec<Finding>,
}

/// One problem or warning.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    severity: &'static str,
    code: String,
    file: String,
    /// Counted from 1; absent when it is about the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// In characters, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// Checks files and folders.
pub(crate) fn check(options: &Check) -> anyhow::Result<Exit> {
    let read = read_all(&options.paths)?;
    let documents = document::read_all(&read);
    let found = bind::check(
        &read,
        &documents,
        Options { mode: options.compat.map(Mode::from), ..Options::default() },
    );
    let sources = shown_all(&read, &documents.documents);
    let warnings = found.iter().filter(|found| found.problem.is_warning()).count();
    let count = found.len() - warnings;
    print(&match options.output {
        CheckFormat::Table => {
            problems::render(&sources, &found, problems::colour(&std::io::stdout()))
        }
        CheckFormat::Json => {
            let findings = found.iter().map(|found| Finding::of(found, &sources)).collect();
            let checked = Checked { problems: count, warnings, findings };
            serde_json::to_string_pretty(&checked)? + "\n"
        }
    })?;
    let bad = 0 < count || (options.deny_warnings && 0 < warnings);
    Ok(if bad { Exit::Usage } else { Exit::Done })
}

impl Finding {
    fn of(found: &Found, sources: &[Source]) -> Self {
        let source = sources.get(found.source.0);
        let problem = &found.problem;
        let label = miette::Diagnostic::labels(problem).and_then(|mut labels| labels.next());
        let place = label.zip(source).map(|(label, source)| place(&source.text, label.offset()));
        Self {
            severity: if problem.is_warning() { "warning" } else { "error" },
            code: problem.code(),
            file: source.map(|source| source.name.clone()).unwrap_or_default(),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            message: problem.to_string(),
            help: miette::Diagnostic::help(problem).map(|help| help.to_string()),
        }
    }
}

/// Line and column of a byte, both counted from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..text.floor_char_boundary(offset)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

/// Reads the files among `paths`, and those below the folders among them that are meant for us.
fn read_all(paths: &[PathBuf]) -> Result<Vec<Source>, InputError> {
    let mut read = Vec::new();
    for path in paths {
        if !path.is_dir() {
            read.push(read_file(path)?);
            continue;
        }
        let mut files = Vec::new();
        below(path, &mut files)?;
        let before = read.len();
        for file in files {
            read.extend(Some(read_file(&file)?).filter(is_ours));
        }
        // A check of nothing must not look like a check without findings.
        if read.len() == before {
            return Err(InputError::NothingToCheck { path: path.display().to_string() });
        }
    }
    Ok(read)
}

/// Whether a file that nobody named is for assay: a folder holds other YAML and JSON too.
fn is_ours(source: &Source) -> bool {
    ["assay.dev/", "argoproj.io/"].iter().any(|group| source.text.contains(group))
}

/// Adds the YAML and JSON files below `folder`, sorted.
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), InputError> {
    for path in inside(folder)? {
        let extension = path.extension().and_then(|extension| extension.to_str());
        // A link may lead back up; it is not followed.
        if name(&path).starts_with('.') || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            below(&path, files)?;
        } else if matches!(extension, Some("yaml" | "yml" | "json")) {
            files.push(path);
        }
    }
    Ok(())
}
