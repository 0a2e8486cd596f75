//! Pages of metrics read while a run lasts, and PromQL over what was read.
//!
//! [`Pages`] holds the pages of one run and a window of their samples. Whoever drives the run says
//! when a page is read and what time it is then; a measurement evaluates its query over the samples
//! there are. What Prometheus would do with the same pages decides: `instance`, `up` and
//! `scrape_duration_seconds`, staleness markers, times on a page.
//!
//! **Invariant:** the windows never hold more samples than the limits say, and a page that cannot be
//! read whole is not read at all.

mod page;
mod window;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_outbound::mask::Mask;
use assay_promql::{Budget, Query as PromQl, SeriesSet, Settings};
use assay_run::compare::LookBack;
use assay_run::reading::{Answer, Fault, FaultKind};
use assay_template::duration;
use assay_template::plan::{Plan, Query, ScrapeQuery};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use self::page::Page;
use self::window::{Taken, Windows};
use crate::auth::Shared;
use crate::evaluate::{evaluate, is_empty, look_back};
use crate::limits::Limits;
use crate::mask;

/// Targets named in a message; the rest is counted.
const TARGETS_NAMED_MAX: usize = 5;

/// The pages that one run reads, and what was read of them.
///
/// Metrics that name the same page with the same headers, login and certificates share it: it is
/// read as often as the most eager of them wants.
pub struct Pages {
    pages: Vec<Page>,
    /// The scrape metrics of the run by their names.
    metrics: BTreeMap<String, Asked>,
    limits: Limits,
    // Pages are read side by side; nobody holds it longer than it takes to note one of them.
    windows: watch::Sender<Windows>,
    /// One permit for each read that may be under way.
    turns: Arc<Semaphore>,
    /// Knows the secrets of the plan and those that come up while pages are read.
    mask: Mask,
}

/// The turn of one read; dropped, it is that of another.
#[derive(Debug)]
pub struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

/// What one metric asks, and of which pages.
struct Asked {
    query: Result<PromQl, Fault>,
    /// The number of each page, and the label `instance` of its samples.
    targets: Vec<(usize, String)>,
}

impl Pages {
    /// The pages that the scrape metrics of `plan` need, nothing read yet.
    pub(crate) fn of(plan: &Plan, limits: &Limits) -> Self {
        let (mut pages, mut metrics) = (Vec::new(), BTreeMap::new());
        for metric in &plan.metrics {
            match &metric.query {
                Query::Scrape(query) => {
                    let asked = asked(query, &mut pages, limits.pages_max);
                    metrics.insert(metric.name.clone(), asked);
                }
                Query::Prometheus(_) | Query::Web(_) | Query::Health(_) | Query::Foreign { .. } => {
                }
            }
        }
        let keep_ms = pages.iter().map(Page::keep_ms);
        let windows = Windows::new(keep_ms, limits.page_samples_kept_max);
        Self {
            pages,
            metrics,
            limits: limits.clone(),
            windows: watch::Sender::new(windows),
            turns: Arc::new(Semaphore::new(limits.page_reads_in_flight_max)),
            mask: Mask::new(plan.secrets.clone()),
        }
    }

    /// How many pages there are; they are numbered from 0.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether no metric of the run needs a page.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Time from one read of the page with this number to the next.
    pub fn every(&self, number: usize) -> Option<Duration> {
        self.pages.get(number).map(|page| page.every)
    }

    /// Waits until another page may be read; the turn lasts as long as what is returned. Ask before the
    /// time of the read is taken, so that its samples are not dated before it.
    pub async fn turn(&self) -> Turn {
        // Nobody closes the semaphore; without a permit a page would only be read too soon.
        Turn { _permit: Arc::clone(&self.turns).acquire_owned().await.ok() }
    }

    /// Notes that a read at this time came to no end because of a defect of ours.
    pub fn note_defect(&self, number: usize, at: Timestamp) {
        let message = String::from("the read of a page was given up after a defect in assay");
        let fault = Fault { kind: FaultKind::Unreadable, message };
        self.windows.send_modify(|windows| {
            windows.take(number, at, Duration::ZERO, Err(fault));
        });
    }

    /// Reads the page with this number once and keeps what it says, or why it says nothing.
    pub(crate) async fn read(&self, shared: &Shared, number: usize, at: Timestamp) {
        let Some(page) = self.pages.get(number) else { return };
        let start = Instant::now();
        let read = page.read(shared, at, &self.mask).await;
        let took = start.elapsed();
        let read = read.map_err(|failure| self.mask.fault(failure.fault(&page.place)));
        let taken = |windows: &mut Windows| windows.take(number, at, took, read);
        let mut outcome = None;
        self.windows.send_modify(|windows| outcome = Some(taken(windows)));
        match outcome {
            Some(Taken::Kept) | None => {
                tracing::trace!(place = %page.place, ?took, "page read");
            }
            Some(Taken::Failed(fault)) => {
                tracing::debug!(place = %page.place, kind = ?fault.kind, %fault, "page not read");
            }
        }
    }

    /// Answers the query of a metric of the run, once each of its pages was tried.
    pub(crate) async fn measure(
        &self,
        metric: &str,
        asked: Timestamp,
        back: Option<LookBack>,
    ) -> Result<Answer, Fault> {
        let Some(Asked { query, targets }) = self.metrics.get(metric) else {
            let message = "pages are only read while a run lasts that has this metric";
            return Err(Fault { kind: FaultKind::Misconfigured, message: message.to_owned() });
        };
        let query = query.as_ref().map_err(Fault::clone)?;
        let mut windows = self.windows.subscribe();
        let all_tried =
            |windows: &Windows| targets.iter().all(|(page, _)| windows.was_tried(*page));
        // The other end is ours, so it never closes.
        let Ok(windows) = windows.wait_for(all_tried).await else { return Err(closed()) };
        let view = View::of(&windows, targets);
        // A query may take its time, and pages go on being read meanwhile.
        drop(windows);
        let answer = self.answer(&view, query, targets, asked, back);
        answer
            .map(|answer| mask::answer(&self.mask, answer))
            .map_err(|fault| self.mask.fault(fault))
    }

    fn answer(
        &self,
        view: &View,
        query: &PromQl,
        targets: &[(usize, String)],
        asked: Timestamp,
        back: Option<LookBack>,
    ) -> Result<Answer, Fault> {
        if let Some(first) = view.faults.first()
            && view.faults.len() == targets.len()
        {
            return Err(all_failed(first.kind, &view.faults));
        }
        let at = view.first.map_or(asked, |first| first.max(asked));
        let visits_max = self.limits.page_sample_visits_max;
        let budget = Budget { visits_max, ..Budget::default() };
        let settings = Settings { budget, ..Settings::default() };
        if let Some(back) = back {
            // Nobody read the pages before the run began.
            let now = LookBack { reach: Duration::ZERO, ..back };
            let mut answer = look_back(&view.set, query, now, at, &settings)?;
            answer.warnings.extend(named(&view.faults));
            return Ok(answer);
        }
        let mut answer = evaluate(&view.set, query, None, at, &settings)?;
        if is_empty(&answer.reading) && answer.warnings.is_empty() && view.reads == 1 {
            let every = targets.iter().filter_map(|(page, _)| self.every(*page)).min();
            let every = duration::format_unsigned(every.unwrap_or_default());
            answer.warnings.push(format!(
                "its pages were read once so far, and a rate needs two reads; they are read every \
                 {every}, so an `initialDelay` helps"
            ));
        }
        answer.warnings.extend(named(&view.faults));
        Ok(answer)
    }
}

/// What a measurement sees of the windows.
struct View {
    set: SeriesSet,
    /// Why the last reads failed that did.
    faults: Vec<Fault>,
    /// The first read of that page which was first read last. A measurement that waited for it looks
    /// at it, though it came later.
    first: Option<Timestamp>,
    /// Reads of that page which was read most often.
    reads: u64,
}

impl View {
    fn of(windows: &Windows, targets: &[(usize, String)]) -> Self {
        let pages = || targets.iter().map(|(page, _)| *page);
        Self {
            set: windows.load(targets),
            faults: pages().filter_map(|page| windows.fault(page).cloned()).collect(),
            first: pages().filter_map(|page| windows.first(page)).max(),
            reads: pages().map(|page| windows.reads(page)).max().unwrap_or_default(),
        }
    }
}

fn asked(query: &ScrapeQuery, pages: &mut Vec<Page>, pages_max: usize) -> Asked {
    let promql = query.promql.reveal();
    let mut asked = Asked { query: Ok(promql.clone()), targets: Vec::new() };
    let reach_ms = promql.reach_ms(Settings::default().lookback_ms);
    for target in &query.targets {
        let page = Page::new(query, target, reach_ms);
        let known = pages.iter().position(|known| known.is_same(&page));
        let number = known.unwrap_or(pages.len());
        match pages.get_mut(number) {
            Some(known) => known.join(&page),
            None if number < pages_max => pages.push(page),
            None => {
                let message = format!("the run would read more than {pages_max} pages");
                asked.query = Err(Fault { kind: FaultKind::TooLarge, message });
                return asked;
            }
        }
        asked.targets.push((number, target.instance.clone()));
    }
    asked
}

fn all_failed(kind: FaultKind, faults: &[Fault]) -> Fault {
    let message = match faults {
        [only] => only.message.clone(),
        several => {
            let named: Vec<String> = named(several).collect();
            format!("none of {} pages could be read: {}", several.len(), named.join(", "))
        }
    };
    Fault { kind, message }
}

/// The messages of some, and how many more there are.
fn named(faults: &[Fault]) -> impl Iterator<Item = String> {
    let more = faults.len().saturating_sub(TARGETS_NAMED_MAX);
    let first = faults.iter().take(TARGETS_NAMED_MAX).map(|fault| fault.message.clone());
    first.chain((0 < more).then(|| format!("{more} more"))).collect::<Vec<_>>().into_iter()
}

fn closed() -> Fault {
    let message = String::from("the pages are no longer read");
    Fault { kind: FaultKind::Unreadable, message }
}
