//! Bounds and e-processes from the literature.

use assay_stats::gauge::Moments;
use assay_stats::level::{Alpha, Share};
use assay_stats::uniform::group_sequential::{Shape, constant};
use assay_stats::uniform::stitched::{Stitching, band_half_width};
use assay_stats::uniform::{
    Mixture, UniformInterval, bounded as rules, mean, quantile as quantiles, share,
};

use crate::fixture::{Vector, counts, numbers};

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn level(vector: &Vector, name: &str) -> Alpha {
    Alpha::try_from(vector.number(name)).expect("a level")
}

fn both(vector: &Vector, found: UniformInterval) -> Result<(), String> {
    vector.is("lower", found.lower)?;
    vector.is("upper", found.upper)
}

fn each(vector: &Vector, found: &[UniformInterval]) -> Result<(), String> {
    vector.are("lower", &found.iter().map(|found| found.lower).collect::<Vec<_>>())?;
    vector.are("upper", &found.iter().map(|found| found.upper).collect::<Vec<_>>())
}

pub(crate) fn boundary(vector: &Vector) -> Result<(), String> {
    let function = vector.text("function");
    if function == "poly_stitching_bound" {
        let shape = Stitching { power: vector.number("s"), growth: vector.number("eta") };
        let (v, start) = (vector.number("v"), vector.number("v_min"));
        return vector.is("value", shape.bound(v, start, vector.number("c"), vector.alpha()));
    }
    if function == "bernoulli_confidence_interval" {
        let (events, tries) = (vector.count("num_successes"), vector.count("num_trials"));
        let found =
            share::bernoulli_interval(events, tries, vector.number("t_opt"), vector.alpha());
        return both(vector, found);
    }
    let (best, tuned) = (vector.number("v_opt"), level(vector, "alpha_opt"));
    let one_sided = || vector.flag("is_one_sided");
    let mixture = match function.split("_log_mixture").next().unwrap_or("") {
        name if name.starts_with("normal") && one_sided() => Mixture::normal(best, tuned),
        name if name.starts_with("normal") => Mixture::normal_two_sided(best, tuned),
        name if name.starts_with("gamma_exponential") => {
            Mixture::gamma_exponential(best, vector.number("c"), tuned)
        }
        name if name.starts_with("gamma_poisson") => {
            Mixture::gamma_poisson(best, vector.number("c"), tuned)
        }
        name if name.starts_with("beta_binomial") => {
            Mixture::beta_binomial(best, vector.number("g"), vector.number("h"), one_sided(), tuned)
        }
        other => return Err(format!("no check for `{other}`")),
    };
    let found = if function.ends_with("_bound") {
        mixture.bound(vector.number("v"), vector.alpha())
    } else {
        mixture.log_e(vector.number("s"), vector.number("v"))
    };
    vector.is("value", found)
}

pub(crate) fn quantile(vector: &Vector) -> Result<(), String> {
    let share = || Share::try_from(vector.number("quantile")).expect("a share");
    if vector.name().starts_with("empirical_process_lil") {
        let (t, start) = (vector.number("t"), vector.number("t_min"));
        return vector.is("bound", band_half_width(t, start, vector.number("A"), vector.alpha()));
    }
    if vector.name().starts_with("double_stitching") {
        let shape = Stitching { power: vector.number("s"), growth: vector.number("eta") };
        let found = shape.quantile_bound(
            vector.number("quantile"),
            vector.number("t"),
            vector.number("t_opt"),
            vector.number("delta"),
            vector.alpha(),
        );
        return vector.is("bound", found);
    }
    if vector.has("arm1") {
        let (first, second) = (vector.numbers("arm1"), vector.numbers("arm2"));
        let tuned = Alpha::ONE_IN_TWENTY;
        let found =
            quantiles::same_quantile_p(&first, &second, share(), vector.number("t_opt"), tuned)
                .map_err(text)?;
        return vector.is("p", found);
    }
    let x = vector.numbers("x");
    for count in [100, 200] {
        let found = quantiles::quantile_interval(
            &x[..count],
            share(),
            vector.number("t_opt"),
            vector.alpha(),
        )
        .map_err(text)?;
        vector.is(&format!("lower_at_{count}"), found.lower)?;
        vector.is(&format!("upper_at_{count}"), found.upper)?;
    }
    Ok(())
}

pub(crate) fn bounded(vector: &Vector) -> Result<(), String> {
    let (x, at, alpha) = (vector.numbers("x"), vector.numbers("at"), vector.alpha());
    match vector.name() {
        "predictable_plugin_two_sided" if vector.group() == "hoeffding_cs" => {
            each(vector, &rules::at_counts(&rules::hoeffding_interval(&x, alpha), &at))
        }
        "predictable_plugin_two_sided" => {
            each(vector, &rules::at_counts(&rules::bernstein_interval(&x, alpha), &at))
        }
        "predictable_plugin_lower" => {
            let found = rules::at_counts(&rules::bernstein_lower(&x, alpha), &at);
            vector.are("lower", &found.iter().map(|low| low.max(0.0)).collect::<Vec<_>>())
        }
        name if name.starts_with("confidence_sequence_grid") => {
            let steps = u32::try_from(vector.count("breaks")).expect("a small grid");
            let counts = vector.counts("at");
            let found: Vec<UniformInterval> = counts
                .into_iter()
                .map(|n| usize::try_from(n).expect("small"))
                .map(|count| rules::hedged_interval(&x, count, alpha, steps))
                .collect();
            each(vector, &found)
        }
        name if name.starts_with("ville_greater") => {
            let (m, most) = (vector.number("m"), vector.number("c"));
            let found = rules::upward_log_capital(&x, m, alpha, most);
            vector.are("log_capital", &rules::at_counts(&found, &at))
        }
        _ => {
            let (m, theta) = (vector.number("m"), vector.number("theta"));
            let found = rules::hedged_capital(&x, m, alpha, theta, vector.number("trunc_scale"));
            vector.are("capital", &rules::at_counts(&found, &at))
        }
    }
}

pub(crate) fn bernoulli(vector: &Vector) -> Result<(), String> {
    let prior = vector.numbers("prior");
    let found: Vec<UniformInterval> = vector
        .counts("successes")
        .into_iter()
        .zip(vector.counts("trials"))
        .map(|(events, tries)| {
            share::beta_mixture_interval(events, tries, (prior[0], prior[1]), vector.alpha())
        })
        .collect();
    each(vector, &found)
}

pub(crate) fn asymptotic(vector: &Vector) -> Result<(), String> {
    let precision = mean::asymptotic_precision(vector.number("t_opt"), vector.alpha());
    vector.is("rho2", precision)?;
    let mut moments = Moments::default();
    let found: Vec<UniformInterval> = vector
        .numbers("x")
        .into_iter()
        .map(|x| {
            moments = moments.with(x);
            mean::asymptotic_interval(moments, precision, vector.alpha())
        })
        .collect();
    each(vector, &rules::at_counts(&found, &vector.numbers("at")))
}

pub(crate) fn shares(vector: &Vector) -> Result<(), String> {
    let strength = vector.number("k");
    if vector.has("theta0_prior") {
        let (seen, prior) = (vector.numbers("counts"), vector.numbers("theta0_prior"));
        let found = share::share_interval((seen[0], seen[1]), prior[0], strength, vector.alpha());
        let log_odds = |p: f64| (p / (1.0 - p)).ln();
        vector.is("theta_lower", found.lower)?;
        vector.is("theta_upper", found.upper)?;
        vector.is("log_ratio_lower", log_odds(found.lower) - log_odds(prior[0]))?;
        return vector.is("log_ratio_upper", log_odds(found.upper) - log_odds(prior[0]));
    }
    let shares = vector.numbers(if vector.has("theta0") { "theta0" } else { "rho" });
    let mut sum = vec![0.0; shares.len()];
    let path: Vec<f64> = vector
        .input("counts")
        .as_array()
        .expect("looks")
        .iter()
        .map(|look| {
            sum.iter_mut().zip(numbers(look)).for_each(|(sum, count)| *sum += count);
            share::share_log_e(&sum, &shares, strength)
        })
        .collect();
    vector.are("log_e", &path)
}

pub(crate) fn two_by_two(vector: &Vector) -> Result<(), String> {
    let blocks: Vec<(u64, u64)> =
        counts(vector.input("ya")).into_iter().zip(counts(vector.input("yb"))).collect();
    let sizes = (vector.count("na"), vector.count("nb"));
    vector.are("log_e", &share::safe_two_by_two(&blocks, sizes, vector.number("prior")))
}

pub(crate) fn safe_t(vector: &Vector) -> Result<(), String> {
    vector.is("e", mean::safe_t(vector.number("t"), vector.number("n"), vector.number("delta")))
}

pub(crate) fn mixture_ratio(vector: &Vector) -> Result<(), String> {
    let (null, sigma) = (vector.number("theta0"), vector.number("sigma"));
    let mut moments = Moments::default();
    let path: Vec<f64> = vector
        .numbers("x")
        .into_iter()
        .map(|x| {
            moments = moments.with(x);
            mean::mixture_log_ratio(moments, null, sigma, vector.number("tau"))
        })
        .collect();
    vector.are("log_lambda", &path)
}

pub(crate) fn adjusted(vector: &Vector) -> Result<(), String> {
    let found = mean::adjusted(&vector.numbers("pre"), &vector.numbers("post")).ok_or("nothing")?;
    vector.is("theta", found.slope)?;
    vector.is("adjusted_mean", found.mean)?;
    vector.is("adjusted_var", found.variance)?;
    vector.is("variance_reduction", found.reduction)
}

pub(crate) fn group_sequential(vector: &Vector) -> Result<(), String> {
    let looks = u32::try_from(vector.count("looks")).expect("few looks");
    vector.is("pocock_z", constant(Shape::Pocock, looks, vector.alpha()))?;
    vector.is("obrien_fleming_c", constant(Shape::ObrienFleming, looks, vector.alpha()))
}
