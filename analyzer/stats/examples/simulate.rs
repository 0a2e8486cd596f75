//! Prints the operating characteristics of all scenarios beside their bars.
//!
//! `cargo run --release -p assay-stats --example simulate [REPLICATIONS] [NAME-PREFIX]`

#![expect(clippy::print_stdout, reason = "the table is what it is for")]
#![expect(clippy::print_stderr, reason = "and so is the progress")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use assay_stats::simulate::{Benchmark, Finding, SEED, catalogue, held_out};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let replications = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(2000_u64);
    let prefix = arguments.next().unwrap_or_default();
    let scenarios = catalogue().into_iter().chain(held_out());
    let chosen = scenarios.filter(|scenario| scenario.name.starts_with(&prefix));
    let benchmark = Benchmark::of(chosen, replications, SEED, 4000);
    let parts = benchmark.parts();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut answers = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(&part) = parts.get(at) else { return answers };
            answers.push((part, benchmark.run(part)));
            if at.is_multiple_of(100) {
                eprintln!("{at} of {} parts: {}", parts.len(), benchmark.name(part));
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let answers = thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let done = running.into_iter().flat_map(|worker| worker.join().unwrap_or_default());
        done.collect::<Vec<_>>()
    });
    println!("{:<44} {:<8} {:>8} {:>7}  bars", "scenario", "method", "stopped", "median");
    benchmark.report(answers, 0.0).iter().for_each(print);
}

fn print(finding: &Finding) {
    let met = |met: bool| if met { "ok" } else { "MISSED" };
    let bars: Vec<String> =
        finding.bars.iter().map(|(bar, is_met)| format!("{bar:?} {}", met(*is_met))).collect();
    let median = finding.tally.median_look().map_or("-".to_owned(), |look| format!("{look:.1}"));
    println!(
        "{:<44} {:<8} {:>7.2}% {:>7}  {}",
        finding.scenario,
        finding.method,
        100.0 * finding.tally.share_stopped(),
        median,
        bars.join(", ")
    );
}
