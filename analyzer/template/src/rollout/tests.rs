//! Rollouts that make a plan and Rollouts that do not.

use expect_test::{Expect, expect, expect_file};

use super::{Action, RolloutPlan, bind, check, chosen};
use crate::args::{GivenArgs, Origin};
use crate::bind::Options;
use crate::document::{Documents, read_all};
use crate::plan::Mode;
use crate::problem::{Found, render};
use crate::yaml::Source;

/// A template with one argument without a default and one with, and one without an end.
const TEMPLATES: &str = "
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors}
spec:
  args: [{name: service}, {name: port, value: '80'}]
  metrics:
    - {name: errors, successCondition: 'result[0] < 1', provider: {prometheus: {address: 'http://p', query: 'e{s=\"{{args.service}}:{{args.port}}\"}'}}}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: endless}
spec:
  metrics:
    - {name: endless, interval: 1m, successCondition: 'result[0] < 1', provider: {prometheus: {address: 'http://p', query: up}}}
";

/// Two templates that compare.
const COMPARED: &str = "
---
apiVersion: assay.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: a}
spec: {metrics: [{name: a, errorRate: {errors: e, requests: r}}]}
---
apiVersion: assay.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: b}
spec: {metrics: [{name: b, errorRate: {errors: e, requests: r}}]}
";

fn read(strategy: &str) -> (Vec<Source>, Documents) {
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: shop, labels: {{env: \
         test}}}}\nspec:\n  strategy:\n{strategy}{TEMPLATES}"
    );
    let sources = vec![Source { name: String::from("t.yaml"), text }];
    let documents = read_all(&sources);
    (sources, documents)
}

fn bound(strategy: &str, given: &[(&str, &str)]) -> Result<RolloutPlan, Vec<Found>> {
    let (sources, documents) = read(strategy);
    let rollout = chosen(&documents, &[]).unwrap().unwrap();
    let mut args = GivenArgs::default();
    for (name, value) in given {
        args.set(*name, *value, Origin::CommandLine);
    }
    bind(&sources, &documents, rollout, &args, Options::default())
}

#[track_caller]
fn plan(strategy: &str, given: &[(&str, &str)]) -> RolloutPlan {
    bound(strategy, given).unwrap_or_else(|found| panic!("{found:?}"))
}

/// The steps of a canary, in words.
fn check_steps(steps: &str, expected: &str) {
    let plan = plan(&format!("    canary:\n      steps: {steps}\n"), &[]);
    let told = plan.steps.iter().map(|step| match step.action {
        Action::SetWeight(weight) => format!("{weight}%"),
        Action::Pause(wait) => format!("{}s", wait.as_secs()),
        Action::PauseForPerson => String::from("person"),
        Action::Analyse(place) => format!("analysis {place}"),
        Action::Pass => String::from("pass"),
    });
    assert_eq!(told.collect::<Vec<_>>().join(", "), expected, "{steps}");
}

#[test]
fn a_step_does_what_it_says() {
    check_steps("[{setWeight: 0}, {setWeight: 5}, {setWeight: 100}]", "0%, 5%, 100%");
    // Seconds as a number or a text, Go durations with the whole seconds that Argo counts.
    check_steps("[{pause: {duration: 30}}, {pause: {duration: '30'}}]", "30s, 30s");
    check_steps("[{pause: {duration: 1m30s}}, {pause: {duration: 1500ms}}]", "90s, 1s");
    check_steps("[{pause: {}}, {pause: {duration: 0}}]", "person, 0s");
    check_steps(
        "[{setCanaryScale: {replicas: 2}}, {setHeaderRoute: {name: a}}, {setMirrorRoute: {name: b}}, \
         {plugin: {name: c}}]",
        "pass, pass, pass, pass",
    );
    let errors = "{templates: [{templateName: errors}], args: [{name: service, value: a}]}";
    check_steps(
        &format!("[{{setWeight: 5}}, {{analysis: {errors}}}, {{analysis: {errors}}}]"),
        "5%, analysis 0, analysis 1",
    );
}

#[test]
fn a_weight_is_a_share_of_the_greatest() {
    let plan = plan(
        "    canary:\n      trafficRouting: {maxTrafficWeight: 1000, nginx: {}}\n      steps: \
         [{setWeight: 25}]\n",
        &[],
    );
    assert_eq!(plan.steps[0].action, Action::SetWeight(2.5));
}

/// The query of the only metric of a canary with these arguments, and what stands in.
fn check_args(args: &str, given: &[(&str, &str)], query: &str, stand_ins: &[&str]) {
    let plan = plan(
        &format!(
            "    canary:\n      steps: [{{analysis: {{templates: [{{templateName: errors}}], args: \
             {args}}}}}]\n"
        ),
        given,
    );
    assert_eq!(plan.analyses[0].plan.metrics[0].query.shown(), format!("e{{s=\"{query}\"}}"));
    let told = plan.stand_ins.iter().map(|it| format!("{}={} ({})", it.arg, it.value, it.from));
    assert_eq!(told.collect::<Vec<_>>(), stand_ins);
}

#[test]
fn an_argument_is_given_by_the_rollout_or_from_outside() {
    check_args("[{name: service, value: a}]", &[], "a:80", &[]);
    check_args("[{name: service, value: a}, {name: port, value: '81'}]", &[], "a:81", &[]);
    check_args("[{name: service, value: a}]", &[("service", "b")], "b:80", &[]);
    check_args("[]", &[("service", "b"), ("port", "82")], "b:82", &[]);
    let hash =
        |which: &str| format!("[{{name: service, valueFrom: {{podTemplateHashValue: {which}}}}}]");
    check_args(
        &hash("Latest"),
        &[],
        "canary-hash:80",
        &["service=canary-hash (podTemplateHashValue: Latest)"],
    );
    check_args(
        &hash("Stable"),
        &[],
        "stable-hash:80",
        &["service=stable-hash (podTemplateHashValue: Stable)"],
    );
    check_args(&hash("Latest"), &[("service", "f00")], "f00:80", &[]);
    let field = |path: &str| {
        format!("[{{name: service, valueFrom: {{fieldRef: {{fieldPath: \"{path}\"}}}}}}]")
    };
    check_args(&field("metadata.labels['env']"), &[], "test:80", &[]);
    check_args(&field("metadata.name"), &[], "shop:80", &[]);
    check_args(
        &field("spec.strategy.canary.steps[0].analysis.args[0].name"),
        &[],
        "service:80",
        &[],
    );
    check_args(
        &field("status.currentPodHash"),
        &[],
        "status.currentPodHash:80",
        &["service=status.currentPodHash (fieldRef: status.currentPodHash)"],
    );
}

#[test]
fn a_rule_of_the_rollout_is_one_of_the_run() {
    let plan = plan(
        "    canary:\n      analysis: {startingStep: 1, templates: [{templateName: endless}], dryRun: \
         [{metricName: endless}], measurementRetention: [{metricName: .*, limit: 3}]}\n      steps: \
         [{setWeight: 5}, {pause: {}}]\n",
        &[],
    );
    let metric = &plan.analyses[0].plan.metrics[0];
    assert!(metric.dry_run && metric.retention == 3);
    let background = plan.background.unwrap();
    assert_eq!((background.analysis, background.starting_step), (0, 1));
    assert_eq!(plan.analyses[0].plan.warnings, [], "that it has no end is right here");
}

#[test]
fn argos_mode_is_taken_when_every_template_asks_for_it() {
    let strategy = "    canary:\n      steps: [{analysis: {templates: [{templateName: errors}], args: \
                    [{name: service, value: a}, {name: hsot, value: b}]}}]\n";
    let (sources, documents) = read(strategy);
    let rollout = chosen(&documents, &[]).unwrap().unwrap();
    let bind_in = |mode| {
        bind(
            &sources,
            &documents,
            rollout,
            &GivenArgs::default(),
            Options { mode: Some(mode), ..Options::default() },
        )
    };
    // Argo Rollouts drops an argument that nobody declares.
    assert_eq!(bind_in(Mode::Argo).unwrap().analyses[0].plan.mode, Mode::Argo);
    assert!(bind_in(Mode::Strict).is_err());
}

#[test]
fn a_blue_green_rollout_is_a_list_of_steps_too() {
    let told = |fields: &str| {
        let errors = "{templates: [{templateName: errors}], args: [{name: service, value: a}]}";
        let plan = plan(
            &format!(
                "    blueGreen:\n      activeService: shop\n      prePromotionAnalysis: {errors}\n      \
                 postPromotionAnalysis: {errors}\n{fields}"
            ),
            &[],
        );
        let words = plan.steps.iter().map(|step| step.what.split(':').next().unwrap().to_owned());
        words.collect::<Vec<_>>().join(", ")
    };
    let all = "preview, prePromotionAnalysis, pause, switch, postPromotionAnalysis, scaleDown";
    assert_eq!(told(""), all.replace("pause, ", ""));
    assert_eq!(told("      autoPromotionSeconds: 60\n"), all);
    assert_eq!(told("      autoPromotionEnabled: false\n"), all);
}

fn check_refused(strategy: &str, expected: &Expect) {
    let (sources, documents) = read(strategy);
    let rollout = chosen(&documents, &[]).unwrap().unwrap();
    let found = bind(&sources, &documents, rollout, &GivenArgs::default(), Options::default());
    let problems: Vec<_> = found.unwrap_err().into_iter().map(|found| found.problem).collect();
    expected.assert_eq(&render(&sources[0], &problems));
}

#[test]
fn what_a_dry_run_cannot_walk_is_refused() {
    check_refused(
        "    canary:\n      steps:\n        - experiment: {templates: []}\n        - analysis: \
         {templates: [{templateName: endless}]}\n        - analysis: {templates: [{templateName: \
         eror}], args: [{name: x, value: z}]}\n",
        &expect![[r#"
            assay::rollout::experiment_not_walked

              × step 0 is an `experiment`, and a dry run cannot walk past one
               ╭─[t.yaml:8:11]
             7 │       steps:
             8 │         - experiment: {templates: []}
               ·           ─────┬────
               ·                ╰── what its versions would measure cannot be told from here
             9 │         - analysis: {templates: [{templateName: endless}]}
               ╰────
              help: give the dry run a copy without the step, or with an `analysis` in its place

            assay::template::runs_until_terminated

              ⚠ metric `endless` goes on until somebody ends the run
                ╭─[t.yaml:26:33]
             25 │   metrics:
             26 │     - {name: endless, interval: 1m, successCondition: 'result[0] < 1', provider: {prometheus: {address: 'http://p', query: up}}}
                ·                                 ─┬
                ·                                  ╰── for ever
                ╰────
              help: add `count`, or `maxDuration` for the run

            assay::rollout::analysis_without_end

              × the analysis of step 1 never ends: metric `endless` runs indefinitely
                ╭─[t.yaml:9:11]
              8 │         - experiment: {templates: []}
              9 │         - analysis: {templates: [{templateName: endless}]}
                ·           ────┬───
                ·               ╰── the rollout waits here for an end
             10 │         - analysis: {templates: [{templateName: eror}], args: [{name: x, value: z}]}
                ╰────
              help: give the metric a `count`, or make it the background `analysis` of the canary

            assay::template::unknown_template

              × AnalysisTemplate `eror` not found
                ╭─[t.yaml:10:49]
              9 │         - analysis: {templates: [{templateName: endless}]}
             10 │         - analysis: {templates: [{templateName: eror}], args: [{name: x, value: z}]}
                ·                                                 ──┬─
                ·                                                   ╰── referred to here
             11 │
                ╰────
              help: hand over the file it is in as well; known here: `errors` and `endless`

        "#]],
    );
}

/// The codes of what is said of a Rollout without arguments.
fn check_codes(strategy: &str, expected: &[&str]) {
    let (sources, documents) = read(strategy);
    let checked = check(&sources, &documents, Options::default());
    let found = documents.problems.iter().cloned().chain(checked);
    let codes: Vec<String> = found.map(|found| found.problem.code()).collect();
    assert_eq!(codes, expected, "{strategy}");
}

#[test]
fn a_rollout_is_checked_without_arguments() {
    let canary = |fields: &str| format!("    canary: {fields}\n");
    check_codes(&canary("{steps: [{setWeight: 5}]}"), &["assay::rollout::nothing_judges"]);
    let analysis = |fields: &str| canary(&format!("{{steps: [{{analysis: {fields}}}]}}"));
    let good = "{templates: [{templateName: errors}], args: [{name: service, value: a}]}";
    check_codes(&analysis(good), &[]);
    check_codes(&analysis("{templates: [{templateName: errors}]}"), &["assay::args::not_supplied"]);
    check_codes(
        &analysis("{templates: [{templateName: error}]}"),
        &["assay::template::unknown_template"],
    );
    check_codes(
        &analysis("{templates: [{templateName: in-the-cluster}], args: [{name: x, value: a}]}"),
        &["assay::rollout::template_elsewhere"],
    );
    check_codes(
        &analysis("{templates: [{templateName: endless}], args: [{name: x, value: a}]}"),
        &["assay::args::unknown_argument"],
    );
    check_codes(&analysis("{args: []}"), &["assay::rollout::analysis_without_templates"]);
    check_codes(
        &canary(&format!("{{analysis: {good}, steps: [{{setWeight: 5}}, {{experiment: {{}}}}]}}")),
        &[],
    );
    let late = good.replace("{templates:", "{startingStep: 2, templates:");
    check_codes(
        &canary(&format!("{{analysis: {late}, steps: [{{setWeight: 5}}, {{pause: {{}}}}]}}")),
        &["assay::rollout::background_never_starts"],
    );
}

/// Checks `fixtures/bad/NAME.bad.yaml` against `NAME.bad.txt` beside it.
fn check_file(name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/bad");
    let text = std::fs::read_to_string(format!("{folder}/{name}.bad.yaml")).unwrap();
    let sources = vec![Source { name: format!("{name}.bad.yaml"), text }];
    let documents = read_all(&sources);
    let checked = check(&sources, &documents, Options::default());
    let found = documents.problems.iter().cloned().chain(checked);
    let problems: Vec<_> = found.map(|found| found.problem).collect();
    expect_file![format!("{folder}/{name}.bad.txt")].assert_eq(&render(&sources[0], &problems));
}

#[test]
fn refused_rollouts_are_explained() {
    check_file("rollout-fields");
    check_file("rollout-steps");
    check_file("rollout-strategies");
}

#[test]
fn one_of_several_is_chosen_by_its_name() {
    let rollout = |name: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: {name}}}\nspec: \
             {{strategy: {{canary: {{}}}}}}\n---\n"
        )
    };
    let text = rollout("a") + &rollout("b") + TEMPLATES.trim_start_matches("\n---\n");
    let documents = read_all(&[Source { name: String::from("t.yaml"), text }]);
    let name = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        chosen(&documents, &names).map(|found| found.map(|document| document.name.clone()))
    };
    assert!(name(&[]).is_err());
    assert_eq!(name(&["b"]), Ok(Some(String::from("b"))));
    // A template is judged alone, whatever Rollouts stand beside it.
    assert_eq!(name(&["errors"]), Ok(None));
}

#[test]
fn a_step_has_the_weight_that_was_set_before_it() {
    let text = |first: u32, second: u32| {
        format!(
            "apiVersion: assay.dev/v1alpha1
kind: AnalysisTemplate
metadata: {{name: t}}
spec:
  args: [{{name: app}}, {{name: time, value: 10m}}]
  compare:
    maxDuration: '{{{{args.time}}}}'
    traffic: {{requestsPerSecond: 400, errors: 0.5%}}
  metrics:
  - name: m
    errorRate: {{errors: 'e{{app=\"{{{{args.app}}}}\"}}', requests: r}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: r}}
spec:
  strategy:
    canary:
      steps:
      - setWeight: {first}
      - analysis: {{templates: [{{templateName: t}}], args: [{{name: app, value: x}}]}}
      - setWeight: {second}
      - pause: {{}}
      - analysis:
          templates: [{{templateName: t}}]
          args: [{{name: app, value: x}}, {{name: time, value: 2h}}]
"
        )
    };
    let said = |first, second| -> Vec<String> {
        let sources = vec![Source { name: String::from("t.yaml"), text: text(first, second) }];
        let documents = read_all(&sources);
        let found = crate::bind::check(&sources, &documents, Options::default());
        let checked = found.iter().map(|found| found.problem.to_string()).collect();
        let given = GivenArgs::default();
        let rollout = chosen(&documents, &[]).unwrap().unwrap();
        let plan = bind(&sources, &documents, rollout, &given, Options::default()).unwrap();
        let warned = plan.analyses.iter().flat_map(|analysis| &analysis.plan.warnings);
        let warned = warned.filter(|warning| warning.code.ends_with("step_too_short")).count();
        assert_eq!(warned, found.len(), "{first} {second}: a walk says the same");
        let weights = plan.analyses.iter().map(|analysis| {
            analysis.plan.sequential.as_ref().unwrap().traffic.canary_weight.unwrap().get()
        });
        assert_eq!(weights.collect::<Vec<_>>(), [first, second].map(|it| f64::from(it) / 100.0));
        checked
    };
    let short = said(5, 50);
    assert_eq!(short.len(), 1, "{short:?}");
    assert!(short[0].contains("at a canary weight of 5 %"), "{short:?}");
    // The second step is looked at for two hours, by its arguments.
    assert!(said(20, 1).iter().all(|it| it.contains("weight of 1 %")));
    assert_eq!(said(50, 20), Vec::<String>::new());
}

#[test]
fn the_traffic_of_a_step_is_not_part_of_what_is_asked() {
    let a = "{analysis: {templates: [{templateName: a}]}}";
    let steps = format!("{{setWeight: 5}}, {a}, {{setWeight: 50}}, {a}");
    let plan = plan(&format!("    canary:\n      steps: [{steps}]\n{COMPARED}"), &[]);
    for analysis in &plan.analyses {
        let sequential = analysis.plan.sequential.as_ref().unwrap();
        assert_eq!((sequential.alpha.share(), sequential.runs), (0.05, 2));
    }
}

#[test]
fn a_rollout_holds_one_level_of_false_aborts() {
    let check = |steps: &str, background: &str, levels: &[(f64, u32)]| {
        let plan =
            plan(&format!("    canary:\n      steps: [{steps}]\n{background}{COMPARED}"), &[]);
        let of_all = plan.analyses.iter().filter_map(|analysis| analysis.plan.sequential.as_ref());
        let found: Vec<(f64, u32)> = of_all.map(|it| (it.alpha.share(), it.runs)).collect();
        assert_eq!(found, levels, "{steps} {background}");
    };
    let (a, b) = (
        "{analysis: {templates: [{templateName: a}]}}",
        "{analysis: {templates: [{templateName: b}]}}",
    );
    check(a, "", &[(0.05, 1)]);
    check(&format!("{a}, {a}, {a}"), "", &[(0.05, 3); 3]);
    check(&format!("{a}, {b}, {a}"), "", &[(0.025, 2), (0.025, 1), (0.025, 2)]);
    let beside = "      analysis: {templates: [{templateName: a}]}\n";
    check(a, beside, &[(0.025, 1), (0.025, 1)]);
}
