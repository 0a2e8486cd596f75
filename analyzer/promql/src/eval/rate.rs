//! How fast something grows: rates, increases and differences, with extrapolation.

use crate::Dialect;
use crate::eval::float::{count, seconds};
use crate::eval::window::Window;
use crate::query::RangeFunction;

/// What a growth is of and per.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Growth {
    /// Counters only fall when they start anew.
    pub(super) is_counter: bool,
    /// Per second, or over the whole window.
    pub(super) is_rate: bool,
}

/// The growth over the window, stretched to its ends; `None` with fewer than two points.
///
/// # Source
///
/// Prometheus's documentation of `rate`, `increase` and `delta`; the differential test.
pub(super) fn extrapolated(window: &Window<'_>, growth: Growth) -> Option<f64> {
    if window.values.len() < 2 {
        return None;
    }
    let ((first_ms, first), (last_ms, last)) = (window.first(), window.last());
    let mut grown = last - first;
    if growth.is_counter {
        for pair in window.values.windows(2) {
            if pair[1] < pair[0] {
                grown += pair[0];
            }
        }
    }
    let to_start = seconds(first_ms.saturating_sub(window.frame.start_ms));
    let to_end = seconds(window.frame.end_ms.saturating_sub(last_ms));
    let sampled = seconds(last_ms.saturating_sub(first_ms));
    let between = sampled / (count(window.values.len()) - 1.0);
    // Where a counter that grew like this would have been zero.
    let has_zero = growth.is_counter && 0.0 < grown && 0.0 <= first;
    let to_zero = if has_zero { sampled * (first / grown) } else { f64::INFINITY };
    let threshold = between * 1.1;
    let near = |gap: f64| if gap < threshold { gap } else { between / 2.0 };
    let stretched = match window.frame.dialect {
        Dialect::Prometheus2 => {
            let to_start = if to_zero < to_start { to_zero } else { to_start };
            sampled + near(to_start) + near(to_end)
        }
        // The zero point counts last, so half a gap never reaches below zero.
        Dialect::Prometheus3 => {
            let to_start = near(to_start);
            let to_start = if to_zero < to_start { to_zero } else { to_start };
            sampled + to_start + near(to_end)
        }
    };
    let factor = stretched / sampled;
    let factor = if growth.is_rate { factor / seconds(window.frame.range_ms) } else { factor };
    Some(grown * factor)
}

/// The difference of the last two points, per second for a counter.
pub(super) fn instant(window: &Window<'_>, growth: Growth) -> Option<f64> {
    let [.., before_ms, last_ms] = window.times_ms else { return None };
    let [.., before, last] = window.values else { return None };
    let elapsed_ms = last_ms.saturating_sub(*before_ms);
    let grown = if growth.is_rate && last < before { *last } else { last - before };
    Some(if growth.is_rate { grown / seconds(elapsed_ms) } else { grown })
}

/// Which growth a function tells.
pub(super) fn growth(function: RangeFunction) -> Growth {
    match function {
        RangeFunction::Rate | RangeFunction::Irate => Growth { is_counter: true, is_rate: true },
        RangeFunction::Increase => Growth { is_counter: true, is_rate: false },
        RangeFunction::Delta
        | RangeFunction::Idelta
        | RangeFunction::AvgOverTime
        | RangeFunction::SumOverTime
        | RangeFunction::CountOverTime
        | RangeFunction::MinOverTime
        | RangeFunction::MaxOverTime
        | RangeFunction::FirstOverTime
        | RangeFunction::LastOverTime
        | RangeFunction::PresentOverTime
        | RangeFunction::StddevOverTime
        | RangeFunction::StdvarOverTime
        | RangeFunction::MadOverTime
        | RangeFunction::QuantileOverTime
        | RangeFunction::Changes
        | RangeFunction::Resets
        | RangeFunction::Deriv
        | RangeFunction::PredictLinear
        | RangeFunction::DoubleExponentialSmoothing => Growth { is_counter: false, is_rate: false },
    }
}
