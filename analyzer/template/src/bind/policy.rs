//! What missing data, a failed source and an inconclusive metric do to a run.

use crate::bind::reader::{Field, Reader, present};
use crate::plan::{Consequence, OnNoData};
use crate::problem::MetricFault;
use crate::yaml::Node;

/// The three policies of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policies {
    pub(crate) on_no_data: OnNoData,
    pub(crate) on_error: Consequence,
    pub(crate) on_inconclusive: Consequence,
}

/// Reads the policies of the metric `node`; where it says nothing, those of its template's `spec`.
pub(crate) fn policies(reader: &mut Reader<'_>, node: &Node, spec: &Node) -> Policies {
    Policies {
        on_no_data: on_no_data(reader, node, spec),
        on_error: consequence(reader, node, spec, "onError"),
        on_inconclusive: consequence(reader, node, spec, "onInconclusive"),
    }
}

fn said<'n>(node: &'n Node, spec: &'n Node, key: &str) -> Option<&'n Node> {
    if present(node, key).is_some() { Some(node) } else { present(spec, key).map(|_| spec) }
}

fn consequence(
    reader: &mut Reader<'_>,
    node: &Node,
    spec: &Node,
    key: &'static str,
) -> Consequence {
    let Some(parent) = said(node, spec, key) else { return Consequence::Hold };
    match reader.word(parent, key) {
        Field::Absent | Field::Unknown => Consequence::Hold,
        Field::Known(text) => match text.as_str() {
            "hold" => Consequence::Hold,
            "abort" => Consequence::Abort,
            other => {
                let (field, other, at) = (key.to_owned(), other.to_owned(), text.span());
                let allowed = "`hold`, `abort`";
                reader.fault(MetricFault::UnknownWord { field, text: other, allowed, at });
                Consequence::Hold
            }
        },
    }
}

fn on_no_data(reader: &mut Reader<'_>, node: &Node, spec: &Node) -> OnNoData {
    let waiver = reader.field(node, "waiver");
    let (word, at) =
        match said(node, spec, "onNoData").map(|parent| reader.word(parent, "onNoData")) {
            None | Some(Field::Absent | Field::Unknown) => ("hold".to_owned(), node.span),
            Some(Field::Known(text)) => (text.as_str().to_owned(), text.span()),
        };
    if let (Field::Known(waiver), true) = (&waiver, word != "judge") {
        reader.fault(MetricFault::WaiverWithoutJudge { at: waiver.span() });
    }
    match word.as_str() {
        "hold" => OnNoData::Hold,
        "abort" => OnNoData::Abort,
        "judge" => match waiver {
            Field::Known(waiver) if !waiver.as_str().trim().is_empty() => {
                OnNoData::Judge { waiver: waiver.resolved.shown().trim().to_owned() }
            }
            Field::Unknown => OnNoData::Hold,
            Field::Known(_) | Field::Absent => {
                reader.fault(MetricFault::JudgeWithoutWaiver { at });
                OnNoData::Hold
            }
        },
        other => {
            let (field, text) = (String::from("onNoData"), other.to_owned());
            let allowed = "`hold`, `abort`, `judge`";
            reader.fault(MetricFault::UnknownWord { field, text, allowed, at });
            OnNoData::Hold
        }
    }
}
