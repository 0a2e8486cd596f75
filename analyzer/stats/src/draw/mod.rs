//! Seeded random draws, the same on every platform and with any number of threads.
//!
//! Every path has a stream of its own, so what it draws depends on the seed and its number alone.
//! The samplers are ours, on `libm`: a library's may change with a version, and a threshold with it.

mod chacha;

use std::f64::consts::PI;

use self::chacha::ChaCha8;
use crate::float::{real, whole};
use crate::special::ln_gamma;

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
    pub(crate) fn uniform(&mut self) -> f64 {
        // 52 bits and a half: never 0, never 1.
        (real(self.source.next() >> 12) + 0.5) / real(1 << 52)
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
        if !(0.0 < mean) {
            0
        } else if mean < 10.0 {
            self.poisson_by_inversion(mean)
        } else {
            self.poisson_by_rejection(mean.min(1e12))
        }
    }

    fn poisson_by_inversion(&mut self, mean: f64) -> u64 {
        let mut chance = libm::exp(-mean);
        let mut left = self.uniform();
        let mut count = 0;
        // At a mean below 10 a count of 200 has no chance that a float can hold.
        while chance < left && count < 200 {
            left -= chance;
            count += 1;
            chance *= mean / real(count);
        }
        count
    }

    /// Source: Hörmann (1993), "The transformed rejection method for generating Poisson variables".
    fn poisson_by_rejection(&mut self, mean: f64) -> u64 {
        let spread = 0.931 + 2.53 * libm::sqrt(mean);
        let shape = -0.059 + 0.024_83 * spread;
        let inverse_alpha = 1.123_9 + 1.132_8 / (spread - 3.4);
        let accept_at_once = 0.927_7 - 3.622_4 / (spread - 2.0);
        let log_mean = libm::log(mean);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let us = 0.5 - u.abs();
            let k = libm::floor((2.0 * shape / us + spread) * u + mean + 0.43);
            if 0.07 <= us && v <= accept_at_once {
                return whole(k);
            }
            if k < 0.0 || (us < 0.013 && us < v) {
                continue;
            }
            let candidate = libm::log(v * inverse_alpha / (shape / (us * us) + spread));
            if candidate <= k * log_mean - mean - ln_gamma(k + 1.0) {
                return whole(k);
            }
        }
    }

    /// The number of successes among `tries` at chance `chance`.
    pub(crate) fn binomial(&mut self, tries: u64, chance: f64) -> u64 {
        if 0.5 < chance {
            return tries - self.binomial(tries, 1.0 - chance);
        }
        if tries == 0 || !(0.0 < chance) {
            return 0;
        }
        if real(tries) * chance < 10.0 {
            self.binomial_by_inversion(tries, chance)
        } else {
            self.binomial_by_rejection(tries, chance)
        }
    }

    fn binomial_by_inversion(&mut self, tries: u64, chance: f64) -> u64 {
        let odds = chance / (1.0 - chance);
        let mut mass = libm::exp(real(tries) * libm::log1p(-chance));
        let mut left = self.uniform();
        let mut count = 0;
        while mass < left && count < tries {
            left -= mass;
            count += 1;
            mass *= odds * real(tries - count + 1) / real(count);
            if mass <= 0.0 {
                break;
            }
        }
        count
    }

    /// Source: Hörmann (1993), "The generation of binomial random variates", algorithm BTRS.
    fn binomial_by_rejection(&mut self, tries: u64, chance: f64) -> u64 {
        let n = real(tries);
        let deviation = libm::sqrt(n * chance * (1.0 - chance));
        let spread = 1.15 + 2.53 * deviation;
        let shape = -0.087_3 + 0.024_8 * spread + 0.01 * chance;
        let centre = n * chance + 0.5;
        let accept_at_once = 0.92 - 4.2 / spread;
        let alpha = (2.83 + 5.1 / spread) * deviation;
        let log_odds = libm::log(chance / (1.0 - chance));
        let mode = libm::floor((n + 1.0) * chance);
        let at_mode = ln_gamma(mode + 1.0) + ln_gamma(n - mode + 1.0);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let us = 0.5 - u.abs();
            let k = libm::floor((2.0 * shape / us + spread) * u + centre);
            if k < 0.0 || n < k {
                continue;
            }
            if 0.07 <= us && v <= accept_at_once {
                return whole(k);
            }
            let candidate = libm::log(v * alpha / (shape / (us * us) + spread));
            let target =
                at_mode - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) + (k - mode) * log_odds;
            if candidate <= target {
                return whole(k);
            }
        }
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

    /// A count on 1, 2, ... of which a share `k^-index` is `k` or more; at most a million.
    pub(crate) fn power_law(&mut self, index: f64) -> u64 {
        whole(libm::pow(self.uniform(), -1.0 / index)).min(1_000_000)
    }

    /// A count on 1, 2, ... with the given mean, each next one as likely as the one before.
    pub(crate) fn geometric(&mut self, mean: f64) -> u64 {
        if mean <= 1.0 {
            return 1;
        }
        1 + whole(libm::log(self.uniform()) / libm::log1p(-1.0 / mean)).min(1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check(3.0, 6.0, |draw| real(draw.geometric(3.0)));
        for shape in [0.3, 1.0, 7.5] {
            check(shape, shape, |draw| draw.gamma(shape));
        }
        // Of sizes with index 5: mean zeta(5), second moment 2 zeta(4) - zeta(5).
        check(1.036_928, 0.052_5, |draw| real(draw.power_law(5.0)));
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
