//! A server written by hand, so that it can do what a decent one never does.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
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
    /// Sends the first bytes, then the second ones for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends one of the bytes a second.
    Drip(Vec<u8>),
    /// Answers with this status and the request as body.
    Echo(&'static str),
    /// Reads the request and says nothing.
    Hang,
}

/// An answer with this status, these further headers, and this body.
pub(super) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    Act::Send([head.as_bytes(), body].concat())
}

/// A running server; it ends when dropped.
pub(super) struct Server {
    address: SocketAddr,
    seen: watch::Receiver<Vec<String>>,
    connections: watch::Receiver<usize>,
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
        Self::start_at("127.0.0.1:0", acts, None).await
    }

    /// The same at another address, or behind TLS.
    pub(super) async fn start_at(at: &str, acts: Vec<Act>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, seen) = watch::channel(Vec::new());
        let (counter, connections) = watch::channel(0);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.send_modify(|count| *count += 1);
                let (acts, tls, sender) = (acts.clone(), tls.clone(), sender.clone());
                tokio::spawn(async move {
                    match tls {
                        None => {
                            let mut stream = stream;
                            while serve(&mut stream, &acts, &sender).await {}
                        }
                        Some(tls) => match tls.accept(stream).await {
                            Ok(mut stream) => while serve(&mut stream, &acts, &sender).await {},
                            // The client must get to read the alert before the connection ends.
                            Err(_) => tokio::task::yield_now().await,
                        },
                    }
                });
            }
        });
        Self { address, seen, connections, task }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:…` followed by `path`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many connections were made.
    pub(super) fn connections(&self) -> usize {
        *self.connections.borrow()
    }

    /// The requests seen so far, as they came.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.borrow().clone()
    }
}

/// Serves one request; whether there may be another on this connection.
async fn serve<S>(stream: &mut S, acts: &[Act], sender: &watch::Sender<Vec<String>>) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(request) = read_request(stream).await else { return false };
    let mut number = 0;
    sender.send_modify(|seen| {
        number = seen.len();
        seen.push(request.clone());
    });
    // A client that has read enough hangs up; what cannot be sent is of no interest.
    match acts[number.min(acts.len() - 1)].clone() {
        Act::Send(bytes) => stream.write_all(&bytes).await.is_ok(),
        Act::SendAndClose(bytes) => {
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
        Act::Echo(status) => {
            let Act::Send(bytes) = answer(status, "", request) else { return false };
            stream.write_all(&bytes).await.is_ok()
        }
        Act::Hang => {
            // Until the client hangs up.
            let _ = stream.read(&mut [0]).await;
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
                return Some(text);
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
