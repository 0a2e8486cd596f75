//! Prints the operating characteristics of all scenarios beside their bars.
//!
//! `cargo run --release -p assay-stats --example simulate [REPLICATIONS] [NAME-PREFIX]`

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::thread;

use assay_stats::simulate::{Calibrator, Scenario, Tally, catalogue, held_out, rows};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let replications = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(2000_u64);
    let prefix = arguments.next().unwrap_or_default();
    let scenarios: Vec<Scenario> = catalogue()
        .into_iter()
        .chain(held_out())
        .filter(|scenario| scenario.name.starts_with(&prefix))
        .collect();
    let bars = rows();
    let mut calibrator = Calibrator::new(4000);
    println!("{:<44} {:<8} {:>8} {:>7}  bars", "scenario", "method", "stopped", "median");
    for scenario in scenarios {
        let prepared = scenario.prepare(&mut calibrator);
        let half = replications / 2;
        let parts = thread::scope(|scope| {
            let first = scope.spawn(|| prepared.run(20_261_121, 0..half));
            let second = prepared.run(20_261_121, half..replications);
            (first.join().unwrap_or_default(), second)
        });
        for (one, other) in parts.0.into_iter().zip(parts.1) {
            let tally: Tally = one.tally.merge(&other.tally);
            let verdicts: Vec<String> = bars
                .iter()
                .filter(|row| row.scenario == scenario.name && row.method == one.method)
                .map(|row| {
                    let met = if row.bar.is_met(&tally, 0.0) { "ok" } else { "MISSED" };
                    format!("{:?} {met}", row.bar)
                })
                .collect();
            let median = tally.median_look().map_or("-".to_owned(), |look| format!("{look:.1}"));
            println!(
                "{:<44} {:<8} {:>7.2}% {:>7}  {}",
                scenario.name,
                one.method,
                100.0 * tally.share_stopped(),
                median,
                verdicts.join(", ")
            );
        }
    }
}
