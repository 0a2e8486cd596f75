//! The JSON of a message.

use assay_run::state::Phase;
use assay_run::verdict::{Decision, MetricReason, Reason};
use assay_template::duration;
use serde::Serialize;

use crate::message::{Event, Links, Message, Rollout, TEXT_BYTES_MAX};
use crate::webhook::MessageId;

/// The form that Standard Webhooks recommends.
#[derive(Serialize)]
pub(crate) struct Plain {
    r#type: &'static str,
    timestamp: String,
    data: Data,
}

/// The structured form of CloudEvents 1.0. The first field tells the two forms apart.
#[derive(Serialize)]
pub(crate) struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    r#type: &'static str,
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    run: String,
    template: String,
    rollout: Option<RolloutData>,
    verdict: Option<&'static str>,
    phase: &'static str,
    sentence: String,
    message: String,
    reason: Option<ReasonData>,
    r#override: Option<OverrideData>,
    started_at: Option<String>,
    completed_at: Option<String>,
    links: LinksData,
    fencing_token: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RolloutData {
    controller: String,
    namespace: String,
    name: String,
    revision: String,
    step: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonData {
    cause: &'static str,
    change: String,
    window: String,
    metrics: usize,
    measurements: u32,
    blind: u32,
    metric: Option<MetricData>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetricData {
    name: String,
    phase: &'static str,
    value: String,
    condition: String,
    query: String,
    missing: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OverrideData {
    number: u32,
    decision: &'static str,
    by: String,
    reason: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinksData {
    page: Option<String>,
    api: Option<String>,
}

impl Plain {
    pub(crate) fn of(message: &Message) -> Self {
        Self {
            r#type: message.event.type_name(),
            timestamp: message.at.to_string(),
            data: Data::of(message),
        }
    }
}

impl<'a> CloudEvent<'a> {
    pub(crate) fn of(message: &'a Message, id: &'a MessageId, source: &'a str) -> Self {
        Self {
            specversion: "1.0",
            id: id.as_str(),
            source,
            r#type: message.event.type_name(),
            subject: &message.run,
            time: message.at.to_string(),
            datacontenttype: "application/json",
            data: Data::of(message),
        }
    }
}

impl Data {
    fn of(message: &Message) -> Self {
        let nothing = Self {
            run: message.run.clone(),
            template: cut(&message.template),
            rollout: message.rollout.as_ref().map(RolloutData::of),
            verdict: None,
            phase: Phase::Running.as_str(),
            sentence: String::new(),
            message: String::new(),
            reason: None,
            r#override: None,
            started_at: message.started_at.map(|at| at.to_string()),
            completed_at: None,
            links: LinksData::of(&message.links),
            fencing_token: message.fencing_token,
        };
        match &message.event {
            Event::Progress { number: _, phase, sentence } => {
                Self { phase: phase.as_str(), sentence: cut(sentence), ..nothing }
            }
            Event::Verdict { decision, phase, sentence, message: argo, reason } => Self {
                verdict: Some(decision.as_str()),
                phase: phase.as_str(),
                sentence: cut(sentence),
                message: cut(argo),
                reason: Some(ReasonData::of(reason)),
                completed_at: Some(message.at.to_string()),
                ..nothing
            },
            Event::Override { number, decision, by, reason, verdict, phase } => {
                let decided = OverrideData {
                    number: *number,
                    decision: decision.as_str(),
                    by: cut(by),
                    reason: cut(reason),
                };
                let by = &decided.by;
                Self {
                    verdict: verdict.map(Decision::as_str),
                    phase: phase.as_str(),
                    sentence: cut(&format!(
                        "{by} decided to {}: {}",
                        decision.as_str(),
                        decided.reason
                    )),
                    r#override: Some(decided),
                    ..nothing
                }
            }
        }
    }
}

impl RolloutData {
    fn of(rollout: &Rollout) -> Self {
        Self {
            controller: cut(&rollout.controller),
            namespace: cut(&rollout.namespace),
            name: cut(&rollout.name),
            revision: cut(&rollout.revision),
            step: rollout.step,
        }
    }
}

impl ReasonData {
    fn of(reason: &Reason) -> Self {
        Self {
            cause: reason.cause.as_str(),
            change: cut(&reason.change),
            window: duration::format_unsigned(reason.window),
            metrics: reason.metrics,
            measurements: reason.measurements,
            blind: reason.blind,
            metric: reason.metric.as_ref().map(MetricData::of),
        }
    }
}

impl MetricData {
    fn of(metric: &MetricReason) -> Self {
        Self {
            name: cut(&metric.name),
            phase: Phase::from(metric.outcome).as_str(),
            value: cut(&metric.value),
            condition: cut(&metric.condition),
            query: cut(&metric.query),
            missing: cut(&metric.missing),
        }
    }
}

impl LinksData {
    fn of(links: &Links) -> Self {
        Self { page: links.page.clone(), api: links.api.clone() }
    }
}

/// `text` cut to [`TEXT_BYTES_MAX`] bytes of JSON, with `…` where something is missing.
fn cut(text: &str) -> String {
    let mut bytes = 0;
    for (place, char) in text.char_indices() {
        bytes += match char {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            char if char < ' ' => 6,
            char => char.len_utf8(),
        };
        if TEXT_BYTES_MAX < bytes {
            return format!("{}…", &text[..place]);
        }
    }
    text.to_owned()
}
