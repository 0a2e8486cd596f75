//! The queries of a criterion: read one by one, checked, and put into one.

use assay_promql::{AnswerType, Dialect, Query};

use crate::bind::compare::setting::{label_name, refuse};
use crate::bind::prometheus::{self, Asked};
use crate::bind::reader::{Field, Reader, Text, present};
use crate::lint::query::missing_becomes_number;
use crate::plan::UnreadQuery;
use crate::plan::compare::{Arm, Arms, PART_LABEL, Part};
use crate::problem::{CriterionFault, Lint, ProviderFault};
use crate::secret::{Resolved, Secret};
use crate::substitute::Language;
use crate::yaml::{Node, Value};

/// Who answers the queries of a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A Prometheus, which may know PromQL that assay does not.
    Server,
    /// assay itself, over pages that it reads.
    Pages,
}

/// What every query of a criterion is checked against.
pub(super) struct Demands<'d> {
    /// Which of them there are.
    pub(super) keys: &'d [&'static str],
    /// How their series are told apart.
    pub(super) arms: &'d Arms,
    /// The labels that tell pods apart, if it matters.
    pub(super) pods: &'d [String],
    /// Whether there has to be a query for the baseline.
    pub(super) needs_baseline: bool,
    /// Who answers them.
    pub(super) source: Source,
}

/// Whether a query of the criterion is for one arm only.
pub(super) fn are_by_arm(node: &Node, keys: &[&'static str]) -> bool {
    keys.iter()
        .any(|key| present(node, key).is_some_and(|query| matches!(query.value, Value::Map(_))))
}

/// Reads `arms`, or finds that each arm has its own queries.
pub(super) fn arms(reader: &mut Reader<'_>, node: &Node, keys: &[&'static str]) -> Option<Arms> {
    let written = present(node, "arms");
    if are_by_arm(node, keys) {
        let by_arm = |key: &&&'static str| {
            present(node, key).is_some_and(|query| matches!(query.value, Value::Map(_)))
        };
        let first = keys.iter().find(by_arm).and_then(|key| Some((*key, node.entry(key)?)));
        if let (Some(arms), Some((other, entry))) = (node.entry("arms"), first)
            && written.is_some()
        {
            let help = "drop `arms`: each query says which version it is for";
            let (one, first, at) = ("arms", arms.key_span, entry.key_span);
            reader.fault(CriterionFault::EitherOr { one, other, help, first, at });
        }
        return Some(Arms::Queries);
    }
    let mut part = |key: &str, default: &str| match written {
        None => Some(default.to_owned()),
        Some(arms) => {
            let text = match reader.word(arms, key) {
                Field::Absent => return Some(default.to_owned()),
                Field::Unknown => return None,
                Field::Known(text) => text,
            };
            let field = format!("arms.{key}");
            if key == "label" {
                return label_name(reader, &field, &text);
            }
            if text.as_str().is_empty() {
                let help = format!("write for example `{default}`");
                refuse(reader, &field, &text, "a value of the label", help);
                return None;
            }
            Some(text.as_str().to_owned())
        }
    };
    let (label, canary) = (part("label", "role"), part("canary", "canary"));
    let baseline = part("baseline", "stable");
    let (label, canary, baseline) = (label?, canary?, baseline?);
    if canary == baseline {
        let (field, text) = (String::from("arms.baseline"), baseline);
        let wanted = String::from("another value than `arms.canary`");
        let help = String::from("write the value of the label that the stable version has");
        let at = written.map_or(node.span, |arms| Reader::span_of(arms, "baseline"));
        reader.fault(CriterionFault::Setting { field, text, wanted, help, at });
        return None;
    }
    Some(Arms::Label { label, canary, baseline })
}

/// Reads the queries; none if one of them is not known.
pub(super) fn parts(
    reader: &mut Reader<'_>,
    node: &Node,
    demands: &Demands<'_>,
    dialect: Dialect,
) -> Option<(Vec<Part>, Asked)> {
    let mut parts = Vec::new();
    let mut unread: Option<UnreadQuery> = None;
    let mut complete = true;
    for (key, arm, parent, field) in wanted(reader, node, demands, &mut complete) {
        let text = match reader.field_in(parent, field, Language::PromQl) {
            Field::Known(text) if !text.as_str().trim().is_empty() => text,
            Field::Unknown => {
                complete = false;
                continue;
            }
            Field::Known(_) | Field::Absent => {
                missing(reader, parent, key, arm);
                complete = false;
                continue;
            }
        };
        if let Some(written) = present(parent, field) {
            missing_becomes_number(reader, &text.resolved, written);
        }
        match prometheus::parse(reader, &text, dialect) {
            Ok(query) => complete &= check(reader, query.reveal(), &text, key, demands),
            Err(problem) => {
                complete &= report(reader, &problem, demands.source);
                unread.get_or_insert(problem);
            }
        }
        parts.push(Part { key, arm, query: text.resolved });
    }
    if !complete || parts.is_empty() {
        return None;
    }
    let whole = compose(&parts);
    let promql = match unread {
        Some(unread) => Err(unread),
        None => Query::parse(whole.reveal(), dialect).map(Secret::new).map_err(|problem| {
            let message = match whole.is_secret() {
                true => String::from("its queries cannot be put together"),
                false => format!("its queries cannot be put together: {problem}"),
            };
            UnreadQuery { message, is_unsupported: true, source: reader.id, at: node.span }
        }),
    };
    Some((parts, (whole, promql)))
}

/// Reports a query that assay cannot evaluate; whether somebody else may.
fn report(reader: &mut Reader<'_>, problem: &UnreadQuery, source: Source) -> bool {
    let (reason, at) = (problem.message.clone(), problem.at);
    match source {
        Source::Pages => {
            reader.fault(ProviderFault::Query { reason, at });
            false
        }
        Source::Server => {
            if !problem.is_unsupported {
                reader.lint(Lint::BadQuery { metric: reader.metric.clone(), reason, at });
            }
            true
        }
    }
}

type Wanted<'n> = (&'static str, Option<Arm>, &'n Node, &'static str);

/// The queries there have to be: for what, where, and under which field.
fn wanted<'n>(
    reader: &mut Reader<'_>,
    node: &'n Node,
    demands: &Demands<'_>,
    complete: &mut bool,
) -> Vec<Wanted<'n>> {
    let mut wanted = Vec::new();
    for &key in demands.keys {
        match (demands.arms, present(node, key)) {
            (Arms::Queries, Some(queries)) if matches!(queries.value, Value::Map(_)) => {
                for arm in [Arm::Canary, Arm::Baseline] {
                    let there = present(queries, arm.as_str()).is_some();
                    if arm == Arm::Canary || demands.needs_baseline || there {
                        wanted.push((key, Some(arm), queries, arm.as_str()));
                    }
                }
            }
            (Arms::Queries, Some(query)) => {
                reader.fault(CriterionFault::MixedArms { part: key, at: query.span });
                *complete = false;
            }
            (Arms::Queries, None) | (Arms::Label { .. }, _) => {
                wanted.push((key, None, node, key));
            }
        }
    }
    wanted
}

fn missing(reader: &mut Reader<'_>, parent: &Node, key: &str, arm: Option<Arm>) {
    let (what, at) = match arm {
        None => (format!("the query `{key}`"), Reader::span_of(parent, key)),
        Some(arm) => {
            let arm = arm.as_str();
            (format!("the query `{key}` of the {arm}"), Reader::span_of(parent, arm))
        }
    };
    let help = "add its PromQL text; a counter is asked for itself, without `rate`";
    reader.fault(ProviderFault::Missing { what, help, at });
}

/// Whether a query can answer what is asked; what is wrong with it is reported.
fn check(
    reader: &mut Reader<'_>,
    query: &Query,
    text: &Text<'_>,
    part: &'static str,
    demands: &Demands<'_>,
) -> bool {
    let at = text.span();
    let found = query.answer_type();
    if found != AnswerType::Vector {
        let found = found.described();
        reader.fault(CriterionFault::NotAVector { part, found, at });
        return false;
    }
    let mut good = true;
    let is_counter = !matches!(part, "gauge" | "values");
    if let Some(function) = query.growth_function().filter(|_| is_counter) {
        reader.fault(CriterionFault::Growth { part, function, at });
        good = false;
    }
    let of_arms = match demands.arms {
        Arms::Label { label, .. } => Some((label.as_str(), "which tells the versions apart")),
        Arms::Queries => None,
    };
    let of_bounds = (part == "buckets").then_some(("le", "which is the bound of a bucket"));
    for (label, needed) in of_arms.into_iter().chain(of_bounds) {
        if query.drops_label(label) {
            let label = label.to_owned();
            reader.fault(CriterionFault::LabelDropped { part, label, needed, at });
            good = false;
        }
    }
    let pods = demands.pods;
    if good && !pods.is_empty() && pods.iter().all(|pod| query.drops_label(pod)) {
        let metric = reader.metric.clone();
        reader.lint(Lint::PodsMerged { metric, part, at });
    }
    good
}

/// All queries as one, each marked by [`PART_LABEL`].
///
/// The line breaks keep a comment at the end of a query from reaching further.
fn compose(parts: &[Part]) -> Resolved {
    let joined = |text: fn(&Resolved) -> &str| {
        let marked = |part: &Part| {
            let mark = match part.arm {
                None => part.key.to_owned(),
                Some(arm) => format!("{}/{}", part.key, arm.as_str()),
            };
            let text = text(&part.query);
            format!("label_replace((\n{text}\n), \"{PART_LABEL}\", \"{mark}\", \"\", \"\")")
        };
        parts.iter().map(marked).collect::<Vec<String>>().join(" or ")
    };
    let value = joined(Resolved::reveal);
    match parts.iter().any(|part| part.query.is_secret()) {
        true => Resolved::masked(value, joined(Resolved::shown)),
        false => Resolved::plain(value),
    }
}
