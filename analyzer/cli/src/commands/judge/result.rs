//! The answer on the wire: Kayenta's `CanaryJudgeResult`, field by field, and `assay` beside it.
//!
//! Numbers that JSON does not have are written as texts and absent texts left out, as Kayenta does.

use std::collections::BTreeMap;

use assay_run::verdict::Decision;
use assay_stats::kayenta::{
    Class, Classification, GroupScore, Judgement, Mode, Score, ScoreClass, Statistics,
};
use serde::{Serialize, Serializer};

use super::decision;
use super::differences::{Difference, differences, why};
use super::request::{Pair, Request};

/// The judge whose arithmetic this is.
const JUDGE_NAME: &str = "NetflixACAJudge-v1.0";

/// The result of a judgement.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CanaryJudgeResult {
    judge_name: &'static str,
    /// One for each pair, in the order given.
    pub(super) results: Vec<CanaryAnalysisResult>,
    /// One for each group, in the order of their first metric.
    pub(super) group_scores: Vec<CanaryJudgeGroupScore>,
    /// All of them together.
    pub(super) score: CanaryJudgeScore,
    /// What Kayenta's result does not have.
    pub(super) assay: Beside,
}

/// The result of one pair.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CanaryAnalysisResult {
    /// The metric's name.
    pub(super) name: String,
    /// The pair's id.
    pub(super) id: String,
    /// The pair's tags.
    pub(super) tags: BTreeMap<String, String>,
    /// Pass, High, Low, Nodata, NodataFailMetric or Error.
    pub(super) classification: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Why it is not Pass.
    pub(super) classification_reason: Option<String>,
    groups: Vec<String>,
    /// What the canary's values come to.
    pub(super) experiment_metadata: SideMetadata,
    /// What the baseline's values come to.
    pub(super) control_metadata: SideMetadata,
    /// The ratio of the means.
    pub(super) result_metadata: ResultMetadata,
    /// Whether it alone fails the canary.
    pub(super) critical: bool,
    /// Whether it is left out of the score.
    pub(super) muted: bool,
}

/// What a side's values come to.
#[derive(Debug, Serialize)]
pub(super) struct SideMetadata {
    /// The numbers.
    pub(super) stats: SideStats,
}

/// Smallest, largest, mean, standard deviation, count.
#[derive(Debug, Serialize)]
pub(super) struct SideStats {
    min: Double,
    max: Double,
    /// The mean.
    pub(super) mean: Double,
    std: Double,
    /// How many values were used.
    pub(super) count: u64,
}

/// What both sides together come to.
#[derive(Debug, Serialize)]
pub(super) struct ResultMetadata {
    /// The experiment's mean over the control's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ratio: Option<Double>,
}

/// The score of a group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CanaryJudgeGroupScore {
    /// Its name.
    pub(super) name: String,
    /// From 0 to 100.
    pub(super) score: Double,
    /// Always empty in Kayenta.
    classification: &'static str,
    classification_reason: &'static str,
}

/// The score of everything.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CanaryJudgeScore {
    /// From 0 to 100.
    pub(super) score: Double,
    /// Pass, Marginal or Fail.
    pub(super) classification: &'static str,
    /// Empty unless a rule beyond the score decided.
    pub(super) classification_reason: String,
}

/// What assay says beside Kayenta's result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Beside {
    /// `compatible` or `strict`.
    pub(super) mode: &'static str,
    /// `promote`, `abort` or `hold`.
    #[serde(serialize_with = "decision_word")]
    pub(super) verdict: Decision,
    /// Why, in one sentence.
    pub(super) sentence: String,
    /// Where the two modes differ.
    pub(super) differences: Vec<Difference>,
    /// What Kayenta passes over in silence, and strict mode refuses.
    pub(super) faults: Vec<String>,
}

/// A number as Kayenta writes it: `"NaN"` and infinities as texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Double(pub(super) f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            return to.serialize_f64(self.0);
        }
        to.serialize_str(match (self.0.is_nan(), 0.0 < self.0) {
            (true, _) => "NaN",
            (false, true) => "Infinity",
            (false, false) => "-Infinity",
        })
    }
}

fn decision_word<S: Serializer>(decision: &Decision, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(decision.as_str())
}

impl CanaryJudgeResult {
    /// The result of the judgement that `mode` asks for, and where the other one differs.
    pub(super) fn of(
        request: &Request,
        mode: Mode,
        compatible: &Judgement,
        strict: &Judgement,
    ) -> Self {
        let own = match mode {
            Mode::Compatible => compatible,
            Mode::Strict => strict,
        };
        let pairs = request.pairs.iter().zip(&own.results);
        let results: Vec<CanaryAnalysisResult> =
            pairs.map(|(pair, found)| CanaryAnalysisResult::of(pair, found, mode)).collect();
        let differences = differences(request, compatible, strict);
        let sentence = sentence(request, own, &results);
        let fault = |fault: &super::Fault| format!("{} {}", fault.path, fault.message);
        Self {
            judge_name: JUDGE_NAME,
            results,
            group_scores: own.score.groups.iter().map(CanaryJudgeGroupScore::of).collect(),
            score: CanaryJudgeScore::of(&own.score),
            assay: Beside {
                mode: match mode {
                    Mode::Compatible => "compatible",
                    Mode::Strict => "strict",
                },
                verdict: decision(own.score.class),
                sentence,
                differences,
                faults: request.faults.iter().map(fault).collect(),
            },
        }
    }
}

impl CanaryAnalysisResult {
    fn of(pair: &Pair, found: &Classification, mode: Mode) -> Self {
        let blind = match found.class {
            Class::NoData | Class::NoDataFailMetric => true,
            Class::Pass | Class::High | Class::Low | Class::Error => false,
        };
        // Kayenta's words for "no data" do not fit data that are too few.
        let classification_reason = if blind && mode == Mode::Strict {
            Some(format!("{}: {}", pair.settings.name, why(pair, found)))
        } else {
            found.reason.clone()
        };
        Self {
            name: pair.settings.name.clone(),
            id: pair.id.clone(),
            tags: pair.tags.clone(),
            classification: class_word(found.class),
            classification_reason,
            groups: pair.settings.groups.clone(),
            experiment_metadata: SideMetadata { stats: SideStats::of(found.experiment) },
            control_metadata: SideMetadata { stats: SideStats::of(found.control) },
            result_metadata: ResultMetadata { ratio: found.ratio.map(Double) },
            critical: found.critical,
            muted: pair.settings.muted,
        }
    }
}

impl SideStats {
    fn of(found: Statistics) -> Self {
        Self {
            min: Double(found.min),
            max: Double(found.max),
            mean: Double(found.mean),
            std: Double(found.deviation),
            count: found.count,
        }
    }
}

impl CanaryJudgeGroupScore {
    fn of(found: &GroupScore) -> Self {
        Self {
            name: found.group.clone(),
            score: Double(found.score),
            classification: "",
            classification_reason: "",
        }
    }
}

impl CanaryJudgeScore {
    fn of(found: &Score) -> Self {
        Self {
            score: Double(found.score),
            classification: score_word(found.class),
            classification_reason: found.reason.clone().unwrap_or_default(),
        }
    }
}

/// Why the verdict is what it is.
fn sentence(request: &Request, own: &Judgement, results: &[CanaryAnalysisResult]) -> String {
    let (score, limits) = (own.score.score, request.thresholds);
    if let Some(reason) = &own.score.reason {
        return format!("{reason}.");
    }
    let held = match own.score.class {
        ScoreClass::Pass => format!("Score {score} reaches the pass threshold {}", limits.pass),
        ScoreClass::Marginal => format!(
            "Score {score} reaches the marginal threshold {}, but not the pass threshold {}",
            limits.marginal, limits.pass
        ),
        ScoreClass::Fail => {
            format!("Score {score} is below the marginal threshold {}", limits.marginal)
        }
    };
    let bad: Vec<&CanaryAnalysisResult> =
        results.iter().filter(|result| result.classification != "Pass" && !result.muted).collect();
    match bad.as_slice() {
        [] => format!("{held}."),
        [first, rest @ ..] => {
            let more =
                if rest.is_empty() { String::new() } else { format!(" ({} in all)", bad.len()) };
            format!("{held}; {} is {}{more}.", first.name, first.classification)
        }
    }
}

/// Kayenta's word for a class.
pub(super) fn class_word(class: Class) -> &'static str {
    match class {
        Class::Pass => "Pass",
        Class::High => "High",
        Class::Low => "Low",
        Class::NoData => "Nodata",
        Class::NoDataFailMetric => "NodataFailMetric",
        Class::Error => "Error",
    }
}

/// Kayenta's word for what a score means.
pub(super) fn score_word(class: ScoreClass) -> &'static str {
    match class {
        ScoreClass::Pass => "Pass",
        ScoreClass::Marginal => "Marginal",
        ScoreClass::Fail => "Fail",
    }
}
