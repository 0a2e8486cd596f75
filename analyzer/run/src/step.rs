//! The only transition function.
//!
//! [`step`] takes in one event and hands on to the rules of the plan's mode, which decide what to
//! measure, when to look again and whether the run is over.
//!
//! **Invariant:** a run has at most one verdict; after it, every event is stray. A metric has at most
//! one measurement under way, and one that has concluded never changes.

use assay_template::plan::{Mode, Plan};
use jiff::Timestamp;

use crate::compare::{self, Asked};
use crate::reading::{Answer, Fault, Reading};
use crate::state::{InFlight, MetricState, Phase, RunState};
use crate::value::MESSAGE_BYTES_MAX;
use crate::verdict::Verdict;
use crate::{argo, judge, schedule, strict, warnings, words};

/// Names one measurement of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    /// The metric's place in the plan.
    pub metric: usize,
    /// Counts the metric's measurements from 0.
    pub number: u32,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run begins.
    Started {
        /// When.
        at: Timestamp,
    },
    /// A time asked for by [`Effect::WakeAt`] has come. Early or extra ones are harmless.
    Woke {
        /// When.
        at: Timestamp,
    },
    /// A measurement ended.
    Measured {
        /// When the answer was complete.
        at: Timestamp,
        /// Which.
        ticket: Ticket,
        /// What came.
        answer: Result<Answer, Fault>,
    },
    /// The run is over before its time, as when the rollout it watches completes. What was measured
    /// so far counts.
    Terminated {
        /// When.
        at: Timestamp,
        /// Why, as a clause: `the recorded answers are used up`; empty if nobody said.
        why: String,
    },
    /// Somebody gives up on the run. Whatever was measured so far, this promotes nothing.
    Interrupted {
        /// When.
        at: Timestamp,
        /// Why, as a clause: `somebody pressed Ctrl-C`; empty if nobody said.
        why: String,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Take a measurement now and report it with [`Event::Measured`].
    Measure {
        /// Which.
        ticket: Ticket,
    },
    /// A measurement under way is no longer wanted. A late answer is harmless.
    Cancel {
        /// Which.
        ticket: Ticket,
    },
    /// Report [`Event::Woke`] at this time. A new one replaces the one before.
    WakeAt(Timestamp),
    /// The run has ended with this verdict.
    Conclude(Box<Verdict>),
}

/// Takes what happened and answers the next state and what to do.
///
/// Total: a stray, late or duplicate event changes nothing. Time never runs back: an event dated
/// before the one ahead of it counts as of the same time.
pub fn step(plan: &Plan, mut state: RunState, event: &Event) -> (RunState, Vec<Effect>) {
    let mut effects = Vec::new();
    if state.verdict.is_none() && take(plan, &mut state, event) {
        expire(plan, &mut state);
        match plan.mode {
            Mode::Strict => strict::advance(plan, &mut state, &mut effects),
            Mode::Argo => {
                let answered = matches!(event, Event::Measured { .. });
                argo::advance(plan, &mut state, answered, &mut effects);
            }
        }
    }
    (state, effects)
}

/// What a driver has to do that took over `state` from another one: every measurement under way
/// anew, and the next look.
pub fn resume(plan: &Plan, state: &RunState) -> Vec<Effect> {
    if let Some(verdict) = &state.verdict {
        return vec![Effect::Conclude(verdict.clone())];
    }
    let measurements = state.metrics.iter().filter_map(|metric| metric.in_flight);
    measurements
        .map(|in_flight| Effect::Measure { ticket: in_flight.ticket })
        .chain(schedule::next_look(plan, state).map(Effect::WakeAt))
        .collect()
}

/// Takes in what happened; false if it is stray and nothing follows from it.
fn take(plan: &Plan, state: &mut RunState, event: &Event) -> bool {
    match event {
        Event::Started { at } => {
            let fresh = state.started_at.is_none();
            if fresh {
                begin(plan, state, *at);
            }
            fresh
        }
        Event::Woke { at } => {
            state.clock = state.clock.max(*at);
            state.started_at.is_some()
        }
        Event::Measured { at, ticket, answer } => take_answer(plan, state, *at, *ticket, answer),
        Event::Terminated { at, why } => end(plan, state, *at, why),
        Event::Interrupted { at, why } => {
            let fresh = end(plan, state, *at, why);
            state.interrupted |= fresh;
            fresh
        }
    }
}

fn end(plan: &Plan, state: &mut RunState, at: Timestamp, why: &str) -> bool {
    if state.termination.is_some() {
        return false;
    }
    if state.started_at.is_none() {
        begin(plan, state, at);
    }
    state.clock = state.clock.max(at);
    state.termination = Some(judge::clean(plan, why, MESSAGE_BYTES_MAX));
    true
}

fn begin(plan: &Plan, state: &mut RunState, at: Timestamp) {
    state.clock = at;
    state.started_at = Some(at);
    state.phase = Phase::Running;
    state.delays_from = match plan.mode {
        Mode::Strict => Some(at),
        // Argo writes its `startedAt` when the first pass is over.
        Mode::Argo => None,
    };
    if plan.terminate {
        state.termination = Some(String::from("it is marked `terminate`"));
    }
}

/// Takes in an answer, unless nobody waits for it.
fn take_answer(
    plan: &Plan,
    state: &mut RunState,
    at: Timestamp,
    ticket: Ticket,
    answer: &Result<Answer, Fault>,
) -> bool {
    let deadline = schedule::deadline(plan, state);
    let (Some(metric), Some(metric_plan)) =
        (state.metrics.get_mut(ticket.metric), plan.metrics.get(ticket.metric))
    else {
        return false;
    };
    let Some(in_flight) = metric.in_flight.filter(|in_flight| in_flight.ticket == ticket) else {
        return false;
    };
    state.clock = state.clock.max(at);
    let late = deadline.is_some_and(|deadline| deadline < state.clock);
    if late {
        // What comes after the end of the run's time is no evidence.
        metric.in_flight = None;
        metric.unanswered_since = Some(in_flight.since);
        return true;
    }
    let judged = match answer {
        Ok(Answer { reading: Reading::Samples(samples), warnings, .. }) => {
            let asked = Asked { place: ticket.metric, at: in_flight.since, warnings };
            compare::judged(plan, state, &asked, samples)
        }
        Ok(_) | Err(_) => judge::judge(plan, metric_plan, answer, in_flight.since, state.clock),
    };
    if let Some(metric) = state.metrics.get_mut(ticket.metric) {
        metric.in_flight = None;
        metric.record(judged.measurement, metric_plan.retention);
    }
    for sign in &judged.signs {
        warnings::note(plan, state, Some(ticket.metric), sign);
    }
    true
}

/// Ends the run when its time is over.
fn expire(plan: &Plan, state: &mut RunState) {
    let over = schedule::deadline(plan, state).is_some_and(|deadline| deadline <= state.clock);
    if let (true, None, Some(allowed)) = (over, &state.termination, plan.max_duration) {
        state.termination =
            Some(format!("its maxDuration of {} was over", words::duration(allowed)));
    }
}

/// Asks for the next measurement of a metric.
pub(crate) fn ask(state: &mut RunState, place: usize, effects: &mut Vec<Effect>) {
    let since = state.clock;
    if let Some(metric) = state.metrics.get_mut(place) {
        let ticket = Ticket { metric: place, number: metric.asked };
        metric.asked = metric.asked.wrapping_add(1);
        metric.in_flight = Some(InFlight { ticket, since });
        metric.phase = Phase::Running;
        effects.push(Effect::Measure { ticket });
    }
}

/// Gives up the measurement of a metric under way, if there is one.
pub(crate) fn give_up(metric: &mut MetricState, effects: &mut Vec<Effect>) -> Option<InFlight> {
    let in_flight = metric.in_flight.take()?;
    metric.unanswered_since = Some(in_flight.since);
    effects.push(Effect::Cancel { ticket: in_flight.ticket });
    Some(in_flight)
}
