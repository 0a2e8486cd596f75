//! What the statistics cost, beside SciPy where a Python has it.

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use assay_stats::boundary::Calibration;
use assay_stats::classic::{Alternative, Sample, mann_whitney, shift};
use assay_stats::comparison::CountSettings;
use assay_stats::gauge::{GaugeHistory, GaugeTest, Moments};
use assay_stats::level::{Alpha, Confidence, Dispersion, Ratio};
use assay_stats::look::{Arm, Look};
use assay_stats::ratio::RatioTest;
use assay_stats::uniform::mean::mixture_log_ratio;
use nix::sys::resource::UsageWho;

use crate::{report, report_rounds};

/// Values an arm, with the limits of the p-value and of the estimate with its interval.
const SIZES: [(usize, Duration, Option<Duration>); 5] = [
    (60, Duration::from_nanos(1_500), Some(Duration::from_micros(6))),
    (1_000, Duration::from_micros(20), Some(Duration::from_micros(150))),
    (10_000, Duration::from_micros(200), Some(Duration::from_micros(2_300))),
    (100_000, Duration::from_millis(3), None),
    (1_000_000, Duration::from_millis(35), None),
];

/// Prints them all.
pub(crate) fn figures() {
    sequential();
    thresholds();
    for (size, limit, with_interval) in SIZES {
        two_samples("", size, limit, with_interval, &|value| value);
    }
    // In latencies in whole milliseconds most values repeat; that must not cost anything.
    let ties = |value: f64| (value * 500.0).floor();
    let (size, limit, with_interval) = SIZES[2];
    two_samples(", 500 values", size, limit, with_interval, &ties);
    scipy();
}

fn sequential() {
    let effect = Ratio::try_from(1.5).expect("a ratio");
    let test = RatioTest::harm(effect, Ratio::EQUAL, Some(60), Alpha::ONE_IN_TWENTY);
    let looks: Vec<Look> = (0..60)
        .map(|k| Look {
            canary: Arm::of_requests((k * 7) % 15, 1500 + k),
            baseline: Arm::of_requests(140 + k % 9, 28_500),
        })
        .collect();
    let (mut state, mut at) = (test.start(), 0);
    report("ratio e-process, one look of one metric", Duration::from_micros(1), || {
        state = if at == 0 { test.start() } else { std::mem::take(&mut state) };
        state = test.step(std::mem::take(&mut state), &looks[at], Dispersion::NONE);
        at = (at + 1) % looks.len();
        state.log_e().is_finite()
    });
    println!("{:<58} {:>8} B {:>23} {:>10}", "the same, its state", state.bytes(), "", "512 B");
    let mut moments = Moments::default();
    let mut value = 0.0;
    report("normal mixture (mSPRT), one value", Duration::from_nanos(20), || {
        value = if 8.0 < value { -8.0 } else { value + 1.0 };
        moments = moments.with(value);
        black_box(mixture_log_ratio(moments, 0.0, 1.0, 0.5)).is_finite()
    });
    let history = GaugeHistory { autocorrelation: 0.5, variance: 1.0 };
    let gauge = GaugeTest::new(0.0, Some(history), Some(60));
    let (mut state, mut value) = (gauge.start(), 0.0);
    report("gauge test, one look of one metric", Duration::from_micros(10), || {
        value = if 8.0 < value { -8.0 } else { value + 1.0 };
        state = gauge.step(std::mem::replace(&mut state, gauge.start()), Some(value));
        state.log_e().is_finite()
    });
}

fn thresholds() {
    for looks in [30_u16, 60] {
        let settings = CountSettings::plain(Some(u32::from(looks)));
        let exposures = vec![(1500.0, 28_500.0); usize::from(looks)];
        let calibration = Calibration::Simulated { paths: 10_000, seed: 1 };
        let name = format!("horizon threshold for {looks} looks, simulated");
        report_rounds(&name, Duration::from_millis(150), 1, 9, Some(UsageWho::RUSAGE_SELF), || {
            settings.horizon(Ratio::EQUAL, &exposures, 0.005, calibration).is_some()
        });
    }
}

fn two_samples(
    what: &str,
    size: usize,
    limit: Duration,
    with_interval: Option<Duration>,
    shape: &dyn Fn(f64) -> f64,
) {
    let values = |seed| numbers(size, seed).into_iter().map(shape).collect::<Vec<f64>>();
    let (x, y) = (values(1), values(2));
    let (x, y) = (Sample::new(&x).expect("numbers"), Sample::new(&y).expect("numbers"));
    let repeats = u32::try_from(30_000 / size).expect("a small number").clamp(1, 200);
    let rounds = if size < 100_000 { 100 } else { 15 };
    report_rounds(
        &format!("Mann-Whitney p, {size} an arm{what}"),
        limit,
        repeats,
        rounds,
        None,
        || black_box(mann_whitney::asymptotic(x, y, Alternative::TwoSided, true)).is_ok(),
    );
    if let Some(limit) = with_interval {
        let name = format!("Hodges-Lehmann with interval, {size} an arm{what}");
        report_rounds(
            &name,
            limit,
            repeats.div_ceil(4),
            rounds,
            Some(UsageWho::RUSAGE_SELF),
            || black_box(shift::shift(x, y, Confidence::NINETY_EIGHT)).is_ok(),
        );
    }
}

/// SciPy's test of as many numbers, by the Python that `PYTHON` names or `python3`.
fn scipy() {
    let program = "
import time, numpy, scipy, scipy.stats as s
for n, rounds in [(60, 60), (1000, 60), (10000, 30), (100000, 15), (1000000, 5)]:
    g = numpy.random.default_rng(1); x = g.random(n); y = g.random(n); times = []
    for _ in range(rounds):
        t = time.perf_counter(); s.mannwhitneyu(x, y, method='asymptotic')
        times.append(time.perf_counter() - t)
    times.sort()
    name = f'peer: SciPy {scipy.__version__}, Mann-Whitney p, {n} an arm'
    print(f'{name:<58} {times[len(times) // 2] * 1e6:>8.1f}us')
";
    let python = std::env::var("PYTHON").unwrap_or_else(|_| String::from("python3"));
    match Command::new(&python).args(["-c", program]).output() {
        Ok(answer) if answer.status.success() => {
            print!("{}", String::from_utf8_lossy(&answer.stdout));
        }
        Ok(_) | Err(_) => {
            println!("{:<58} not installed: set PYTHON to one that has it", "peer: SciPy");
        }
    }
}

/// Numbers between 0 and 1 without order or ties, the same each time.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut high = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).expect("the upper half"))
    };
    let part = f64::from(u32::MAX) + 1.0;
    (0..count).map(|_| (high() + high() / part) / part).collect()
}
