//! Prints what the statistics cost, the best of several rounds each.
//!
//! `cargo run --release -p assay-stats --example stats_speed [PYTHON]`
//!
//! With a Python that has SciPy, its times for the same sizes come after ours.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a measurement of time reads a clock")]

use std::hint::black_box;
use std::time::Instant;

use assay_stats::boundary::Calibration;
use assay_stats::classic::{Alternative, InvalidSample, Sample, mann_whitney, shift};
use assay_stats::comparison::CountSettings;
use assay_stats::gauge::{GaugeHistory, GaugeTest, Moments};
use assay_stats::level::{Alpha, Confidence, Dispersion, Ratio};
use assay_stats::look::{Arm, Look};
use assay_stats::ratio::RatioTest;
use assay_stats::uniform::mean::mixture_log_ratio;

/// The best time of one call in nanoseconds, over rounds of `calls` calls.
fn best(rounds: u32, calls: u32, mut call: impl FnMut(u32)) -> f64 {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(&mut call);
            start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), InvalidSample> {
    sequential();
    calibration();
    for (size, calls) in [(60, 500), (1_000, 30), (10_000, 3), (100_000, 1), (1_000_000, 1)] {
        let rounds = if size < 100_000 { 100 } else { 15 };
        let (x, y) = (numbers(size, 1), numbers(size, 2));
        let (x, y) = (Sample::new(&x)?, Sample::new(&y)?);
        let p = best(rounds, calls, |_| {
            black_box(mann_whitney::asymptotic(x, y, Alternative::TwoSided, true)).ok();
        });
        println!("{:<44} {:>12.2} us", format!("Mann-Whitney p, {size} an arm"), p / 1e3);
        if size <= 10_000 {
            let interval = best(rounds, calls.div_ceil(4), |_| {
                black_box(shift::shift(x, y, Confidence::NINETY_EIGHT)).ok();
            });
            let name = format!("Hodges-Lehmann with interval, {size} an arm");
            println!("{name:<44} {:>12.2} us", interval / 1e3);
        }
    }
    if let Some(python) = std::env::args().nth(1) {
        scipy(&python);
    }
    Ok(())
}

/// The time of SciPy's Mann-Whitney test on as many numbers.
fn scipy(python: &str) {
    let program = "
import time, numpy, scipy.stats as s
print('scipy', __import__('scipy').__version__)
for n, rounds in [(60, 50), (1000, 50), (10000, 30), (100000, 10), (1000000, 3)]:
    g = numpy.random.default_rng(1); x = g.random(n); y = g.random(n); best = 1e9
    for _ in range(rounds):
        t = time.perf_counter(); s.mannwhitneyu(x, y, method='asymptotic')
        best = min(best, time.perf_counter() - t)
    print(f'{\"scipy Mann-Whitney p, \" + str(n) + \" an arm\":<44} {best * 1e6:>12.2f} us')
";
    let found = std::process::Command::new(python).args(["-c", program]).output();
    match found {
        Ok(answer) => print!("{}", String::from_utf8_lossy(&answer.stdout)),
        Err(error) => println!("{python}: {error}"),
    }
}

/// What a horizon threshold costs, simulated as for a verdict, and looked up.
fn calibration() {
    let settings = CountSettings::plain(Some(60));
    let exposures = vec![(1500.0, 28_500.0); 60];
    for (name, calibration, rounds) in [
        ("10,000 paths", Calibration::Simulated { paths: 10_000, seed: 1 }, 2),
        ("500 paths", Calibration::Simulated { paths: 500, seed: 1 }, 5),
        ("table", Calibration::Table, 50),
    ] {
        let found = best(rounds, 1, |_| {
            black_box(settings.horizon(Ratio::EQUAL, &exposures, 0.005, calibration));
        });
        println!("{:<44} {:>12.2} us", format!("horizon threshold, {name}"), found / 1e3);
    }
}

fn sequential() {
    let effect = Ratio::try_from(1.5).unwrap_or(Ratio::EQUAL);
    let test = RatioTest::harm(effect, Ratio::EQUAL, Some(60), Alpha::ONE_IN_TWENTY);
    let looks: Vec<Look> = (0..64)
        .map(|k| Look {
            canary: Arm::of_requests((k * 7) % 15, 1500 + k),
            baseline: Arm::of_requests(140 + k % 9, 28_500),
        })
        .collect();
    let mut state = Some(test.start());
    let step = best(400, 512, |k| {
        let look = &looks[usize::try_from(k % 64).unwrap_or(0)];
        let before = state.take().filter(|_| k % 64 != 0).unwrap_or_else(|| test.start());
        state = Some(test.step(before, look, Dispersion::NONE));
    });
    black_box(&state);
    println!("{:<44} {step:>12.2} ns", "ratio e-process, one look");
    let bytes = test.start().bytes();
    println!("{:<44} {bytes:>12} B", "ratio e-process, state");
    let history = GaugeHistory { autocorrelation: 0.5, variance: 1.0 };
    let gauge = GaugeTest::new(0.0, Some(history), Some(60));
    let mut state = gauge.start();
    let step = best(200, 512, |k| {
        state = gauge.step(state, Some(f64::from(k % 17) - 8.0));
    });
    black_box(state.log_e());
    println!("{:<44} {step:>12.2} ns", "gauge test, one look");
    let mut moments = Moments::default();
    let step = best(200, 5_000, |k| {
        moments = moments.with(f64::from(k % 17) - 8.0);
        black_box(mixture_log_ratio(moments, 0.0, 1.0, 0.5));
    });
    println!("{:<44} {step:>12.2} ns", "normal mixture, one value");
}

/// Numbers without order or ties, the same each time.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let high = f64::from(u32::try_from(state >> 32).unwrap_or(0));
            // Two draws a value: with one of 32 bits a million values are not all different.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            high + f64::from(u32::try_from(state >> 44).unwrap_or(0)) / 1_048_576.0
        })
        .collect()
}
