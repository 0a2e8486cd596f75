//! Every public function takes any number at all: none panics, and none runs for ever.

use assay_stats::boundary::{
    Boundary, Calibration, HorizonForecast, calibrated, horizon_fallback, horizon_threshold,
};
use assay_stats::classic::proportion::{Tally, two_proportion};
use assay_stats::classic::unconditional::{barnard, boschloo};
use assay_stats::classic::{Alternative, Sample, distribution, mann_whitney, mean, shift};
use assay_stats::combine;
use assay_stats::comparison::{CountLimit, CountSettings, GaugeLimit, LatencySettings, Together};
use assay_stats::gauge::{self, GaugeHistory, Moments, VariancePrior, sequential_t};
use assay_stats::histogram::{Histogram, average_log_e};
use assay_stats::kayenta::{
    EffectMeasure, GroupWeight, MetricPair, MetricSettings, Mode, NanStrategy, Outliers,
    Thresholds, effect, interval, judge, score, transform,
};
use assay_stats::level::{Alpha, Confidence, Dispersion, Ratio, Share};
use assay_stats::look::Arm;
use assay_stats::plan::PlannedTraffic;
use assay_stats::ratio::{Grid, LimitTest, Onset, PodDispersion, RatioTest, pod_spread};
use assay_stats::special;
use assay_stats::uniform::stitched::{Stitching, band_half_width};
use assay_stats::uniform::{Mixture, bounded, group_sequential, mean as of_mean, quantile, share};
use proptest::collection::vec;
use proptest::prelude::*;

/// Any float, those at the ends and the ordinary ones each as often as all others.
fn number() -> impl Strategy<Value = f64> {
    const ENDS: [f64; 17] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        1e15,
        1e-15,
        0.05,
        f64::EPSILON,
    ];
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        proptest::sample::select(&ENDS[..]),
        -9.0..9.0
    ]
}

fn numbers() -> impl Strategy<Value = Vec<f64>> {
    vec(number(), 0..9)
}

fn alpha_of(number: f64) -> Alpha {
    Alpha::try_from(number.abs()).unwrap_or(Alpha::ONE_IN_TWENTY)
}

fn share_of(number: f64) -> Share {
    Share::try_from(number.abs()).unwrap_or(Share::ALL)
}

fn ratio_of(number: f64) -> Ratio {
    Ratio::try_from(number.abs()).unwrap_or(Ratio::EQUAL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn special_functions(a in number(), b in number(), c in number()) {
        let _ = (special::ln_gamma(a), special::ln_beta(a, b), special::normal_cdf(a));
        let _ = (special::normal_sf(a), special::ln_normal_cdf(a), special::normal_quantile(a));
        let _ = (special::beta_regularized(a, b, c), special::gamma_lower(a, b));
        let _ = (special::gamma_upper(a, b), special::student_cdf(a, b), special::student_sf(a, b));
        let _ = (special::student_quantile(a, b), special::zeta(a), special::lambert_lower(a));
        let _ = (combine::calibrated(a, b), combine::calibrated_by_average(a));
    }

    #[test]
    fn levels(a in number(), weights in vec((number(), number()), 0..4), look: u64) {
        let _ = (Confidence::try_from(a), Dispersion::at_least_one(a).for_load(a), Arm::new(look, a));
        let _ = Grid::new(&weights);
        let (first, any) = (share_of(a), Alpha::ONE_IN_TWENTY.part(share_of(a)));
        for onset in [Onset::First, Onset::Within { first, looks: 9 }, Onset::Endless { first }] {
            prop_assert!((0.0..=1.0).contains(&onset.weight(look)), "{onset:?}");
            prop_assert!((0.0..=1.0).contains(&onset.rest(look)), "{onset:?}");
        }
        prop_assert!(any.is_none_or(|alpha| 0.0 <= alpha.log_needed()));
    }

    #[test]
    fn classical_tests(x in numbers(), y in numbers(), a in number(), n in 0_u64..9, m in 0_u64..9) {
        if let (Ok(x), Ok(y)) = (Sample::new(&x), Sample::new(&y)) {
            let _ = (mean::summary(x), mean::summary(y), shift::median_difference(x, y));
            for side in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
                for found in [mann_whitney::exact(x, y, side), mann_whitney::asymptotic(x, y, side, true)] {
                    prop_assert!(found.is_err() || found.is_ok_and(|found| found.p <= 1.0));
                }
            }
        }
        if let (Ok(one), Ok(other)) = (Tally::new(n / 2, n), Tally::new(m / 3, m)) {
            let _ = (barnard(one, other), boschloo(one, other));
            let _ = two_proportion(one, other, Alternative::Less);
        }
        let _ = distribution::band_half_width(n, alpha_of(a));
    }

    #[test]
    fn gauges(x in numbers(), y in numbers(), a in number(), b in number(), c in number()) {
        let _ = (gauge::autocorrelation(&x), gauge::prewhitened(&x, a), gauge::process::log_mean(&x));
        let moments = x.iter().fold(Moments::default(), |moments, &value| moments.with(value));
        let prior = VariancePrior { variance: a, weight: b };
        let _ = (gauge::sequential_t_log_e(moments, c, prior), sequential_t::z_radius(a, b, alpha_of(c)));
        let _ = sequential_t::two_sided_t_log_e(a, b, c, a);
        let _ = sequential_t::t_radius(a, b, c, alpha_of(a));
        let history = GaugeHistory::of_level(&[x.clone(), y.clone()], 2);
        let limit = GaugeLimit::new(history, Some(9), alpha_of(a));
        let mut evidence = limit.start();
        for &value in &y {
            evidence = limit.step(evidence, Some(value));
            prop_assert!(!evidence.log_e().is_nan(), "{value}");
        }
        let _ = limit.is_worse(&evidence);
    }

    #[test]
    fn bounds_for_all_times(
        x in numbers(), y in numbers(), a in number(), b in number(), c in number(), n: u64, m: u64,
    ) {
        let alpha = alpha_of(c);
        let _ = (bounded::bernstein_lower(&x, alpha), bounded::bernstein_interval(&x, alpha));
        let _ = (bounded::hoeffding_lower(&x, alpha), bounded::hoeffding_interval(&x, alpha));
        let _ = bounded::hedged_capital(&x, a, alpha, b, c);
        let _ = bounded::hedged_interval(&x, 5, alpha, 20);
        let _ = bounded::at_counts(&bounded::upward_log_capital(&x, a, alpha, b), &y);
        let moments = x.iter().fold(Moments::default(), |moments, &value| moments.with(value));
        let _ = of_mean::mixture_log_ratio(moments, a, b, c);
        let _ = of_mean::asymptotic_interval(moments, of_mean::asymptotic_precision(a, alpha), alpha);
        let _ = (of_mean::safe_t(a, b, c), of_mean::adjusted(&x, &y));
        let _ = quantile::quantile_interval(&x, share_of(a), b, alpha);
        let _ = quantile::same_quantile_p(&x, &y, share_of(a), b, alpha);
        let _ = share::bernoulli_interval(n, m, a, alpha);
        let _ = share::beta_mixture_interval(n, m, (a, b), alpha);
        let _ = share::share_log_e(&x, &y, a);
        let _ = share::share_interval((a, b), c, a, alpha);
        let _ = share::safe_two_by_two(&[(n, m), (m, n)], (n, m), a);
        let stitching = Stitching { power: a, growth: b };
        let _ = (stitching.bound(a, b, c, alpha), band_half_width(a, b, c, alpha));
    }

    #[test]
    fn criteria(
        x in numbers(), y in numbers(), a in number(), b in number(), counts in vec(any::<u64>(), 0..9),
    ) {
        let alpha = alpha_of(a);
        let _ = (combine::weighted_average(&x, &y), combine::culprits(&x, alpha));
        let _ = (combine::false_discovery_list(&x, alpha), average_log_e(&x));
        if let Ok(together) = Together::new(&x, alpha, Boundary::Auto) {
            let none = vec![false; y.len()];
            let _ = (together.alpha_of(0), together.judge(&y, &none, 9));
        }
        if let Ok(histogram) = Histogram::new(&x, &counts) {
            let _ = (histogram.quantile(share_of(a)), histogram.bounds_for(share_of(a)));
            let _ = histogram.allowed_ratio(0, ratio_of(b));
        }
        let arms: Vec<Arm> = counts.iter().zip(&y).filter_map(|(&n, &m)| Arm::new(n, m).ok()).collect();
        prop_assert!(pod_spread(&arms, Dispersion::at_least_one(a)).deviation() >= 0.0);
        let _ = LimitTest::new(share_of(a), ratio_of(b), Some(9), alpha).map(|test| {
            arms.iter().fold(test.start(), |state, &arm| test.step(state, arm, Dispersion::NONE))
        });
        if let Ok(limit) = CountLimit::new(share_of(a), ratio_of(b), Some(9), alpha) {
            let mut state = limit.start(PodDispersion::default());
            for arm in &arms {
                state = limit.step(state, &[*arm], &arms);
                prop_assert!(!state.log_e().is_nan());
            }
        }
        let traffic = PlannedTraffic::new(a, b, a, alpha);
        let _ = (traffic.looks_needed(ratio_of(b), share_of(a)), traffic.smallest_found(b, share_of(a)));
    }

    #[test]
    fn the_other_judge(x in numbers(), y in numbers(), a in number(), b in number()) {
        for outliers in [Outliers::Keep, Outliers::Remove { factor: a }] {
            for nan in [NanStrategy::Remove, NanStrategy::Replace] {
                let _ = transform::statistics(&transform::transformed(&x, nan, outliers));
            }
            let settings = MetricSettings { outliers, ..MetricSettings::named("m") };
            let pair = MetricPair { settings: &settings, experiment: &x, control: &y };
            let weights = [GroupWeight { group: String::from("g"), percent: a }];
            for mode in [Mode::Compatible, Mode::Strict] {
                let _ = judge::judge(&[pair], &weights, Thresholds { pass: a, marginal: b }, mode);
            }
        }
        let _ = (transform::outside_fences(&x, a, true), transform::outside_deviations(&x, a));
        let _ = (transform::percentile(&x, a), transform::mean(&x), effect::cohens_d(&x, &y));
        let _ = effect::effect(EffectMeasure::CommonLanguage, &x, &y);
        let _ = (effect::mean_ratio(&x, &y), score::final_decision(a, Some(b), None));
        let _ = interval::shift_interval(&x, &y, Confidence::NINETY_EIGHT);
        let _ = interval::statistic(&x, &y, a, b);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn thresholds(
        exposures in vec((number(), number()), 0..5), a in number(), b in number(), looks: u32, seed: u64,
    ) {
        let (alpha, allowed) = (alpha_of(a), ratio_of(b));
        prop_assert!(horizon_fallback(looks, alpha) <= alpha.log_needed());
        let settings = CountSettings { alpha, allowed, effect: allowed, ..CountSettings::plain(Some(5)) };
        let simulated = Calibration::Simulated { paths: 100, seed };
        for rate in [a.abs(), 0.01] {
            let test: RatioTest = settings.harm_test(allowed);
            let forecast = HorizonForecast { exposures: exposures.clone(), rate, paths: 100, seed };
            let found = horizon_threshold(&test, &forecast, alpha);
            prop_assert!(found.is_err() || found.is_ok_and(|log| log <= alpha.log_needed()));
            let found = calibrated(&test, &exposures, rate, alpha, simulated);
            prop_assert!(found.is_none_or(|log| log <= alpha.log_needed()));
            let _ = settings.horizon(allowed, &exposures, rate, simulated);
        }
        let latency = LatencySettings {
            quantile: share_of(a), slower: allowed, effect: allowed, alpha, rule_out: allowed,
            beta: alpha, boundary: Boundary::Horizon, looks: Some(5),
        };
        let _ = latency.horizon(&exposures, simulated);
    }

    #[test]
    fn mixtures(a in number(), b in number(), c in number(), s in number(), v in number()) {
        let alpha = alpha_of(c);
        let mixtures = [
            Mixture::normal_two_sided(a, alpha),
            Mixture::normal(a, alpha),
            Mixture::gamma_exponential(a, b, alpha),
            Mixture::gamma_poisson(a, b, alpha),
            Mixture::beta_binomial(a, b, c, true, alpha),
        ];
        for mixture in mixtures {
            let _ = (mixture.log_e(s, v), mixture.bound(v, alpha));
        }
        let shape = group_sequential::Shape::ObrienFleming;
        prop_assert!(group_sequential::constant(shape, 3, Alpha::ONE_IN_TWENTY) < 3.0);
    }
}
