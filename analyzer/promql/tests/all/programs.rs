//! A real Prometheus and a real node exporter, from Debian's packages.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

use assay_promql::SeriesSet;
use serde_json::Value as Json;

/// How long a Prometheus may take to do what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Prometheus with a folder of its own, ended when dropped.
pub(crate) struct Prometheus {
    address: SocketAddr,
    folder: PathBuf,
    process: Child,
}

impl Prometheus {
    /// Starts one with these settings and waits until it answers.
    pub(crate) fn start(name: &str, settings: &str) -> Self {
        install();
        let folder = std::env::temp_dir().join(format!("assay-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        std::fs::write(folder.join("prometheus.yml"), settings).expect("its settings");
        let address = free_address();
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg("--storage.tsdb.retention.time=100y")
            .arg("--web.enable-remote-write-receiver")
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus starts");
        let prometheus = Self { address, folder, process };
        wait_until("prometheus is ready", || {
            let answer = prometheus.exchange("GET", "/-/ready", "", &[]);
            answer.is_some_and(|(status, _)| status == 200)
        });
        prometheus
    }

    /// Writes all samples of `set`, staleness markers among them, in the order of their times.
    pub(crate) fn write(&self, set: &SeriesSet) {
        let mut samples: Vec<(i64, usize, f64)> = Vec::new();
        for (index, series) in set.series().iter().enumerate() {
            samples.extend(series.points().iter().map(|(time_ms, value)| (time_ms, index, value)));
        }
        samples.sort_by_key(|&(time_ms, index, _)| (time_ms, index));
        for batch in samples.chunks(5000) {
            let mut request = Vec::new();
            for &(time_ms, index, value) in batch {
                let mut one = Vec::new();
                for label in set.series()[index].labels() {
                    let mut pair = Vec::new();
                    message(&mut pair, 1, label.name.as_bytes());
                    message(&mut pair, 2, label.value.as_bytes());
                    message(&mut one, 1, &pair);
                }
                let mut sample = vec![0x09];
                sample.extend_from_slice(&value.to_bits().to_le_bytes());
                sample.push(0x10);
                varint(&mut sample, u64::from_le_bytes(time_ms.to_le_bytes()));
                message(&mut one, 2, &sample);
                message(&mut request, 1, &one);
            }
            let headers = "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n\
                           X-Prometheus-Remote-Write-Version: 0.1.0\r\n";
            let answer = self.exchange("POST", "/api/v1/write", headers, &snappy(&request));
            let (status, body) = answer.expect("an answer to a write");
            assert!((200..300).contains(&status), "{status}: {body}");
        }
    }

    /// Evaluates at one time; the error is the message of Prometheus.
    pub(crate) fn instant(&self, query: &str, at_ms: i64) -> Result<Json, String> {
        self.query("/api/v1/query", &format!("query={}&time={}", escaped(query), time(at_ms)))
    }

    /// Evaluates now.
    pub(crate) fn latest(&self, query: &str) -> Result<Json, String> {
        self.query("/api/v1/query", &format!("query={}", escaped(query)))
    }

    /// Evaluates at several times.
    pub(crate) fn range(
        &self,
        query: &str,
        (start_ms, end_ms): (i64, i64),
        step_ms: i64,
    ) -> Result<Json, String> {
        let (start, end, step) = (time(start_ms), time(end_ms), time(step_ms));
        let form = format!("query={}&start={start}&end={end}&step={step}", escaped(query));
        self.query("/api/v1/query_range", &form)
    }

    fn query(&self, path: &str, form: &str) -> Result<Json, String> {
        let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
        let answer = self.exchange("POST", path, headers, form.as_bytes());
        let (_, body) = answer.expect("an answer to a query");
        let mut json: Json = serde_json::from_str(&body).expect("JSON");
        if json["status"] == "success" {
            Ok(json["data"].take())
        } else {
            Err(json["error"].as_str().unwrap_or("no message").to_owned())
        }
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Option<(u16, String)> {
        exchange(self.address, method, path, headers, body)
    }

    /// The page it serves its own metrics on.
    pub(crate) fn own_page(&self) -> String {
        self.exchange("GET", "/metrics", "", &[]).expect("a page").1
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The page of a node exporter, which is started for it and ended again.
pub(crate) fn node_page() -> String {
    install();
    let address = free_address();
    let mut process = Command::new("prometheus-node-exporter")
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the node exporter starts");
    let mut page = None;
    wait_until("the node exporter serves its page", || {
        page = exchange(address, "GET", "/metrics", "", &[]);
        page.is_some()
    });
    drop(process.kill());
    drop(process.wait());
    page.expect("a page").1
}

/// Waits until `done`, looking again and again.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    #[expect(clippy::disallowed_methods, reason = "waits for a process outside")]
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}

/// Sends a request; the status and the body of the answer, if there is one.
fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Installs Debian's packages where that can be done without asking, or says what to do.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let there = |program: &str| {
            let version = Command::new(program).arg("--version").output();
            version.is_ok_and(|output| output.status.success())
        };
        let all = || there("prometheus") && there("prometheus-node-exporter");
        if all() {
            return;
        }
        let packages = "prometheus prometheus-node-exporter";
        let script = format!(
            "[ \"$(id -u)\" -eq 0 ] && apt-get update -qq && \
             apt-get install -y -qq --no-install-recommends {packages}"
        );
        let mut shell = Command::new("sh");
        drop(shell.args(["-c", &script]).env("DEBIAN_FRONTEND", "noninteractive").output());
        assert!(
            all(),
            "these tests need Prometheus: sudo apt-get install --no-install-recommends {packages}"
        );
    });
}

fn time(milliseconds: i64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A field of a protocol buffer with bytes in it.
fn message(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push(field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while 0x80 <= number {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Snappy's block format without compression: the length, then literals.
fn snappy(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, bytes.len() as u64);
    for chunk in bytes.chunks(0x1_0000) {
        let length = u16::try_from(chunk.len() - 1).expect("chunks fit 16 bits");
        out.push(61 << 2);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(chunk);
    }
    out
}
