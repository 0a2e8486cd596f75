//! `provider.scrape`.

use std::time::Duration;

use assay_promql::Dialect;

use crate::bind::connection::{authentication, headers, tls};
use crate::bind::health::{positive, targets};
use crate::bind::prometheus::{Asked, bounded};
use crate::bind::reader::{Field, Reader};
use crate::plan::{HealthTarget, ScrapeQuery, ScrapeTarget, UnreadQuery};
use crate::problem::{MetricFault, ProviderFault};
use crate::yaml::Node;

/// How often pages are read when the template does not say.
pub const SCRAPE_EVERY: Duration = Duration::from_secs(15);

/// The timeout of reading one page when the template does not say.
pub const SCRAPE_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads what to ask and how; none if a part of it is not known. `asked` reads the query itself.
pub(crate) fn scrape(
    reader: &mut Reader<'_>,
    node: &Node,
    asked: impl FnOnce(&mut Reader<'_>, &Node, Dialect) -> Option<Asked>,
) -> Option<ScrapeQuery> {
    let help = "say whose pages to read, for example `targets: [http://host.example/metrics]`";
    let targets = targets(reader, node, help);
    let every = duration(reader, node, "every", SCRAPE_EVERY);
    let dialect = dialect(reader, node);
    let query = asked(reader, node, dialect.unwrap_or_default());
    let timeout = duration(reader, node, "timeout", SCRAPE_TIMEOUT);
    let headers = headers(reader, node);
    let authentication = authentication(reader, node);
    let tls = tls(reader, node);
    let insecure = reader.flag(node, "insecure");
    let (query, promql) = query?;
    let promql = match promql {
        Ok(promql) => promql,
        // Nobody else could evaluate it, as there is no source but the pages.
        Err(UnreadQuery { message: reason, at, .. }) => {
            reader.fault(ProviderFault::Query { reason, at });
            return None;
        }
    };
    dialect?;
    let target = |HealthTarget { name, url }| ScrapeTarget { instance: name, url };
    Some(ScrapeQuery {
        targets: targets?.into_iter().map(target).collect(),
        every: every?,
        query,
        promql,
        timeout: timeout?,
        headers,
        authentication,
        tls,
        insecure,
    })
}

fn duration(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    default: Duration,
) -> Option<Duration> {
    match positive(reader, node, key) {
        Field::Absent => Some(default),
        Field::Unknown => None,
        Field::Known(time) => Some(bounded(reader, key, time, Reader::span_of(node, key))),
    }
}

fn dialect(reader: &mut Reader<'_>, node: &Node) -> Option<Dialect> {
    let word = match reader.word(node, "promql") {
        Field::Known(word) => word,
        Field::Absent => return Some(Dialect::Prometheus3),
        Field::Unknown => return None,
    };
    match word.as_str() {
        "2" => Some(Dialect::Prometheus2),
        "3" => Some(Dialect::Prometheus3),
        other => {
            let (field, text) = (String::from("promql"), other.to_owned());
            let (allowed, at) = ("`2`, `3`", word.span());
            reader.fault(MetricFault::UnknownWord { field, text, allowed, at });
            None
        }
    }
}
