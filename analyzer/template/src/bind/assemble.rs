//! From templates that go together to one plan.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use assay_promql::Dialect;
use assay_stats::level::Share;

use crate::args::{Args, GivenArgs, fill, merge};
use crate::bind::compare::{criterion_of, default_sequential, sequential};
use crate::bind::findings::Findings;
use crate::bind::metric::{Around, Bound, metric};
use crate::bind::reader::Reader;
use crate::bind::rules::{dry_run, retention};
use crate::duration;
use crate::lint::power;
use crate::plan::compare::{Sequential, Statistic};
use crate::plan::{MetricPlan, Mode, Plan};
use crate::problem::{Lint, NestingProblem};
use crate::template::library::Library;
use crate::template::{Rule, Template};
use crate::yaml::{Node, Source};

/// Metrics of one run at most.
pub const METRICS_MAX: usize = 1_000;

/// One metric and the template it is in.
struct Written<'t, 'a> {
    template: &'t Template<'a>,
    node: &'a Node,
}

/// Puts `roots` and all they refer to together and fills in the arguments.
///
/// Without `given` arguments without a default stay open, and no plan comes out while one does. Who
/// knows the canary's share of the traffic better than the templates says so as `canary_weight`.
pub(crate) fn assemble<'a>(
    sources: &[Source],
    library: &Library<'_, 'a>,
    roots: &[usize],
    given: Option<&GivenArgs>,
    dialect: Dialect,
    canary_weight: Option<Share>,
    findings: &mut Findings,
) -> Option<Plan> {
    let first = library.template(*roots.first()?)?;
    let templates = library.flatten(roots, findings);
    // What a missing or broken template would have brought along is not missed a second time.
    let incomplete = findings.has_errors() || templates.iter().any(|template| !template.sound);
    let mut args = args(&templates, first, given, findings);
    let max_duration = max_duration(&templates, findings);
    let written: Vec<Written<'_, 'a>> = templates
        .iter()
        .filter(|template| template.sound)
        .flat_map(|template| template.metrics.iter().map(|node| Written { template, node }))
        .collect();
    if incomplete && written.is_empty() {
        return None;
    }
    check_number(&written, first, findings)?;
    let compares = written.iter().any(|written| criterion_of(written.node).is_some());
    let mut used = BTreeSet::new();
    let said = said(sources, &templates, (max_duration, dialect), (&mut args, &mut used), findings);
    let mut sequential = match said {
        Said::Nothing => Some(default_sequential(max_duration)),
        Said::Settings(settings) => settings.map(|settings| *settings),
    };
    if let (Some(common), Some(weight)) = (&mut sequential, canary_weight) {
        common.traffic.canary_weight = Some(weight);
    }
    if !compares && !incomplete {
        lint_unused_compare(&templates, findings);
    }
    let around = Around { max_duration, sequential: sequential.as_ref() };
    let mut bound = Vec::new();
    for (index, Written { template, node }) in written.iter().enumerate() {
        let mut reader = Reader {
            id: template.source,
            source: sources.get(template.source.0)?,
            index: Some(index),
            dialect,
            metric: node.get("name").and_then(Node::as_text).unwrap_or_default().to_owned(),
            args: &args.values,
            used: &mut used,
            secrets: &mut args.secrets,
            findings: &mut *findings,
        };
        bound.push(metric(&mut reader, node, template.spec(), &around));
    }
    refuse_duplicates(&written, &bound, findings);
    let rules = rules(&templates, &bound, incomplete, findings);
    if let Some(common) = sequential.as_ref().filter(|_| !incomplete) {
        lint_power(&written, &bound, &rules, common, findings);
    }
    let metrics: Option<Vec<MetricPlan>> = bound
        .into_iter()
        .zip(rules)
        .map(|(bound, (dry_run, retention))| {
            bound.plan.map(|plan| MetricPlan { dry_run, retention, ..plan })
        })
        .collect();
    lint_unused(&args, &used, findings);
    let names: Vec<&str> = roots
        .iter()
        .filter_map(|root| library.template(*root))
        .map(|template| template.name.as_str())
        .collect();
    let terminate = templates.iter().any(|template| template.terminate);
    let metrics = metrics.filter(|_| !findings.has_errors())?;
    Some(Plan {
        name: names.join("+"),
        mode: findings.mode(),
        metrics,
        sequential: sequential.filter(|_| compares),
        max_duration,
        terminate,
        warnings: findings.warnings(),
        secrets: args.secrets,
    })
}

fn args(
    templates: &[&Template<'_>],
    first: &Template<'_>,
    given: Option<&GivenArgs>,
    findings: &mut Findings,
) -> Args {
    let mut declared = Vec::new();
    for template in templates {
        declared.extend(template.args(findings));
    }
    let merged = merge(&declared, findings);
    fill(merged, given, first.place(), findings)
}

/// The shortest `maxDuration` that a template of the run sets.
fn max_duration(templates: &[&Template<'_>], findings: &mut Findings) -> Option<Duration> {
    let mut shortest: Option<Duration> = None;
    for template in templates {
        let Some(node) = template.field("maxDuration") else { continue };
        let Some(text) = node.as_text() else { continue };
        let reason = match duration::parse_unsigned(text) {
            Ok(Duration::ZERO) => String::from("the run would end before it began"),
            Ok(duration) => {
                shortest = Some(shortest.map_or(duration, |known| known.min(duration)));
                continue;
            }
            Err(reason) => reason.to_string(),
        };
        findings.add(template.source, NestingProblem::MaxDuration { reason, at: node.span });
    }
    shortest
}

/// What the templates of a run say about their criteria.
enum Said {
    Nothing,
    /// None if a part of it is not known.
    Settings(Option<Box<Sequential>>),
}

/// Reads `compare` of all templates, which have to agree.
fn said(
    sources: &[Source],
    templates: &[&Template<'_>],
    (max_duration, dialect): (Option<Duration>, Dialect),
    (args, used): (&mut Args, &mut BTreeSet<String>),
    findings: &mut Findings,
) -> Said {
    let mut said = Said::Nothing;
    for template in templates.iter().filter(|template| template.sound) {
        let Some(node) = template.field("compare") else { continue };
        let Some(source) = sources.get(template.source.0) else { continue };
        let mut reader = Reader {
            id: template.source,
            source,
            index: None,
            dialect,
            metric: String::new(),
            args: &args.values,
            used: &mut *used,
            secrets: &mut args.secrets,
            findings: &mut *findings,
        };
        reader.check_tags(node);
        let settings = sequential(&mut reader, node, max_duration).map(Box::new);
        match (&said, &settings) {
            (Said::Settings(Some(known)), Some(settings)) if known != settings => {
                findings.add(template.source, NestingProblem::DifferentCompare { at: node.span });
            }
            (Said::Nothing, _) | (Said::Settings(Some(_)), None) => said = Said::Settings(settings),
            (Said::Settings(_), _) => {}
        }
    }
    said
}

fn lint_unused_compare(templates: &[&Template<'_>], findings: &mut Findings) {
    for template in templates.iter().filter(|template| template.sound) {
        let Some(node) = template.field("compare") else { continue };
        findings.add(template.source, Lint::CompareUnused { at: node.span });
    }
}

/// None when there is nothing to go on with.
fn check_number(
    written: &[Written<'_, '_>],
    first: &Template<'_>,
    findings: &mut Findings,
) -> Option<()> {
    if written.is_empty() {
        findings.add(first.source, NestingProblem::NoMetrics { at: first.at });
        return None;
    }
    let Some(excess) = written.get(METRICS_MAX) else { return Some(()) };
    let (metrics, at) = (written.len(), excess.node.span);
    let problem = NestingProblem::TooManyMetrics { metrics, metrics_max: METRICS_MAX, at };
    findings.add(excess.template.source, problem);
    None
}

/// Argo Rollouts compares the names as written first and filled in later; both have to differ.
fn refuse_duplicates(written: &[Written<'_, '_>], bound: &[Bound], findings: &mut Findings) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, (Written { template, node }, bound)) in written.iter().zip(bound).enumerate() {
        let Some(name_node) = node.get("name") else { continue };
        let as_written = name_node.as_text().unwrap_or_default();
        let name = bound.name.as_deref().unwrap_or(as_written);
        if seen.insert(name, index).is_some() {
            let (name, at) = (name.to_owned(), name_node.span);
            findings.add(template.source, NestingProblem::DuplicateMetric { name, index, at });
        }
    }
}

/// What the rules of all templates say of each metric: whether it only watches, and what is kept of it.
fn rules(
    templates: &[&Template<'_>],
    bound: &[Bound],
    incomplete: bool,
    findings: &mut Findings,
) -> Vec<(bool, usize)> {
    let known = bound.iter().map(|metric| metric.name.as_deref());
    // One more that is not known stands for those of the templates that are missing.
    let names: Vec<Option<&str>> = known.chain(incomplete.then_some(None)).collect();
    let all = |rules: fn(&Template<'_>) -> Vec<Rule>| -> Vec<Rule> {
        templates.iter().flat_map(|template| rules(template)).collect()
    };
    let dry = dry_run(&all(|template| template.dry_run.clone()), &names, findings);
    let kept = retention(&all(|template| template.retention.clone()), &names, findings);
    let of = |(bound, (dry_run, retention)): (&Bound, (bool, usize))| {
        // A share of the traffic that is not as it should be is told, and decides nothing.
        let watched = bound.test.as_ref().is_some_and(|test| is_watched_only(&test.statistic));
        (dry_run || watched, retention)
    };
    bound.iter().zip(dry.into_iter().zip(kept)).map(of).collect()
}

/// Reports criteria that cannot find what they are for, as far as the traffic is stated.
fn lint_power(
    written: &[Written<'_, '_>],
    bound: &[Bound],
    rules: &[(bool, usize)],
    common: &Sequential,
    findings: &mut Findings,
) {
    let judged = |(written, bound): (&Written<'_, '_>, &Bound)| {
        bound.test.is_some() || criterion_of(written.node).is_none()
    };
    // The level is shared by all, so one that is not known leaves all open.
    if !written.iter().zip(bound).all(judged) {
        return;
    }
    let metrics: Vec<power::Metric<'_>> = bound
        .iter()
        .zip(rules)
        .map(|(bound, (dry_run, _))| power::Metric {
            name: bound.name.as_deref().unwrap_or_default(),
            test: bound.test.as_ref(),
            dry_run: *dry_run,
        })
        .collect();
    for (place, lint) in power::too_short(&metrics, common) {
        if let Some(Written { template, .. }) = written.get(place) {
            findings.add(template.source, lint);
        }
    }
}

fn lint_unused(args: &Args, used: &BTreeSet<String>, findings: &mut Findings) {
    for arg in args.declared.iter().filter(|arg| !used.contains(&arg.name)) {
        findings.add(arg.source, Lint::UnusedArgument { arg: arg.name.clone(), at: arg.at });
    }
}

/// What the templates say about the mode: Argo's only if every root asks for it.
pub(crate) fn mode(library: &Library<'_, '_>, roots: &[usize]) -> Mode {
    let argo =
        |template: &Template<'_>| template.field("compat").and_then(Node::as_text) == Some("argo");
    let mut templates = roots.iter().filter_map(|root| library.template(*root)).peekable();
    if templates.peek().is_some() && templates.all(argo) { Mode::Argo } else { Mode::Strict }
}

fn is_watched_only(statistic: &Statistic) -> bool {
    matches!(statistic, Statistic::TrafficShare { .. })
}
