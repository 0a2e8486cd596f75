//! Which addresses may be connected to, asked at the moment of connecting.
//!
//! Every name is resolved here and nowhere else, and every address, resolved or written out in
//! the URL, passes [`Reach::permits`] before a connection is made to that very address. A name
//! whose answer changes between check and connect therefore gains nothing.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::http::failure::Failure;

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All of them: the template comes from the person who runs the program.
    Anywhere,
}

impl Reach {
    fn permits(self, _address: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
        }
    }

    /// Checks an address that is written out in the URL, which no resolver ever sees.
    pub(crate) fn check_literal(self, url: &Url) -> Result<(), Failure> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.permits(address) {
            return Ok(());
        }
        Err(Failure::misconfigured(format!("connections to {address} are not allowed")))
    }
}

/// The system's resolver behind the check.
pub(crate) struct Resolver {
    pub(crate) reach: Reach,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            // The port is set by the connector afterwards.
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|_| NameFault::NotFound)?
                .collect::<Vec<SocketAddr>>();
            if found.is_empty() {
                return Err(NameFault::NotFound.into());
            }
            if !found.iter().all(|address| reach.permits(address.ip())) {
                return Err(NameFault::Forbidden.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
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
    /// The fault as a clause about the source.
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
