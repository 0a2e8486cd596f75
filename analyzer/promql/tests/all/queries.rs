//! What users see: answers with their notes, and what is said of queries that have none.

use std::fmt::Write as _;

use assay_promql::{
    Budget, Dialect, Query, SeriesBuilder, SeriesSet, Settings, Value, instant, load, number_text,
    range, select,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

/// The series of the example in Prometheus's documentation of unit tests for rules, and a few more.
fn series() -> SeriesSet {
    let mut builder = SeriesBuilder::new();
    for (series, values) in [
        (r#"up{job="prometheus", instance="localhost:9090"}"#, "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"),
        (r#"up{job="node_exporter", instance="localhost:9100"}"#, "1+0x6 0 0 0 0 0 0 0 0"),
        (r#"go_goroutines{job="prometheus", instance="localhost:9090"}"#, "10+10x2 30+20x5"),
        (r#"go_goroutines{job="node_exporter", instance="localhost:9100"}"#, "10+10x7 10+30x4"),
        (r#"http_requests_total{app="checkout",role="canary",code="500"}"#, "0+1x20 20+30x40"),
        (r#"http_requests_total{app="checkout",role="stable",code="500"}"#, "0+1x60"),
        (r#"http_requests_total{app="checkout",role="stable",code="200"}"#, "0+50x60"),
    ] {
        load(series, values, 0, 60_000, &mut builder).expect("notation");
    }
    builder.finish()
}

fn show(query: &str, at_ms: i64, settings: &Settings) -> String {
    let parsed = match Query::parse(query, Dialect::Prometheus3) {
        Ok(parsed) => parsed,
        Err(problem) => {
            let (line, column) = problem.line_and_column(query);
            return format!("{line}:{column}: {problem}\n");
        }
    };
    let answer = match instant(&series(), &parsed, at_ms, settings) {
        Ok(answer) => answer,
        Err(error) => return format!("{error}\n"),
    };
    let mut shown = String::new();
    match &answer.value {
        Value::Scalar { value, .. } => writeln!(shown, "scalar {value}").expect("a string"),
        Value::Text { text, .. } => writeln!(shown, "text {text}").expect("a string"),
        Value::Vector { elements, .. } => {
            for element in elements {
                writeln!(shown, "{} {}", element.labels, element.value).expect("a string");
            }
        }
        Value::Matrix(matrix) => {
            for series in matrix {
                writeln!(shown, "{} {:?}", series.labels, series.points.values).expect("a string");
            }
        }
    }
    for annotation in &answer.annotations {
        writeln!(shown, "{:?}: {}", annotation.level, annotation.message).expect("a string");
    }
    for unmatched in &answer.unmatched {
        writeln!(shown, "{unmatched}").expect("a string");
    }
    shown
}

fn check(query: &str, expected: &Expect) {
    expected.assert_eq(&show(query, 14 * 60_000, &Settings::default()));
}

#[test]
fn series_of_a_documented_rule_test_answer_its_queries() {
    check(
        "up",
        &expect![[r#"
            up{instance="localhost:9090", job="prometheus"} 0
            up{instance="localhost:9100", job="node_exporter"} 0
        "#]],
    );
    check(
        "go_goroutines > 5 @ 0",
        &expect!["1:19: `@` goes after a selector, a range or a subquery\n"],
    );
    check("sum(go_goroutines @ 240)", &expect!["{} 100\n"]);
    check(
        "sum by (role) (rate(http_requests_total{code='500'}[10m]))",
        &expect![[r#"
            {role="canary"} 0.016666666666666666
            {role="stable"} 0.016666666666666666
        "#]],
    );
}

#[test]
fn what_matches_nothing_is_told_with_what_may_be_meant() {
    check(
        "http_request_total",
        &expect![[r#"
            no series match `http_request_total`, did you mean `http_requests_total`?
        "#]],
    );
    check(
        "sum(rate(http_requests_total{role='canray', code='500'}[5m]))",
        &expect![[r#"
            no series match: `role` is `canary`, `stable`, never `canray`: `http_requests_total{role='canray', code='500'}`
        "#]],
    );
    check(
        "http_requests_total{role='canary', code='200'} or vector(0)",
        &expect![[r#"
            {} 0
            no series match `http_requests_total{role='canary', code='200'}`: each condition alone has some, not all
        "#]],
    );
    check("http_requests_total offset 2h", &expect![""]); // they match, but not at that time
}

#[test]
fn what_prometheus_warns_about_is_told() {
    check(
        "rate(go_goroutines{job='prometheus'}[10m])",
        &expect![[r#"
            {instance="localhost:9090", job="prometheus"} 0.15
            Info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "go_goroutines"
        "#]],
    );
    check(
        "quantile(1.5, up)",
        &expect![[r#"
            {} inf
            Warning: quantile value should be between 0 and 1, got 1.5
        "#]],
    );
    check(
        "histogram_quantile(0.5, up)",
        &expect![[r#"
            Warning: bucket label "le" is missing or has a malformed value of "" for metric name "up"
        "#]],
    );
}

#[test]
fn a_query_that_cannot_be_evaluated_says_where_and_why() {
    check("sum(up", &expect!["1:7: expected `,` or `)`, found the end of the query\n"]);
    check("rate(up)", &expect!["1:6: `rate` takes a range vector, got an instant vector\n"]);
    check(
        "up +\n  up[5m]",
        &expect!["2:3: an operator takes scalars and instant vectors, got a range vector\n"],
    );
    check("rte(up[5m])", &expect!["1:1: there is no function `rte`\n"]);
    check(
        "histogram_count(up)",
        &expect![
            "1:1: `histogram_count` is not supported: it works on native histograms, which are not supported\n"
        ],
    );
    check(
        "limitk(2, up)",
        &expect!["1:1: `limitk` is not supported: experimental in Prometheus\n"],
    );
    check(
        "up{a='1' or b='2'}",
        &expect!["1:10: `or` is not supported: PromQL has no `or` between matchers\n"],
    );
    check(
        "up and on(job) fill(0) up",
        &expect!["1:16: `fill` is not supported: experimental in Prometheus\n"],
    );
    check(
        "rate(up[5m] smoothed)",
        &expect!["1:13: `smoothed` is not supported: experimental in Prometheus\n"],
    );
    check(
        "up{job=~'('}",
        &expect!["1:4: `(` is not a regular expression that can be used: unclosed group\n"],
    );
    check("up[1e300]", &expect!["1:4: `1e300` is not a duration that can be used here\n"]);
    check("up offset 1e30", &expect!["1:11: `1e30` is not a duration that can be used here\n"]);
    check("up @ 1e300", &expect!["1:6: `1e300` is not a time\n"]);
    check("up @ -5.5", &expect![""]);
    check("1 < 2", &expect!["1:3: comparing two scalars needs `bool`, as in `1 < bool 2`\n"]);
    check(
        "{job=~'.*'}",
        &expect!["1:1: a selector needs at least one matcher that does not match the empty text\n"],
    );
    check(
        "clamp(up, 1)",
        &expect!["1:1: `clamp` takes an instant vector and two scalars, got 2\n"],
    );
    check(
        "up + on(instance) {__name__=~'up|go.*'}",
        &expect![[r#"
            several elements on the right side match {instance="localhost:9100"}: go_goroutines{instance="localhost:9100", job="node_exporter"} and up{instance="localhost:9100", job="node_exporter"}; matching needs one, or `group_left` or `group_right` if the other side has several
        "#]],
    );
}

#[test]
fn every_budget_ends_a_query_with_its_name() {
    let check = |query: &str, budget: Budget, expected: Expect| {
        let settings = Settings { budget, ..Settings::default() };
        expected.assert_eq(&show(query, 14 * 60_000, &settings));
    };
    let all = Budget::default();
    check(
        "up",
        Budget { samples_max: 29, ..all },
        expect!["the query would load more than 29 samples\n"],
    );
    check("up", Budget { series_max: 1, ..all }, expect!["`up` matches more than 1 series\n"]);
    check(
        "max_over_time(up[1h:1s])",
        Budget { subquery_steps_max: 3599, ..all },
        expect!["the subqueries have more than 3599 steps\n"],
    );
    check(
        "max_over_time(up[1h:1s])",
        Budget { visits_max: 5000, ..all },
        expect!["the query would read more than 5000 samples in all its steps\n"],
    );
    let grow = "label_join(label_join(up, 'a', 'x', 'job', 'job'), 'a', 'x', 'a', 'a')";
    check(
        grow,
        Budget { label_bytes_max: 20, ..all },
        expect!["the query makes a label value of more than 20 bytes\n"],
    );
    check(&"(".repeat(5000), all, expect!["1:101: the query is nested deeper than 100 levels\n"]);
    check(&"-".repeat(5000), all, expect!["1:101: the query is nested deeper than 100 levels\n"]);
    check(
        &format!("1{}", "+1".repeat(5000)),
        all,
        expect!["1:1: the query is nested deeper than 100 levels\n"],
    );
    check(
        &format!("1{}", "^1".repeat(5000)),
        all,
        expect!["1:201: the query is nested deeper than 100 levels\n"],
    );
    check(&" ".repeat(70_000), all, expect!["1:65537: the query is longer than 65536 bytes\n"]);
    let query = Query::parse("up", Dialect::Prometheus3).expect("a query");
    let steps = range(&series(), &query, (0, 11_001_000), 1000, &Settings::default());
    assert_eq!(steps.expect_err("too many").to_string(), "the query has more than 11000 steps");
}

#[test]
fn a_plain_selector_selects_series_whatever_the_time() {
    let set = series();
    let check = |text: &str, expected: Option<usize>| {
        let query = Query::parse(text, Dialect::Prometheus3).expect("a query");
        assert_eq!(select(&set, &query).map(|series| series.len()), expected, "{text}");
    };
    check("up", Some(2));
    check("{job=~'.+'}", Some(4));
    check("up{job='nothing'}", Some(0));
    check("sum(up)", None);
    check("up[5m]", None);
}

#[test]
fn numbers_are_written_as_in_prometheus_s_api() {
    for (value, expected) in [
        (1.0, "1"),
        (-0.0, "-0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e21, "1000000000000000000000"),
        (5e-7, "0.0000005"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
        (f64::NAN, "NaN"),
    ] {
        assert_eq!(number_text(value), expected);
    }
}

/// Parts of queries, so that texts made of them often are queries.
const PARTS: [&str; 44] = [
    "up",
    "http_requests_total",
    "go_goroutines",
    "{job='prometheus'}",
    "[5m]",
    "[5m:1m]",
    "(",
    ")",
    "rate",
    "sum",
    " by (job) ",
    " without (role) ",
    "avg_over_time",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    " and ",
    " or ",
    " unless ",
    " on(job) ",
    " ignoring(role) ",
    " group_left ",
    "==",
    " > bool ",
    "1",
    "0.5",
    "NaN",
    "Inf",
    " offset 5m",
    " offset -1h",
    " @ 100",
    " @ end()",
    "topk(2, ",
    "histogram_quantile(0.9, ",
    "label_replace(up, 'a', '$1', 'job', '(.*)')",
    "vector(1)",
    "time()",
    "absent(",
    "timestamp(",
    "quantile_over_time(0.5, ",
    "9223372036854775807",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_query_makes_it_panic(
        parts in proptest::collection::vec(proptest::sample::select(PARTS.to_vec()), 1..12),
        text in "\\PC{0,30}",
        at_ms in prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(840_000_i64), any::<i64>()],
    ) {
        let set = series();
        let settings = Settings {
            budget: Budget { subquery_steps_max: 1000, ..Budget::default() },
            ..Settings::default()
        };
        for query in [parts.concat(), text.clone(), format!("{}{text}", parts.concat())] {
            for dialect in [Dialect::Prometheus2, Dialect::Prometheus3] {
                if let Ok(query) = Query::parse(&query, dialect) {
                    drop(instant(&set, &query, at_ms, &settings));
                    drop(range(&set, &query, (at_ms, at_ms.saturating_add(90_000)), 7000, &settings));
                }
            }
        }
    }
}

/// Whether a value comes from a series, or absence was asked for.
fn check_founded(query: &str, at_ms: i64, expected: bool) {
    let parsed = Query::parse(query, Dialect::Prometheus3).expect("a query");
    let answer = instant(&series(), &parsed, at_ms, &Settings::default()).expect("an answer");
    assert_eq!(answer.is_founded, expected, "{query}");
    let bounds_ms = (at_ms, at_ms + 60_000);
    if let Ok(answer) = range(&series(), &parsed, bounds_ms, 60_000, &Settings::default()) {
        assert_eq!(answer.is_founded, expected, "{query}");
    }
}

#[test]
fn a_value_that_no_series_gave_is_told_apart() {
    check_founded("up", 60_000, true);
    check_founded("up or vector(0)", 60_000, true);
    check_founded("sum(rate(http_requests_total[5m])) or vector(0)", 300_000, true);
    check_founded("http_requests_total[5m]", 300_000, true);
    // The errors are not there as long as all is well; the requests are.
    let ratio = "(sum(rate(errors_total[5m])) or vector(0)) / sum(rate(http_requests_total[5m]))";
    check_founded(ratio, 300_000, true);
    // Nothing found because nothing is above the limit is something found.
    check_founded("up > 5 or vector(0)", 60_000, true);
    check_founded("sum(errors_total) or vector(0)", 60_000, false);
    check_founded("scalar(errors_total)", 60_000, false);
    check_founded("count_over_time(errors_total[5m]) or on() vector(0)", 60_000, false);
    // The series are there, but have no samples then.
    check_founded("sum(up) or vector(0)", 3_000_000, false);
    check_founded("sum(rate(http_requests_total[30s])) or vector(0)", 60_000, false);
    // Whoever asks for absence has found it.
    check_founded("absent(errors_total)", 60_000, true);
    check_founded("absent_over_time(errors_total[5m])", 60_000, true);
    // A query without series says so itself.
    check_founded("vector(1)", 60_000, true);
}
