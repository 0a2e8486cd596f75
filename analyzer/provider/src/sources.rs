//! The sources, and the one question they are asked.

use std::time::Duration;

use assay_outbound::address::Address;
use assay_outbound::client::Http;
use assay_outbound::failure::Failure;
use assay_outbound::mask::Mask;
use assay_outbound::reach::Reach;
use assay_run::compare::LookBack;
use assay_run::reading::{Answer, Fault, FaultKind};
use assay_template::duration;
use assay_template::plan::{MetricPlan, Plan, Query};
use assay_template::secret::{Resolved, Secret, Secrets};
use jiff::Timestamp;

use crate::auth::Shared;
use crate::auth::oauth2::Tokens;
use crate::limits::Limits;
use crate::scrape::Pages;
use crate::sigv4::role::Roles;
use crate::sigv4::settings::AwsSettings;
use crate::{health, mask, prometheus, web};

/// What the operator says about sources. Read once by whoever starts the program.
#[derive(Clone, Debug, Default)]
pub struct SourceSettings {
    /// The Prometheus that templates without an address ask
    /// (`ARGO_ROLLOUTS_PROMETHEUS_ADDRESS`).
    pub prometheus_address: Option<String>,
    /// A proxy for all requests. Proxy variables of the environment are not looked at.
    pub proxy: Option<Secret<String>>,
    /// Where AWS credentials come from.
    pub aws: AwsSettings,
    /// What an answer may cost.
    pub limits: Limits,
}

/// Whether requests can go to `address`, as far as its text says.
///
/// # Errors
///
/// [`Fault`] of kind `Misconfigured` when it is no absolute `http` or `https` URL; its message does
/// not show a password in it.
pub fn readable(address: &str) -> Result<(), Fault> {
    let read = Address::read(&Resolved::plain(address), &Mask::new(Secrets::default()));
    read.map(drop).map_err(|failure| failure.fault("the source"))
}

/// What a source is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The metric.
    pub metric: &'a MetricPlan,
    /// The time that "now" stands for.
    pub asked: Timestamp,
    /// What [`assay_run::compare::look_back`] says of it.
    pub back: Option<LookBack>,
}

/// Where readings come from. Made once; everybody asks the same one.
pub struct Sources {
    shared: Shared,
}

impl Sources {
    /// The sources as the operator set them up.
    ///
    /// # Errors
    ///
    /// [`Fault`] of kind `Misconfigured` when the proxy is no URL.
    pub fn new(settings: SourceSettings) -> Result<Self, Fault> {
        let proxy = match &settings.proxy {
            None => None,
            Some(proxy) => Some(reqwest::Proxy::all(proxy.reveal()).map_err(|_| Fault {
                kind: FaultKind::Misconfigured,
                message: String::from("the address of the proxy is no URL"),
            })?),
        };
        let http = Http::new(settings.limits.http(), proxy, Reach::Anywhere);
        let tokens = Tokens::new(&settings.limits);
        let roles = Roles::new(&settings.limits);
        Ok(Self { shared: Shared { settings, http, tokens, roles } })
    }

    /// The pages that the scrape metrics of `plan` are answered from; the run that holds them has
    /// them read with [`Sources::read_page`].
    pub fn pages(&self, plan: &Plan) -> Pages {
        Pages::of(plan, self.shared.limits())
    }

    /// Reads the page with this number once. `at` is the time of its samples.
    ///
    /// What goes wrong is kept beside the samples, for whoever measures. To cancel, drop the future.
    pub async fn read_page(&self, pages: &Pages, number: usize, at: Timestamp) {
        pages.read(&self.shared, number, at).await;
    }

    /// As [`Sources::measure`], for a metric of the run that `pages` was made for: a scrape metric
    /// is answered from them, once each page it names was tried.
    ///
    /// # Errors
    ///
    /// As [`Sources::measure`]; a scrape metric has no answer when the last reads of all its pages
    /// failed.
    pub async fn measure_in(
        &self,
        pages: &Pages,
        question: Question<'_>,
        secrets: &Secrets,
    ) -> Result<Answer, Fault> {
        self.ask(Some(pages), question, secrets).await
    }

    /// Asks the source of `metric` once. `asked` is the time that "now" stands for; `secrets` are
    /// those of the plan, and what a source echoes of them is masked.
    ///
    /// To cancel, drop the future. It must be polled on a tokio runtime with time and I/O.
    ///
    /// # Errors
    ///
    /// [`Fault`] when there is no usable answer: see its kinds. A health target that cannot be
    /// reached is no fault but a failed probe. A scrape metric is one that needs a run: see
    /// [`Sources::measure_in`].
    pub async fn measure(
        &self,
        metric: &MetricPlan,
        asked: Timestamp,
        secrets: &Secrets,
    ) -> Result<Answer, Fault> {
        self.ask(None, Question { metric, asked, back: None }, secrets).await
    }

    async fn ask(
        &self,
        pages: Option<&Pages>,
        question: Question<'_>,
        secrets: &Secrets,
    ) -> Result<Answer, Fault> {
        let Question { metric, asked, back } = question;
        let mask = Mask::new(secrets.clone());
        let shared = &self.shared;
        let answer = match &metric.query {
            Query::Prometheus(query) => match back {
                Some(back) => prometheus::look_back(shared, query, asked, back, &mask).await,
                None => prometheus::measure(shared, query, asked, &mask).await,
            },
            Query::Web(query) => web::measure(shared, query, asked, &mask).await,
            Query::Health(query) => health::measure(shared, query, asked, &mask).await,
            Query::Scrape(_) => match pages {
                Some(pages) => pages.measure(&metric.name, asked, back).await,
                None => Err(Fault {
                    kind: FaultKind::Misconfigured,
                    message: String::from("pages are only read while a run lasts"),
                }),
            },
            Query::Foreign { provider, query: _ } => Err(Fault {
                kind: FaultKind::Misconfigured,
                message: format!(
                    "the provider `{provider}` cannot be asked live, only answered by a fixture"
                ),
            }),
        };
        let answer =
            answer.map(|answer| mask::answer(&mask, answer)).map_err(|fault| mask.fault(fault));
        match &answer {
            Ok(answer) => {
                tracing::trace!(metric = %metric.name, reading = ?answer.reading, "answered");
            }
            Err(fault) => {
                tracing::debug!(metric = %metric.name, kind = ?fault.kind, %fault, "no answer");
            }
        }
        answer
    }
}

/// Runs a whole exchange within `timeout`. Nothing is started if there is no time at all, as a
/// deadline that has already passed stops everything in Go.
pub(crate) async fn within<T>(
    timeout: Duration,
    exchange: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let late = || {
        let clause = format!("did not answer within {}", duration::format_unsigned(timeout));
        Failure::new(FaultKind::TimedOut, clause)
    };
    if timeout.is_zero() {
        return Err(late());
    }
    tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_| Err(late()))
}
