//! Random plans under random answers, delays, duplicates, strays, clock steps and terminations.
//!
//! A seed decides everything; a failure names it, so `one(seed)` shows it again.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_run::reading::{Answer, Fault};
use assay_run::state::{Outcome, Phase, RunState};
use assay_run::step::{Effect, Event, Ticket, resume, step};
use assay_run::verdict::{Decision, Verdict};
use assay_template::plan::{Consequence, Limits, MetricPlan, Mode, OnNoData, Plan, Query};
use jiff::Timestamp;

use crate::driver::{answer, at, metric, plan, seconds};

const SEEDS: u64 = 3_000;

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `max`, inclusive.
    fn up_to(&mut self, max: u32) -> u32 {
        u32::try_from(self.next() % (u64::from(max) + 1)).unwrap()
    }

    fn one_in(&mut self, sides: u32) -> bool {
        self.up_to(sides - 1) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[usize::try_from(self.next()).unwrap() % items.len()]
    }

    fn some<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.one_in(2) { Some(make(self)) } else { None }
    }
}

fn any_metric(dice: &mut Dice, number: u32) -> MetricPlan {
    let consecutive_success = dice.some(|dice| dice.up_to(3) + 1);
    let count = dice.some(|dice| dice.up_to(6) + 1);
    let single = count == Some(1);
    let provider = dice.pick(&["graphite", "graphite", "datadog", "job"]);
    MetricPlan {
        interval: if single { None } else { Some(seconds(u64::from(dice.up_to(40)) + 1)) },
        initial_delay: if dice.one_in(3) {
            seconds(u64::from(dice.up_to(60)))
        } else {
            Duration::ZERO
        },
        count,
        limits: Limits {
            failure: match consecutive_success {
                Some(_) => dice.some(|dice| dice.up_to(3)),
                None => Some(dice.up_to(3)),
            },
            consecutive_failure: dice.some(|dice| dice.up_to(2)),
            inconclusive: dice.up_to(2),
            consecutive_error: dice.up_to(4),
            consecutive_success,
        },
        query: Query::Foreign { provider, query: None },
        dry_run: dice.one_in(4),
        retention: usize::try_from(dice.up_to(10)).unwrap(),
        on_no_data: match dice.up_to(2) {
            0 => OnNoData::Abort,
            1 => OnNoData::Hold,
            _ => OnNoData::Judge { waiver: String::from("quiet at night") },
        },
        on_error: dice.pick(&[Consequence::Hold, Consequence::Abort]),
        on_inconclusive: dice.pick(&[Consequence::Hold, Consequence::Abort]),
        ..metric(&format!("metric-{number}"))
    }
}

fn any_plan(dice: &mut Dice) -> Plan {
    let mode = dice.pick(&[Mode::Strict, Mode::Argo]);
    let metrics = (0..=dice.up_to(4)).map(|number| any_metric(dice, number)).collect();
    let mut plan = plan(mode, metrics);
    plan.max_duration = Some(seconds(u64::from(dice.up_to(600)) + 1));
    plan.terminate = dice.one_in(50);
    plan
}

/// What is to happen, in order of time and then of planning.
type Agenda = BTreeMap<(Timestamp, u64), Event>;

struct Simulation {
    dice: Dice,
    plan: Plan,
    state: RunState,
    now: Timestamp,
    agenda: Agenda,
    planned: u64,
    wake: Option<Timestamp>,
    /// What the source is made of: the letters it may answer.
    letters: &'static [char],
    in_flight: BTreeMap<Ticket, Timestamp>,
    accepted: BTreeMap<usize, u32>,
    log: Vec<(Event, Vec<Effect>)>,
    verdicts: Vec<Verdict>,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let plan = any_plan(&mut dice);
        let letters = dice.pick::<&'static [char]>(&[
            &['S'],
            &['S', 'S', 'S', 'S', 'S', 'N', 'E'],
            &['S', 'F', 'I', 'E', 'N'],
            &['N', 'E'],
            &['F', 'I', 'N'],
        ]);
        let mut simulation = Self {
            state: RunState::new(&plan),
            dice,
            plan,
            now: at(0),
            agenda: Agenda::new(),
            planned: 0,
            wake: None,
            letters,
            in_flight: BTreeMap::new(),
            accepted: BTreeMap::new(),
            log: Vec::new(),
            verdicts: Vec::new(),
        };
        simulation.plan_event(at(0), Event::Started { at: at(0) });
        if simulation.dice.one_in(4) {
            let end = at(i64::from(simulation.dice.up_to(300)));
            simulation.plan_event(end, Event::Terminated { at: end, why: String::new() });
        }
        simulation
    }

    fn plan_event(&mut self, time: Timestamp, event: Event) {
        self.planned += 1;
        self.agenda.insert((time, self.planned), event);
    }

    fn run(mut self) -> Self {
        for _ in 0..200_000 {
            let next = self.agenda.keys().next().copied();
            match (next, self.wake) {
                (Some((time, _)), Some(wake)) if wake < time => self.woke(wake),
                (Some(key), _) => {
                    let event = self.agenda.remove(&key).unwrap();
                    self.now = self.now.max(key.0);
                    self.tell(event);
                }
                (None, Some(wake)) => self.woke(wake),
                (None, None) => return self,
            }
        }
        panic!("the run does not end");
    }

    fn woke(&mut self, wake: Timestamp) {
        self.now = self.now.max(wake);
        self.wake = None;
        self.tell(Event::Woke { at: self.now });
    }

    /// Tells the run what happened, checks what must always hold, and does what it says.
    fn tell(&mut self, event: Event) {
        let before = self.state.clone();
        if let Event::Measured { at, ticket, .. } = &event
            && self.in_flight.remove(ticket).is_some()
            && !before.phase.is_concluded()
            && at.max(&self.now) <= &self.deadline()
        {
            *self.accepted.entry(ticket.metric).or_default() += 1;
        }
        let (state, effects) = step(&self.plan, before.clone(), &event);
        self.state = state;
        if before.verdict.is_some() {
            assert_eq!(self.state, before, "after the verdict nothing changes");
            assert_eq!(effects, [], "after the verdict nothing is done");
        }
        for (place, metric) in before.metrics.iter().enumerate() {
            if metric.phase.is_concluded() {
                assert_eq!(&self.state.metrics[place], metric, "a concluded metric never changes");
            }
        }
        self.log.push((event, effects.clone()));
        for effect in effects {
            self.do_it(effect);
        }
        self.meddle();
        if self.dice.one_in(40) {
            self.crash();
        }
    }

    /// Forgets everything but the log, as a driver that crashes, and takes the run over from there.
    fn crash(&mut self) {
        let fresh = RunState::new(&self.plan);
        let replayed =
            self.log.iter().fold(fresh, |state, (event, _)| step(&self.plan, state, event).0);
        assert_eq!(replayed, self.state, "replay differs from live");
        self.wake = None;
        let asked: Vec<Ticket> = self.in_flight.keys().copied().collect();
        let mut again = Vec::new();
        for effect in resume(&self.plan, &self.state) {
            match effect {
                Effect::Measure { ticket } => {
                    again.push(ticket);
                    self.plan_answer(ticket);
                }
                Effect::WakeAt(time) => self.wake = Some(time),
                Effect::Conclude(verdict) => assert_eq!(*verdict, self.verdicts[0]),
                Effect::Cancel { ticket } => panic!("{ticket:?} has nobody left to cancel it"),
            }
        }
        assert_eq!(again, asked, "what was under way is asked for again");
    }

    fn do_it(&mut self, effect: Effect) {
        match effect {
            Effect::Measure { ticket } => {
                let others = self.in_flight.keys().filter(|other| other.metric == ticket.metric);
                assert_eq!(others.count(), 0, "two measurements of one metric under way");
                self.check_spacing(ticket.metric);
                self.in_flight.insert(ticket, self.now);
                self.plan_answer(ticket);
            }
            Effect::Cancel { ticket } => {
                assert!(self.in_flight.remove(&ticket).is_some(), "{ticket:?} was not under way");
                let polled = matches!(
                    self.plan.metrics[ticket.metric].query,
                    Query::Foreign { provider: "job", .. }
                );
                if self.plan.mode == Mode::Argo && polled {
                    *self.accepted.entry(ticket.metric).or_default() += 1;
                }
            }
            Effect::WakeAt(time) => self.wake = Some(time),
            Effect::Conclude(verdict) => {
                self.verdicts.push(*verdict);
                self.wake = None;
            }
        }
    }

    fn plan_answer(&mut self, ticket: Ticket) {
        if self.dice.one_in(40) {
            return; // The source hangs.
        }
        let answer: Result<Answer, Fault> = answer(self.dice.pick(self.letters));
        let delay = if self.dice.one_in(3) { self.dice.up_to(90) } else { 0 };
        let time = self.now + seconds(u64::from(delay));
        // Some reports are dated too early, as when a clock stepped back.
        let dated = if self.dice.one_in(20) { at(0) } else { time };
        let event = Event::Measured { at: dated, ticket, answer };
        if self.dice.one_in(8) {
            let again = time + seconds(u64::from(self.dice.up_to(30)));
            self.plan_event(again, event.clone());
        }
        self.plan_event(time, event);
    }

    /// Throws in what nobody asked for.
    fn meddle(&mut self) {
        if !self.dice.one_in(6) || 2_000 < self.planned {
            return;
        }
        let time = self.now + seconds(u64::from(self.dice.up_to(20)));
        let event = match self.dice.up_to(3) {
            0 => Event::Woke { at: time },
            1 => Event::Woke { at: at(0) },
            2 => Event::Started { at: time },
            _ => {
                let metric = usize::try_from(self.dice.up_to(6)).unwrap();
                let ticket = Ticket { metric, number: self.dice.up_to(50) + 1_000 };
                Event::Measured { at: time, ticket, answer: answer('S') }
            }
        };
        self.plan_event(time, event);
    }

    /// The time between a measurement's end and the next one's start.
    fn check_spacing(&self, place: usize) {
        let metric = &self.plan.metrics[place];
        let Some(last) = self.state.metrics[place].last() else { return };
        let interval = metric.interval.unwrap_or(seconds(10));
        let least = match self.plan.mode {
            Mode::Argo if last.outcome == Outcome::Errored => seconds(10),
            Mode::Strict if last.is_blind() => interval.min(seconds(10)),
            Mode::Argo | Mode::Strict => interval,
        };
        assert!(last.finished_at + least <= self.now, "{place} is asked too early");
    }

    fn deadline(&self) -> Timestamp {
        at(0) + self.plan.max_duration.unwrap()
    }

    fn check_end(&self) {
        assert_eq!(self.verdicts.len(), 1, "exactly one verdict");
        let verdict = &self.verdicts[0];
        assert_eq!(self.state.verdict.as_deref(), Some(verdict));
        assert!(verdict.at <= self.deadline(), "ended at {} only", verdict.at);
        assert!(self.in_flight.is_empty(), "left under way: {:?}", self.in_flight);
        for (place, metric) in self.state.metrics.iter().enumerate() {
            let accepted = self.accepted.get(&place).copied().unwrap_or_default();
            assert_eq!(metric.tally.taken(), accepted, "the counters add up");
            let kept = self.plan.metrics[place].retention.max(1);
            assert!(metric.measurements.len() <= kept);
        }
        self.check_promotion(verdict);
        check_sentence(&verdict.sentence);
        self.check_replay();
    }

    /// In strict mode nothing is promoted over a metric that was not seen to be good.
    fn check_promotion(&self, verdict: &Verdict) {
        let with_a_say = self.plan.metrics.iter().zip(&self.state.metrics);
        for (plan, metric) in with_a_say.filter(|(plan, _)| !plan.dry_run) {
            if metric.phase == Phase::Failed {
                assert_eq!(verdict.phase, Phase::Failed);
            }
            if self.plan.mode == Mode::Strict && verdict.decision == Decision::Promote {
                assert_eq!(metric.phase, Phase::Successful, "{}", plan.name);
                assert!(0 < metric.tally.successful, "{}", plan.name);
                assert!(!metric.last().unwrap().is_blind(), "{}", plan.name);
            }
        }
    }

    /// Folding the events again gives the same states and effects, at every point.
    fn check_replay(&self) {
        let mut state = RunState::new(&self.plan);
        for (event, effects) in &self.log {
            let (next, again) = step(&self.plan, state, event);
            assert_eq!(&again, effects);
            state = next;
        }
        assert_eq!(state, self.state);
        assert_eq!(resume(&self.plan, &state).len(), 1, "only the verdict is left to report");
    }
}

fn check_sentence(sentence: &str) {
    assert!(sentence.ends_with('.'), "{sentence}");
    for wrong in ["  ", " 1 measurements", "..", " ,", ", ,", "()", " .", "``"] {
        assert!(!sentence.contains(wrong), "{wrong:?} in {sentence}");
    }
}

fn one(seed: u64) -> Simulation {
    let simulation = Simulation::new(seed).run();
    simulation.check_end();
    simulation
}

#[test]
fn every_seed_keeps_every_promise() {
    let mut decisions = BTreeMap::new();
    for seed in 0..SEEDS {
        let outcome = std::panic::catch_unwind(|| one(seed));
        let simulation = outcome.unwrap_or_else(|_| panic!("seed {seed}, see above"));
        let mode = simulation.plan.mode == Mode::Strict;
        *decisions.entry((mode, simulation.verdicts[0].decision.as_str())).or_insert(0) += 1;
    }
    // A simulation that never promotes would prove nothing about promotions.
    assert_eq!(decisions.len(), 6, "{decisions:?}");
    assert!(decisions.values().all(|times| 50 < *times), "{decisions:?}");
}
