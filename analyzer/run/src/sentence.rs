//! One sentence that explains a verdict.
//!
//! It names the metric, its value, what was asked of it and what was missing, and tells a source that
//! went blind apart from a release that is bad.

use assay_template::plan::{Criterion, MetricPlan, Plan, Query};

use crate::reason::{self, Finding};
use crate::state::{Ending, Measurement, MetricState, Outcome, RunState};
use crate::verdict::{Cause, Decision};
use crate::words::{self, count, may, was};

/// Metrics named one by one when all is well; the rest is counted.
const METRICS_NAMED_MAX: usize = 4;

/// The longest value inside a sentence, in characters.
const VALUE_CHARS_MAX: usize = 80;

/// The sentence for a run that comes out as `finding`; `named` is the metric it is about.
pub(crate) fn sentence(
    plan: &Plan,
    state: &RunState,
    finding: &Finding,
    named: Option<usize>,
    cause: Cause,
) -> String {
    let metric = named.and_then(|place| plan.metrics.get(place).zip(state.metrics.get(place)));
    let Some((metric_plan, metric)) = metric else {
        return without_metric(plan, state, finding);
    };
    let about = About { plan: metric_plan, metric };
    let clause = match cause {
        Cause::Bad => about.bad(),
        Cause::NoData | Cause::SourceFailed | Cause::Unjudgeable => about.blind(cause),
        Cause::Undecided => about.undecided(),
        Cause::EndedEarly => about.ended_early(state),
        Cause::AllGood => all_good(plan, state),
    };
    match finding.decision {
        // By Argo's rules only: in strict mode a promotion names no metric.
        Decision::Promote => {
            format!(
                "By the rules of Argo Rollouts this is Successful, but nobody can tell: {clause}."
            )
        }
        Decision::Abort if cause == Cause::Bad => format!("{clause}."),
        Decision::Abort => format!("{clause}, and the template says to abort then."),
        Decision::Hold => format!("Nobody can tell: {clause}."),
    }
}

fn without_metric(plan: &Plan, state: &RunState, finding: &Finding) -> String {
    if plan.metrics.iter().all(|metric| metric.dry_run) {
        return dry_runs_only(plan, state);
    }
    if reason::is_doubtful(plan, state, finding.phase) {
        let traps = state.warnings.iter().filter(|warning| warning.trap.is_some()).count();
        let traps = count(u32::try_from(traps).unwrap_or(u32::MAX), "warning");
        return format!(
            "By the rules of Argo Rollouts every metric was good, but see {traps}: {}.",
            all_good(plan, state)
        );
    }
    format!("Every metric was good: {}.", all_good(plan, state))
}

fn dry_runs_only(plan: &Plan, state: &RunState) -> String {
    let metrics: Vec<String> = plan
        .metrics
        .iter()
        .zip(&state.metrics)
        .take(METRICS_NAMED_MAX)
        .map(|(plan, metric)| format!("{} came out {}", plan.name, metric.phase.as_str()))
        .collect();
    if metrics.is_empty() {
        return String::from("Nobody can tell: there is no metric.");
    }
    format!(
        "Nothing spoke against it, for every metric is a dry run without a say: {}.",
        words::list(&metrics)
    )
}

/// `a in 5 of 5 measurements (last 0.98, needs ..) and b in ..`
fn all_good(plan: &Plan, state: &RunState) -> String {
    let with_a_say: Vec<About<'_>> = plan
        .metrics
        .iter()
        .zip(&state.metrics)
        .filter(|(plan, _)| !plan.dry_run)
        .map(|(plan, metric)| About { plan, metric })
        .collect();
    let mut metrics: Vec<String> =
        with_a_say.iter().take(METRICS_NAMED_MAX).map(About::good).collect();
    if METRICS_NAMED_MAX < with_a_say.len() {
        metrics.push(format!("{} more", with_a_say.len() - METRICS_NAMED_MAX));
    }
    words::list(&metrics)
}

/// One metric to speak about.
#[derive(Clone, Copy)]
struct About<'a> {
    plan: &'a MetricPlan,
    metric: &'a MetricState,
}

impl About<'_> {
    fn good(&self) -> String {
        let tally = self.metric.tally;
        let mut remarks = self.others();
        if let Some(last) = self.metric.last() {
            let value = shown(&last.value);
            if !value.is_empty() {
                remarks.push(format!("last {value}"));
            }
        }
        let condition = reason::deciding(&self.plan.criterion, Outcome::Successful);
        if !condition.is_empty() {
            remarks.push(if self.has_success() {
                format!("needs `{condition}`")
            } else {
                format!("bad is `{condition}`")
            });
        }
        let measurements = count(tally.taken(), "measurement");
        let remarks = match remarks.is_empty() {
            true => String::new(),
            false => format!(" ({})", remarks.join(", ")),
        };
        format!("{} in {} of {measurements}{remarks}", self.plan.name, tally.successful)
    }

    /// The measurements that were not good: `1 bad`, `2 without evidence`.
    fn others(&self) -> Vec<String> {
        let tally = self.metric.tally;
        [
            (tally.failed, "bad"),
            (tally.inconclusive, "inconclusive"),
            (tally.no_data, "without data"),
            (tally.error, "in error"),
        ]
        .into_iter()
        .filter(|(number, _)| 0 < *number)
        .map(|(number, what)| format!("{number} {what}"))
        .collect()
    }

    fn has_success(&self) -> bool {
        match &self.plan.criterion {
            Criterion::Conditions { success, .. } => success.is_some(),
            Criterion::Score { .. } | Criterion::Told => true,
        }
    }

    fn bad(&self) -> String {
        let (limits, tally) = (&self.plan.limits, self.metric.tally);
        let judged = count(tally.judged(), "measurement");
        let why = match self.metric.ending {
            Some(Ending::FailuresInARow) => format!(
                "{} in a row failed and {}",
                count(tally.consecutive_failure, "measurement"),
                may(limits.consecutive_failure.unwrap_or_default())
            ),
            Some(Ending::CountWithoutStreak) => format!(
                "{} of {judged} were good, but never {} in a row",
                tally.successful,
                limits.consecutive_success.unwrap_or_default()
            ),
            Some(Ending::CountWithoutSuccess) => {
                format!("{} of {judged} failed, and a good one is needed", tally.failed)
            }
            Some(
                Ending::FailureLimit
                | Ending::InconclusiveLimit
                | Ending::Blind
                | Ending::SuccessesInARow
                | Ending::Count
                | Ending::Terminated
                | Ending::Stopped,
            )
            | None => {
                let limit = limits.failure.unwrap_or_default();
                format!("{} of {judged} failed and {}", tally.failed, may(limit))
            }
        };
        let others = match tally.blind() {
            0 => String::new(),
            blind => format!("; {blind} more {} blind", was(blind)),
        };
        format!("{}: {why}{others}", self.last_value())
    }

    /// `success-rate was 0.81 at 10:05:00Z, below what `result[0] >= 0.95` asks`
    fn last_value(&self) -> String {
        let name = &self.plan.name;
        let Some(last) = self.metric.last() else {
            return format!("{name} was never measured");
        };
        let time = words::time(last.finished_at);
        let asked = self.asked(last);
        if let Query::Health(_) = &self.plan.query
            && !last.message.is_empty()
        {
            return format!(
                "{name} at {time}: {}{asked}",
                last.message.replacen(": ", " (", 1) + ")"
            );
        }
        match shown(&last.value).as_str() {
            "" => format!("{name} {} at {time}{asked}", verb(last.outcome)),
            value => format!("{name} was {value} at {time}{asked}"),
        }
    }

    /// What was asked of the value, and how it failed that.
    fn asked(&self, last: &Measurement) -> String {
        let condition = reason::deciding(&self.plan.criterion, last.outcome);
        if condition.is_empty() {
            return String::new();
        }
        let by_failure =
            matches!(&self.plan.criterion, Criterion::Conditions { failure: Some(_), .. });
        match last.outcome {
            Outcome::Failed if by_failure => format!(", which `{condition}` calls bad"),
            Outcome::Failed => match side(&condition, &last.value) {
                Some(side) => format!(", {side} what `{condition}` asks"),
                None => format!(", which does not meet `{condition}`"),
            },
            Outcome::Inconclusive => format!(", on which {} decides", self.neither()),
            Outcome::Successful | Outcome::Errored => String::new(),
        }
    }

    /// The conditions that did not decide.
    fn neither(&self) -> String {
        match &self.plan.criterion {
            Criterion::Conditions { success: Some(success), failure: Some(failure) } => {
                format!("neither `{}` nor `{}`", success.text(), failure.text())
            }
            Criterion::Conditions { .. } => String::from("no condition"),
            Criterion::Score { pass, marginal } => {
                format!("neither the pass of {pass} nor the margin of {marginal}")
            }
            Criterion::Told => String::from("nothing"),
        }
    }

    fn blind(&self, cause: Cause) -> String {
        let name = &self.plan.name;
        let row = self.metric.tally.consecutive_error;
        let (who, what) = match cause {
            Cause::NoData => (format!("{name} went blind"), "had no data"),
            Cause::Unjudgeable => (format!("{name} cannot be judged"), "ended in an error"),
            Cause::SourceFailed
            | Cause::AllGood
            | Cause::Bad
            | Cause::Undecided
            | Cause::EndedEarly => (format!("the source of {name} went blind"), "failed"),
        };
        let measurements = match row {
            1 => format!("a measurement {what}"),
            row => format!("{row} measurements in a row {what}"),
        };
        let last = self.metric.last().map(|last| last.message.as_str()).unwrap_or_default();
        let last = match (last, row) {
            ("", _) => String::new(),
            (last, 1) => format!(" ({last})"),
            (last, _) => format!(" (last: {last})"),
        };
        format!("{who}, {measurements}{last}; {}", self.earlier())
    }

    /// What was known before it went blind.
    fn earlier(&self) -> String {
        let tally = self.metric.tally;
        if tally.judged() == 0 {
            return String::from("it was never judged");
        }
        let good = match tally.successful {
            0 => String::from("no earlier one was good"),
            1 => String::from("1 earlier one was good"),
            good => format!("{good} earlier ones were good"),
        };
        match tally.failed {
            0 => good,
            bad => format!("{good} and {bad} bad"),
        }
    }

    fn undecided(&self) -> String {
        let (limits, tally) = (&self.plan.limits, self.metric.tally);
        let judged = count(tally.judged(), "measurement");
        match self.metric.ending {
            Some(Ending::CountWithoutStreak) => format!(
                "{} was good in {} of {judged}, but never {} times in a row",
                self.plan.name,
                tally.successful,
                limits.consecutive_success.unwrap_or_default()
            ),
            Some(Ending::InconclusiveLimit) => format!(
                "{}: {} of {judged} {} inconclusive and {} be",
                self.last_value(),
                tally.inconclusive,
                was(tally.inconclusive),
                may(limits.inconclusive)
            ),
            Some(
                Ending::CountWithoutSuccess
                | Ending::FailureLimit
                | Ending::FailuresInARow
                | Ending::Blind
                | Ending::SuccessesInARow
                | Ending::Count
                | Ending::Terminated
                | Ending::Stopped,
            )
            | None => {
                let others = self.others().join(", ");
                format!("{} was good in none of {judged} ({others})", self.plan.name)
            }
        }
    }

    fn ended_early(&self, state: &RunState) -> String {
        let name = &self.plan.name;
        let time = words::time(state.clock);
        let end = match state.termination.as_deref() {
            Some("") => format!("the run was ended at {time}"),
            Some(why) => format!("the run was ended at {time} because {why},"),
            None => format!("the run was over at {time}"),
        };
        let goal = match (self.plan.limits.consecutive_success, self.plan.count) {
            (Some(streak), _) => format!("had {} in a row", count(streak, "good measurement")),
            (None, Some(wanted)) => format!("had its {}", count(wanted, "measurement")),
            (None, None) => String::from("had its evidence"),
        };
        format!("{end} before {name} {goal}: {}", self.so_far())
    }

    fn so_far(&self) -> String {
        let tally = self.metric.tally;
        let mut parts = Vec::new();
        if 0 < tally.successful {
            parts.push(format!("{} good", tally.successful));
        }
        parts.extend(self.others());
        let taken = match parts.is_empty() {
            true => String::from("it was never measured"),
            false => format!("{} so far", words::list(&parts)),
        };
        let last = self.metric.last().filter(|last| last.is_blind() && !last.message.is_empty());
        let last = last.map(|last| format!(" (last: {})", last.message)).unwrap_or_default();
        let unanswered = match self.metric.unanswered_since {
            Some(since) => {
                format!(", and what was asked at {} had no answer", words::time(since))
            }
            None => String::new(),
        };
        format!("{taken}{last}{unanswered}")
    }
}

fn verb(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Successful => "succeeded",
        Outcome::Failed => "failed",
        Outcome::Inconclusive => "was inconclusive",
        Outcome::Errored => "could not be judged",
    }
}

/// A value inside a sentence: a list of one is shown as its element.
fn shown(value: &str) -> String {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let only = inner.filter(|inner| !inner.is_empty() && !inner.contains([',', '[', '{']));
    words::start(only.unwrap_or(value), VALUE_CHARS_MAX)
}

/// On which side of a simple limit such as `result[0] >= 0.95` a value fell that did not meet it.
fn side(condition: &str, value: &str) -> Option<&'static str> {
    let value: f64 = shown(value).parse().ok()?;
    let place = condition.find(['<', '>'])?;
    let (subject, comparison) = condition.split_at(place);
    let limit = comparison.trim_start_matches(['<', '>', '=']).trim();
    let simple = matches!(subject.trim(), "result" | "result[0]") && limit.parse::<f64>().is_ok();
    let side = if comparison.starts_with('>') { "below" } else { "above" };
    (simple && value.is_finite()).then_some(side)
}
