//! A real Prometheus, from Debian's package.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::http::{free_address, get, percent_encoded};
use crate::package;

/// How long a Prometheus may take to do what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Prometheus, until killed or dropped.
pub struct Prometheus {
    address: SocketAddr,
    folder: PathBuf,
    process: Child,
}

impl Prometheus {
    /// Starts a Prometheus that scrapes `target` five times a second and waits until it has seen it
    /// twice.
    pub fn scraping(target: SocketAddr) -> Self {
        let settings = format!(
            "global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\nscrape_configs:\n  \
             - job_name: shop\n    static_configs: [{{targets: ['{target}']}}]\n"
        );
        let prometheus = Self::start(folder(), &settings);
        prometheus.wait_for("count_over_time(http_requests_total[1m]) > 2");
        prometheus
    }

    /// Starts a Prometheus with the samples of an OpenMetrics page with times, made into blocks by
    /// `promtool`, and waits until it is ready.
    pub fn with_samples(page: &Path) -> Self {
        package::need("prometheus");
        let folder = folder();
        let blocks = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics"])
            .args([page, &folder.join("data")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(blocks.is_ok_and(|status| status.success()), "promtool makes blocks of {page:?}");
        let prometheus = Self::start(folder, "global: {}\n");
        prometheus.wait_until("is ready", || {
            get(prometheus.address, "/-/ready").is_some_and(|(status, _)| status == 200)
        });
        prometheus
    }

    fn start(folder: PathBuf, settings: &str) -> Self {
        package::need("prometheus");
        std::fs::write(folder.join("prometheus.yml"), settings).expect("its settings");
        let address = free_address();
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg("--storage.tsdb.retention.time=100y")
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus starts");
        Self { address, folder, process }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }

    /// Waits until `query` has a result.
    pub fn wait_for(&self, query: &str) {
        let path = format!("/api/v1/query?query={}", percent_encoded(query));
        self.wait_until(&format!("has an answer to {query}"), || {
            get(self.address, &path).is_some_and(|(_, body)| body.contains("\"value\""))
        });
    }

    fn wait_until(&self, what: &str, done: impl Fn() -> bool) {
        #[expect(clippy::disallowed_methods, reason = "waits for a process outside")]
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < PATIENCE, "waited in vain until prometheus {what}");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

/// A folder for one of them.
fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    let name = format!("assay-prometheus-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.kill();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
