//! Templates that refer to each other.

use super::{errors_in, given, messages, plan_in, read};
use crate::args::GivenArgs;
use crate::bind::{Options, bind, check};
use crate::plan::Mode;

/// One document: its kind, its name, the metrics it has and what it refers to (`+name` for the cluster's).
fn document(kind: &str, name: &str, metrics: &[&str], references: &[&str]) -> String {
    let metrics: String = metrics
        .iter()
        .map(|name| format!("  - {{name: {name}, successCondition: 'result[0] > 0', provider: {{prometheus: {{query: up}}}}}}\n"))
        .collect();
    let references: String = references
        .iter()
        .map(|name| match name.strip_prefix('+') {
            Some(name) => format!("  - {{templateName: {name}, clusterScope: true}}\n"),
            None => format!("  - {{templateName: {name}}}\n"),
        })
        .collect();
    let list = |key: &str, items: &str| {
        if items.is_empty() { String::new() } else { format!("  {key}:\n{items}") }
    };
    format!(
        "---\napiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  args: []\n{}{}",
        list("metrics", &metrics),
        list("templates", &references)
    )
}

fn namespaced(name: &str, metrics: &[&str], references: &[&str]) -> String {
    document("AnalysisTemplate", name, metrics, references)
}

fn cluster(name: &str, metrics: &[&str], references: &[&str]) -> String {
    document("ClusterAnalysisTemplate", name, metrics, references)
}

/// The names of the metrics in order, or what is wrong after `!`.
fn order(texts: &[String], roots: &[&str]) -> String {
    let (sources, documents) = read(&texts.concat());
    let roots: Vec<String> = roots.iter().map(|root| (*root).to_owned()).collect();
    match bind(&sources, &documents, &roots, &GivenArgs::default(), Options::default()) {
        Ok(plan) => {
            let names: Vec<&str> = plan.metrics.iter().map(|metric| metric.name.as_str()).collect();
            format!("{}: {}", plan.name, names.join(" "))
        }
        Err(found) => format!("! {}", messages(&found).join("; ")),
    }
}

#[test]
fn a_template_comes_before_those_it_refers_to() {
    let texts = [
        namespaced("c", &["c1"], &[]),
        namespaced("a", &["a1", "a2"], &["b", "c"]),
        namespaced("b", &["b1"], &["c"]),
    ];
    assert_eq!(order(&texts, &[]), "a: a1 a2 b1 c1");
    assert_eq!(order(&texts, &["b"]), "b: b1 c1");
    assert_eq!(order(&texts, &["c", "b"]), "c+b: c1 b1");
}

#[test]
fn those_of_the_cluster_come_last() {
    let texts = [
        cluster("shared", &["s1"], &["own"]),
        namespaced("a", &["a1"], &["+shared"]),
        namespaced("own", &["o1"], &[]),
    ];
    assert_eq!(order(&texts, &[]), "a: a1 o1 s1");
    // One name in two scopes is two templates.
    let texts = [cluster("a", &["x1"], &[]), namespaced("a", &["a1"], &["+a"])];
    assert_eq!(order(&texts, &[]), "a: a1 x1");
}

#[test]
fn several_roots_are_one_run() {
    let texts = [namespaced("a", &["a1"], &[]), cluster("b", &["b1"], &[])];
    assert_eq!(order(&texts, &[]), "a+b: a1 b1");
}

#[test]
fn two_templates_with_a_metric_of_one_name() {
    let texts = [namespaced("a", &["x"], &["b"]), namespaced("b", &["x"], &[])];
    assert_eq!(order(&texts, &[]), "! metrics[1]: duplicate name 'x'");
}

#[test]
fn b28_templates_in_a_circle() {
    let texts = [namespaced("a", &["a1"], &["b"]), namespaced("b", &["b1"], &["a"])];
    assert_eq!(order(&texts, &["a"]), "! the templates go round in a circle: a -> b -> a");
    assert!(order(&texts, &[]).contains("a -> b -> a"));
    let texts = [namespaced("a", &["a1"], &["a"])];
    assert_eq!(order(&texts, &[]), "! the templates go round in a circle: a -> a");
    let texts = [
        namespaced("root", &["r"], &["+a"]),
        cluster("a", &["a1"], &["b"]),
        namespaced("b", &["b1"], &["+a"]),
    ];
    assert_eq!(order(&texts, &[]), "! the templates go round in a circle: a -> b -> a");
}

#[test]
fn a_circle_beside_a_good_template_is_found_by_a_check() {
    let texts = [
        namespaced("good", &["g"], &[]),
        namespaced("a", &["a1"], &["b"]),
        namespaced("b", &["b1"], &["a"]),
    ];
    let (sources, documents) = read(&texts.concat());
    let found = check(&sources, &documents, Options::default());
    assert_eq!(messages(&found), ["the templates go round in a circle: a -> b -> a"]);
}

fn chain(length: usize) -> Vec<String> {
    let mut texts: Vec<String> = (1..length)
        .map(|i| namespaced(&format!("t{i}"), &[&format!("m{i}")], &[&format!("t{}", i + 1)]))
        .collect();
    texts.push(namespaced(&format!("t{length}"), &[&format!("m{length}")], &[]));
    texts
}

#[test]
fn b28_templates_a_hundred_deep() {
    let names: Vec<String> = (1..=100).map(|i| format!("m{i}")).collect();
    assert_eq!(order(&chain(100), &[]), format!("t1: {}", names.join(" ")));
    assert_eq!(order(&chain(900), &[]), "! templates refer to each other more than 200 deep");
}

#[test]
fn b28_many_ways_to_one_template_are_one() {
    // Each of thirty templates refers twice to the next, which is a billion ways to the last.
    let mut texts: Vec<String> = (1..30)
        .map(|i| {
            let next = format!("t{}", i + 1);
            namespaced(&format!("t{i}"), &[&format!("m{i}")], &[&next, &next])
        })
        .collect();
    texts.push(namespaced("t30", &["m30"], &[]));
    assert!(order(&texts, &[]).starts_with("t1: m1 m2 "));
}

#[test]
fn b29_a_reference_to_nothing() {
    let texts = [namespaced("a", &["a1"], &["error-rates"]), namespaced("error-rate", &["e"], &[])];
    assert_eq!(order(&texts, &["a"]), "! AnalysisTemplate `error-rates` not found");
    let texts = [namespaced("a", &["a1"], &["b"]), cluster("b", &["b1"], &[])];
    assert_eq!(order(&texts, &["a"]), "! AnalysisTemplate `b` not found");
    assert_eq!(order(&[namespaced("a", &["a1"], &[])], &["b"]), "! there is no template `b`");
    let service = String::from("apiVersion: v1\nkind: Service\n");
    assert_eq!(order(&[service], &[]), "! there is no template to run");
}

#[test]
fn two_templates_of_one_name() {
    let texts = [namespaced("a", &["a1"], &[]), namespaced("a", &["a2"], &[])];
    assert_eq!(
        order(&texts, &["a"]),
        "! there are two templates of kind AnalysisTemplate named `a`"
    );
}

/// Metrics `test-1`, `my-test-2` and `other`, and rules for them.
fn ruled(rules: &str) -> String {
    namespaced("a", &["test-1", "my-test-2", "other"], &[])
        .replace("  args: []\n", &format!("  args: []\n{rules}"))
}

#[test]
fn a24_dry_run_rules_are_regular_expressions() {
    for (pattern, expected) in [
        (".*", [true, true, true]),
        ("test", [true, true, false]),
        ("^test", [true, false, false]),
        ("(?i)TEST-[0-9]$", [true, true, false]),
    ] {
        let plan = plan_in(
            Mode::Strict,
            &ruled(&format!("  dryRun: [{{metricName: '{pattern}'}}]\n")),
            &[],
        );
        let dry: Vec<bool> = plan.metrics.iter().map(|metric| metric.dry_run).collect();
        assert_eq!(dry, expected, "{pattern}");
    }
    for pattern in ["*", "nothing", "(", "a{1000}{1000}{1000}"] {
        let text = ruled(&format!("  dryRun: [{{metricName: '{pattern}'}}]\n"));
        let message = "Analysis spec invalid: dryRun[0]: Rule didn't match any metric name(s)";
        assert_eq!(errors_in(Mode::Argo, &text, &given(&[])), [message], "{pattern}");
    }
}

#[test]
fn a23_two_rules_of_one_name() {
    let text = ruled("  dryRun: [{metricName: test}, {metricName: test}]\n");
    let message = "two Dry-Run metric rules have the same name 'test'";
    assert_eq!(errors_in(Mode::Strict, &text, &given(&[])), [message]);
}

#[test]
fn r22_r28_measurements_kept() {
    let rules =
        "  measurementRetention: [{metricName: test, limit: 20}, {metricName: my, limit: 0}]\n";
    let plan = plan_in(Mode::Strict, &ruled(rules), &[]);
    let kept: Vec<usize> = plan.metrics.iter().map(|metric| metric.retention).collect();
    assert_eq!(kept, [20, 10, 10]);
    let text = ruled("  measurementRetention: [{metricName: nothing, limit: 20}]\n");
    let message =
        "Analysis spec invalid: measurementRetention[0]: Rule didn't match any metric name(s)";
    assert_eq!(errors_in(Mode::Argo, &text, &given(&[])), [message]);
}

#[test]
fn rules_of_all_templates_hold_for_all_metrics() {
    let text = ruled("  dryRun: [{metricName: other}]\n  templates: [{templateName: b}]\n")
        + &namespaced("b", &["b1"], &[])
            .replace("  args: []\n", "  dryRun: [{metricName: test}]\n");
    let plan = plan_in(Mode::Strict, &text, &[]);
    let dry: Vec<bool> = plan.metrics.iter().map(|metric| metric.dry_run).collect();
    assert_eq!(dry, [true, true, true, false]);
}

#[test]
fn an_analysis_run_is_a_template_of_its_own() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisRun\nmetadata: {name: r}\nspec:\n  terminate: true\n  args: [{name: x, value: up}]\n  metrics:\n  - {name: a, successCondition: 'result[0] > 0', provider: {prometheus: {query: '{{args.x}}'}}}\n";
    let plan = plan_in(Mode::Argo, text, &[]);
    assert!(plan.terminate);
    assert_eq!(plan.name, "r");
}

#[test]
fn the_mode_is_argos_only_if_every_root_says_so() {
    let text = |name: &str, compat: &str| {
        namespaced(name, &[name], &[])
            .replace("argoproj.io", "assay.dev")
            .replace("  args: []\n", compat)
    };
    let mode = |text: String| {
        let (sources, documents) = read(&text);
        bind(&sources, &documents, &[], &GivenArgs::default(), Options::default()).unwrap().mode
    };
    let (argo, strict) = ("  compat: argo\n", "  compat: strict\n");
    assert_eq!(mode(text("a", argo)), Mode::Argo);
    assert_eq!(mode(text("a", strict)), Mode::Strict);
    assert_eq!(mode(text("a", "")), Mode::Strict);
    assert_eq!(mode(text("a", argo) + &text("b", argo)), Mode::Argo);
    assert_eq!(mode(text("a", argo) + &text("b", "")), Mode::Strict);
}

#[test]
fn the_shortest_max_duration_holds() {
    let text = |name: &str, max: &str| {
        namespaced(name, &[name], &[])
            .replace("argoproj.io", "assay.dev")
            .replace("  args: []\n", &format!("  maxDuration: {max}\n"))
    };
    let plan = plan_in(Mode::Strict, &(text("a", "30m") + &text("b", "20m")), &[]);
    assert_eq!(plan.max_duration, Some(std::time::Duration::from_secs(1200)));
    let errors = errors_in(Mode::Strict, &text("a", "0s"), &given(&[]));
    assert_eq!(
        errors,
        ["maxDuration is no duration above zero: the run would end before it began"]
    );
}
