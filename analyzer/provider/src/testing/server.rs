//! A server over HTTP/1.1 written by hand, so that it can do what a decent one never does.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Act {
    /// Sends these bytes and keeps the connection open.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    SendAndClose(Vec<u8>),
    /// Sends these bytes and resets the connection.
    SendAndReset(Vec<u8>),
    /// Sends the first bytes, then the second ones for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends one of the bytes a second.
    Drip(Vec<u8>),
    /// Answers with this status and body, in which `ECHO` stands for the request.
    Echo(&'static str, &'static str),
    /// Reads the request and says nothing.
    Hang,
}

/// A good answer with this status and body.
pub(super) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    Act::Send([head.as_bytes(), body].concat())
}

/// A good answer with status 200 and this body.
pub(super) fn ok(body: impl AsRef<[u8]>) -> Act {
    answer("200 OK", "", body)
}

/// A running server; it ends when dropped.
pub(super) struct Server {
    address: SocketAddr,
    seen: watch::Receiver<Vec<String>>,
    connections: watch::Receiver<usize>,
    hung_up: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts a server that does one act a request; the last act is repeated.
    pub(super) async fn start(acts: Vec<Act>) -> Self {
        Self::start_with(acts, None).await
    }

    /// Starts a server that says something before it has heard anything, then listens for ever.
    pub(super) async fn start_speaking(greeting: &'static [u8]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(greeting).await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        });
        let (_, seen) = watch::channel(Vec::new());
        let (_, connections) = watch::channel(0);
        let (_, hung_up) = watch::channel(false);
        Self { address, seen, connections, hung_up, task }
    }

    /// The same behind TLS.
    pub(super) async fn start_with(acts: Vec<Act>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, seen) = watch::channel(Vec::new());
        let (counter, connections) = watch::channel(0);
        let (hanging, hung_up) = watch::channel(false);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.send_modify(|count| *count += 1);
                let notes = Notes { seen: sender.clone(), hung_up: hanging.clone() };
                let (acts, tls) = (acts.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve_plain(stream, &acts, &notes).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(mut stream) => while serve(&mut stream, &acts, &notes).await {},
                            // The client must get to read the alert before the connection ends.
                            Err(_) => tokio::task::yield_now().await,
                        },
                    }
                });
            }
        });
        Self { address, seen, connections, hung_up, task }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:…` followed by `path`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Until a request has come.
    pub(super) async fn wait_for_request(&self) {
        self.seen.clone().wait_for(|seen| !seen.is_empty()).await.unwrap();
    }

    /// Until a client has hung up on an [`Act::Hang`].
    pub(super) async fn wait_for_hang_up(&self) {
        self.hung_up.clone().wait_for(|hung_up| *hung_up).await.unwrap();
    }

    /// How many connections were made.
    pub(super) fn connections(&self) -> usize {
        *self.connections.borrow()
    }

    /// The requests seen so far, as they came, CR taken out.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.borrow().clone()
    }
}

/// What the tasks of a server tell it.
struct Notes {
    seen: watch::Sender<Vec<String>>,
    hung_up: watch::Sender<bool>,
}

async fn serve_plain(mut stream: TcpStream, acts: &[Act], notes: &Notes) {
    while serve(&mut stream, acts, notes).await {}
    let reset = acts.iter().any(|act| matches!(act, Act::SendAndReset(_)));
    if reset {
        stream.set_zero_linger().unwrap();
    }
}

/// Serves one request; whether there may be another on this connection.
async fn serve<S>(stream: &mut S, acts: &[Act], notes: &Notes) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(request) = read_request(stream).await else { return false };
    let mut number = 0;
    notes.seen.send_modify(|seen| {
        number = seen.len();
        seen.push(request.clone());
    });
    // A client that has read enough hangs up; what cannot be sent is of no interest.
    let act = acts[number.min(acts.len() - 1)].clone();
    match act {
        Act::Send(bytes) => stream.write_all(&bytes).await.is_ok(),
        Act::SendAndClose(bytes) | Act::SendAndReset(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.flush().await;
            false
        }
        Act::Endless(head, again) => {
            let _ = stream.write_all(&head).await;
            while stream.write_all(&again).await.is_ok() {}
            false
        }
        Act::Drip(bytes) => {
            for byte in bytes {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if stream.write_all(&[byte]).await.is_err() {
                    break;
                }
            }
            false
        }
        Act::Echo(status, body) => {
            let request = request.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let Act::Send(bytes) = answer(status, "", body.replace("ECHO", &request)) else {
                return false;
            };
            stream.write_all(&bytes).await.is_ok()
        }
        Act::Hang => {
            // Until the client hangs up.
            let _ = stream.read(&mut [0]).await;
            notes.hung_up.send_replace(true);
            false
        }
    }
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let declared = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse::<usize>().unwrap());
            if declared <= body.len() {
                return Some(text.replace('\r', ""));
            }
        }
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}
