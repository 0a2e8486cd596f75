//! One answer to one measurement: the criterion's table, and in strict mode the question before it.

use std::collections::BTreeMap;

use assay_template::condition::{Condition, Subject};
use assay_template::json::Json;
use assay_template::plan::{Criterion, MetricPlan, Mode, OnNoData, Plan};
use jiff::Timestamp;

use crate::evidence;
use crate::reading::{Answer, Fault, Health, Reading};
use crate::state::{Measurement, Missing, Outcome};
use crate::value::{self, MESSAGE_BYTES_MAX, Prepared, VALUE_BYTES_MAX};
use crate::warnings::{self as traps, Sign};

/// Failing targets named in a message; the rest is counted.
const TARGETS_NAMED_MAX: usize = 5;

/// Warnings of a source kept with one measurement.
const WARNINGS_KEPT_MAX: usize = 10;

/// A measurement, and what about it a careful reader should be told.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The measurement.
    pub(crate) measurement: Measurement,
    /// Traps it stepped into and waivers it used.
    pub(crate) signs: Vec<Sign>,
}

/// Judges what came for a measurement asked for at `asked_at`.
pub(crate) fn judge(
    plan: &Plan,
    metric: &MetricPlan,
    answer: &Result<Answer, Fault>,
    asked_at: Timestamp,
    finished_at: Timestamp,
) -> Judged {
    let mut measurement = blank(asked_at, finished_at);
    let mut signs = Vec::new();
    match answer {
        Ok(answer) => {
            measurement.warnings = warnings(plan, &answer.warnings);
            judge_answer(plan, metric, answer, &mut measurement, &mut signs);
        }
        Err(fault) => {
            measurement.fault = Some(fault.kind);
            measurement.message = clean(plan, &fault.message, MESSAGE_BYTES_MAX);
        }
    }
    Judged { measurement, signs }
}

/// A measurement of which nothing is known but its times.
pub(crate) fn blank(started_at: Timestamp, finished_at: Timestamp) -> Measurement {
    Measurement {
        started_at,
        finished_at,
        outcome: Outcome::Errored,
        missing: None,
        fault: None,
        value: String::new(),
        message: String::new(),
        warnings: Vec::new(),
    }
}

/// What is kept of the warnings of a source.
pub(crate) fn warnings(plan: &Plan, said: &[String]) -> Vec<String> {
    said.iter().take(WARNINGS_KEPT_MAX).map(|text| clean(plan, text, MESSAGE_BYTES_MAX)).collect()
}

fn judge_answer(
    plan: &Plan,
    metric: &MetricPlan,
    answer: &Answer,
    measurement: &mut Measurement,
    signs: &mut Vec<Sign>,
) {
    measurement.value = clean(plan, &value::text(&answer.reading), VALUE_BYTES_MAX);
    let missing = match plan.mode {
        Mode::Strict => evidence::missing(metric, answer, measurement.started_at),
        // Argo judges whatever comes; only where nothing comes there is nothing to judge.
        Mode::Argo => None,
    };
    let waived = matches!(metric.on_no_data, OnNoData::Judge { .. })
        && !matches!(answer.reading, Reading::Nothing { .. });
    if let Some(missing) = missing {
        if !waived {
            measurement.outcome = Outcome::Inconclusive;
            measurement.message = clean(
                plan,
                &describe_with(&missing, answer, &measurement.value),
                MESSAGE_BYTES_MAX,
            );
            measurement.missing = Some(without_secrets(plan, missing));
            return;
        }
        signs.push(Sign::Waived { missing: describe(&missing, &measurement.value) });
    }
    let ruling = rule(&metric.criterion, &answer.reading, measurement.finished_at);
    measurement.outcome = ruling.outcome;
    measurement.message = clean(plan, &ruling.message, MESSAGE_BYTES_MAX);
    if plan.mode == Mode::Argo {
        signs.extend(traps::of_measurement(metric, &answer.reading, ruling.outcome));
        if ruling.outcome == Outcome::Errored {
            // Argo keeps no value of a measurement that ended in an error.
            measurement.value.clear();
        }
    }
}

/// Takes secrets out of a text from outside and cuts it to `bytes_max`.
pub(crate) fn clean(plan: &Plan, text: &str, bytes_max: usize) -> String {
    value::cut(plan.secrets.scrub(text), bytes_max)
}

fn without_secrets(plan: &Plan, missing: Missing) -> Missing {
    match missing {
        Missing::Nothing { why } => Missing::Nothing { why: clean(plan, &why, MESSAGE_BYTES_MAX) },
        Missing::Empty
        | Missing::NotFinite { .. }
        | Missing::Stale { .. }
        | Missing::Ambiguous { .. } => missing,
    }
}

/// The same, with what the source itself said about an empty answer.
fn describe_with(missing: &Missing, answer: &Answer, value: &str) -> String {
    let clause = describe(missing, value);
    match (missing, answer.warnings.first()) {
        (Missing::Empty, Some(warning)) => format!("{clause}: {warning}"),
        (
            Missing::Empty
            | Missing::NotFinite { .. }
            | Missing::Stale { .. }
            | Missing::Ambiguous { .. }
            | Missing::Nothing { .. },
            _,
        ) => clause,
    }
}

/// What is missing in `value`, as a clause after "had no data".
fn describe(missing: &Missing, value: &str) -> String {
    let value = value::brief(value);
    match missing {
        Missing::Empty => String::from("the answer was empty"),
        Missing::NotFinite { count: 1, of: 1 } => format!("the value was {value}"),
        Missing::NotFinite { count, of } => {
            format!("{count} of {of} values were not finite: {value}")
        }
        Missing::Stale { age_seconds } if *age_seconds < 0 => {
            format!("the value {value} was from {} s in the future", age_seconds.unsigned_abs())
        }
        Missing::Stale { age_seconds } => format!("the value {value} was {age_seconds} s old"),
        Missing::Ambiguous { series } => {
            format!("{series} series came where the condition looks at fixed places only: {value}")
        }
        Missing::Nothing { why } => why.clone(),
    }
}

/// What a criterion says to a reading.
#[derive(Debug, PartialEq, Eq)]
struct Ruling {
    outcome: Outcome,
    message: String,
}

impl Ruling {
    fn plain(outcome: Outcome) -> Self {
        Self { outcome, message: String::new() }
    }

    fn error(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Errored, message: message.into() }
    }
}

fn rule(criterion: &Criterion, reading: &Reading, now: Timestamp) -> Ruling {
    if let Reading::Nothing { why } = reading {
        return Ruling::error(why.clone());
    }
    match criterion {
        Criterion::Conditions { success, failure } => {
            let ruling = rule_conditions(success.as_ref(), failure.as_ref(), reading, now);
            with_probes(ruling, success.is_none() && failure.is_none(), reading)
        }
        Criterion::Score { pass, marginal } => rule_score(*pass, *marginal, reading),
        // Samples are taken in look by look, and never come here.
        Criterion::Comparison(_) => Ruling::error(
            "a statistical criterion needs samples of series, and the answer holds none",
        ),
        Criterion::Told => rule_told(reading),
    }
}

/// Argo's table. Both conditions are looked at even if the first has decided.
fn rule_conditions(
    success: Option<&Condition>,
    failure: Option<&Condition>,
    reading: &Reading,
    now: Timestamp,
) -> Ruling {
    let Some(prepared) = Prepared::of(reading) else {
        return Ruling::error("there is nothing to judge");
    };
    let subject = prepared.subject();
    let answers = [("successCondition", success), ("failureCondition", failure)]
        .map(|(field, condition)| ask(field, condition, subject, now));
    match answers {
        [Ok(success), Ok(failure)] => Ruling::plain(table(success, failure)),
        [Err(message), Ok(_) | Err(_)] | [Ok(_), Err(message)] => Ruling::error(message),
    }
}

/// The outcome for what the two conditions said; none where one is not set.
pub(crate) fn table(success: Option<bool>, failure: Option<bool>) -> Outcome {
    match (success, failure) {
        (_, Some(true)) | (Some(false), None) => Outcome::Failed,
        (Some(true) | None, None | Some(false)) => Outcome::Successful,
        (Some(false), Some(false)) => Outcome::Inconclusive,
    }
}

fn ask(
    field: &str,
    condition: Option<&Condition>,
    subject: Subject<'_>,
    now: Timestamp,
) -> Result<Option<bool>, String> {
    let Some(condition) = condition else { return Ok(None) };
    condition.holds(subject, now).map(Some).map_err(|error| {
        if is_empty(subject) {
            format!(
                "could not evaluate {field} {:?}: metric result is nil or empty: \
                 no data returned from the metric provider",
                condition.text()
            )
        } else {
            error.message
        }
    })
}

fn is_empty(subject: Subject<'_>) -> bool {
    match subject {
        Subject::Scalar(_) => false,
        Subject::Floats(values) => values.is_empty(),
        Subject::Json(Json::Null) => true,
        Subject::Json(Json::List(items)) => items.is_empty(),
        Subject::Json(Json::Map(entries)) => entries.is_empty(),
        Subject::Json(Json::Bool(_) | Json::Number(_) | Json::Text(_)) => false,
    }
}

/// Tells how a round of probes went and who failed, and fails it for that if nobody set a condition.
fn with_probes(ruling: Ruling, unconditional: bool, reading: &Reading) -> Ruling {
    let Reading::Health(health) = reading else { return ruling };
    if unconditional && health.passed == 0 && health.failures.is_empty() {
        return Ruling::error("no probe was made");
    }
    if ruling.outcome == Outcome::Errored {
        return ruling;
    }
    let bad = unconditional && !health.failures.is_empty();
    let outcome = if bad { Outcome::Failed } else { ruling.outcome };
    Ruling { outcome, message: probes(health) }
}

/// `all 5 probes passed`, `1 of 5 probes failed: shop-3 answered 503`
fn probes(health: &Health) -> String {
    if health.failures.is_empty() {
        return match health.passed {
            1 => String::from("the only probe passed"),
            passed => format!("all {passed} probes passed"),
        };
    }
    let mut grouped: Vec<(String, usize)> = Vec::new();
    let mut places = BTreeMap::new();
    for failure in &health.failures {
        let what = format!("{} {}", failure.target, failure.why);
        let place = *places.entry(what.clone()).or_insert(grouped.len());
        match grouped.get_mut(place) {
            Some((_, times)) => *times += 1,
            None => grouped.push((what, 1)),
        }
    }
    let failed = health.failures.len();
    let total = failed + usize::try_from(health.passed).unwrap_or(usize::MAX - failed);
    let mut named: Vec<String> = grouped
        .iter()
        .take(TARGETS_NAMED_MAX)
        .map(|(what, times)| match times {
            1 => what.clone(),
            _ => format!("{what} {times} times"),
        })
        .collect();
    if TARGETS_NAMED_MAX < grouped.len() {
        named.push(format!("{} more", grouped.len() - TARGETS_NAMED_MAX));
    }
    let noun = if total == 1 { "probe" } else { "probes" };
    format!("{failed} of {total} {noun} failed: {}", named.join(", "))
}

/// A score is cut to an integer first, as Argo does: 79.9 does not pass at 80.
fn rule_score(pass: i64, marginal: i64, reading: &Reading) -> Ruling {
    let (Reading::Score(score) | Reading::Scalar(score)) = reading else {
        return Ruling::error("the answer is not a score");
    };
    let reaches = |limit: i64| {
        // Scores are 0 to 100, so the limits are exact as doubles; NaN reaches nothing.
        let limit = f64::from(i32::try_from(limit).unwrap_or(i32::MAX));
        limit <= score.trunc()
    };
    Ruling::plain(if reaches(pass) {
        Outcome::Successful
    } else if reaches(marginal) {
        Outcome::Inconclusive
    } else {
        Outcome::Failed
    })
}

fn rule_told(reading: &Reading) -> Ruling {
    match reading {
        Reading::Finished(true) | Reading::Json(Json::Bool(true)) => {
            Ruling::plain(Outcome::Successful)
        }
        Reading::Finished(false) | Reading::Json(Json::Bool(false)) => {
            Ruling::plain(Outcome::Failed)
        }
        Reading::Scalar(_)
        | Reading::Vector(_)
        | Reading::Matrix(_)
        | Reading::Json(_)
        | Reading::Text(_)
        | Reading::Health(_)
        | Reading::Score(_)
        | Reading::Samples(_)
        | Reading::Nothing { .. } => {
            Ruling::error("the answer does not say whether it completed or failed")
        }
    }
}
