//! Pages as we read them, held against what a real Prometheus ingests from them.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use assay_promql::{Labels, Page, PageFormat, SeriesBuilder};

use crate::programs::{Prometheus, node_page, wait_until};

const TEXT: &str = include_str!("../../../../fixtures/promql/hard.prom");
const OPEN: &str = include_str!("../../../../fixtures/promql/hard.om");

/// A page to be scraped.
struct Served {
    name: &'static str,
    format: PageFormat,
    text: String,
}

/// Serves pages at `/name` for as long as the test program runs.
fn serve(pages: &[Served]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let answers: BTreeMap<String, String> = pages
        .iter()
        .map(|page| {
            let kind = match page.format {
                PageFormat::Text => "text/plain; version=0.0.4",
                PageFormat::OpenMetrics => "application/openmetrics-text; version=1.0.0",
            };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\n");
            let length = format!("Content-Length: {}\r\nConnection: close\r\n", page.text.len());
            (format!("/{}", page.name), format!("{head}{length}\r\n{}", page.text))
        })
        .collect();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..read]);
            let path = request.split(' ').nth(1).unwrap_or("");
            if let Some(answer) = answers.get(path) {
                drop(stream.write_all(answer.as_bytes()));
            }
        }
    });
    address
}

/// The last value of each series, by labels.
type Samples = BTreeMap<Labels, f64>;

/// What we read, with the labels a scrape adds where there are none of the page's own.
fn ours(page: &Served, address: SocketAddr) -> Samples {
    let read = Page::parse(&page.text, page.format).expect("a valid page");
    let mut builder = SeriesBuilder::new();
    read.load(0, &mut builder);
    let set = builder.finish();
    assert_eq!(set.duplicates(), 0, "{}", page.name);
    let instance = address.to_string();
    let added = |labels: &Labels, name: &str, value: &str| {
        if labels.get(name).is_empty() { labels.with(name, value) } else { labels.clone() }
    };
    set.series()
        .iter()
        .map(|series| {
            let labels = added(series.labels(), "job", page.name);
            let labels = added(&labels, "instance", &instance);
            (labels, *series.points().values.last().expect("a value"))
        })
        .collect()
}

/// What Prometheus ingested.
fn theirs(prometheus: &Prometheus, page: &Served) -> Samples {
    let query = format!("{{job=\"{}\"}}[1h]", page.name);
    let data = prometheus.latest(&query).expect("an answer");
    let series = data["result"].as_array().expect("a list");
    let samples = series.iter().map(|series| {
        let metric = series["metric"].as_object().expect("labels");
        let pairs: Vec<(&str, &str)> = metric
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().expect("a value")))
            .collect();
        let last = series["values"].as_array().and_then(|values| values.last()).expect("a point");
        let value = last[1].as_str().expect("a number as a text");
        (Labels::of(&pairs), value.parse().expect("a number"))
    });
    let of_the_scrape = |name: &str| name == "up" || name.starts_with("scrape_");
    samples.filter(|(labels, _)| !of_the_scrape(labels.metric_name())).collect()
}

#[test]
fn a_real_prometheus_ingests_from_pages_what_we_read() {
    let first = Prometheus::start("page", "global: {}\n");
    let pages = [
        Served { name: "text", format: PageFormat::Text, text: TEXT.to_owned() },
        Served { name: "open", format: PageFormat::OpenMetrics, text: OPEN.to_owned() },
        Served { name: "prometheus", format: PageFormat::Text, text: first.own_page() },
        Served { name: "node", format: PageFormat::Text, text: node_page() },
    ];
    let address = serve(&pages);
    let mut settings = "global: {scrape_interval: 300ms, scrape_timeout: 300ms}\n\
                        scrape_configs:\n"
        .to_owned();
    for Served { name, .. } in &pages {
        settings += &format!(
            "  - {{job_name: {name}, metrics_path: /{name}, honor_labels: true, \
             static_configs: [{{targets: ['{address}']}}]}}\n"
        );
    }
    let prometheus = Prometheus::start("pages", &settings);
    for page in &pages {
        let up = format!("up{{job=\"{}\"}} == 1", page.name);
        wait_until(&format!("the page {} was scraped", page.name), || {
            prometheus.latest(&up).is_ok_and(|data| data["result"][0].is_object())
        });
        let (ours, theirs) = (ours(page, address), theirs(&prometheus, page));
        for (labels, value) in &ours {
            let their_value = theirs.get(labels).map(|value| value.to_string());
            assert_eq!(Some(value.to_string()), their_value, "{}: {labels}", page.name);
        }
        let lost: Vec<&Labels> =
            theirs.keys().filter(|labels| !ours.contains_key(labels)).collect();
        assert!(lost.is_empty(), "{}: {lost:?}", page.name);
        let _ = writeln!(
            std::io::stderr(),
            "page {}: {} samples, none lost or changed",
            page.name,
            ours.len()
        );
    }
}
