//! What judges the readings of a metric.

use miette::SourceSpan;

use crate::bind::reader::{Field, Reader, Text, present};
use crate::condition::{Condition, Kind};
use crate::plan::Criterion;
use crate::problem::{Lint, MetricFault};
use crate::substitute::Language;
use crate::yaml::Node;

/// The two conditions of a metric, by the names of their fields.
pub(crate) const CONDITIONS: [&str; 2] = ["successCondition", "failureCondition"];

/// What to do about a condition that ends where YAML saw a comment.
const CUT: &str = "YAML takes ` #` for the beginning of a comment: put the condition in quotes";

/// A metric without conditions: whether that has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Without {
    /// Any answer would pass.
    Pass,
    /// This condition is taken.
    Default(&'static str),
}

/// Compiles the conditions of `node` for what the provider answers.
pub(crate) fn conditions(
    reader: &mut Reader<'_>,
    node: &Node,
    kind: Kind,
    without: Without,
) -> Criterion {
    let success = condition(reader, node, CONDITIONS[0], kind);
    let failure = condition(reader, node, CONDITIONS[1], kind);
    let none = matches!((&success, &failure), (Field::Absent, Field::Absent));
    let (success, failure) = (success.known(), failure.known());
    match (none, without) {
        (true, Without::Default(text)) => {
            let success = Condition::compile(text, kind).ok();
            Criterion::Conditions { success, failure }
        }
        (true, Without::Pass) => {
            reader.strict_fault(MetricFault::NoCondition { at: Reader::span_of(node, "name") });
            Criterion::Conditions { success, failure }
        }
        (false, _) => Criterion::Conditions { success, failure },
    }
}

/// Reports conditions of a metric whose provider says itself how it came out.
pub(crate) fn ignore_conditions(reader: &mut Reader<'_>, node: &Node, provider: &'static str) {
    for key in CONDITIONS {
        if let Some(condition) = present(node, key) {
            let (metric, at) = (reader.metric.clone(), condition.span);
            reader.lint(Lint::IgnoredCondition { metric, provider, at });
        }
    }
}

fn condition(reader: &mut Reader<'_>, node: &Node, key: &str, kind: Kind) -> Field<Condition> {
    let text = match reader.open_text(node, key, Language::Condition, "a condition") {
        // An empty text is the same as none in Argo Rollouts.
        Field::Known(text) if text.as_str().is_empty() => return Field::Absent,
        Field::Known(text) => text,
        Field::Absent => return Field::Absent,
        Field::Unknown => return Field::Unknown,
    };
    let problem = match Condition::compile(text.as_str(), kind) {
        Ok(condition) => return Field::Known(condition),
        Err(problem) => problem,
    };
    let at = part(reader, &text, problem.span);
    let (message, help) = (problem.message, problem.help);
    let help = if text.is_cut_by_a_comment(reader.source) { Some(CUT.to_owned()) } else { help };
    let fault = MetricFault::Condition { message, help, at };
    match Condition::parse(text.as_str()) {
        // Its types can never fit. Argo Rollouts finds out at each measurement, and calls it an Error.
        Ok(condition) => {
            reader.strict_fault(fault);
            Field::Known(condition)
        }
        Err(_) => {
            reader.fault(fault);
            Field::Unknown
        }
    }
}

/// The bytes of the file that a part of `text` stands in.
pub(crate) fn part(
    reader: &Reader<'_>,
    text: &Text<'_>,
    part: std::ops::Range<usize>,
) -> SourceSpan {
    text.part(part, reader.source)
}
