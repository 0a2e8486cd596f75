//! `provider.health`.

use std::ops::RangeInclusive;
use std::time::Duration;

use miette::SourceSpan;

use crate::bind::address::address;
use crate::bind::connection::{authentication, headers, method, plain_url, tls};
use crate::bind::json_text::json_text;
use crate::bind::prometheus::bounded;
use crate::bind::reader::{Field, Reader, present};
use crate::bind::web::{json_path, missing_url};
use crate::json::Json;
use crate::jsonpath::JsonPath;
use crate::plan::{HealthExpectation, HealthQuery, HealthTarget, Method};
use crate::problem::{MetricFault, ProviderFault};
use crate::secret::Resolved;
use crate::substitute::Language;
use crate::yaml::{Node, Value};

/// The timeout of a probe that says none.
pub const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// Probes of one target in one measurement at most.
pub const PROBES_MAX: i64 = 1_000;

/// Targets of one metric at most.
pub const TARGETS_MAX: usize = 1_000;

/// Reads the query; none if a part of it is not known.
pub(crate) fn health(reader: &mut Reader<'_>, node: &Node) -> Option<HealthQuery> {
    let help = "say whom to probe, for example `targets: [http://host.example/healthz]`";
    let targets = targets(reader, node, help);
    let methods = [("GET", Method::Get), ("HEAD", Method::Head)];
    let method = method(reader, node, &methods, "`GET`, `HEAD`");
    let headers = headers(reader, node);
    let expect = match present(node, "expect") {
        Some(expect) => expectation(reader, expect),
        None => Some(HealthExpectation {
            statuses: default_statuses(),
            body: None,
            body_contains: None,
            json: None,
            latency_max: None,
        }),
    };
    let probes = probes(reader, node);
    let timeout = positive(reader, node, "timeout");
    let timeout = match timeout {
        Field::Absent => Some(PROBE_TIMEOUT),
        Field::Unknown => None,
        Field::Known(time) => {
            Some(bounded(reader, "timeout", time, Reader::span_of(node, "timeout")))
        }
    };
    let insecure = reader.flag(node, "insecure");
    let authentication = authentication(reader, node);
    let tls = tls(reader, node);
    Some(HealthQuery {
        targets: targets?,
        method: method?,
        headers,
        expect: expect?,
        probes: probes?,
        timeout: timeout?,
        insecure,
        authentication,
        tls,
    })
}

fn default_statuses() -> Vec<RangeInclusive<u16>> {
    vec![200..=299]
}

/// `targets`, at least one; `help` says what to do where there is none.
pub(crate) fn targets(
    reader: &mut Reader<'_>,
    node: &Node,
    help: &'static str,
) -> Option<Vec<HealthTarget>> {
    let at = Reader::span_of(node, "targets");
    let items = node.get("targets").map(Node::items).unwrap_or_default();
    if items.is_empty() {
        reader.fault(ProviderFault::Missing { what: String::from("a target"), help, at });
        return None;
    }
    if TARGETS_MAX < items.len() {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (value, largest) = (number(items.len()), number(TARGETS_MAX));
        let field = String::from("the number of targets");
        reader.fault(MetricFault::TooLarge { field, value, largest, at });
        return None;
    }
    let mut targets: Vec<HealthTarget> = Vec::new();
    let mut complete = true;
    for item in items {
        let Some(target) = target(reader, item) else {
            complete = false;
            continue;
        };
        // Two targets on one host are told apart by their URLs, unless somebody gave them one name.
        let named = present(item, "name").is_some();
        match targets.iter().any(|known| known.name == target.name) {
            true if named => {
                let (name, at) = (target.name, Reader::span_of(item, "name"));
                reader.fault(ProviderFault::DuplicateTarget { name, at });
                complete = false;
            }
            true => {
                let name = target.url.shown().to_owned();
                if targets.iter().any(|known| known.name == name) {
                    reader.fault(ProviderFault::DuplicateTarget { name, at: item.span });
                    complete = false;
                } else {
                    targets.push(HealthTarget { name, ..target });
                }
            }
            false => targets.push(target),
        }
    }
    complete.then_some(targets)
}

fn target(reader: &mut Reader<'_>, item: &Node) -> Option<HealthTarget> {
    let text = match &item.value {
        Value::Scalar(_) => reader.text(item, Language::Text)?,
        Value::Map(_) => match reader.field(item, "url") {
            Field::Known(text) => text,
            Field::Unknown => return None,
            Field::Absent => {
                reader.fault(missing_url(item.span));
                return None;
            }
        },
        Value::Null | Value::List(_) => return None,
    };
    let url = plain_url(reader, text, "the target")?;
    let name = match reader.field(item, "name") {
        Field::Known(name) => name.resolved.shown().to_owned(),
        Field::Unknown => return None,
        Field::Absent if url.is_secret() => address(url.shown()).ok()?.host_port.to_owned(),
        Field::Absent => address(url.reveal()).ok()?.host_port.to_owned(),
    };
    Some(HealthTarget { name, url })
}

fn probes(reader: &mut Reader<'_>, node: &Node) -> Option<u32> {
    let at = Reader::span_of(node, "probes");
    let probes = reader.integer(node, "probes").or(1)?;
    let field = String::from("probes");
    match u32::try_from(probes) {
        Ok(1..) if probes <= PROBES_MAX => u32::try_from(probes).ok(),
        Ok(1..) => {
            reader.fault(MetricFault::TooLarge { field, value: probes, largest: PROBES_MAX, at });
            None
        }
        Ok(0) | Err(_) => {
            let (value, least) = (probes.to_string(), String::from("1"));
            reader.fault(MetricFault::TooShort { field, value, least, at });
            None
        }
    }
}

/// A duration above zero.
pub(crate) fn positive(reader: &mut Reader<'_>, node: &Node, key: &str) -> Field<Duration> {
    let read = reader.duration(node, key, |reason, at| MetricFault::Duration {
        field: key.to_owned(),
        reason: reason.to_string(),
        at,
    });
    let Field::Known(time) = read else { return read.map(|_| Duration::ZERO) };
    if time.is_positive() {
        return Field::Known(time.unsigned_abs());
    }
    let (field, least) = (key.to_owned(), String::from("1ms"));
    let (value, at) = (crate::duration::format(time), Reader::span_of(node, key));
    reader.fault(MetricFault::TooShort { field, value, least, at });
    Field::Unknown
}

fn expectation(reader: &mut Reader<'_>, node: &Node) -> Option<HealthExpectation> {
    let statuses = statuses(reader, node);
    let body = text(reader, node, "body");
    let body_contains = text(reader, node, "bodyContains");
    let json = match present(node, "json") {
        Some(json) => json_expectation(reader, json).map(Some),
        None => Some(None),
    };
    let latency_max = match positive(reader, node, "latencyMax") {
        Field::Absent => Some(None),
        Field::Known(time) => Some(Some(time)),
        Field::Unknown => None,
    };
    Some(HealthExpectation {
        statuses: statuses?,
        body: body?,
        body_contains: body_contains?,
        json: json?,
        latency_max: latency_max?,
    })
}

/// A text that may be absent; the outer none is one that is not known.
fn text(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<Option<Resolved>> {
    match reader.field(node, key) {
        Field::Absent => Some(None),
        Field::Unknown => None,
        Field::Known(text) => Some(Some(text.resolved)),
    }
}

fn json_expectation(reader: &mut Reader<'_>, node: &Node) -> Option<(JsonPath, Json)> {
    let path = json_path(reader, node, "path");
    let Some(equals) = node.get("equals") else {
        let help = "say what the value should be, for example `equals: ok`";
        let what = String::from("the value to expect");
        reader.fault(ProviderFault::Missing { what, help, at: node.span });
        return None;
    };
    if reader.refuse_secrets(equals, "an expected value") {
        return None;
    }
    let text = json_text(reader, equals)?;
    let value = crate::json::parse(text.reveal().as_bytes()).ok()?;
    Some((path?, value))
}

fn statuses(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<RangeInclusive<u16>>> {
    let Some(status) = present(node, "status") else { return Some(default_statuses()) };
    let items = match &status.value {
        Value::List(items) => items.as_slice(),
        Value::Null | Value::Scalar(_) | Value::Map(_) => std::slice::from_ref(status),
    };
    if reader.refuse_secrets(status, "a status") {
        return None;
    }
    let mut ranges = Vec::new();
    for item in items {
        let text = reader.text(item, Language::Text)?;
        match status_range(text.as_str()) {
            Some(range) => ranges.push(range),
            None => {
                let (text, at): (String, SourceSpan) = (text.as_str().to_owned(), text.span());
                reader.fault(ProviderFault::Status { text, at });
                return None;
            }
        }
    }
    Some(if ranges.is_empty() { default_statuses() } else { ranges })
}

/// `200`, `200-299` or `2xx`.
fn status_range(text: &str) -> Option<RangeInclusive<u16>> {
    let status = |text: &str| {
        let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|status| digits && (100..=599).contains(status))
    };
    if let Some(class) = text.strip_suffix("xx") {
        let first = status(&format!("{class}00"))?;
        return Some(first..=first + 99);
    }
    match text.split_once('-') {
        Some((first, last)) => {
            let (first, last) = (status(first.trim())?, status(last.trim())?);
            (first <= last).then_some(first..=last)
        }
        None => status(text).map(|only| only..=only),
    }
}

#[cfg(test)]
mod tests {
    use super::status_range;

    #[test]
    fn statuses() {
        let rows = [
            ("200", Some(200..=200)),
            ("2xx", Some(200..=299)),
            ("200-204", Some(200..=204)),
            ("200 - 204", Some(200..=204)),
            ("599", Some(599..=599)),
            ("", None),
            ("xx", None),
            ("0xx", None),
            ("6xx", None),
            ("20", None),
            ("+20", None),
            ("2000", None),
            ("299-200", None),
            ("ok", None),
        ];
        for (text, range) in rows {
            assert_eq!(status_range(text), range, "{text}");
        }
    }
}
