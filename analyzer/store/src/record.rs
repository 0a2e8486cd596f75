//! What is kept of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use assay_run::state::Phase;
use assay_run::step::Event;
use assay_run::verdict::Decision;
use assay_template::plan::Mode;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::lease::Token;

/// The name of a run: a UUID of version 7, so that names sort by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

impl RunId {
    /// The name made of a time, which is cut to milliseconds, and 74 of the random bits given.
    pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The name whose 16 bytes these are.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Its 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0.as_hyphenated(), f)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is not the name of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of a run")]
pub struct InvalidRunId(String);

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, InvalidRunId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidRunId(text.to_owned()))
    }
}

/// The SHA-256 of a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of `text`.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The hash whose 32 bytes these are.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{self}")
    }
}

/// A file the plan was bound from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Its name, as problems name it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A file the plan was bound from, by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRef {
    /// Its name, as problems name it.
    pub name: String,
    /// What [`Store::text`](crate::store::Store::text) finds its text by.
    pub hash: ContentHash,
}

/// The value of an argument. A secret's text has no place here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgValue {
    /// A text that may be seen.
    Text(String),
    /// A key of a secret, to be looked up anew by whoever goes on with the run.
    SecretRef {
        /// The name of the secret.
        secret: String,
        /// The key in it.
        key: String,
    },
    /// A secret that was given as text: it was used and is gone.
    Masked,
}

/// Which step of which rollout asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutRef {
    /// What moves the rollout: `argo-rollouts`, `flagger`, `jenkins`, ...
    pub controller: String,
    /// Its namespace; empty if there are none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The revision that rolls out; empty if nobody said.
    pub revision: String,
    /// The step, counted from 0, if nobody but the rollout as a whole asks.
    pub step: Option<u32>,
}

/// A run to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// Its id, fresh. If the same request came before, the run keeps the id it got then.
    pub id: RunId,
    /// The same key makes the same run, in one tenant.
    pub key: Option<String>,
    /// Whose it is.
    pub tenant: String,
    /// The name of the template.
    pub template: String,
    /// What the plan is bound from; the first is the template.
    pub sources: Vec<SourceText>,
    /// The arguments, by name.
    pub args: BTreeMap<String, ArgValue>,
    /// By which rules it is judged.
    pub mode: Mode,
    /// Who asks.
    pub rollout: Option<RolloutRef>,
    /// Labels for people.
    pub labels: BTreeMap<String, String>,
    /// When it was accepted.
    pub created_at: Timestamp,
}

impl NewRun {
    /// What is kept of it.
    pub fn record(&self) -> RunRecord {
        let source = |source: &SourceText| SourceRef {
            name: source.name.clone(),
            hash: ContentHash::of(&source.text),
        };
        RunRecord {
            id: self.id,
            key: self.key.clone(),
            tenant: self.tenant.clone(),
            template: self.template.clone(),
            sources: self.sources.iter().map(source).collect(),
            args: self.args.clone(),
            mode: self.mode,
            rollout: self.rollout.clone(),
            labels: self.labels.clone(),
            created_at: self.created_at,
        }
    }
}

/// A run as it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The idempotency key of the request.
    pub key: Option<String>,
    /// Whose it is.
    pub tenant: String,
    /// The name of the template.
    pub template: String,
    /// What the plan is bound from; the first is the template.
    pub sources: Vec<SourceRef>,
    /// The arguments, by name.
    pub args: BTreeMap<String, ArgValue>,
    /// By which rules it is judged.
    pub mode: Mode,
    /// Who asks.
    pub rollout: Option<RolloutRef>,
    /// Labels for people.
    pub labels: BTreeMap<String, String>,
    /// When it was accepted.
    pub created_at: Timestamp,
}

impl RunRecord {
    /// Whether `other` asks for the same: everything but id and time.
    pub fn is_same_request(&self, other: &Self) -> bool {
        let Self {
            id: _,
            created_at: _,
            key,
            tenant,
            template,
            sources,
            args,
            mode,
            rollout,
            labels,
        } = self;
        (key, tenant, template, sources)
            == (&other.key, &other.tenant, &other.template, &other.sources)
            && (args, mode, rollout, labels)
                == (&other.args, &other.mode, &other.rollout, &other.labels)
    }
}

/// The verdict of a run as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictRecord {
    /// What the rollout should do.
    pub decision: Decision,
    /// Argo's phase of the run.
    pub phase: Phase,
    /// When it was reached.
    pub at: Timestamp,
    /// The whole verdict as text, which a replay has to come to again, byte for byte.
    pub document: String,
}

/// What a person decided over the verdict of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// What was decided. A person does not hold; that is what the run does without one.
    pub decision: Decision,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A run and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunView {
    /// As it was accepted.
    pub record: RunRecord,
    /// Pending until its first event, then Running until its verdict.
    pub phase: Phase,
    /// The verdict, and by which token it was given.
    pub verdict: Option<(VerdictRecord, Token)>,
    /// What people decided, in order.
    pub overrides: Vec<Override>,
}

/// Events of one run to be appended.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Which run.
    pub run: RunId,
    /// By whom.
    pub token: Token,
    /// The number of the first event, counted from 0 over the life of the run.
    pub first: u64,
    /// The events.
    pub events: Vec<Event>,
}

/// The end of a run: its last events and its verdict, in one commit with the deliveries of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// The last events; may be none.
    pub batch: Batch,
    /// The verdict.
    pub verdict: VerdictRecord,
    /// To whom it goes.
    pub deliveries: Vec<crate::delivery::NewDelivery>,
}

/// What is known of a run after a number of events, so that those need not be folded again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// How many events are in it.
    pub events: u64,
    /// The state, in the caller's own form, which has to tell its version.
    pub state: Vec<u8>,
}
