//! A driver with a clock of its own, which answers measurements from letters.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_run::reading::{Answer, Fault, FaultKind, Reading};
use assay_run::state::{Phase, RunState};
use assay_run::step::{Effect, Event, Ticket, step};
use assay_run::verdict::Verdict;
use assay_template::condition::{Condition, Kind};
use assay_template::plan::{
    Consequence, Criterion, Limits, MetricPlan, Mode, OnNoData, Plan, Query,
};
use assay_template::secret::{Resolved, Secrets};
use jiff::Timestamp;

/// 10:00:00Z, `seconds` later.
pub(crate) fn at(seconds: i64) -> Timestamp {
    "2026-01-05T10:00:00Z".parse::<Timestamp>().unwrap()
        + Duration::from_secs(seconds.unsigned_abs())
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A metric judged by a score: 80 is good, 60 undecided, less is bad.
pub(crate) fn metric(name: &str) -> MetricPlan {
    MetricPlan {
        name: name.to_owned(),
        interval: Some(seconds(60)),
        initial_delay: Duration::ZERO,
        count: None,
        limits: Limits::default(),
        criterion: Criterion::Score { pass: 80, marginal: 60 },
        query: Query::Foreign { provider: "graphite", query: Some(Resolved::plain("up")) },
        dry_run: false,
        retention: 10,
        on_no_data: OnNoData::Hold,
        on_error: Consequence::Hold,
        on_inconclusive: Consequence::Hold,
    }
}

/// A metric measured once, as templates without interval and count are.
pub(crate) fn once(name: &str) -> MetricPlan {
    MetricPlan { interval: None, count: Some(1), ..metric(name) }
}

/// A metric with a count.
pub(crate) fn counted(name: &str, count: u32) -> MetricPlan {
    MetricPlan { count: Some(count), ..metric(name) }
}

/// `metric` with Prometheus conditions in place of the score; an empty text is no condition.
pub(crate) fn judged_by(success: &str, failure: &str, metric: MetricPlan) -> MetricPlan {
    let compile = |text: &str| {
        (!text.is_empty()).then(|| Condition::compile(text, Kind::Prometheus).unwrap())
    };
    let criterion = Criterion::Conditions { success: compile(success), failure: compile(failure) };
    MetricPlan { criterion, ..metric }
}

/// An instant vector.
pub(crate) fn vector(values: &[f64]) -> Result<Answer, Fault> {
    Ok(Answer::of(Reading::Vector(values.to_vec())))
}

pub(crate) fn plan(mode: Mode, metrics: Vec<MetricPlan>) -> Plan {
    Plan {
        name: String::from("checkout"),
        mode,
        metrics,
        sequential: None,
        max_duration: None,
        terminate: false,
        warnings: Vec::new(),
        secrets: Secrets::default(),
    }
}

/// The answer a letter stands for: Successful, Failed, Inconclusive, Error, No data.
pub(crate) fn answer(letter: char) -> Result<Answer, Fault> {
    let reading = match letter {
        'S' => Reading::Score(97.0),
        'F' => Reading::Score(12.0),
        'I' => Reading::Score(70.0),
        'N' => Reading::Nothing { why: String::from("the query returned nothing") },
        'E' => {
            return Err(Fault {
                kind: FaultKind::Unreachable,
                message: String::from("127.0.0.1:9090 refused the connection"),
            });
        }
        letter => panic!("no answer is written {letter:?}"),
    };
    Ok(Answer::of(reading))
}

/// A run under way.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) state: RunState,
    pub(crate) now: Timestamp,
    /// Measurements asked for and not yet answered or given up, and when they were asked for.
    pub(crate) asked: BTreeMap<Ticket, Timestamp>,
    /// Every measurement asked for.
    pub(crate) history: Vec<(Ticket, Timestamp)>,
    pub(crate) cancelled: Vec<Ticket>,
    pub(crate) wake: Option<Timestamp>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) events: Vec<Event>,
}

impl World {
    /// A run of `plan` that has not started.
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            state: RunState::new(&plan),
            plan,
            now: at(0),
            asked: BTreeMap::new(),
            history: Vec::new(),
            cancelled: Vec::new(),
            wake: None,
            verdicts: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A run of `plan` started at 10:00:00Z.
    pub(crate) fn start(plan: Plan) -> Self {
        let mut world = Self::new(plan);
        world.tell(Event::Started { at: at(0) });
        world
    }

    pub(crate) fn tell(&mut self, event: Event) {
        let (state, effects) = step(&self.plan, self.state.clone(), &event);
        self.state = state;
        self.events.push(event);
        for effect in effects {
            match effect {
                Effect::Measure { ticket } => {
                    assert!(
                        self.asked.insert(ticket, self.now).is_none(),
                        "{ticket:?} asked twice"
                    );
                    self.history.push((ticket, self.now));
                }
                Effect::Cancel { ticket } => {
                    assert!(self.asked.remove(&ticket).is_some(), "{ticket:?} was not asked for");
                    self.cancelled.push(ticket);
                }
                Effect::WakeAt(time) => self.wake = Some(time),
                Effect::Conclude(verdict) => self.verdicts.push(*verdict),
            }
        }
    }

    /// Answers the measurement of `metric` under way.
    pub(crate) fn answer(&mut self, metric: usize, answer: Result<Answer, Fault>) {
        let ticket = self.asked.keys().copied().find(|ticket| ticket.metric == metric);
        let ticket = ticket.expect("a measurement is under way");
        self.asked.remove(&ticket);
        self.tell(Event::Measured { at: self.now, ticket, answer });
    }

    /// Gives `answer` to every measurement until the run is over or asks for nothing more.
    pub(crate) fn repeat(&mut self, answer: &Result<Answer, Fault>) {
        for _ in 0..1_000 {
            let next = self.asked.keys().next().copied();
            match (self.verdicts.is_empty(), next, self.wake) {
                (true, Some(ticket), _) => self.answer(ticket.metric, answer.clone()),
                (true, None, Some(time)) => self.wake_at(time),
                (true, None, None) | (false, _, _) => return,
            }
        }
        panic!("the run does not end: {:?}", self.state);
    }

    /// Lets time pass until `time` and wakes the run.
    pub(crate) fn wake_at(&mut self, time: Timestamp) {
        self.now = time;
        self.wake = None;
        self.tell(Event::Woke { at: time });
    }

    pub(crate) fn terminate(&mut self, why: &str) {
        self.tell(Event::Terminated { at: self.now, why: why.to_owned() });
    }

    pub(crate) fn interrupt(&mut self, why: &str) {
        self.tell(Event::Interrupted { at: self.now, why: why.to_owned() });
    }

    /// Answers every measurement of metric `i` with the letters of `answers[i]` in turn, at once, and
    /// wakes the run whenever it asks for that, until a letter is missing or the run is over.
    pub(crate) fn play(&mut self, answers: &[&str]) {
        let mut answers: Vec<_> = answers.iter().map(|letters| letters.chars()).collect();
        for _ in 0..100_000 {
            if !self.verdicts.is_empty() {
                return;
            }
            let next = self.asked.keys().next().copied();
            match (next, self.wake) {
                (Some(ticket), _) => {
                    let Some(letter) = answers[ticket.metric].next() else { return };
                    self.answer(ticket.metric, answer(letter));
                }
                (None, Some(time)) => self.wake_at(time),
                (None, None) => return,
            }
        }
        panic!("the run does not end: {:?}", self.state);
    }

    pub(crate) fn phase(&self, metric: usize) -> Phase {
        self.state.metrics[metric].phase
    }

    pub(crate) fn verdict(&self) -> &Verdict {
        assert_eq!(self.verdicts.len(), 1, "exactly one verdict: {:?}", self.verdicts);
        &self.verdicts[0]
    }

    /// The known traps among the warnings of the verdict.
    pub(crate) fn traps(&self) -> Vec<u8> {
        self.verdict().warnings.iter().filter_map(|warning| warning.trap).collect()
    }
}
