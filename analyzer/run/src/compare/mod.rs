//! A statistical criterion of a run: raw samples in, evidence out.
//!
//! The first reading holds the hour before the run as well, from which the noise of the baseline's pods
//! is learned. Each later one is a look: what every pod counted since the one before, or what it shows.
//! [`group`] holds all criteria of a run to one level, [`summary`] says in numbers where one stands.
//!
//! **Invariant:** what is missing moves no evidence, and neither does a look within the warm-up.

pub mod observed;
pub mod summary;

mod counters;
mod engine;
mod gauge;
pub(crate) mod group;
mod latency;
mod limit;
mod split;
mod statistic;
pub(crate) mod told;
pub(crate) mod words;

use std::time::Duration;

use assay_stats::kayenta::Class;
use assay_template::plan::compare::{Arm, Comparison, Sequential, Statistic};
use assay_template::plan::level::Level;
use assay_template::plan::{Criterion, MetricPlan, Plan};
use jiff::Timestamp;

use crate::compare::counters::Counters;
use crate::compare::engine::Standing;
use crate::compare::split::{Row, pods, rows};
use crate::compare::statistic::{Channels, Evidence, History, Look, channels};
use crate::judge::{self, Judged};
use crate::reading::Samples;
use crate::schedule::later;
use crate::state::{Missing, Outcome, RunState};
use crate::step::Ticket;
use crate::value::MESSAGE_BYTES_MAX;
use crate::warnings::Sign;

/// Where a statistical criterion of a run stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparisonState {
    /// None until a canary was seen.
    evidence: Option<Evidence>,
    counters: Option<(Channels, Counters)>,
    history: History,
    /// The newest instant of this run.
    last: Option<Timestamp>,
    /// What has gained since the last look that counted began then.
    since: Option<Timestamp>,
    /// Why nothing can be said, as a clause; empty if something can.
    trouble: String,
}

/// What a reading was to its criterion.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Taken {
    /// The first look, or one of the warm-up: it only tells where things stand.
    Beginning,
    /// A look with data in both arms.
    Looked,
    /// Both arms are there, but nothing happened in one of them.
    Idle,
    /// An arm is not there.
    Absent(Arm),
    /// It cannot be judged, for this reason, as a clause.
    Unusable(String),
}

/// A reading as it was asked for.
pub(crate) struct Asked<'a> {
    /// The metric's place in the plan.
    pub(crate) place: usize,
    /// When it was asked for.
    pub(crate) at: Timestamp,
    /// What the source warned about.
    pub(crate) warnings: &'a [String],
}

/// Takes the samples that came for a statistical criterion and tells what they were worth.
pub(crate) fn judged(
    plan: &Plan,
    state: &mut RunState,
    asked: &Asked<'_>,
    samples: &Samples,
) -> Judged {
    let mut measurement = judge::blank(asked.at, state.clock);
    measurement.warnings = judge::warnings(plan, asked.warnings);
    let taken = take(plan, state, asked.place, samples);
    let message = words::taken(&taken);
    let hint = match &taken {
        Taken::Absent(arm) => {
            let comparison = plan.metrics.get(asked.place).and_then(group::comparison);
            let labelled = comparison.and_then(|it| split::who_came(it, samples, *arm));
            asked.warnings.first().cloned().or(labelled)
        }
        Taken::Beginning | Taken::Looked | Taken::Idle | Taken::Unusable(_) => None,
    };
    measurement.message = match hint {
        Some(hint) => format!("{message}: {hint}"),
        None => message,
    };
    measurement.message = judge::clean(plan, &measurement.message, MESSAGE_BYTES_MAX);
    measurement.missing = matches!(taken, Taken::Absent(_)).then_some(Missing::Empty);
    let worse = group::standing(state, asked.place).is_some_and(|standing| standing.is_worse);
    measurement.outcome = match taken {
        Taken::Looked if worse => Outcome::Failed,
        Taken::Looked | Taken::Beginning => Outcome::Successful,
        Taken::Idle | Taken::Absent(_) => Outcome::Inconclusive,
        Taken::Unusable(_) => Outcome::Errored,
    };
    measurement.value = words::value(summary::brief(plan, state, asked.place).as_ref());
    let share = state.metrics.get(asked.place).and_then(|metric| {
        let evidence = metric.comparison.as_deref()?.evidence.as_ref()?;
        statistic::suspicious_share(group::comparison(plan.metrics.get(asked.place)?)?, evidence)
    });
    let signs =
        share.map(|(got, expected)| Sign::TrafficShare { shares: words::shares(got, expected) });
    Judged { measurement, signs: signs.into_iter().collect() }
}

fn take(plan: &Plan, state: &mut RunState, place: usize, samples: &Samples) -> Taken {
    let metric = plan.metrics.get(place);
    let comparison = metric.and_then(|metric| group::comparison(metric));
    let (Some(comparison), Some(common)) = (comparison, &plan.sequential) else {
        return Taken::Unusable(String::from("samples came, which no condition can judge"));
    };
    let level = group::level(plan, place, comparison.interval);
    let (Some(level), Some(start), Some(metric)) =
        (level, state.started_at, state.metrics.get_mut(place))
    else {
        return Taken::Unusable(String::from("the run has not begun"));
    };
    let known = metric.comparison.get_or_insert_default();
    known.take(comparison, common, level, samples, start)
}

/// What a reading has to look back over: the hour before the run for the first one that comes in.
///
/// Whoever takes the measurement asks for all instants of it at once, `every` so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookBack {
    /// How far.
    pub reach: Duration,
    /// From one instant to the next.
    pub every: Duration,
}

/// What the measurement `ticket` of a run has to look back over; none for all but statistical criteria.
pub fn look_back(plan: &Plan, state: &RunState, ticket: Ticket) -> Option<LookBack> {
    let Criterion::Comparison(comparison) = &plan.metrics.get(ticket.metric)?.criterion else {
        return None;
    };
    let state = state.metrics.get(ticket.metric)?.comparison.as_deref();
    let fresh = state.is_none_or(|state| state.last.is_none() && state.evidence.is_none());
    let reach = plan.sequential.as_ref().filter(|_| fresh).map(|common| common.history);
    Some(LookBack { reach: reach.unwrap_or_default(), every: comparison.interval })
}

impl ComparisonState {
    /// Takes a reading of a run that began at `start`.
    pub(crate) fn take(
        &mut self,
        comparison: &Comparison,
        common: &Sequential,
        level: Level,
        samples: &Samples,
        start: Timestamp,
    ) -> Taken {
        let rows = rows(comparison, samples);
        if let Err(why) = self.prepare(&comparison.statistic, &rows) {
            return Taken::Unusable(String::from(why));
        }
        let past = samples.instants.len().saturating_sub(1);
        if self.last.is_none() && 0 < past {
            self.learn(&rows, past);
        }
        let Some(at) = samples.instants.last() else { return Taken::Absent(Arm::Canary) };
        let taken = self.look(comparison, common, level, &rows, past, *at, start);
        self.last = Some(*at);
        taken
    }

    /// What goes on from this run to the next one of the same rollout: the evidence, not the clock.
    pub(crate) fn carried(&self) -> Option<Self> {
        let mut carried = Self { last: None, since: None, ..self.clone() };
        if let Some((_, counters)) = &mut carried.counters {
            counters.begin_again();
        }
        carried.evidence.is_some().then_some(carried)
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        self.evidence.as_ref()?.standing()
    }

    /// What Kayenta's judge says; none for other criteria.
    pub(crate) fn class(&self, comparison: &Comparison) -> Option<Class> {
        match self.evidence.as_ref()? {
            Evidence::Classic(classic) => Some(classic.class(comparison)),
            Evidence::Counts(_)
            | Evidence::Latency(_)
            | Evidence::Gauge(_)
            | Evidence::Share(_)
            | Evidence::Level(_)
            | Evidence::Traffic(_) => None,
        }
    }

    fn prepare(&mut self, statistic: &Statistic, rows: &[Row<'_>]) -> Result<(), &'static str> {
        if self.counters.is_none()
            && !rows.is_empty()
            && let Some(channels) = channels(statistic, rows)?
        {
            let counters = Counters::new(channels.len());
            self.counters = Some((channels, counters));
        }
        Ok(())
    }

    /// Learns from the instants before the run what the baseline's pods are like.
    fn learn(&mut self, rows: &[Row<'_>], past: usize) {
        match &mut self.counters {
            Some((channels, counters)) => {
                for instant in 0..=past {
                    let gained = counters.look_back(rows, instant, |row| channels.of(row));
                    self.history.counted.extend(gained);
                }
            }
            None => self.history.levels = gauge::history(rows, 0..past),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is one look at one moment")]
    fn look(
        &mut self,
        comparison: &Comparison,
        common: &Sequential,
        level: Level,
        rows: &[Row<'_>],
        instant: usize,
        at: Timestamp,
        start: Timestamp,
    ) -> Taken {
        // Against a constant the baseline is asked for its noise only, before the run.
        let alone = !comparison.statistic.needs_baseline();
        let there = |arm: Arm| 0 < pods(rows, arm, instant);
        let canary_pods = pods(rows, Arm::Canary, instant);
        let warm = later(start, common.warmup);
        let (look, since) = match &mut self.counters {
            Some((channels, counters)) => {
                let gained = counters.look(rows, instant, alone, |row| channels.of(row));
                let since = self.since.or(self.last);
                self.since = match gained {
                    Some(_) => Some(at),
                    None => self.since.or(Some(at)),
                };
                let Some(gained) = gained else {
                    return absent(there, alone).unwrap_or(Taken::Beginning);
                };
                let begun = since.unwrap_or(at);
                let seconds = at.duration_since(begun).as_secs_f64();
                (Look::Counted { gained, seconds }, begun)
            }
            None => (Look::Shown { rows, instant }, at),
        };
        if let Some(absent) = absent(there, alone) {
            return absent;
        }
        if since < warm {
            return Taken::Beginning;
        }
        if self.evidence.is_none() {
            let channels = self.counters.as_ref().map(|(channels, _)| channels);
            let level = Level { planned: statistic::exposures(comparison, &look), ..level };
            match Evidence::new(comparison, level, channels, &self.history, canary_pods) {
                Ok(evidence) => self.evidence = Some(evidence),
                Err(why) => return Taken::Unusable(why),
            }
            self.history = History::default();
        }
        let Some(evidence) = &mut self.evidence else { return Taken::Beginning };
        let before = evidence.looks().1;
        evidence.look(comparison, &look);
        if before < evidence.looks().1 { Taken::Looked } else { Taken::Idle }
    }
}

/// The arm that is not there, the canary first.
fn absent(there: impl Fn(Arm) -> bool, alone: bool) -> Option<Taken> {
    if !there(Arm::Canary) {
        Some(Taken::Absent(Arm::Canary))
    } else if !alone && !there(Arm::Baseline) {
        Some(Taken::Absent(Arm::Baseline))
    } else {
        None
    }
}

/// When the last look of a metric is due, after the start of the run and its delay.
pub(crate) fn horizon(plan: &Plan, metric: &MetricPlan, start: Timestamp) -> Option<Timestamp> {
    let common = plan.sequential.as_ref()?;
    Some(later(later(start, metric.initial_delay), common.max_duration))
}
