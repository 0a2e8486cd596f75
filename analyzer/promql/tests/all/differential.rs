//! Our evaluator held against a real Prometheus 2.x over the same series.

use std::io::Write as _;

use assay_promql::{Dialect, Query, SeriesSet, Settings, instant, range};

use crate::compare::Comparison;
use crate::data::{LENGTH_MS, Random, START_MS};
use crate::generator::Generator;
use crate::programs::Prometheus;

/// How many queries are made at random.
const GENERATED: usize = 2500;

/// How much of a difference is printed.
const DIFFERENCE_CHARS_MAX: usize = 3000;

/// Times, in milliseconds after the start, at which every written query is asked.
const TIMES_MS: [i64; 6] = [0, 600_000, 900_000, 1_806_500, 2_400_001, LENGTH_MS + 120_000];

fn ours(set: &SeriesSet, text: &str, at_ms: i64) -> Result<assay_promql::Answer, String> {
    let query = Query::parse(text, Dialect::Prometheus2).map_err(|problem| problem.to_string())?;
    instant(set, &query, at_ms, &Settings::default()).map_err(|error| error.to_string())
}

fn our_range(
    set: &SeriesSet,
    text: &str,
    bounds_ms: (i64, i64),
    step_ms: i64,
) -> Result<assay_promql::Answer, String> {
    let query = Query::parse(text, Dialect::Prometheus2).map_err(|problem| problem.to_string())?;
    range(set, &query, bounds_ms, step_ms, &Settings::default()).map_err(|error| error.to_string())
}

/// The queries of `fixtures/promql/differential.txt`, each with whether its result has an order of its own.
fn written() -> impl Iterator<Item = (&'static str, bool)> {
    let lines = include_str!("../../../../fixtures/promql/differential.txt").lines();
    let queries = lines.filter(|line| !line.starts_with("# ") && !line.is_empty());
    queries.map(|line| line.strip_prefix('~').map_or((line, true), |query| (query, false)))
}

/// False where several orders are right: with subqueries, and with equal values that are sorted.
fn has_order(query: &str) -> bool {
    !query.contains("sort") && !query.contains(")[")
}

#[test]
fn answers_are_those_of_a_real_prometheus() {
    let set = crate::data::series();
    let prometheus = Prometheus::start("differential", "global: {}\n");
    prometheus.write(&set);
    let mut comparison = Comparison::default();
    for (query, is_ordered) in written() {
        for after_ms in TIMES_MS {
            let at_ms = START_MS + after_ms;
            let what = format!("{query}  at +{after_ms}ms");
            let ours = ours(&set, query, at_ms);
            comparison.compare(&what, is_ordered, &ours, || prometheus.instant(query, at_ms));
        }
        let bounds_ms = (START_MS + 540_000, START_MS + 1_740_000);
        let what = format!("{query}  over a range");
        let ours = our_range(&set, query, bounds_ms, 60_000);
        comparison.compare(&what, true, &ours, || prometheus.range(query, bounds_ms, 60_000));
    }
    let mut generator = Generator { random: Random(42), is_stepped: false };
    for _ in 0..GENERATED {
        let depth = 1 + generator.random.below(3);
        generator.is_stepped = generator.random.once_in(5);
        let query = generator.vector(depth);
        let after_ms = i64::try_from(generator.random.below(4000)).expect("small") * 1000;
        let at_ms = START_MS + after_ms;
        if generator.is_stepped {
            let bounds_ms = (at_ms - 600_000, at_ms);
            let what = format!("{query}  over a range to +{after_ms}ms");
            let ours = our_range(&set, &query, bounds_ms, 47_000);
            comparison.compare(&what, true, &ours, || prometheus.range(&query, bounds_ms, 47_000));
        } else {
            let what = format!("{query}  at +{after_ms}ms");
            let ours = ours(&set, &query, at_ms);
            comparison
                .compare(&what, has_order(&query), &ours, || prometheus.instant(&query, at_ms));
        }
    }
    let Comparison { pairs, values, empty, errors, unstable, worst, differences } = &comparison;
    // Past the test harness, which keeps what a passing test prints to itself.
    let mut out = std::io::stderr().lock();
    let _ = writeln!(
        out,
        "{pairs} pairs of a query and a time, {values} values, {empty} empty answers, {errors} \
         refused by both, {unstable} that Prometheus answers differently each time; worst relative difference {worst:e}"
    );
    for difference in differences.iter().take(40) {
        let _ =
            writeln!(out, "{}", difference.chars().take(DIFFERENCE_CHARS_MAX).collect::<String>());
    }
    assert_eq!(differences.len(), 0, "answers differ");
    assert!(1500 <= *pairs);
}
