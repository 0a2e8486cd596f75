//! `assay judge`: the whole judgements of Kayenta through the binary, strict mode beside them, and
//! files that cannot be judged.

use assay_tests::binary::{Printed, assay, root, run};
use assay_tests::folder::Folder;
use expect_test::{expect, expect_file};
use serde_json::{Value, json};

fn cases() -> Vec<Value> {
    let path = root().join("fixtures/stats/kayenta.json");
    let text = std::fs::read_to_string(path).expect("the fixture");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    document["judge_end_to_end"].as_array().expect("the judgements").clone()
}

/// Judges the request of one of the cases.
fn case(id: &str, arguments: &[&str]) -> Printed {
    let cases = cases();
    let found = cases.iter().find(|case| case["id"] == id).expect("a case of that id");
    judged(found["input"].to_string(), arguments)
}

fn judged(text: impl AsRef<[u8]>, arguments: &[&str]) -> Printed {
    let folder = Folder::new();
    let path = folder.write("request.json", text);
    let mut printed = run(assay(&["judge"]).arg(&path).args(arguments));
    printed.stderr = printed.stderr.replace(&path.display().to_string(), "request.json");
    assert!([0, 2, 10, 11].contains(&printed.code), "{printed:?}");
    printed
}

/// A number as Kayenta writes it.
fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some(text) => text.replace("Infinity", "inf").parse().expect("a number"),
        None => value.as_f64().expect("a number"),
    }
}

/// Whether `found` says what `expected` says, numbers to a millionth, and has no field more.
fn same(path: &str, found: &Value, expected: &Value) {
    match expected {
        Value::Object(fields) => {
            let names = |value: &Value| {
                let map = value.as_object().unwrap_or_else(|| panic!("{path}: {value}"));
                map.keys().cloned().collect::<Vec<String>>()
            };
            assert_eq!(names(found), names(expected), "{path}");
            for (name, value) in fields {
                same(&format!("{path}.{name}"), &found[name], value);
            }
        }
        Value::Array(items) => {
            let list = found.as_array().unwrap_or_else(|| panic!("{path}: {found}"));
            assert_eq!(list.len(), items.len(), "{path}");
            for (at, (found, expected)) in list.iter().zip(items).enumerate() {
                same(&format!("{path}[{at}]"), found, expected);
            }
        }
        Value::Number(_) => {
            let (found, expected) = (number(found), number(expected));
            let slack = 1e-6 * expected.abs().max(1.0);
            assert!((found - expected).abs() <= slack, "{path}: {found}, not {expected}");
        }
        Value::Null | Value::Bool(_) | Value::String(_) => assert_eq!(found, expected, "{path}"),
    }
}

/// A result whose groups stand in the order of their names: Kayenta gives them in none.
fn sorted(mut result: Value) -> Value {
    if let Some(groups) = result["groupScores"].as_array_mut() {
        groups.sort_by_key(|group| group["name"].as_str().map(str::to_owned));
    }
    result
}

#[test]
fn whole_judgements_are_kayentas() {
    let cases = cases();
    assert_eq!(cases.len(), 19);
    for case in cases {
        let id = case["id"].as_str().expect("an id");
        let printed = judged(case["input"].to_string(), &["-o", "json"]);
        if !case["expected"]["error"].is_null() {
            assert_eq!(printed.code, 2, "{id}: {printed:?}");
            continue;
        }
        let mut found = printed.json();
        let beside = found.as_object_mut().and_then(|result| result.remove("assay"));
        same(id, &sorted(found), &sorted(case["expected"].clone()));
        let (code, verdict) = match case["expected"]["score"]["classification"].as_str() {
            Some("Pass") => (0, "promote"),
            Some("Marginal") => (11, "hold"),
            _ => (10, "abort"),
        };
        assert_eq!(printed.code, code, "{id}");
        assert_eq!(beside.expect("what assay says")["verdict"], verdict, "{id}");
    }
}

/// A request of one metric in one group, with these values.
fn request(canary: &Value, experiment: &Value, control: &Value) -> Value {
    json!({
        "canaryConfig": {
            "metrics": [{
                "name": "m",
                "groups": ["g"],
                "analysisConfigurations": {"canary": canary},
            }],
            "classifier": {"groupWeights": {"g": 100}},
        },
        "metricSetPairList": [{
            "name": "m",
            "id": "1",
            "tags": {},
            "values": {"experiment": experiment, "control": control},
        }],
        "scoreThresholds": {"pass": 75, "marginal": 50},
    })
}

/// What both modes say of one metric and of the whole.
fn holes(canary: &Value, experiment: &Value, control: &Value, loose: &str, strict: &str) {
    let text = request(canary, experiment, control).to_string();
    for (arguments, expected) in [(&["-o=json"][..], loose), (&["-o=json", "--strict"], strict)] {
        let printed = judged(&text, arguments);
        let found = printed.json();
        let class = found["results"][0]["classification"].as_str().expect("a class");
        let beside = &found["assay"];
        let verdict = beside["verdict"].as_str().expect("a verdict");
        assert_eq!(format!("{class} {verdict}"), expected, "{arguments:?} {found:#}");
        assert_ne!(loose == strict, !beside["differences"].as_array().expect("a list").is_empty());
    }
}

#[test]
fn strict_mode_closes_the_holes() {
    let (none, up) = (json!({}), json!({"direction": "increase"}));
    let many = |value: f64| json!(vec![value; 10]);
    let steps = |from: f64, step: f64| {
        json!((0..12).map(|n| from + step * f64::from(n)).collect::<Vec<f64>>())
    };
    let mut critical = json!({"critical": true, "mustHaveData": true, "nanStrategy": "replace"});
    critical["direction"] = json!("increase");
    // One sample a side: a random number decides.
    holes(&none, &json!([1.1]), &json!([1.0]), "Error promote", "Nodata abort");
    // Missing data counted as 0.
    holes(&critical, &json!([]), &json!([]), "Pass promote", "Nodata abort");
    holes(&critical, &json!([null, "NaN"]), &json!([1, 2]), "Pass promote", "Nodata abort");
    // Small units are lost in an absolute tolerance.
    holes(&up, &steps(1.1e-6, 1e-7), &steps(1e-6, 1e-8), "Pass promote", "High abort");
    holes(&up, &steps(1.1, 0.1), &steps(1.0, 0.01), "High abort", "High abort");
    // Infinite samples.
    let infinite = json!(vec!["Infinity"; 10]);
    holes(&up, &infinite, &steps(1.0, 0.1), "Pass promote", "Error abort");
    // A ratio of means of which one is below 0.
    holes(&up, &steps(9.0, 0.1), &steps(-9.0, 0.1), "Pass promote", "High abort");
    // Two constants are told apart without noise.
    holes(&up, &many(2.0), &many(1.0), "High abort", "High abort");
    // Too few points are no evidence: neither for the release nor against it.
    holes(&none, &steps(1.0, 0.1), &steps(1.0, 0.11), "Pass promote", "Pass promote");
}

#[test]
fn one_metric_without_data_holds_what_the_others_would_promote() {
    let mut request = request(&json!({}), &json!([1, 2, 3, 4, 5, 6]), &json!([1, 2, 3, 4, 5, 6]));
    let metrics = request["canaryConfig"]["metrics"].as_array_mut().expect("a list");
    for name in ["n", "o"] {
        metrics.push(json!({"name": name, "groups": ["g"]}));
    }
    let pairs = request["metricSetPairList"].as_array_mut().expect("a list");
    let values = json!({"experiment": [1, 2, 3, 4, 5, 6], "control": [1, 2, 3, 4, 5, 6]});
    pairs.push(json!({"name": "n", "values": values}));
    pairs.push(json!({"name": "o", "values": {"experiment": [], "control": [1]}}));
    assert_eq!(judged(request.to_string(), &[]).code, 0);
    let printed = judged(request.to_string(), &["--strict"]);
    assert_eq!(printed.code, 11, "{printed:?}");
    assert!(printed.stdout.contains("‖ HOLD  Canary Held: o could not be judged."), "{printed:?}");
}

#[test]
fn results_are_written_for_people_too() {
    let id = "e2e/critical-nodata-without-mustHaveData";
    let printed = case(id, &[]);
    expect_file!["judge/nodata.table.txt"].assert_eq(&printed.stdout);
    expect_file!["judge/small.strict.txt"]
        .assert_eq(&case("e2e/small-valued-metric", &["--strict"]).stdout);
    expect_file!["judge/small.table.txt"].assert_eq(&case("e2e/small-valued-metric", &[]).stdout);
    expect_file!["judge/fails.markdown.txt"]
        .assert_eq(&case("e2e/one-group-fails", &["-o=markdown"]).stdout);
    let yaml = request(&json!({"direction": "Up"}), &json!([1, "NaN"]), &json!([]));
    expect_file!["judge/blind.yaml.txt"].assert_eq(&judged(yaml.to_string(), &["-o=yaml"]).stdout);
}

fn refused(text: impl AsRef<[u8]>, arguments: &[&str], said: &str) {
    let printed = judged(text, arguments);
    assert_eq!(printed.code, 2, "{printed:?}");
    assert!(printed.stderr.contains(said), "{said} in {}", printed.stderr);
    assert!(printed.stderr.len() < 10_000, "{} bytes", printed.stderr.len());
}

#[test]
fn what_cannot_be_judged_is_said_with_its_path() {
    refused("", &[], "is not JSON: EOF");
    refused("[".repeat(100_000), &[], "recursion limit");
    refused(vec![b' '; 5_000_000], &[], "has more than 4194304 bytes");
    refused(b"{\"a\": \"\xff\"}", &[], "is not JSON");
    refused("[]", &[], "the file is a list; write an object");
    let printed = judged("{}", &[]);
    expect![[r#"
        error: request.json: canaryConfig is missing
        error: request.json: canaryConfig.metrics is missing
        error: request.json: metricSetPairList is missing
        error: request.json: scoreThresholds is missing; write for example {"pass": 75, "marginal": 50} (the thresholds in `canaryConfig.classifier` are read by nobody)
    "#]]
    .assert_eq(&printed.stderr);
    let good = request(&json!({}), &json!([1]), &json!([1]));
    let with = |pointer: &str, value: Value| {
        let mut request = good.clone();
        *request.pointer_mut(pointer).expect("a place") = value;
        request.to_string()
    };
    let canary = "/canaryConfig/metrics/0/analysisConfigurations/canary";
    let values = "/metricSetPairList/0/values/experiment";
    for (pointer, value, said) in [
        (canary, json!({"critical": "true"}), "canary.critical is a text; write true or false"),
        (canary, json!({"outliers": {"outlierFactor": 0}}), "outlierFactor must be above 0"),
        (canary, json!({"effectSize": {"allowedIncrease": "1.1"}}), "allowedIncrease is a text"),
        (values, json!([1, "x"]), "metricSetPairList[0].values.experiment[1] is a text"),
        (values, json!(null), "values.experiment is missing; write [] if there is no data"),
        (values, json!(vec![1; 5001]), "has 5001 values, and 5000 are the most"),
        (values, json!(vec!["x"; 5000]), "and 80 more"),
        ("/metricSetPairList/0/name", json!("x"), "`canaryConfig.metrics` has no metric of that"),
        ("/metricSetPairList", json!([]), "is empty, and there is nothing to judge"),
        ("/scoreThresholds/pass", json!("75"), "scoreThresholds.pass is a text; write a number"),
        ("/canaryConfig/metrics", json!(vec![1; 1001]), "has 1001 metrics"),
    ] {
        refused(with(pointer, value), &[], said);
    }
}

#[test]
fn too_many_values_in_all_are_refused() {
    let mut request = request(&json!({}), &json!(vec![1; 5000]), &json!(vec![1; 5000]));
    let pairs = request["metricSetPairList"].as_array_mut().expect("a list");
    *pairs = vec![pairs[0].clone(); 21];
    refused(request.to_string(), &[], "has 210000 values in all");
}

#[test]
fn strict_mode_refuses_what_kayenta_passes_over() {
    let good = request(&json!({}), &json!([1]), &json!([1]));
    let with = |pointer: &str, value: Value| {
        let mut request = good.clone();
        *request.pointer_mut(pointer).expect("a place") = value;
        request.to_string()
    };
    let canary = "/canaryConfig/metrics/0/analysisConfigurations/canary";
    let weights = "/canaryConfig/classifier/groupWeights";
    for (pointer, value, said) in [
        (canary, json!({"direction": "Increase"}), "write increase or decrease or either"),
        (canary, json!({"nanStrategy": "Replace"}), "write remove or replace"),
        (canary, json!({"effectSize": {"measure": "x"}}), "write meanRatio or cles"),
        (weights, json!({"g": 150}), "adds up to 150, not to 100"),
        (weights, json!({"h": 100}), "which leaves nothing for g"),
        (weights, json!({"g": 60, "h": 40}), "`h` has a weight and no metric"),
        (weights, json!({"g": -1}), "has a weight below 0"),
        ("/scoreThresholds/marginal", json!(80), "`marginal` not above `pass`"),
        ("/canaryConfig/metrics/0/groups", json!([]), "names no group"),
    ] {
        let text = with(pointer, value);
        let printed = judged(&text, &[]);
        assert_ne!(printed.code, 2, "{printed:?}");
        assert!(printed.stdout.contains(said), "{said} in {printed:?}");
        refused(text, &["--strict"], said);
    }
}

#[test]
fn bare_nan_and_standard_input_are_read() {
    let text = request(&json!({}), &json!(["NaN"]), &json!([1])).to_string();
    let bare = text.replace("\"NaN\"", "NaN");
    let folder = Folder::new();
    let path = folder.write("request.json", bare);
    let file = std::fs::File::open(path).expect("the file");
    let printed = run(assay(&["judge", "-", "-o", "json"]).stdin(file));
    assert_eq!(printed.json()["results"][0]["classification"], "Nodata");
}
