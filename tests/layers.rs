//! The house keeps its storeys: a crate imports what lies below it, never a sibling, never upwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_tests::binary::root;

/// Each crate with the crates of ours it may import. A new edge needs a reason in a decision record.
const TABLE: &[(&str, &[&str])] = &[
    ("assay-promql", &[]),
    ("assay-stats", &[]),
    ("assay-template", &["assay-promql", "assay-stats"]),
    ("assay-run", &["assay-stats", "assay-template"]),
    ("assay-outbound", &["assay-run", "assay-template"]),
    ("assay-provider", &["assay-outbound", "assay-promql", "assay-run", "assay-template"]),
    ("assay-deliver", &["assay-outbound", "assay-run", "assay-template"]),
    ("assay-store", &["assay-run", "assay-template"]),
    ("assay-api", &["assay-promql"]),
    ("assay-runtime", &["assay-provider", "assay-run", "assay-template"]),
    (
        "assay-cli",
        &[
            "assay-api",
            "assay-promql",
            "assay-provider",
            "assay-run",
            "assay-runtime",
            "assay-stats",
            "assay-template",
        ],
    ),
    (
        "assay-tests",
        &["assay-promql", "assay-run", "assay-template", "assay-provider", "assay-runtime"],
    ),
];

/// The crates below the line, and what they must not be able to reach: a clock, a socket, a task.
const PURE: &[&str] = &["assay-promql", "assay-stats", "assay-template", "assay-run"];
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

/// What of the standard library reaches the world.
const WORLDLY: &[&str] = &["fs", "env", "net", "process", "thread"];

#[test]
fn pure_crates_do_not_name_the_world() {
    for name in PURE {
        let folder = root().join("analyzer").join(name.trim_start_matches("assay-")).join("src");
        let files = sources(&folder);
        assert!(!files.is_empty(), "{name} has no sources");
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a source file");
            // Tests read the files they compare with.
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for module in WORLDLY {
                assert!(!code.contains(&format!("std::{module}")), "{file:?} names std::{module}");
            }
        }
    }
}

/// The source files below `folder`, those of tests left out.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = paths
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "tests"))
        .partition(|path| path.is_dir());
    files.into_iter().chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

/// Crates of others that the binary is made of at most: each is code that somebody has to trust.
const CRATES_MAX: usize = 150;

#[test]
fn the_binary_is_made_of_few_crates() {
    let tree = ["tree", "--package", "assay-cli", "--edges", "normal", "--prefix", "none"];
    let output = Command::new(env!("CARGO"))
        .args(tree)
        .args(["--format", "{p}", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo tree runs");
    let text = String::from_utf8(output.stdout).expect("cargo tree prints UTF-8");
    // A crate that was printed before is marked; name and version alone tell one from another.
    let crate_of = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let crates: BTreeSet<String> =
        text.lines().filter(|line| !line.is_empty()).map(crate_of).collect();
    assert!(crates.iter().any(|name| name.starts_with("assay-cli ")), "{crates:?}");
    let others = crates.iter().filter(|name| !name.starts_with("assay-")).count();
    assert!(others <= CRATES_MAX, "{others} crates: {crates:#?}");
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
