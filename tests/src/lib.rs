//! What the tests of the whole need: the binary, a Prometheus, small servers.

#![expect(
    clippy::expect_used,
    reason = "all of this is test code, and a test that cannot go on ends"
)]

pub mod binary;
pub mod folder;
pub mod http;
pub mod node_exporter;
pub mod package;
pub mod prometheus;

use std::path::{Path, PathBuf};

/// Every template that ships, and every fixture that ships for one, from the root of the project.
pub fn shipped() -> Vec<PathBuf> {
    let mut files = yaml_files(Path::new("templates"));
    files.extend(yaml_files(Path::new("fixtures/success-rate")));
    files
}

/// The YAML files of a folder below the root of the project, sorted.
pub fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(binary::root().join(folder)).expect("a folder");
    let names = entries.map(|entry| folder.join(entry.expect("an entry").file_name()));
    let mut files: Vec<PathBuf> = names
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}
