//! Where the strict judgement differs from Kayenta's, and why.

use assay_stats::kayenta::classify::STRICT_POINTS_MIN;
use assay_stats::kayenta::{Class, Classification, EffectMeasure, Judgement, NanStrategy};
use serde::Serialize;

use super::request::{Pair, Request};
use super::result::{class_word, score_word};

/// One thing on which the two modes do not agree.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Difference {
    /// A metric's name, or `score`.
    pub(super) about: String,
    /// The pair's id, if it is about a metric and has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) id: String,
    /// What Kayenta says.
    pub(super) compatible: String,
    /// What strict mode says.
    pub(super) strict: String,
    /// Why strict mode says it.
    pub(super) why: String,
}

/// Every metric that the modes class apart, and the score if they give another.
pub(super) fn differences(
    request: &Request,
    compatible: &Judgement,
    strict: &Judgement,
) -> Vec<Difference> {
    let results = compatible.results.iter().zip(&strict.results);
    let pairs = request.pairs.iter().zip(results);
    let metric = |(pair, (loose, exact)): (&Pair, (&Classification, &Classification))| {
        let same = loose.class == exact.class && loose.critical == exact.critical;
        (!same).then(|| Difference {
            about: pair.settings.name.clone(),
            id: pair.id.clone(),
            compatible: shown(loose),
            strict: shown(exact),
            why: why(pair, exact),
        })
    };
    let mut all: Vec<Difference> = pairs.filter_map(metric).collect();
    let score = |judgement: &Judgement| {
        let score = &judgement.score;
        format!("{} {}", score.score, score_word(score.class))
    };
    if score(compatible) != score(strict) {
        all.push(Difference {
            about: String::from("score"),
            id: String::new(),
            compatible: score(compatible),
            strict: score(strict),
            why: strict.score.reason.clone().unwrap_or_else(|| {
                String::from("errors count as failures, and a group without data counts as nothing")
            }),
        });
    }
    all
}

fn shown(found: &Classification) -> String {
    let critical = if found.critical { " (critical)" } else { "" };
    format!("{}{critical}", class_word(found.class))
}

/// What in strict mode leads to this class, for a pair that Kayenta classes otherwise.
pub(super) fn why(pair: &Pair, strict: &Classification) -> String {
    let (experiment, control) = (strict.experiment.count, strict.control.count);
    let present = |values: &[f64]| values.iter().any(|value| !value.is_nan());
    let constant = |side: assay_stats::kayenta::Statistics| side.max - side.min <= 0.0;
    let positive = 0.0 < strict.experiment.mean && 0.0 < strict.control.mean;
    match strict.class {
        Class::NoData | Class::NoDataFailMetric
            if !present(&pair.experiment) || !present(&pair.control) =>
        {
            let side = if present(&pair.experiment) { "baseline" } else { "canary" };
            match pair.settings.nan {
                NanStrategy::Remove => format!("no data of the {side}, which is never a pass"),
                NanStrategy::Replace => {
                    format!("no data of the {side}, and what was not measured is not 0")
                }
            }
        }
        Class::NoData | Class::NoDataFailMetric => format!(
            "{experiment} points of the canary and {control} of the baseline; below \
             {STRICT_POINTS_MIN} a side no difference can be told from chance"
        ),
        Class::Error => String::from("what cannot be compared fails, instead of counting nowhere"),
        Class::Pass | Class::High | Class::Low => {
            if constant(strict.experiment) && constant(strict.control) {
                String::from("two constants are compared as they are, without random noise")
            } else if pair.settings.effect.measure == EffectMeasure::MeanRatio && !positive {
                String::from("a ratio of means that are not both above 0 says nothing")
            } else {
                String::from("the ends of the interval are found exactly, however small the unit")
            }
        }
    }
}
