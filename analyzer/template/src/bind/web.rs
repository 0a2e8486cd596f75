//! `provider.web`.

use std::time::Duration;

use miette::SourceSpan;

use crate::bind::connection::{authentication, headers, tls, url};
use crate::bind::json_text::json_text;
use crate::bind::prometheus::bounded;
use crate::bind::reader::{Field, Reader, present};
use crate::jsonpath::JsonPath;
use crate::plan::{Body, Method, WebQuery};
use crate::problem::{MetricFault, ProviderFault};
use crate::secret::Resolved;
use crate::substitute::Language;
use crate::yaml::Node;

/// The timeout of a request that says none, or nothing useful.
pub const WEB_TIMEOUT: Duration = Duration::from_secs(10);

/// The JSONPath of a metric that says none: the whole answer.
pub const WHOLE_ANSWER: &str = "{$}";

/// Reads the request; none if a part of it is not known.
pub(crate) fn web(reader: &mut Reader<'_>, node: &Node) -> Option<WebQuery> {
    let url = required_url(reader, node, "url");
    let method = method(reader, node);
    let body = body(reader, node, method);
    let timeout = timeout(reader, node);
    let json_path = json_path(reader, node, "jsonPath");
    let headers = headers(reader, node);
    let insecure = reader.flag(node, "insecure");
    let authentication = authentication(reader, node);
    let tls = tls(reader, node);
    Some(WebQuery {
        url: url?,
        method: method?,
        headers,
        body: body?,
        timeout: timeout?,
        json_path: json_path?,
        insecure,
        authentication,
        tls,
    })
}

/// A URL that has to be there.
pub(crate) fn required_url(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<Resolved> {
    let no_url = |reason: &'static str, at| ProviderFault::Url {
        field: key.to_owned(),
        reason: reason.to_owned(),
        at,
    };
    match reader.field(node, key) {
        Field::Known(text) => url(reader, text, key, no_url),
        Field::Unknown => None,
        Field::Absent => {
            reader.fault(missing_url(node.span));
            None
        }
    }
}

pub(crate) fn missing_url(at: SourceSpan) -> ProviderFault {
    let help = "say whom to ask, for example `url: https://host.example/path`";
    ProviderFault::Missing { what: String::from("the URL"), help, at }
}

fn method(reader: &mut Reader<'_>, node: &Node) -> Option<Method> {
    let text = match reader.word(node, "method") {
        Field::Absent => return Some(Method::Get),
        Field::Unknown => return None,
        Field::Known(text) => text,
    };
    match text.as_str() {
        "" | "GET" => Some(Method::Get),
        "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        other => {
            let (field, other) = (String::from("method"), other.to_owned());
            let (allowed, at) = ("`GET`, `POST`, `PUT`", text.span());
            reader.fault(MetricFault::UnknownWord { field, text: other, allowed, at });
            None
        }
    }
}

fn body(reader: &mut Reader<'_>, node: &Node, method: Option<Method>) -> Option<Body> {
    let text = present(node, "body").filter(|body| body.as_text() != Some(""));
    let json = present(node, "jsonBody");
    if let (Some(_), Some(json)) = (text, json) {
        reader.fault(ProviderFault::TwoBodies { at: json.span });
        return None;
    }
    if let (Some(body), Some(Method::Get)) = (text.or(json), method) {
        reader.fault(ProviderFault::BodyWithoutMethod { at: body.span });
        return None;
    }
    match (text, json) {
        (Some(_), _) => reader.field(node, "body").known().map(|text| Body::Text(text.resolved)),
        (None, Some(json)) => json_text(reader, json).map(Body::Json),
        (None, None) => Some(Body::None),
    }
}

/// `timeoutSeconds`; 0 and less are the default.
fn timeout(reader: &mut Reader<'_>, node: &Node) -> Option<Duration> {
    let seconds = reader.integer(node, "timeoutSeconds").or(0)?;
    let at = Reader::span_of(node, "timeoutSeconds");
    Some(match u64::try_from(seconds) {
        Err(_) | Ok(0) => WEB_TIMEOUT,
        Ok(seconds) => bounded(reader, "timeoutSeconds", Duration::from_secs(seconds), at),
    })
}

/// A JSONPath, the whole answer if there is none.
pub(crate) fn json_path(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<JsonPath> {
    let (path, text) = match reader.open_text(node, key, Language::Text, "a JSONPath") {
        Field::Unknown => return None,
        Field::Known(text) if !text.as_str().is_empty() => {
            (JsonPath::parse(text.as_str()), Some(text))
        }
        Field::Known(_) | Field::Absent => (JsonPath::parse(WHOLE_ANSWER), None),
    };
    match (path, text) {
        (Ok(path), _) => Some(path),
        (Err(problem), text) => {
            let at = match (text, problem.offset) {
                (Some(text), Some(offset)) => text.part(offset..offset, reader.source),
                (Some(text), None) => text.span(),
                (None, _) => node.span,
            };
            reader.fault(ProviderFault::JsonPath { reason: problem.message, at });
            None
        }
    }
}
