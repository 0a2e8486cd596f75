//! `assay test --update`: expectations become what came. Every change is told, none is made silently.

use std::collections::BTreeMap;

use anyhow::Context;
use assay_template::yaml::Source;

use super::suite::Tested;
use crate::commands::check::place;

/// Why a text is left that cannot be replaced where it stands.
const MANY_LINES: &str =
    "what is written over several lines, or for several places, is for a person to change";

/// Writes what came over the expectations that were not met, and tells each change.
///
/// A text that stands for several cases, or over several lines, is left as it is, and told too.
///
/// # Errors
///
/// When a file cannot be written.
pub(crate) fn apply(tested: &[Tested]) -> anyhow::Result<Vec<String>> {
    let mut changes = Vec::new();
    for tested in tested {
        let Some(Source { name, text }) = tested.sources.first() else { continue };
        let mut edits: BTreeMap<(usize, usize), Vec<&str>> = BTreeMap::new();
        for (at, instead) in tested.cases.iter().flat_map(|case| &case.instead) {
            edits.entry((at.offset(), at.len())).or_default().push(instead);
        }
        let (mut new, mut told) = (text.clone(), Vec::new());
        // From the end, so that the places before stay true.
        for ((start, length), instead) in edits.iter().rev() {
            let written = *start..start + length;
            let Some(before) = text.get(written.clone()) else { continue };
            let (line, column) = place(text, *start);
            let begins_line = text[..*start].trim_end_matches([' ', '\t']).ends_with('\n');
            let replaced = match begins_line {
                // A block, of which only the content is known here.
                true => Err(MANY_LINES),
                false => replacement(before, instead),
            };
            told.push(match replaced {
                Ok(instead) => {
                    new.replace_range(written, instead);
                    format!("updated {name}:{line}:{column}: {before} is now {instead}")
                }
                Err(why) => format!("left {name}:{line}:{column}: {why}"),
            });
        }
        if new != *text {
            std::fs::write(name, &new).with_context(|| format!("could not write {name}"))?;
        }
        changes.extend(told.into_iter().rev());
    }
    Ok(changes)
}

/// What is to be written in place of `before`, for one case or several, or why nothing is.
fn replacement<'i>(before: &str, instead: &[&'i str]) -> Result<&'i str, &'static str> {
    if before.contains('\n') || before.starts_with(['&', '*']) {
        return Err(MANY_LINES);
    }
    match instead {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => Ok(first),
        [] | [..] => Err("several cases share it, and they came out differently"),
    }
}
