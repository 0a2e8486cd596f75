//! A case of a template test: rehearsed, and held against what it expects.

use std::time::Duration;

use assay_provider::fixture::Fixture;
use assay_run::state::{Measurement, Phase, RunState};
use assay_template::duration;
use assay_template::plan::Plan;
use assay_template::problem::{SuiteProblem, shorten};
use assay_template::rollout::RolloutPlan;
use assay_template::shape::suggest;
use assay_template::suite::{Case, Expectation, MetricExpectation};
use jiff::Timestamp;
use miette::SourceSpan;

use crate::rehearsal::RehearsalError;
use crate::{rehearsal, walk};

/// What a case judges.
#[derive(Clone, Copy, Debug)]
pub enum Judged<'p> {
    /// Templates.
    Plan(&'p Plan),
    /// The steps of a Rollout.
    Rollout(&'p RolloutPlan),
}

/// What came of a case.
#[derive(Clone, Debug)]
pub struct Came {
    /// The sentence of the verdict; empty if there is none.
    pub sentence: String,
    /// The metric that decided, if one did.
    pub decisive: Option<String>,
    /// What sources warned about while values were judged all the same, by metric, once each.
    pub warnings: Vec<String>,
    /// What was expected in vain.
    pub mismatches: Vec<Mismatch>,
}

/// One expectation that is not met.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// What to show.
    pub problem: SuiteProblem,
    /// What would have to stand at these bytes for it to be met; none if that is for a person to say.
    pub instead: Option<(SourceSpan, String)>,
}

/// Rehearses `case` and compares.
pub fn run(case: &Case<'_>, judged: Judged<'_>, fixture: &Fixture) -> Came {
    match observe(case, judged, fixture) {
        Ok(seen) => Checker { case, judged, seen: &seen, mismatches: Vec::new() }.check(),
        Err(error) => {
            let (name, at) = (shorten(case.name.value), case.name.at);
            let problem = SuiteProblem::NoVerdict { case: name, reason: error.to_string(), at };
            let mismatches = vec![Mismatch { problem, instead: None }];
            Came { sentence: String::new(), decisive: None, warnings: Vec::new(), mismatches }
        }
    }
}

/// What was seen of a run or a walk.
struct Seen {
    start: Timestamp,
    verdict: &'static str,
    sentence: String,
    decisive: Option<String>,
    at: Timestamp,
    /// The step at which a rollout stopped.
    stopped_at: Option<usize>,
    warnings: Vec<String>,
    /// The phases of all metrics in the order of their names, whenever something happened.
    phases: Vec<(Timestamp, Vec<Phase>)>,
}

fn observe(case: &Case<'_>, judged: Judged<'_>, fixture: &Fixture) -> Result<Seen, RehearsalError> {
    let wants_times = case.expect.metrics.iter().any(|metric| metric.at.is_some());
    let mut phases: Vec<(Timestamp, Vec<Phase>)> = Vec::new();
    let mut note = |at, now: Vec<Phase>| match phases.last_mut() {
        // Only what was before can be asked for.
        Some((last, before)) if !wants_times || *last == at => (*last, *before) = (at, now),
        Some(_) | None => phases.push((at, now)),
    };
    let start = fixture.start();
    match judged {
        Judged::Plan(plan) => {
            let state = rehearsal::observe(plan, fixture, case.length, |at, state| {
                note(at, phases_of(state).collect());
            })?;
            let warnings = warnings([(plan, &state)]);
            let verdict = state.verdict.ok_or(RehearsalError::Stuck { at: start })?;
            Ok(Seen {
                start,
                verdict: verdict.decision.as_str(),
                decisive: verdict.reason.metric.map(|metric| metric.name),
                sentence: verdict.sentence,
                at: verdict.at,
                stopped_at: None,
                warnings,
                phases,
            })
        }
        Judged::Rollout(plan) => {
            let person = case.length.unwrap_or_default();
            let state = walk::observe(plan, fixture, person, |at, state| {
                let runs = plan.analyses.iter().zip(&state.runs);
                let now = runs.flat_map(|(planned, run)| match run {
                    Some(run) => phases_of(run).collect(),
                    None => vec![Phase::Pending; planned.plan.metrics.len()],
                });
                note(at, now.collect());
            })?;
            let runs = plan.analyses.iter().zip(&state.runs);
            let warnings =
                warnings(runs.filter_map(|(planned, run)| Some((&planned.plan, run.as_ref()?))));
            let verdict = state.verdict.ok_or(RehearsalError::Stuck { at: start })?;
            let run = verdict.decisive.and_then(|place| state.runs.get(place)?.as_ref());
            let reason = run.and_then(|run| run.verdict.as_ref()).map(|verdict| &verdict.reason);
            Ok(Seen {
                start,
                verdict: verdict.decision.as_str(),
                decisive: reason
                    .and_then(|reason| reason.metric.as_ref())
                    .map(|it| it.name.clone()),
                sentence: verdict.sentence,
                at: verdict.at,
                stopped_at: verdict.stopped_at,
                warnings,
                phases,
            })
        }
    }
}

/// What the sources of these runs warned about that no message says.
fn warnings<'r>(runs: impl IntoIterator<Item = (&'r Plan, &'r RunState)>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (plan, state) in runs {
        for (metric, state) in plan.metrics.iter().zip(&state.metrics) {
            for warning in state.measurements.iter().flat_map(Measurement::unsaid_warnings) {
                let told = format!("{}: {warning}", metric.name);
                if !all.contains(&told) {
                    all.push(told);
                }
            }
        }
    }
    all
}

fn phases_of(state: &RunState) -> impl Iterator<Item = Phase> {
    state.metrics.iter().map(|metric| metric.phase)
}

/// The names of all metrics, in the order in which their phases are noted.
fn names<'p>(judged: Judged<'p>) -> Vec<&'p str> {
    let of = |plan: &'p Plan| plan.metrics.iter().map(|metric| metric.name.as_str());
    match judged {
        Judged::Plan(plan) => of(plan).collect(),
        Judged::Rollout(plan) => {
            plan.analyses.iter().flat_map(|analysis| of(&analysis.plan)).collect()
        }
    }
}

/// `text` in double quotes, as YAML reads it on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            // A sentence is one line; anything else would end the text or hide in it.
            _ if character.is_control() => quoted.push(' '),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

struct Checker<'a> {
    case: &'a Case<'a>,
    judged: Judged<'a>,
    seen: &'a Seen,
    mismatches: Vec<Mismatch>,
}

impl Checker<'_> {
    fn check(mut self) -> Came {
        let Expectation { verdict, reason, at, step, metrics } = &self.case.expect;
        let Seen { start, sentence, decisive, stopped_at, .. } = self.seen;
        if verdict.value != self.seen.verdict {
            let (expected, got) = (verdict.value.to_owned(), self.seen.verdict.to_owned());
            self.differs(expected, got.clone(), sentence.clone(), verdict.at, Some(got));
        }
        if let Some(reason) = reason
            && !sentence.to_lowercase().contains(&reason.value.to_lowercase())
        {
            let expected = format!("a reason with \"{}\"", reason.value);
            let help = String::from("the sentence is the reason: expect a part of it");
            let instead = quoted(sentence);
            self.differs(expected, format!("\"{sentence}\""), help, reason.at, Some(instead));
        }
        let took = Duration::try_from(self.seen.at.duration_since(*start)).unwrap_or_default();
        if let Some(at) = at
            && at.value != took
        {
            let got = duration::format_unsigned(took);
            let expected = format!("the verdict after {}", duration::format_unsigned(at.value));
            self.differs(expected, format!("it after {got}"), sentence.clone(), at.at, Some(got));
        }
        if let Some(step) = step
            && Some(step.value) != *stopped_at
        {
            let got = stopped_at.map(|stopped| stopped.to_string());
            let told = match &got {
                Some(got) => format!("step {got}"),
                None => String::from("a rollout that goes to its end"),
            };
            let expected = format!("a stop at step {}", step.value);
            self.differs(expected, told, sentence.clone(), step.at, got);
        }
        metrics.iter().for_each(|metric| self.metric(metric));
        Came {
            sentence: sentence.clone(),
            decisive: decisive.clone(),
            warnings: self.seen.warnings.clone(),
            mismatches: self.mismatches,
        }
    }

    fn metric(&mut self, expected: &MetricExpectation<'_>) {
        let names = names(self.judged);
        let MetricExpectation { metric, phase, at } = expected;
        let until = match at {
            Some(at) => self.seen.start.saturating_add(*at).unwrap_or(Timestamp::MAX),
            None => Timestamp::MAX,
        };
        let noted = self.seen.phases.iter().rev().find(|(time, _)| *time <= until);
        // Several analyses may have it: the last one that began is meant.
        let phases = names.iter().enumerate().filter(|(_, name)| **name == metric.value);
        let phases = phases.map(|(place, _)| noted.and_then(|(_, all)| all.get(place).copied()));
        let phases: Vec<Phase> = phases.map(|phase| phase.unwrap_or(Phase::Pending)).collect();
        let begun = phases.iter().rev().find(|phase| **phase != Phase::Pending);
        let Some(got) = begun.or(phases.last()).copied() else {
            let help = match suggest(metric.value, names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("its metrics are `{}`", names.join("`, `")),
            };
            let (case, name) = (shorten(self.case.name.value), shorten(metric.value));
            let problem = SuiteProblem::MetricNotThere { case, metric: name, help, at: metric.at };
            self.mismatches.push(Mismatch { problem, instead: None });
            return;
        };
        if got.as_str() == phase.value {
            return;
        }
        let when = at.map(|at| format!(" after {}", duration::format_unsigned(at)));
        let when = when.unwrap_or_default();
        let expected = format!("metric `{}` to be {}{when}", metric.value, phase.value);
        let (got, help) = (got.as_str().to_owned(), self.seen.sentence.clone());
        self.differs(expected, got.clone(), help, phase.at, Some(got));
    }

    fn differs(
        &mut self,
        expected: String,
        got: String,
        help: String,
        at: SourceSpan,
        instead: Option<String>,
    ) {
        let case = shorten(self.case.name.value);
        let problem = SuiteProblem::NotAsExpected { case, expected, got, help, at };
        self.mismatches.push(Mismatch { problem, instead: instead.map(|text| (at, text)) });
    }
}
