//! Sends one attempt and says how it ended.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use assay_outbound::client::{Connection, Http, HttpLimits, Opened, Request};
use assay_outbound::failure::Failure;
use assay_outbound::reach::{Names, Reach, SystemNames};
use assay_outbound::tls::Trust;
use assay_run::reading::FaultKind;
use assay_template::duration;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use tokio::time::Instant;

use crate::message::content_type;
use crate::policy::answer::{Answer, Outcome, judge, retry_after};
use crate::policy::retry::Schedule;
use crate::target::Target;
use crate::webhook::{ID, MessageId, SIGNATURE, TIMESTAMP, sign};

/// Bytes of an answer that are read. The rest is not waited for.
pub const ANSWER_BYTES_MAX: usize = 4 << 10;

/// Bytes of an answer that are shown.
pub const EXCERPT_BYTES_MAX: usize = 512;

/// What all targets share.
#[derive(Clone, Debug)]
pub struct DelivererSettings {
    /// Where requests may go.
    pub reach: Reach,
    /// When to try again.
    pub schedule: Schedule,
    /// Bytes of one certificate or key file.
    pub file_bytes_max: usize,
    /// Different TLS settings whose connections are kept open.
    pub clients_kept_max: usize,
    /// Seconds an unused connection stays open.
    pub connection_idle_seconds_max: u64,
}

impl Default for DelivererSettings {
    /// Public addresses only.
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            schedule: Schedule::default(),
            file_bytes_max: 1 << 20,
            clients_kept_max: 64,
            connection_idle_seconds_max: 15,
        }
    }
}

/// One try to deliver one message.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The same in every attempt.
    pub id: &'a MessageId,
    /// The same in every attempt.
    pub body: &'a [u8],
    /// Which attempt, from 1.
    pub number: u32,
    /// When it is made; part of what is signed.
    pub at: Timestamp,
}

/// How an attempt ended. No secret of the target is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What follows from it.
    pub outcome: Outcome,
    /// The status of the answer; none if there was none.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// Why there was no answer, as a clause about the target or a whole message; empty if there was one.
    pub wrong: String,
    /// The beginning of the body, on one line; control characters are taken out.
    pub excerpt: String,
}

impl fmt::Display for Report {
    /// `answered 503`, or what was wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status @ 300..=399) => {
                write!(f, "answered {status}, a redirect, and redirects are not followed")
            }
            Some(status) => write!(f, "answered {status}"),
            None => f.write_str(&self.wrong),
        }
    }
}

/// Sends messages. Made once; it keeps connections open and nothing else.
pub struct Deliverer {
    http: Http,
    schedule: Schedule,
    file_bytes_max: usize,
}

impl Deliverer {
    /// A deliverer that asks the system for the addresses of names.
    pub fn new(settings: DelivererSettings) -> Self {
        Self::with_names(settings, Arc::new(SystemNames))
    }

    /// The same with another resolver.
    pub fn with_names(settings: DelivererSettings, names: Arc<dyn Names>) -> Self {
        let limits = HttpLimits {
            answer_bytes_max: ANSWER_BYTES_MAX,
            clients_kept_max: settings.clients_kept_max,
            connection_idle_seconds_max: settings.connection_idle_seconds_max,
        };
        Self {
            http: Http::with_names(limits, None, settings.reach, names),
            schedule: settings.schedule,
            file_bytes_max: settings.file_bytes_max,
        }
    }

    /// Sends one attempt and waits for its end, at most as long as the target's timeout.
    ///
    /// To cancel, drop the future; the target may or may not have the message then. It must be polled
    /// on a tokio runtime with time and I/O.
    pub async fn deliver(&self, target: &Target, attempt: Attempt<'_>) -> Report {
        let start = Instant::now();
        let deadline = start + target.timeout;
        let opened = tokio::time::timeout_at(deadline, self.open(target, attempt)).await;
        let opened = opened.unwrap_or_else(|_| Err(late(target.timeout)));
        let report = match opened {
            Ok(opened) => self.heard(target, attempt, opened, start, deadline).await,
            Err(failure) => Report {
                outcome: self.judge(attempt, Answer::Silence),
                status: None,
                took: start.elapsed(),
                wrong: target.mask.scrub(&failure.clause),
                excerpt: String::new(),
            },
        };
        tracing::debug!(
            target = target.name, id = attempt.id.as_str(), number = attempt.number,
            outcome = ?report.outcome, told = %report, "attempt ended"
        );
        report
    }

    async fn open(&self, target: &Target, attempt: Attempt<'_>) -> Result<Opened, Failure> {
        let secure = target.url.scheme() == "https";
        let trust = if secure {
            Trust::read(&target.tls, false, self.file_bytes_max)?
        } else {
            Trust::none()
        };
        let client = self.http.client(&Connection { secure, trust, reused: true }).await?;
        let request = Request {
            method: Method::POST,
            url: target.url.clone(),
            headers: headers(target, attempt)?,
            body: attempt.body.to_vec(),
        };
        self.http.open(&client, &request).await
    }

    /// The target answered: its status decides, and how its body goes on is of interest only to people.
    async fn heard(
        &self,
        target: &Target,
        attempt: Attempt<'_>,
        opened: Opened,
        start: Instant,
        deadline: Instant,
    ) -> Report {
        let status = opened.status();
        let asked = opened.header(RETRY_AFTER.as_str());
        let retry_after = asked.and_then(|header| retry_after(header, attempt.at));
        let mut body = Vec::new();
        // Whether it ends in time changes nothing.
        let read = opened.read_start(&mut body, ANSWER_BYTES_MAX);
        let whole = tokio::time::timeout_at(deadline, read).await.unwrap_or(false);
        Report {
            outcome: self.judge(attempt, Answer::Status { status, retry_after }),
            status: Some(status),
            took: start.elapsed(),
            wrong: String::new(),
            excerpt: excerpt(target, &body, whole),
        }
    }

    fn judge(&self, attempt: Attempt<'_>, answer: Answer) -> Outcome {
        judge(&self.schedule, attempt.id.as_str(), attempt.number, answer)
    }
}

fn late(timeout: Duration) -> Failure {
    let clause = format!("did not answer within {}", duration::format_unsigned(timeout));
    Failure::new(FaultKind::TimedOut, clause)
}

/// The headers of the target and those of the message.
fn headers(target: &Target, attempt: Attempt<'_>) -> Result<HeaderMap, Failure> {
    let mut headers = target.headers.clone();
    let Attempt { id, body, at, number: _ } = attempt;
    let of_message = [
        (ID, id.as_str().to_owned()),
        (TIMESTAMP, at.as_second().to_string()),
        (SIGNATURE, sign(&target.keys, id, at, body)),
    ];
    for (name, value) in of_message {
        let value = HeaderValue::try_from(value)
            .map_err(|_| Failure::misconfigured("the message cannot be signed"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(body)));
    Ok(headers)
}

/// The beginning of a body for people. Secrets are looked for in all that was read, before it is cut.
fn excerpt(target: &Target, body: &[u8], whole: bool) -> String {
    let mut text = target.mask.scrub(&String::from_utf8_lossy(body));
    if !whole {
        // A secret that is cut in two at the end was not recognized.
        let length = text.len().saturating_sub(target.echo_bytes_max);
        text.truncate(text.floor_char_boundary(length));
    }
    let line: String =
        text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let line = line.trim();
    if line.len() <= EXCERPT_BYTES_MAX {
        return line.to_owned();
    }
    format!("{}…", &line[..line.floor_char_boundary(EXCERPT_BYTES_MAX)])
}
