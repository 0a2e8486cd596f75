//! The sequential tests and what serves them.

use assay_stats::boundary::{HorizonForecast, horizon_threshold};
use assay_stats::combine;
use assay_stats::counter::increases;
use assay_stats::gauge::sequential_t::two_sided_t_log_e;
use assay_stats::gauge::{self, Moments, VariancePrior, sequential_t_log_e};
use assay_stats::histogram::Histogram;
use assay_stats::level::{Alpha, Dispersion, Ratio, Share};
use assay_stats::look::Arm;
use assay_stats::plan::PlannedTraffic;
use assay_stats::ratio::{Grid, Onset, PodDispersion, RatioTest, dispersion_of_looks};
use assay_stats::special as functions;

use crate::fixture::{Vector, counts, number, numbers};

pub(crate) fn ratio_e_process(vector: &Vector) -> Result<(), String> {
    let weights = vector.numbers("grid_weight");
    let points: Vec<(f64, f64)> = vector.numbers("grid_delta").into_iter().zip(weights).collect();
    let grid = Grid::new(&points).map_err(|error| error.to_string())?;
    let looks = vector.looks();
    let first = Share::try_from(vector.number("w1")).expect("a share");
    let onset = if first.get() < 1.0 {
        Onset::Within { first, looks: u32::try_from(looks.len()).expect("few looks") }
    } else {
        Onset::First
    };
    let cap = vector.input("cap").as_f64();
    let test = RatioTest::new(grid, vector.ratio("rho0"), onset, cap);
    let mut state = test.start();
    let mut path = Vec::new();
    for (look, phi) in looks.iter().zip(vector.numbers("phi")) {
        state = test.step(state, look, Dispersion::at_least_one(phi));
        path.push(state.log_e());
    }
    vector.are("log_e", &path)
}

pub(crate) fn ratio_interval(vector: &Vector) -> Result<(), String> {
    let noise = Dispersion::at_least_one(vector.number("phi"));
    let found = assay_stats::ratio::ratio_interval(&vector.looks(), vector.alpha(), noise)
        .ok_or("no interval")?;
    vector.is("mle", found.estimate)?;
    vector.is("lower", found.lower)?;
    vector.is("upper", found.upper)
}

pub(crate) fn dispersion(vector: &Vector) -> Result<(), String> {
    let scales: Vec<usize> =
        vector.counts("scales").into_iter().map(|b| usize::try_from(b).expect("small")).collect();
    if vector.has("phi0") {
        let looks = vector.looks();
        let prior = Dispersion::at_least_one(vector.number("phi0"));
        let path: Vec<f64> = (0..looks.len())
            .map(|t| dispersion_of_looks(&looks[..t], prior, vector.number("nu0"), &scales).get())
            .collect();
        return vector.are("phi", &path);
    }
    let events: Vec<Vec<u64>> =
        vector.input("x").as_array().expect("pods").iter().map(counts).collect();
    let exposure: Vec<Vec<f64>> =
        vector.input("n").as_array().expect("pods").iter().map(numbers).collect();
    let mut estimate = PodDispersion::new(&scales, vector.number("min_df"), 0.0);
    let history = usize::try_from(vector.count("history_intervals")).expect("small");
    let mut path = Vec::new();
    for t in 0..events[0].len() {
        if history <= t {
            path.push(estimate.estimate().get());
        }
        let pods: Vec<Arm> = (0..events.len())
            .map(|j| Arm::new(events[j][t], exposure[j][t]).expect("an exposure"))
            .collect();
        estimate.record(&pods);
    }
    vector.are("phi", &path)
}

pub(crate) fn horizon(vector: &Vector) -> Result<(), String> {
    let looks = u32::try_from(vector.count("looks")).expect("few looks");
    let alpha = vector.alpha();
    let effect = Ratio::try_from(1.5).expect("a ratio");
    let test = RatioTest::harm(effect, Ratio::EQUAL, Some(looks), alpha);
    let exposures = (vector.number("nc_per_look"), vector.number("nb_per_look"));
    let forecast = HorizonForecast {
        exposures: vec![exposures; looks.try_into().expect("small")],
        rate: vector.number("p"),
        paths: 5_000,
        seed: 1,
    };
    let found = horizon_threshold(&test, &forecast, alpha).map_err(|error| error.to_string())?;
    // Two simulations are compared, so the tolerance is relative to the threshold itself.
    let ratio = found.exp() / number(&vector.expected("threshold"));
    if (0.9..1.1).contains(&ratio) { Ok(()) } else { Err(format!("{} is off", found.exp())) }
}

pub(crate) fn autocorrelation(vector: &Vector) -> Result<(), String> {
    let x = vector.numbers("x");
    if vector.has("a") {
        vector.are("u", &gauge::prewhitened(&x, vector.number("a")))
    } else {
        vector.is("a", gauge::autocorrelation(&x))
    }
}

pub(crate) fn sequential_t(vector: &Vector) -> Result<(), String> {
    if vector.has("t") {
        let (t, nu) = (vector.numbers("t"), vector.numbers("nu"));
        let (n, g) = (vector.numbers("n"), vector.numbers("g"));
        let found: Vec<f64> =
            (0..t.len()).map(|i| two_sided_t_log_e(t[i], nu[i], n[i], g[i])).collect();
        vector.are("log_e", &found)?;
        let alpha = Alpha::ONE_IN_TWENTY;
        vector.is("t_radius_g1_n60", gauge::sequential_t::t_radius(59.0, 60.0, 1.0, alpha))?;
        return vector.is("z_radius_g1_n60", gauge::sequential_t::z_radius(60.0, 1.0, alpha));
    }
    let prior = if vector.has("nu0") {
        VariancePrior { variance: vector.number("s02"), weight: vector.number("nu0") }
    } else {
        VariancePrior::UNKNOWN
    };
    let mut moments = Moments::default();
    let mut path = Vec::new();
    for x in vector.numbers("x") {
        moments = moments.with(x);
        if vector.count("from_n") <= moments.count() {
            path.push(sequential_t_log_e(moments, vector.number("g"), prior));
        }
    }
    vector.are("log_e", &path)
}

pub(crate) fn histogram(vector: &Vector) -> Result<(), String> {
    let counts = vector.counts("increments");
    let found =
        Histogram::new(&vector.numbers("le"), &counts).map_err(|error| error.to_string())?;
    if vector.expects("survival") {
        return vector.are("survival", &found.survival());
    }
    let share = |q: &f64| Share::try_from(*q).expect("a share");
    let values: Vec<f64> = vector.numbers("q").iter().map(|q| found.quantile(share(q))).collect();
    vector.are("value", &values)
}

pub(crate) fn plan(vector: &Vector) -> Result<(), String> {
    let mut traffic = PlannedTraffic::new(
        vector.number("nc"),
        vector.number("nb"),
        vector.number("p"),
        vector.alpha(),
    );
    traffic.effect = vector.ratio("effect");
    traffic.noise = Dispersion::at_least_one(vector.number("phi"));
    let power = |share| Share::try_from(share).expect("a share");
    vector.is("looks80", traffic.looks_needed(vector.ratio("rho"), power(0.8)))?;
    vector.is("looks95", traffic.looks_needed(vector.ratio("rho"), power(0.95)))
}

pub(crate) fn counter(vector: &Vector) -> Result<(), String> {
    let samples: Vec<Option<f64>> =
        vector.input("samples").as_array().expect("samples").iter().map(|v| v.as_f64()).collect();
    let inside = vector.input("series_started_inside_run").as_bool().unwrap_or(false);
    let found = increases(&samples, inside);
    vector.are("increase", &found)?;
    vector.is("total", found.iter().sum())
}

pub(crate) fn combine(vector: &Vector) -> Result<(), String> {
    let flags =
        |found: Vec<bool>| found.into_iter().map(|flag| f64::from(u8::from(flag))).collect();
    let logs: Vec<f64> = if vector.has("e") {
        vector.numbers("e").iter().map(|e| e.ln()).collect()
    } else {
        Vec::new()
    };
    match vector.group() {
        "e_bh" => {
            let found: Vec<f64> = flags(combine::false_discovery_list(&logs, vector.alpha()));
            vector.are("rejected", &found)
        }
        "e_holm" => {
            let found: Vec<f64> = flags(combine::culprits(&logs, vector.alpha()));
            vector.are("rejected", &found)
        }
        "e_combine" => {
            let found =
                combine::weighted_average(&vector.numbers("log_e"), &vector.numbers("weights"))
                    .map_err(|error| error.to_string())?;
            vector.is("log_e", found)
        }
        _ => {
            let e = |p: &f64| {
                if vector.has("kappa") {
                    combine::calibrated(*p, vector.number("kappa"))
                } else {
                    combine::calibrated_by_average(*p)
                }
            };
            vector.are("e", &vector.numbers("p").iter().map(e).collect::<Vec<f64>>())
        }
    }
}

pub(crate) fn special(vector: &Vector) -> Result<(), String> {
    let rows = |name: &str| -> Vec<Vec<f64>> {
        vector.input(name).as_array().expect("rows").iter().map(numbers).collect()
    };
    let found: Vec<f64> = match vector.name() {
        "ln_gamma" => vector.numbers("x").into_iter().map(functions::ln_gamma).collect(),
        "norm_sf" => vector.numbers("x").into_iter().map(functions::normal_sf).collect(),
        "norm_ppf" => vector.numbers("p").into_iter().map(functions::normal_quantile).collect(),
        "beta_reg" => {
            rows("abx").iter().map(|r| functions::beta_regularized(r[0], r[1], r[2])).collect()
        }
        "t_cdf" => rows("t_df").iter().map(|r| functions::student_cdf(r[0], r[1])).collect(),
        other => return Err(format!("no check for `{other}`")),
    };
    vector.are("value", &found)
}
