//! What is allowed but suspicious in a metric: the known traps, as far as a template shows them.
//!
//! A condition is not searched for words: it is asked what it makes of NaN, of infinity and of nothing.
//! In strict mode the traps that a run closes itself are not reported.

use jiff::Timestamp;

use crate::bind::judge::CONDITIONS;
use crate::bind::reader::{Reader, present};
use crate::condition::{Condition, Subject};
use crate::plan::{Criterion, MetricPlan, Mode, Query};
use crate::problem::Lint;
use crate::yaml::Node;

pub(crate) mod power;
pub(crate) mod query;

/// Reports what is suspicious in the metric `node`, which was read as `plan`.
pub(crate) fn metric(reader: &mut Reader<'_>, node: &Node, plan: &MetricPlan) {
    match &plan.criterion {
        Criterion::Conditions { success, failure } => {
            conditions(reader, node, plan, success.as_ref(), failure.as_ref());
        }
        Criterion::Score { .. } => score(reader, node, plan),
        Criterion::Comparison(_) | Criterion::Told => {}
    }
    match &plan.query {
        Query::Prometheus(prometheus) => {
            if let Some(written) = written_query(node, plan) {
                query::missing_becomes_number(reader, &prometheus.query, written);
            }
            query::unread(reader, prometheus);
        }
        Query::Scrape(scrape) => {
            if let Some(written) = written_query(node, plan) {
                query::missing_becomes_number(reader, &scrape.query, written);
            }
        }
        Query::Web(_) | Query::Health(_) | Query::Foreign { .. } => {}
    }
}

/// The query of the provider, where it is written there.
fn written_query<'n>(node: &'n Node, plan: &MetricPlan) -> Option<&'n Node> {
    present(node, "provider")?.get(plan.query.provider())?.get("query")
}

fn conditions(
    reader: &mut Reader<'_>,
    node: &Node,
    plan: &MetricPlan,
    success: Option<&Condition>,
    failure: Option<&Condition>,
) {
    let fields = [(CONDITIONS[0], success), (CONDITIONS[1], failure)];
    for (field, condition) in fields {
        // A condition that is not written is our own.
        let Some((condition, written)) = condition.zip(present(node, field)) else { continue };
        let (metric, at) = (reader.metric.clone(), written.span);
        if let Some(value) = condition.constant() {
            reader.lint(Lint::ConstantCondition { metric, value, at });
        } else if matches!(plan.query, Query::Prometheus(_) | Query::Scrape(_)) {
            prometheus_condition(reader, condition, written);
        }
    }
    if let (Query::Prometheus(_) | Query::Scrape(_), Mode::Argo) =
        (&plan.query, reader.findings.mode())
    {
        non_finite(reader, node, success, failure);
    }
}

/// What a condition makes of answers that Prometheus gives all the time.
fn prometheus_condition(reader: &mut Reader<'_>, condition: &Condition, written: &Node) {
    let (metric, at) = (reader.metric.clone(), written.span);
    if let Some(problem) = condition.problem_for_vector() {
        let message = problem.message;
        reader.lint(Lint::NotForVectors { metric, message, at });
        return;
    }
    if reader.findings.mode() == Mode::Strict {
        return;
    }
    if holds(condition, Subject::Floats(&[])).is_none() {
        reader.lint(Lint::EmptyIsError { metric: metric.clone(), at });
    }
    if condition.fixed_places().is_some() {
        reader.lint(Lint::OnlyFixedPlaces { metric, at });
    }
}

fn non_finite(
    reader: &mut Reader<'_>,
    node: &Node,
    success: Option<&Condition>,
    failure: Option<&Condition>,
) {
    let metric = reader.metric.clone();
    if let (None, Some(failure)) = (success, failure)
        && failure.constant().is_none()
        && let Some((false, subject)) = asked_about(failure, f64::NAN)
    {
        let at = Reader::span_of(node, CONDITIONS[1]);
        reader.lint(Lint::NanPasses { metric: metric.clone(), subject, at });
    }
    let fails = failure.and_then(|failure| asked_about(failure, f64::INFINITY));
    if let Some(success) = success
        && let Some((true, subject)) = asked_about(success, f64::INFINITY)
        && fails.is_none_or(|(fails, _)| !fails)
        && success.constant().is_none()
    {
        let at = Reader::span_of(node, CONDITIONS[0]);
        reader.lint(Lint::InfinityPasses { metric, subject, at });
    }
}

/// What `condition` makes of one number, alone in a vector or else as a scalar, and how it calls it.
fn asked_about(condition: &Condition, number: f64) -> Option<(bool, &'static str)> {
    let vector = holds(condition, Subject::Floats(&[number])).map(|holds| (holds, "result[0]"));
    vector.or_else(|| holds(condition, Subject::Scalar(number)).map(|holds| (holds, "result")))
}

fn holds(condition: &Condition, subject: Subject<'_>) -> Option<bool> {
    condition.holds(subject, Timestamp::UNIX_EPOCH).ok()
}

/// A Kayenta score looks like evidence also where there was none.
fn score(reader: &mut Reader<'_>, node: &Node, plan: &MetricPlan) {
    let metric = reader.metric.clone();
    let at = Reader::span_of(node, "provider");
    reader.lint(Lint::ScoreHidesGaps { metric: metric.clone(), at });
    if plan.interval.is_some() && plan.count != Some(1) {
        reader.lint(Lint::RepeatedJudgement { metric, at: Reader::span_of(node, "interval") });
    }
}
