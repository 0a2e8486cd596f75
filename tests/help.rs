//! Help as it is printed: a checked-in snapshot of every command, and what people expect besides.

use assay_tests::binary::{assay, root, run};
use expect_test::expect_file;

const COMMANDS: &[&str] = &[
    "dry-run",
    "run",
    "check",
    "condition",
    "judge",
    "plan",
    "query",
    "simulate",
    "test",
    "explain",
    "schema",
    "completions",
    "man",
];

#[test]
fn help_is_what_it_was() {
    let printed = run(&mut assay(&["--help"]));
    assert_eq!(printed.code, 0);
    expect_file!["help/assay.txt"].assert_eq(&printed.stdout);
    for command in COMMANDS {
        let printed = run(&mut assay(&[command, "--help"]));
        assert_eq!(printed.code, 0);
        expect_file![format!("help/{command}.txt")].assert_eq(&printed.stdout);
        assert!(printed.stdout.contains("Example"), "{command} has no example");
    }
}

#[test]
fn every_command_has_a_manual_page_and_every_shell_completions() {
    for command in COMMANDS {
        let printed = run(&mut assay(&["man", command]));
        assert_eq!(printed.code, 0);
        assert!(printed.stdout.contains(&format!("assay\\-{}", command.replace('-', "\\-"))));
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let printed = run(&mut assay(&["completions", shell]));
        assert_eq!(printed.code, 0);
        assert!(printed.stdout.contains("dry-run"), "{shell}");
    }
}

#[test]
fn wrong_usage_is_exit_code_two() {
    let wrong = [
        &["nonsense"][..],
        &["run"],
        &["dry-run", "x.yaml"],
        &["explain", "nonsense"],
        &["man", "nonsense"],
        &["schema", "--log", "a=b=c"],
    ];
    for arguments in wrong {
        assert_eq!(run(&mut assay(arguments)).code, 2, "{arguments:?}");
    }
}

#[test]
fn the_schema_of_templates_is_a_schema_and_every_template_that_ships_fits_it() {
    let schema = run(&mut assay(&["schema"])).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for path in assay_tests::shipped() {
        let text = std::fs::read_to_string(root().join(&path)).expect("a shipped file");
        // JSON has no NaN; a fixture may write it as a text too.
        let text = text.replace(".nan", "'NaN'");
        let value: serde_json::Value = serde_saphyr::from_str(&text).expect("YAML");
        let problems: Vec<String> =
            validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{path:?}: {problems:?}");
    }
}
