//! Runs, verdicts and overrides as sealed JSON: few, seldom written, and good to read with other tools.

use std::collections::BTreeMap;

use assay_run::state::Phase;
use assay_run::verdict::Decision;
use assay_template::plan::Mode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bytes::{Malformed, seal, unseal};
use crate::record::{
    ArgValue, ContentHash, Override, RolloutRef, RunRecord, SourceRef, VerdictRecord,
};

/// The version of these records.
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RunWire {
    id: String,
    key: Option<String>,
    tenant: String,
    template: String,
    sources: Vec<SourceWire>,
    args: BTreeMap<String, ArgWire>,
    mode: ModeWire,
    rollout: Option<RolloutWire>,
    labels: BTreeMap<String, String>,
    created_at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SourceWire {
    name: String,
    hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum ArgWire {
    Text(String),
    SecretRef { secret: String, key: String },
    Masked,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ModeWire {
    Strict,
    Argo,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RolloutWire {
    controller: String,
    namespace: String,
    name: String,
    revision: String,
    step: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VerdictWire {
    decision: String,
    phase: String,
    at: String,
    document: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OverrideWire {
    decision: String,
    by: String,
    reason: String,
    at: String,
}

fn sealed(wire: &impl Serialize) -> Vec<u8> {
    // Structs of texts and numbers always have a JSON.
    seal(VERSION, &serde_json::to_vec(wire).unwrap_or_default())
}

fn unsealed<'a, T: Deserialize<'a>>(stored: &'a [u8]) -> Result<T, Malformed> {
    let body = unseal(VERSION, stored)?;
    serde_json::from_slice(body).map_err(|error| Malformed::Document(error.to_string()))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Malformed> {
    text.parse().map_err(|_| Malformed::Document(format!("{text:?} is out of place")))
}

/// The bytes of a run as it was accepted.
pub(crate) fn run_bytes(record: &RunRecord) -> Vec<u8> {
    let source = |source: &SourceRef| SourceWire {
        name: source.name.clone(),
        hash: source.hash.to_string(),
    };
    let arg = |(name, value): (&String, &ArgValue)| {
        let value = match value {
            ArgValue::Text(text) => ArgWire::Text(text.clone()),
            ArgValue::SecretRef { secret, key } => {
                ArgWire::SecretRef { secret: secret.clone(), key: key.clone() }
            }
            ArgValue::Masked => ArgWire::Masked,
        };
        (name.clone(), value)
    };
    sealed(&RunWire {
        id: record.id.to_string(),
        key: record.key.clone(),
        tenant: record.tenant.clone(),
        template: record.template.clone(),
        sources: record.sources.iter().map(source).collect(),
        args: record.args.iter().map(arg).collect(),
        mode: match record.mode {
            Mode::Strict => ModeWire::Strict,
            Mode::Argo => ModeWire::Argo,
        },
        rollout: record.rollout.clone().map(|it| RolloutWire {
            controller: it.controller,
            namespace: it.namespace,
            name: it.name,
            revision: it.revision,
            step: it.step,
        }),
        labels: record.labels.clone(),
        created_at: record.created_at.to_string(),
    })
}

/// A run as it was accepted, from its bytes.
pub(crate) fn run(stored: &[u8]) -> Result<RunRecord, Malformed> {
    let wire: RunWire = unsealed(stored)?;
    let source = |wire: SourceWire| Ok(SourceRef { name: wire.name, hash: hash(&wire.hash)? });
    let arg = |(name, wire): (String, ArgWire)| {
        let value = match wire {
            ArgWire::Text(text) => ArgValue::Text(text),
            ArgWire::SecretRef { secret, key } => ArgValue::SecretRef { secret, key },
            ArgWire::Masked => ArgValue::Masked,
        };
        (name, value)
    };
    Ok(RunRecord {
        id: parsed(&wire.id)?,
        key: wire.key,
        tenant: wire.tenant,
        template: wire.template,
        sources: wire.sources.into_iter().map(source).collect::<Result<_, Malformed>>()?,
        args: wire.args.into_iter().map(arg).collect(),
        mode: match wire.mode {
            ModeWire::Strict => Mode::Strict,
            ModeWire::Argo => Mode::Argo,
        },
        rollout: wire.rollout.map(|it| RolloutRef {
            controller: it.controller,
            namespace: it.namespace,
            name: it.name,
            revision: it.revision,
            step: it.step,
        }),
        labels: wire.labels,
        created_at: parsed::<Timestamp>(&wire.created_at)?,
    })
}

fn hash(hex: &str) -> Result<ContentHash, Malformed> {
    let wrong = || Malformed::Document(format!("{hex:?} is no hash"));
    let mut bytes = [0; 32];
    if hex.len() != 2 * bytes.len() {
        return Err(wrong());
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        let digits = hex.get(2 * place..2 * place + 2).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(ContentHash::from_bytes(bytes))
}

/// The bytes of a verdict.
pub(crate) fn verdict_bytes(verdict: &VerdictRecord) -> Vec<u8> {
    sealed(&VerdictWire {
        decision: verdict.decision.as_str().to_owned(),
        phase: verdict.phase.as_str().to_owned(),
        at: verdict.at.to_string(),
        document: verdict.document.clone(),
    })
}

/// A verdict from its bytes.
pub(crate) fn verdict(stored: &[u8]) -> Result<VerdictRecord, Malformed> {
    let wire: VerdictWire = unsealed(stored)?;
    Ok(VerdictRecord {
        decision: decision(&wire.decision)?,
        phase: phase(&wire.phase)?,
        at: parsed(&wire.at)?,
        document: wire.document,
    })
}

/// The bytes of an override.
pub(crate) fn override_bytes(given: &Override) -> Vec<u8> {
    sealed(&OverrideWire {
        decision: given.decision.as_str().to_owned(),
        by: given.by.clone(),
        reason: given.reason.clone(),
        at: given.at.to_string(),
    })
}

/// An override from its bytes.
pub(crate) fn overridden(stored: &[u8]) -> Result<Override, Malformed> {
    let wire: OverrideWire = unsealed(stored)?;
    Ok(Override {
        decision: decision(&wire.decision)?,
        by: wire.by,
        reason: wire.reason,
        at: parsed(&wire.at)?,
    })
}

fn decision(word: &str) -> Result<Decision, Malformed> {
    let all = [Decision::Promote, Decision::Abort, Decision::Hold];
    let found = all.into_iter().find(|decision| decision.as_str() == word);
    found.ok_or_else(|| Malformed::Document(format!("{word:?} is no decision")))
}

/// The phase of this word.
pub(crate) fn phase(word: &str) -> Result<Phase, Malformed> {
    let all = [
        Phase::Pending,
        Phase::Running,
        Phase::Successful,
        Phase::Failed,
        Phase::Inconclusive,
        Phase::Error,
    ];
    let found = all.into_iter().find(|phase| phase.as_str() == word);
    found.ok_or_else(|| Malformed::Document(format!("{word:?} is no phase")))
}
