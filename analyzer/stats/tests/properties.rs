//! What must hold for any numbers at all.

#![expect(clippy::unwrap_used, reason = "a strategy that makes an unusable value is a failed test")]

use assay_stats::boundary::Boundary;
use assay_stats::classic::distribution::{self, KolmogorovSide};
use assay_stats::classic::proportion::{Tally, chance_first_is_larger, two_proportion};
use assay_stats::classic::table::fisher;
use assay_stats::classic::{Alternative, Sample, mann_whitney, mean, shift};
use assay_stats::combine::{culprits, false_discovery_list, weighted_average};
use assay_stats::comparison::{
    CountComparison, CountSettings, Direction, GaugeComparison, GaugeScale, GaugeSettings,
    LatencyComparison, LatencySettings, TrafficShare,
};
use assay_stats::counter::{CounterReader, CounterSample, increases};
use assay_stats::gauge::{GaugeHistory, GaugeTest, autocorrelation};
use assay_stats::histogram::Histogram;
use assay_stats::kayenta::{Class, MetricSettings, Mode, classify};
use assay_stats::level::{Alpha, Confidence, Dispersion, Ratio, Share};
use assay_stats::look::{Arm, Look};
use assay_stats::plan::PlannedTraffic;
use assay_stats::ratio::{
    Grid, Onset, PodDispersion, RatioTest, dispersion_of_looks, pod_spread, ratio_interval,
};
use assay_stats::special;
use proptest::collection::vec;
use proptest::prelude::*;

fn arm() -> impl Strategy<Value = Arm> {
    (0_u64..400, 1.0..20_000.0).prop_map(|(events, exposure)| Arm::new(events, exposure).unwrap())
}

fn look() -> impl Strategy<Value = Look> {
    (arm(), arm()).prop_map(|(canary, baseline)| Look { canary, baseline })
}

fn level() -> Confidence {
    Confidence::try_from(0.95).unwrap()
}

fn test(allowed: f64) -> RatioTest {
    let ratio = |value| Ratio::try_from(value).unwrap();
    RatioTest::harm(ratio(1.5), ratio(allowed), Some(30), Alpha::ONE_IN_TWENTY)
}

/// The log evidence after each look.
fn path(test: &RatioTest, looks: &[Look], noise: f64) -> Vec<f64> {
    let mut state = test.start();
    looks
        .iter()
        .map(|look| {
            state = test.step(state.clone(), look, Dispersion::at_least_one(noise));
            state.log_e()
        })
        .collect()
}

fn near(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_data_moves_no_evidence(looks in vec(look(), 0..10), events in 0_u64..100) {
        let test = test(1.1);
        let mut state = test.start();
        for look in &looks {
            state = test.step(state, look, Dispersion::NONE);
        }
        let before = state.log_e();
        let silent = Arm::new(events, 0.0).unwrap();
        let canary = Arm::new(events, 10.0).unwrap();
        for (canary, baseline) in [(silent, canary), (canary, silent), (silent, silent)] {
            state = test.step(state, &Look { canary, baseline }, Dispersion::NONE);
            prop_assert_eq!(state.log_e().to_bits(), before.to_bits());
        }
    }

    #[test]
    fn the_order_of_pods_changes_nothing(
        intervals in vec(vec(arm(), 5), 1..30),
        order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let mixed = |pods: &Vec<Arm>| order.iter().map(|&pod| pods[pod]).collect::<Vec<Arm>>();
        let (mut plain, mut shuffled) =
            (PodDispersion::new(&[1, 2, 4], 4.0, 0.0), PodDispersion::new(&[1, 2, 4], 4.0, 0.0));
        for pods in &intervals {
            plain.record(pods);
            shuffled.record(&mixed(pods));
        }
        prop_assert_eq!(plain.estimate().get().to_bits(), shuffled.estimate().get().to_bits());
        let (one, other) = (Arm::sum(&intervals[0]), Arm::sum(&mixed(&intervals[0])));
        prop_assert_eq!(one, other);
        let spread = |pods: &[Arm]| pod_spread(pods, Dispersion::NONE).deviation();
        let (one, other) = (spread(&intervals[0]), spread(&mixed(&intervals[0])));
        prop_assert_eq!(one.to_bits(), other.to_bits());
    }

    #[test]
    fn the_unit_of_exposure_does_not_matter(
        looks in vec(look(), 1..10), power in -12_i32..11, noise in 1.0..10.0_f64,
    ) {
        let factor = 10.0_f64.powi(power);
        let scaled = |arm: Arm| Arm::new(arm.events(), arm.exposure() * factor).unwrap();
        let other: Vec<Look> = looks
            .iter()
            .map(|look| Look { canary: scaled(look.canary), baseline: scaled(look.baseline) })
            .collect();
        for (a, b) in path(&test(1.1), &looks, noise).iter().zip(path(&test(1.1), &other, noise)) {
            prop_assert!(near(*a, b), "{a} {b}");
        }
    }

    #[test]
    fn swapped_arms_mirror(looks in vec(look(), 1..10)) {
        let (up, down) = ([(0.3, 0.5), (1.2, 0.5)], [(-0.3, 0.5), (-1.2, 0.5)]);
        let test = |points: &[(f64, f64)]| {
            RatioTest::new(Grid::new(points).unwrap(), Ratio::EQUAL, Onset::First, None)
        };
        let swapped: Vec<Look> = looks.iter().map(|look| look.swapped()).collect();
        for (a, b) in path(&test(&up), &looks, 1.0).iter().zip(path(&test(&down), &swapped, 1.0)) {
            prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(100.0), "{a} {b}");
        }
        let interval = |looks: &[Look]| {
            ratio_interval(looks, Alpha::ONE_IN_TWENTY, Dispersion::NONE)
        };
        if let (Some(one), Some(other)) = (interval(&looks), interval(&swapped)) {
            prop_assert!(one.lower <= one.estimate && one.estimate <= one.upper, "{one:?}");
            for (a, b) in [
                (one.estimate, other.estimate), (one.lower, other.upper), (one.upper, other.lower),
            ] {
                let mirrored = 1.0 / b;
                prop_assert!(near(a, mirrored) || a / mirrored < 1.000_001, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_cap_and_noise_only_take_evidence_away(looks in vec(look(), 1..10)) {
        let grid = || Grid::harm(Ratio::try_from(1.5).unwrap(), Ratio::EQUAL);
        let free = RatioTest::new(grid(), Ratio::EQUAL, Onset::First, None);
        let capped = RatioTest::new(grid(), Ratio::EQUAL, Onset::First, Some(2.0));
        for (free, capped) in path(&free, &looks, 1.0).iter().zip(path(&capped, &looks, 1.0)) {
            prop_assert!(capped <= free + 1e-9);
        }
    }

    #[test]
    fn more_of_the_same_narrows_the_interval(look in look()) {
        let width = |count: usize| {
            let looks = vec![look; count];
            ratio_interval(&looks, Alpha::ONE_IN_TWENTY, Dispersion::NONE)
                .map(|found| found.upper.ln() - found.lower.ln())
        };
        if let (Some(few), Some(many)) = (width(2), width(20)) {
            prop_assert!(many <= few + 1e-9 || few.is_nan() || many.is_nan(), "{few} {many}");
        }
    }

    #[test]
    fn classical_tests_do_not_depend_on_the_unit(
        x in vec(-100.0..100.0_f64, 2..30),
        y in vec(-100.0..100.0_f64, 2..30),
        power in -12_i32..13,
    ) {
        let factor = 10.0_f64.powi(power);
        let scaled = |values: &[f64]| values.iter().map(|v| v * factor).collect::<Vec<f64>>();
        let (sx, sy) = (scaled(&x), scaled(&y));
        let (x, y) = (Sample::new(&x).unwrap(), Sample::new(&y).unwrap());
        let (sx, sy) = (Sample::new(&sx).unwrap(), Sample::new(&sy).unwrap());
        let two = Alternative::TwoSided;
        let u = |x, y| mann_whitney::asymptotic(x, y, two, true);
        match (u(x, y), u(sx, sy)) {
            (Ok(one), Ok(other)) => prop_assert!(near(one.p, other.p)),
            (one, other) => prop_assert_eq!(one, other),
        }
        if let (Ok(one), Ok(other)) = (mean::welch(x, y, two, level()), mean::welch(sx, sy, two, level())) {
            prop_assert!(near(one.t, other.t) && near(one.p, other.p));
            prop_assert!((one.lower * factor - other.lower).abs() <= 1e-9 * factor * 300.0);
        }
        if let (Ok(one), Ok(other)) = (shift::shift(x, y, level()), shift::shift(sx, sy, level())) {
            for (a, b) in [(one.estimate, other.estimate), (one.lower, other.lower), (one.upper, other.upper)] {
                prop_assert!((a * factor - b).abs() <= 1e-9 * factor * 300.0, "{a} {b}");
            }
        }
        let ks = |x, y| distribution::exact(x, y, KolmogorovSide::TwoSided).unwrap();
        prop_assert!(near(ks(x, y).p, ks(sx, sy).p));
    }

    #[test]
    fn classical_tests_mirror(
        x in vec(-100.0..100.0_f64, 2..30), y in vec(-100.0..100.0_f64, 2..30),
    ) {
        let (x, y) = (Sample::new(&x).unwrap(), Sample::new(&y).unwrap());
        let (up, down) = (Alternative::Greater, Alternative::Less);
        let (Ok(one), Ok(other)) =
            (mann_whitney::asymptotic(x, y, up, true), mann_whitney::asymptotic(y, x, down, true))
        else {
            return Ok(());
        };
        prop_assert!(near(one.p, other.p));
        let (one, other) = (shift::shift(x, y, level()).unwrap(), shift::shift(y, x, level()).unwrap());
        prop_assert!(near(one.lower, -other.upper) && near(one.upper, -other.lower));
        let (one, other) =
            (mean::welch(x, y, up, level()).unwrap(), mean::welch(y, x, down, level()).unwrap());
        prop_assert!(near(one.p, other.p) && near(one.lower, -other.upper));
    }

    #[test]
    fn the_interval_is_one_of_all_differences(
        x in vec(-50_i32..50, 1..25), y in vec(-50_i32..50, 1..25),
    ) {
        // Whole numbers make many ties; the quick selection must agree with sorting all differences.
        let floats = |values: &[i32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
        let (x, y) = (floats(&x), floats(&y));
        let mut all: Vec<f64> = x.iter().flat_map(|x| y.iter().map(move |y| x - y)).collect();
        all.sort_by(f64::total_cmp);
        let median = 0.5 * (all[(all.len() - 1) / 2] + all[all.len() / 2]);
        let (x, y) = (Sample::new(&x).unwrap(), Sample::new(&y).unwrap());
        prop_assert!(near(shift::median_difference(x, y).unwrap(), median));
        if let Ok(found) = shift::shift(x, y, level()) {
            prop_assert!(all.contains(&found.lower) && all.contains(&found.upper));
            prop_assert!(found.lower <= found.estimate && found.estimate <= found.upper);
        }
    }

    #[test]
    fn gauges_do_not_depend_on_the_unit(
        values in vec(-1.0..1.0_f64, 4..30), power in -12_i32..13, lag in 0.0..0.9_f64,
    ) {
        let factor = 10.0_f64.powi(power);
        let log_e = |factor: f64| {
            let history = GaugeHistory { autocorrelation: lag, variance: 0.1 * factor * factor };
            let test = GaugeTest::new(0.0, Some(history), Some(20));
            let mut state = test.start();
            for value in &values {
                state = test.step(state, Some(value * factor));
            }
            state.log_e()
        };
        prop_assert!(near(log_e(1.0), log_e(factor)));
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        prop_assert!(near(autocorrelation(&values), autocorrelation(&scaled)));
    }

    #[test]
    fn the_strict_judge_does_not_depend_on_the_unit(
        x in vec(1.0..100.0_f64, 5..30), y in vec(1.0..100.0_f64, 5..30), power in -12_i32..13,
    ) {
        let factor = 10.0_f64.powi(power);
        let scaled = |values: &[f64]| values.iter().map(|v| v * factor).collect::<Vec<f64>>();
        let settings = MetricSettings::named("m");
        let class = |x: &[f64], y: &[f64]| classify(&settings, x, y, Mode::Strict).class;
        prop_assert_eq!(class(&x, &y), class(&scaled(&x), &scaled(&y)));
    }

    #[test]
    fn no_number_makes_anything_panic(
        x in vec(any::<f64>(), 0..12), y in vec(any::<f64>(), 0..12), a: f64, b: f64, c: f64,
        n: u64, m: u64, k: u64,
    ) {
        if let (Ok(x), Ok(y)) = (Sample::new(&x), Sample::new(&y)) {
            for side in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
                let _ = mann_whitney::exact(x, y, side);
                let _ = mann_whitney::asymptotic(x, y, side, true);
                let _ = mean::welch(x, y, side, level());
            }
            let _ = shift::shift(x, y, level());
            let _ = distribution::exact(x, y, KolmogorovSide::TwoSided);
            let _ = distribution::asymptotic(x, y, KolmogorovSide::TwoSided);
        }
        for mode in [Mode::Compatible, Mode::Strict] {
            let _ = classify(&MetricSettings::named("m"), &x, &y, mode);
        }
        if let (Ok(one), Ok(other)) = (Tally::new(k, n), Tally::new(k / 2, m)) {
            let _ = fisher(one, other, Alternative::TwoSided);
            let _ = two_proportion(one, other, Alternative::Greater);
            let _ = chance_first_is_larger(one, other);
        }
        let _ = (special::normal_quantile(a), special::student_cdf(a, b), special::zeta(a));
        let _ = (special::beta_regularized(a, b, c), special::gamma_lower(a, b));
        let _ = (special::student_quantile(a, b), special::lambert_lower(a));
        let _ = (weighted_average(&x, &y), culprits(&x, Alpha::ONE_IN_TWENTY));
        let _ = (false_discovery_list(&x, Alpha::ONE_IN_TWENTY), increases(&[Some(a), None, Some(b)], true));
        let _ = Histogram::new(&x, &[n, m, k]);
        let _ = GaugeHistory::of_pods(&[x.clone(), y.clone()], 1);
        let traffic = PlannedTraffic::new(a, b, c, Alpha::ONE_IN_TWENTY);
        let power = Share::try_from(0.8).unwrap();
        let _ = traffic.looks_needed(Ratio::try_from(2.0).unwrap(), power);
        let _ = traffic.smallest_found(30.0, power);
        let gauge = GaugeTest::new(a, None, Some(8));
        let mut state = gauge.start();
        for value in &x {
            state = gauge.step(state, Some(*value));
            prop_assert!(!state.log_e().is_nan());
        }
    }

    #[test]
    fn no_look_makes_the_evidence_anything_but_a_number(
        events in vec((any::<u64>(), any::<u64>()), 1..8),
        exposures in vec((0.0..1e15_f64, 0.0..1e15_f64), 8),
        noise: f64,
    ) {
        let looks: Vec<Look> = events
            .iter()
            .zip(&exposures)
            .map(|(&(own, other), &(n, m))| Look {
                canary: Arm::new(own, n).unwrap(),
                baseline: Arm::new(other, m).unwrap(),
            })
            .collect();
        for log_e in path(&test(1.1), &looks, noise) {
            prop_assert!(log_e.is_finite(), "{log_e}");
        }
        let prior = Dispersion::at_least_one(1.5);
        prop_assert!(dispersion_of_looks(&looks, prior, 8.0, &[1, 4]).get().is_finite());
        let _ = ratio_interval(&looks, Alpha::ONE_IN_TWENTY, Dispersion::at_least_one(noise));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cutting_an_interval_in_two_changes_nothing(
        halves in vec((0_u64..200, 0_u64..900, 0_u64..200, 0_u64..900), 1..10),
        canary in 1.0..1e4_f64, baseline in 1.0..1e5_f64,
    ) {
        // With one split of the traffic, no cap and a change that is there at once or never.
        let grid = Grid::harm(Ratio::try_from(1.5).unwrap(), Ratio::EQUAL);
        let test = RatioTest::new(grid, Ratio::EQUAL, Onset::First, None);
        let look = |own: u64, other: u64, share: f64| Look {
            canary: Arm::new(own, canary * share).unwrap(),
            baseline: Arm::new(other, baseline * share).unwrap(),
        };
        let whole: Vec<Look> =
            halves.iter().map(|&(a, b, c, d)| look(a + c, b + d, 1.0)).collect();
        let cut: Vec<Look> = halves
            .iter()
            .flat_map(|&(a, b, c, d)| [look(a, b, 0.5), look(c, d, 0.5)])
            .collect();
        let (one, other) = (path(&test, &whole, 1.0), path(&test, &cut, 1.0));
        prop_assert!(near(*one.last().unwrap(), *other.last().unwrap()));
    }

    #[test]
    fn criteria_keep_their_promises_on_any_pods(
        looks in vec((vec(arm(), 0..4), vec(arm(), 0..5)), 1..12),
        order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        for direction in [Direction::Increase, Direction::Decrease, Direction::Both] {
            let settings = CountSettings { direction, ..CountSettings::plain(Some(12)) };
            let comparison = CountComparison::new(settings, settings.allowed, None);
            let mut plain = comparison.start(PodDispersion::default());
            let mut mixed = plain.clone();
            for (canary, baseline) in &looks {
                let before = plain.log_e();
                plain = comparison.step(plain, canary, baseline);
                let shuffled = |pods: &[Arm]| -> Vec<Arm> {
                    let pod = |&pod: &usize| pods.get(pod).copied().unwrap_or(Arm::NOTHING);
                    order.iter().map(pod).collect()
                };
                mixed = comparison.step(mixed, &shuffled(canary), &shuffled(baseline));
                prop_assert_eq!(plain.log_e().to_bits(), mixed.log_e().to_bits());
                if canary.is_empty() || baseline.is_empty() {
                    prop_assert!(near(plain.log_e(), before), "no data moves no evidence");
                }
            }
        }
    }

    #[test]
    fn the_order_of_pods_does_not_show_in_latencies_and_gauges(
        looks in vec((vec(vec(0_u64..200, 3), 2), vec(vec(0_u64..200, 3), 4)), 1..10),
        order in Just(vec![0_usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let ratio = |value: f64| Ratio::try_from(value).unwrap();
        let alpha = Alpha::ONE_IN_TWENTY;
        let settings = LatencySettings {
            quantile: Share::try_from(0.9).unwrap(), slower: Ratio::EQUAL, effect: ratio(1.25),
            rule_out: ratio(2.0), alpha, beta: alpha, boundary: Boundary::Anytime, looks: Some(10),
        };
        let history = Histogram::new(&[0.1, 0.2, 0.4, 0.8], &[700, 150, 100, 40, 10]).unwrap();
        let latency = LatencyComparison::new(settings, &history, None).unwrap();
        let bounds = latency.bounds().len();
        let scale = GaugeScale::Plain { allowed: 0.0, rule_out: 50.0 };
        let gauges = GaugeSettings { scale, alpha, beta: alpha, looks: Some(10) };
        let gauge = GaugeComparison::new(gauges, &[vec![1.0, 2.0, 4.0, 3.0], vec![2.0; 4]], 2);
        let (mut plain, mut mixed) = (latency.start(), latency.start());
        let (mut level, mut other_level) = (gauge.start(), gauge.start());
        for (canary, baseline) in &looks {
            let above = |pods: &[Vec<u64>]| -> Vec<Vec<Arm>> {
                let pod = |counts: &Vec<u64>| {
                    (0..bounds).map(|at| Arm::of_requests(counts[at % 3], 1_000)).collect()
                };
                pods.iter().map(pod).collect()
            };
            let turned = |pods: &[Vec<u64>]| -> Vec<Vec<u64>> {
                order.iter().filter_map(|&pod| pods.get(pod).cloned()).collect()
            };
            plain = latency.step(plain, &above(canary), &above(baseline));
            mixed = latency.step(mixed, &above(&turned(canary)), &above(&turned(baseline)));
            prop_assert_eq!(plain.log_e().to_bits(), mixed.log_e().to_bits());
            prop_assert_eq!(plain.clearance_log_e().to_bits(), mixed.clearance_log_e().to_bits());
            let values = |pods: &[Vec<u64>]| -> Vec<f64> {
                pods.iter().map(|counts| f64::from(u32::try_from(counts[0]).unwrap())).collect()
            };
            level = gauge.step(level, &values(canary), &values(baseline));
            let (canary, baseline) = (turned(canary), turned(baseline));
            other_level = gauge.step(other_level, &values(&canary), &values(&baseline));
            prop_assert!(near(level.log_e(), other_level.log_e()));
        }
    }

    #[test]
    fn nothing_a_provider_sends_breaks_the_criteria(
        values in vec((any::<f64>(), any::<f64>(), any::<bool>(), 0_usize..4), 1..20),
        counts in vec((any::<u64>(), any::<u64>(), any::<f64>()), 1..10),
    ) {
        let mut reader = CounterReader::new(2);
        let ratio = |value: f64| Ratio::try_from(value).unwrap();
        let alpha = Alpha::ONE_IN_TWENTY;
        let scales = [
            GaugeScale::Logs { allowed: ratio(1.1), rule_out: ratio(2.0) },
            GaugeScale::Plain { allowed: values[0].0, rule_out: values[0].1 },
        ];
        for scale in scales {
            let settings = GaugeSettings { scale, alpha, beta: alpha, looks: Some(8) };
            let comparison = GaugeComparison::new(settings, &[vec![values[0].0; 5]], 1);
            let mut state = comparison.start();
            for &(own, other, _, _) in &values {
                state = comparison.step(state, &[own], &[other, own]);
                prop_assert!(!state.log_e().is_nan());
            }
        }
        for &(own, other, pod_began_inside, channel) in &values {
            let sample = |value: f64, pod: &'static str| CounterSample {
                series: "s", pod, channel, value, pod_began_inside,
            };
            if let Some(found) = reader.read(&[sample(own, "a")], &[sample(other, "b")]) {
                for pod in found.canary.iter().chain(&found.baseline) {
                    prop_assert!(pod.iter().all(|gain| 0.0 <= *gain));
                }
                let _ = (found.counts(), found.above(&[0, 7]), found.baseline_buckets());
            }
        }
        let mut traffic = TrafficShare.start();
        for &(own, other, share) in &counts {
            if let Ok(share) = Share::try_from(share.abs() % 1.0) {
                traffic = TrafficShare.step(traffic, own, other, share);
                prop_assert!(!traffic.log_e().is_nan());
            }
        }
    }
}

#[test]
fn the_state_of_a_metric_is_small() {
    assert!(test(1.1).start().bytes() <= 512, "{}", test(1.1).start().bytes());
}

#[test]
fn missing_data_never_passes_strictly() {
    let check = |experiment: &[f64], control: &[f64], class: Class| {
        let mut settings = MetricSettings::named("m");
        settings.critical = true;
        let found = classify(&settings, experiment, control, Mode::Strict);
        assert_eq!(found.class, class, "{experiment:?} {control:?}");
        assert!(found.critical || class == Class::Pass, "a critical metric without data fails");
    };
    let many = [1.0, 2.0, 3.0, 4.0, 5.0];
    check(&[], &[], Class::NoData);
    check(&[f64::NAN; 9], &many, Class::NoData);
    check(&many, &[1.0], Class::NoData);
    check(&[f64::INFINITY; 5], &many, Class::Error);
    check(&many, &many, Class::Pass);
    check(&[9.0; 5], &[1.0; 5], Class::High); // two constants differ without any noise put on them
    check(&[9e-9; 5], &[1e-9; 5], Class::High); // and in any unit
}

#[test]
fn nothing_is_decided_on_one_look() {
    let settings = CountSettings { boundary: Boundary::Anytime, ..CountSettings::plain(Some(10)) };
    let comparison = CountComparison::new(settings, Ratio::EQUAL, None);
    let mut state = comparison.start(PodDispersion::default());
    let (canary, baseline) = (Arm::of_requests(900, 1000), Arm::of_requests(10, 1000));
    state = comparison.step(state, &[canary], &[baseline, baseline]);
    assert_eq!(state.worse_at(), None);
    state = comparison.step(state, &[Arm::NOTHING], &[baseline, baseline]);
    assert_eq!(state.worse_at(), None, "a look without data is not a second look");
    state = comparison.step(state, &[canary], &[baseline, baseline]);
    assert_eq!(state.worse_at(), Some(3));
}
