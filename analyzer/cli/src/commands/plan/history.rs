//! What a service was like lately, by the queries of the criteria themselves.

use anyhow::Context;
use assay_provider::limits::Limits;
use assay_provider::sigv4::settings::AwsSettings;
use assay_provider::sources::{self, Question, SourceSettings, Sources};
use assay_run::compare::LookBack;
use assay_run::compare::observed::{Observed, observed};
use assay_run::reading::{Answer, Fault, Reading};
use assay_runtime::clock::Clock;
use assay_template::plan::compare::Comparison;
use assay_template::plan::{MetricPlan, Plan};
use assay_template::problem::Found;

use crate::arguments;
use crate::inputs::{InputError, Inputs};

/// What was seen for a criterion, or why nothing was, as a clause.
pub(super) type Seen = Result<Observed, String>;

/// What was seen for each metric, with none for those without a criterion.
pub(super) type History = Vec<Option<Seen>>;

/// What was seen; none if nobody is to be asked.
///
/// # Errors
///
/// [`InputError`] when the source cannot be asked; inside, every problem of a fixture.
pub(super) fn seen(
    options: &arguments::Plan,
    inputs: &mut Inputs,
    plan: &Plan,
) -> anyhow::Result<Result<Option<History>, Vec<Found>>> {
    if let Some(path) = &options.fixture {
        let fixture = match inputs.fixture(path, &[plan], false)? {
            Ok(fixture) => fixture,
            Err(found) => return Ok(Err(found)),
        };
        let at = fixture.last_sample().unwrap_or_else(|| fixture.start());
        let of = |metric: &MetricPlan| {
            let comparison = metric.comparison()?;
            let back = Some(back(options, comparison));
            Some(judge(comparison, fixture.answer(metric, 0, at, back).answer))
        };
        return Ok(Ok(Some(plan.metrics.iter().map(of).collect())));
    }
    let Some(address) = &options.prometheus else { return Ok(Ok(None)) };
    sources::readable(address)
        .map_err(|fault| InputError::Address { option: "--prometheus", reason: fault.message })?;
    let sources = Sources::new(SourceSettings {
        limits: Limits::default(),
        prometheus_address: Some(address.clone()),
        aws: AwsSettings::read(|name| std::env::var(name).ok()),
        ..SourceSettings::default()
    })
    .context("the HTTP client could not be set up")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seen = runtime.block_on(ask(options, plan, &sources));
    runtime.shutdown_background();
    Ok(Ok(Some(seen)))
}

async fn ask(options: &arguments::Plan, plan: &Plan, sources: &Sources) -> History {
    let (clock, pages) = (Clock::start(), sources.pages(plan));
    let mut seen = Vec::new();
    for metric in &plan.metrics {
        let Some(comparison) = metric.comparison() else {
            seen.push(None);
            continue;
        };
        let question =
            Question { metric, asked: clock.now(), back: Some(back(options, comparison)) };
        let answer = sources.measure_in(&pages, question, &plan.secrets).await;
        seen.push(Some(judge(comparison, answer)));
    }
    seen
}

fn back(options: &arguments::Plan, comparison: &Comparison) -> LookBack {
    LookBack { reach: options.since, every: comparison.interval }
}

fn judge(comparison: &Comparison, answer: Result<Answer, Fault>) -> Seen {
    let Answer { reading, warnings, .. } = answer.map_err(|fault| fault.message)?;
    let warned = |why: String| match warnings.first() {
        Some(warning) => format!("{why}: {warning}"),
        None => why,
    };
    match reading {
        Reading::Samples(samples) => {
            observed(comparison, &samples).map_err(|error| warned(error.to_string()))
        }
        Reading::Nothing { why } => Err(warned(why)),
        Reading::Scalar(_)
        | Reading::Vector(_)
        | Reading::Matrix(_)
        | Reading::Json(_)
        | Reading::Text(_)
        | Reading::Health(_)
        | Reading::Score(_)
        | Reading::Finished(_) => Err(String::from("the source did not answer with samples")),
    }
}
