//! Latency from histogram buckets: quantiles to show, shares above a bound to test.

use thiserror::Error;

use crate::float::{real, size};
use crate::level::{Ratio, Share};
use crate::special::{normal_quantile, normal_sf};

/// Counts by bucket: `bounds[i]` is the upper bound of bucket `i`, the last bucket has none.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    bounds: Vec<f64>,
    counts: Vec<u64>,
}

/// Bounds and counts do not make a histogram.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum InvalidHistogram {
    /// There is not one count more than bounds, or no bound.
    #[error("{bounds} bounds need one count more, not {counts}")]
    Buckets {
        /// How many bounds.
        bounds: usize,
        /// How many counts.
        counts: usize,
    },
    /// Bounds do not rise or are not finite.
    #[error("bucket bounds rise and are finite; {found} is not above the one before it")]
    Bound {
        /// The offending bound.
        found: f64,
    },
}

impl Histogram {
    /// A histogram of bucket increments, not cumulative; the last count is of the open bucket.
    ///
    /// # Errors
    ///
    /// [`InvalidHistogram`] when bounds and counts do not fit or bounds do not rise.
    pub fn new(bounds: &[f64], counts: &[u64]) -> Result<Self, InvalidHistogram> {
        if bounds.is_empty() || counts.len() != bounds.len() + 1 {
            return Err(InvalidHistogram::Buckets { bounds: bounds.len(), counts: counts.len() });
        }
        let mut before = f64::NEG_INFINITY;
        for &found in bounds {
            if !(before < found && found < f64::INFINITY) {
                return Err(InvalidHistogram::Bound { found });
            }
            before = found;
        }
        Ok(Self { bounds: bounds.to_vec(), counts: counts.to_vec() })
    }

    /// The upper bounds, rising.
    pub fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    /// All observations.
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count))
    }

    /// How many observations lie above each bound.
    pub fn above(&self) -> Vec<u64> {
        let mut above: Vec<u64> = self
            .counts
            .iter()
            .rev()
            .scan(0_u64, |sum, count| {
                *sum = sum.saturating_add(*count);
                Some(*sum)
            })
            .take(self.bounds.len())
            .collect();
        above.reverse();
        above
    }

    /// The share of observations above each bound, from 0 to 1; NaN without observations.
    pub fn survival(&self) -> Vec<f64> {
        let total = real(self.total());
        self.above().into_iter().map(|count| real(count) / total).collect()
    }

    /// The quantile as PromQL's `histogram_quantile` gives it: linear inside the bucket.
    ///
    /// The highest bound when it falls into the open bucket, NaN without observations. The first
    /// bucket starts at 0 unless its bound is not above 0. For display; the tests use [`Self::above`].
    pub fn quantile(&self, q: Share) -> f64 {
        let total = real(self.total());
        if total <= 0.0 {
            return f64::NAN;
        }
        let rank = q.get() * total;
        let mut below = 0.0;
        for (bucket, &upper) in self.bounds.iter().enumerate() {
            let count = real(self.counts[bucket]);
            if rank <= below + count {
                let lower = match bucket.checked_sub(1) {
                    Some(previous) => self.bounds[previous],
                    None if upper <= 0.0 => return upper,
                    None => 0.0,
                };
                return if 0.0 < count {
                    lower + (upper - lower) * ((rank - below) / count)
                } else {
                    upper
                };
            }
            below += count;
        }
        self.bounds[self.bounds.len() - 1]
    }

    /// Which bounds say something about the quantile `q`: survival between a quarter of `1 - q` and
    /// the smaller of a half and eight times `1 - q`.
    ///
    /// When no bound qualifies, the one whose survival is nearest to `1 - q` on the log scale among
    /// those with observations on both sides; empty when there is none.
    pub fn bounds_for(&self, q: Share) -> Vec<usize> {
        let tail = 1.0 - q.get();
        let survival = self.survival();
        let inside = |share: &f64| 0.25 * tail <= *share && *share <= f64::min(0.5, 8.0 * tail);
        let chosen: Vec<usize> =
            (0..survival.len()).filter(|&bound| inside(&survival[bound])).collect();
        if !chosen.is_empty() {
            return chosen;
        }
        let distance = |bound: &usize| libm::log(survival[*bound] / tail).abs();
        (0..survival.len())
            .filter(|&bound| 0.0 < survival[bound] && survival[bound] < 1.0)
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .into_iter()
            .collect()
    }

    /// What "latency may be `slower` times as long" allows as a ratio of shares above each bound.
    ///
    /// The survival at `bound / slower` over that at `bound`, interpolated on log latency and normal
    /// score between the bounds; 1 where the histogram is empty on either side of the bound.
    pub fn allowed_ratio(&self, bound: usize, slower: Ratio) -> Ratio {
        let survival = self.survival();
        let (Some(&edge), Some(&share)) = (self.bounds.get(bound), survival.get(bound)) else {
            return Ratio::EQUAL;
        };
        if !(0.0 < share && share < 1.0 && 0.0 < edge) {
            return Ratio::EQUAL;
        }
        let points: Vec<(f64, f64)> = self
            .bounds
            .iter()
            .zip(&survival)
            .filter(|(edge, _)| 0.0 < **edge)
            .map(|(edge, share)| {
                (libm::log(*edge), normal_quantile(1.0 - share.clamp(1e-9, 1.0 - 1e-9)))
            })
            .collect();
        let score = interpolated(&points, libm::log(edge / slower.get()));
        let ratio = normal_sf(score) / share;
        Ratio::try_from(ratio).unwrap_or(Ratio::EQUAL).max(Ratio::EQUAL)
    }
}

/// Linear between the points, flat outside.
fn interpolated(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.iter().position(|point| x <= point.0);
    match after {
        None => points.last().map_or(0.0, |point| point.1),
        Some(0) => points[0].1,
        Some(after) => {
            let (low, high) = (points[after - 1], points[after]);
            low.1 + (high.1 - low.1) * (x - low.0) / (high.0 - low.0)
        }
    }
}

/// The log of the plain average of several bounds' e-values, given as logs; 0 for none.
pub fn average_log_e(log_e: &[f64]) -> f64 {
    if log_e.is_empty() {
        return 0.0;
    }
    crate::float::log_sum_exp(log_e.iter().copied()) - libm::log(size(log_e.len()))
}
