//! What is a secret by its place: tokens, passwords, login headers, whatever a template says of them.
//!
//! A template may hold a secret in clear, and a problem is shown with the lines it stands in. So the
//! text that is shown is not the text that was read: [`masked`] stars out each secret, byte for byte,
//! and every place in the one is the same place in the other.

use crate::yaml::{Entry, Node, Value};

/// Parts of a name that make its value a secret.
const SENSITIVE: &[&str] =
    &["token", "secret", "password", "passwd", "apikey", "credential", "authorization", "cookie"];

/// Whether a value called `name` (of an argument, a header, a field) is taken for a secret.
pub fn is_sensitive(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    // `tokenUrl`, `secretKeyRef` and `secretRef` say where a secret is, not what it is.
    let is_place = ["url", "ref", "name"].iter().any(|place| plain.ends_with(place));
    !is_place && SENSITIVE.iter().any(|part| plain.contains(part))
}

/// Whether the value of `key` is a secret by its place, in a map with these `entries`.
pub(crate) fn is_secret(key: &str, entries: &[Entry]) -> bool {
    // `{key: Authorization, value: ...}`, `{name: api-token, value: ...}`, `{secret: true, value: ...}`
    let says_so = |entry: &Entry| match (entry.key.as_str(), entry.node.as_text()) {
        ("key" | "name", Some(name)) => is_sensitive(name),
        ("secret", Some(answer)) => answer != "false",
        (_, _) => false,
    };
    is_sensitive(key) || (key == "value" && entries.iter().any(says_so))
}

/// `text` with every secret in it starred out; `documents` are its trees, as far as it has any.
pub fn masked(text: &str, documents: &[&Node]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for document in documents {
        mask_node(document, &mut bytes);
    }
    if documents.is_empty() {
        mask_lines(text, &mut bytes);
    }
    // Only whole characters were replaced, by ASCII, so this never takes the other way.
    String::from_utf8(bytes).unwrap_or_default()
}

fn mask_node(node: &Node, bytes: &mut [u8]) {
    match &node.value {
        Value::Null => {}
        Value::Scalar(_) => mask_login(node, bytes),
        Value::List(items) => items.iter().for_each(|item| mask_node(item, bytes)),
        Value::Map(entries) => mask_entries(entries, bytes),
    }
}

fn mask_entries(entries: &[Entry], bytes: &mut [u8]) {
    for entry in entries {
        if is_secret(&entry.key, entries) {
            mask_scalars(&entry.node, bytes);
        } else {
            mask_node(&entry.node, bytes);
        }
    }
}

/// Stars out every scalar below `node`, placeholders for arguments left readable.
fn mask_scalars(node: &Node, bytes: &mut [u8]) {
    match &node.value {
        Value::Null => {}
        Value::Scalar(scalar) if scalar.text.trim().starts_with("{{") => {}
        Value::Scalar(_) => star(bytes, node.span.offset(), node.span.offset() + node.span.len()),
        Value::List(items) => items.iter().for_each(|item| mask_scalars(item, bytes)),
        Value::Map(entries) => entries.iter().for_each(|entry| mask_scalars(&entry.node, bytes)),
    }
}

/// Stars out `user:password` in `https://user:password@host`.
fn mask_login(node: &Node, bytes: &mut [u8]) {
    let (start, end) = (node.span.offset(), node.span.offset() + node.span.len());
    let Some(text) = bytes.get(start..end).and_then(|text| std::str::from_utf8(text).ok()) else {
        return;
    };
    let Some(authority) = text.find("://").map(|at| at + 3) else { return };
    let rest = text.get(authority..).unwrap_or_default();
    let host_end = rest.find(['/', '?', '#', ' ', '\n']).unwrap_or(rest.len());
    if let Some(at) = rest.get(..host_end).and_then(|host| host.rfind('@')) {
        star(bytes, start + authority, start + authority + at);
    }
}

/// A text that is not YAML has no tree: whatever follows a sensitive name on its line is starred out.
fn mask_lines(text: &str, bytes: &mut [u8]) {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if let Some(colon) = line.find(':')
            && line.get(..colon).is_some_and(is_sensitive)
        {
            star(bytes, offset + colon + 1, offset + line.trim_end().len());
        }
        offset += line.len();
    }
}

fn star(bytes: &mut [u8], start: usize, end: usize) {
    let end = end.min(bytes.len());
    for byte in bytes.get_mut(start.min(end)..end).unwrap_or_default() {
        if !byte.is_ascii_whitespace() {
            *byte = b'*';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Source};

    #[test]
    fn a_name_tells_whether_its_value_is_a_secret() {
        for name in ["token", "api-token", "API_KEY", "clientSecret", "Authorization", "X-Api-Key"]
        {
            assert!(is_sensitive(name), "{name}");
        }
        for name in ["tokenUrl", "secretKeyRef", "service-name", "key", "value", "secretName"] {
            assert!(!is_sensitive(name), "{name}");
        }
    }

    #[test]
    fn a_shown_text_has_no_secret_and_the_same_places() {
        let text = "a: {token: grün}\nb:\n  - {key: Authorization, value: 'Bearer x y'}\n  \
                    - {key: Accept, value: text}\nurl: http://me:pw@host/p@q\npassword: |\n  one\n  \
                    two\nc: {token: '{{args.t}}'}\nd: {name: pin, secret: true, value: hunter1}\n";
        let source = Source { name: String::from("x.yaml"), text: text.to_owned() };
        let documents = yaml::parse(&source).expect("YAML");
        let shown = masked(text, &documents.iter().collect::<Vec<_>>());
        assert_eq!(shown.len(), text.len());
        for secret in ["grün", "Bearer", "x y", "pw", "one", "two", "hunter1"] {
            assert!(!shown.contains(secret), "{secret} in\n{shown}");
        }
        for rest in ["Accept, value: text", "@host/p@q", "{{args.t}}"] {
            assert!(shown.contains(rest), "{rest} not in\n{shown}");
        }
    }

    #[test]
    fn a_text_that_is_no_yaml_is_masked_by_its_lines() {
        let shown = masked("a: [\ntoken: abc\n", &[]);
        assert_eq!(shown, "a: [\ntoken: ***\n");
    }
}
