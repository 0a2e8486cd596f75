//! All statistical criteria of a run, held to one level (statistics, sections 3.8 and 3.9).

use std::time::Duration;

use assay_stats::comparison::Standing as Joint;
use assay_stats::kayenta::Class;
use assay_template::plan::compare::{Comparison, OnHorizon, Sequential, Statistic};
use assay_template::plan::level::{Level, Members};
use assay_template::plan::{MetricPlan, Plan};

use crate::compare::engine::Standing;
use crate::compare::horizon;
use crate::schedule::later;
use crate::state::{Ending, MetricState, Phase, RunState};

/// A fifth of what is needed to abort speaks against an early promotion.
const DOUBT: f64 = 5.0;

/// The criteria that share the level.
pub(crate) struct Group(Members);

impl Group {
    /// Those of `plan` that have a say; none if there is none.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        Members::of(plan).map(Self)
    }

    /// The place of a metric among those that share the level.
    pub(crate) fn place_of(&self, metric: usize) -> Option<usize> {
        self.0.places().iter().position(|member| *member == metric)
    }

    /// What all say together.
    pub(crate) fn joint(&self, state: &RunState) -> Joint {
        let standings: Vec<Option<Standing>> =
            self.0.places().iter().map(|member| standing(state, *member)).collect();
        let log_e: Vec<f64> = standings.iter().map(|it| it.map_or(0.0, |it| it.log_e)).collect();
        let worse: Vec<bool> =
            standings.iter().map(|it| it.is_some_and(|it| it.is_worse)).collect();
        let usable = standings.iter().flatten().map(|it| it.usable).max().unwrap_or(0);
        self.0.together().judge(&log_e, &worse, usable)
    }
}

/// The statistical criterion of a metric.
pub(crate) fn comparison(metric: &MetricPlan) -> Option<&Comparison> {
    metric.comparison()
}

/// Where the criterion of a metric stands.
pub(crate) fn standing(state: &RunState, metric: usize) -> Option<Standing> {
    state.metrics.get(metric)?.comparison.as_deref()?.standing()
}

/// What a criterion may use of the run's level. One without a say has all of it to itself.
pub(crate) fn level(plan: &Plan, metric: usize, interval: Duration) -> Option<Level> {
    let common = plan.sequential.as_ref()?;
    Some(Level::of(Members::of(plan).as_ref(), common, metric, interval))
}

/// Concludes the criteria of which the evidence, or the clock, says so.
pub(crate) fn conclude(plan: &Plan, state: &mut RunState) {
    let Some(common) = &plan.sequential else { return };
    let group = Group::of(plan);
    if let Some(group) = &group {
        let joint = group.joint(state);
        if joint.is_worse {
            condemn(group, &joint, common, state);
        } else if is_clear(group, common, state) {
            for member in group.0.places() {
                end(state, *member, Phase::Successful, Ending::Cleared);
            }
            // What only watches has seen enough, too.
            let watches = |metric: &MetricPlan| {
                comparison(metric).is_some_and(|it| {
                    matches!(it.statistic, Statistic::TrafficShare { .. }) || metric.dry_run
                })
            };
            for (place, _) in plan.metrics.iter().enumerate().filter(|(_, it)| watches(it)) {
                end(state, place, Phase::Successful, Ending::Stopped);
            }
        }
    }
    for (place, metric) in plan.metrics.iter().enumerate() {
        let Some(comparison) = comparison(metric) else { continue };
        if is_at_its_end(plan, metric, place, state) {
            let known = state.metrics.get(place);
            let Some((phase, ending)) = known.map(|it| at_the_end(common, comparison, it)) else {
                continue;
            };
            end(state, place, phase, ending);
        }
    }
}

/// How a criterion comes out that is looked at no more.
pub(crate) fn at_the_end(
    common: &Sequential,
    comparison: &Comparison,
    metric: &MetricState,
) -> (Phase, Ending) {
    let Some(state) = metric.comparison.as_deref() else {
        return (Phase::Inconclusive, Ending::TooLittle);
    };
    if let Some(class) = state.class(comparison) {
        return match class {
            Class::Pass => (Phase::Successful, Ending::Horizon),
            Class::High | Class::Low => (Phase::Failed, Ending::Worse),
            Class::NoData | Class::NoDataFailMetric | Class::Error => {
                (Phase::Inconclusive, Ending::TooLittle)
            }
        };
    }
    let Some(standing) = state.standing() else {
        // The share of the traffic has nothing to say but warnings.
        let watches = !comparison.statistic.is_sequential() && !metric.measurements.is_empty();
        let phase = if watches { Phase::Successful } else { Phase::Inconclusive };
        return (phase, if watches { Ending::Horizon } else { Ending::TooLittle });
    };
    if standing.is_worse {
        // One without a say: its evidence stops nobody.
        (Phase::Failed, Ending::Worse)
    } else if !standing.is_enough || standing.usable < common.looks_min {
        (Phase::Inconclusive, Ending::TooLittle)
    } else {
        match common.on_horizon {
            OnHorizon::Pass => (Phase::Successful, Ending::Horizon),
            OnHorizon::Strict
                if standing.is_cleared || state.is_bounded(comparison, common.alpha) =>
            {
                (Phase::Successful, Ending::Horizon)
            }
            OnHorizon::Strict => (Phase::Inconclusive, Ending::NotRuledOut),
        }
    }
}

/// Fails the criteria that carry the evidence.
fn condemn(group: &Group, joint: &Joint, common: &Sequential, state: &mut RunState) {
    let standings: Vec<(usize, bool, Standing)> = group
        .0
        .places()
        .iter()
        .zip(&joint.culprits)
        .filter_map(|(member, culprit)| Some((*member, *culprit, standing(state, *member)?)))
        .collect();
    let decidable = |it: &Standing| common.looks_min <= it.usable;
    let blamed: Vec<usize> = standings
        .iter()
        .filter(|(_, culprit, it)| decidable(it) && (it.is_worse || (*culprit && it.is_large)))
        .map(|(member, _, _)| *member)
        .collect();
    let carries =
        |(_, _, it): &&(usize, bool, Standing)| decidable(it) && it.is_large && 0.0 < it.log_e;
    let strongest = standings.iter().filter(carries).max_by(|a, b| a.2.log_e.total_cmp(&b.2.log_e));
    let strongest = strongest.map(|(member, _, _)| *member);
    let blamed = if blamed.is_empty() { strongest.into_iter().collect() } else { blamed };
    for member in blamed {
        end(state, member, Phase::Failed, Ending::Worse);
    }
}

/// Whether every criterion rules out what it has to, and none has a doubt.
fn is_clear(group: &Group, common: &Sequential, state: &RunState) -> bool {
    let enough = state.started_at.map(|start| later(start, common.min_duration));
    // The newest look counts, not the clock: what is due by now has to be seen first.
    let looked = |member: &usize| {
        let last = state.metrics.get(*member).and_then(MetricState::last);
        last.map(|last| last.started_at).zip(enough).is_some_and(|(last, enough)| enough <= last)
    };
    let doubt = (common.alpha.log_needed() - libm::log(DOUBT)).max(0.0);
    let members = group.0.places();
    !members.is_empty()
        && members.iter().all(looked)
        && members.iter().all(|member| {
            standing(state, *member).is_some_and(|it| {
                it.is_cleared && it.is_enough && common.looks_min <= it.usable && it.log_e < doubt
            })
        })
}

fn is_at_its_end(plan: &Plan, metric: &MetricPlan, place: usize, state: &RunState) -> bool {
    let last = state.metrics.get(place).and_then(MetricState::last).map(|last| last.started_at);
    let end = state.started_at.and_then(|start| horizon(plan, metric, start));
    last.zip(end).is_some_and(|(last, end)| end <= last)
}

fn end(state: &mut RunState, place: usize, phase: Phase, ending: Ending) {
    let Some(metric) = state.metrics.get_mut(place) else { return };
    if !metric.phase.is_concluded() {
        metric.phase = phase;
        metric.ending = Some(ending);
    }
}
