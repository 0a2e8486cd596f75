//! The connections that questions come over: how many there are, and how long each may take.
//!
//! **Invariant:** whoever is slow costs one connection for a bounded time, and all others are served.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::FORM_BYTES_MAX;

/// What those who ask may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections that are open at once; others wait until one of them ends.
    pub connections_max: usize,
    /// From the end of one question, or the connection, to the end of the next one's headers.
    pub head_wait_max: Duration,
    /// From the end of the headers to the end of the body.
    pub body_wait_max: Duration,
    /// How old a connection may be before its last question.
    pub age_max: Duration,
    /// How long it may take then to be answered.
    pub last_answer_wait_max: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections_max: 256,
            head_wait_max: Duration::from_secs(10),
            body_wait_max: Duration::from_secs(10),
            age_max: Duration::from_secs(600),
            last_answer_wait_max: Duration::from_secs(60),
        }
    }
}

/// How long nobody is let in after the system has refused to, for example for want of descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Lets those in who ask at `listener`, and answers with `router`.
pub(super) async fn serve(listener: TcpListener, router: Router, limits: ConnectionLimits) {
    let router = router.layer(middleware::from_fn_with_state(limits, whole_body));
    // Dropped with this future, and every connection with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < limits.connections_max => {
                match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(converse(stream, router.clone(), limits));
                    }
                    // Whoever wanted in may be gone already.
                    Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
                    Err(_) => sleep(PAUSE).await,
                }
            }
        }
    }
}

async fn converse(stream: TcpStream, router: Router, limits: ConnectionLimits) {
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_wait_max)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // However it ends, the one at the other end knows.
        _ = connection.as_mut() => {}
        () = sleep(limits.age_max) => {
            connection.as_mut().graceful_shutdown();
            drop(timeout(limits.last_answer_wait_max, connection).await);
        }
    }
}

/// Waits for the body before anything is done with a question.
async fn whole_body(
    State(limits): State<ConnectionLimits>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    // One that is announced is not waited for.
    if usize::try_from(body.size_hint().lower()).map_or(true, |bytes| FORM_BYTES_MAX < bytes) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    match timeout(limits.body_wait_max, to_bytes(body, FORM_BYTES_MAX)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(head, Body::from(bytes))).await,
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn start(limits: ConnectionLimits) -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", post(async |body: String| body));
        tokio::spawn(serve(listener, router, limits));
        address
    }

    /// Sends `text` and gives all that is answered until the connection is closed.
    async fn ask(address: std::net::SocketAddr, text: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    const GOOD: &str =
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";

    #[tokio::test(start_paused = true)]
    async fn those_who_never_finish_a_question_make_room() {
        let limits = ConnectionLimits { connections_max: 2, ..ConnectionLimits::default() };
        let address = start(limits).await;
        let mut slow = Vec::new();
        for half in ["", "POST / HT", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhi"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(half.as_bytes()).await.unwrap();
            slow.push(stream);
        }
        let answer = ask(address, GOOD).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hi"), "{answer}");
        let mut last = String::new();
        slow.pop().unwrap().read_to_string(&mut last).await.unwrap();
        assert!(last.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{last}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_only_idles_is_closed() {
        let address = start(ConnectionLimits::default()).await;
        let kept = ask(address, &GOOD.replace("connection: close\r\n", "")).await;
        assert!(kept.ends_with("hi"), "{kept}");
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_refused() {
        let address = start(ConnectionLimits::default()).await;
        let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length:";
        let answer = ask(address, &format!("{head} {}\r\n\r\n", FORM_BYTES_MAX + 1)).await;
        assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
    }
}
