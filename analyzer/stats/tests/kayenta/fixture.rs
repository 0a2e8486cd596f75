//! Reading `fixtures/stats/kayenta.json`.

use assay_stats::kayenta::{
    Class, Direction, EffectMeasure, EffectSize, GroupScore, GroupWeight, MetricPair,
    MetricSettings, NanStrategy, Outliers, ScoreClass, Statistics, Thresholds,
};
use assay_stats::level::Confidence;
use serde_json::Value;

pub(crate) struct Case {
    json: Value,
}

fn document() -> Value {
    let text = include_str!("../../../../fixtures/stats/kayenta.json");
    serde_json::from_str(text).expect("the fixture is JSON")
}

pub(crate) fn cases(group: &str) -> Vec<Case> {
    let document = document();
    let cases = document[group].as_array().expect("a group of vectors");
    cases.iter().map(|json| Case { json: json.clone() }).collect()
}

impl Case {
    pub(crate) fn id(&self) -> &str {
        self.json["id"].as_str().expect("an id")
    }

    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    pub(crate) fn input(&self) -> &Value {
        &self.json["input"]
    }

    pub(crate) fn expected(&self) -> &Value {
        &self.json["expected"]
    }

    /// Two lists of the input, or of the vector it says it shares them with.
    pub(crate) fn two_samples(&self, x: &str, y: &str) -> Result<(Vec<f64>, Vec<f64>), String> {
        let input = self.input();
        if let Some(other) = input["sameArraysAs"].as_str() {
            let group = if other.starts_with("mw/") { "mann_whitney" } else { "wilcoxon_diff" };
            let cases = cases(group);
            let case = cases.iter().find(|case| case.id() == other).ok_or("no such vector")?;
            return case.two_samples(x, y);
        }
        Ok((numbers(&input[x]), numbers(&input[y])))
    }
}

pub(crate) fn number(json: &Value) -> f64 {
    match json.as_str() {
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        Some(_) => f64::NAN,
        None => json.as_f64().unwrap_or(f64::NAN),
    }
}

pub(crate) fn numbers(json: &Value) -> Vec<f64> {
    json.as_array().expect("a list").iter().map(number).collect()
}

pub(crate) fn texts(json: &Value) -> Vec<String> {
    let list = json.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

pub(crate) fn near(name: &str, found: f64, expected: f64, tolerance: f64) -> Result<(), String> {
    if found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()) {
        return Ok(());
    }
    if (found - expected).abs() <= tolerance * expected.abs().max(1.0) {
        Ok(())
    } else {
        Err(format!("{name} is {found:?}, not {expected:?}"))
    }
}

pub(crate) fn same_statistics(expected: &Value, found: Statistics) -> Result<(), String> {
    if expected.is_null() {
        return Ok(());
    }
    near("min", found.min, number(&expected["min"]), 1e-6)?;
    near("max", found.max, number(&expected["max"]), 1e-6)?;
    near("mean", found.mean, number(&expected["mean"]), 1e-6)?;
    near("std", found.deviation, number(&expected["std"]), 1e-6)?;
    if Some(found.count) == expected["count"].as_u64() {
        Ok(())
    } else {
        Err(format!("count {}", found.count))
    }
}

pub(crate) fn same_groups(
    found: &[GroupScore],
    expected: &[Value],
    with_data: bool,
) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{} groups", found.len()));
    }
    for group in found {
        let expected = expected.iter().find(|e| e["name"] == group.group).ok_or("no such group")?;
        near(&group.group, group.score, number(&expected["score"]), 1e-6)?;
        if with_data && expected["noData"] != group.no_data {
            return Err(format!("noData of {}", group.group));
        }
    }
    Ok(())
}

pub(crate) fn class_name(class: Class) -> &'static str {
    match class {
        Class::Pass => "Pass",
        Class::High => "High",
        Class::Low => "Low",
        Class::NoData => "Nodata",
        Class::NoDataFailMetric => "NodataFailMetric",
        Class::Error => "Error",
    }
}

pub(crate) fn class(json: &Value) -> Result<Class, String> {
    let all = [
        Class::Pass,
        Class::High,
        Class::Low,
        Class::NoData,
        Class::NoDataFailMetric,
        Class::Error,
    ];
    all.into_iter().find(|&class| json == class_name(class)).ok_or(format!("class {json}"))
}

pub(crate) fn score_class_name(class: ScoreClass) -> &'static str {
    match class {
        ScoreClass::Pass => "Pass",
        ScoreClass::Marginal => "Marginal",
        ScoreClass::Fail => "Fail",
    }
}

pub(crate) fn weights(json: &Value) -> Vec<GroupWeight> {
    let map = json.as_object().expect("weights");
    map.iter()
        .map(|(group, percent)| GroupWeight { group: group.clone(), percent: number(percent) })
        .collect()
}

/// The settings that stand in a metric's `canary` configuration.
pub(crate) fn settings(json: &Value, name: &str) -> Result<MetricSettings, String> {
    let mut settings = MetricSettings::named(name);
    let flag = |name: &str| json[name].as_bool().unwrap_or(false);
    settings.direction = match json["direction"].as_str() {
        Some("increase") => Direction::Increase,
        Some("decrease") => Direction::Decrease,
        _ => Direction::Either,
    };
    if json["nanStrategy"] == "replace" {
        settings.nan = NanStrategy::Replace;
    }
    if json["outliers"]["strategy"] == "remove" {
        let factor = json["outliers"]["outlierFactor"].as_f64().unwrap_or(3.0);
        settings.outliers = Outliers::Remove { factor };
    }
    (settings.critical, settings.muted) = (flag("critical"), flag("muted"));
    settings.must_have_data = flag("mustHaveData");
    let effect = &json["effectSize"];
    let measure = if effect["measure"] == "cles" {
        EffectMeasure::CommonLanguage
    } else {
        EffectMeasure::MeanRatio
    };
    let default = EffectSize::none(measure);
    let or = |name: &str, default: f64| effect[name].as_f64().unwrap_or(default);
    settings.effect = EffectSize {
        measure,
        allowed_increase: or("allowedIncrease", default.allowed_increase),
        allowed_decrease: or("allowedDecrease", default.allowed_decrease),
        critical_increase: or("criticalIncrease", default.critical_increase),
        critical_decrease: or("criticalDecrease", default.critical_decrease),
    };
    if let Some(tolerance) = json["tolerance"].as_f64() {
        settings.tolerance = tolerance;
    }
    if let Some(level) = json["confidence"].as_f64() {
        settings.confidence = Confidence::try_from(level).map_err(|error| error.to_string())?;
    }
    Ok(settings)
}

/// A whole request: settings by pair, values, weights and thresholds.
pub(crate) struct Configuration {
    settings: Vec<MetricSettings>,
    values: Vec<(Vec<f64>, Vec<f64>)>,
    pub(crate) weights: Vec<GroupWeight>,
    pub(crate) thresholds: Thresholds,
}

impl Configuration {
    pub(crate) fn read(json: &Value) -> Result<Self, String> {
        let metrics = json["canaryConfig"]["metrics"].as_array().ok_or("no metrics")?;
        let (mut all, mut values) = (Vec::new(), Vec::new());
        for pair in json["metricSetPairList"].as_array().ok_or("no pairs")? {
            let name = pair["name"].as_str().ok_or("no name")?;
            let metric = metrics.iter().find(|metric| metric["name"] == name);
            let metric = metric.ok_or(format!("Could not find metric config for {name}"))?;
            let mut settings = settings(&metric["analysisConfigurations"]["canary"], name)?;
            settings.groups = texts(&metric["groups"]);
            all.push(settings);
            let side = |side: &str| numbers(&pair["values"][side]);
            values.push((side("experiment"), side("control")));
        }
        let weights = weights(&json["canaryConfig"]["classifier"]["groupWeights"]);
        let thresholds = Thresholds {
            pass: number(&json["scoreThresholds"]["pass"]),
            marginal: number(&json["scoreThresholds"]["marginal"]),
        };
        Ok(Self { settings: all, values, weights, thresholds })
    }

    pub(crate) fn pairs(&self) -> Vec<MetricPair<'_>> {
        let pairs = self.settings.iter().zip(&self.values);
        pairs
            .map(|(settings, (experiment, control))| MetricPair { settings, experiment, control })
            .collect()
    }
}
