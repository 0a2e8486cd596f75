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
        // What a test names beside its folder stays where it is.
        let text = text.replace("../fixtures/", &format!("{}/fixtures/", root().display()));
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
        if name.ends_with(".test.yaml") {
            continue;
        }
        // The first bracket that closes after it is one of the last query; of a selector the last one.
        let query =
            text.rfind("query:").map(|query| query + text[query..].find(')').expect("a bracket"));
        let part = ["requests: ", "buckets: "].iter().filter_map(|part| text.rfind(part)).max();
        let selector = part.and_then(|part| {
            let line = text[part..].lines().next()?;
            Some(part + line.rfind('}')?)
        });
        let Some(place) = query.or(selector) else { continue };
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
    expect![[r#"
        ✖ errors.test.yaml  1 case, 1 bad
        assay::test::not_as_expected

          × case `healthy` expects promote, and got hold
            ╭─[errors.test.yaml:17:18]
         16 │       expect:
         17 │         verdict: promote
            ·                  ───┬───
            ·                     ╰── expected here
         18 │         reason: every metric was good
            ╰────
          help: Nobody can tell: error-ratio went blind, 5 measurements in a row had no data (last: the
                answer was empty: no series match `request_total`, did you mean `requests_total`?); it was
                never judged (needs `result[0] <= 0.05`).
                the query that decided is at errors.yaml:13:18

        assay::test::not_as_expected

          × case `healthy` expects a reason with "every metric was good", and got "Nobody can tell: error-
          │ ratio went blind, 5 measurements in a row had no data (last: the answer was empty: no series
          │ match `request_total`, did you mean `requests_total`?); it was never judged (needs `result[0]
          │ <= 0.05`)."
            ╭─[errors.test.yaml:18:17]
         17 │         verdict: promote
         18 │         reason: every metric was good
            ·                 ──────────┬──────────
            ·                           ╰── expected here
         19 │         at: 2m
            ╰────
          help: the sentence is the reason: expect a part of it
                the query that decided is at errors.yaml:13:18

        assay::test::not_as_expected

          × case `healthy` expects the verdict after 2m0s, and got it after 40s
            ╭─[errors.test.yaml:19:13]
         18 │         reason: every metric was good
         19 │         at: 2m
            ·             ─┬
            ·              ╰── expected here
         20 │         metrics:
            ╰────
          help: Nobody can tell: error-ratio went blind, 5 measurements in a row had no data (last: the
                answer was empty: no series match `request_total`, did you mean `requests_total`?); it was
                never judged (needs `result[0] <= 0.05`).
                the query that decided is at errors.yaml:13:18

        assay::test::not_as_expected

          × case `healthy` expects metric `error-ratio` to be Successful, and got Inconclusive
            ╭─[errors.test.yaml:21:42]
         20 │         metrics:
         21 │           - {metric: error-ratio, phase: Successful}
            ·                                          ─────┬────
            ·                                               ╰── expected here
         22 │           - {metric: error-ratio, phase: Running, at: 1m59s}
            ╰────
          help: Nobody can tell: error-ratio went blind, 5 measurements in a row had no data (last: the
                answer was empty: no series match `request_total`, did you mean `requests_total`?); it was
                never judged (needs `result[0] <= 0.05`).
                the query that decided is at errors.yaml:13:18

        assay::test::not_as_expected

          × case `healthy` expects metric `error-ratio` to be Running after 1m59s, and got Inconclusive
            ╭─[errors.test.yaml:22:42]
         21 │           - {metric: error-ratio, phase: Successful}
         22 │           - {metric: error-ratio, phase: Running, at: 1m59s}
            ·                                          ───┬───
            ·                                             ╰── expected here
            ╰────
          help: Nobody can tell: error-ratio went blind, 5 measurements in a row had no data (last: the
                answer was empty: no series match `request_total`, did you mean `requests_total`?); it was
                never judged (needs `result[0] <= 0.05`).
                the query that decided is at errors.yaml:13:18

        5 problems
        0 passed, 1 failed
    "#]].assert_eq(&shown);
    assert_eq!(code, 1);
}

#[test]
fn a_query_that_is_none_is_told_with_its_place() {
    let (code, shown) = test(&folder(("[2m])) /", "[2m) /"), ("", "")), &[]);
    expect![[r#"
        ✖ errors.test.yaml  1 case, 1 bad
        assay::fixture::query_not_readable

          × the query of metric `error-ratio` cannot be evaluated over series: expected `]` or `:`, found
          │ `)`
            ╭─[errors.yaml:13:42]
         12 │         prometheus:
         13 │           query: sum(rate(errors_total[2m) / sum(rate(requests_total[2m]))
            ·                                          ┬
            ·                                          ╰── here
            ╰────
          help: mend the query, or record the metric's answers under `recorded`

        1 problem
        0 passed, 1 failed
    "#]].assert_eq(&shown);
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
    let told = "updated errors.test.yaml:17:18: abort is now promote";
    assert!(shown.contains(told), "{shown}");
    assert_eq!(read(), TEST);
}

#[test]
fn a_reason_becomes_the_sentence_and_both_are_told() {
    let reason = ("reason: every metric was good", "reason: went blind");
    let written = folder(("", ""), reason);
    let (_, shown) = test(&written, &["--update"]);
    let sentence = "\"Every metric was good: error-ratio in 3 of 3 measurements (last 0.01, needs \
                    `result[0] <= 0.05`).\"";
    let told = format!("updated errors.test.yaml:18:17: went blind is now {sentence}");
    assert!(shown.contains(&told), "{shown}");
    let read = fs::read_to_string(written.path("errors.test.yaml")).expect("the test");
    assert_eq!(read, TEST.replace(reason.0, &format!("reason: {sentence}")));
    assert_eq!(test(&written, &[]).0, 0);
    let block = folder(("", ""), (reason.0, "reason: |\n          went blind"));
    let (_, shown) = test(&block, &["--update"]);
    let told = "left errors.test.yaml:19:11: what is written over several lines";
    assert!(shown.contains(told), "{shown}");
}

#[test]
fn answers_for_the_metric_of_another_template_of_the_test_are_allowed() {
    let other =
        TEMPLATE.replace("error-ratio", "saturation").replace("name: errors", "name: other");
    let case = "templates: [errors.yaml, other.yaml]\n  template: other";
    let of = |metric: &str| {
        let recorded = format!(
            "fixture:\n        recorded:\n          - {{metric: saturation, answers: [{{vector: \
             [0.01], times: 3}}]}}\n          - {{metric: {metric}, answers: [{{vector: [1]}}]}}\n"
        );
        let head = TEST.split("fixture:").next().expect("a head").to_owned();
        let head = head.replace("templates: [errors.yaml]", case);
        let folder = folder(("", ""), ("", ""));
        folder.write("other.yaml", &other);
        folder.write("errors.test.yaml", head + &recorded + "      expect: {verdict: promote}\n");
        test(&folder, &[])
    };
    assert_eq!(of("error-ratio").0, 0);
    let (code, shown) = of("eror-ratio");
    assert_eq!(code, 1);
    assert!(shown.contains("assay::fixture::unknown_metric"), "{shown}");
}

#[test]
fn a_metric_that_is_not_there_does_not_pass_as_none_of_it() {
    let template = |query: &str| {
        let old = "sum(rate(errors_total[2m])) / sum(rate(requests_total[2m]))";
        folder((old, query), ("", ""))
    };
    let (code, shown) = test(&template("sum(rate(eror_total[2m])) or vector(0)"), &[]);
    assert_eq!(code, 1);
    // The help is folded, so the words may stand on two lines.
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = "the value comes from the query itself, not from a series: no series match `eror_total`, did you mean `errors_total`?";
    assert!(shown.contains(why), "{shown}");
    let beside = "(sum(rate(eror_total[2m])) or vector(0)) / sum(rate(requests_total[2m]))";
    let (code, shown) = test(&template(beside), &[]);
    expect![[r#"
        ✔ errors.test.yaml  1 case
          warning: healthy: error-ratio: no series match `eror_total`, did you mean `errors_total`?
        1 passed, 0 failed
    "#]]
    .assert_eq(&shown);
    assert_eq!(code, 0);
}

#[test]
fn results_are_written_for_a_ci_server_too() {
    let (code, shown) = test(&folder(("0.05", "0.001"), ("", "")), &["-o", "junit"]);
    assert_eq!(code, 1);
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="assay">
          <testsuite name="errors.test.yaml" tests="1" failures="1" errors="0">
            <testcase name="healthy" classname="errors"><failure message="case `healthy` expects promote, and got abort; case `healthy` expects a reason with &quot;every metric was good&quot;, and got &quot;error-ratio was 0.01 at 00:00:00Z, above what `result[0] &lt;= 0.001` asks: the only measurement failed and none may.&quot;; case `healthy` expects the verdict after 2m0s, and got it after 0s; case `healthy` expects metric `error-ratio` to be Successful, and got Failed; case `healthy` expects metric `error-ratio` to be Running after 1m59s, and got Failed">assay::test::not_as_expected&#10;&#10;  × case `healthy` expects promote, and got abort&#10;    ╭─[errors.test.yaml:17:18]&#10; 16 │       expect:&#10; 17 │         verdict: promote&#10;    ·                  ───┬───&#10;    ·                     ╰── expected here&#10; 18 │         reason: every metric was good&#10;    ╰────&#10;  help: error-ratio was 0.01 at 00:00:00Z, above what `result[0] &lt;= 0.001` asks: the only&#10;        measurement failed and none may.&#10;        the query that decided is at errors.yaml:13:18&#10;&#10;assay::test::not_as_expected&#10;&#10;  × case `healthy` expects a reason with &quot;every metric was good&quot;, and got &quot;error-ratio was 0.01 at&#10;  │ 00:00:00Z, above what `result[0] &lt;= 0.001` asks: the only measurement failed and none may.&quot;&#10;    ╭─[errors.test.yaml:18:17]&#10; 17 │         verdict: promote&#10; 18 │         reason: every metric was good&#10;    ·                 ──────────┬──────────&#10;    ·                           ╰── expected here&#10; 19 │         at: 2m&#10;    ╰────&#10;  help: the sentence is the reason: expect a part of it&#10;        the query that decided is at errors.yaml:13:18&#10;&#10;assay::test::not_as_expected&#10;&#10;  × case `healthy` expects the verdict after 2m0s, and got it after 0s&#10;    ╭─[errors.test.yaml:19:13]&#10; 18 │         reason: every metric was good&#10; 19 │         at: 2m&#10;    ·             ─┬&#10;    ·              ╰── expected here&#10; 20 │         metrics:&#10;    ╰────&#10;  help: error-ratio was 0.01 at 00:00:00Z, above what `result[0] &lt;= 0.001` asks: the only&#10;        measurement failed and none may.&#10;        the query that decided is at errors.yaml:13:18&#10;&#10;assay::test::not_as_expected&#10;&#10;  × case `healthy` expects metric `error-ratio` to be Successful, and got Failed&#10;    ╭─[errors.test.yaml:21:42]&#10; 20 │         metrics:&#10; 21 │           - {metric: error-ratio, phase: Successful}&#10;    ·                                          ─────┬────&#10;    ·                                               ╰── expected here&#10; 22 │           - {metric: error-ratio, phase: Running, at: 1m59s}&#10;    ╰────&#10;  help: error-ratio was 0.01 at 00:00:00Z, above what `result[0] &lt;= 0.001` asks: the only&#10;        measurement failed and none may.&#10;        the query that decided is at errors.yaml:13:18&#10;&#10;assay::test::not_as_expected&#10;&#10;  × case `healthy` expects metric `error-ratio` to be Running after 1m59s, and got Failed&#10;    ╭─[errors.test.yaml:22:42]&#10; 21 │           - {metric: error-ratio, phase: Successful}&#10; 22 │           - {metric: error-ratio, phase: Running, at: 1m59s}&#10;    ·                                          ───┬───&#10;    ·                                             ╰── expected here&#10;    ╰────&#10;  help: error-ratio was 0.01 at 00:00:00Z, above what `result[0] &lt;= 0.001` asks: the only&#10;        measurement failed and none may.&#10;        the query that decided is at errors.yaml:13:18&#10;&#10;5 problems&#10;</failure><system-out>error-ratio was 0.01 at 00:00:00Z, above what `result[0] &lt;= 0.001` asks: the only measurement failed and none may.</system-out></testcase>
          </testsuite>
        </testsuites>
    "#]].assert_eq(&shown);
    let (_, shown) = test(&folder(("", ""), ("", "")), &["-o", "json"]);
    expect![[r#"
        {
          "apiVersion": "assay.dev/v1alpha1",
          "kind": "TestReport",
          "passed": 1,
          "failed": 0,
          "files": [
            {
              "file": "errors.test.yaml",
              "problems": [],
              "cases": [
                {
                  "test": "errors",
                  "case": "healthy",
                  "passed": true,
                  "sentence": "Every metric was good: error-ratio in 3 of 3 measurements (last 0.01, needs `result[0] <= 0.05`).",
                  "problems": []
                }
              ]
            }
          ]
        }
    "#]].assert_eq(&shown);
}

#[test]
fn files_that_are_missing_and_folders_without_tests_are_told() {
    let (code, shown) = test(&folder(("", ""), ("errors.yaml", "error.yaml")), &[]);
    assert_eq!(code, 2);
    expect![[r#"
        ✖ errors.test.yaml  0 cases
        assay::test::unreadable_file

          × error.yaml cannot be read: No such file or directory (os error 2)
           ╭─[errors.test.yaml:6:15]
         5 │ spec:
         6 │   templates: [error.yaml]
           ·               ─────┬────
           ·                    ╰── this file
         7 │   cases:
           ╰────
          help: name a file relative to the test's own folder

        1 problem
        0 passed, 0 failed, 1 file refused
    "#]]
    .assert_eq(&shown);
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
