//! What the providers that speak HTTP have in common: URLs, headers, logins and certificates.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miette::SourceSpan;

use crate::bind::address::{InvalidAddress, address, without_user_info};
use crate::bind::reader::{Field, Reader, Text, present};
use crate::plan::{Authentication, Method, Tls};
use crate::problem::{MetricFault, ProviderFault};
use crate::secret::Resolved;
use crate::sensitive::is_sensitive;
use crate::substitute::Language;
use crate::yaml::Node;

/// A URL to ask, user name and password hidden; none if it is not known or unusable.
pub(crate) fn url(
    reader: &mut Reader<'_>,
    text: Text<'_>,
    field: &str,
    no_url: impl FnOnce(&'static str, SourceSpan) -> ProviderFault,
) -> Option<Resolved> {
    let at = text.span();
    match address(text.as_str()) {
        Ok(parts) => {
            for part in parts.user_info.into_iter().flat_map(|info| info.splitn(2, ':').skip(1)) {
                reader.secrets.add_all_forms(part);
            }
            Some(without_user_info(text.resolved))
        }
        Err(InvalidAddress::NoUrl(reason)) => {
            reader.fault(no_url(reason, at));
            None
        }
        Err(InvalidAddress::Unusable(reason)) => {
            // The reason may quote a part of the URL.
            let is_secret = text.resolved.is_secret();
            let reason = if is_secret { String::from("it is no http URL") } else { reason };
            reader.fault(ProviderFault::Url { field: field.to_owned(), reason, at });
            None
        }
    }
}

/// As [`url`], with the usual words for a text that is no URL.
pub(crate) fn plain_url(reader: &mut Reader<'_>, text: Text<'_>, field: &str) -> Option<Resolved> {
    url(reader, text, field, |reason, at| ProviderFault::Url {
        field: field.to_owned(),
        reason: reason.to_owned(),
        at,
    })
}

/// `method`, one of `methods`; `GET` if it is not said. `allowed` is the same list in words.
pub(crate) fn method(
    reader: &mut Reader<'_>,
    node: &Node,
    methods: &[(&str, Method)],
    allowed: &'static str,
) -> Option<Method> {
    let text = match reader.word(node, "method") {
        Field::Absent => return Some(Method::Get),
        Field::Unknown => return None,
        Field::Known(text) => text,
    };
    let known = methods.iter().find(|(name, _)| *name == text.as_str());
    if known.is_none() {
        let (field, at) = (String::from("method"), text.span());
        let text = text.as_str().to_owned();
        reader.fault(MetricFault::UnknownWord { field, text, allowed, at });
    }
    known.map(|(_, method)| *method)
}

/// Headers that say how a message travels or whom it is for, which is not for a template to say.
const HEADERS_REFUSED: [&str; 10] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
];

/// `headers`, names as written.
pub(crate) fn headers(reader: &mut Reader<'_>, provider: &Node) -> Vec<(String, Resolved)> {
    let items = provider.get("headers").map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| header(reader, item)).collect()
}

fn header(reader: &mut Reader<'_>, item: &Node) -> Option<(String, Resolved)> {
    let name = reader.open_text(item, "key", Language::Text, "the name of a header").known()?;
    let value = reader.field(item, "value").known()?;
    let (name_at, shown) = (name.span(), name.as_str().to_owned());
    let fault = |reason, help, at| ProviderFault::Header { name: shown.clone(), reason, help, at };
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.as_str().is_empty() || !name.as_str().chars().all(is_token) {
        let help = "a header name has letters, digits and `-`";
        reader.fault(fault("is no header name", help, name_at));
        return None;
    }
    if value.as_str().chars().any(|c| matches!(c, '\r' | '\n' | '\0')) {
        let help = "it would end the header and begin another: write the value on one line";
        reader.fault(fault("has a line break in its value", help, value.span()));
        return None;
    }
    let lower = name.as_str().to_ascii_lowercase();
    if HEADERS_REFUSED.contains(&lower.as_str()) {
        let help = "drop it: the connection decides this";
        reader.strict_fault(fault("cannot be set by a template", help, name_at));
        return None;
    }
    let value = if is_sensitive(name.as_str()) {
        secret_text(reader, value.resolved)
    } else {
        value.resolved
    };
    Some((name.as_str().to_owned(), value))
}

/// A text that is a secret by its place, even if it is written in the template.
fn secret_text(reader: &mut Reader<'_>, text: Resolved) -> Resolved {
    reader.secrets.add_all_forms(text.reveal());
    // `Bearer abc` comes back as `abc` too.
    if let Some((_, credential)) = text.reveal().split_once(' ') {
        reader.secrets.add_all_forms(credential);
    }
    if text.is_secret() { text } else { Resolved::masked(text.reveal(), "***") }
}

/// `authentication`.
pub(crate) fn authentication(reader: &mut Reader<'_>, provider: &Node) -> Authentication {
    let Some(node) = present(provider, "authentication") else { return Authentication::None };
    let ways = ["basicAuth", "bearer", "oauth2", "sigv4"];
    let used: Vec<&str> = ways.into_iter().filter(|way| is_used(node, way)).collect();
    if 1 < used.len() {
        let (ways, at) = (used.join(", "), node.span);
        reader.fault(ProviderFault::SeveralLogins { ways, at });
    }
    let login = used.first().and_then(|way| Some((*way, node.get(way)?)));
    match login {
        Some(("basicAuth", login)) => basic(reader, login),
        Some(("bearer", login)) => bearer(reader, login),
        Some(("oauth2", login)) => oauth2(reader, login),
        Some((_, login)) => Some(Authentication::SigV4 {
            region: optional(reader, login, "region"),
            profile: optional(reader, login, "profile"),
            role_arn: optional(reader, login, "roleArn"),
        }),
        None => None,
    }
    .unwrap_or(Authentication::None)
}

/// Whether a login says anything; Argo Rollouts takes an empty one for none.
fn is_used(authentication: &Node, way: &str) -> bool {
    let said = |node: &Node| !node.is_null() && node.as_text() != Some("");
    authentication
        .get(way)
        .is_some_and(|login| login.entries().iter().any(|entry| said(&entry.node)))
}

fn basic(reader: &mut Reader<'_>, login: &Node) -> Option<Authentication> {
    let username = required(reader, login, "basic auth", "username");
    let password = required(reader, login, "basic auth", "password");
    let (username, password) = (username?, secret_text(reader, password?));
    let pair = format!("{}:{}", username.reveal(), password.reveal());
    reader.secrets.add(&STANDARD.encode(pair));
    Some(Authentication::Basic { username, password })
}

fn bearer(reader: &mut Reader<'_>, login: &Node) -> Option<Authentication> {
    let token = required(reader, login, "bearer", "token")?;
    Some(Authentication::Bearer { token: secret_text(reader, token) })
}

fn oauth2(reader: &mut Reader<'_>, login: &Node) -> Option<Authentication> {
    let token_url = required_text(reader, login, "oauth2", "tokenUrl");
    let client_id = required(reader, login, "oauth2", "clientId");
    let client_secret = required(reader, login, "oauth2", "clientSecret");
    let scopes = login.get("scopes").map(Node::items).unwrap_or_default();
    let scopes = scopes
        .iter()
        .filter_map(|scope| reader.text(scope, Language::Text))
        .map(|scope| scope.resolved)
        .collect();
    let token_url = plain_url(reader, token_url?, "oauth2.tokenUrl")?;
    let client_secret = secret_text(reader, client_secret?);
    Some(Authentication::OAuth2 { token_url, client_id: client_id?, client_secret, scopes })
}

fn optional(reader: &mut Reader<'_>, login: &Node, key: &str) -> Option<Resolved> {
    let text = reader.field(login, key).known()?;
    (!text.as_str().is_empty()).then_some(text.resolved)
}

fn required(
    reader: &mut Reader<'_>,
    login_node: &Node,
    login: &'static str,
    key: &'static str,
) -> Option<Resolved> {
    required_text(reader, login_node, login, key).map(|text| text.resolved)
}

fn required_text<'n>(
    reader: &mut Reader<'_>,
    login_node: &'n Node,
    login: &'static str,
    missing: &'static str,
) -> Option<Text<'n>> {
    match reader.field(login_node, missing) {
        Field::Known(text) if !text.as_str().is_empty() => Some(text),
        Field::Unknown => None,
        Field::Known(_) | Field::Absent => {
            reader.fault(ProviderFault::IncompleteLogin { login, missing, at: login_node.span });
            None
        }
    }
}

/// `tls`, paths of PEM files.
pub(crate) fn tls(reader: &mut Reader<'_>, provider: &Node) -> Tls {
    let Some(node) = present(provider, "tls") else { return Tls::default() };
    let mut path = |key| reader.word(node, key).known().map(|text| text.as_str().to_owned());
    let tls =
        Tls { ca_file: path("caFile"), cert_file: path("certFile"), key_file: path("keyFile") };
    if present(node, "certFile").is_some() != present(node, "keyFile").is_some() {
        reader.fault(ProviderFault::IncompleteCertificate { at: node.span });
    }
    tls
}
