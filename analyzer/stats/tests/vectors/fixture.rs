//! Reading `fixtures/stats/statistics.json`.

use assay_stats::level::{Alpha, Ratio};
use assay_stats::look::{Arm, Look};
use serde_json::Value;

/// One golden vector: inputs, what must come out, how near.
pub(crate) struct Vector {
    json: Value,
}

pub(crate) fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../../fixtures/stats/statistics.json");
    let json: Value = serde_json::from_str(text).expect("the fixture is JSON");
    let vectors = json["vectors"].as_array().expect("a list of vectors");
    vectors.iter().map(|json| Vector { json: json.clone() }).collect()
}

impl Vector {
    pub(crate) fn id(&self) -> &str {
        self.json["id"].as_str().expect("an id")
    }

    pub(crate) fn group(&self) -> &str {
        self.json["group"].as_str().expect("a group")
    }

    /// What follows the group in the id.
    pub(crate) fn name(&self) -> &str {
        self.id().split_once('/').map_or("", |(_, name)| name)
    }

    pub(crate) fn input(&self, name: &str) -> &Value {
        &self.json["inputs"][name]
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        !self.input(name).is_null()
    }

    pub(crate) fn number(&self, name: &str) -> f64 {
        number(self.input(name))
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.input(name).as_str().expect(name)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.input(name).as_bool().expect(name)
    }

    pub(crate) fn count(&self, name: &str) -> u64 {
        self.input(name).as_u64().expect(name)
    }

    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        numbers(self.input(name))
    }

    pub(crate) fn counts(&self, name: &str) -> Vec<u64> {
        counts(self.input(name))
    }

    pub(crate) fn alpha(&self) -> Alpha {
        Alpha::try_from(self.number("alpha")).expect("a level")
    }

    pub(crate) fn ratio(&self, name: &str) -> Ratio {
        Ratio::try_from(self.number(name)).expect("a ratio")
    }

    /// The looks of the inputs `xc`, `xb`, `nc` and `nb`.
    pub(crate) fn looks(&self) -> Vec<Look> {
        let (xc, xb) = (self.counts("xc"), self.counts("xb"));
        let (nc, nb) = (self.numbers("nc"), self.numbers("nb"));
        let arm = |events, exposure| Arm::new(events, exposure).expect("an exposure");
        (0..xc.len())
            .map(|t| Look { canary: arm(xc[t], nc[t]), baseline: arm(xb[t], nb[t]) })
            .collect()
    }

    pub(crate) fn expected(&self, name: &str) -> Value {
        self.json["expected"][name].clone()
    }

    pub(crate) fn expects(&self, name: &str) -> bool {
        !self.json["expected"][name].is_null()
    }

    /// Compares one expected number, relative above 1 and absolute below.
    pub(crate) fn is(&self, name: &str, found: f64) -> Result<(), String> {
        let tolerance = number(&self.json["tol"]);
        near(name, found, number(&self.json["expected"][name]), tolerance)
    }

    /// Compares an expected list of numbers.
    pub(crate) fn are(&self, name: &str, found: &[f64]) -> Result<(), String> {
        let tolerance = number(&self.json["tol"]);
        let expected = numbers(&self.json["expected"][name]);
        if expected.len() != found.len() {
            return Err(format!("{name}: {} values, not {}", found.len(), expected.len()));
        }
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            near(&format!("{name}[{at}]"), *found, *expected, tolerance)?;
        }
        Ok(())
    }
}

fn near(name: &str, found: f64, expected: f64, tolerance: f64) -> Result<(), String> {
    if found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()) {
        return Ok(());
    }
    if (found - expected).abs() <= tolerance * expected.abs().max(1.0) {
        Ok(())
    } else {
        Err(format!("{name} is {found:?}, not {expected:?}"))
    }
}

pub(crate) fn number(json: &Value) -> f64 {
    match json.as_str() {
        Some("inf" | "Infinity") => f64::INFINITY,
        Some("-inf" | "-Infinity") => f64::NEG_INFINITY,
        Some(_) => f64::NAN,
        None => json.as_f64().expect("a number"),
    }
}

pub(crate) fn numbers(json: &Value) -> Vec<f64> {
    json.as_array().expect("a list").iter().map(number).collect()
}

pub(crate) fn counts(json: &Value) -> Vec<u64> {
    json.as_array().expect("a list").iter().map(|v| v.as_u64().expect("a count")).collect()
}
