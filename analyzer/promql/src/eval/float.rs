//! Sums, means and quantiles as Prometheus computes them, down to the order of the additions.

use crate::Dialect;

/// A sum that also keeps what rounding took away (Neumaier's variant of Kahan's).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KahanSum {
    pub(super) sum: f64,
    pub(super) lost: f64,
}

impl KahanSum {
    pub(super) fn add(&mut self, value: f64, dialect: Dialect) {
        let total = self.sum + value;
        let forgets = total.is_infinite() && dialect == Dialect::Prometheus3;
        if forgets {
            self.lost = 0.0;
        } else if value.abs() <= self.sum.abs() {
            self.lost += (self.sum - total) + value;
        } else {
            self.lost += (value - total) + self.sum;
        }
        self.sum = total;
    }

    pub(super) fn total(self) -> f64 {
        if self.sum.is_infinite() { self.sum } else { self.sum + self.lost }
    }
}

/// The number of things as a float.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn count(things: usize) -> f64 {
    things as f64
}

/// Milliseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "times are below 2^53 ms for 285,000 years")]
pub(super) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// The smaller, as Go has it: NaN unless the other is -Inf.
pub(super) fn go_min(left: f64, right: f64) -> f64 {
    if left == f64::NEG_INFINITY || right == f64::NEG_INFINITY {
        f64::NEG_INFINITY
    } else if left.is_nan() || right.is_nan() {
        f64::NAN
    } else {
        left.min(right)
    }
}

/// The larger, as Go has it: NaN unless the other is +Inf.
pub(super) fn go_max(left: f64, right: f64) -> f64 {
    if left == f64::INFINITY || right == f64::INFINITY {
        f64::INFINITY
    } else if left.is_nan() || right.is_nan() {
        f64::NAN
    } else {
        left.max(right)
    }
}

/// Sorts with NaN first, the order quantiles are taken in.
pub(super) fn sort_values(values: &mut [f64]) {
    values.sort_by(|left, right| match (left.is_nan(), right.is_nan()) {
        (true, true) => std::cmp::Ordering::Equal,
        (true, false) => std::cmp::Ordering::Less,
        (false, true) => std::cmp::Ordering::Greater,
        (false, false) => left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal),
    });
}

/// The `share` quantile (0 to 1), linear between neighbours; sorts the values.
pub(super) fn quantile(share: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || share.is_nan() {
        return f64::NAN;
    }
    if share < 0.0 {
        return f64::NEG_INFINITY;
    }
    if 1.0 < share {
        return f64::INFINITY;
    }
    sort_values(values);
    let rank = share * (count(values.len()) - 1.0);
    let floor = libm::floor(rank);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number between 0 and the count"
    )]
    let lower = floor as usize;
    let upper = (lower + 1).min(values.len() - 1);
    let weight = rank - floor;
    values[lower] * (1.0 - weight) + values[upper] * weight
}

/// The mean of `values`, which are not empty, as `avg_over_time` computes it.
pub(super) fn mean(values: &[f64], dialect: Dialect) -> f64 {
    match dialect {
        Dialect::Prometheus2 => incremental_mean(values),
        Dialect::Prometheus3 => direct_mean(values),
    }
}

/// True if a mean that is infinite stays as it is when `value` joins.
pub(super) fn stays_infinite(mean: f64, value: f64) -> bool {
    mean.is_infinite()
        && ((value.is_infinite() && (0.0 < mean) == (0.0 < value)) || value.is_finite())
}

fn incremental_mean(values: &[f64]) -> f64 {
    let mut mean = KahanSum::default();
    for (index, &value) in values.iter().enumerate() {
        if !stays_infinite(mean.sum, value) {
            let count = count(index + 1);
            mean.add(value / count - mean.sum / count, Dialect::Prometheus2);
        }
    }
    mean.total()
}

/// Sum over count, and only where the sum overflows a mean adjusted value by value.
pub(super) fn direct_mean(values: &[f64]) -> f64 {
    let mut mean = RunningMean::default();
    for &value in values {
        mean.add(value);
    }
    mean.value()
}

/// A mean in Prometheus 3.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RunningMean {
    count: f64,
    sum: KahanSum,
    /// True once the sum would overflow: it is the mean from then on.
    is_mean: bool,
}

impl RunningMean {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if self.count < 2.0 {
            self.sum = KahanSum { sum: value, lost: 0.0 };
            return;
        }
        if !self.is_mean {
            let mut grown = self.sum;
            grown.add(value, Dialect::Prometheus3);
            if !grown.sum.is_infinite() {
                self.sum = grown;
                return;
            }
            self.is_mean = true;
            self.sum.sum /= self.count - 1.0;
            self.sum.lost /= self.count - 1.0;
        }
        let kept = (self.count - 1.0) / self.count;
        self.sum = KahanSum { sum: kept * self.sum.sum, lost: kept * self.sum.lost };
        self.sum.add(value / self.count, Dialect::Prometheus3);
    }

    pub(super) fn value(self) -> f64 {
        if self.is_mean {
            self.sum.sum + self.sum.lost
        } else {
            self.sum.sum / self.count + self.sum.lost / self.count
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(share: f64, values: &[f64], expected: f64) {
        let found = quantile(share, &mut values.to_vec());
        assert_eq!(found.to_bits(), expected.to_bits(), "{share} of {values:?}: {found}");
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        check(0.5, &[3.0, 1.0, 2.0], 2.0);
        check(0.75, &[1.0, 2.0], 1.75);
        check(1.0, &[1.0, 2.0], 2.0);
        check(-0.1, &[1.0], f64::NEG_INFINITY);
        check(1.1, &[1.0], f64::INFINITY);
        check(0.5, &[], f64::NAN);
        check(0.0, &[1.0, f64::NAN], f64::NAN); // NaN sorts first
    }

    #[test]
    fn a_mean_does_not_overflow() {
        for dialect in [Dialect::Prometheus2, Dialect::Prometheus3] {
            let found = mean(&[1.7e308, 1.7e308, 1.7e308], dialect);
            assert!((found / 1.7e308 - 1.0).abs() < 1e-15, "{found}");
            assert_eq!(mean(&[f64::INFINITY, 1.0], dialect).to_bits(), f64::INFINITY.to_bits());
        }
    }

    #[test]
    fn a_sum_keeps_what_rounding_takes_away() {
        let mut sum = KahanSum::default();
        for value in [1.0, 1e100, 1.0, -1e100] {
            sum.add(value, Dialect::Prometheus2);
        }
        assert_eq!(sum.total().to_bits(), 2.0_f64.to_bits());
    }
}
