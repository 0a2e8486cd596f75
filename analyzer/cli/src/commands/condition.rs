//! `assay condition`: one condition on one value, by the very run that a template would get.

use assay_run::reading::{Answer, Fault, FaultKind, Reading};
use assay_run::state::{Measurement, Phase, RunState};
use assay_run::step::{Event, Ticket, step};
use assay_run::web;
use assay_runtime::clock::Clock;
use assay_template::condition::{Condition as Compiled, ConditionProblem};
use assay_template::jsonpath::{JsonPath, JsonPathError};
use assay_template::number;
use assay_template::plan::{
    Consequence, Criterion, Limits, MetricPlan, Mode, OnNoData, Plan, Query,
};
use assay_template::secret::Secrets;
use serde::Serialize;

use crate::arguments::{CheckFormat, Condition, ResultKind};
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::print;
use crate::report::{WarningReport, escape, missing_word, phase_word, symbol};

/// What `assay condition` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    /// Argo's phase of the measurement.
    #[serde(serialize_with = "phase_word")]
    phase: Phase,
    /// The value as Argo records it; empty if there is none.
    value: String,
    /// Why, if the value does not say it.
    message: String,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// What kind of evidence was missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
    /// Traps that mattered.
    warnings: Vec<WarningReport>,
}

/// Judges one value.
pub(crate) fn condition(options: &Condition) -> anyhow::Result<Exit> {
    let answer = answer(options)?;
    let judged = match criterion(options) {
        Ok(criterion) => {
            let help = help(options.kind, &criterion);
            Judged { help, ..judge(options, criterion, answer)? }
        }
        // A condition that does not compile is what Argo calls an Error, and worth knowing here.
        Err((field, problem)) => Judged {
            phase: Phase::Error,
            value: String::new(),
            message: format!("{field}: {problem}"),
            help: problem.help,
            missing: None,
            warnings: Vec::new(),
        },
    };
    print(&match options.output {
        CheckFormat::Json => serde_json::to_string_pretty(&judged)? + "\n",
        CheckFormat::Table => table(&judged),
    })?;
    Ok(Exit::Done)
}

fn table(judged: &Judged) -> String {
    let mut text = format!("{} {}", symbol(judged.phase), judged.phase.as_str());
    for part in [&judged.value, &judged.message] {
        if !part.is_empty() {
            text.push_str("  ");
            text.push_str(&escape::line(part));
        }
    }
    text.push('\n');
    if let Some(help) = &judged.help {
        text.push_str(&format!("help: {}\n", escape::line(help)));
    }
    for warning in &judged.warnings {
        text.push_str(&format!("warning: {} [{}]\n", escape::line(&warning.message), warning.code));
    }
    text
}

/// What to write instead of a condition whose types do not fit what Prometheus answers.
fn help(kind: ResultKind, criterion: &Criterion) -> Option<String> {
    let Criterion::Conditions { success, failure } = criterion else { return None };
    let problem = |condition: &Compiled| match kind {
        ResultKind::Scalar => condition.problem_for_scalar(),
        ResultKind::Vector | ResultKind::Matrix => condition.problem_for_vector(),
        ResultKind::Web => None,
    };
    success.iter().chain(failure).find_map(problem).and_then(|problem| problem.help)
}

/// What the provider would have answered.
fn answer(options: &Condition) -> Result<Result<Answer, Fault>, InputError> {
    let reading = match (options.kind, &options.result, &options.body) {
        (ResultKind::Web, None, Some(body)) => {
            // A path that is none is what Argo calls an Error too.
            let path = JsonPath::parse(&options.json_path);
            let fault = |error: JsonPathError| Fault {
                kind: FaultKind::Misconfigured,
                message: format!("--json-path: {error}"),
            };
            return Ok(path
                .map_err(fault)
                .and_then(|path| web::read(options.status, body.as_bytes(), &path)));
        }
        (ResultKind::Scalar, Some(text), None) => Reading::Scalar(one(text)?),
        (ResultKind::Vector, Some(text), None) => Reading::Vector(list(text)?),
        (ResultKind::Matrix, Some(text), None) => Reading::Matrix(list(text)?),
        (ResultKind::Web, Some(_), _) => {
            return Err(InputError::Useless { option: "--result", instead: "--body" });
        }
        (ResultKind::Web, None, None) => return Err(InputError::Missing { what: "--body TEXT" }),
        (ResultKind::Scalar | ResultKind::Vector | ResultKind::Matrix, _, Some(_)) => {
            return Err(InputError::Useless { option: "--body", instead: "--result" });
        }
        (ResultKind::Scalar | ResultKind::Vector | ResultKind::Matrix, _, _) => {
            return Err(InputError::Missing { what: "--result VALUE" });
        }
    };
    Ok(Ok(Answer::of(reading)))
}

fn one(text: &str) -> Result<f64, InputError> {
    let expected = "is no number such as 0.97, NaN or +Inf";
    number::parse(text.trim()).map_err(|_| InputError::wrong("--result", text, &expected))
}

/// The numbers of `[1, 2]`, or of `[[1, 2], [3]]` one series after the other.
fn list(text: &str) -> Result<Vec<f64>, InputError> {
    let expected = "is no list of numbers such as [0.97, NaN]";
    let wrong = || InputError::wrong("--result", text, &expected);
    let inner = text.trim().strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let flat = inner.ok_or_else(wrong)?.replace(['[', ']'], " ");
    let parts = flat.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| number::parse(part).map_err(|_| wrong())).collect()
}

fn criterion(options: &Condition) -> Result<Criterion, (&'static str, ConditionProblem)> {
    // Only parsed: whether the types fit depends on the one value at hand.
    let parse = |field, text: &Option<String>| {
        text.as_deref().map(Compiled::parse).transpose().map_err(|problem| (field, problem))
    };
    Ok(Criterion::Conditions {
        success: parse("--success", &options.success)?,
        failure: parse("--failure", &options.failure)?,
    })
}

/// Runs a plan of one metric and one measurement, and takes that measurement.
fn judge(
    options: &Condition,
    criterion: Criterion,
    answer: Result<Answer, Fault>,
) -> anyhow::Result<Judged> {
    let plan = plan(options.compat.into(), criterion);
    let at = Clock::start().now();
    let ticket = Ticket { metric: 0, number: 0 };
    let events = [Event::Started { at }, Event::Measured { at, ticket, answer }];
    let state =
        events.iter().fold(RunState::new(&plan), |state, event| step(&plan, state, event).0);
    let measurement = state.metrics.first().and_then(|metric| metric.last());
    let Some(measurement) = measurement else { anyhow::bail!("the value was not measured") };
    let warnings = state.warnings().iter().map(WarningReport::of).collect();
    Ok(Judged::of(measurement, warnings))
}

fn plan(mode: Mode, criterion: Criterion) -> Plan {
    let metric = MetricPlan {
        name: String::from("result"),
        interval: None,
        initial_delay: std::time::Duration::ZERO,
        count: Some(1),
        limits: Limits::default(),
        criterion,
        query: Query::Foreign { provider: "condition", query: None },
        dry_run: false,
        retention: 1,
        on_no_data: OnNoData::Hold,
        on_error: Consequence::Hold,
        on_inconclusive: Consequence::Hold,
    };
    Plan {
        name: String::from("condition"),
        mode,
        metrics: vec![metric],
        sequential: None,
        max_duration: None,
        terminate: false,
        warnings: Vec::new(),
        secrets: Secrets::default(),
    }
}

impl Judged {
    fn of(measurement: &Measurement, warnings: Vec<WarningReport>) -> Self {
        Self {
            phase: Phase::from(measurement.outcome),
            value: measurement.value.clone(),
            message: measurement.message.clone(),
            help: None,
            missing: measurement.missing.as_ref().map(missing_word),
            warnings,
        }
    }
}
