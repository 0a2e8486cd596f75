//! `assay test` as a user sees it: on what ships, and on tests that fail.

use std::fs;
use std::path::Path;

use assay_tests::binary::{assay, root, run};
use assay_tests::folder::Folder;
use expect_test::expect;

const TEMPLATE: &str = "apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: errors
spec:
  metrics:
    - name: error-ratio
      interval: 1m
      count: 3
      successCondition: result[0] <= 0.05
      provider:
        prometheus:
          query: sum(rate(errors_total[2m])) / sum(rate(requests_total[2m]))
";

const TEST: &str = "apiVersion: assay.dev/v1alpha1
kind: TemplateTest
metadata:
  name: errors
spec:
  templates: [errors.yaml]
  cases:
    - name: healthy
      fixture:
        series:
          interval: 15s
          from: -2m
          input:
            - {series: requests_total, values: 0+100x40}
            - {series: errors_total, values: 0+1x40}
      expect:
        verdict: promote
        reason: every metric was good
        at: 2m
        metrics:
          - {metric: error-ratio, phase: Successful}
          - {metric: error-ratio, phase: Running, at: 1m59s}
";

/// A folder with the template and the test, each with one text replaced.
fn folder(template: (&str, &str), test: (&str, &str)) -> Folder {
    let folder = Folder::new();
    folder.write("errors.yaml", TEMPLATE.replace(template.0, template.1));
    folder.write("errors.test.yaml", TEST.replace(test.0, test.1));
    folder
}

/// Code and output of `assay test` in `folder`, whose name is cut off.
fn test(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    let path = folder.path("errors.test.yaml");
    let printed = run(assay(&["test"]).args(arguments).arg(&path));
    let shown = printed.stdout + &printed.stderr;
    (
        printed.code,
        shown
            .replace(&format!("{}/", folder.path("").display()), "")
            .replace(&folder.path("").display().to_string(), ""),
    )
}

#[test]
fn everything_that_ships_passes_with_any_number_of_threads() {
    let of = |threads| run(&mut assay(&["test", "templates", "fixtures", "--threads", threads]));
    let (one, many) = (of("1"), of("16"));
    assert_eq!((one.code, one.stderr.as_str()), (0, ""), "{}", one.stdout);
    assert_eq!(one.stdout, many.stdout);
    let last = one.stdout.lines().last().expect("a line");
    let passed = last.strip_suffix(" passed, 0 failed").expect("all passed");
    assert!(160 <= passed.parse::<u32>().expect("a number"), "{last}");
}

#[test]
fn every_template_that_ships_has_a_test_with_all_three_verdicts() {
    let templates = fs::read_dir(root().join("templates")).expect("a folder");
    let paths = templates.map(|entry| entry.expect("an entry").path());
    for path in paths.filter(|path| !path.to_string_lossy().ends_with(".test.yaml")) {
        let test = fs::read_to_string(path.with_extension("test.yaml")).expect("a test beside it");
        for verdict in ["promote", "abort", "hold"] {
            assert!(test.contains(&format!("verdict: {verdict}")), "{path:?}: {verdict}");
        }
    }
}

/// Copies the folder of templates, with one file changed.
fn templates_with(name: &str, change: impl Fn(&str) -> String) -> Folder {
    let folder = Folder::new();
    for entry in fs::read_dir(root().join("templates")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a template");
        let is_it = path.file_name() == Path::new(name).file_name();
        let text = if is_it { change(&text) } else { text };
        folder.write(&path.file_name().expect("a name").to_string_lossy(), text);
    }
    folder
}

#[test]
fn breaking_any_shipped_query_is_told_with_its_place() {
    let templates = fs::read_dir(root().join("templates")).expect("a folder");
    for entry in templates {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a template");
        if name.ends_with(".test.yaml") || !text.contains("query:") {
            continue;
        }
        // The last bracket that closes in the file closes one in its last query.
        let query = text.rfind("query:").expect("a query");
        let place = query + text[query..].find(')').expect("a bracket in the query");
        let folder = templates_with(&name, |text| {
            let mut broken = text.to_owned();
            broken.replace_range(place..=place, "");
            broken
        });
        let test = folder.path(&name.replace(".yaml", ".test.yaml"));
        let printed = run(assay(&["test"]).arg(test));
        assert_ne!(printed.code, 0, "{name}");
        let at = format!("{name}:");
        assert!(printed.stdout.contains(&at), "{name}: {}", printed.stdout);
    }
}

#[test]
fn a_test_that_passes_says_so_in_a_line() {
    let (code, shown) = test(&folder(("", ""), ("", "")), &[]);
    expect![[r#"
        ✔ errors.test.yaml  1 case
        1 passed, 0 failed
    "#]]
    .assert_eq(&shown);
    assert_eq!(code, 0);
}

#[test]
fn a_misspelt_metric_is_told_with_the_nearest_name_and_the_place_of_the_query() {
    let folder = folder(("requests_total", "request_total"), ("", ""));
    let (code, shown) = test(&folder, &[]);
    expect![[""]].assert_eq(&shown);
    assert_eq!(code, 1);
}

#[test]
fn a_query_that_is_none_is_told_with_its_place() {
    let (code, shown) = test(&folder(("[2m])) /", "[2m) /"), ("", "")), &[]);
    expect![[""]].assert_eq(&shown);
    assert_eq!(code, 1);
}

#[test]
fn expectations_are_updated_only_when_asked_and_every_change_is_told() {
    let wrong = ("verdict: promote", "verdict: abort");
    let folder = folder(("", ""), wrong);
    let (code, _) = test(&folder, &[]);
    assert_eq!(code, 1);
    let read = || fs::read_to_string(folder.path("errors.test.yaml")).expect("the test");
    assert_eq!(read(), TEST.replace(wrong.0, wrong.1));
    let (_, shown) = test(&folder, &["--update"]);
    let told = "updated errors.test.yaml:18:18: abort is now promote";
    assert!(shown.contains(told), "{shown}");
    assert_eq!(read(), TEST);
}

#[test]
fn results_are_written_for_a_ci_server_too() {
    let (code, shown) = test(&folder(("0.05", "0.001"), ("", "")), &["-o", "junit"]);
    assert_eq!(code, 1);
    expect![[""]].assert_eq(&shown);
    let (_, shown) = test(&folder(("", ""), ("", "")), &["-o", "json"]);
    expect![[""]].assert_eq(&shown);
}

#[test]
fn files_that_are_missing_and_folders_without_tests_are_told() {
    let (code, shown) = test(&folder(("", ""), ("errors.yaml", "error.yaml")), &[]);
    assert_eq!(code, 2);
    expect![[""]].assert_eq(&shown);
    let printed = run(&mut assay(&["test", "dashboards-that-are-not-there"]));
    assert_eq!(printed.code, 2);
    let printed = run(&mut assay(&["test", "tests/help"]));
    assert_eq!(
        (printed.code, printed.stderr.as_str()),
        (
            2,
            "error: tests/help has no TemplateTest of assay.dev/v1alpha1 in it, nor has a folder below\n"
        )
    );
}
