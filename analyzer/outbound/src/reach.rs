//! Which addresses may be connected to, asked at the moment of connecting.
//!
//! Every name is resolved here and nowhere else, and every address, resolved or written out in
//! the URL, passes [`Reach`] before a connection is made to that very address. A name whose answer
//! changes between check and connect therefore gains nothing.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::failure::Failure;
use crate::network::{Kind, Net, kind};

/// Which addresses may be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of them: the address comes from the person who runs the program.
    Anywhere,
    /// The public ones, and what is listed. With an empty list, this is the right one for a service.
    Public {
        /// What may be reached besides.
        besides: Vec<HostOrNet>,
    },
    /// What is listed, and nothing else.
    Only {
        /// What may be reached.
        allowed: Vec<HostOrNet>,
    },
}

impl Default for Reach {
    /// Public addresses only.
    fn default() -> Self {
        Self::Public { besides: Vec::new() }
    }
}

/// One line of a list of what may be reached.
///
/// A host, `prometheus.monitoring.svc` or `*.example.com`, stands for its public, private and loopback
/// addresses: whoever lists it trusts whoever answers for the name, but not with the metadata of the
/// cloud. Those addresses, like all others, are allowed by a net that has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostOrNet {
    /// A host name in lower case, or a suffix after `*.`.
    Host(String),
    /// Addresses.
    Net(Net),
}

/// A text names neither a host nor a net.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a host name, such as `*.example.com`, nor a net, such as `10.0.0.0/8`")]
pub struct InvalidHostOrNet(String);

/// Ports whose services take what they are sent for commands, so that a request could be one.
const PORTS_REFUSED: [u16; 14] =
    [0, 21, 22, 23, 25, 110, 143, 389, 465, 587, 993, 995, 6379, 11211];

impl Reach {
    /// Checks a URL as far as that goes before its name is resolved: an address that is written out,
    /// which no resolver ever sees, a name that is not listed, and the port.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of kind `Misconfigured` that names what is not allowed.
    pub fn check(&self, url: &Url) -> Result<(), Failure> {
        if let Self::Anywhere = self {
            return Ok(());
        }
        let refuse = |what: &dyn fmt::Display| {
            Err(Failure::misconfigured(format!("connections to {what} are not allowed")))
        };
        match url.host() {
            Some(Host::Ipv4(address)) if !self.permits(None, IpAddr::V4(address)) => {
                return refuse(&address);
            }
            Some(Host::Ipv6(address)) if !self.permits(None, IpAddr::V6(address)) => {
                return refuse(&address);
            }
            // Its addresses are checked when they are known.
            Some(Host::Ipv4(_) | Host::Ipv6(_) | Host::Domain(_)) | None => {}
        }
        match url.port_or_known_default() {
            Some(port) if PORTS_REFUSED.contains(&port) => refuse(&format_args!("port {port}")),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether `address` may be connected to, when it was found by the name `host`, if by any.
    pub fn permits(&self, host: Option<&str>, address: IpAddr) -> bool {
        let listed = |list: &[HostOrNet]| list.iter().any(|line| line.covers(host, address));
        match self {
            Self::Anywhere => true,
            Self::Public { besides } => kind(address) == Kind::Public || listed(besides),
            Self::Only { allowed } => listed(allowed),
        }
    }
}

impl HostOrNet {
    fn covers(&self, host: Option<&str>, address: IpAddr) -> bool {
        match self {
            Self::Net(net) => net.contains(address),
            Self::Host(pattern) => {
                let ordinary = match kind(address) {
                    Kind::Public | Kind::Private | Kind::Loopback => true,
                    Kind::Metadata | Kind::Special => false,
                };
                ordinary && host.is_some_and(|host| fits(pattern, host))
            }
        }
    }
}

/// Whether a host name fits a pattern of a list; the dot at the end of a full name says nothing.
fn fits(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match pattern.strip_prefix('*') {
        // What is left of the pattern begins with a dot.
        Some(suffix) => host.strip_suffix(suffix).is_some_and(|first| !first.is_empty()),
        None => host == pattern,
    }
}

impl FromStr for HostOrNet {
    type Err = InvalidHostOrNet;

    fn from_str(text: &str) -> Result<Self, InvalidHostOrNet> {
        if let Ok(net) = text.parse() {
            return Ok(Self::Net(net));
        }
        let name = text.strip_prefix("*.").unwrap_or(text);
        // Read as in a URL, so that both spell it the same way: lower case, punycode.
        let Ok(Host::Domain(host)) = Host::parse(name.trim_end_matches('.')) else {
            return Err(InvalidHostOrNet(text.to_owned()));
        };
        if host.contains('*') {
            return Err(InvalidHostOrNet(text.to_owned()));
        }
        let star = if text.starts_with("*.") { "*." } else { "" };
        Ok(Self::Host(format!("{star}{host}")))
    }
}

/// The addresses of a name, on their way.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows the addresses of names.
pub trait Names: Send + Sync {
    /// The addresses of `name`.
    fn look_up(&self, name: &str) -> Found;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn look_up(&self, name: &str) -> Found {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A resolver behind the check.
pub(crate) struct Resolver {
    pub(crate) reach: Arc<Reach>,
    pub(crate) names: Arc<dyn Names>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, names) = (Arc::clone(&self.reach), Arc::clone(&self.names));
        Box::pin(async move {
            let name = name.as_str();
            let found = names.look_up(name).await.map_err(|_| NameFault::NotFound)?;
            if found.is_empty() {
                return Err(NameFault::NotFound.into());
            }
            if !found.iter().all(|address| reach.permits(Some(name), *address)) {
                return Err(NameFault::Forbidden.into());
            }
            // The port is set by the connector afterwards.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            let addresses: Addrs = Box::new(found);
            Ok(addresses)
        })
    }
}

/// Why a name gave no address to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameFault {
    /// Nobody knows the name, or nobody could be asked.
    NotFound,
    /// One of its addresses is not allowed.
    Forbidden,
}

impl NameFault {
    /// The fault as a clause about the other side.
    pub(crate) fn clause(self) -> &'static str {
        match self {
            Self::NotFound => "could not be found: its host name has no address",
            Self::Forbidden => "has an address that is not allowed",
        }
    }
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.clause())
    }
}

impl std::error::Error for NameFault {}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(lines: &[&str]) -> Vec<HostOrNet> {
        lines.iter().map(|line| line.parse().unwrap()).collect()
    }

    fn check(reach: &Reach, host: Option<&str>, address: &str, expected: bool) {
        let permitted = reach.permits(host, address.parse().unwrap());
        assert_eq!(permitted, expected, "{host:?} {address}");
    }

    #[test]
    fn a_list_names_hosts_and_nets() {
        let only = Reach::Only { allowed: list(&["Prom.svc.", "*.example.com", "10.1.0.0/16"]) };
        check(&only, Some("prom.svc"), "10.9.0.1", true);
        check(&only, Some("PROM.svc."), "127.0.0.1", true);
        check(&only, Some("prom.svc"), "169.254.169.254", false); // nobody means that by a name
        check(&only, Some("prom.svc"), "fe80::1", false);
        check(&only, Some("a.prom.svc"), "10.9.0.1", false);
        check(&only, Some("a.b.example.com"), "1.1.1.1", true);
        check(&only, Some("example.com"), "1.1.1.1", false);
        check(&only, Some("evilexample.com"), "1.1.1.1", false);
        check(&only, None, "10.1.2.3", true);
        check(&only, None, "::ffff:10.1.2.3", true);
        check(&only, Some("other"), "10.1.2.3", true);
        check(&only, None, "10.2.2.3", false);
        check(&only, None, "1.1.1.1", false);
        let public = Reach::Public { besides: list(&["169.254.169.254"]) };
        check(&public, None, "1.1.1.1", true);
        check(&public, None, "169.254.169.254", true);
        check(&public, None, "169.254.169.253", false);
        check(&Reach::default(), Some("prom.svc"), "10.1.2.3", false);
        check(&Reach::Anywhere, None, "127.0.0.1", true);
    }

    #[test]
    fn lists_are_read() {
        let host = |text: &str| HostOrNet::Host(text.to_owned());
        assert_eq!("*.Example.COM".parse(), Ok(host("*.example.com")));
        assert_eq!("bücher.example".parse(), Ok(host("xn--bcher-kva.example")));
        for text in ["", "*", "*.*.com", "a b", "10.0.0.0/33", "0177.1", "http://x", "a/b"] {
            assert!(text.parse::<HostOrNet>().is_err(), "{text}");
        }
    }

    #[test]
    fn ports_of_other_services_are_refused() {
        let check = |url: &str, expected: &str| {
            let checked = Reach::default().check(&url.parse().unwrap());
            assert_eq!(checked.map_or_else(|failure| failure.clause, |()| String::new()), expected);
        };
        check("http://h:25/", "connections to port 25 are not allowed");
        check("http://h:22/", "connections to port 22 are not allowed");
        check("http://h:0/", "connections to port 0 are not allowed");
        check("http://10.0.0.1/", "connections to 10.0.0.1 are not allowed");
        check("https://h/", "");
    }
}
