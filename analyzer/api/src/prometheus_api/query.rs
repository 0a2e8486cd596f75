//! `/api/v1/query` and `/api/v1/query_range`.

use assay_promql::{
    self as promql, Annotation, AnnotationLevel, Answer, EvalError, Query, Settings, Value,
};

use super::form::Form;
use super::reply::{Refusal, Reply, Success};
use super::{ANSWER_POINTS_MAX, Served};
use crate::time;
use crate::wire::Data;

/// The value of `query` at `time`. A `timeout` is passed over: what a query may cost is counted.
pub(super) fn query(served: &Served, form: &Form) -> Reply {
    let answer = parse("query", form.get("query"), served).and_then(|query| {
        let at_ms = match form.get("time") {
            "" => served.default_ms,
            _ => time_of(form, "time")?,
        };
        promql::instant(&served.series, &query, at_ms, &Settings::default()).map_err(refusal)
    });
    reply(answer)
}

/// The values of `query` from `start` to `end`, every `step`.
pub(super) fn query_range(served: &Served, form: &Form) -> Reply {
    let answer = parse("query", form.get("query"), served).and_then(|query| {
        let bounds_ms = (time_of(form, "start")?, time_of(form, "end")?);
        if bounds_ms.1 < bounds_ms.0 {
            return Err(Refusal::parameter("end", "end timestamp must not be before start time"));
        }
        let step = form.get("step");
        let step_ms = time::step_ms(step).ok_or_else(|| {
            Refusal::parameter("step", format!("cannot parse {step:?} to a valid duration"))
        })?;
        if step_ms < 1 {
            let reason = "zero or negative query resolution step widths are not accepted. Try a positive integer";
            return Err(Refusal::parameter("step", reason));
        }
        promql::range(&served.series, &query, bounds_ms, step_ms, &Settings::default())
            .map_err(refusal)
    });
    reply(answer)
}

/// The exemplars of the series of `query`: none are kept.
pub(super) fn exemplars(served: &Served, form: &Form) -> Reply {
    match parse("query", form.get("query"), served) {
        Ok(_) => Success::of(Vec::<()>::new()).reply(),
        Err(refusal) => refusal.into(),
    }
}

/// Reads the query in the field `name`.
pub(super) fn parse(name: &str, text: &str, served: &Served) -> Result<Query, Refusal> {
    Query::parse(text, served.dialect).map_err(|problem| {
        let (line, column) = problem.line_and_column(text);
        Refusal::parameter(name, format!("{line}:{column}: parse error: {problem}"))
    })
}

fn time_of(form: &Form, name: &str) -> Result<i64, Refusal> {
    let text = form.get(name);
    time::time_ms(text).ok_or_else(|| {
        Refusal::parameter(name, format!("cannot parse {text:?} to a valid timestamp"))
    })
}

/// What asks for too much is refused as a bad question, as Prometheus does.
fn refusal(error: EvalError) -> Refusal {
    let asks_wrongly = matches!(
        error,
        EvalError::BadRange | EvalError::TooManySteps { .. } | EvalError::NotPerStep
    );
    let message = error.to_string();
    if asks_wrongly { Refusal::BadData(message) } else { Refusal::Execution(message) }
}

fn reply(answer: Result<Answer, Refusal>) -> Reply {
    let answer = match answer {
        Ok(answer) => answer,
        Err(refusal) => return refusal.into(),
    };
    if ANSWER_POINTS_MAX < points(&answer.value) {
        let message = format!("the answer has more than {ANSWER_POINTS_MAX} points");
        return Refusal::Execution(message).into();
    }
    let (warnings, infos) = notes(&answer);
    Success::noted(Data(&answer.value), warnings, infos).reply()
}

fn points(value: &Value) -> usize {
    match value {
        Value::Scalar { .. } | Value::Text { .. } => 1,
        Value::Vector { elements, .. } => elements.len(),
        Value::Matrix(series) => series.iter().map(|one| one.points.len()).sum(),
    }
}

/// The warnings and the infos. A selector without series is an info: for Prometheus it is nothing.
fn notes(answer: &Answer) -> (Vec<String>, Vec<String>) {
    let of = |wanted: AnnotationLevel| {
        let word = match wanted {
            AnnotationLevel::Info => "info",
            AnnotationLevel::Warning => "warning",
        };
        let has_level = move |annotation: &&Annotation| annotation.level == wanted;
        let written =
            move |annotation: &Annotation| format!("PromQL {word}: {}", annotation.message);
        answer.annotations.iter().filter(has_level).map(written)
    };
    let unmatched = answer.unmatched.iter().map(ToString::to_string);
    (of(AnnotationLevel::Warning).collect(), unmatched.chain(of(AnnotationLevel::Info)).collect())
}
