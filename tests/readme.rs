//! The README does what it says.

use assay_tests::binary::{assay, root, run};

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("the README")
}

/// A word without the quotes that only a shell needs.
fn bare(word: &str) -> String {
    word.replace('\'', "")
}

/// The commands after `$ assay` in the README, without their comments.
fn commands(readme: &str) -> Vec<Vec<String>> {
    let lines = readme.lines().filter_map(|line| line.strip_prefix("$ assay "));
    lines
        .map(|line| line.split("  #").next().unwrap_or(line).split_whitespace().map(bare).collect())
        .collect()
}

#[test]
fn the_first_command_promotes_and_needs_no_server() {
    let readme = readme();
    let line = readme.lines().find_map(|line| line.strip_prefix("$ cargo run -- "));
    let arguments: Vec<&str> = line.expect("the first command").split_whitespace().collect();
    assert_eq!(run(&mut assay(&arguments)).code, 0);
}

#[test]
fn the_picture_of_a_verdict_is_what_is_printed() {
    let readme = readme();
    let pictures = readme.split("```console\n$ assay dry-run ").skip(1);
    let pictures: Vec<&str> = pictures.filter_map(|rest| rest.split("\n```").next()).collect();
    assert_eq!(pictures.len(), 2);
    for picture in pictures {
        let (command, shown) = picture.split_once('\n').expect("a command and what it prints");
        // As a shell would: quotes keep a value together.
        let arguments = command.split(' ').map(bare);
        let printed = run(assay(&["dry-run"]).args(arguments));
        assert_eq!(printed.stdout.trim_end(), shown);
    }
    let fixture = std::fs::read_to_string(root().join("fixtures/success-rate/blind.yaml"));
    assert!(readme.contains(fixture.expect("the fixture").trim_end()));
}

#[test]
fn offline_commands_run() {
    let readme = readme();
    let offline = ["check", "dry-run", "explain", "test"];
    let commands = commands(&readme);
    let run_here = commands.iter().filter(|command| offline.contains(&command[0].as_str()));
    let codes: Vec<i32> = run_here.map(|command| run(assay(&[]).args(command)).code).collect();
    assert_eq!(codes, [11, 10, 0, 10, 0, 0, 10]);
}

#[test]
fn every_file_it_links_to_is_there() {
    for document in ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(root().join(document)).expect("a document");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let inside = !link.contains("://") && !link.starts_with('#');
            assert!(!inside || root().join(link).exists(), "{document} links to {link}");
        }
    }
}
