//! What is told of a run.
//!
//! A [`Message`] becomes its bytes once, with [`Message::encode`]; they are kept with the delivery, so
//! every attempt and every target of the same form gets the same ones. The JSON is an interface:
//! camelCase, the words of Argo, times RFC 3339 in UTC. Its schema is `message/event.schema.json`; a
//! test holds one against the other.

mod wire;

use assay_run::state::Phase;
use assay_run::verdict::{Decision, Reason};
use jiff::Timestamp;

use crate::policy::order::Rank;
use crate::webhook::{InvalidMessageId, MessageId};

/// The JSON Schema of a message in either form.
pub const SCHEMA: &str = include_str!("event.schema.json");

/// Bytes of one text in a message, as they are written in JSON; longer ones are cut. A whole message
/// then stays below the 20 KB that receivers are asked to take.
pub const TEXT_BYTES_MAX: usize = 1 << 10;

/// What is told of a run, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The id of the run: letters, digits and `-`.
    pub run: String,
    /// The name of its template.
    pub template: String,
    /// Who asks; none if nobody said.
    pub rollout: Option<Rollout>,
    /// When it happened.
    pub at: Timestamp,
    /// When the run started; none if it has not.
    pub started_at: Option<Timestamp>,
    /// Where to look.
    pub links: Links,
    /// By which token of the run this was written; a later holder's is greater. Whoever has seen a
    /// greater one of the same run does not act on this message.
    pub fencing_token: u64,
    /// What happened.
    pub event: Event,
}

/// The step of a rollout that a run was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// What moves it: `argo-rollouts`, `flagger`, `jenkins`, ...
    pub controller: String,
    /// Its namespace; empty if there are none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The revision that rolls out; empty if nobody said.
    pub revision: String,
    /// The step, counted from 0, if it was made for one.
    pub step: Option<u32>,
}

/// Where to look for more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The page of the run, for people; none if the service does not know its own address.
    pub page: Option<String>,
    /// The run in the API.
    pub api: Option<String>,
}

/// What happened to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// It goes on.
    Progress {
        /// Counts the progress messages of a run, from 1.
        number: u32,
        /// How it stands.
        phase: Phase,
        /// The same in one sentence.
        sentence: String,
    },
    /// It has its verdict, which never changes.
    Verdict {
        /// What the rollout should do.
        decision: Decision,
        /// Argo's phase.
        phase: Phase,
        /// Why, in one sentence.
        sentence: String,
        /// Argo's message; empty when all is well.
        message: String,
        /// Why, as data.
        reason: Box<Reason>,
    },
    /// A person decided, whatever the verdict is or will be.
    Override {
        /// Counts what people decided about a run, from 1.
        number: u32,
        /// What the rollout should do.
        decision: Decision,
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// The verdict it overrules; none if there is none yet.
        verdict: Option<Decision>,
        /// Argo's phase of the run.
        phase: Phase,
    },
}

/// How a message is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// `type`, `timestamp` and `data`, as Standard Webhooks recommends.
    #[default]
    Plain,
    /// CloudEvents 1.0, structured: the same `data` in its envelope.
    CloudEvents {
        /// Names this service as a URI reference, such as its public address.
        source: String,
    },
}

/// A message that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The id of the run cannot be part of the id of a message.
    #[error("the run has an id that no message can have")]
    Id(#[from] InvalidMessageId),
    /// It cannot be written as JSON.
    #[error("the message cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// A message as it is kept and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The same for every attempt and every target.
    pub id: MessageId,
    /// The same for every attempt.
    pub body: Vec<u8>,
}

impl Message {
    /// The id, which follows from what is told: whoever writes the same message again after a crash
    /// gives it the same one.
    ///
    /// # Errors
    ///
    /// [`InvalidMessageId`] when the id of the run has other characters than letters, digits and `-`.
    pub fn id(&self) -> Result<MessageId, InvalidMessageId> {
        let run = &self.run;
        let text = match &self.event {
            Event::Progress { number, .. } => format!("{run}_progress_{number}"),
            Event::Verdict { .. } => format!("{run}_verdict"),
            Event::Override { number, .. } => format!("{run}_override_{number}"),
        };
        MessageId::try_from(text.as_str())
    }

    /// The bytes to be kept and sent.
    ///
    /// # Errors
    ///
    /// [`EncodeError`].
    pub fn encode(&self, form: &Form) -> Result<Encoded, EncodeError> {
        let id = self.id()?;
        let body = match form {
            Form::Plain => serde_json::to_vec(&wire::Plain::of(self))?,
            Form::CloudEvents { source } => {
                serde_json::to_vec(&wire::CloudEvent::of(self, &id, source))?
            }
        };
        Ok(Encoded { id, body })
    }
}

impl Event {
    /// Its place in the order of messages.
    pub fn rank(&self) -> Rank {
        match self {
            Self::Progress { .. } => Rank::Progress,
            Self::Verdict { .. } => Rank::Verdict,
            Self::Override { .. } => Rank::Override,
        }
    }

    /// The type on the wire.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Progress { .. } => "assay.progress",
            Self::Verdict { .. } => "assay.verdict",
            Self::Override { .. } => "assay.override",
        }
    }
}

/// The content type of a body as [`Message::encode`] made it. It is read off the body, as the settings
/// of the target may have changed since.
pub fn content_type(body: &[u8]) -> &'static str {
    if body.starts_with(br#"{"specversion":"#) {
        "application/cloudevents+json; charset=utf-8"
    } else {
        "application/json"
    }
}

#[cfg(test)]
pub(crate) mod tests;
