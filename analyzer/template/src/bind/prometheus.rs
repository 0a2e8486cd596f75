//! `provider.prometheus`.

use std::time::Duration;

use assay_promql::{Dialect, Query, QueryProblemKind};
use jiff::Timestamp;

use crate::bind::connection::{authentication, headers, tls, url};
use crate::bind::judge::part;
use crate::bind::reader::{Field, Reader, Text, present};
use crate::condition::TimeExpression;
use crate::plan::{PrometheusQuery, RangeQuery, UnreadQuery};
use crate::problem::{Lint, MetricFault, ProviderFault};
use crate::secret::{Resolved, Secret};
use crate::substitute::Language;
use crate::yaml::Node;

/// The timeout of a query that says none.
pub const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest timeout of one request.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A query as it is sent, and as assay evaluates it itself.
pub(crate) type Asked = (Resolved, Result<Secret<Query>, UnreadQuery>);

/// Reads what to ask and how; none if a part of it is not known. `asked` reads the query itself.
pub(crate) fn prometheus(
    reader: &mut Reader<'_>,
    node: &Node,
    asked: impl FnOnce(&mut Reader<'_>, &Node, Dialect) -> Option<Asked>,
) -> Option<PrometheusQuery> {
    let address = match reader.field(node, "address") {
        Field::Known(text) if text.as_str().is_empty() => Some(None),
        Field::Known(text) => url(reader, text, "address", |reason, at| ProviderFault::Address {
            reason: reason.to_owned(),
            at,
        })
        .map(Some),
        Field::Absent => Some(None),
        Field::Unknown => None,
    };
    let (query, promql) = asked(reader, node, reader.dialect).unzip();
    let timeout = timeout(reader, node);
    let insecure = reader.flag(node, "insecure");
    let headers = headers(reader, node);
    let range = present(node, "rangeQuery").map(|range| range_query(reader, range));
    let authentication = authentication(reader, node);
    let tls = tls(reader, node);
    let range = match range {
        None => None,
        Some(range) => Some(range?),
    };
    Some(PrometheusQuery {
        address: address?,
        query: query?,
        promql: promql?,
        timeout: timeout?,
        insecure,
        headers,
        range,
        authentication,
        tls,
    })
}

/// The field `query` of a provider.
pub(crate) fn query(reader: &mut Reader<'_>, node: &Node, dialect: Dialect) -> Option<Asked> {
    match reader.field_in(node, "query", Language::PromQl) {
        Field::Known(text) if !text.as_str().trim().is_empty() => {
            let promql = parse(reader, &text, dialect);
            Some((text.resolved, promql))
        }
        Field::Unknown => None,
        Field::Known(_) | Field::Absent => {
            let at = Reader::span_of(node, "query");
            let help = "add the PromQL text under `query`";
            reader.fault(ProviderFault::Missing { what: String::from("the query"), help, at });
            None
        }
    }
}

/// Parses a query; the problem points into `text`.
pub(crate) fn parse(
    reader: &Reader<'_>,
    text: &Text<'_>,
    dialect: Dialect,
) -> Result<Secret<Query>, UnreadQuery> {
    Query::parse(text.as_str(), dialect).map(Secret::new).map_err(|problem| UnreadQuery {
        is_unsupported: matches!(problem.kind, QueryProblemKind::Unsupported { .. }),
        // What was found there may be a part of the secret.
        message: match text.resolved.is_secret() {
            true => String::from("a query with a secret in it cannot be read here"),
            false => problem.to_string(),
        },
        source: reader.id,
        at: part(reader, text, problem.span),
    })
}

/// `timeout`, in seconds. Argo Rollouts takes 0 by its word, so that every query fails.
fn timeout(reader: &mut Reader<'_>, node: &Node) -> Option<Duration> {
    let at = Reader::span_of(node, "timeout");
    let seconds = match reader.integer(node, "timeout") {
        Field::Absent => return Some(QUERY_TIMEOUT),
        Field::Unknown => return None,
        Field::Known(seconds) => seconds,
    };
    match u64::try_from(seconds) {
        Err(_) => {
            reader.fault(ProviderFault::NegativeTimeout { at });
            None
        }
        Ok(0) => {
            reader.strict_fault(ProviderFault::ZeroTimeout { at });
            Some(Duration::ZERO)
        }
        Ok(seconds) => Some(bounded(reader, "timeout", Duration::from_secs(seconds), at)),
    }
}

/// `timeout`, or the longest there may be.
pub(crate) fn bounded(
    reader: &mut Reader<'_>,
    field: &str,
    timeout: Duration,
    at: miette::SourceSpan,
) -> Duration {
    if timeout <= TIMEOUT_MAX {
        return timeout;
    }
    let format = crate::duration::format_unsigned;
    reader.lint(Lint::Adjusted {
        metric: reader.metric.clone(),
        field: field.to_owned(),
        value: format(timeout),
        taken: format(TIMEOUT_MAX),
        at,
    });
    TIMEOUT_MAX
}

fn range_query(reader: &mut Reader<'_>, node: &Node) -> Option<RangeQuery> {
    let start = time(reader, node, "start");
    let end = time(reader, node, "end");
    let step = reader.duration(node, "step", |reason, at| ProviderFault::RangeStep {
        reason: reason.to_string(),
        at,
    });
    let step = match step {
        Field::Unknown => None,
        Field::Known(step) if step.is_positive() => Some(step.unsigned_abs()),
        Field::Known(step) => {
            let (field, least) = (String::from("rangeQuery.step"), String::from("1ms"));
            let (value, at) = (crate::duration::format(step), Reader::span_of(node, "step"));
            reader.fault(MetricFault::TooShort { field, value, least, at });
            None
        }
        Field::Absent => {
            let what = String::from("rangeQuery.step");
            let help = "say how far apart the points are, for example `step: 1m`";
            reader.fault(ProviderFault::Missing { what, help, at: node.span });
            None
        }
    };
    Some(RangeQuery { start: start?, end: end?, step: step? })
}

/// A time of the range; the inner one is none when it is not said, which is now.
fn time(reader: &mut Reader<'_>, node: &Node, end: &'static str) -> Option<Option<TimeExpression>> {
    let text = match reader.open_text(node, end, Language::Condition, "a time") {
        Field::Absent => return Some(None),
        Field::Unknown => return None,
        Field::Known(text) if text.as_str().is_empty() => return Some(None),
        Field::Known(text) => text,
    };
    let problem = match TimeExpression::compile(text.as_str()) {
        // What goes wrong at one time, such as a duration that is none, goes wrong at any time.
        Ok(expression) => match expression.evaluate(Timestamp::UNIX_EPOCH) {
            Ok(_) => return Some(Some(expression)),
            Err(error) => (error.message, None, text.span()),
        },
        Err(problem) => {
            let at = part(reader, &text, problem.span);
            (problem.message, problem.help, at)
        }
    };
    let (reason, help, at) = problem;
    reader.fault(ProviderFault::RangeTime { end, reason, help, at });
    None
}
