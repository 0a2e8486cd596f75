//! One run in the foreground: real sources, the real clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_provider::scrape::Pages;
use assay_provider::sources::{Question, Sources};
use assay_run::compare::look_back;
use assay_run::reading::{Answer, Fault, FaultKind};
use assay_run::state::RunState;
use assay_run::step::{Effect, Event, Ticket, step};
use assay_template::plan::Plan;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

use crate::clock::Clock;

/// A wish to give up on a run, with the reason as a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Why, e.g. `somebody pressed Ctrl-C`.
    pub why: String,
}

/// Runs `plan` against `sources` until its verdict, or until `patience` ends.
///
/// `observe` sees every event and the state after it, in order. A [`Stop`] interrupts the run, which
/// then still concludes with a verdict, though never to promote. When patience ends the state comes back as it stands,
/// without one. Dropping the future drops all measurements under way.
///
/// The pages of scrape metrics are read from the start to the end of the run, each on its own beat.
pub async fn drive(
    plan: Arc<Plan>,
    sources: Arc<Sources>,
    clock: Clock,
    patience: Option<Duration>,
    mut stops: mpsc::Receiver<Stop>,
    mut observe: impl FnMut(&RunState, &Event),
) -> RunState {
    let mut driver = Driver::new(plan, sources, clock);
    driver.read_pages();
    let give_up = patience.map_or(clock.never(), |patience| clock.after(patience));
    driver.take(&Event::Started { at: clock.now() }, &mut observe);
    let mut may_stop = true;
    while driver.state.verdict.is_none() {
        let event = tokio::select! {
            biased;
            stop = stops.recv(), if may_stop => match stop {
                Some(stop) => Event::Interrupted { at: clock.now(), why: stop.why },
                None => {
                    may_stop = false;
                    continue;
                }
            },
            Some(ended) = driver.measurements.join_next() => match ended {
                Ok((ticket, answer)) => {
                    driver.under_way.remove(&ticket);
                    Event::Measured { at: clock.now(), ticket, answer }
                }
                Err(error) if error.is_cancelled() => continue,
                Err(error) => driver.died(error.id()),
            },
            () = tokio::time::sleep_until(give_up), if patience.is_some() => break,
            () = tokio::time::sleep_until(driver.wake) => Event::Woke { at: clock.now() },
        };
        driver.take(&event, &mut observe);
    }
    driver.state
}

struct Driver {
    plan: Arc<Plan>,
    sources: Arc<Sources>,
    clock: Clock,
    state: RunState,
    pages: Arc<Pages>,
    readers: JoinSet<()>,
    measurements: JoinSet<(Ticket, Result<Answer, Fault>)>,
    under_way: BTreeMap<Ticket, AbortHandle>,
    wake: Instant,
}

impl Driver {
    fn new(plan: Arc<Plan>, sources: Arc<Sources>, clock: Clock) -> Self {
        let state = RunState::new(&plan);
        let pages = Arc::new(sources.pages(&plan));
        Self {
            plan,
            sources,
            clock,
            state,
            pages,
            readers: JoinSet::new(),
            measurements: JoinSet::new(),
            under_way: BTreeMap::new(),
            wake: clock.never(),
        }
    }

    /// Starts to read the pages of the run, each in a task of its own, which end with the driver.
    fn read_pages(&mut self) {
        for number in 0..self.pages.len() {
            let (sources, pages) = (Arc::clone(&self.sources), Arc::clone(&self.pages));
            self.readers.spawn(read_page(sources, pages, number, self.clock));
        }
    }

    fn take(&mut self, event: &Event, observe: &mut impl FnMut(&RunState, &Event)) {
        if matches!(event, Event::Woke { .. }) {
            self.wake = self.clock.never();
        }
        let before = std::mem::replace(&mut self.state, RunState::new(&self.plan));
        let (state, effects) = step(&self.plan, before, event);
        self.state = state;
        for effect in effects {
            match effect {
                Effect::Measure { ticket } => self.measure(ticket),
                Effect::Cancel { ticket } => {
                    if let Some(measurement) = self.under_way.remove(&ticket) {
                        measurement.abort();
                    }
                }
                Effect::WakeAt(at) => self.wake = self.clock.instant_of(at),
                Effect::Conclude(_) => {
                    self.measurements.abort_all();
                    self.readers.abort_all();
                }
            }
        }
        observe(&self.state, event);
    }

    fn measure(&mut self, ticket: Ticket) {
        let plan = Arc::clone(&self.plan);
        let (sources, pages) = (Arc::clone(&self.sources), Arc::clone(&self.pages));
        let asked = self.clock.now();
        let back = look_back(&plan, &self.state, ticket);
        let measurement = self.measurements.spawn(async move {
            let answer = match plan.metrics.get(ticket.metric) {
                Some(metric) => {
                    let question = Question { metric, asked, back };
                    sources.measure_in(&pages, question, &plan.secrets).await
                }
                None => Err(defect()),
            };
            (ticket, answer)
        });
        self.under_way.insert(ticket, measurement);
    }

    /// A measurement whose task panicked is a failed measurement, not the end of the run.
    fn died(&mut self, task: tokio::task::Id) -> Event {
        let died = self.under_way.iter().find(|(_, handle)| handle.id() == task);
        let ticket = died.map(|(ticket, _)| *ticket);
        let at = self.clock.now();
        match ticket {
            Some(ticket) => {
                self.under_way.remove(&ticket);
                Event::Measured { at, ticket, answer: Err(defect()) }
            }
            None => Event::Woke { at },
        }
    }
}

/// Reads one page again and again until dropped, at most once at a time: a read that takes longer
/// than the time to the next one leaves that out. A page that is slow delays no other one, unless so
/// many are that all turns are taken.
async fn read_page(sources: Arc<Sources>, pages: Arc<Pages>, number: usize, clock: Clock) {
    let Some(every) = pages.every(number) else { return };
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let turn = pages.turn().await;
        let at = clock.now();
        // In a task of its own, so that a defect costs one read; it is dropped with this one.
        let mut read = JoinSet::new();
        let (sources, reading) = (Arc::clone(&sources), Arc::clone(&pages));
        read.spawn(async move { sources.read_page(&reading, number, at).await });
        if let Some(Err(_)) = read.join_next().await {
            pages.note_defect(number, at);
        }
        drop(turn);
    }
}

fn defect() -> Fault {
    let message = String::from("the measurement was given up after a defect in assay");
    Fault { kind: FaultKind::Unreadable, message }
}
