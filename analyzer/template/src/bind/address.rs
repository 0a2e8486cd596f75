//! URLs that a template may ask.
//!
//! Only what can be said without a network is checked: the scheme, that there is a host, and that
//! nothing in it could be mistaken for something else.

use crate::secret::Resolved;

/// The parts of a URL that matter before it is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// User name and password, if it has them: `user:password`.
    pub(crate) user_info: Option<&'a str>,
    /// Host and port as written.
    pub(crate) host_port: &'a str,
}

/// Why a text is no such URL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InvalidAddress {
    /// It lacks a scheme or a host.
    NoUrl(&'static str),
    /// It has both, but cannot be asked.
    Unusable(String),
}

/// Takes `text` apart.
pub(crate) fn address(text: &str) -> Result<Address<'_>, InvalidAddress> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(InvalidAddress::NoUrl("a URL begins with `http://` or `https://`"));
    };
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(is_scheme) {
        return Err(InvalidAddress::NoUrl("a URL begins with `http://` or `https://`"));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user_info, host_port) = match authority.rsplit_once('@') {
        Some((user_info, host_port)) => (Some(user_info), host_port),
        None => (None, authority),
    };
    let (host, port) = split_port(host_port);
    if host.is_empty() {
        return Err(InvalidAddress::NoUrl("it has no host"));
    }
    let unusable = |reason: &str| Err(InvalidAddress::Unusable(reason.to_owned()));
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return unusable(&format!("unsupported protocol scheme \"{}\"", scheme.to_lowercase()));
    }
    if text.chars().any(char::is_control) {
        return unusable("it has a line break or another control character in it");
    }
    // What follows the host is encoded before it is sent.
    if authority.chars().any(|c| c.is_whitespace() || c == '\\') {
        return unusable("it has a space or a backslash before or in its host");
    }
    if user_info.is_some_and(|user_info| user_info.contains('@')) {
        return unusable("it has two `@`, so that nobody can tell which host is meant");
    }
    match port {
        None => {}
        Some(port) => match port.parse::<u16>() {
            Ok(1..) if port.bytes().all(|byte| byte.is_ascii_digit()) => {}
            Ok(_) | Err(_) => return unusable("its port is not between 1 and 65535"),
        },
    }
    Ok(Address { user_info, host_port })
}

/// Host and port, an IPv6 address in its brackets.
fn split_port(host_port: &str) -> (&str, Option<&str>) {
    let end = host_port.rfind(']').map_or(0, |bracket| bracket + 1);
    match host_port[end..].rfind(':') {
        Some(colon) => (&host_port[..end + colon], Some(&host_port[end + colon + 1..])),
        None => (host_port, None),
    }
}

/// `url` shown without the user name and password in it.
pub(crate) fn without_user_info(url: Resolved) -> Resolved {
    let Ok(Address { user_info: Some(user_info), .. }) = address(url.reveal()) else { return url };
    // The text shown may hold the user information in the clear or as `***` already.
    let shown = match url.shown().split_once("://") {
        Some((scheme, rest)) => match rest.find('@') {
            Some(end) => format!("{scheme}://***@{}", &rest[end + 1..]),
            None => url.shown().to_owned(),
        },
        None => url.shown().replace(user_info, "***"),
    };
    Resolved::masked(url.reveal(), shown)
}

#[cfg(test)]
mod tests {
    use super::{InvalidAddress, address, without_user_info};
    use crate::secret::Resolved;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match address(text) {
            Ok(address) => address.host_port.to_owned(),
            Err(InvalidAddress::NoUrl(reason)) => format!("no URL: {reason}"),
            Err(InvalidAddress::Unusable(reason)) => format!("unusable: {reason}"),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn addresses() {
        check("http://prometheus:9090", "prometheus:9090");
        check("https://a.example/path?x=http://b#c@d", "a.example");
        check("HTTP://[::1]:80/", "[::1]:80");
        check("http://[::1]", "[::1]");
        check("http://user:pw@a.example:80/x", "a.example:80");
        check("http://a.example?q@b", "a.example");
        check("prometheus:9090", "no URL: a URL begins with `http://` or `https://`");
        check("//a.example", "no URL: a URL begins with `http://` or `https://`");
        check("", "no URL: a URL begins with `http://` or `https://`");
        check("http://", "no URL: it has no host");
        check("http:///x", "no URL: it has no host");
        check("http://:80", "no URL: it has no host");
        check("bad://url.com", "unusable: unsupported protocol scheme \"bad\"");
        check("file:///etc/passwd", "no URL: it has no host");
        check("gopher://a", "unusable: unsupported protocol scheme \"gopher\"");
        check("http://a b", "unusable: it has a space or a backslash before or in its host");
        check("http://a/b c\\d", "a");
        check("http://a/b\nc", "unusable: it has a line break or another control character in it");
        check("http://a\\@b", "unusable: it has a space or a backslash before or in its host");
        check(
            "http://good@evil@host",
            "unusable: it has two `@`, so that nobody can tell which host is meant",
        );
        check("http://a:0", "unusable: its port is not between 1 and 65535");
        check("http://a:", "unusable: its port is not between 1 and 65535");
        check("http://a:65536", "unusable: its port is not between 1 and 65535");
        check("http://a:+80", "unusable: its port is not between 1 and 65535");
    }

    #[test]
    fn user_info_is_not_shown() {
        let url = without_user_info(Resolved::plain("http://me:pw@a.example/x@y"));
        assert_eq!(url.shown(), "http://***@a.example/x@y");
        assert_eq!(url.reveal(), "http://me:pw@a.example/x@y");
        assert_eq!(without_user_info(Resolved::plain("http://a/x@y")).shown(), "http://a/x@y");
        let url = Resolved::masked("http://me:pw@a/", "http://***:***@a/");
        assert_eq!(without_user_info(url).shown(), "http://***@a/");
    }
}
