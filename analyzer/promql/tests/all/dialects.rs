//! Where Prometheus 3 answers otherwise than Prometheus 2, case by case.
//!
//! # Source
//!
//! The migration guide of Prometheus 3 and the documentation of its functions.

use assay_promql::{Dialect, Query, SeriesBuilder, SeriesSet, Settings, Value, instant, load};

/// The samples are 10 seconds apart; the first is at 0.
fn series(text: &str) -> SeriesSet {
    let mut builder = SeriesBuilder::new();
    for line in text.lines() {
        let (series, values) = line.split_once(" = ").expect("a series and values");
        load(series, values, 0, 10_000, &mut builder).expect("notation");
    }
    builder.finish()
}

fn answer(set: &SeriesSet, query: &str, at_ms: i64, dialect: Dialect) -> String {
    let query = match Query::parse(query, dialect) {
        Ok(query) => query,
        Err(problem) => return problem.to_string(),
    };
    let answer = match instant(set, &query, at_ms, &Settings::default()) {
        Ok(answer) => answer,
        Err(error) => return error.to_string(),
    };
    match answer.value {
        Value::Scalar { value, .. } => value.to_string(),
        Value::Text { text, .. } => text,
        Value::Vector { elements, .. } => {
            let shown =
                elements.iter().map(|element| format!("{}={}", element.labels, element.value));
            shown.collect::<Vec<_>>().join(" ")
        }
        Value::Matrix(matrix) => {
            let shown = matrix.iter().map(|series| {
                let times: Vec<i64> =
                    series.points.times_ms.iter().map(|time| time / 1000).collect();
                format!("{} at {times:?}", series.labels)
            });
            shown.collect::<Vec<_>>().join(" ")
        }
    }
}

/// The answers at `at` seconds in Prometheus 2 and in Prometheus 3.
fn check(text: &str, query: &str, at: i64, in_2: &str, in_3: &str) {
    let set = series(text);
    let found = [Dialect::Prometheus2, Dialect::Prometheus3]
        .map(|dialect| answer(&set, query, at * 1000, dialect));
    assert_eq!(found, [in_2, in_3], "{query} at {at}s over\n{text}");
}

#[test]
fn a_window_leaves_out_the_sample_at_its_very_start() {
    let x = "x = 0+1x60";
    check(x, "x[30s]", 100, "x at [70, 80, 90, 100]", "x at [80, 90, 100]");
    check(x, "x[30s]", 105, "x at [80, 90, 100]", "x at [80, 90, 100]");
    check(x, "x[30s] offset 10s", 100, "x at [60, 70, 80, 90]", "x at [70, 80, 90]");
    check(x, "x[30s] @ 50", 100, "x at [20, 30, 40, 50]", "x at [30, 40, 50]");
    check(x, "x[10s]", 100, "x at [90, 100]", "x at [100]");
    check(x, "count_over_time(x[1m])", 100, "{}=7", "{}=6");
    check(x, "sum_over_time(x[20s])", 100, "{}=27", "{}=19");
    check(x, "avg_over_time(x[20s])", 100, "{}=9", "{}=9.5");
    check(x, "min_over_time(x[20s])", 100, "{}=8", "{}=9");
    check(x, "quantile_over_time(0, x[20s])", 100, "{}=8", "{}=9");
    check(x, "present_over_time(x[1ms])", 101, "", "");
    check(x, "present_over_time(x[1s])", 101, "{}=1", "");
    check(x, "absent_over_time(x[1s])", 101, "", "{}=1");
    check(x, "last_over_time(x[1s])", 101, "x=10", "");
    check(x, "changes(x[20s])", 100, "{}=2", "{}=1");
    check(x, "resets(x[20s])", 100, "{}=0", "{}=0");
    check(x, "irate(x[10s])", 100, "{}=0.1", "");
    check(x, "idelta(x[10s])", 100, "{}=1", "");
    check(x, "deriv(x[10s])", 100, "{}=0.1", "");
    check(x, "delta(x[20s])", 100, "{}=2", "{}=2");
}

#[test]
fn an_extrapolated_rate_is_the_same_though_a_sample_is_missing() {
    check("x = 0+1x60", "rate(x[30s])", 100, "{}=0.1", "{}=0.1");
    check("x = 100+1x60", "increase(x[1m])", 300, "{}=6", "{}=6");
    // With one sample left there is no rate any more.
    check("x = 0+1x60", "rate(x[10s])", 100, "{}=0.1", "");
    // Where the series begins: half a gap is added at most, and never below zero.
    check("x = _x6 2 4 6", "increase(x[2m])", 80, "{}=6", "{}=5");
    check("x = _x6 100 102 104", "increase(x[2m])", 80, "{}=5", "{}=5");
    check("x = _x6 0 2 4", "increase(x[2m])", 80, "{}=4", "{}=4");
}

#[test]
fn a_sample_stands_for_less_than_the_lookback() {
    check("x = 7", "x", 299, "x=7", "x=7");
    check("x = 7", "x", 300, "x=7", "");
    check("x = 7", "x offset 1m", 360, "x=7", "");
    check("x = 7", "absent(x)", 300, "", "{}=1");
    check("x = 7 stale", "x", 20, "", "");
}

#[test]
fn subqueries_leave_out_the_step_at_their_very_start() {
    let x = "x = 0+1x60";
    check(x, "x[30s:10s]", 100, "x at [70, 80, 90, 100]", "x at [80, 90, 100]");
    check(x, "x[30s:10s]", 105, "x at [80, 90, 100]", "x at [80, 90, 100]");
    check(x, "count_over_time(x[1m:30s])", 120, "{}=3", "{}=2");
    check(x, "sum_over_time(vector(1)[1m:15s])", 120, "{}=5", "{}=4");
    check(x, "max_over_time(rate(x[30s])[1m:20s] offset 10s)", 120, "{}=0.1", "{}=0.1");
}

#[test]
fn the_dot_matches_line_breaks() {
    let x = "x{a=\"1\\n2\"} = 1";
    check(x, "x{a=~\"1.2\"}", 0, "", r#"x{a="1\n2"}=1"#);
    check(x, "x{a!~\".*\"}", 0, r#"x{a="1\n2"}=1"#, "");
    let replaced = "label_replace(x, \"b\", \"all\", \"a\", \".*\")";
    check(x, replaced, 0, r#"x{a="1\n2"}=1"#, r#"x{a="1\n2", b="all"}=1"#);
}

#[test]
fn sums_and_means_keep_what_rounding_takes_away() {
    let x = "x{n=\"1\"} = 1\nx{n=\"2\"} = 1e100\nx{n=\"3\"} = 1\nx{n=\"4\"} = -1e100";
    check(x, "sum(x)", 0, "{}=0", "{}=2");
    check(x, "avg(x)", 0, "{}=0", "{}=0.5");
    // Over time Prometheus 2 kept it too, but not for means.
    check("x = 1 1e100 1 -1e100", "sum_over_time(x[1m])", 30, "{}=2", "{}=2");
    let large = "x{n=\"1\"} = 1.5e308\nx{n=\"2\"} = 1.5e308";
    check(large, "avg(x) / 1e308", 0, "{}=1.5", "{}=1.5");
    check(large, "sum(x)", 0, "{}=inf", "{}=inf");
}

#[test]
fn one_infinite_value_has_no_variance() {
    check("x = Inf", "stddev(x)", 0, "{}=0", "{}=NaN");
    check("x = NaN", "stdvar(x)", 0, "{}=0", "{}=NaN");
    check("x = 3", "stdvar(x)", 0, "{}=0", "{}=0");
}

#[test]
fn atan2_gives_another_metric() {
    check("x = 0", "x atan2 1", 0, "x=0", "{}=0");
}

#[test]
fn small_falls_in_a_histogram_are_rounding() {
    let buckets = "x_bucket{le=\"1\"} = 10\nx_bucket{le=\"2\"} = 9.9999999999999\n\
                   x_bucket{le=\"+Inf\"} = 20";
    let query = "histogram_quantile(0.5, x_bucket)";
    check(buckets, query, 0, "{}=1", "{}=1");
}

#[test]
fn words_and_durations_differ() {
    let x = "x = 0+1x60";
    let smoothing = "holt_winters(x[1m], 0.5, 0.5)";
    let renamed = "`holt_winters` is not supported: Prometheus 3 calls it \
                   `double_exponential_smoothing`";
    check(x, smoothing, 100, "{}=10", renamed);
    let smoothing = "double_exponential_smoothing(x[1m], 0.5, 0.5)";
    let renamed = "`double_exponential_smoothing` is not supported: Prometheus 2 calls it \
                   `holt_winters`";
    check(x, smoothing, 100, renamed, "{}=10");
    check(x, "x[30]", 100, "expected a duration such as `5m`, found `30`", "x at [80, 90, 100]");
    check(x, "1m30s", 0, "expected a selector, a function, a number or `(`, found `1m30s`", "90");
    let experimental = "`first_over_time` is not supported: Prometheus 2 does not have it";
    check(x, "first_over_time(x[1m])", 100, experimental, "x=5");
    check(
        "x = 1 2 3 9",
        "mad_over_time(x[40s])",
        30,
        "`mad_over_time` is not supported: Prometheus 2 does not have it",
        "{}=1",
    );
    let quoted = "x{\"my.label\"=\"1\"} = 5";
    check(quoted, "{\"x\", \"my.label\"=\"1\"}", 0, "x{my.label=\"1\"}=5", "x{my.label=\"1\"}=5");
    let bad = "`my.label` cannot be the name of a label";
    check(x, "label_replace(x, \"my.label\", \"1\", \"\", \"\")", 0, bad, "x{my.label=\"1\"}=0");
}
