//! Boundaries for a declared number of equally spaced looks at a normal sum.

use crate::float::{bisect, real, size};
use crate::level::Alpha;
use crate::special::normal_sf;

/// Nodes of the integration between two looks.
const NODES: usize = 96;
/// Standard deviations beyond which nothing is left.
const REACH: f64 = 8.0;

/// How a boundary for the standardized sum falls from look to look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// The same at every look.
    Pocock,
    /// `c √(K/k)` at look `k` of `K`.
    ObrienFleming,
}

/// The constant of a one-sided boundary over `looks` looks, from 1 to 1000.
///
/// # Source
///
/// Armitage, McPherson and Rowe (1969), by Gaussian quadrature.
pub fn constant(shape: Shape, looks: u32, alpha: Alpha) -> f64 {
    let looks = looks.clamp(1, 1000);
    let rule = gauss_legendre(NODES);
    bisect(0.0, 10.0, |constant| alpha.share() < crossing(shape, looks, constant, &rule))
}

/// The chance to cross at any of the looks.
fn crossing(shape: Shape, looks: u32, constant: f64, rule: &[(f64, f64)]) -> f64 {
    let total = f64::from(looks);
    let bound = |look: u32| {
        let look = f64::from(look);
        match shape {
            Shape::Pocock => constant * libm::sqrt(look),
            Shape::ObrienFleming => constant * libm::sqrt(total),
        }
    };
    let density = |x: f64| libm::exp(-0.5 * x * x) / libm::sqrt(2.0 * std::f64::consts::PI);
    // The sums that have not crossed yet: where they may be, and how likely.
    let mut alive: Vec<(f64, f64)> = vec![(0.0, 1.0)];
    let mut crossed = 0.0;
    for look in 1..=looks {
        let high = bound(look);
        crossed += alive.iter().map(|(s, mass)| mass * normal_sf(high - s)).sum::<f64>();
        let low = -REACH * libm::sqrt(f64::from(look));
        let half = 0.5 * (high - low);
        alive = rule
            .iter()
            .map(|&(node, weight)| {
                let s = low + half * (node + 1.0);
                let mass: f64 = alive.iter().map(|(from, mass)| mass * density(s - from)).sum();
                (s, mass * weight * half)
            })
            .collect();
    }
    crossed
}

/// Nodes and weights of the Gauss-Legendre rule on `[-1, 1]`, by Newton's method.
fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    let n = size(count);
    (0..count)
        .map(|i| {
            let mut x = libm::cos(std::f64::consts::PI * (size(i) + 0.75) / (n + 0.5));
            let mut slope = 1.0;
            for _ in 0..50 {
                let (mut previous, mut value) = (1.0, x);
                for k in 2..=count {
                    let k = real(u64::try_from(k).unwrap_or(0));
                    (previous, value) =
                        (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * previous) / k);
                }
                slope = n * (x * value - previous) / (x * x - 1.0);
                let step = value / slope;
                x -= step;
                if step.abs() < 1e-15 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}
