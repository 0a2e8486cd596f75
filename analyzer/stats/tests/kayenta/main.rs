//! Every vector of `fixtures/stats/kayenta.json` that is about arithmetic.
//!
//! How series are paired and queries written is not decided in this crate.

#![expect(clippy::expect_used, reason = "a fixture that cannot be read is a failed test")]

mod fixture;

use assay_stats::kayenta::effect::{cohens_d, common_language, mean_ratio};
use assay_stats::kayenta::interval::statistic;
use assay_stats::kayenta::score::{Scored, final_decision};
use assay_stats::kayenta::transform::{
    outside_deviations, outside_fences, percentile, statistics, transformed,
};
use assay_stats::kayenta::{Mode, NanStrategy, Outliers, classify, judge, score, shift_interval};
use assay_stats::level::Confidence;
use assay_stats::special::normal_quantile;
use fixture::{Case, class_name, near, number, numbers, score_class_name, weights};
use serde_json::Value;

fn all(group: &str, check: impl Fn(&Case) -> Result<(), String>) {
    let cases = fixture::cases(group);
    assert!(!cases.is_empty(), "no vectors in group `{group}`");
    let problems: Vec<String> = cases
        .iter()
        .filter_map(|case| check(case).err().map(|problem| format!("{}: {problem}", case.id())))
        .collect();
    assert!(problems.is_empty(), "{} fail:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn metrics_are_classified_as_by_the_original() {
    all("metric_classification", |case| {
        let input = case.input();
        let settings = fixture::settings(input, input["metric"].as_str().unwrap_or("m"))?;
        let (x, y) = (numbers(&input["experiment"]), numbers(&input["control"]));
        let found = classify(&settings, &x, &y, Mode::Compatible);
        let expected = case.expected();
        if class_name(found.class) != expected["classification"] {
            return Err(format!("{:?}: {found:?}", found.class));
        }
        if found.reason.as_deref() != expected["reason"].as_str() {
            return Err(format!("reason {:?}", found.reason));
        }
        if Some(found.critical) != expected["critical"].as_bool() {
            return Err(format!("critical {}", found.critical));
        }
        let tolerance = if expected["nondeterministic"].is_null() { 1e-6 } else { 1e-3 };
        let optional = |name: &str, found: Option<f64>| match (&expected[name], found) {
            (Value::Null, _) => Ok(()),
            (expected, Some(found)) => near(name, found, number(expected), tolerance),
            (_, None) => Err(format!("no {name}")),
        };
        optional("ratio", found.ratio)?;
        optional("ciLow", found.interval.map(|interval| interval.low))?;
        optional("ciHigh", found.interval.map(|interval| interval.high))?;
        optional("estimate", found.interval.map(|interval| interval.estimate))?;
        optional("effectSize", found.effect)?;
        fixture::same_statistics(&expected["experimentStats"], found.experiment)?;
        fixture::same_statistics(&expected["controlStats"], found.control)
    });
}

#[test]
fn whole_judgements_match() {
    all("judge_end_to_end", |case| {
        let configuration = fixture::Configuration::read(case.input());
        let expected = case.expected();
        let error = expected["error"].as_str().or(expected["exception"].as_str());
        let found = configuration.and_then(|configuration| {
            let pairs = configuration.pairs();
            judge(&pairs, &configuration.weights, configuration.thresholds, Mode::Compatible)
                .map_err(|error| error.to_string())
        });
        let found = match (found, error) {
            (Err(_), Some(_)) => return Ok(()),
            (Ok(_), Some(error)) => return Err(format!("passes, but expected {error}")),
            (Err(problem), None) => return Err(problem),
            (Ok(found), None) => found,
        };
        let results = expected["results"].as_array().ok_or("no results")?;
        for (found, expected) in found.results.iter().zip(results) {
            if class_name(found.class) != expected["classification"]
                || found.reason.as_deref() != expected["classificationReason"].as_str()
                || Some(found.critical) != expected["critical"].as_bool()
            {
                return Err(format!("{found:?} is not {expected}"));
            }
            if let Some(ratio) = found.ratio {
                near("ratio", ratio, number(&expected["resultMetadata"]["ratio"]), 1e-6)?;
            }
            fixture::same_statistics(&expected["experimentMetadata"]["stats"], found.experiment)?;
            fixture::same_statistics(&expected["controlMetadata"]["stats"], found.control)?;
        }
        let scores = expected["groupScores"].as_array().ok_or("no groups")?;
        fixture::same_groups(&found.score.groups, scores, false)?;
        let expected = &expected["score"];
        near("score", found.score.score, number(&expected["score"]), 1e-6)?;
        let reason = found.score.reason.clone().unwrap_or_default();
        if score_class_name(found.score.class) != expected["classification"]
            || reason != expected["classificationReason"]
        {
            return Err(format!("{:?} is not {expected}", found.score));
        }
        Ok(())
    });
}

#[test]
fn scores_match() {
    all("score", |case| {
        let input = case.input();
        let results = input["results"].as_array().ok_or("no results")?;
        let groups: Vec<Vec<String>> =
            results.iter().map(|r| fixture::texts(&r["groups"])).collect();
        let reasons: Vec<String> = results
            .iter()
            .map(|r| format!("<reason of metric {}>", r["name"].as_str().unwrap_or_default()))
            .collect();
        let mut scored = Vec::new();
        for ((result, groups), reason) in results.iter().zip(&groups).zip(&reasons) {
            scored.push(Scored {
                class: fixture::class(&result["classification"])?,
                critical: result["critical"].as_bool().unwrap_or(false),
                muted: result["muted"].as_bool().unwrap_or(false),
                reason: Some(reason.as_str()),
                groups,
            });
        }
        let found = score(
            &scored,
            &weights(&input["groupWeights"]),
            number(&input["passThreshold"]),
            number(&input["marginalThreshold"]),
            Mode::Compatible,
        );
        let expected = case.expected();
        near("score", found.score, number(&expected["score"]), 1e-6)?;
        if score_class_name(found.class) != expected["classification"] {
            return Err(format!("{:?}", found.class));
        }
        if found.reason.as_deref().unwrap_or("") != expected["reason"].as_str().unwrap_or("") {
            return Err(format!("{:?} is not {}", found.reason, expected["reason"]));
        }
        fixture::same_groups(&found.groups, expected["groups"].as_array().ok_or("groups")?, true)
    });
}

#[test]
fn intervals_match_to_the_iteration() {
    all("mann_whitney", |case| {
        let (x, y) = case.two_samples("x", "y")?;
        let level = Confidence::try_from(number(&case.input()["confidence"]))
            .map_err(|error| error.to_string())?;
        let expected = case.expected();
        match (shift_interval(&x, &y, level), expected["error"].as_str()) {
            (Err(_), Some(_)) => Ok(()),
            (Ok(found), None) => {
                near("ciLow", found.low, number(&expected["ciLow"]), 1e-6)?;
                near("ciHigh", found.high, number(&expected["ciHigh"]), 1e-6)?;
                near("estimate", found.estimate, number(&expected["estimate"]), 1e-6)
            }
            (found, _) => Err(format!("{found:?}")),
        }
    });
    all("wilcoxon_diff", |case| {
        let (x, y) = case.two_samples("x", "y")?;
        let (shift, quantile) = (number(&case.input()["mu"]), number(&case.input()["quantile"]));
        let found = statistic(&x, &y, shift, quantile).map_err(|error| error.to_string())?;
        near("value", found, number(case.expected()), 1e-6)
    });
    all("normal_quantile", |case| {
        near("z", normal_quantile(number(&case.json()["p"])), number(case.expected()), 1e-6)
    });
}

#[test]
fn small_parts_match() {
    all("effect_size", |case| {
        let (x, y) = case.two_samples("experiment", "control")?;
        let expected = case.expected();
        near("meanRatio", mean_ratio(&x, &y), number(&expected["meanRatio"]), 1e-6)?;
        near("cles", common_language(&x, &y), number(&expected["cles"]), 1e-6)?;
        near("cohenD", cohens_d(&x, &y), number(&expected["cohenD"]), 1e-6)
    });
    all("percentile", |case| {
        let found = percentile(&numbers(&case.input()["values"]), number(&case.input()["p"]));
        near("percentile", found, number(case.expected()), 1e-6)
    });
    all("summary_statistics", |case| {
        fixture::same_statistics(case.expected(), statistics(&numbers(case.input())))
    });
    all("outliers", |case| {
        let input = case.input();
        let values = numbers(&input["values"]);
        let found = if input["detector"] == "ksigma" {
            outside_deviations(&values, number(&input["k"]))
        } else {
            let mild = input["reduceSensitivity"].as_bool().unwrap_or(false);
            outside_fences(&values, number(&input["factor"]), mild)
        };
        let expected: Vec<bool> = case.expected()["outliers"]
            .as_array()
            .ok_or("no list")?
            .iter()
            .map(|flag| flag.as_bool().unwrap_or(false))
            .collect();
        if found == expected { Ok(()) } else { Err(format!("{found:?}")) }
    });
    all("nan", |case| {
        let nan = match case.input()["strategy"].as_str() {
            Some("replace") => NanStrategy::Replace,
            _ => NanStrategy::Remove,
        };
        let found = transformed(&numbers(&case.input()["values"]), nan, Outliers::Keep);
        let expected = numbers(case.expected());
        if found == expected { Ok(()) } else { Err(format!("{found:?} is not {expected:?}")) }
    });
    all("standalone_final_decision", |case| {
        let input = case.input();
        let (passed, sentence) = final_decision(
            number(&input["finalScore"]),
            input["marginal"].as_f64(),
            input["pass"].as_f64(),
        );
        let expected = case.expected();
        if expected["didPassThresholds"] == passed && expected["canaryScoreMessage"] == sentence {
            Ok(())
        } else {
            Err(format!("{passed}, {sentence}"))
        }
    });
}
