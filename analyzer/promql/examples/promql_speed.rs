//! How long the work of a test takes: `cargo run --release -p assay-promql --example promql_speed`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement, not a product")]

use std::time::{Duration, Instant};

use assay_promql::{
    Dialect, Page, PageFormat, Query, SeriesBuilder, SeriesSet, Settings, instant, load, range,
};

/// How often each thing is done; the fastest counts.
const ROUNDS: usize = 7;

fn main() {
    let notation = || {
        let mut builder = SeriesBuilder::new();
        for number in 0..1000 {
            let role = if number % 4 == 0 { "canary" } else { "stable" };
            let series = format!(
                "http_requests_total{{app=\"checkout\",role=\"{role}\",instance=\"{number}\"}}"
            );
            load(&series, "0+1x499 _ stale 20+30.5x497", 0, 15_000, &mut builder)
                .expect("notation");
        }
        builder.finish()
    };
    measure("1 M samples from notation", notation);
    let by_series = page(1000, 1000, false);
    let by_time = page(1000, 1000, true);
    let names = page(100_000, 10, true);
    measure("1 M samples from a page, series by series", || loaded(&by_series));
    measure("1 M samples from a page, time by time", || loaded(&by_time));
    measure("1 M samples of 100,000 series from a page", || loaded(&names));
    let set = loaded(&page(1000, 240, false));
    for text in ["sum(rate(x[5m])) by (role)", "histogram_quantile(0.9, x)", "x", "topk(5, x)"] {
        measure(&format!("parsing `{text}`"), || Query::parse(text, Dialect::Prometheus3));
        let query = Query::parse(text, Dialect::Prometheus3).expect("a query");
        let settings = Settings::default();
        measure(&format!("`{text}` over 1,000 series at one time"), || {
            instant(&set, &query, 3_000_000, &settings).expect("an answer")
        });
        measure(&format!("`{text}` over 1,000 series at 240 times"), || {
            range(&set, &query, (0, 239 * 15_000), 15_000, &settings).expect("an answer")
        });
    }
}

/// Measures `work`, unless the program was asked for another one by a part of its name.
fn measure<T>(what: &str, mut work: impl FnMut() -> T) {
    if std::env::args().nth(1).is_some_and(|asked| !what.contains(&asked)) {
        return;
    }
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        #[expect(clippy::disallowed_methods, reason = "this is what is measured")]
        let start = Instant::now();
        let result = work();
        best = best.min(start.elapsed());
        drop(result);
    }
    println!("{:>10.3} ms  {what}", best.as_secs_f64() * 1000.0);
}

fn loaded(page: &str) -> SeriesSet {
    let mut builder = SeriesBuilder::new();
    Page::parse(page, PageFormat::OpenMetrics).expect("a page").load(0, &mut builder);
    builder.finish()
}

/// A page with `samples` samples of each of `series` series.
fn page(series: usize, samples: usize, by_time: bool) -> String {
    let line = |number: usize, step: usize| {
        let role = if number.is_multiple_of(4) { "canary" } else { "stable" };
        let value = step * (number % 7 + 1);
        format!(
            "x{{app=\"checkout\",instance=\"10.0.0.{number}:8080\",role=\"{role}\"}} {value} {}\n",
            step * 15
        )
    };
    let mut text = String::new();
    if by_time {
        (0..samples).for_each(|step| (0..series).for_each(|number| text += &line(number, step)));
    } else {
        (0..series).for_each(|number| (0..samples).for_each(|step| text += &line(number, step)));
    }
    text + "# EOF\n"
}
