//! The only transition function of a walk.

use assay_template::plan::Mode;
use assay_template::rollout::{Action, RolloutPlan};
use jiff::Timestamp;

use crate::reading::{Answer, Fault};
use crate::rollout::sentence;
use crate::rollout::state::{RolloutState, RolloutVerdict, StepEnding, StepState};
use crate::schedule::later;
use crate::state::{Phase, RunState};
use crate::step::{Effect, Event, Ticket};
use crate::verdict::{Decision, Verdict};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum RolloutEvent {
    /// The rollout begins.
    Started {
        /// When.
        at: Timestamp,
    },
    /// A time asked for by [`RolloutEffect::WakeAt`] has come. Early or extra ones are harmless.
    Woke {
        /// When.
        at: Timestamp,
    },
    /// A measurement of an analysis ended.
    Measured {
        /// When the answer was complete.
        at: Timestamp,
        /// Which analysis, by its place in the plan.
        analysis: usize,
        /// Which of its measurements.
        ticket: Ticket,
        /// What came.
        answer: Result<Answer, Fault>,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum RolloutEffect {
    /// Take a measurement now and report it with [`RolloutEvent::Measured`].
    Measure {
        /// Which analysis, by its place in the plan.
        analysis: usize,
        /// Which of its measurements.
        ticket: Ticket,
    },
    /// A measurement under way is no longer wanted. A late answer is harmless.
    Cancel {
        /// Which analysis, by its place in the plan.
        analysis: usize,
        /// Which of its measurements.
        ticket: Ticket,
    },
    /// Report [`RolloutEvent::Woke`] at this time. A new one replaces the one before.
    WakeAt(Timestamp),
    /// The walk has ended with this verdict.
    Conclude(Box<RolloutVerdict>),
}

/// Takes what happened and answers the next state and what to do.
///
/// Total: a stray, late or duplicate event changes nothing. Time never runs back.
pub fn step(
    plan: &RolloutPlan,
    state: RolloutState,
    event: &RolloutEvent,
) -> (RolloutState, Vec<RolloutEffect>) {
    let heard = matches!(event, RolloutEvent::Woke { .. });
    let mut walk = Walk { plan, state, heard, effects: Vec::new() };
    if walk.state.verdict.is_none() {
        walk.take(event);
    }
    (walk.state, walk.effects)
}

struct Walk<'a> {
    plan: &'a RolloutPlan,
    state: RolloutState,
    /// Whether every answer that comes at once is here, for those come before a wake.
    heard: bool,
    effects: Vec<RolloutEffect>,
}

impl Walk<'_> {
    fn take(&mut self, event: &RolloutEvent) {
        match event {
            RolloutEvent::Started { at } => {
                if self.state.started_at.is_some() {
                    return;
                }
                self.state.started_at = Some(*at);
                self.state.clock = *at;
                self.state.weights.set(*at, 0.0);
                self.advance();
            }
            RolloutEvent::Woke { at } => {
                if self.state.started_at.is_none() {
                    return;
                }
                self.state.clock = self.state.clock.max(*at);
                self.wake();
            }
            RolloutEvent::Measured { at, analysis, ticket, answer } => {
                self.state.clock = self.state.clock.max(*at);
                let (at, ticket, answer) = (self.state.clock, *ticket, answer.clone());
                self.run(*analysis, &Event::Measured { at, ticket, answer });
                self.go_on();
            }
        }
        self.look_again();
    }

    /// Wakes the runs that are due.
    fn wake(&mut self) {
        let at = self.state.clock;
        let due = self.state.wakes.iter().map(|wake| wake.is_some_and(|wake| wake <= at));
        let due: Vec<bool> = due.collect();
        for (analysis, _) in due.iter().enumerate().filter(|(_, due)| **due) {
            if let Some(wake) = self.state.wakes.get_mut(analysis) {
                *wake = None;
            }
            self.run(analysis, &Event::Woke { at });
        }
        self.go_on();
    }

    /// Does what follows from what is known, once all of it is.
    fn go_on(&mut self) {
        if self.awaits_an_answer() {
            return;
        }
        self.settle();
        self.end_pause();
        self.advance();
    }

    /// Whether something that was asked at this very time may be answered at this time too, or has still
    /// to be asked. Nothing is decided before that.
    fn awaits_an_answer(&self) -> bool {
        let asked = self.effects.iter().any(|it| matches!(it, RolloutEffect::Measure { .. }));
        let now = self.state.clock;
        let metrics = self.state.runs.iter().flatten().flat_map(|run| &run.metrics);
        let mut under_way = metrics.filter_map(|metric| metric.in_flight);
        let mut due = self.state.wakes.iter().flatten();
        asked
            || !self.heard && (under_way.any(|it| it.since == now) || due.any(|wake| *wake <= now))
    }

    fn end_pause(&mut self) {
        if self.state.until.is_some_and(|until| until <= self.state.clock) {
            self.state.until = None;
            let open = self.current().is_some_and(|action| action == Action::PauseForPerson);
            self.end_step(if open { StepEnding::Promoted } else { StepEnding::Done });
        }
    }

    /// What the step under way does; none between two steps.
    fn current(&self) -> Option<Action> {
        let under_way = self.state.steps.last().filter(|step| step.ending.is_none())?;
        self.plan.steps.get(under_way.step).map(|step| step.action)
    }

    fn end_step(&mut self, ending: StepEnding) {
        let at = self.state.clock;
        if let Some(step) = self.state.steps.last_mut().filter(|step| step.ending.is_none()) {
            step.to = Some(at);
            step.ending = Some(ending);
        }
    }

    /// Goes on from step to step until one has to be waited for.
    fn advance(&mut self) {
        while self.state.verdict.is_none() && self.current().is_none() {
            let place = self.state.steps.len();
            self.start_background(place);
            let Some(next) = self.plan.steps.get(place) else {
                if !self.awaits_an_answer() {
                    self.complete();
                }
                return;
            };
            let at = self.state.clock;
            if let Action::SetWeight(weight) = next.action {
                self.state.weights.set(at, weight);
            }
            let weight = self.state.weights.now();
            let begun = StepState { step: place, weight, from: at, to: None, ending: None };
            self.state.steps.push(begun);
            match next.action {
                Action::SetWeight(_) | Action::Pass => self.end_step(StepEnding::Done),
                Action::Pause(wait) => self.state.until = Some(later(at, wait)),
                Action::PauseForPerson => self.state.until = Some(later(at, self.state.person)),
                Action::Analyse(analysis) => self.start(analysis),
            }
            // A pause of no time ends here.
            if !self.awaits_an_answer() {
                self.end_pause();
            }
            self.settle();
        }
    }

    fn start_background(&mut self, place: usize) {
        let Some(background) = self.plan.background else { return };
        let started = self.state.runs.get(background.analysis).is_some_and(Option::is_some);
        if !started && background.starting_step <= place && place < self.plan.steps.len() {
            self.start(background.analysis);
        }
    }

    fn start(&mut self, analysis: usize) {
        let Some(planned) = self.plan.analyses.get(analysis) else { return };
        let before = self.plan.analyses.iter().zip(&self.state.runs);
        let before = before.filter_map(|(planned, run)| Some((&planned.plan, run.as_ref()?)));
        let fresh = RunState::after(&planned.plan, before);
        if let Some(run) = self.state.runs.get_mut(analysis) {
            *run = Some(fresh);
        }
        self.run(analysis, &Event::Started { at: self.state.clock });
    }

    /// Lets an event happen to the run of an analysis.
    fn run(&mut self, analysis: usize, event: &Event) {
        let run = self.state.runs.get_mut(analysis);
        let (Some(run), Some(planned)) = (run, self.plan.analyses.get(analysis)) else { return };
        let Some(state) = run.take() else { return };
        let (state, effects) = crate::step::step(&planned.plan, state, event);
        *run = Some(state);
        for effect in effects {
            match effect {
                Effect::Measure { ticket } => {
                    self.effects.push(RolloutEffect::Measure { analysis, ticket });
                }
                Effect::Cancel { ticket } => {
                    self.effects.push(RolloutEffect::Cancel { analysis, ticket });
                }
                Effect::WakeAt(at) => {
                    if let Some(wake) = self.state.wakes.get_mut(analysis) {
                        *wake = Some(at);
                    }
                }
                Effect::Conclude(_) => {
                    if let Some(wake) = self.state.wakes.get_mut(analysis) {
                        *wake = None;
                    }
                }
            }
        }
    }

    /// Does to the rollout what the verdicts of its runs ask for. Of two at one time abort wins, then
    /// hold, so that a step never goes on over what a run beside it says.
    fn settle(&mut self) {
        if self.state.verdict.is_some() {
            return;
        }
        let said: Vec<(usize, Decision)> = self.said().collect();
        let found = |wanted| said.iter().find(|(_, decision)| *decision == wanted).copied();
        match found(Decision::Abort).or_else(|| found(Decision::Hold)) {
            Some((analysis, Decision::Abort)) => self.stop(Decision::Abort, Some(analysis)),
            Some((analysis, Decision::Promote | Decision::Hold)) => {
                self.stop(Decision::Hold, Some(analysis));
            }
            None => {
                let waited_for = match self.current() {
                    Some(Action::Analyse(analysis)) => Some(analysis),
                    Some(
                        Action::SetWeight(_)
                        | Action::Pause(_)
                        | Action::PauseForPerson
                        | Action::Pass,
                    )
                    | None => None,
                };
                if said.iter().any(|(analysis, _)| Some(*analysis) == waited_for) {
                    self.end_step(StepEnding::Done);
                }
            }
        }
    }

    /// Every verdict so far, as the rollout takes it.
    fn said(&self) -> impl Iterator<Item = (usize, Decision)> {
        let pairs = self.plan.analyses.iter().zip(&self.state.runs).enumerate();
        pairs.filter_map(|(place, (planned, run))| {
            let verdict = run.as_ref()?.verdict.as_deref()?;
            Some((place, taken(planned.plan.mode, verdict)))
        })
    }

    /// Every step is done: the new version has all the traffic, and the background analysis ends.
    fn complete(&mut self) {
        let at = self.state.clock;
        if self.state.weights.now() < 100.0 {
            self.state.weights.set(at, 100.0);
        }
        self.end_runs("the rollout went to its end");
        // By Argo's rules nobody looks at how a run came out that ends with its rollout.
        let background = self.plan.background.map(|background| background.analysis);
        let strict = |place: usize| {
            self.plan.analyses.get(place).is_some_and(|it| it.plan.mode == Mode::Strict)
        };
        let unproven = self.said().find(|(place, decision)| {
            Some(*place) == background && *decision != Decision::Promote && strict(*place)
        });
        match unproven {
            Some((place, decision)) => self.conclude(decision, None, Some(place)),
            None => self.conclude(Decision::Promote, None, None),
        }
    }

    /// The rollout goes no further.
    fn stop(&mut self, decision: Decision, decisive: Option<usize>) {
        let at = self.state.clock;
        self.state.until = None;
        let (ending, why) = match decision {
            Decision::Abort => (StepEnding::Aborted, "the rollout was aborted"),
            Decision::Promote | Decision::Hold => (StepEnding::Held, "the rollout was paused"),
        };
        // A run may end the rollout between two steps; the one that would come next did not begin.
        let stopped_at = self.state.steps.last().map_or(0, |step| step.step);
        self.end_step(ending);
        if decision == Decision::Abort {
            self.state.weights.set(at, 0.0);
        }
        self.end_runs(why);
        self.conclude(decision, Some(stopped_at), decisive);
    }

    fn end_runs(&mut self, why: &str) {
        for analysis in 0..self.state.runs.len() {
            let (at, why) = (self.state.clock, why.to_owned());
            self.run(analysis, &Event::Terminated { at, why });
        }
    }

    fn conclude(&mut self, decision: Decision, stopped_at: Option<usize>, decisive: Option<usize>) {
        let at = self.state.clock;
        let sentence = sentence::sentence(self.plan, &self.state, decision, stopped_at, decisive);
        let verdict = Box::new(RolloutVerdict { decision, at, stopped_at, decisive, sentence });
        self.state.verdict = Some(verdict.clone());
        self.effects.push(RolloutEffect::Conclude(verdict));
    }

    fn look_again(&mut self) {
        if self.state.verdict.is_some() {
            return;
        }
        let wakes = self.state.wakes.iter().copied().flatten();
        let again = self.awaits_an_answer().then_some(self.state.clock);
        let wake = wakes.chain(self.state.until).chain(again).min();
        self.effects.extend(wake.map(RolloutEffect::WakeAt));
    }
}

/// A verdict as the rollout takes it: by Argo's rules an Error aborts like a failure.
fn taken(mode: Mode, verdict: &Verdict) -> Decision {
    match (mode, verdict.phase) {
        (Mode::Argo, Phase::Error | Phase::Failed) => Decision::Abort,
        (Mode::Argo, Phase::Successful) => Decision::Promote,
        (Mode::Argo, Phase::Inconclusive | Phase::Pending | Phase::Running) => Decision::Hold,
        (Mode::Strict, _) => verdict.decision,
    }
}
