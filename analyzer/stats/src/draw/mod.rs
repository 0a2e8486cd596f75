//! Seeded random draws, the same on every platform and with any number of threads.
//!
//! Every path has a stream of its own, so what it draws depends on the seed and its number alone.
//! The samplers are ours, on `libm`: a library's may change with a version, and a threshold with it.

mod binomial;
mod chacha;
mod poisson;
mod power_law;

use std::f64::consts::PI;

pub(crate) use self::binomial::Binomial;
use self::chacha::ChaCha8;
pub(crate) use self::poisson::Poisson;
pub(crate) use self::power_law::PowerLaw;
use crate::float::whole;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    source: ChaCha8,
    spare: Option<f64>,
}

impl Draw {
    /// The stream of one path under one seed.
    pub(crate) fn new(seed: u64, path: u64) -> Self {
        Self { source: ChaCha8::new(seed, path), spare: None }
    }

    /// A uniform number strictly between 0 and 1.
    #[inline]
    pub(crate) fn uniform(&mut self) -> f64 {
        // 52 bits and a half: never 0, never 1. The bits are read as a number from 1 to 2.
        let bits = self.source.next() >> 12;
        (f64::from_bits(bits | 1.0_f64.to_bits()) - 1.0) + 0.5 * f64::EPSILON
    }

    /// A standard normal number, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
        let angle = 2.0 * PI * self.uniform();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// Student's t with 3 degrees of freedom.
    pub(crate) fn student_three(&mut self) -> f64 {
        let top = self.normal();
        let square: f64 = (0..3).map(|_| self.normal()).map(|z| z * z).sum();
        top / libm::sqrt(square / 3.0)
    }

    /// A Poisson count with the given mean, from 0 to 1e12.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        Poisson::new(mean).draw(self)
    }

    /// The number of successes among `tries` at chance `chance`.
    pub(crate) fn binomial(&mut self, tries: u64, chance: f64) -> u64 {
        Binomial::new(tries, chance).draw(self)
    }

    /// A gamma number of the given shape, above 0, and scale 1.
    ///
    /// Source: Marsaglia and Tsang (2000), ACM Trans. Math. Softw. 26:363.
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = libm::pow(self.uniform(), 1.0 / shape);
            return power * self.gamma(shape + 1.0);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let z = self.normal();
            let root = 1.0 + c * z;
            if root <= 0.0 {
                continue;
            }
            let cube = root * root * root;
            let log_room = 0.5 * z * z + d - d * cube + d * libm::log(cube);
            if libm::log(self.uniform()) < log_room {
                return d * cube;
            }
        }
    }

    /// A count on 1, 2, ... whose next one is as likely as the one before, times `e^log_kept`.
    ///
    /// Its mean is `1/(1 - e^log_kept)`.
    pub(crate) fn geometric(&mut self, log_kept: f64) -> u64 {
        1 + whole(libm::log(self.uniform()) / log_kept).min(1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::float::real;

    /// Mean and variance of 20,000 draws lie within five standard errors of the law's.
    fn check(mean: f64, variance: f64, mut draw: impl FnMut(&mut Draw) -> f64) {
        let count = 20_000_u32;
        let mut source = Draw::new(11, 3);
        let values: Vec<f64> = (0..count).map(|_| draw(&mut source)).collect();
        let n = f64::from(count);
        let found = values.iter().sum::<f64>() / n;
        let spread = values.iter().map(|v| (v - found) * (v - found)).sum::<f64>() / n;
        assert!((found - mean).abs() < 5.0 * libm::sqrt(variance / n), "mean {found}, not {mean}");
        assert!((spread / variance - 1.0).abs() < 0.08, "variance {spread}, not {variance}");
    }

    #[test]
    fn draws_follow_their_laws() {
        check(0.0, 1.0, Draw::normal);
        check(0.5, 1.0 / 12.0, Draw::uniform);
        for mean in [0.3, 5.0, 9.9, 10.1, 150.0] {
            check(mean, mean, |draw| real(draw.poisson(mean)));
        }
        for (tries, chance) in [(75, 0.005), (1500, 0.005), (1500, 0.05), (40, 0.6), (1000, 0.97)] {
            let n = real(tries);
            check(n * chance, n * chance * (1.0 - chance), |draw| {
                real(draw.binomial(tries, chance))
            });
        }
        check(3.0, 6.0, |draw| real(draw.geometric(libm::log1p(-1.0 / 3.0))));
        for shape in [0.3, 1.0, 7.5] {
            check(shape, shape, |draw| draw.gamma(shape));
        }
        // Of sizes with index 5: mean zeta(5), second moment 2 zeta(4) - zeta(5).
        let law = PowerLaw::new(5.0);
        check(1.036_928, 0.052_5, |draw| real(law.draw(draw)));
    }

    #[test]
    fn streams_do_not_depend_on_each_other() {
        let mut alone = Draw::new(1, 7);
        let first: Vec<u64> = (0..4).map(|_| alone.poisson(3.0)).collect();
        let _other = Draw::new(1, 6).normal();
        let mut again = Draw::new(1, 7);
        let second: Vec<u64> = (0..4).map(|_| again.poisson(3.0)).collect();
        assert_eq!(first, second);
    }
}
