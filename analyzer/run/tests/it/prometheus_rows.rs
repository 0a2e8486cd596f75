//! From a Prometheus answer to a measurement: rows B of the specification that reach a run.
//!
//! B13, B14 and B16 to B24 are faults of the provider, which measures them as errors.

use assay_run::reading::{Answer, Reading};
use assay_run::state::Outcome;
use assay_template::plan::Mode;

use crate::driver::{World, judged_by, metric, plan};

fn check(row: &str, reading: Reading, conditions: [&str; 2], value: &str, outcome: Outcome) {
    let [success, failure] = conditions;
    let metric = judged_by(success, failure, metric("m"));
    let mut world = World::start(plan(Mode::Argo, vec![metric]));
    world.answer(0, Ok(Answer::of(reading)));
    let last = world.state.metrics[0].last().unwrap();
    assert_eq!((last.value.as_str(), last.outcome), (value, outcome), "{row}: {}", last.message);
}

#[test]
fn b01_to_b06_scalars() {
    use Outcome::{Failed, Inconclusive, Successful};
    use Reading::Scalar;
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    check("B01", Scalar(10.0), ["result == 10", "result != 10"], "10", Successful);
    check("B02", Scalar(nan), ["result >= 0.9", "result < 0.9"], "NaN", Inconclusive);
    check("B03", Scalar(nan), ["result >= 0.9 || isNaN(result)", ""], "NaN", Successful);
    check("B04", Scalar(nan), ["result >= 0.9", ""], "NaN", Failed);
    check("B05", Scalar(infinity), ["result >= 0.9", ""], "+Inf", Successful);
    check("B06", Scalar(infinity), ["", "isInf(result)"], "+Inf", Failed);
}

#[test]
fn b07_to_b12_vectors_and_matrices() {
    use Outcome::{Errored, Successful};
    let vector = |values: &[f64]| Reading::Vector(values.to_vec());
    let matrix = |values: &[f64]| Reading::Matrix(values.to_vec());
    let conditions = ["10 in result", "len(result) != 2"];
    check("B07", vector(&[10.0, 11.0]), conditions, "[10,11]", Successful);
    let conditions = ["all(result, # > 10)", "all(result, # < 10)"];
    let values = matrix(&[11.0, 12.0, 13.0, 14.0]);
    check("B08", values, conditions, "[11,12,13,14]", Successful);
    let conditions = ["len(result) == 3 && result[2] == 3", ""];
    check("B09", matrix(&[1.0, 2.0, 3.0]), conditions, "[1,2,3]", Successful);
    check("B10", vector(&[]), ["len(result) == 0", ""], "[]", Successful);
    check("B11", vector(&[]), ["result[0] >= 0.95", ""], "", Errored);
    check("B12", vector(&[f64::NAN]), ["", "result[0] < 0.95"], "[NaN]", Successful);
}

/// The table of section 2.1: which of the two conditions hold, and the outcome.
#[test]
fn both_conditions_decide_by_a_table() {
    use Outcome::{Errored, Failed, Inconclusive, Successful};
    let (yes, no, broken) = ("result >= 1", "result < 1", "result[0] >= 1");
    let rows = [
        ("", "", Successful),
        (yes, "", Successful),
        (no, "", Failed),
        ("", yes, Failed),
        ("", no, Successful),
        (yes, no, Successful),
        (yes, yes, Failed),
        (no, yes, Failed),
        (no, no, Inconclusive),
        (yes, broken, Errored),
        (broken, yes, Errored),
    ];
    for (success, failure, outcome) in rows {
        let value = if outcome == Errored { "" } else { "1" };
        let row = format!("{success:?}, {failure:?}");
        check(&row, Reading::Scalar(1.0), [success, failure], value, outcome);
    }
}
