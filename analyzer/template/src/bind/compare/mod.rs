//! Metrics that are judged by a statistical criterion instead of conditions.

mod parts;
mod sequential;
mod setting;
mod statistic;

use std::time::Duration;

use assay_promql::Dialect;
use miette::SourceSpan;

use crate::bind::prometheus::{Asked, prometheus};
use crate::bind::provider::single;
use crate::bind::reader::{Reader, present};
use crate::bind::schedule::{Schedule, of_criterion};
use crate::bind::scrape::scrape;
use crate::plan::compare::{Comparison, Part, Sequential, Statistic};
use crate::plan::{Criterion, Mode, Query};
use crate::problem::{CriterionFault, MetricFault};
use crate::shape::tables::compare::CRITERIA;
use crate::substitute::Language;
use crate::yaml::{Entry, Node, Value};

use self::parts::{Demands, Source, arms, parts};
use self::setting::{RELATIVE, label_name, setting};
use self::statistic::statistic;

pub use sequential::{HISTORY, HISTORY_MAX, LOOK_DURATION, LOOK_INTERVAL, LOOKS_MAX, WARMUP};
pub(crate) use sequential::{default_sequential, sequential};

/// The part of the level that a limit has beside a comparison with 1.
const LIMIT_WEIGHT: f64 = 0.25;

/// The labels that may tell pods apart unless said.
const PODS: [&str; 2] = ["pod", "instance"];

const LIMITS_HELP: &str =
    "drop it: `alpha` of `spec.compare` says how often a good release may be aborted";

/// Fields that only make sense where single measurements are judged, and what takes their place.
const REPLACED: [(&str, &str); 7] = [
    ("successCondition", "drop it: the criterion itself says what is good"),
    ("failureCondition", "drop it: the criterion itself says what is bad"),
    (
        "count",
        "drop it: `maxDuration` of `spec.compare` says how long to look, `interval` how often",
    ),
    ("failureLimit", LIMITS_HELP),
    (
        "inconclusiveLimit",
        "drop it: `minRequests` says how much data is needed, and `onHorizon` of `spec.compare` what the last look decides",
    ),
    (
        "consecutiveSuccessLimit",
        "drop it: `minDuration` of `spec.compare` says how early it may be good",
    ),
    ("consecutiveFailureLimit", LIMITS_HELP),
];

/// The criterion of the metric `node`, if it has one.
pub(crate) fn criterion_of(node: &Node) -> Option<&Entry> {
    criteria(node).next()
}

fn criteria(node: &Node) -> impl Iterator<Item = &Entry> {
    node.entries()
        .iter()
        .filter(|entry| !entry.node.is_null() && CRITERIA.contains(&entry.key.as_str()))
}

/// Reports what does not go with the criterion of the metric `node`.
pub(crate) fn refuse_others(reader: &mut Reader<'_>, node: &Node, criterion: &Entry) {
    if let Some(second) = criteria(node).nth(1) {
        let count = criteria(node).count();
        let (first, at) = (criterion.key_span, second.key_span);
        reader.fault(CriterionFault::Several { count, first, at });
    }
    if reader.findings.mode() == Mode::Argo {
        let (name, at) = (criterion.key.clone(), criterion.key_span);
        reader.fault(CriterionFault::ArgoMode { criterion: name, at });
    }
    for (field, help) in REPLACED {
        not_with(reader, node, (field, field), criterion, help);
    }
    if present(node, "waiver").is_some() {
        let help = "drop it: what is missing is never judged by a criterion";
        not_with(reader, node, ("waiver", "waiver"), criterion, help);
    }
    if present(node, "onNoData").and_then(Node::as_text) == Some("judge") {
        let help = "write `hold` or `abort`: what is missing is never judged by a criterion";
        not_with(reader, node, ("onNoData", "onNoData: judge"), criterion, help);
    }
}

/// Refuses the field `key` of `node`, which is shown as `field`.
fn not_with(
    reader: &mut Reader<'_>,
    node: &Node,
    (key, field): (&str, &str),
    criterion: &Entry,
    help: &'static str,
) {
    let Some(entry) = present(node, key).and_then(|_| node.entry(key)) else { return };
    let (field, criterion) = (field.to_owned(), criterion.key.clone());
    reader.fault(CriterionFault::NotWith { field, criterion, help, at: entry.key_span });
}

/// What is known of a criterion even where its queries are not.
pub(crate) struct Test {
    pub(crate) statistic: Statistic,
    /// Its share of the run's level, relative to the other criteria.
    pub(crate) weight: f64,
    pub(crate) interval: Duration,
    /// The first measurement is this long after the start.
    pub(crate) delay: Duration,
    /// The bytes of its key.
    pub(crate) at: SourceSpan,
}

/// Reads the criterion of the metric `node`, when it is looked at, and whom to ask for it.
pub(crate) fn compared(
    reader: &mut Reader<'_>,
    node: &Node,
    criterion: &Entry,
    sequential: Option<&Sequential>,
) -> (Schedule, Option<Test>, Option<(Query, Criterion)>) {
    let statistic = statistic(reader, &criterion.key, &criterion.node);
    let looks_min =
        if let Some(Statistic::Gauge { looks_min, .. }) = statistic { looks_min } else { 0 };
    let schedule = looks(reader, node, criterion, sequential, looks_min);
    let interval = schedule.interval.filter(|_| sequential.is_some());
    let weight = weight(reader, &criterion.key, &criterion.node);
    let (delay, at) = (schedule.initial_delay, criterion.key_span);
    let test = statistic.zip(weight).zip(interval);
    let test =
        test.map(|((statistic, weight), interval)| Test { statistic, weight, interval, delay, at });
    let compared = comparison(reader, node, criterion, test.as_ref());
    (schedule, test, compared)
}

fn comparison(
    reader: &mut Reader<'_>,
    node: &Node,
    criterion: &Entry,
    test: Option<&Test>,
) -> Option<(Query, Criterion)> {
    let written = &criterion.node;
    let keys = keys(&criterion.key, written);
    let arms = arms(reader, written, keys);
    let pods = pods(reader, written);
    let mut read = None;
    let query = source(reader, node, criterion, |reader, dialect, source| {
        let (arms, pods) = (arms.as_ref()?, pods.as_ref()?);
        let demands = Demands {
            keys,
            arms,
            pods: if measures_noise(&criterion.key) { pods } else { &[] },
            needs_baseline: criterion.key != "limit",
            source,
        };
        let (parts, asked) = parts(reader, written, &demands, dialect)?;
        read = Some(parts);
        Some(asked)
    });
    let parts: Vec<Part> = read?;
    let test = test?;
    let comparison = Comparison {
        statistic: test.statistic.clone(),
        arms: arms?,
        pods: pods?,
        parts,
        weight: test.weight,
        interval: test.interval,
    };
    Some((query?, Criterion::Comparison(Box::new(comparison))))
}

/// The fields that are queries, as far as that can be said of a criterion that may be incomplete.
fn keys(criterion: &str, node: &Node) -> &'static [&'static str] {
    let has = |key: &str| present(node, key).is_some();
    match criterion {
        "latency" => &["buckets"],
        "counts" if has("canaryWeight") && !has("requests") => &["counter"],
        // What it is counted over is asked for elsewhere.
        "counts" if !has("requests") => &["counter"],
        "counts" => &["counter", "requests"],
        "gauge" => &["gauge"],
        "limit" if has("gauge") => &["gauge"],
        "limit" if !has("errors") && !has("requests") => &[],
        "trafficShare" => &["requests"],
        "classic" => &["values"],
        _ => &["errors", "requests"],
    }
}

/// Whether the noise between pods makes a difference to it.
fn measures_noise(criterion: &str) -> bool {
    !matches!(criterion, "trafficShare" | "classic")
}

fn pods(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<String>> {
    let Some(written) = present(node, "pods") else {
        return Some(PODS.map(str::to_owned).to_vec());
    };
    if reader.refuse_secrets(written, "a label") {
        return None;
    }
    let mut pods = Vec::new();
    let mut complete = !written.items().is_empty();
    if !complete {
        let (field, text) = (String::from("pods"), String::from("empty"));
        let wanted = String::from("a list of labels");
        let (help, at) = (String::from("write for example `[pod, instance]`"), written.span);
        reader.fault(CriterionFault::Setting { field, text, wanted, help, at });
    }
    for item in written.items() {
        let text = reader.text(item, Language::Text);
        let name = text.and_then(|text| label_name(reader, "pods", &text));
        complete &= name.is_some();
        pods.extend(name);
    }
    complete.then_some(pods)
}

fn weight(reader: &mut Reader<'_>, criterion: &str, node: &Node) -> Option<f64> {
    let default = match criterion {
        // They have no evidence that could be averaged with that of others.
        "trafficShare" | "classic" => return Some(0.0),
        "limit" => LIMIT_WEIGHT,
        _ => 1.0,
    };
    let weight = setting(reader, node, "weight", &RELATIVE, default)?;
    let critical = reader.flag(node, "critical");
    Some(if critical { 2.0 * weight } else { weight })
}

/// Whom to ask: the operator's Prometheus unless said.
fn source(
    reader: &mut Reader<'_>,
    node: &Node,
    criterion: &Entry,
    asked: impl FnOnce(&mut Reader<'_>, Dialect, Source) -> Option<Asked>,
) -> Option<Query> {
    let nothing = Node { span: criterion.key_span, value: Value::Map(Vec::new()) };
    let said = present(node, "provider")
        .is_some_and(|provider| provider.entries().iter().any(|entry| !entry.node.is_null()));
    if !said {
        return prometheus(reader, &nothing, |reader, _, dialect| {
            asked(reader, dialect, Source::Server)
        })
        .map(Query::Prometheus);
    }
    let entry = single(reader, node);
    match entry.map(|entry| (entry.key.as_str(), entry)) {
        Some(("prometheus", entry)) => {
            let help = "drop it: the queries stand in the criterion";
            let field = ("query", "provider.prometheus.query");
            not_with(reader, &entry.node, field, criterion, help);
            let help = "drop it: each look asks for one instant";
            let field = ("rangeQuery", "provider.prometheus.rangeQuery");
            not_with(reader, &entry.node, field, criterion, help);
            prometheus(reader, &entry.node, |reader, _, dialect| {
                asked(reader, dialect, Source::Server)
            })
            .map(Query::Prometheus)
        }
        Some(("scrape", entry)) => {
            let help = "drop it: the queries stand in the criterion";
            not_with(reader, &entry.node, ("query", "provider.scrape.query"), criterion, help);
            scrape(reader, &entry.node, |reader, _, dialect| asked(reader, dialect, Source::Pages))
                .map(Query::Scrape)
        }
        Some((provider, entry)) => {
            let (criterion, provider) = (criterion.key.clone(), provider.to_owned());
            reader.fault(CriterionFault::Provider { criterion, provider, at: entry.key_span });
            asked(reader, reader.dialect, Source::Server);
            None
        }
        None => {
            asked(reader, reader.dialect, Source::Server);
            None
        }
    }
}

/// When the metric `node` is looked at.
fn looks(
    reader: &mut Reader<'_>,
    node: &Node,
    criterion: &Entry,
    sequential: Option<&Sequential>,
    looks_min: u64,
) -> Schedule {
    let default = sequential.map(|sequential| sequential.interval);
    let mut schedule = of_criterion(reader, node, default);
    let Some((sequential, interval)) = sequential.zip(schedule.interval) else {
        return schedule;
    };
    let looks = sequential.max_duration.as_millis() / interval.as_millis().max(1);
    let looks = u64::try_from(looks).unwrap_or(u64::MAX);
    if LOOKS_MAX < looks {
        let field = String::from("the number of looks");
        let number = |looks: u64| i64::try_from(looks).unwrap_or(i64::MAX);
        let (value, largest) = (number(looks), number(LOOKS_MAX));
        let at = present(node, "interval").map_or(criterion.key_span, |node| node.span);
        reader.fault(MetricFault::TooLarge { field, value, largest, at });
    }
    let looks_needed = looks_min.max(sequential.looks_min);
    let delay = schedule.initial_delay;
    // The first look that begins when the pods are warm.
    let cold = sequential.warmup.saturating_sub(delay).as_millis();
    let dropped = cold.div_ceil(interval.as_millis().max(1));
    let needed = u64::try_from(dropped).unwrap_or(u64::MAX).saturating_add(looks_needed);
    let needed = u32::try_from(needed).unwrap_or(u32::MAX);
    let end = delay.saturating_add(interval.saturating_mul(needed));
    if sequential.max_duration < end {
        let format = crate::duration::format_unsigned;
        let (max_duration, needed) = (format(sequential.max_duration), format(end));
        let at = criterion.key_span;
        let looks = looks_needed;
        reader.fault(CriterionFault::TooFewLooks { max_duration, looks, needed, at });
    }
    // One more, as the first only tells where the counters stand.
    schedule.count = u32::try_from(looks.min(LOOKS_MAX).saturating_add(1)).ok();
    schedule
}
