//! `assay test`: every TemplateTest found, its cases rehearsed and held against what they expect.

mod files;
mod report;
mod suite;
mod update;

use std::path::PathBuf;

use assay_promql::Dialect;

use crate::arguments::{Test, TestFormat};
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::{print, problems, say, workers};

/// Runs the tests of `options`.
pub(crate) fn test(options: &Test) -> anyhow::Result<Exit> {
    let files = files::find(&options.paths)?;
    if files.is_empty() {
        return Err(InputError::NoTests { path: listed(&options.paths) }.into());
    }
    let dialect = Dialect::from(options.promql);
    let run = |number: usize| files.get(number).map(|file| suite::run(file, dialect));
    let tested = workers::in_parallel(files.len(), workers::threads(options.threads), run, |_| ());
    let tested: Vec<suite::Tested> = tested.into_iter().flatten().collect();
    let report = match options.output {
        TestFormat::Table => report::table(&tested, problems::colour(&std::io::stdout())),
        TestFormat::Json => report::json(&tested)?,
        TestFormat::Junit => report::junit(&tested),
    };
    print(&report)?;
    if options.update {
        for change in update::apply(&tested)? {
            say(&change);
        }
    }
    let unreadable = tested.iter().any(|tested| !tested.refused.is_empty());
    let failed = tested.iter().flat_map(|tested| &tested.cases).any(|case| !case.is_good());
    Ok(match (unreadable, failed) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::CouldNotJudge,
        (false, false) => Exit::Done,
    })
}

fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}
