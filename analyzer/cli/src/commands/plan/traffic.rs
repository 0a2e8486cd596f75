//! Seeded traffic for a simulated rollout: errors of a pod in a look, alone or in bunches.
//!
//! Only sums, products and a search in a table: the same on every platform. Nothing here judges.

/// Errors expected of a pod in a look at most; a table of them must fit in memory.
pub(super) const EXPECTED_MAX: f64 = 1e8;
/// Probabilities this much smaller than the largest are left out.
const NEGLIGIBLE: f64 = 1e-18;

/// A stream of random numbers (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Stream(u64);

impl Stream {
    /// The stream of one path under one seed; neighbouring numbers give unrelated streams.
    pub(super) fn new(seed: u64, path: u64) -> Self {
        let mut stream = Self(seed);
        let start = stream.next() ^ path;
        let mut stream = Self(start);
        Self(stream.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A uniform number in `[0, 1)`.
    fn uniform(&mut self) -> f64 {
        let bits = self.next();
        let half = |bits: u64| f64::from(u32::try_from(bits & 0xffff_ffff).unwrap_or(u32::MAX));
        const HALF: f64 = 4_294_967_296.0;
        // 21 bits above 32: all that a float holds.
        (half(bits >> 43) + half(bits) / HALF) / 2_097_152.0
    }
}

/// The law of a Poisson count, as a table.
#[derive(Clone, Debug)]
struct Poisson {
    first: u64,
    /// The chance of a count up to `first + k`; the last is 1.
    cumulated: Vec<f64>,
}

impl Poisson {
    /// The law with this mean, from 0 to [`EXPECTED_MAX`].
    fn new(mean: f64) -> Self {
        let mean = mean.clamp(0.0, EXPECTED_MAX);
        let mode = whole(mean);
        let (mut below, mut above) = (Vec::new(), Vec::new());
        let (mut weight, mut count) = (1.0, f64::from(mode));
        while 0.0 < count && NEGLIGIBLE < weight {
            weight *= count / mean;
            count -= 1.0;
            below.push(weight);
        }
        (weight, count) = (1.0, f64::from(mode));
        while NEGLIGIBLE < weight {
            count += 1.0;
            weight *= mean / count;
            above.push(weight);
        }
        let skipped = u32::try_from(below.len()).unwrap_or(u32::MAX);
        let weights = below.into_iter().rev().chain([1.0]).chain(above);
        let mut sum = 0.0;
        let mut cumulated: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        cumulated.iter_mut().for_each(|chance| *chance /= sum);
        Self { first: u64::from(mode.saturating_sub(skipped)), cumulated }
    }

    fn draw(&self, stream: &mut Stream) -> u64 {
        let uniform = stream.uniform();
        let place = self.cumulated.partition_point(|&chance| chance <= uniform);
        let place = place.min(self.cumulated.len().saturating_sub(1));
        self.first.saturating_add(u64::try_from(place).unwrap_or(u64::MAX))
    }
}

/// The law of a pod's errors in one look.
///
/// They come in bunches of two neighbouring sizes, mixed so that the variance is the wanted multiple
/// of the mean.
#[derive(Clone, Debug)]
pub(super) struct ErrorLaw {
    small: u64,
    small_bunches: Poisson,
    large_bunches: Poisson,
}

impl ErrorLaw {
    /// The law with this mean and this ratio of variance to mean, which is 1 or more.
    pub(super) fn new(mean: f64, dispersion: f64) -> Self {
        let small = whole(dispersion.clamp(1.0, 1e6));
        let (size, next) = (f64::from(small), f64::from(small) + 1.0);
        // Each error's bunch has on average `dispersion` errors.
        let to_large = size * (dispersion - size);
        let large = to_large / (to_large + next * (next - dispersion));
        let bunches = mean / ((1.0 - large) * size + large * next);
        Self {
            small: u64::from(small),
            small_bunches: Poisson::new(bunches * (1.0 - large)),
            large_bunches: Poisson::new(bunches * large),
        }
    }

    /// Errors of one look.
    pub(super) fn draw(&self, stream: &mut Stream) -> u64 {
        let small = self.small_bunches.draw(stream).saturating_mul(self.small);
        let large = self.large_bunches.draw(stream).saturating_mul(self.small.saturating_add(1));
        small.saturating_add(large)
    }
}

/// The whole part of a float from 0 to [`EXPECTED_MAX`].
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates at both ends, and both are far away"
)]
fn whole(value: f64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_mean_and_the_variance_that_were_asked_for() {
        for (mean, dispersion) in [(0.3, 1.0), (7.5, 1.0), (12.0, 3.0), (50.0, 4.6), (2e6, 1.0)] {
            let law = ErrorLaw::new(mean, dispersion);
            let mut stream = Stream::new(1, 2);
            let draws: Vec<f64> = (0..40_000)
                .map(|_| f64::from(u32::try_from(law.draw(&mut stream)).expect("a count")))
                .collect();
            let average = draws.iter().sum::<f64>() / 40_000.0;
            let square = draws.iter().map(|x| (x - average) * (x - average)).sum::<f64>();
            let variance = square / 40_000.0;
            let error = (mean * dispersion / 40_000.0).sqrt();
            assert!((average - mean).abs() < 4.0 * error, "{average}, not {mean}");
            let ratio = variance / (mean * dispersion);
            assert!((ratio - 1.0).abs() < 0.06, "{ratio} at {mean}, {dispersion}");
        }
    }

    #[test]
    fn nothing_expected_is_nothing_drawn() {
        let law = ErrorLaw::new(0.0, 1.0);
        let mut stream = Stream::new(0, 0);
        assert!((0..100).all(|_| law.draw(&mut stream) == 0));
    }
}
