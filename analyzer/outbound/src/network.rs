//! What kind of address an address is, whatever way it is written.
//!
//! An IPv6 address can stand for an IPv4 one in several ways; each is looked through or refused, so
//! that no spelling of a private address passes for a public one.
//!
//! # Source
//!
//! The special-purpose address registries of IANA (RFC 6890) for both families, and the documentation
//! of the clouds for their metadata addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The internet.
    Public,
    /// A network of one's own: private use, unique local, shared by a carrier.
    Private,
    /// This machine.
    Loopback,
    /// What a cloud tells its machines, credentials among it.
    Metadata,
    /// Neighbours on the link, groups, nothing at all, documentation, benchmarks, and what is reserved
    /// or translated by somebody unknown.
    Special,
}

/// Where clouds answer their machines, beside the link-local addresses, all of which count.
const METADATA: [&str; 5] = [
    "168.63.129.16/32",   // Azure's wire server, a public address
    "100.100.100.200/32", // Alibaba
    "192.0.0.192/32",     // Oracle
    "fd00:ec2::/32",      // AWS
    "fd20:ce::254/128",   // Google
];

/// Nets with their kinds; the first that has the address counts.
const V4: [(&str, Kind); 15] = [
    ("0.0.0.0/8", Kind::Special),
    ("10.0.0.0/8", Kind::Private),
    ("100.64.0.0/10", Kind::Private),
    ("127.0.0.0/8", Kind::Loopback),
    ("169.254.0.0/16", Kind::Metadata),
    ("172.16.0.0/12", Kind::Private),
    ("192.0.0.0/24", Kind::Special),
    ("192.0.2.0/24", Kind::Special),
    ("192.88.99.0/24", Kind::Special),
    ("192.168.0.0/16", Kind::Private),
    ("198.18.0.0/15", Kind::Special),
    ("198.51.100.0/24", Kind::Special),
    ("203.0.113.0/24", Kind::Special),
    ("224.0.0.0/4", Kind::Special),
    ("240.0.0.0/4", Kind::Special),
];

const V6: [(&str, Kind); 7] = [
    ("::1/128", Kind::Loopback),
    ("fc00::/7", Kind::Private),
    // Protocol assignments, Teredo among them, which carries an IPv4 address.
    ("2001::/23", Kind::Special),
    ("2001:db8::/32", Kind::Special),
    // 6to4, which carries an IPv4 address; nobody uses it any more.
    ("2002::/16", Kind::Special),
    ("3fff::/20", Kind::Special),
    ("2000::/3", Kind::Public),
];

/// NAT64 for everybody: the last four bytes are the IPv4 address that is reached.
const NAT64: &str = "64:ff9b::/96";

/// An address as it is connected to: an IPv4 address written as an IPv6 one is the former.
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// What `address` leads to.
pub fn kind(address: IpAddr) -> Kind {
    let address = canonical(address);
    if METADATA.iter().any(|net| is_in(net, address)) {
        return Kind::Metadata;
    }
    match address {
        IpAddr::V4(_) => found(&V4, address).unwrap_or(Kind::Public),
        IpAddr::V6(v6) => match embedded(v6) {
            // A translator that leads to anything but the internet is a way round the check.
            Some(v4) if kind(IpAddr::V4(v4)) != Kind::Public => Kind::Special,
            Some(_) if is_in(NAT64, address) => Kind::Public,
            // Only one eighth of all IPv6 addresses has been given out.
            Some(_) | None => found(&V6, address).unwrap_or(Kind::Special),
        },
    }
}

/// The IPv4 address that a translator (NAT64) or a tunnel (ISATAP) would go to.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., scope, mark, high, low] = address.segments();
    let is_isatap = (scope & !0x0200) == 0 && mark == 0x5efe;
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    (is_in(NAT64, IpAddr::V6(address)) || is_isatap).then(|| Ipv4Addr::new(a, b, c, d))
}

fn found(nets: &[(&str, Kind)], address: IpAddr) -> Option<Kind> {
    nets.iter().find(|(net, _)| is_in(net, address)).map(|(_, kind)| *kind)
}

fn is_in(net: &str, address: IpAddr) -> bool {
    net.parse::<Net>().is_ok_and(|net| net.contains(address))
}

/// Addresses with the same first bits: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    base: IpAddr,
    bits: u8,
}

/// A text is no net.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a net such as `10.0.0.0/8`")]
pub struct InvalidNet(String);

impl Net {
    /// Whether `address` is one of them. The two families are never mixed, but an IPv4 address that
    /// is written as an IPv6 one counts as the former.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, canonical(address)) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differ = u32::from(base) ^ u32::from(address);
                differ.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let differ = u128::from(base) ^ u128::from(address);
                differ.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Net {
    type Err = InvalidNet;

    fn from_str(text: &str) -> Result<Self, InvalidNet> {
        let invalid = || InvalidNet(text.to_owned());
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits.parse::<u8>().map_err(|_| invalid())?)),
            None => (text, None),
        };
        let base = base.parse::<IpAddr>().map_err(|_| invalid())?;
        let bits_max = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(bits_max);
        if bits <= bits_max { Ok(Self { base, bits }) } else { Err(invalid()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: Kind) {
        assert_eq!(kind(address.parse().unwrap()), expected, "{address}");
    }

    #[test]
    fn every_net_of_the_tables_can_be_read() {
        let nets = V4.iter().chain(&V6).map(|(net, _)| *net).chain(METADATA).chain([NAT64]);
        for net in nets {
            assert!(net.parse::<Net>().is_ok(), "{net}");
        }
    }

    #[test]
    fn addresses_have_kinds() {
        for public in ["1.1.1.1", "9.255.255.255", "172.32.0.1", "192.167.0.1", "2a00:1450::1"] {
            check(public, Kind::Public);
        }
        check("::ffff:8.8.8.8", Kind::Public);
        check("64:ff9b::8.8.8.8", Kind::Public);
        check("64:ff9b::10.0.0.1", Kind::Special);
        check("64:ff9b:1::8.8.8.8", Kind::Special);
        check("::ffff:10.0.0.1", Kind::Private);
        check("::ffff:127.0.0.1", Kind::Loopback);
        check("::127.0.0.1", Kind::Special);
        check("2002:7f00:1::", Kind::Special);
        check("2a00:1450::5efe:10.0.0.1", Kind::Special);
        check("2a00:1450::200:5efe:127.0.0.1", Kind::Special);
        check("169.254.169.254", Kind::Metadata);
        check("168.63.129.16", Kind::Metadata);
        check("fd00:ec2::254", Kind::Metadata);
        check("fd12::1", Kind::Private);
        check("fe80::1", Kind::Special);
        check("::", Kind::Special);
        check("0.0.0.0", Kind::Special);
        check("255.255.255.255", Kind::Special);
        check("ff02::1", Kind::Special);
    }

    #[test]
    fn nets_contain_what_shares_their_bits() {
        let net = |text: &str| text.parse::<Net>().unwrap();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(net("10.0.0.0/8").contains(address("10.255.0.1")));
        assert!(net("10.0.0.0/8").contains(address("::ffff:10.255.0.1")));
        assert!(!net("10.0.0.0/8").contains(address("11.0.0.0")));
        assert!(net("0.0.0.0/0").contains(address("203.0.113.1")));
        assert!(!net("0.0.0.0/0").contains(address("::1")));
        assert!(net("::/0").contains(address("fe80::1")));
        assert!(net("10.1.2.3").contains(address("10.1.2.3")));
        assert!(!net("10.1.2.3").contains(address("10.1.2.4")));
        for text in ["10.0.0.0/33", "10.0.0/8", "::/129", "x", "", "10.0.0.0/-1", "fe80::1%eth0"] {
            assert!(text.parse::<Net>().is_err(), "{text}");
        }
    }
}
