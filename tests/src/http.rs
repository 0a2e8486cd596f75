//! Small real HTTP servers, and the load on them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// One request as it came.
pub struct Request {
    /// Path and query.
    pub path: String,
    /// Everything that was sent: head and body.
    pub text: String,
}

/// What a server answers to a request.
pub type Answer = dyn Fn(&Request) -> (u16, String) + Send + Sync;

/// A server on a free port of the loopback interface, until dropped.
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers a path with `answer`.
    pub fn start(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::answering(move |request| answer(&request.path))
    }

    /// Starts a server that answers with all it was sent; with status 500 below `/fail`.
    pub fn echoing() -> Self {
        Self::answering(|request| {
            let status = if request.path.starts_with("/fail") { 500 } else { 200 };
            (status, request.text.clone())
        })
    }

    fn answering(answer: impl Fn(&Request) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let answer: Arc<Answer> = Arc::new(answer);
        let accepting = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let answer = Arc::clone(&answer);
                if let Ok(connection) = connection {
                    std::thread::spawn(move || serve(connection, &*answer));
                }
            }
        });
        Self { address, stop, accepting: Some(accepting) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the accepting thread so that it sees the flag.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

fn serve(connection: TcpStream, answer: &Answer) {
    drop(connection.set_read_timeout(Some(Duration::from_secs(10))));
    let Ok(reading) = connection.try_clone() else { return };
    let mut reader = BufReader::new(reading);
    let mut first = String::new();
    if reader.read_line(&mut first).is_err() {
        return;
    }
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut text = first;
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| 2 < read) {
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        text.push_str(&line);
        line.clear();
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    text.push_str(&String::from_utf8_lossy(&body));
    let (status, text) = answer(&Request { path, text });
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let mut connection = connection;
    drop(
        connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(text.as_bytes())),
    );
}

/// A service that counts its requests by status code on `/metrics`, as a real one does.
///
/// It is good until told otherwise; from then on every second request is answered with 500.
pub struct Service {
    server: Server,
    bad: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    loading: Option<JoinHandle<()>>,
}

impl Service {
    /// Starts the service, and somebody who asks it about a hundred times a second.
    pub fn start() -> Self {
        let bad = Arc::new(AtomicBool::new(false));
        let turned_bad = Arc::clone(&bad);
        let (asked, failed) = (AtomicU64::new(0), AtomicU64::new(0));
        let server = Server::start(move |path| {
            if path == "/metrics" {
                let failed = failed.load(Ordering::SeqCst);
                return (200, exposition(asked.load(Ordering::SeqCst) - failed, failed));
            }
            let number = asked.fetch_add(1, Ordering::SeqCst);
            if turned_bad.load(Ordering::SeqCst) && number % 2 == 0 {
                failed.fetch_add(1, Ordering::SeqCst);
                return (500, String::from("oops"));
            }
            (200, String::from("hello"))
        });
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let address = server.address();
        let loading = std::thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                drop(get(address, "/"));
                std::thread::park_timeout(Duration::from_millis(10));
            }
        });
        Self { server, bad, stop, loading: Some(loading) }
    }

    /// From now on every second request fails.
    pub fn turn_bad(&self) {
        self.bad.store(true, Ordering::SeqCst);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(loading) = self.loading.take() {
            loading.thread().unpark();
            drop(loading.join());
        }
    }
}

fn exposition(ok: u64, bad: u64) -> String {
    format!(
        "# HELP http_requests_total Requests by status code.\n# TYPE http_requests_total counter\n\
         http_requests_total{{code=\"200\"}} {ok}\nhttp_requests_total{{code=\"500\"}} {bad}\n"
    )
}

/// `text` with everything but unreserved characters percent-encoded (RFC 3986).
pub fn percent_encoded(text: &str) -> String {
    let encoded = |byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

/// The status and body of a GET request, if an answer came.
pub fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut connection = TcpStream::connect(address).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    connection.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// A connection over which one request after the other is sent.
pub struct Client {
    address: SocketAddr,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Connects, if somebody listens.
    pub fn open(address: SocketAddr) -> Option<Self> {
        let connection = TcpStream::connect(address).ok()?;
        connection.set_nodelay(true).ok()?;
        connection.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        Some(Self { address, reader: BufReader::new(connection) })
    }

    /// The status and body of a GET request, if an answer of a known length came.
    pub fn get(&mut self, path: &str) -> Option<(u16, String)> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.address);
        self.reader.get_mut().write_all(request.as_bytes()).ok()?;
        let mut first = String::new();
        self.reader.read_line(&mut first).ok()?;
        let status = first.split(' ').nth(1)?.parse().ok()?;
        let mut length = None;
        let mut line = String::new();
        while self.reader.read_line(&mut line).is_ok_and(|read| 2 < read) {
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok();
            }
            line.clear();
        }
        let mut body = vec![0; length?];
        self.reader.read_exact(&mut body).ok()?;
        Some((status, String::from_utf8(body).ok()?))
    }
}

/// An address that nobody listens on.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}
