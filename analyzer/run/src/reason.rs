//! From a finding to a verdict that explains itself.

use std::time::Duration;

use assay_template::plan::{Criterion, MetricPlan, Mode, Plan};

use crate::change;
use crate::sentence;
use crate::state::{Ending, MetricState, Outcome, Phase, RunState};
use crate::step::Effect;
use crate::value::{self, MESSAGE_BYTES_MAX};
use crate::verdict::{Cause, Decision, MetricReason, Reason, Verdict};
use crate::words;

/// What the rules of a mode found.
#[derive(Debug)]
pub(crate) struct Finding {
    /// Argo's phase of the run.
    pub(crate) phase: Phase,
    /// What the rollout should do.
    pub(crate) decision: Decision,
    /// The metric that decided, if one did.
    pub(crate) decisive: Option<usize>,
    /// Argo's message.
    pub(crate) message: String,
}

/// How phases compare across metrics, from best to worst as Argo has it.
pub(crate) fn badness(phase: Phase) -> u8 {
    match phase {
        Phase::Successful => 0,
        Phase::Running => 1,
        Phase::Pending => 2,
        Phase::Inconclusive => 3,
        Phase::Error => 4,
        Phase::Failed => 5,
    }
}

/// Ends the run.
pub(crate) fn conclude(
    plan: &Plan,
    state: &mut RunState,
    finding: Finding,
    effects: &mut Vec<Effect>,
) {
    let finding = unless_interrupted(state, finding);
    let (named, cause) = cause(plan, state, &finding);
    let reason = reason(plan, state, named, cause);
    let text = sentence::sentence(plan, state, &finding, named, cause);
    let verdict = Box::new(Verdict {
        decision: finding.decision,
        phase: finding.phase,
        message: value::cut(plan.secrets.scrub(&finding.message), MESSAGE_BYTES_MAX),
        at: state.clock,
        reason,
        sentence: plan.secrets.scrub(&text),
        warnings: state.warnings.clone(),
    });
    state.phase = finding.phase;
    state.completed_at = Some(state.clock);
    state.verdict = Some(verdict.clone());
    effects.push(Effect::Conclude(verdict));
}

/// Who gives up on a run has not seen it come out well, however good it looked so far.
fn unless_interrupted(state: &RunState, finding: Finding) -> Finding {
    if !state.interrupted || finding.decision != Decision::Promote {
        return finding;
    }
    Finding { phase: Phase::Inconclusive, decision: Decision::Hold, ..finding }
}

/// The metric to name, and what kind of reason it is.
fn cause(plan: &Plan, state: &RunState, finding: &Finding) -> (Option<usize>, Cause) {
    let named = finding.decisive.or_else(|| {
        let unproven = |place: &usize| {
            let pair = plan.metrics.get(*place).zip(state.metrics.get(*place));
            pair.is_some_and(|(plan, metric)| !plan.dry_run && !is_proven(metric))
        };
        (0..plan.metrics.len()).find(unproven)
    });
    let Some(metric) = named.and_then(|place| state.metrics.get(place)) else {
        let cause = match finding.phase {
            Phase::Successful => Cause::AllGood,
            Phase::Failed => Cause::Bad,
            Phase::Inconclusive | Phase::Error | Phase::Pending | Phase::Running => {
                Cause::EndedEarly
            }
        };
        return (None, cause);
    };
    (named, cause_of(metric))
}

/// Whether a metric that counts as good has shown it. By Argo's rules it need not.
fn is_proven(metric: &MetricState) -> bool {
    metric.phase == Phase::Successful && 0 < metric.tally.successful
}

fn cause_of(metric: &MetricState) -> Cause {
    match metric.ending {
        Some(Ending::FailureLimit | Ending::FailuresInARow | Ending::Worse) => Cause::Bad,
        Some(Ending::CountWithoutStreak | Ending::CountWithoutSuccess) => match metric.phase {
            Phase::Failed => Cause::Bad,
            Phase::Successful
            | Phase::Inconclusive
            | Phase::Error
            | Phase::Pending
            | Phase::Running => Cause::Undecided,
        },
        Some(Ending::Blind) => match metric.last() {
            Some(last) if last.missing.is_some() => Cause::NoData,
            Some(last) if last.fault.is_none() => Cause::Unjudgeable,
            Some(_) | None => Cause::SourceFailed,
        },
        Some(
            Ending::InconclusiveLimit
            | Ending::SuccessesInARow
            | Ending::Count
            | Ending::Cleared
            | Ending::Horizon
            | Ending::TooLittle
            | Ending::NotRuledOut,
        ) => Cause::Undecided,
        Some(Ending::Terminated | Ending::Stopped) | None => Cause::EndedEarly,
    }
}

fn reason(plan: &Plan, state: &RunState, named: Option<usize>, cause: Cause) -> Reason {
    let with_a_say = || plan.metrics.iter().zip(&state.metrics).filter(|(plan, _)| !plan.dry_run);
    let sum = |part: fn(&MetricState) -> u32| {
        with_a_say().map(|(_, metric)| part(metric)).fold(0, u32::saturating_add)
    };
    let begun = state.started_at.unwrap_or(state.clock);
    let metric = named.and_then(|place| plan.metrics.get(place).zip(state.metrics.get(place)));
    Reason {
        cause,
        metric: metric.map(|(plan_of, metric)| metric_reason(plan, plan_of, metric)),
        change: plan.secrets.scrub(&change::change(plan, state, named)),
        window: Duration::try_from(state.clock.duration_since(begun)).unwrap_or_default(),
        metrics: with_a_say().count(),
        measurements: sum(|metric| metric.tally.taken()),
        blind: sum(|metric| metric.tally.blind()),
    }
}

fn metric_reason(plan: &Plan, metric_plan: &MetricPlan, metric: &MetricState) -> MetricReason {
    let last = metric.last();
    let outcome = metric.phase.outcome().unwrap_or(Outcome::Inconclusive);
    MetricReason {
        name: plan.secrets.scrub(&metric_plan.name),
        outcome,
        value: last.map(|last| last.value.clone()).unwrap_or_default(),
        condition: plan.secrets.scrub(&deciding(&metric_plan.criterion, outcome)),
        query: plan.secrets.scrub(&metric_plan.asked()),
        tally: metric.tally,
        missing: missing(metric),
    }
}

/// What was missing or wrong at the end, as a clause; empty if nothing.
fn missing(metric: &MetricState) -> String {
    match (metric.unanswered_since, metric.last()) {
        (Some(since), _) => {
            format!("the measurement asked for at {} had no answer", words::time(since))
        }
        (None, Some(last)) if last.is_blind() || last.outcome == Outcome::Failed => {
            last.message.clone()
        }
        (None, None) => String::from("it was never measured"),
        (None, Some(_)) => String::new(),
    }
}

/// The condition that decided, as written: with two of them, the one that was true.
pub(crate) fn deciding(criterion: &Criterion, outcome: Outcome) -> String {
    let (success, failure) = match criterion {
        Criterion::Conditions { success, failure } => (success, failure),
        Criterion::Score { pass, marginal } => {
            return match outcome {
                Outcome::Successful => format!("score >= {pass}"),
                Outcome::Failed => format!("score >= {marginal}"),
                Outcome::Inconclusive => format!("{marginal} <= score < {pass}"),
                Outcome::Errored => String::new(),
            };
        }
        Criterion::Comparison(_) | Criterion::Told => return String::new(),
    };
    let chosen = match outcome {
        Outcome::Failed => failure.as_ref().or(success.as_ref()),
        Outcome::Successful | Outcome::Inconclusive | Outcome::Errored => {
            success.as_ref().or(failure.as_ref())
        }
    };
    chosen.map(|condition| condition.text().to_owned()).unwrap_or_default()
}

/// Whether the sentence has to say that Argo's rules, not evidence, made the run Successful.
pub(crate) fn is_doubtful(plan: &Plan, state: &RunState, phase: Phase) -> bool {
    plan.mode == Mode::Argo
        && phase == Phase::Successful
        && state.warnings.iter().any(|warning| warning.trap.is_some())
}
