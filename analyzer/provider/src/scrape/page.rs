//! One page: whose it is, and one read of it.

use std::time::Duration;

use assay_outbound::address::{Address, place};
use assay_outbound::client::{Reply, Request};
use assay_outbound::failure::Failure;
use assay_outbound::header;
use assay_outbound::mask::Mask;
use assay_promql::{Page as Exposition, PageFormat, SeriesBuilder, SeriesSet};
use assay_run::reading::FaultKind;
use assay_template::plan::{Authentication, ScrapeQuery, ScrapeTarget, Tls};
use assay_template::secret::Resolved;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderName, HeaderValue};

use crate::auth::{Route, Shared};
use crate::limits::{Limits, cut};
use crate::sources::within;

/// OpenMetrics says where a page ends, so it is asked for first; the rest is as Prometheus asks.
const ACCEPTED: &str = "application/openmetrics-text;version=1.0.0;q=0.6,\
                        application/openmetrics-text;version=0.0.1;q=0.5,\
                        text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

/// Tells the target how long it has, as Prometheus does.
const TIMEOUT_HEADER: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// A page that is read again and again.
pub(super) struct Page {
    url: Resolved,
    headers: Vec<(String, Resolved)>,
    authentication: Authentication,
    tls: Tls,
    insecure: bool,
    timeout: Duration,
    /// Time from one read to the next.
    pub(super) every: Duration,
    /// `host:port`, for people.
    pub(super) place: String,
    /// How far back queries look; none: without bound.
    reach_ms: Option<i64>,
}

impl Page {
    pub(super) fn new(query: &ScrapeQuery, target: &ScrapeTarget, reach_ms: Option<i64>) -> Self {
        Self {
            url: target.url.clone(),
            headers: query.headers.clone(),
            authentication: query.authentication.clone(),
            tls: query.tls.clone(),
            insecure: query.insecure,
            timeout: query.timeout,
            every: query.every,
            place: place(&target.url),
            reach_ms,
        }
    }

    /// Whether one read serves both.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.url == other.url
            && self.headers == other.headers
            && self.authentication == other.authentication
            && self.tls == other.tls
            && self.insecure == other.insecure
    }

    /// Serves those who want the other one too: the shorter time between reads, the longer timeout
    /// and the longer reach.
    pub(super) fn join(&mut self, other: &Self) {
        self.every = self.every.min(other.every);
        self.timeout = self.timeout.max(other.timeout);
        self.reach_ms = self.reach_ms.zip(other.reach_ms).map(|(mine, theirs)| mine.max(theirs));
    }

    /// Milliseconds that samples are kept: what queries look back, and one read more, as a
    /// measurement may come after the read that follows the time it asks for.
    pub(super) fn keep_ms(&self) -> Option<i64> {
        let every_ms = i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX);
        self.reach_ms.map(|reach_ms| reach_ms.saturating_add(every_ms))
    }

    /// Reads the page once.
    pub(super) async fn read(
        &self,
        shared: &Shared,
        at: Timestamp,
        mask: &Mask,
    ) -> Result<SeriesSet, Failure> {
        let reply = within(self.timeout, self.fetch(shared, at, mask)).await?;
        if reply.status != 200 {
            return Err(Failure::new(FaultKind::Refused, format!("answered {}", reply.status)));
        }
        parse(&reply, at.as_millisecond(), shared.limits())
    }

    async fn fetch(&self, shared: &Shared, at: Timestamp, mask: &Mask) -> Result<Reply, Failure> {
        if matches!(self.authentication, Authentication::SigV4 { .. }) {
            let message = "`sigv4` is only for Amazon Managed Prometheus, not for `scrape`";
            return Err(Failure::misconfigured(message));
        }
        let address = Address::read(&self.url, mask)?;
        let mut headers = header::read(&self.headers, mask)?;
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static(ACCEPTED));
        if let Ok(seconds) = HeaderValue::from_str(&self.timeout.as_secs_f64().to_string()) {
            headers.entry(TIMEOUT_HEADER).or_insert(seconds);
        }
        let route = Route { tls: &self.tls, insecure: self.insecure, reused: true };
        let session = shared.open(&address, &route, &self.authentication, at, mask).await?;
        let request = Request { method: Method::GET, url: address.url, headers, body: Vec::new() };
        session.exchange_up_to(shared.limits().page_bytes_max, &request).await
    }
}

/// The samples of a page read at this time; a page is taken whole or not at all.
fn parse(reply: &Reply, read_ms: i64, limits: &Limits) -> Result<SeriesSet, Failure> {
    let unreadable = |clause: String| Failure::new(FaultKind::Unreadable, clause);
    let media_type = reply.content_type.split(';').next().unwrap_or_default().trim();
    let is = |name: &str| media_type.eq_ignore_ascii_case(name);
    if is("text/html") || reply.body.trim_ascii_start().first() == Some(&b'<') {
        let clause = "answered with a page in HTML or XML, not with metrics";
        return Err(unreadable(clause.to_owned()));
    }
    let format = match is("application/openmetrics-text") {
        true => PageFormat::OpenMetrics,
        // Many exporters say something else of their text, or nothing.
        false => PageFormat::Text,
    };
    let Ok(text) = std::str::from_utf8(&reply.body) else {
        return Err(unreadable(String::from("answered with a page that is not UTF-8")));
    };
    // The format demands it. Without, `total 12` may be the beginning of `total 12345`.
    if format == PageFormat::Text && !text.is_empty() && !text.ends_with('\n') {
        let clause = "answered with a page that does not end with a line feed, so part of it may \
                      be missing";
        return Err(unreadable(clause.to_owned()));
    }
    let page = Exposition::parse(text, format).map_err(|problem| {
        let (line, column) = problem.line_and_column(text);
        let problem = cut(&problem.to_string(), limits.text_bytes_max);
        let place = format!("line {line}, column {column}");
        unreadable(format!("answered with a page that cannot be read: {problem} ({place})"))
    })?;
    if limits.page_series_max < page.series() {
        let clause = format!("answered with more than {} series", limits.page_series_max);
        return Err(Failure::new(FaultKind::TooLarge, clause));
    }
    let mut builder = SeriesBuilder::new();
    page.load(read_ms, &mut builder);
    Ok(builder.finish())
}
