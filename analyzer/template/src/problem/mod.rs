//! What can be wrong with a template: one enum an operation, each problem with its place.
//!
//! A check returns every problem it finds; showing them is somebody else's work. The words are
//! written once, here: what is wrong, where, and what to write instead.

mod args;
mod codes;
mod lint;
mod metric;
mod nesting;
mod shape;
mod shown;
mod tolerated;
mod yaml;

use miette::Diagnostic;

pub use args::ArgsProblem;
pub use codes::CODES;
pub use lint::Lint;
pub use metric::{MetricFault, MetricProblem};
pub use nesting::NestingProblem;
pub use shape::ShapeProblem;
#[cfg(test)]
pub(crate) use shown::render;
pub use shown::{Found, Shown};
pub use tolerated::Tolerated;
pub use yaml::YamlProblem;

/// Anything that is wrong with a template.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Problem {
    /// The text is not YAML as we read it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Yaml(#[from] YamlProblem),
    /// The arguments do not fit.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Args(#[from] ArgsProblem),
    /// The templates do not go together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Nesting(#[from] NestingProblem),
    /// A metric cannot be measured or judged.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Metric(#[from] MetricProblem),
    /// Something is allowed but suspicious.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Lint(#[from] Lint),
    /// A problem that Argo Rollouts lets pass.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tolerated(#[from] Tolerated),
    /// The YAML is not a document as we know it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Shape(#[from] ShapeProblem),
}

impl Problem {
    /// The stable name of this kind of problem, such as `assay::template::unknown_field`.
    pub fn code(&self) -> String {
        Diagnostic::code(self).map(|code| code.to_string()).unwrap_or_default()
    }

    /// The message as Argo Rollouts prints it, such as `metrics[0]: no provider specified`, where it has
    /// one.
    pub fn argo_message(&self) -> String {
        match self {
            Self::Metric(problem) => problem.argo_message(),
            Self::Nesting(NestingProblem::DuplicateMetric { name, index, .. }) => {
                format!("metrics[{index}]: duplicate name '{name}'")
            }
            Self::Tolerated(tolerated) => tolerated.problem().argo_message(),
            Self::Yaml(_) | Self::Shape(_) | Self::Args(_) | Self::Nesting(_) | Self::Lint(_) => {
                self.to_string()
            }
        }
    }

    /// Whether it is only a warning.
    pub fn is_warning(&self) -> bool {
        matches!(self.severity(), Some(miette::Severity::Warning | miette::Severity::Advice))
    }
}

/// `text` for a message: on one line and at most 60 characters.
pub fn shorten(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let mut short: String = text
        .chars()
        .take(CHARACTERS_MAX)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        short.push('…');
    }
    short
}

/// What `assay explain` says about each code of this crate: the last part of the code, and a page.
///
/// The list is complete: a test compares it with every `code(…)` in the sources.
pub const EXPLAINED: &[(&str, &str)] = &[
    ("aliases_too_large", include_str!("../../explain/aliases_too_large.md")),
    ("anchor_inside_itself", include_str!("../../explain/anchor_inside_itself.md")),
    ("complex_key", include_str!("../../explain/complex_key.md")),
    ("duplicate_key", include_str!("../../explain/duplicate_key.md")),
    ("duration_without_unit", include_str!("../../explain/duration_without_unit.md")),
    ("file_too_large", include_str!("../../explain/file_too_large.md")),
    ("merge_of_no_map", include_str!("../../explain/merge_of_no_map.md")),
    ("missing_field", include_str!("../../explain/missing_field.md")),
    ("missing_type", include_str!("../../explain/missing_type.md")),
    ("nested_too_deep", include_str!("../../explain/nested_too_deep.md")),
    ("no_document", include_str!("../../explain/no_document.md")),
    ("not_a_whole_number", include_str!("../../explain/not_a_whole_number.md")),
    ("not_utf8", include_str!("../../explain/not_utf8.md")),
    ("nul_byte", include_str!("../../explain/nul_byte.md")),
    ("number_out_of_range", include_str!("../../explain/number_out_of_range.md")),
    ("only_in_assay_dev", include_str!("../../explain/only_in_assay_dev.md")),
    ("quoted_number", include_str!("../../explain/quoted_number.md")),
    ("too_many_documents", include_str!("../../explain/too_many_documents.md")),
    ("too_many_problems", include_str!("../../explain/too_many_problems.md")),
    ("too_many_values", include_str!("../../explain/too_many_values.md")),
    ("unknown_anchor", include_str!("../../explain/unknown_anchor.md")),
    ("unknown_api_version", include_str!("../../explain/unknown_api_version.md")),
    ("unknown_field", include_str!("../../explain/unknown_field.md")),
    ("unknown_kind", include_str!("../../explain/unknown_kind.md")),
    ("unknown_tag", include_str!("../../explain/unknown_tag.md")),
    ("unknown_value", include_str!("../../explain/unknown_value.md")),
    ("unquoted_argument", include_str!("../../explain/unquoted_argument.md")),
    ("unquoted_text", include_str!("../../explain/unquoted_text.md")),
    ("wrong_type", include_str!("../../explain/wrong_type.md")),
    ("yaml_syntax", include_str!("../../explain/yaml_syntax.md")),
    ("yaml_tab", include_str!("../../explain/yaml_tab.md")),
];

/// The page about `code`, with or without `assay::…::` in front.
pub fn explain(code: &str) -> Option<&'static str> {
    let last = code.rsplit("::").next().unwrap_or(code);
    EXPLAINED.iter().find(|(name, _)| *name == last).map(|(_, page)| *page)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The last parts of all codes in the sources of this crate.
    fn codes() -> BTreeSet<String> {
        let mut codes = BTreeSet::new();
        let mut folders =
            vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for part in text.split("code(assay::").skip(1) {
                    let code = part.split(')').next().unwrap();
                    codes.insert(code.rsplit("::").next().unwrap().to_owned());
                }
            }
        }
        codes
    }

    #[test]
    fn every_code_has_its_page() {
        let explained: BTreeSet<String> =
            EXPLAINED.iter().map(|(name, _)| (*name).to_owned()).collect();
        // The words of this very test are no code.
        let codes: BTreeSet<String> =
            codes().into_iter().filter(|code| !code.contains(['"', '…'])).collect();
        assert_eq!(codes, explained);
        for (name, page) in EXPLAINED {
            assert!(page.starts_with(&format!("# {name}\n")), "{name}");
            assert!(page.contains("```yaml"), "{name} shows no example");
        }
    }

    #[test]
    fn a_page_is_found_by_its_code() {
        let page = explain("assay::template::unknown_field").unwrap();
        assert_eq!(explain("unknown_field"), Some(page));
        assert_eq!(explain("assay::template::nothing"), None);
    }
}
