//! Addresses of sources: what is asked, and what of it may be shown.

use assay_template::secret::Resolved;
use reqwest::header::HeaderValue;
use url::Url;

use crate::failure::Failure;
use crate::header::basic;
use crate::mask::Mask;

/// An address taken apart: user info never stays in the URL.
pub struct Address {
    /// Where to go, without user info and fragment.
    pub url: Url,
    /// The user info as an `Authorization` header, as Go's client sends it.
    pub login: Option<HeaderValue>,
}

impl Address {
    /// Reads an absolute `http` or `https` URL and notes in `mask` what must not be shown of it.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of kind `Misconfigured` when it is no such URL.
    pub fn read(text: &Resolved, mask: &Mask) -> Result<Self, Failure> {
        let mut url = Url::parse(text.reveal().trim()).map_err(|error| {
            Failure::misconfigured(format!("the address `{}` is no URL: {error}", display(text)))
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            // The words are Go's.
            let message = format!("unsupported protocol scheme \"{}\"", url.scheme());
            return Err(Failure::misconfigured(message));
        }
        let login = take_user_info(&mut url, mask)?;
        url.set_fragment(None);
        if text.is_secret() {
            note_parts(&url, text.shown(), mask);
        }
        Ok(Self { url, login })
    }
}

/// Notes the parts of an address that the shown text does not have. A source echoes them as they
/// were sent, in which only some characters are percent-encoded.
fn note_parts(url: &Url, shown: &str, mask: &Mask) {
    let path = url.path().split('/');
    let query = url.query().unwrap_or_default().split(['&', '=']);
    for part in path.chain(query).filter(|part| !part.is_empty() && !shown.contains(part)) {
        mask.add(part);
    }
}

fn take_user_info(url: &mut Url, mask: &Mask) -> Result<Option<HeaderValue>, Failure> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let encoded = url.password().unwrap_or_default();
    let password = percent_decode(encoded);
    mask.add(encoded);
    mask.add(&password);
    let login = basic(&percent_decode(url.username()), &password, mask)?;
    // Both only fail for URLs without a host, which http and https do not allow.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok(Some(login))
}

fn percent_decode(text: &str) -> String {
    // `form_urlencoded` would also turn `+` into a space, so the plus is kept out of its way.
    let pair = format!("_={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// `host:port` of an address, for people; never user info, a path or a query.
pub fn place(address: &Resolved) -> String {
    // The shown text is read, not the real one: a host is written in lower case, and a secret in
    // it would then no longer be recognized.
    let Ok(url) = Url::parse(address.shown().trim()) else { return String::from("the source") };
    let Some(host) = url.host_str() else { return String::from("the source") };
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// An address for people: its shown text without user info and query.
fn display(address: &Resolved) -> String {
    let shown = address.shown();
    let shown = shown.split(['?', '#']).next().unwrap_or_default();
    match (shown.find("//"), shown.rfind('@')) {
        (Some(start), Some(at)) if start < at => {
            format!("{}{}", &shown[..start + 2], &shown[at + 1..])
        }
        (None, Some(at)) => shown[at + 1..].to_owned(),
        (_, Some(_) | None) => shown.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, url: &str, shown_place: &str) {
        let text = Resolved::plain(text);
        let read = Address::read(&text, &Mask::default()).map(|it| it.url.to_string());
        assert_eq!(read.unwrap_or_else(|failure| failure.clause), url);
        assert_eq!(place(&text), shown_place);
    }

    #[test]
    fn addresses_are_http_and_lose_their_user_info() {
        check("http://prom:9090", "http://prom:9090/", "prom:9090");
        check("https://prom/base/?a=b#c", "https://prom/base/?a=b", "prom:443");
        check("http://u:p%40@prom", "http://prom/", "prom:80");
        check("http://good@evil", "http://evil/", "evil:80");
        check("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "[::ffff:7f00:1]:80");
        // Unusual spellings of an IPv4 address are that address before anything is checked.
        check("http://0177.1/", "http://127.0.0.1/", "127.0.0.1:80");
        check("http://2130706433/", "http://127.0.0.1/", "127.0.0.1:80");
        check("bad://url.com", "unsupported protocol scheme \"bad\"", "url.com");
        check("file:///etc/passwd", "unsupported protocol scheme \"file\"", "the source");
        check("gopher://h:70/x", "unsupported protocol scheme \"gopher\"", "h:70");
        check("http://", "the address `http://` is no URL: empty host", "the source");
        check(
            "//prom",
            "the address `//prom` is no URL: relative URL without a base",
            "the source",
        );
        check(
            "http://u:pass@prom:x/?t=1",
            "the address `http://prom:x/` is no URL: invalid port number",
            "the source",
        );
    }

    #[test]
    fn a_secret_host_is_masked() {
        let address = Resolved::masked("http://AbC.example/", "http://***.example/");
        assert_eq!(place(&address), "***.example:80");
    }

    #[test]
    fn user_info_is_decoded_and_kept_secret() {
        let mask = Mask::default();
        let text = Resolved::plain("http://us%3Aer:p%2B+w@prom/");
        let address = Address::read(&text, &mask).unwrap();
        // base64 of `us:er:p++w`.
        assert_eq!(address.login.unwrap().to_str().unwrap(), "Basic dXM6ZXI6cCsrdw==");
        assert_eq!(mask.scrub("p%2B+w p++w dXM6ZXI6cCsrdw=="), "*** *** ***");
    }
}
