//! `assay dry-run` and `assay check` on Rollouts, as a user sees them.

use assay_tests::binary::{Printed, assay, run};
use expect_test::{Expect, expect, expect_file};

const CANARY: [&str; 2] = ["tests/rollout/canary.yaml", "tests/rollout/templates.yaml"];

/// Walks `files` on the fixture of this name.
fn walk(files: &[&str], fixture: &str, arguments: &[&str]) -> Printed {
    let fixture = format!("tests/rollout/{fixture}.fixture.yaml");
    let command = &mut assay(&["dry-run"]);
    run(command.args(files).args(["--fixture", &fixture]).args(arguments))
}

/// Compares code, the row of each step and the last line.
fn check(files: &[&str], fixture: &str, arguments: &[&str], code: i32, expected: &Expect) {
    let printed = walk(files, fixture, arguments);
    assert_eq!((printed.code, printed.stderr.as_str()), (code, ""), "{}", printed.stdout);
    let steps = printed.stdout.split("\n\n").next().unwrap_or_default();
    let last = printed.stdout.lines().last().unwrap_or_default();
    expected.assert_eq(&format!("{steps}\n\n{last}\n"));
}

#[test]
fn a_good_release_goes_to_the_end() {
    check(
        &CANARY,
        "good",
        &[],
        0,
        &expect![[r#"
        Rollout checkout (canary)
          step  what                                        weight  from       to         ended
          0     setWeight: 5                                5%      10:00:00Z  10:00:00Z  ✔ done
          1     pause: 10m                                  5%      10:00:00Z  10:10:00Z  ✔ done
          2     analysis: success-rate                      5%      10:10:00Z  10:12:00Z  ✔ done
          3     setCanaryScale: {matchTrafficWeight: true}  5%      10:12:00Z  10:12:00Z  ✔ done
          4     setWeight: 25                               25%     10:12:00Z  10:12:00Z  ✔ done
          5     pause: 600s                                 25%     10:12:00Z  10:22:00Z  ✔ done
          6     setWeight: 50                               50%     10:22:00Z  10:22:00Z  ✔ done
          7     analysis: success-rate                      50%     10:22:00Z  10:24:00Z  ✔ done
          8     pause                                       50%     10:24:00Z  10:24:00Z  ✔ promoted, as if by a person
          -     background: error-rate                              10:00:00Z  10:24:00Z  ✔ Successful
          end   the new version has all the traffic         100%    10:24:00Z
          `canary-hash` stands for podTemplateHashValue: Latest in argument `hash`

        ✔ PROMOTE  All 9 steps were done in 24m, and 3 analyses let it pass; 1 pause for a person was promoted at once.
    "#]],
    );
    expect_file!["rollout/good.txt"].assert_eq(&walk(&CANARY, "good", &[]).stdout);
}

#[test]
fn a_bad_analysis_aborts_at_its_step() {
    check(
        &CANARY,
        "abort",
        &[],
        10,
        &expect![[r#"
            Rollout checkout (canary)
              step  what                                        weight  from       to         ended
              0     setWeight: 5                                5%      10:00:00Z  10:00:00Z  ✔ done
              1     pause: 10m                                  5%      10:00:00Z  10:10:00Z  ✔ done
              2     analysis: success-rate                      5%      10:10:00Z  10:12:00Z  ✔ done
              3     setCanaryScale: {matchTrafficWeight: true}  5%      10:12:00Z  10:12:00Z  ✔ done
              4     setWeight: 25                               25%     10:12:00Z  10:12:00Z  ✔ done
              5     pause: 600s                                 25%     10:12:00Z  10:22:00Z  ✔ done
              6     setWeight: 50                               50%     10:22:00Z  10:22:00Z  ✔ done
              7     analysis: success-rate                      50%     10:22:00Z  10:23:00Z  ✖ aborted
              8     pause                                                                     not reached
              -     background: error-rate                              10:00:00Z  10:23:00Z  ✔ Successful
              end   the old version has all the traffic         0%      10:23:00Z
              `canary-hash` stands for podTemplateHashValue: Latest in argument `hash`

              What would have changed it: with `failureLimit: 1` success-rate would have gone on.
        "#]],
    );
}

#[test]
fn a_blind_analysis_holds_at_its_step() {
    check(
        &CANARY,
        "hold",
        &[],
        11,
        &expect![[r#"
            Rollout checkout (canary)
              step  what                                        weight  from       to         ended
              0     setWeight: 5                                5%      10:00:00Z  10:00:00Z  ✔ done
              1     pause: 10m                                  5%      10:00:00Z  10:10:00Z  ✔ done
              2     analysis: success-rate                      5%      10:10:00Z  10:11:40Z  ‖ held
              3     setCanaryScale: {matchTrafficWeight: true}                                not reached
              4     setWeight: 25                                                             not reached
              5     pause: 600s                                                               not reached
              6     setWeight: 50                                                             not reached
              7     analysis: success-rate                                                    not reached
              8     pause                                                                     not reached
              -     background: error-rate                              10:00:00Z  10:11:40Z  ✔ Successful
              end   a person decides                            5%      10:11:40Z
              `canary-hash` stands for podTemplateHashValue: Latest in argument `hash`

              What would have changed it: one answer with data among the last 5 measurements, and success-rate would have gone on.
        "#]],
    );
}

#[test]
fn the_analysis_beside_the_steps_aborts_in_the_middle_of_a_pause() {
    check(
        &CANARY,
        "background",
        &[],
        10,
        &expect![[r#"
            Rollout checkout (canary)
              step  what                                        weight  from       to         ended
              0     setWeight: 5                                5%      10:00:00Z  10:00:00Z  ✔ done
              1     pause: 10m                                  5%      10:00:00Z  10:10:00Z  ✔ done
              2     analysis: success-rate                      5%      10:10:00Z  10:12:00Z  ✔ done
              3     setCanaryScale: {matchTrafficWeight: true}  5%      10:12:00Z  10:12:00Z  ✔ done
              4     setWeight: 25                               25%     10:12:00Z  10:12:00Z  ✔ done
              5     pause: 600s                                 25%     10:12:00Z  10:16:00Z  ✖ aborted
              6     setWeight: 50                                                             not reached
              7     analysis: success-rate                                                    not reached
              8     pause                                                                     not reached
              -     background: error-rate                              10:00:00Z  10:16:00Z  ✖ Failed
              end   the old version has all the traffic         0%      10:16:00Z
              `canary-hash` stands for podTemplateHashValue: Latest in argument `hash`

              What would have changed it: with `failureLimit: 1` error-rate would have gone on.
        "#]],
    );
}

#[test]
fn a_person_may_take_a_while() {
    let printed = walk(&CANARY, "good", &["--for", "1h30m", "-o", "json"]);
    let report = printed.json();
    assert_eq!(report["completedAt"], "2026-01-05T11:54:00Z");
    assert_eq!(report["rollout"]["steps"][8]["ending"], "promoted");
}

#[test]
fn a_value_given_outside_wins_over_the_rollout() {
    let printed = walk(&CANARY, "good", &["-a", "hash=5f4dc", "-o", "json"]);
    let report = printed.json();
    assert_eq!(report["rollout"]["standIns"], serde_json::json!([]));
    let background = &report["rollout"]["analyses"][2];
    assert_eq!(background["role"], "background");
    let query = &background["run"]["metrics"][0]["query"];
    assert_eq!(query, r#"error_rate{service="checkout",hash="5f4dc"}"#);
}

#[test]
fn a_template_beside_a_rollout_is_judged_alone_when_asked_for() {
    let alone = ["-t", "success-rate", "-a", "service=a", "-a", "env=b", "-o", "json"];
    let printed = run(assay(&["dry-run"])
        .args(CANARY)
        .args(["--fixture", "tests/rollout/success-rate.fixture.yaml"])
        .args(alone));
    let report = printed.json();
    assert_eq!((report["template"].as_str(), printed.code), (Some("success-rate"), 0));
    assert!(report.get("rollout").is_none());
}

#[test]
fn a_blue_green_rollout_is_judged_before_and_after_the_switch() {
    let files = ["tests/rollout/blue-green.yaml"];
    check(
        &files,
        "blue-green-good",
        &[],
        0,
        &expect![[r#"
        Rollout cart (blueGreen)
          step  what                                                weight  from       to         ended
          0     preview: the new version stands beside the old one  0%      10:00:00Z  10:00:00Z  ✔ done
          1     prePromotionAnalysis: smoke                         0%      10:00:00Z  10:00:00Z  ✔ done
          2     pause: autoPromotionSeconds is 300                  0%      10:00:00Z  10:05:00Z  ✔ done
          3     switch: all traffic to the new version              100%    10:05:00Z  10:05:00Z  ✔ done
          4     postPromotionAnalysis: latency                      100%    10:05:00Z  10:06:30Z  ✔ done
          5     scaleDown: the old version goes 600s later          100%    10:06:30Z  10:06:30Z  ✔ done
          end   the new version has all the traffic                 100%    10:06:30Z

        ✔ PROMOTE  All 6 steps were done in 6m30s, and 2 analyses let it pass.
    "#]],
    );
    check(
        &files,
        "blue-green-before",
        &[],
        10,
        &expect![[r#"
            Rollout cart (blueGreen)
              step  what                                                weight  from       to         ended
              0     preview: the new version stands beside the old one  0%      10:00:00Z  10:00:00Z  ✔ done
              1     prePromotionAnalysis: smoke                         0%      10:00:00Z  10:00:00Z  ✖ aborted
              2     pause: autoPromotionSeconds is 300                                                not reached
              3     switch: all traffic to the new version                                            not reached
              4     postPromotionAnalysis: latency                                                    not reached
              5     scaleDown: the old version goes 600s later                                        not reached
              end   the old version has all the traffic                 0%      10:00:00Z

              What would have changed it: with `failureLimit: 1` smoke would have gone on.
        "#]],
    );
    check(
        &files,
        "blue-green-after",
        &[],
        10,
        &expect![[r#"
            Rollout cart (blueGreen)
              step  what                                                weight  from       to         ended
              0     preview: the new version stands beside the old one  0%      10:00:00Z  10:00:00Z  ✔ done
              1     prePromotionAnalysis: smoke                         0%      10:00:00Z  10:00:00Z  ✔ done
              2     pause: autoPromotionSeconds is 300                  0%      10:00:00Z  10:05:00Z  ✔ done
              3     switch: all traffic to the new version              100%    10:05:00Z  10:05:00Z  ✔ done
              4     postPromotionAnalysis: latency                      100%    10:05:00Z  10:06:00Z  ✖ aborted
              5     scaleDown: the old version goes 600s later                                        not reached
              end   the old version has all the traffic                 0%      10:06:00Z

              What would have changed it: with `failureLimit: 2` latency would have gone on.
        "#]],
    );
}

/// A Rollout that nothing judges needs no fixture.
fn check_alone(file: &str, expected: &Expect) {
    let printed = run(&mut assay(&["dry-run", file]));
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    expected.assert_eq(&printed.stdout);
}

#[test]
fn a_rollout_that_nothing_judges_says_so() {
    check_alone(
        "tests/rollout/tracing-demo.yaml",
        &expect![[r#"
        Rollout tracing-demo-frontend (canary)
          step  what                                 weight  from       to         ended
          0     setWeight: 33                        33%     00:00:00Z  00:00:00Z  ✔ done
          1     pause: 1m                            33%     00:00:00Z  00:01:00Z  ✔ done
          2     setWeight: 100                       100%    00:01:00Z  00:01:00Z  ✔ done
          end   the new version has all the traffic  100%    00:01:00Z

        warning: nothing judges this Rollout: it has no analysis: add an `analysis` step, or a background `analysis` of the canary [assay::rollout::nothing_judges]

        ✔ PROMOTE  All 3 steps were done in 1m, and nothing judged it.
    "#]],
    );
    check_alone(
        "tests/rollout/block-explorer.yaml",
        &expect![[r#"
        Rollout blockexplorer (canary)
          step  what                                        weight  from                  to                    ended
          0     setCanaryScale: {replicas: 1}               0%      2026-01-01T00:00:00Z  2026-01-01T00:00:00Z  ✔ done
          1     setWeight: 0                                0%      2026-01-01T00:00:00Z  2026-01-01T00:00:00Z  ✔ done
          2     pause: 30m                                  0%      2026-01-01T00:00:00Z  2026-01-01T00:30:00Z  ✔ done
          3     setWeight: 10                               10%     2026-01-01T00:30:00Z  2026-01-01T00:30:00Z  ✔ done
          4     pause: 2h                                   10%     2026-01-01T00:30:00Z  2026-01-01T02:30:00Z  ✔ done
          5     setCanaryScale: {matchTrafficWeight: true}  10%     2026-01-01T02:30:00Z  2026-01-01T02:30:00Z  ✔ done
          6     setWeight: 50                               50%     2026-01-01T02:30:00Z  2026-01-01T02:30:00Z  ✔ done
          7     pause: 24h                                  50%     2026-01-01T02:30:00Z  2026-01-02T02:30:00Z  ✔ done
          end   the new version has all the traffic         100%    2026-01-02T02:30:00Z

        warning: nothing judges this Rollout: it has no analysis: add an `analysis` step, or a background `analysis` of the canary [assay::rollout::nothing_judges]

        ✔ PROMOTE  All 8 steps were done in 26h30m, and nothing judged it.
    "#]],
    );
}

fn check_refused(command: &[&str], expected: &Expect) {
    let printed = run(&mut assay(command));
    assert_eq!(printed.code, 2, "{printed:?}");
    expected.assert_eq(&(printed.stdout + &printed.stderr));
}

#[test]
fn what_cannot_be_walked_is_refused_by_name() {
    let fixture = "--fixture=tests/rollout/good.fixture.yaml";
    check_refused(
        &["dry-run", "tests/rollout/experiment.yaml"],
        &expect![[r#"
        assay::rollout::experiment_not_walked

          × step 1 is an `experiment`, and a dry run cannot walk past one
            ╭─[tests/rollout/experiment.yaml:9:11]
          8 │         - setWeight: 5
          9 │         - experiment:
            ·           ─────┬────
            ·                ╰── what its versions would measure cannot be told from here
         10 │             duration: 10m
            ╰────
          help: give the dry run a copy without the step, or with an `analysis` in its place

        1 problem
    "#]],
    );
    check_refused(
        &["dry-run", "tests/rollout/unknown-template.yaml", CANARY[1], fixture],
        &expect![[r#"
            assay::template::unknown_template

              × AnalysisTemplate `succes-rate` not found
                ╭─[tests/rollout/unknown-template.yaml:9:40]
              8 │         - analysis:
              9 │             templates: [{templateName: succes-rate}]
                ·                                        ─────┬─────
                ·                                             ╰── referred to here
             10 │             args:
                ╰────
              help: hand over the file it is in as well; did you mean `success-rate`?

            assay::args::unknown_argument

              × no template of the analysis declares an argument `hsh`
                ╭─[tests/rollout/unknown-template.yaml:17:24]
             16 │               - {name: service, value: search}
             17 │               - {name: hsh, value: abc}
                ·                        ─┬─
                ·                         ╰── Argo Rollouts drops it without a word
                ╰────
              help: did you mean `hash`?

            assay::args::not_supplied

              × args.hash was not resolved: argument "hash" was not supplied
                ╭─[tests/rollout/templates.yaml:26:13]
             25 │     - name: service
             26 │     - name: hash
                ·             ──┬─
                ·               ╰── no value here, and none was given
             27 │   metrics:
                ╰────
              help: give it a value, for example with `--arg hash=…`, or a default with `value: "…"`

            assay::template::runs_until_terminated

              ⚠ metric `error-rate` goes on until somebody ends the run
                ╭─[tests/rollout/templates.yaml:29:17]
             28 │     - name: error-rate
             29 │       interval: 4m
                ·                 ─┬
                ·                  ╰── for ever
             30 │       failureCondition: result[0] > 0.05
                ╰────
              help: add `count`, or `maxDuration` for the run

            3 problems, 1 warning
        "#]],
    );
    check_refused(
        &["dry-run", CANARY[0], CANARY[1], "--arg", "servce=x", fixture],
        &expect![[r#"
        assay::args::unknown_argument

          × no template of this Rollout declares an argument `servce`, and the command line gives one
           ╭─[tests/rollout/canary.yaml:5:9]
         4 │ metadata:
         5 │   name: checkout
           ·         ────┬───
           ·             ╰── this Rollout
         6 │   namespace: shop
           ╰────
          help: did you mean `service`?

        1 problem
    "#]],
    );
    check_refused(
        &["dry-run", CANARY[0], CANARY[1]],
        &expect![[r#"
        error: --fixture FILE is missing
    "#]],
    );
    check_refused(
        &["dry-run", CANARY[0], "tests/rollout/blue-green.yaml", CANARY[1], fixture],
        &expect![[r#"
            assay::rollout::several_rollouts

              × there are several Rollouts (`checkout` and `cart`), and a dry run walks one
               ╭─[tests/rollout/blue-green.yaml:4:9]
             3 │ metadata:
             4 │   name: cart
               ·         ──┬─
               ·           ╰── the second one
             5 │ spec:
               ╰────
              help: say which with `--template NAME`

            1 problem
        "#]],
    );
}

#[test]
fn a_template_that_is_not_among_the_files_is_a_warning_of_a_check() {
    let printed = run(&mut assay(&["check", "tests/rollout/experiment.yaml", CANARY[0]]));
    assert_eq!(printed.code, 0, "{printed:?}");
    assert!(printed.stdout.contains("assay::rollout::template_elsewhere"), "{}", printed.stdout);
    assert!(printed.stdout.ends_with("3 warnings\n"), "{}", printed.stdout);
    let both = run(assay(&["check", "--deny-warnings", "-o", "json"]).args(CANARY));
    let findings = both.json();
    assert_eq!((both.code, findings["findings"].as_array().map(Vec::len)), (2, Some(1)));
    assert_eq!(findings["findings"][0]["code"], "assay::template::runs_until_terminated");
}

#[test]
fn each_format_is_what_it_was() {
    for format in ["json", "yaml", "markdown", "junit"] {
        let printed = walk(&CANARY, "background", &["-o", format]);
        assert_eq!(printed.code, 10, "{printed:?}");
        expect_file![format!("rollout/background.{format}.txt")].assert_eq(&printed.stdout);
    }
}

#[test]
fn every_report_fits_its_schema() {
    let schema = run(&mut assay(&["schema", "--of", "report"])).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for fixture in ["good", "abort", "hold", "background"] {
        for mode in ["strict", "argo"] {
            let report = walk(&CANARY, fixture, &["-o", "json", "--compat", mode]).json();
            let problems: Vec<String> =
                validator.iter_errors(&report).map(|error| error.to_string()).collect();
            assert!(problems.is_empty(), "{problems:?} in {report}");
        }
    }
}

#[test]
fn a_rollout_fits_the_schema_of_documents() {
    let schema = run(&mut assay(&["schema"])).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for name in ["canary", "block-explorer", "tracing-demo", "experiment"] {
        let path = assay_tests::binary::root().join(format!("tests/rollout/{name}.yaml"));
        let text = std::fs::read_to_string(path).expect("a Rollout");
        let rollout: serde_json::Value = serde_saphyr::from_str(&text).expect("YAML");
        let problems: Vec<String> =
            validator.iter_errors(&rollout).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{problems:?} in {name}");
    }
}
