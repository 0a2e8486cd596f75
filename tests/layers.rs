//! The house keeps its storeys: a crate imports what lies below it, never a sibling, never upwards.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use assay_tests::binary::root;

/// Each crate with the crates of ours it may import. A new edge needs a reason in a decision record.
const TABLE: &[(&str, &[&str])] = &[
    ("assay-stats", &[]),
    ("assay-template", &[]),
    ("assay-run", &["assay-template"]),
    ("assay-provider", &["assay-run", "assay-template"]),
    ("assay-runtime", &["assay-provider", "assay-run", "assay-template"]),
    ("assay-cli", &["assay-provider", "assay-run", "assay-runtime", "assay-template"]),
    ("assay-tests", &["assay-run", "assay-template", "assay-provider", "assay-runtime"]),
];

/// The crates below the line, and what they must not be able to reach: a clock, a socket, a task.
const PURE: &[&str] = &["assay-stats", "assay-template", "assay-run"];
const IMPURE: &[&str] =
    &["tokio", "reqwest", "hyper", "rand", "getrandom", "tracing", "config", "clap"];

#[test]
fn crates_import_only_what_lies_below_them() {
    let table: BTreeMap<&str, BTreeSet<&str>> =
        TABLE.iter().map(|(name, below)| (*name, below.iter().copied().collect())).collect();
    for (name, dependencies) in workspace() {
        let allowed = table.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no storey"));
        let ours = dependencies.iter().filter(|dependency| dependency.starts_with("assay-"));
        for dependency in ours {
            assert!(allowed.contains(dependency.as_str()), "{name} imports {dependency}");
        }
    }
}

#[test]
fn pure_crates_cannot_reach_the_world() {
    for (name, dependencies) in workspace() {
        if PURE.contains(&name.as_str()) {
            for impure in IMPURE {
                assert!(!dependencies.contains(*impure), "{name} imports {impure}");
            }
        }
    }
}

/// Every crate of the workspace with its direct dependencies, those of its tests left out.
fn workspace() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            let direct = dependencies
                .iter()
                .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
                .map(|dependency| dependency["name"].as_str().expect("a name").to_owned());
            (package["name"].as_str().expect("a name").to_owned(), direct.collect())
        })
        .collect()
}
