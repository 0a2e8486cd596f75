//! From templates that go together to one plan.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use assay_promql::Dialect;

use crate::args::{Args, GivenArgs, fill, merge};
use crate::bind::compare::{criterion_of, default_sequential, sequential};
use crate::bind::findings::Findings;
use crate::bind::metric::{Around, Bound, metric};
use crate::bind::reader::Reader;
use crate::bind::rules::{dry_run, retention};
use crate::duration;
use crate::plan::compare::Sequential;
use crate::plan::compare::Statistic;
use crate::plan::{Criterion, MetricPlan, Mode, Plan};
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
/// Without `given` arguments without a default stay open, and no plan comes out while one does.
pub(crate) fn assemble<'a>(
    sources: &[Source],
    library: &Library<'_, 'a>,
    roots: &[usize],
    given: Option<&GivenArgs>,
    dialect: Dialect,
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
    let sequential = match said {
        Said::Nothing => Some(default_sequential(max_duration)),
        Said::Settings(settings) => settings.map(|settings| *settings),
    };
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
    let metrics = apply_rules(&templates, bound, incomplete, findings);
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

/// The metrics with the rules of all templates applied; none unless all of them are known.
fn apply_rules(
    templates: &[&Template<'_>],
    bound: Vec<Bound>,
    incomplete: bool,
    findings: &mut Findings,
) -> Option<Vec<MetricPlan>> {
    let known = bound.iter().map(|metric| metric.name.as_deref());
    // One more that is not known stands for those of the templates that are missing.
    let names: Vec<Option<&str>> = known.chain(incomplete.then_some(None)).collect();
    let all = |rules: fn(&Template<'_>) -> Vec<Rule>| -> Vec<Rule> {
        templates.iter().flat_map(|template| rules(template)).collect()
    };
    let dry = dry_run(&all(|template| template.dry_run.clone()), &names, findings);
    let kept = retention(&all(|template| template.retention.clone()), &names, findings);
    let plans = bound.into_iter().zip(dry.into_iter().zip(kept));
    plans
        .map(|(metric, (dry_run, retention))| {
            metric.plan.map(|plan| {
                // A share of the traffic that is not as it should be is told, and decides nothing.
                let dry_run = dry_run || is_watched_only(&plan.criterion);
                MetricPlan { dry_run, retention, ..plan }
            })
        })
        .collect()
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

fn is_watched_only(criterion: &Criterion) -> bool {
    match criterion {
        Criterion::Comparison(comparison) => {
            matches!(comparison.statistic, Statistic::TrafficShare { .. })
        }
        Criterion::Conditions { .. } | Criterion::Score { .. } | Criterion::Told => false,
    }
}
