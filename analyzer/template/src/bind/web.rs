//! `provider.web`.

use std::time::Duration;

use miette::SourceSpan;

use crate::bind::connection::{authentication, headers, method, plain_url, tls};
use crate::bind::json_text::json_text;
use crate::bind::prometheus::bounded;
use crate::bind::reader::{Field, Reader, present};
use crate::jsonpath::JsonPath;
use crate::plan::{Body, Method, WebQuery};
use crate::problem::ProviderFault;
use crate::secret::Resolved;
use crate::substitute::Language;
use crate::yaml::Node;

/// The timeout of a request that says none, or nothing useful.
pub const WEB_TIMEOUT: Duration = Duration::from_secs(10);

/// An empty text is the same as none in Argo Rollouts.
const METHODS: [(&str, Method); 4] =
    [("", Method::Get), ("GET", Method::Get), ("POST", Method::Post), ("PUT", Method::Put)];

/// Reads the request; none if a part of it is not known.
pub(crate) fn web(reader: &mut Reader<'_>, node: &Node) -> Option<WebQuery> {
    let url = required_url(reader, node);
    let method = method(reader, node, &METHODS, "`GET`, `POST`, `PUT`");
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
fn required_url(reader: &mut Reader<'_>, node: &Node) -> Option<Resolved> {
    match reader.field(node, "url") {
        Field::Known(text) => plain_url(reader, text, "url"),
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
    let text = match reader.open_text(node, key, Language::Text, "a JSONPath") {
        Field::Unknown => return None,
        Field::Known(text) if !text.as_str().is_empty() => text,
        Field::Known(_) | Field::Absent => return Some(JsonPath::default()),
    };
    match JsonPath::parse(text.as_str()) {
        Ok(path) => Some(path),
        Err(problem) => {
            let at = match problem.offset {
                Some(offset) => text.part(offset..offset, reader.source),
                None => text.span(),
            };
            reader.fault(ProviderFault::JsonPath { reason: problem.message, at });
            None
        }
    }
}
