//! `assay test --update`: expectations become what came. Every change is told, none is made silently.

use anyhow::Context;
use assay_template::yaml::Source;

use super::suite::Tested;
use crate::commands::check::place;

/// Writes what came over the expectations that were not met, and tells each change.
///
/// # Errors
///
/// When a file cannot be written.
pub(crate) fn apply(tested: &[Tested]) -> anyhow::Result<Vec<String>> {
    let mut changes = Vec::new();
    for tested in tested {
        let Some(Source { name, text }) = tested.sources.first() else { continue };
        let mut edits: Vec<_> = tested.cases.iter().flat_map(|case| &case.instead).collect();
        // From the end, so that the places before stay true.
        edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.offset()));
        let mut new = text.clone();
        let mut told = Vec::new();
        for (at, instead) in edits {
            let written = at.offset()..at.offset() + at.len();
            let Some(before) = text.get(written.clone()) else { continue };
            let (line, column) = place(text, at.offset());
            told.push(format!("updated {name}:{line}:{column}: {before} is now {instead}"));
            new.replace_range(written, instead);
        }
        if !told.is_empty() {
            std::fs::write(name, new).with_context(|| format!("could not write {name}"))?;
            changes.extend(told.into_iter().rev());
        }
    }
    Ok(changes)
}
