//! `assay query`: PromQL over the series of a fixture, once or for others.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use assay_api::prometheus_api::{self, Served};
use assay_api::time;
use assay_api::wire::Data;
use assay_promql::{
    self as promql, AnnotationLevel, Answer, Dialect, EvalError, QueryProblem, Settings, Value,
    number_text,
};
use assay_provider::fixture::Fixture;
use assay_template::duration;
use assay_template::yaml::Source;
use jiff::Timestamp;
use miette::SourceSpan;

use crate::arguments::{Query, QueryFormat};
use crate::exit::Exit;
use crate::inputs::{self, InputError};
use crate::report::escape;
use crate::signals::Signals;
use crate::{print, problems, say};

/// A query that cannot be read, with its place.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the query is not PromQL: {reason}")]
#[diagnostic(code(assay::template::bad_query))]
struct NotPromql {
    reason: String,
    #[source_code]
    text: String,
    #[label("here")]
    at: SourceSpan,
}

/// Asks what `options` say, or lets others ask.
pub(crate) fn query(options: &Query) -> anyhow::Result<Exit> {
    let (source, fixture) = inputs::fixture_alone(&options.fixture)?;
    let fixture = match fixture {
        Ok(fixture) => fixture,
        Err(found) => return Ok(problems::refuse(&[source], &found)),
    };
    match (&options.serve, &options.query) {
        (Some(address), _) => serve(*address, &source, &fixture, options.promql.into()),
        (None, Some(text)) => ask(text, &fixture, options),
        (None, None) => Err(InputError::Missing { what: "QUERY" }.into()),
    }
}

fn ask(text: &str, fixture: &Fixture, options: &Query) -> anyhow::Result<Exit> {
    let query = match promql::Query::parse(text, options.promql.into()) {
        Ok(query) => query,
        Err(problem) => return Ok(problems::refuse_one(&not_promql(text, &problem))),
    };
    let answer = match (&options.from, &options.to, options.step) {
        (Some(from), Some(to), Some(step)) => {
            let bounds_ms = (time_ms("--from", from, fixture)?, time_ms("--to", to, fixture)?);
            let step_ms = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
            let settings = Settings::default();
            promql::range(fixture.series(), &query, bounds_ms, step_ms, &settings)
        }
        // clap lets none of the three come without the others.
        _ => {
            let at_ms = match &options.at {
                Some(at) => time_ms("--at", at, fixture)?,
                None => default_ms(fixture),
            };
            promql::instant(fixture.series(), &query, at_ms, &Settings::default())
        }
    };
    let answer = answer.map_err(no_answer)?;
    warn(&answer);
    print(&match options.output {
        QueryFormat::Json => serde_json::to_string(&Data(&answer.value))? + "\n",
        QueryFormat::Table => table(&answer.value),
    })?;
    Ok(Exit::Done)
}

fn no_answer(source: EvalError) -> InputError {
    InputError::NoAnswer { source }
}

fn not_promql(text: &str, problem: &QueryProblem) -> NotPromql {
    let length = problem.span.end.saturating_sub(problem.span.start);
    NotPromql {
        reason: escape::line(&problem.to_string()),
        text: text.to_owned(),
        at: SourceSpan::from((problem.span.start, length)),
    }
}

/// The time that `text` says, in milliseconds since 1970.
fn time_ms(option: &'static str, text: &str, fixture: &Fixture) -> Result<i64, InputError> {
    if let Some(time_ms) = time::time_ms(text) {
        return Ok(time_ms);
    }
    let after = duration::parse(text).ok();
    let time = after.and_then(|after| fixture.start().checked_add(after).ok());
    time.map(Timestamp::as_millisecond).ok_or_else(|| {
        let expected = "is no time: write `2026-01-05T10:05:00Z`, seconds since 1970, or how long \
                        after the start of the fixture, such as `5m`";
        InputError::wrong(option, text, &expected)
    })
}

/// When a query is asked that says no time: at the last sample, or when the run ends if there is none.
fn default_ms(fixture: &Fixture) -> i64 {
    let end = || {
        let after = fixture.duration().unwrap_or(Duration::ZERO);
        fixture.start().saturating_add(after).unwrap_or(Timestamp::MAX)
    };
    fixture.last_sample().unwrap_or_else(end).as_millisecond()
}

/// Says on stderr what may make the answer mean something else.
fn warn(answer: &Answer) {
    for unmatched in &answer.unmatched {
        say(&format!("warning: {}", escape::line(&unmatched.to_string())));
    }
    for annotation in &answer.annotations {
        let level = match annotation.level {
            AnnotationLevel::Info => "info",
            AnnotationLevel::Warning => "warning",
        };
        say(&format!("{level}: {}", escape::line(&annotation.message)));
    }
}

fn table(value: &Value) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    match value {
        Value::Scalar { time_ms, value } => {
            let _ = writeln!(text, "{} @ {}", number_text(*value), time(*time_ms));
        }
        Value::Text { time_ms, text: said } => {
            let _ = writeln!(text, "{} @ {}", escape::line(said), time(*time_ms));
        }
        Value::Vector { time_ms, elements } if elements.is_empty() => {
            let _ = writeln!(text, "no elements @ {}", time(*time_ms));
        }
        Value::Vector { time_ms, elements } => {
            let labels = |labels: &promql::Labels| escape::line(&labels.to_string());
            let labels: Vec<String> = elements.iter().map(|one| labels(&one.labels)).collect();
            let width = labels.iter().map(|text| text.chars().count()).max().unwrap_or(0);
            for (labels, element) in labels.iter().zip(elements) {
                let (value, at) = (number_text(element.value), time(*time_ms));
                let _ = writeln!(text, "{labels:<width$}  {value} @ {at}");
            }
        }
        Value::Matrix(series) if series.is_empty() => text.push_str("no series\n"),
        Value::Matrix(series) => {
            for one in series {
                let _ = writeln!(text, "{}", escape::line(&one.labels.to_string()));
                for (time_ms, value) in one.points.iter() {
                    let _ = writeln!(text, "  {} @ {}", number_text(value), time(time_ms));
                }
            }
        }
    }
    text
}

/// A time as RFC 3339, or as seconds where that cannot write it.
fn time(time_ms: i64) -> String {
    match Timestamp::from_millisecond(time_ms) {
        Ok(time) => time.to_string(),
        Err(_) => format!("{}s", time_ms / 1000),
    }
}

/// Answers others until a signal.
fn serve(
    address: SocketAddr,
    source: &Source,
    fixture: &Fixture,
    dialect: Dialect,
) -> anyhow::Result<Exit> {
    let served =
        Served { series: Arc::clone(fixture.series()), dialect, default_ms: default_ms(fixture) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(serve_until_told(address, &source.name, served));
    // A query that is still evaluated must not keep the program from ending.
    runtime.shutdown_background();
    served.map(|()| Exit::Done)
}

async fn serve_until_told(address: SocketAddr, name: &str, served: Served) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("could not listen at {address}"))?;
    let bound = listener.local_addr()?;
    let (series, samples) = (served.series.series().len(), served.series.samples());
    let first = served.series.bounds_ms().map_or(served.default_ms, |(first_ms, _)| first_ms);
    say(&format!(
        "{} is served as a Prometheus at http://{bound}: {series} series, {samples} samples, {} to {}",
        escape::line(name),
        time(first),
        time(served.default_ms),
    ));
    tokio::select! {
        () = prometheus_api::serve(listener, served) => {}
        why = signals.next() => say(&format!("stopped: {why}")),
    }
    Ok(())
}
