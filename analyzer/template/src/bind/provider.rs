//! Which provider a metric has.

use crate::bind::foreign;
use crate::bind::health::health;
use crate::bind::judge::{Without, conditions, ignore_conditions};
use crate::bind::prometheus::{prometheus, query};
use crate::bind::reader::{Reader, present};
use crate::bind::scrape::scrape;
use crate::bind::web::web;
use crate::condition::Kind;
use crate::plan::{Criterion, Query};
use crate::problem::MetricFault;
use crate::yaml::{Entry, Node};

/// The providers that assay only reads.
const FOREIGN: [&str; 8] = [
    "datadog",
    "newRelic",
    "wavefront",
    "graphite",
    "influxdb",
    "cloudWatch",
    "skywalking",
    "plugin",
];

/// What a health metric without conditions is judged by.
pub const HEALTHY: &str = "result.successRatio == 1";

/// Reads the provider of the metric `node` and what judges its readings.
pub(crate) fn provider(reader: &mut Reader<'_>, node: &Node) -> Option<(Query, Criterion)> {
    let entry = single(reader, node)?;
    let provider = &entry.node;
    match entry.key.as_str() {
        "prometheus" => {
            let query = prometheus(reader, provider, query).map(Query::Prometheus);
            let criterion = conditions(reader, node, Kind::Prometheus, Without::Pass);
            Some((query?, criterion))
        }
        "web" => {
            let query = web(reader, provider).map(Query::Web);
            let criterion = conditions(reader, node, Kind::Web, Without::Pass);
            Some((query?, criterion))
        }
        "health" => {
            let query = health(reader, provider).map(Query::Health);
            let criterion = conditions(reader, node, Kind::Object, Without::Default(HEALTHY));
            Some((query?, criterion))
        }
        "scrape" => {
            let query = scrape(reader, provider, query).map(Query::Scrape);
            let criterion = conditions(reader, node, Kind::Prometheus, Without::Pass);
            Some((query?, criterion))
        }
        "job" => {
            foreign::warn(reader, provider, "job");
            ignore_conditions(reader, node, "job");
            Some((Query::Foreign { provider: "job", query: None }, Criterion::Told))
        }
        "kayenta" => {
            foreign::warn(reader, provider, "kayenta");
            ignore_conditions(reader, node, "kayenta");
            let criterion = foreign::score(reader, provider)?;
            Some((Query::Foreign { provider: "kayenta", query: None }, criterion))
        }
        other => {
            // What is none of these either was reported as an unknown field.
            let name = FOREIGN.into_iter().find(|name| *name == other)?;
            foreign::warn(reader, provider, name);
            let query = foreign::query(reader, name, provider);
            let criterion = conditions(reader, node, Kind::Web, Without::Pass);
            Some((Query::Foreign { provider: name, query }, criterion))
        }
    }
}

/// The only provider; a plugin counts once for each of its names, as in Argo Rollouts.
pub(crate) fn single<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<&'n Entry> {
    let Some(provider) = present(node, "provider") else {
        reader.fault(MetricFault::NoProvider { at: Reader::span_of(node, "name") });
        return None;
    };
    let present: Vec<&Entry> =
        provider.entries().iter().filter(|entry| !entry.node.is_null()).collect();
    let plugins = present.iter().filter(|entry| entry.key == "plugin");
    let plugins: usize = plugins.map(|entry| entry.node.entries().len().saturating_sub(1)).sum();
    match present.as_slice() {
        [] => {
            reader.fault(MetricFault::NoProvider { at: provider.span });
            None
        }
        [only] if plugins == 0 => Some(only),
        [first, ..] => {
            let count = present.len() + plugins;
            let at = present.get(1).map_or(first.node.span, |entry| entry.key_span);
            reader.fault(MetricFault::MultipleProviders { count, first: first.key_span, at });
            None
        }
    }
}
