//! Query results nobody hopes for (bad inputs 42 to 52): each has a defined outcome in both modes.

use assay_run::reading::{Answer, Fault, FaultKind, Reading};
use assay_run::state::{Measurement, Missing, Outcome};
use assay_template::json::Json;
use assay_template::plan::{MetricPlan, Mode};

use crate::driver::{World, at, judged_by, metric, plan, vector};

/// The first measurement of `metric` in both modes, given `answer`.
fn measure(metric: &MetricPlan, answer: Result<Answer, Fault>) -> [Measurement; 2] {
    [Mode::Argo, Mode::Strict].map(|mode| {
        let mut world = World::start(plan(mode, vec![metric.clone()]));
        world.answer(0, answer.clone());
        world.state.metrics[0].last().unwrap().clone()
    })
}

fn at_least_half() -> MetricPlan {
    judged_by("result[0] >= 0.5", "", metric("m"))
}

/// Asserts value and outcome in argo mode, and whether strict mode finds data missing.
fn check(values: &[f64], value: &str, argo: Outcome, missing: bool) {
    let [in_argo, in_strict] = measure(&at_least_half(), vector(values));
    assert_eq!((in_argo.value.as_str(), in_argo.outcome), (value, argo));
    assert_eq!(in_strict.missing.is_some(), missing, "{value}: {:?}", in_strict.missing);
    let strict = if missing { Outcome::Inconclusive } else { argo };
    assert_eq!(in_strict.outcome, strict, "{value}");
}

#[test]
fn input_42_unusual_numbers() {
    check(&[f64::NAN], "[NaN]", Outcome::Failed, true);
    check(&[f64::INFINITY], "[+Inf]", Outcome::Successful, true);
    check(&[f64::NEG_INFINITY], "[-Inf]", Outcome::Failed, true);
    check(&[-0.0], "[-0]", Outcome::Failed, false);
    let subnormal = format!("[{}]", f64::from_bits(1));
    check(&[f64::from_bits(1)], &subnormal, Outcome::Failed, false);
    let huge = format!("[1{}]", "0".repeat(308));
    check(&[1e308], &huge, Outcome::Successful, false);
}

#[test]
fn input_43_shapes() {
    check(&[0.7], "[0.7]", Outcome::Successful, false);
    check(&[], "", Outcome::Errored, true);
    let [argo, strict] =
        measure(&at_least_half(), Ok(Answer::of(Reading::Matrix(vec![0.9, 0.1, f64::NAN]))));
    assert_eq!(argo.outcome, Outcome::Successful);
    assert_eq!(strict.missing, Some(Missing::NotFinite { count: 1, of: 3 }));
    // A scalar has no element 0: a type error, whose value strict mode keeps.
    let [argo, strict] = measure(&at_least_half(), Ok(Answer::of(Reading::Scalar(0.7))));
    assert_eq!((argo.outcome, argo.value.as_str()), (Outcome::Errored, ""));
    assert_eq!((strict.outcome, strict.value.as_str()), (Outcome::Errored, "0.7"));
    assert_eq!(strict.fault, None);
}

#[test]
fn input_43_a_million_series_are_recorded_in_part() {
    let values = vec![0.75; 1_000_000];
    for measurement in measure(&at_least_half(), vector(&values)) {
        assert!(measurement.value.len() <= 4096);
        assert!(measurement.value.ends_with('…'));
    }
}

#[test]
fn input_43_nothing_in_many_forms() {
    let empty = [
        Json::Null,
        Json::Text(String::new()),
        Json::List(Vec::new()),
        Json::List(vec![Json::Null, Json::Null]),
        Json::Map(std::collections::BTreeMap::new()),
    ];
    let readings = empty.into_iter().map(Reading::Json).chain([
        Reading::Text(String::from(" \n")),
        Reading::Vector(Vec::new()),
        Reading::Matrix(Vec::new()),
    ]);
    for reading in readings {
        let [_, strict] = measure(&at_least_half(), Ok(Answer::of(reading.clone())));
        assert_eq!(strict.missing, Some(Missing::Empty), "{reading:?}");
        assert_eq!(strict.outcome, Outcome::Inconclusive, "{reading:?}");
    }
}

#[test]
fn input_44_several_series_where_one_is_expected() {
    check(&[0.9, 0.1], "[0.9,0.1]", Outcome::Successful, true);
}

/// Native histograms, strings for numbers, numbers for strings, a body without data: the provider
/// cannot read them and says so, which is an error measurement here.
#[test]
fn input_45_47_48_unreadable_answers() {
    let fault =
        Fault { kind: FaultKind::Unreadable, message: String::from("the answer has no `data`") };
    for measurement in measure(&at_least_half(), Err(fault)) {
        assert_eq!(measurement.outcome, Outcome::Errored);
        assert_eq!(measurement.fault, Some(FaultKind::Unreadable));
        assert_eq!(measurement.message, "the answer has no `data`");
        assert_eq!(measurement.missing, None);
    }
}

#[test]
fn input_46_values_from_another_time() {
    let sampled = |seconds: i64| {
        let sampled = at(0).checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        Ok(Answer { sampled: Some(sampled), ..Answer::of(Reading::Vector(vec![0.9])) })
    };
    for (seconds, missing) in [
        (0, None),
        (-300, None),
        (300, None),
        (-301, Some(Missing::Stale { age_seconds: 301 })),
        (301, Some(Missing::Stale { age_seconds: -301 })),
        (-3600, Some(Missing::Stale { age_seconds: 3600 })),
        (3600, Some(Missing::Stale { age_seconds: -3600 })),
    ] {
        let [argo, strict] = measure(&at_least_half(), sampled(seconds));
        assert_eq!(argo.outcome, Outcome::Successful, "{seconds}");
        assert_eq!(strict.missing, missing, "{seconds}");
    }
}

#[test]
fn input_48_warnings_only_are_kept_and_change_nothing() {
    let warnings = vec![String::from("PromQL warning: bucket label missing")];
    let answer = Answer { warnings: warnings.clone(), ..Answer::of(Reading::Vector(vec![0.9])) };
    for measurement in measure(&at_least_half(), Ok(answer)) {
        assert_eq!(measurement.outcome, Outcome::Successful);
        assert_eq!(measurement.warnings, warnings);
    }
}

/// Labels never reach a measurement. Other text from outside is kept as text, up to a limit; whoever
/// shows it escapes it.
#[test]
fn input_49_long_and_hostile_text() {
    let hostile = format!("<script>alert(1)</script>{}", "é".repeat(1_000_000));
    let fault = Fault { kind: FaultKind::Refused, message: hostile.clone() };
    for measurement in measure(&at_least_half(), Err(fault)) {
        assert!(measurement.message.starts_with("<script>"));
        assert!(measurement.message.len() <= 1024);
    }
    let body = Ok(Answer::of(Reading::Text(hostile)));
    for measurement in measure(&at_least_half(), body) {
        assert_eq!(measurement.outcome, Outcome::Errored);
        assert!(measurement.value.len() <= 4096);
    }
}

/// Two arms are compared by the query here. When they are alike their ratio is 1 and it is judged;
/// one sample is judged like many.
#[test]
fn input_50_equal_arms_and_single_samples() {
    check(&[1.0], "[1]", Outcome::Successful, false);
    let constant = vec![0.9; 5];
    let all = judged_by("all(result, # == 0.9)", "", metric("m"));
    for measurement in measure(&all, Ok(Answer::of(Reading::Matrix(constant)))) {
        assert_eq!(measurement.outcome, Outcome::Successful);
    }
}

/// A canary against a baseline of zero is +Inf, both zero NaN: no evidence in strict mode.
#[test]
fn input_51_division_by_a_baseline_of_zero() {
    let zero = 0.0_f64;
    check(&[0.1 / zero], "[+Inf]", Outcome::Successful, true);
    check(&[zero / zero], "[NaN]", Outcome::Failed, true);
}

#[test]
fn input_52_scales_far_apart() {
    let range = judged_by("all(result, # >= 1e-9 && # <= 1e12)", "", metric("m"));
    let outcome = |values: &[f64]| measure(&range, vector(values)).map(|m| m.outcome);
    assert_eq!(outcome(&[1e-9, 1e12]), [Outcome::Successful; 2]);
    assert_eq!(outcome(&[0.999_999e-9, 1e12]), [Outcome::Failed; 2]);
    assert_eq!(outcome(&[1e-9, 1.000_001e12]), [Outcome::Failed; 2]);
}
