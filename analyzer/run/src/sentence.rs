//! One sentence that explains a verdict.
//!
//! It names the metric, its value, what was asked of it and what was missing, and tells a source that
//! went blind apart from a release that is bad.

use assay_template::plan::{Criterion, MetricPlan, Plan, Query};

use crate::compare::told::Compared;
use crate::reason::{self, Finding};
use crate::state::{Ending, Measurement, MetricState, Outcome, RunState};
use crate::value;
use crate::verdict::{Cause, Decision};
use crate::words::{self, count, may, was};

/// Metrics named one by one when all is well; the rest is counted.
const METRICS_NAMED_MAX: usize = 4;

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
    let about = About::of(plan, state, named.unwrap_or_default(), metric_plan, metric);
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
                "By the rules of Argo Rollouts this is Successful, but without evidence: {clause}."
            )
        }
        Decision::Abort if cause == Cause::Bad => format!("{}.", words::opening(&clause)),
        Decision::Abort => {
            format!("{}, and the template says to abort then.", words::opening(&clause))
        }
        Decision::Hold => format!("Nobody can tell: {clause}."),
    }
}

fn without_metric(plan: &Plan, state: &RunState, finding: &Finding) -> String {
    if state.interrupted {
        return format!(
            "Nobody can tell: {} and all was good until then: {}.",
            end(state),
            all_good(plan, state)
        );
    }
    if plan.metrics.iter().all(|metric| metric.dry_run) {
        return dry_runs_only(plan, state, finding);
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

/// When and why the run was ended before its time, up to what it was before.
fn end(state: &RunState) -> String {
    let time = words::time(state.clock);
    match state.termination.as_deref() {
        Some("") => format!("the run was ended at {time}"),
        Some(why) => format!("the run was ended at {time} because {why},"),
        None => format!("the run was over at {time}"),
    }
}

fn dry_runs_only(plan: &Plan, state: &RunState, finding: &Finding) -> String {
    let named = plan.metrics.iter().zip(&state.metrics).take(METRICS_NAMED_MAX);
    let mut metrics: Vec<String> = named
        .map(|(plan, metric)| format!("{} came out {}", plan.name, metric.phase.as_str()))
        .collect();
    if METRICS_NAMED_MAX < plan.metrics.len() {
        metrics.push(format!("{} more", plan.metrics.len() - METRICS_NAMED_MAX));
    }
    let metrics = words::list(&metrics);
    match finding.decision {
        _ if plan.metrics.is_empty() => String::from("Nobody can tell: there is no metric."),
        Decision::Promote => format!(
            "Nothing spoke against it, for every metric is a dry run without a say: {metrics}."
        ),
        Decision::Hold | Decision::Abort => format!(
            "Nobody can tell: the run was ended at {}, and every metric is a dry run without a \
             say: {metrics}.",
            words::time(state.clock)
        ),
    }
}

/// `a in 5 of 5 measurements (last 0.98, needs ..) and b in ..`
fn all_good(plan: &Plan, state: &RunState) -> String {
    let with_a_say: Vec<About<'_>> = plan
        .metrics
        .iter()
        .zip(&state.metrics)
        .enumerate()
        .filter(|(_, (metric, _))| !metric.dry_run)
        .map(|(place, (metric_plan, metric))| About::of(plan, state, place, metric_plan, metric))
        .collect();
    let mut metrics: Vec<String> =
        with_a_say.iter().take(METRICS_NAMED_MAX).map(About::good).collect();
    if METRICS_NAMED_MAX < with_a_say.len() {
        metrics.push(format!("{} more", with_a_say.len() - METRICS_NAMED_MAX));
    }
    words::list(&metrics)
}

/// One metric to speak about.
struct About<'a> {
    plan: &'a MetricPlan,
    metric: &'a MetricState,
    /// Its statistical criterion, if it has one.
    compared: Option<Compared<'a>>,
}

impl<'a> About<'a> {
    fn of(
        plan: &'a Plan,
        state: &RunState,
        place: usize,
        metric_plan: &'a MetricPlan,
        metric: &'a MetricState,
    ) -> Self {
        Self { plan: metric_plan, metric, compared: Compared::of(plan, state, place) }
    }
}

impl About<'_> {
    fn good(&self) -> String {
        let good = self.compared.as_ref().and_then(|it| it.good(&self.plan.name));
        if let Some(good) = good {
            return good;
        }
        let tally = self.metric.tally;
        let mut remarks = self.others();
        remarks.extend(self.known());
        let measurements = match (tally.successful, tally.taken()) {
            (1, 1) => String::from("its only measurement"),
            (good, taken) => format!("{good} of {}", count(taken, "measurement")),
        };
        let remarks = in_brackets(&remarks);
        format!("{} in {measurements}{remarks}", self.plan.name)
    }

    /// What was last seen and what is asked of it: `last 0.98`, `needs ..`.
    fn known(&self) -> Vec<String> {
        let seen = self.metric.measurements.iter().rev().find(|last| !last.is_blind());
        let seen = seen.map(|last| match self.plan.query {
            Query::Health(_) => last.message.clone(),
            Query::Prometheus(_) | Query::Web(_) | Query::Scrape(_) | Query::Foreign { .. } => {
                value::brief(&last.value)
            }
        });
        let seen = seen.filter(|seen| !seen.is_empty()).map(|seen| format!("last {seen}"));
        let condition = reason::deciding(&self.plan.criterion, Outcome::Successful);
        let asked = match (condition.as_str(), self.has_success()) {
            ("", _) => None,
            (condition, true) => Some(format!("needs `{condition}`")),
            (condition, false) => Some(format!("bad is `{condition}`")),
        };
        seen.into_iter().chain(asked).collect()
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
            Criterion::Score { .. } | Criterion::Comparison(_) | Criterion::Told => true,
        }
    }

    fn bad(&self) -> String {
        let worse = self.compared.as_ref().and_then(|it| it.worse(&self.plan.name));
        if let (Some(worse), Some(Ending::Worse)) = (worse, self.metric.ending) {
            return worse;
        }
        let (limits, tally) = (&self.plan.limits, self.metric.tally);
        let judged = tally.judged();
        let failed = words::of(tally.failed, judged);
        let why = match self.metric.ending {
            Some(Ending::FailuresInARow) => {
                let row = match tally.consecutive_failure {
                    1 => String::from("a measurement"),
                    row => format!("{row} measurements in a row"),
                };
                let limit = limits.consecutive_failure.unwrap_or_default();
                format!("{row} failed and {}", may(limit))
            }
            Some(Ending::CountWithoutStreak) => self.without_streak(),
            Some(Ending::CountWithoutSuccess) => {
                format!("{failed} failed, and a good one is needed")
            }
            Some(
                Ending::FailureLimit
                | Ending::InconclusiveLimit
                | Ending::Blind
                | Ending::SuccessesInARow
                | Ending::Count
                | Ending::Worse
                | Ending::Cleared
                | Ending::Horizon
                | Ending::TooLittle
                | Ending::NotRuledOut
                | Ending::Terminated
                | Ending::Stopped,
            )
            | None => {
                let limit = limits.failure.unwrap_or_default();
                format!("{failed} failed and {}", may(limit))
            }
        };
        let others = match tally.blind() {
            0 => String::new(),
            blind => format!("; {blind} more {} blind", was(blind)),
        };
        format!("{}: {why}{others}", self.last_value())
    }

    /// `4 of 5 measurements were good, but never 3 in a row`
    fn without_streak(&self) -> String {
        let tally = self.metric.tally;
        let good = match tally.successful {
            0 => String::from("no measurement"),
            good => words::of(good, tally.judged()),
        };
        let was = was(tally.successful.max(1));
        match self.plan.limits.consecutive_success {
            Some(streak) if 1 < streak => format!("{good} {was} good, but never {streak} in a row"),
            Some(_) | None => format!("{good} {was} good"),
        }
    }

    /// `success-rate was 0.81 at 10:05:00Z, below what `result[0] >= 0.95` asks`
    fn last_value(&self) -> String {
        let name = &self.plan.name;
        let Some(last) = self.metric.last() else {
            return format!("{name} was never measured");
        };
        let time = words::time(last.finished_at);
        let asked = self.asked(last);
        if let (Query::Health(_), Some((probes, who))) =
            (&self.plan.query, last.message.split_once(" failed: "))
        {
            return format!("in {name} {probes} failed at {time} ({who}){asked}");
        }
        match value::brief(&last.value).as_str() {
            "" if last.message.is_empty() => format!("{name} {} at {time}", verb(last.outcome)),
            "" => format!("{name} {} at {time} ({})", verb(last.outcome), last.message),
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
            Outcome::Failed => match value::side(&condition, &last.value) {
                Some(side) => format!(", {side} what `{condition}` asks"),
                None => format!(", which does not meet `{condition}`"),
            },
            Outcome::Inconclusive => format!(", {}", self.between()),
            Outcome::Successful if self.has_success() => format!(", as `{condition}` asks"),
            Outcome::Successful => format!(", which `{condition}` does not call bad"),
            Outcome::Errored => String::new(),
        }
    }

    /// Why the conditions did not decide.
    fn between(&self) -> String {
        match &self.plan.criterion {
            Criterion::Conditions { success: Some(success), failure: Some(failure) } => {
                format!("where neither `{}` nor `{}` holds", success.text(), failure.text())
            }
            Criterion::Score { pass, marginal } => {
                format!("between the margin of {marginal} and the pass of {pass}")
            }
            Criterion::Conditions { .. } | Criterion::Comparison(_) | Criterion::Told => {
                String::from("which decides nothing")
            }
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
        let measurements = match (row, self.mixed(row)) {
            (1, _) => format!("a measurement {what}"),
            (row, None) => format!("{row} measurements in a row {what}"),
            (row, Some(parts)) => format!("{row} measurements in a row told nothing, {parts}"),
        };
        let last = self.metric.last().map(|last| last.message.as_str()).unwrap_or_default();
        let last = match (last, row) {
            ("", _) => String::new(),
            (last, 1) => format!(" ({last})"),
            (last, _) => format!(" (last: {last})"),
        };
        format!("{who}, {measurements}{last}; {}", self.earlier())
    }

    /// The kinds of the last `row` measurements, where they were blind for more than one reason.
    fn mixed(&self, row: u32) -> Option<String> {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        let kept = self.metric.measurements.iter().rev().take(row);
        let no_data = kept.filter(|measurement| measurement.missing.is_some()).count();
        // Of a row that is longer than what is kept, nobody can say.
        let known = row <= self.metric.measurements.len();
        (known && 0 < no_data && no_data < row)
            .then(|| format!("{no_data} without data and {} in error", row - no_data))
    }

    /// What was known before it went blind.
    fn earlier(&self) -> String {
        let tally = self.metric.tally;
        let good = match tally.successful {
            _ if tally.judged() == 0 => String::from("it was never judged"),
            0 => String::from("no earlier one was good"),
            1 => String::from("1 earlier one was good"),
            good => format!("{good} earlier ones were good"),
        };
        let bad = match tally.failed {
            0 => String::new(),
            bad => format!(" and {bad} bad"),
        };
        format!("{good}{bad}{}", in_brackets(&self.known()))
    }

    fn undecided(&self) -> String {
        if let Some(compared) = &self.compared {
            return compared.undecided(&self.plan.name, self.metric.ending);
        }
        let (limits, tally) = (&self.plan.limits, self.metric.tally);
        match self.metric.ending {
            Some(Ending::CountWithoutStreak) => {
                format!("{}: {}", self.last_value(), self.without_streak())
            }
            Some(Ending::InconclusiveLimit) => format!(
                "{}: {} {} inconclusive and {} be",
                self.last_value(),
                words::of(tally.inconclusive, tally.judged()),
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
                | Ending::Worse
                | Ending::Cleared
                | Ending::Horizon
                | Ending::TooLittle
                | Ending::NotRuledOut
                | Ending::Terminated
                | Ending::Stopped,
            )
            | None => {
                let others = self.others().join(", ");
                let none = words::of(0, tally.judged());
                format!("{}: {none} was good ({others}), and one is needed", self.last_value())
            }
        }
    }

    fn ended_early(&self, state: &RunState) -> String {
        let name = &self.plan.name;
        let end = end(state);
        let goal = match (self.plan.limits.consecutive_success, self.plan.count) {
            (Some(1), _) => String::from("had a good measurement"),
            (Some(streak), _) => format!("had {streak} good measurements in a row"),
            (None, Some(1)) => String::from("had its measurement"),
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
        let mut remarks = self.known();
        let blind = self.metric.last().filter(|last| last.is_blind() && !last.message.is_empty());
        remarks.extend(blind.map(|last| format!("then {}", last.message)));
        let remarks = in_brackets(&remarks);
        let unanswered = self.metric.unanswered_since.map(words::time);
        match (parts.is_empty(), unanswered) {
            (true, None) => format!("it was never measured{remarks}"),
            (true, Some(time)) => format!("what was asked at {time} had no answer{remarks}"),
            (false, None) => format!("{} so far{remarks}", words::list(&parts)),
            (false, Some(time)) => format!(
                "{} so far{remarks}, and what was asked at {time} had no answer",
                words::list(&parts)
            ),
        }
    }
}

/// ` (a, b)`, or nothing.
fn in_brackets(remarks: &[String]) -> String {
    if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) }
}

fn verb(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Successful => "succeeded",
        Outcome::Failed => "failed",
        Outcome::Inconclusive => "was inconclusive",
        Outcome::Errored => "could not be judged",
    }
}
