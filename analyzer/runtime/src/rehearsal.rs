//! A whole run offline: recorded answers, a virtual clock, the same `step` as the live one.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_provider::fixture::{Fixture, Recorded};
use assay_run::compare::look_back;
use assay_run::state::RunState;
use assay_run::step::{Effect, Event, Ticket, step};
use assay_template::duration;
use assay_template::plan::Plan;
use jiff::Timestamp;

/// Events a rehearsal may take; an interval of milliseconds over days would otherwise take for ever.
pub const EVENTS_MAX: usize = 500_000;

/// How long metrics without `count` are rehearsed when neither template, fixture nor caller says.
pub const LENGTH_DEFAULT: Duration = Duration::from_secs(3600);

/// A rehearsal that did not come to an end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// Too many events.
    #[error("the run took {EVENTS_MAX} events and is still not at its end at {at}")]
    Endless {
        /// The virtual time then.
        at: Timestamp,
    },
    /// Nothing left to wait for and no verdict, which would be a defect of ours.
    #[error("the run waits for nothing and has no verdict at {at}")]
    Stuck {
        /// The virtual time then.
        at: Timestamp,
    },
}

/// Runs `plan` on `fixture` from its start to the verdict, in no time.
///
/// A metric without `count` runs until somebody ends it, as a background analysis ends with its
/// rollout. Here that is `length` after the start (or the fixture's own duration); else once the
/// only metrics left are such and their recorded answers are used up, or the fixture's series end;
/// else [`LENGTH_DEFAULT`].
///
/// # Errors
///
/// [`RehearsalError`] when there is no end.
pub fn rehearse(
    plan: &Plan,
    fixture: &Fixture,
    length: Option<Duration>,
) -> Result<RunState, RehearsalError> {
    observe(plan, fixture, length, |_, _| ())
}

/// As [`rehearse`]; `seen` is told every time at which something happened, and the state after it.
///
/// # Errors
///
/// As [`rehearse`].
pub fn observe(
    plan: &Plan,
    fixture: &Fixture,
    length: Option<Duration>,
    mut seen: impl FnMut(Timestamp, &RunState),
) -> Result<RunState, RehearsalError> {
    let start = fixture.start();
    let length = length.or(fixture.duration());
    // Series say by themselves how long there is something to measure.
    let series_end = fixture.last_sample().filter(|last| start < *last && length.is_none());
    let default = || start.saturating_add(length.unwrap_or(LENGTH_DEFAULT));
    let end = series_end.unwrap_or_else(|| default().unwrap_or(Timestamp::MAX));
    let mut rehearsal = Rehearsal::new(plan, fixture).take(&Event::Started { at: start });
    for _ in 0..EVENTS_MAX {
        seen(rehearsal.at, &rehearsal.state);
        if rehearsal.state.verdict.is_some() {
            return Ok(rehearsal.state);
        }
        let event = rehearsal.next(length.is_some(), end)?;
        rehearsal.at = time_of(&event);
        rehearsal = rehearsal.take(&event);
    }
    Err(RehearsalError::Endless { at: rehearsal.at })
}

/// A run under a virtual clock.
struct Rehearsal<'a> {
    plan: &'a Plan,
    fixture: &'a Fixture,
    at: Timestamp,
    state: RunState,
    /// Answers on their way, by the time they arrive and the order they were asked in.
    answers: BTreeMap<(Timestamp, u64), Event>,
    asked: u64,
    wake: Option<Timestamp>,
}

impl<'a> Rehearsal<'a> {
    fn new(plan: &'a Plan, fixture: &'a Fixture) -> Self {
        Self {
            plan,
            fixture,
            at: fixture.start(),
            state: RunState::new(plan),
            answers: BTreeMap::new(),
            asked: 0,
            wake: None,
        }
    }

    /// Lets `event` happen and notes what it asks for.
    fn take(mut self, event: &Event) -> Self {
        if matches!(event, Event::Woke { .. }) {
            self.wake = None;
        }
        let (state, effects) = step(self.plan, self.state, event);
        self.state = state;
        for effect in effects {
            match effect {
                Effect::Measure { ticket } => self.measure(ticket),
                // A recorded answer that comes too late is a stray event, which changes nothing.
                Effect::Cancel { .. } | Effect::Conclude(_) => {}
                Effect::WakeAt(at) => self.wake = Some(at),
            }
        }
        self
    }

    /// Puts the recorded answer on its way.
    fn measure(&mut self, ticket: Ticket) {
        let Some(metric) = self.plan.metrics.get(ticket.metric) else { return };
        let back = look_back(self.plan, &self.state, ticket);
        let Recorded { after, answer } = self.fixture.answer(metric, ticket.number, self.at, back);
        let at = self.at.saturating_add(after).unwrap_or(Timestamp::MAX);
        self.answers.insert((at, self.asked), Event::Measured { at, ticket, answer });
        self.asked += 1;
    }

    /// What happens next: an answer, a time that has come, or the end.
    fn next(&mut self, has_length: bool, end: Timestamp) -> Result<Event, RehearsalError> {
        let unlimited = self.only_unlimited_metrics_are_left();
        if !has_length && unlimited && self.recorded_answers_are_used_up() {
            let why = String::from("the recorded answers are used up");
            return Ok(Event::Terminated { at: self.at, why });
        }
        let arrival = self.answers.first_key_value().map(|((at, _), _)| *at);
        let soonest = match (arrival, self.wake) {
            (Some(arrival), Some(wake)) => arrival.min(wake),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => return Err(RehearsalError::Stuck { at: self.at }),
        };
        if (has_length || unlimited) && end < soonest {
            let length = end.duration_since(self.fixture.start());
            let why = format!("the rehearsal ended {} after its start", duration::format(length));
            return Ok(Event::Terminated { at: end, why });
        }
        // At one and the same time answers come first, in the order they were asked.
        if arrival == Some(soonest)
            && let Some((_, event)) = self.answers.pop_first()
        {
            return Ok(event);
        }
        Ok(Event::Woke { at: soonest })
    }

    fn only_unlimited_metrics_are_left(&self) -> bool {
        let metrics = self.plan.metrics.iter().zip(&self.state.metrics);
        metrics
            .filter(|(_, state)| !state.phase.is_concluded())
            .all(|(metric, _)| metric.count.is_none())
    }

    fn recorded_answers_are_used_up(&self) -> bool {
        let metrics = self.plan.metrics.iter().zip(&self.state.metrics);
        let mut open = metrics.filter(|(_, state)| !state.phase.is_concluded());
        // A metric without any recorded answer is blind and has to be seen to be.
        let used_up = |answers: u32, taken: u32| 0 < answers && answers <= taken;
        self.answers.is_empty()
            && open.all(|(metric, state)| {
                let answers = self.fixture.answers(metric);
                answers.is_some_and(|answers| used_up(answers, state.tally.taken()))
            })
    }
}

fn time_of(event: &Event) -> Timestamp {
    match event {
        Event::Started { at }
        | Event::Woke { at }
        | Event::Measured { at, .. }
        | Event::Terminated { at, .. }
        | Event::Interrupted { at, .. } => *at,
    }
}
