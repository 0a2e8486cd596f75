//! Templates as people write them for Argo Rollouts: each binds, or is refused for the right reason.

use std::fmt::Write as _;

use expect_test::expect;

use super::given;
use crate::args::GivenArgs;
use crate::bind::{Options, bind, check};
use crate::document::read_all;
use crate::plan::{MetricPlan, Mode, Query};
use crate::yaml::Source;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/templates-argo");

/// Everything that any of the files asks for.
fn arguments() -> GivenArgs {
    let mut args = GivenArgs::default();
    args.set_secret("oauth", "id", "client-of-mine");
    args.set_secret("oauth", "secret", "hush-hush");
    args.set_secret("token-secret", "apiToken", "hush-hush");
    args
}

fn values() -> GivenArgs {
    given(&[
        ("service-name", "checkout"),
        ("host", "checkout:8080"),
        ("start-time", "2026-01-05T10:00:00Z"),
        ("end-time", "2026-01-05T11:00:00Z"),
        ("baseline-hash", "5b8f"),
        ("canary-hash", "7c9d"),
        ("stable-hash", "5b8f"),
        ("latest-hash", "7c9d"),
    ])
}

fn files() -> Vec<Source> {
    let mut names: Vec<String> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let read = |name: String| Source {
        text: std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap(),
        name,
    };
    names.into_iter().map(read).collect()
}

fn line(metric: &MetricPlan) -> String {
    let provider = match &metric.query {
        Query::Prometheus(query) if query.range.is_some() => "prometheus range",
        Query::Prometheus(_) => "prometheus",
        Query::Web(_) => "web",
        Query::Health(_) => "health",
        Query::Scrape(_) => "scrape",
        Query::Foreign { provider, .. } => provider,
    };
    let count = metric.count.map_or(String::from("unlimited"), |count| count.to_string());
    let interval = metric.interval.map(crate::duration::format_unsigned).unwrap_or_default();
    let dry = if metric.dry_run { " (dry run)" } else { "" };
    format!("{}: {provider}, {count} {interval}{dry}", metric.name).trim_end().to_owned()
}

/// What becomes of each file in strict mode, with just the arguments it declares.
fn outcomes() -> String {
    let mut outcomes = String::new();
    for source in files() {
        let name = source.name.clone();
        let sources = [source];
        let documents = read_all(&sources);
        let mut args = arguments();
        for arg in crate::bind::declared_args(&documents) {
            if let (None, Some(value)) = (&arg.default, values().value(&arg.name)) {
                args.set(&arg.name, value, crate::args::Origin::CommandLine);
            }
        }
        let _ = writeln!(outcomes, "{name}");
        match bind(&sources, &documents, &[], &args, Options::default()) {
            Ok(plan) => {
                let metrics = plan.metrics.iter().map(line);
                let warnings =
                    plan.warnings.iter().map(|w| format!("~ {}", w.code.replace("assay::", "")));
                metrics.chain(warnings).for_each(|line| {
                    let _ = writeln!(outcomes, "  {line}");
                });
                let debug = format!("{plan:?}");
                assert!(!debug.contains("hush-hush"), "{debug}");
            }
            Err(found) => {
                for found in found.iter().filter(|found| !found.problem.is_warning()) {
                    let _ = writeln!(outcomes, "  ! {}", found.problem);
                }
            }
        }
    }
    outcomes
}

#[test]
fn every_template_binds_or_is_refused_for_the_right_reason() {
    expect![[r#"
        alert-template.yaml
          ! failed to resolve {{ $labels.job }}
        analysis-run.yaml
          success-rate: prometheus, unlimited 5m0s
          ~ template::runs_until_terminated
        consecutive-success.yaml
          settled: prometheus, unlimited 30s
        datadog-without-formula.yaml
          ! metric `error-rate`: When multiple queries are provided you must include a formula
        datadog.yaml
          error-rate: datadog, unlimited 5m0s
          error-rate-v2: datadog, unlimited 5m0s
          ~ template::runs_until_terminated
          ~ template::foreign_provider
          ~ template::runs_until_terminated
          ~ template::foreign_provider
        dry-run-star.yaml
          ! Analysis spec invalid: dryRun[0]: Rule didn't match any metric name(s)
        dry-run.yaml
          total-5xx-errors: prometheus, 3 5m0s (dry run)
          success-rate: prometheus, 3 5m0s
        hash-arguments.yaml
          7c9d-against-5b8f: prometheus, 4 1m0s
        job.yaml
          smoke: job, 1
          ~ template::foreign_provider
        kayenta.yaml
          mann-whitney: kayenta, 1
          ~ template::foreign_provider
          ~ trap::score_hides_gaps
        missing-becomes-zero.yaml
          errors: prometheus, 5 1m0s
          ~ trap::missing_becomes_number
        misspelt-field.yaml
          ! `spec.metrics[0]` has no field `timeout`
          ! `spec.metrics[0]` has no field `succesCondition`
        nested.yaml
          success-rate: prometheus, 1
          error-rate: prometheus, 1
          latency: prometheus, 1
        no-condition.yaml
          ! metric `up`: it has neither a successCondition nor a failureCondition
        only-references.yaml
          ! metric `up`: unexpected token EOF
        other-providers.yaml
          new-relic: newRelic, 1
          wavefront: wavefront, 1
          graphite: graphite, 1
          influx: influxdb, 1
          cloud-watch: cloudWatch, 1
          skywalking: skywalking, 1
          plugged-in: plugin, 1
          ~ template::foreign_provider
          ~ template::foreign_provider
          ~ template::foreign_provider
          ~ template::foreign_provider
          ~ template::foreign_provider
          ~ template::foreign_provider
          ~ template::foreign_provider
        prometheus-both-conditions.yaml
          success-rate: prometheus, 10 1m0s
        prometheus-logins.yaml
          by-oauth: prometheus, 1
          by-signature: prometheus, 1
          by-password: prometheus, 1
        prometheus-range.yaml
          memory: prometheus range, 1
        prometheus-success-rate.yaml
          success-rate: prometheus, unlimited 5m0s
          ~ template::runs_until_terminated
        unquoted-argument.yaml
          ! `spec.args[0].value` has to be a text, and `9090` without quotes is read as a number
        web-json.yaml
          webmetric: web, 1
          share: web, 1
        web-post.yaml
          asked-in-json: web, 1
          asked-in-text: web, 1
    "#]]
    .assert_eq(&outcomes());
}

#[test]
fn a_check_without_arguments_refuses_the_same_templates() {
    let outcomes = outcomes();
    for source in files() {
        let name = source.name.clone();
        let sources = [source];
        let documents = read_all(&sources);
        let found =
            check(&sources, &documents, Options { mode: Some(Mode::Strict), ..Options::default() });
        let refused = found.iter().any(|found| !found.problem.is_warning());
        let head = format!("{name}\n  !");
        assert_eq!(refused, outcomes.contains(&head), "{name}");
    }
}
