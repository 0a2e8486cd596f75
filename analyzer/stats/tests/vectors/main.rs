//! Every golden number under `fixtures/stats`, each held to the tolerance that stands beside it.
//!
//! A group without a check fails, so that no vector goes unread.

#![expect(clippy::expect_used, reason = "a fixture that cannot be read is a failed test")]

mod classical;
mod fixture;
mod sequential;
mod uniform;

use fixture::{Vector, vectors};

#[test]
fn every_vector_of_statistics_holds() {
    let mut problems = Vec::new();
    for vector in vectors() {
        if let Err(problem) = check(&vector) {
            problems.push(format!("{}: {problem}", vector.id()));
        }
    }
    assert!(problems.is_empty(), "{} vectors fail:\n{}", problems.len(), problems.join("\n"));
}

fn check(vector: &Vector) -> Result<(), String> {
    match vector.group() {
        "ratio_e_process" => sequential::ratio_e_process(vector),
        "ratio_cs" => sequential::ratio_interval(vector),
        "dispersion" => sequential::dispersion(vector),
        "horizon_boundary" => sequential::horizon(vector),
        "autocorrelation" => sequential::autocorrelation(vector),
        "sequential_t" => sequential::sequential_t(vector),
        "histogram" => sequential::histogram(vector),
        "plan" => sequential::plan(vector),
        "counter" => sequential::counter(vector),
        "e_bh" | "e_holm" | "e_combine" | "e_calibrator" => sequential::combine(vector),
        "mann_whitney" => classical::mann_whitney(vector),
        "hodges_lehmann" => classical::hodges_lehmann(vector),
        "welch_t" => classical::welch(vector),
        "two_proportion" => classical::two_proportion(vector),
        "fisher" => classical::fisher(vector),
        "barnard" => classical::barnard(vector),
        "ks" => classical::kolmogorov_smirnov(vector),
        "dkw" => classical::band(vector),
        "beta_binomial_posterior" => classical::posterior(vector),
        "special" => sequential::special(vector),
        "confseq_boundary" => uniform::boundary(vector),
        "quantile_cs" => uniform::quantile(vector),
        "empirical_bernstein_cs" | "hoeffding_cs" | "betting" => uniform::bounded(vector),
        "bernoulli_cs" => uniform::bernoulli(vector),
        "asymptotic_cs" => uniform::asymptotic(vector),
        "lindon_malek" => uniform::shares(vector),
        "safe_2x2" => uniform::two_by_two(vector),
        "safe_t" => uniform::safe_t(vector),
        "msprt" => uniform::mixture_ratio(vector),
        "cuped" => uniform::adjusted(vector),
        "group_sequential" => uniform::group_sequential(vector),
        group => Err(format!("no check for group `{group}`")),
    }
}
