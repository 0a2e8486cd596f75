//! A whole Rollout offline: its steps and analyses on recorded answers and a virtual clock.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_provider::fixture::{Fixture, Recorded};
use assay_run::compare::look_back;
use assay_run::rollout::state::RolloutState;
use assay_run::rollout::step::{RolloutEffect, RolloutEvent, step};
use assay_run::step::Ticket;
use assay_template::rollout::RolloutPlan;
use jiff::Timestamp;

use crate::rehearsal::{EVENTS_MAX, RehearsalError};

/// Walks `plan` from the start of `fixture` to the verdict, in no time.
///
/// A pause without a duration is promoted after `person`. Several analyses may have a metric of one
/// name: each measurement takes the next recorded answer of that name, whichever analysis asks, so an
/// analysis goes on where the one before it stopped.
///
/// # Errors
///
/// [`RehearsalError`] when there is no end.
pub fn walk(
    plan: &RolloutPlan,
    fixture: &Fixture,
    person: Duration,
) -> Result<RolloutState, RehearsalError> {
    observe(plan, fixture, person, |_, _| ())
}

/// As [`walk`]; `seen` is told every time at which something happened, and the state after it.
///
/// # Errors
///
/// As [`walk`].
pub fn observe(
    plan: &RolloutPlan,
    fixture: &Fixture,
    person: Duration,
    mut seen: impl FnMut(Timestamp, &RolloutState),
) -> Result<RolloutState, RehearsalError> {
    let start = fixture.start();
    let mut walk = Walk {
        plan,
        fixture: fixture.clone(),
        at: start,
        state: RolloutState::new(plan, person),
        answers: BTreeMap::new(),
        asked: 0,
        taken: BTreeMap::new(),
        wake: None,
    };
    walk = walk.take(&RolloutEvent::Started { at: start });
    for _ in 0..EVENTS_MAX {
        seen(walk.at, &walk.state);
        if walk.state.verdict.is_some() {
            return Ok(walk.state);
        }
        let event = walk.next()?;
        walk.at = walk.at.max(time_of(&event));
        walk = walk.take(&event);
    }
    Err(RehearsalError::Endless { at: walk.at })
}

/// A walk under a virtual clock.
struct Walk<'a> {
    plan: &'a RolloutPlan,
    fixture: Fixture,
    at: Timestamp,
    state: RolloutState,
    /// Answers on their way, by the time they arrive and the order they were asked in.
    answers: BTreeMap<(Timestamp, u64), RolloutEvent>,
    asked: u64,
    /// Answers taken, by the name of the metric.
    taken: BTreeMap<String, u32>,
    wake: Option<Timestamp>,
}

impl Walk<'_> {
    /// Lets `event` happen and notes what it asks for.
    fn take(mut self, event: &RolloutEvent) -> Self {
        if matches!(event, RolloutEvent::Woke { .. }) {
            self.wake = None;
        }
        let weights_before = self.state.weights.changes().len();
        let (state, effects) = step(self.plan, self.state, event);
        self.state = state;
        if weights_before < self.state.weights.changes().len() {
            self.fixture.follow(self.state.weights.changes());
        }
        for effect in effects {
            match effect {
                RolloutEffect::Measure { analysis, ticket } => self.measure(analysis, ticket),
                // A recorded answer that comes too late is a stray event, which changes nothing.
                RolloutEffect::Cancel { .. } | RolloutEffect::Conclude(_) => {}
                RolloutEffect::WakeAt(at) => self.wake = Some(at),
            }
        }
        self
    }

    /// Puts the recorded answer on its way.
    fn measure(&mut self, analysis: usize, ticket: Ticket) {
        let planned = self.plan.analyses.get(analysis);
        let metric = planned.and_then(|planned| planned.plan.metrics.get(ticket.metric));
        let Some(metric) = metric else { return };
        let run = self.state.runs.get(analysis).and_then(Option::as_ref);
        let back = planned.zip(run).and_then(|(it, run)| look_back(&it.plan, run, ticket));
        let number = self.taken.entry(metric.name.clone()).or_default();
        let Recorded { after, answer } = self.fixture.answer(metric, *number, self.at, back);
        *number = number.saturating_add(1);
        let at = self.at.saturating_add(after).unwrap_or(Timestamp::MAX);
        let event = RolloutEvent::Measured { at, analysis, ticket, answer };
        self.answers.insert((at, self.asked), event);
        self.asked += 1;
    }

    /// What happens next. At one and the same time answers come first, in the order they were asked.
    fn next(&mut self) -> Result<RolloutEvent, RehearsalError> {
        let arrival = self.answers.first_key_value().map(|((at, _), _)| *at);
        match (arrival, self.wake) {
            (Some(arrival), wake) if wake.is_none_or(|wake| arrival <= wake) => {
                let answer = self.answers.pop_first().map(|(_, event)| event);
                answer.ok_or(RehearsalError::Stuck { at: self.at })
            }
            (_, Some(at)) => Ok(RolloutEvent::Woke { at }),
            (_, None) => Err(RehearsalError::Stuck { at: self.at }),
        }
    }
}

fn time_of(event: &RolloutEvent) -> Timestamp {
    match event {
        RolloutEvent::Started { at }
        | RolloutEvent::Woke { at }
        | RolloutEvent::Measured { at, .. } => *at,
    }
}
