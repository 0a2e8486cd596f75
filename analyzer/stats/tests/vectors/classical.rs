//! The tests that answer once.

use assay_stats::classic::distribution::{self, KolmogorovSide};
use assay_stats::classic::mean::Summary;
use assay_stats::classic::proportion::{self, Tally};
use assay_stats::classic::{Alternative, Insufficient, Sample, mann_whitney as test, mean, shift};
use assay_stats::classic::{table, unconditional};
use assay_stats::level::Confidence;

use crate::fixture::{Vector, counts};

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn alternative(vector: &Vector) -> Alternative {
    match vector.text("alternative") {
        "two-sided" => Alternative::TwoSided,
        "greater" | "larger" => Alternative::Greater,
        "less" | "smaller" => Alternative::Less,
        other => panic!("alternative `{other}`"),
    }
}

fn tally(events: u64, tries: u64) -> Result<Tally, String> {
    Tally::new(events, tries).map_err(text)
}

pub(crate) fn mann_whitney(vector: &Vector) -> Result<(), String> {
    let (x, y) = (vector.numbers("x"), vector.numbers("y"));
    let x = Sample::new(&x).map_err(text)?;
    let y = Sample::new(&y).map_err(text)?;
    let found = match vector.text("method") {
        "exact" => test::exact(x, y, alternative(vector)),
        _ => test::asymptotic(x, y, alternative(vector), vector.flag("continuity")),
    }
    .map_err(text)?;
    vector.is("u", found.u)?;
    vector.is("p", found.p)
}

pub(crate) fn hodges_lehmann(vector: &Vector) -> Result<(), String> {
    let (x, y) = (vector.numbers("x"), vector.numbers("y"));
    let x = Sample::new(&x).map_err(text)?;
    let y = Sample::new(&y).map_err(text)?;
    if vector.expects("estimate") {
        return vector.is("estimate", shift::median_difference(x, y).map_err(text)?);
    }
    let level = Confidence::try_from(vector.number("confidence")).map_err(text)?;
    let found = shift::shift(x, y, level).map_err(text)?;
    vector.is("lower", found.lower)?;
    vector.is("upper", found.upper)
}

pub(crate) fn welch(vector: &Vector) -> Result<(), String> {
    let level = Confidence::try_from(0.95).map_err(text)?;
    if vector.has("mean1") {
        let summary = |arm: &str| Summary {
            count: vector.count(&format!("n{arm}")),
            mean: vector.number(&format!("mean{arm}")),
            deviation: vector.number(&format!("std{arm}")),
        };
        let found =
            mean::welch_of_summaries(summary("1"), summary("2"), Alternative::TwoSided, level)
                .map_err(text)?;
        vector.is("t", found.t)?;
        return vector.is("p", found.p);
    }
    let (x, y) = (vector.numbers("x"), vector.numbers("y"));
    let x = Sample::new(&x).map_err(text)?;
    let y = Sample::new(&y).map_err(text)?;
    let found = mean::welch(x, y, alternative(vector), level).map_err(text)?;
    vector.is("t", found.t)?;
    vector.is("df", found.freedom)?;
    vector.is("p", found.p)?;
    vector.is("lower", found.lower)?;
    vector.is("upper", found.upper)
}

pub(crate) fn two_proportion(vector: &Vector) -> Result<(), String> {
    let x = tally(vector.count("x1"), vector.count("n1"))?;
    let y = tally(vector.count("x2"), vector.count("n2"))?;
    let found = proportion::two_proportion(x, y, alternative(vector)).map_err(text)?;
    vector.is("z", found.z)?;
    vector.is("p", found.p)
}

pub(crate) fn fisher(vector: &Vector) -> Result<(), String> {
    let rows: Vec<Vec<u64>> =
        vector.input("table").as_array().expect("rows").iter().map(counts).collect();
    let x = tally(rows[0][0], rows[0][0] + rows[0][1])?;
    let y = tally(rows[1][0], rows[1][0] + rows[1][1])?;
    let found = table::fisher(x, y, alternative(vector)).map_err(text)?;
    vector.is("p", found.p)?;
    vector.is("odds_ratio", found.odds_ratio)
}

pub(crate) fn barnard(vector: &Vector) -> Result<(), String> {
    let rows: Vec<Vec<u64>> = vector
        .input("table_columns_are_groups")
        .as_array()
        .expect("rows")
        .iter()
        .map(counts)
        .collect();
    let x = tally(rows[0][0], rows[0][0] + rows[1][0])?;
    let y = tally(rows[0][1], rows[0][1] + rows[1][1])?;
    let found = unconditional::barnard(x, y).map_err(text)?;
    vector.is("barnard_stat", found.statistic)?;
    vector.is("barnard_p", found.p)?;
    vector.is("boschloo_p", unconditional::boschloo(x, y).map_err(text)?)
}

pub(crate) fn kolmogorov_smirnov(vector: &Vector) -> Result<(), String> {
    let (x, y) = (vector.numbers("x"), vector.numbers("y"));
    let x = Sample::new(&x).map_err(text)?;
    let y = Sample::new(&y).map_err(text)?;
    let side = match alternative(vector) {
        Alternative::TwoSided => KolmogorovSide::TwoSided,
        Alternative::Greater => KolmogorovSide::FunctionAbove,
        Alternative::Less => KolmogorovSide::FunctionBelow,
    };
    let found: Result<_, Insufficient> = match vector.text("method") {
        "exact" => distribution::exact(x, y, side),
        _ => distribution::asymptotic(x, y, side),
    };
    let found = found.map_err(text)?;
    vector.is("d", found.distance)?;
    vector.is("p", found.p)
}

pub(crate) fn band(vector: &Vector) -> Result<(), String> {
    vector.is("eps", distribution::band_half_width(vector.count("n"), vector.alpha()))
}

pub(crate) fn posterior(vector: &Vector) -> Result<(), String> {
    let x = tally(vector.count("x1"), vector.count("n1"))?;
    let y = tally(vector.count("x2"), vector.count("n2"))?;
    vector.is("p_first_greater", proportion::chance_first_is_larger(x, y))
}
