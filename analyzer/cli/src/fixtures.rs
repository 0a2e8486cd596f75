//! Which fixture of a file is meant.

use std::path::{Path, PathBuf};

use assay_template::document::{Document, Kind};
use assay_template::yaml::Node;

use crate::report::escape;

/// Fixtures of a file that are offered by name; the rest is counted.
const OFFERED_MAX: usize = 10;

/// A file, and which of the fixtures in it: `FILE`, `FILE#NAME`, or `FILE#2` for the second.
pub(crate) struct FixturePath {
    /// The file.
    pub(crate) file: PathBuf,
    which: Option<String>,
}

/// Why no fixture of a file could be chosen, as a clause about the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoChoice {
    /// There is none.
    #[error("has no Fixture of assay.dev/v1alpha1, nor a test of promtool")]
    Nothing,
    /// There are several, and none is said.
    #[error("has {count} fixtures: write after the file which one is meant, {offered}")]
    Several {
        /// How many.
        count: usize,
        /// What can be written.
        offered: String,
    },
    /// There is none with this name or number.
    #[error("has no fixture `#{which}`, but {offered}")]
    Unknown {
        /// What was asked for.
        which: String,
        /// What can be written.
        offered: String,
    },
}

impl FixturePath {
    /// What `path` means. Where a file has a `#` in its own name, it is that file.
    pub(crate) fn of(path: &Path) -> Self {
        let split = path.to_str().and_then(|text| text.rsplit_once('#'));
        match split {
            Some((file, which)) if !path.exists() => {
                Self { file: file.into(), which: Some(which.to_owned()) }
            }
            Some(_) | None => Self { file: path.to_owned(), which: None },
        }
    }

    /// The fixture that is meant, among the documents of the file.
    ///
    /// # Errors
    ///
    /// [`NoChoice`] when it cannot be told which one is.
    pub(crate) fn choose<'d>(&self, documents: &'d [Document]) -> Result<&'d Document, NoChoice> {
        let fixtures = documents.iter().filter(|document| document.kind == Kind::Fixture);
        let fixtures: Vec<&Document> = fixtures.collect();
        let Some(which) = &self.which else {
            return match fixtures.as_slice() {
                [] => Err(NoChoice::Nothing),
                [only] => Ok(only),
                several => {
                    Err(NoChoice::Several { count: several.len(), offered: offered(several) })
                }
            };
        };
        if fixtures.is_empty() {
            return Err(NoChoice::Nothing);
        }
        let named: Vec<&Document> =
            fixtures.iter().copied().filter(|fixture| fixture.name == *which).collect();
        let place = || which.parse::<usize>().ok()?.checked_sub(1);
        let meant = match named.as_slice() {
            [only] => Some(*only),
            // A name comes before a number.
            [] => place().and_then(|place| fixtures.get(place).copied()),
            [_, _, ..] => None,
        };
        meant.ok_or_else(|| NoChoice::Unknown {
            which: escape::line(which),
            offered: offered(&fixtures),
        })
    }
}

/// The names of the metrics that the templates among `documents` have, as they are written.
pub(crate) fn metrics(documents: &[Document]) -> Vec<&str> {
    let metrics = documents.iter().filter_map(|document| document.node.get("spec")?.get("metrics"));
    let metrics = metrics.flat_map(Node::items);
    metrics.filter_map(|metric| metric.get("name")?.as_text()).collect()
}

/// ``#healthy` or `#2``, each by its name if no other has it.
fn offered(fixtures: &[&Document]) -> String {
    let mut words: Vec<String> = Vec::new();
    for (place, fixture) in fixtures.iter().enumerate().take(OFFERED_MAX) {
        let is_only = 1 == fixtures.iter().filter(|other| other.name == fixture.name).count();
        words.push(match fixture.name.is_empty() || !is_only {
            true => format!("`#{}`", place + 1),
            false => format!("`#{}`", escape::line(&fixture.name)),
        });
    }
    if OFFERED_MAX < fixtures.len() {
        words.push(format!("… up to `#{}`", fixtures.len()));
    }
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        Some(_) | None => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use assay_template::document;
    use assay_template::yaml::{Source, SourceId};

    use super::*;

    /// Which group of a test of promtool with these names is chosen, counted from 0, or why none.
    fn check(names: &[&str], path: &str, expected: &str) {
        let group = |name: &&str| format!("  - {{name: \"{name}\", input_series: []}}\n");
        let text = format!("tests:\n{}", names.iter().map(group).collect::<String>());
        let source = Source { name: String::from("t"), text };
        let read = document::read(SourceId(0), &source);
        assert_eq!(read.problems, []);
        let chosen = FixturePath::of(Path::new(path)).choose(&read.documents);
        let told = match chosen {
            Ok(chosen) => {
                let place = read.documents.iter().position(|it| std::ptr::eq(it, chosen));
                place.map(|place| place.to_string()).unwrap_or_default()
            }
            Err(problem) => problem.to_string(),
        };
        assert_eq!(told, expected, "{names:?} {path}");
    }

    #[test]
    fn a_fixture_is_chosen_by_its_name_or_number_or_because_it_is_the_only_one() {
        check(&[""], "t.yml", "0");
        check(&["a", "b"], "t.yml#b", "1");
        check(&["a", "b"], "t.yml#1", "0");
        check(&["2", "b"], "t.yml#2", "0"); // a name comes before a number
        check(&["a", "a"], "t.yml#2", "1");
    }

    #[test]
    fn it_is_told_what_can_be_chosen() {
        let several = "has 3 fixtures: write after the file which one is meant, `#a`, `#2` or `#3`";
        check(&["a", "b", "b"], "t.yml", several);
        check(&["a", "b"], "t.yml#c", "has no fixture `#c`, but `#a` or `#b`");
        check(&["a", "b"], "t.yml#3", "has no fixture `#3`, but `#a` or `#b`");
        check(&["a", "b"], "t.yml#0", "has no fixture `#0`, but `#a` or `#b`");
        check(&["a", "a"], "t.yml#a", "has no fixture `#a`, but `#1` or `#2`");
        check(&["a"], "t.yml#", "has no fixture `#`, but `#a`");
    }
}
