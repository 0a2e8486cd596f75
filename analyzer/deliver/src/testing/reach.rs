//! Forbidden addresses are never connected to: what counts is a listener, not the opinion of a filter.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use assay_outbound::reach::{Found, Names, Reach};

use super::server::{Server, answer};
use super::{attempt, settings};
use crate::deliverer::{Deliverer, DelivererSettings};
use crate::target::Target;

/// Addresses that are not of the internet, as a resolver may give them.
const FORBIDDEN: &str = include_str!("forbidden.txt");

/// Spellings of them in a URL.
const SPELLINGS: &str = include_str!("spellings.txt");

/// Hosts whose addresses the test says.
#[derive(Default)]
struct Fake {
    names: BTreeMap<String, Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names for Fake {
    /// The first answer first, the last one for ever.
    fn look_up(&self, name: &str) -> Found {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let answers = self.names.get(name);
        let found = answers.map(|answers| answers[number.min(answers.len() - 1)].clone());
        Box::pin(async move { Ok(found.unwrap_or_default()) })
    }
}

fn deliverer(reach: Reach, names: Fake) -> Deliverer {
    let settings = DelivererSettings { reach, ..DelivererSettings::default() };
    Deliverer::with_names(settings, Arc::new(names))
}

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Hosts that lead to this machine if nobody minds.
const CONTROLS: [&str; 7] =
    ["here.test", "127.0.0.1", "127.1.2.3", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"];

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A server that every address of this machine leads to, in both families.
async fn everywhere() -> Server {
    let server = Server::start_at("[::]:0", vec![answer("200 OK", "", "")], None).await;
    // It does hear what is sent here, by way of an address, of unusual ones, and of a name.
    let port = server.address().port();
    for host in CONTROLS {
        let names = BTreeMap::from([(String::from("here.test"), vec![vec![LOCAL]])]);
        let anywhere = deliverer(Reach::Anywhere, Fake { names, ..Fake::default() });
        let told = attempt(&anywhere, &settings(&format!("http://{host}:{port}/"))).await;
        assert_eq!(told.to_string(), "answered 200", "{host}");
    }
    assert_eq!(server.connections(), CONTROLS.len());
    server
}

#[tokio::test]
async fn no_name_leads_to_a_forbidden_address() {
    let server = everywhere().await;
    let port = server.address().port();
    let mut count = 0;
    for address in lines(FORBIDDEN) {
        let address = address.parse::<IpAddr>().unwrap();
        let names = BTreeMap::from([(String::from("rebound.test"), vec![vec![address]])]);
        let deliverer = deliverer(Reach::default(), Fake { names, ..Fake::default() });
        let url = format!("http://rebound.test:{port}/");
        let report = attempt(&deliverer, &settings(&url)).await;
        assert_eq!(report.to_string(), "has an address that is not allowed", "{address}");
        count += 1;
    }
    assert!(200 <= count, "{count} addresses");
    assert_eq!(server.connections(), CONTROLS.len());
}

#[tokio::test]
async fn no_spelling_leads_to_a_forbidden_address() {
    let server = everywhere().await;
    let port = server.address().port().to_string();
    let written_out = lines(FORBIDDEN).map(|address| {
        let host = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        format!("http://{host}:PORT/")
    });
    let mut count = 0;
    for url in written_out.chain(lines(SPELLINGS).map(str::to_owned)) {
        let url = url.replace("PORT", &port);
        let settings = settings(&url);
        count += 1;
        // What is no URL is refused before anything is sent.
        let Ok(_) = Target::new(&settings) else { continue };
        let deliverer = deliverer(
            Reach::default(),
            Fake {
                names: BTreeMap::from([
                    (String::from("localhost"), vec![vec!["127.0.0.1".parse().unwrap()]]),
                    (String::from("localhost."), vec![vec!["::1".parse().unwrap()]]),
                ]),
                ..Fake::default()
            },
        );
        let told = attempt(&deliverer, &settings).await.to_string();
        let refused = told.contains("not allowed") || told.contains("host name has no address");
        assert!(refused, "{url}: {told}");
    }
    assert!(200 <= count, "{count} URLs");
    assert_eq!(server.connections(), CONTROLS.len());
}

#[tokio::test]
async fn a_name_that_changes_its_address_gains_nothing() {
    let server = everywhere().await;
    let url = format!("http://rebound.test:{}/", server.address().port());
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    let check = async |answers: Vec<Vec<IpAddr>>, expected: &str| {
        let names = BTreeMap::from([(String::from("rebound.test"), answers)]);
        let listed = Reach::Public { besides: vec!["127.0.0.1".parse().unwrap()] };
        let deliverer = deliverer(listed, Fake { names, ..Fake::default() });
        assert_eq!(attempt(&deliverer, &settings(&url)).await.to_string(), expected);
        attempt(&deliverer, &settings(&url)).await.to_string()
    };
    let forbidden = "has an address that is not allowed";
    // One bad address among good ones refuses the name, in whatever order.
    let (good, bad) = (address("127.0.0.1"), address("::1"));
    check(vec![vec![good, bad]], forbidden).await;
    check(vec![vec![bad, good]], forbidden).await;
    assert_eq!(server.connections(), CONTROLS.len());
    // The address that was checked is the one that is connected to: nobody asks twice.
    check(vec![vec![good], vec![bad]], "answered 200").await;
    assert_eq!(server.connections(), CONTROLS.len() + 1);
}

#[tokio::test]
async fn what_is_listed_can_be_reached() {
    let server = everywhere().await;
    let port = server.address().port();
    let address = vec![vec!["127.0.0.1".parse().unwrap()]];
    let check = async |line: &str, url: &str, expected: &str| {
        let names = BTreeMap::from([(String::from("hooks.test"), address.clone())]);
        let reach = Reach::Only { allowed: vec![line.parse().unwrap()] };
        let deliverer = deliverer(reach, Fake { names, ..Fake::default() });
        let told = attempt(&deliverer, &settings(&url.replace("PORT", &port.to_string()))).await;
        assert_eq!(told.to_string(), expected, "{line} {url}");
    };
    let forbidden = "has an address that is not allowed";
    check("hooks.test", "http://hooks.test:PORT/", "answered 200").await;
    check("*.test", "http://hooks.test:PORT/", "answered 200").await;
    check("127.0.0.0/8", "http://hooks.test:PORT/", "answered 200").await;
    check("127.0.0.0/8", "http://0x7f.1:PORT/", "answered 200").await;
    check("::1", "http://[::1]:PORT/", "answered 200").await;
    check("other.test", "http://hooks.test:PORT/", forbidden).await;
    check("10.0.0.0/8", "http://hooks.test:PORT/", forbidden).await;
    let literal = "connections to 127.0.0.1 are not allowed";
    check("hooks.test", "http://127.0.0.1:PORT/", literal).await;
    check("127.0.0.1", "http://127.0.0.1:25/", "connections to port 25 are not allowed").await;
}
