//! What `dry-run` and `run` print: one wire type, written in five formats.
//!
//! The JSON form is an interface: camelCase, Argo's words, times RFC 3339 in UTC, durations as Go
//! writes them. Its schema is `report/report.schema.json`; a test holds one against the other.

pub(crate) mod columns;
pub(crate) mod comparison;
pub(crate) mod escape;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod rollout;
pub(crate) mod table;

use assay_run::compare::summary::{Summary, summary};
use assay_run::state::{Measurement, MetricState, Missing, Phase, RunState};
use assay_run::verdict::{Decision, MetricReason, Reason};
use assay_template::duration;
use assay_template::plan::{Criterion, MetricPlan, Mode, Plan, Warning};
use serde::{Serialize, Serializer};

use crate::arguments::Format;

/// The JSON Schema of [`Report`].
pub(crate) const SCHEMA: &str = include_str!("report.schema.json");

/// A run as it is shown to people and programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    api_version: &'static str,
    kind: &'static str,
    /// The template's name.
    pub(crate) template: String,
    /// `strict` or `argo`.
    pub(crate) mode: &'static str,
    /// `promote`, `abort`, `hold`; null while the run is running.
    #[serde(serialize_with = "decision_word")]
    pub(crate) verdict: Option<Decision>,
    /// Argo's phase.
    #[serde(serialize_with = "phase_word")]
    pub(crate) phase: Phase,
    /// Why, in one sentence.
    pub(crate) sentence: String,
    /// Argo's message.
    pub(crate) message: String,
    /// When the run started.
    pub(crate) started_at: Option<String>,
    /// When the run ended.
    pub(crate) completed_at: Option<String>,
    /// Why, as data.
    pub(crate) reason: Option<ReasonReport>,
    /// In template order.
    pub(crate) metrics: Vec<MetricReport>,
    /// What was allowed but suspicious.
    pub(crate) warnings: Vec<WarningReport>,
    /// The walk of a Rollout; absent for a single run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rollout: Option<rollout::RolloutReport>,
}

/// Why, as data.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReasonReport {
    cause: &'static str,
    /// What would have changed it.
    pub(crate) change: String,
    window: String,
    metrics: usize,
    measurements: u32,
    blind: u32,
    metric: Option<MetricReasonReport>,
}

/// The part of the reason that is about one metric.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricReasonReport {
    name: String,
    value: String,
    condition: String,
    query: String,
    missing: String,
}

/// One metric.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricReport {
    /// Its name.
    pub(crate) name: String,
    /// Argo's phase.
    #[serde(serialize_with = "phase_word")]
    pub(crate) phase: Phase,
    /// Why it is in that phase.
    pub(crate) message: String,
    /// Whether it has no say in the verdict.
    pub(crate) dry_run: bool,
    /// Where its readings came from.
    pub(crate) provider: &'static str,
    /// What was asked, arguments filled in, secrets masked.
    pub(crate) query: String,
    /// As written; null if there is none.
    pub(crate) success_condition: Option<String>,
    /// As written; null if there is none.
    pub(crate) failure_condition: Option<String>,
    /// Judged measurements wanted; null: until the run ends.
    pub(crate) wanted: Option<u32>,
    /// Judged measurements: successful, failed and inconclusive ones.
    pub(crate) count: u32,
    /// Good ones.
    pub(crate) successful: u32,
    /// Bad ones.
    pub(crate) failed: u32,
    /// Undecided ones.
    pub(crate) inconclusive: u32,
    /// Measurements whose source failed.
    pub(crate) error: u32,
    /// Measurements without data.
    pub(crate) no_data: u32,
    /// Blind measurements in a row at the end.
    pub(crate) consecutive_error: u32,
    /// Good ones in a row at the end.
    pub(crate) consecutive_success: u32,
    /// Where its statistical criterion stands; absent for other metrics, and before a first look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comparison: Option<comparison::ComparisonReport>,
    /// The newest, oldest first, as many as the template keeps.
    pub(crate) measurements: Vec<MeasurementReport>,
}

/// One measurement.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeasurementReport {
    /// Argo's phase.
    #[serde(serialize_with = "phase_word")]
    pub(crate) phase: Phase,
    /// As Argo records it; empty if there is none.
    pub(crate) value: String,
    /// When it was asked for.
    pub(crate) started_at: String,
    /// When the answer was complete.
    pub(crate) finished_at: String,
    /// What happened, if the value does not say it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) message: String,
    /// What kind of evidence was missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missing: Option<&'static str>,
    /// What the source warned about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
}

/// Something allowed but suspicious.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WarningReport {
    /// Its code.
    pub(crate) code: &'static str,
    /// Its number among the known traps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trap: Option<u8>,
    /// The metric it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metric: Option<String>,
    /// What is suspicious and what to do.
    pub(crate) message: String,
}

impl Report {
    /// The report of a run of `plan` as it stands.
    pub(crate) fn of(plan: &Plan, state: &RunState) -> Self {
        let verdict = state.verdict.as_deref();
        let metrics = plan.metrics.iter().zip(&state.metrics).enumerate();
        let metrics = metrics.map(|(place, (metric, known))| {
            MetricReport::of(metric, known, summary(plan, state, place))
        });
        let run_warnings = verdict.into_iter().flat_map(|verdict| &verdict.warnings);
        Self {
            api_version: "assay.dev/v1alpha1",
            kind: "Report",
            template: plan.name.clone(),
            mode: match plan.mode {
                Mode::Strict => "strict",
                Mode::Argo => "argo",
            },
            verdict: verdict.map(|verdict| verdict.decision),
            phase: state.phase,
            sentence: verdict.map_or_else(
                || String::from("The run has not reached a verdict."),
                |verdict| verdict.sentence.clone(),
            ),
            message: verdict.map(|verdict| verdict.message.clone()).unwrap_or_default(),
            started_at: state.started_at.map(|at| at.to_string()),
            completed_at: state.completed_at.map(|at| at.to_string()),
            reason: verdict.map(|verdict| ReasonReport::of(&verdict.reason)),
            metrics: metrics.collect(),
            warnings: plan.warnings.iter().chain(run_warnings).map(WarningReport::of).collect(),
            rollout: None,
        }
    }

    /// The report as text, with a line feed at its end.
    ///
    /// # Errors
    ///
    /// When a value cannot be written as JSON or YAML.
    pub(crate) fn write(&self, format: Format) -> anyhow::Result<String> {
        Ok(match format {
            Format::Table => table::write(self),
            Format::Json => serde_json::to_string_pretty(self)? + "\n",
            Format::Yaml => serde_saphyr::to_string(self)?,
            Format::Markdown => markdown::write(self),
            Format::Junit => junit::write(self),
        })
    }
}

impl ReasonReport {
    fn of(reason: &Reason) -> Self {
        Self {
            cause: reason.cause.as_str(),
            change: reason.change.clone(),
            window: duration::format(
                jiff::SignedDuration::try_from(reason.window).unwrap_or_default(),
            ),
            metrics: reason.metrics,
            measurements: reason.measurements,
            blind: reason.blind,
            metric: reason.metric.as_ref().map(MetricReasonReport::of),
        }
    }
}

impl MetricReasonReport {
    fn of(reason: &MetricReason) -> Self {
        Self {
            name: reason.name.clone(),
            value: reason.value.clone(),
            condition: reason.condition.clone(),
            query: reason.query.clone(),
            missing: reason.missing.clone(),
        }
    }
}

impl MetricReport {
    fn of(plan: &MetricPlan, state: &MetricState, compared: Option<Summary>) -> Self {
        let (success, failure) = match &plan.criterion {
            Criterion::Conditions { success, failure } => (success.as_ref(), failure.as_ref()),
            Criterion::Score { .. } | Criterion::Comparison(_) | Criterion::Told => (None, None),
        };
        let tally = state.tally;
        Self {
            name: plan.name.clone(),
            phase: state.phase,
            message: state.message.clone(),
            dry_run: plan.dry_run,
            provider: plan.query.provider(),
            query: plan.asked(),
            success_condition: success.map(|condition| condition.text().to_owned()),
            failure_condition: failure.map(|condition| condition.text().to_owned()),
            wanted: plan.count,
            count: tally.judged(),
            successful: tally.successful,
            failed: tally.failed,
            inconclusive: tally.inconclusive,
            error: tally.error,
            no_data: tally.no_data,
            consecutive_error: tally.consecutive_error,
            consecutive_success: tally.consecutive_success,
            comparison: compared.map(comparison::ComparisonReport::of),
            measurements: state.measurements.iter().map(MeasurementReport::of).collect(),
        }
    }
}

impl MeasurementReport {
    fn of(measurement: &Measurement) -> Self {
        Self {
            phase: Phase::from(measurement.outcome),
            value: measurement.value.clone(),
            started_at: measurement.started_at.to_string(),
            finished_at: measurement.finished_at.to_string(),
            message: measurement.message.clone(),
            missing: measurement.missing.as_ref().map(missing_word),
            warnings: measurement.warnings.clone(),
        }
    }
}

/// The word for what was missing.
pub(crate) fn missing_word(missing: &Missing) -> &'static str {
    match missing {
        Missing::Empty => "empty",
        Missing::NotFinite { .. } => "notFinite",
        Missing::Stale { .. } => "stale",
        Missing::Ambiguous { .. } => "ambiguous",
        Missing::Nothing { .. } => "nothing",
    }
}

impl WarningReport {
    /// A warning of a template or of a run.
    pub(crate) fn of(warning: &Warning) -> Self {
        Self {
            code: warning.code,
            trap: warning.trap,
            metric: warning.metric.clone(),
            message: warning.message.clone(),
        }
    }
}

/// The word a verdict is announced with, and its symbol: never colour alone.
pub(crate) fn banner(verdict: Option<Decision>) -> (&'static str, &'static str) {
    match verdict {
        Some(Decision::Promote) => ("✔", "PROMOTE"),
        Some(Decision::Abort) => ("✖", "ABORT"),
        Some(Decision::Hold) => ("‖", "HOLD"),
        None => ("…", "RUNNING"),
    }
}

/// `10:00:00Z` of `2026-01-05T10:00:00Z`; fractions of a second are dropped.
pub(crate) fn time_of_day(time: &str) -> String {
    let time = time.split_once('T').map_or(time, |(_, time)| time);
    let whole = time.split('.').next().unwrap_or(time);
    format!("{}Z", whole.trim_end_matches('Z'))
}

/// The symbol of a phase.
pub(crate) fn symbol(phase: Phase) -> &'static str {
    match phase {
        Phase::Successful => "✔",
        Phase::Failed => "✖",
        Phase::Inconclusive => "?",
        Phase::Error => "!",
        Phase::Pending | Phase::Running => "…",
    }
}

/// Writes a phase in Argo's word.
pub(crate) fn phase_word<S: Serializer>(phase: &Phase, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(phase.as_str())
}

fn decision_word<S: Serializer>(decision: &Option<Decision>, to: S) -> Result<S::Ok, S::Error> {
    decision.map(Decision::as_str).serialize(to)
}

impl MetricReport {
    /// The newest value; empty if there is none.
    pub(crate) fn last_value(&self) -> &str {
        self.measurements.last().map_or("", |measurement| &measurement.value)
    }

    /// What the source warned about, once each, where no message of a measurement says so.
    pub(crate) fn unsaid_warnings(&self) -> Vec<&str> {
        let mut unsaid: Vec<&str> = Vec::new();
        let judged = |it: &&MeasurementReport| it.missing.is_none() && it.phase != Phase::Error;
        for measurement in self.measurements.iter().filter(judged) {
            for warning in &measurement.warnings {
                if !measurement.message.contains(warning) && !unsaid.contains(&warning.as_str()) {
                    unsaid.push(warning);
                }
            }
        }
        unsaid
    }

    /// What is asked of a value, on one line; empty if nothing is.
    pub(crate) fn condition(&self) -> String {
        match (&self.success_condition, &self.failure_condition) {
            (Some(success), Some(failure)) => format!("{success}, and not {failure}"),
            (Some(success), None) => success.clone(),
            (None, Some(failure)) => format!("not {failure}"),
            (None, None) => String::new(),
        }
    }
}
