//! A real exporter of the metrics of this machine, from Debian's package.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::{free_address, get};
use crate::package;

/// How long it may take to answer first.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node exporter, until dropped.
pub struct NodeExporter {
    address: SocketAddr,
    process: Child,
}

impl NodeExporter {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        package::need("prometheus-node-exporter");
        let address = free_address();
        let process = Command::new("prometheus-node-exporter")
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus-node-exporter starts");
        let exporter = Self { address, process };
        #[expect(clippy::disallowed_methods, reason = "waits for a process outside")]
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if get(address, "/metrics").is_some_and(|(status, _)| status == 200) {
                return exporter;
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        panic!("prometheus-node-exporter has no answer after {PATIENCE:?}");
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for NodeExporter {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
