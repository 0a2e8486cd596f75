//! `exp` and `ln(1 + x)` without branches, so that a compiler can work on several numbers at once.
//!
//! An e-process needs dozens of these a look, which is nearly all of its time. Only additions,
//! multiplications, divisions and bit moves are used: the answer is the same, to the last bit,
//! whether or not they are done side by side.
//!
//! Numbers far outside the range of a float are kept as a mantissa and a power of two.

use std::f64::consts::{LOG2_E, SQRT_2};

/// Adding it rounds a small float to an integer and leaves that integer in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// `2^52`: its bits, with a small integer in the low ones, are `2^52` plus that integer.
const TWO_52: f64 = 4_503_599_627_370_496.0;
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `e^x` as a number near 1 and a power of two: right for any `|x|` up to 1e12.
#[inline]
pub(crate) fn exp_parts(x: f64) -> (f64, f64) {
    let n = (x * LOG2_E + ROUND) - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // Taylor's series to the 13th power: the rest is below 1e-17 for |r| up to ln(2)/2.
    let mut sum = 1.0 / 6_227_020_800.0;
    for inverse in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * r + inverse;
    }
    (sum, n)
}

/// `2^n` for a whole `n` up to 0; about 1e-301 for all `n` below -1000.
#[inline]
pub(crate) fn power_of_two(n: f64) -> f64 {
    let n = if n < -1000.0 { -1000.0 } else { n };
    f64::from_bits((n + ROUND).to_bits().wrapping_add(1023) << 52)
}

/// A normal positive number as a mantissa from 1 to 2 and a power of two.
#[inline]
pub(crate) fn split(value: f64) -> (f64, f64) {
    let bits = value.to_bits();
    let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    let exponent = f64::from_bits((bits >> 52) | TWO_52.to_bits()) - TWO_52 - 1023.0;
    (mantissa, exponent)
}

/// `ln(1 + x)` within a few units in the last place, for `x` above -1 and below 1e300.
#[inline]
pub(crate) fn ln_1p(x: f64) -> f64 {
    let u = 1.0 + x;
    // What the addition lost comes back at first order.
    let lost = (x - (u - 1.0)) / u;
    let (mantissa, exponent) = split(u);
    let large = SQRT_2 < mantissa;
    let mantissa = if large { 0.5 * mantissa } else { mantissa };
    let exponent = if large { exponent + 1.0 } else { exponent };
    let f = mantissa - 1.0;
    let s = f / (2.0 + f);
    let square = s * s;
    // The series of the inverse hyperbolic tangent; |s| stays below 0.172.
    let mut sum = 1.0 / 25.0;
    for inverse in [
        1.0 / 23.0,
        1.0 / 21.0,
        1.0 / 19.0,
        1.0 / 17.0,
        1.0 / 15.0,
        1.0 / 13.0,
        1.0 / 11.0,
        1.0 / 9.0,
        1.0 / 7.0,
        1.0 / 5.0,
        1.0 / 3.0,
    ] {
        sum = sum * square + inverse;
    }
    let tail = 2.0 * s * square * sum;
    exponent * LN_2_HIGH + ((exponent * LN_2_LOW + lost) + (2.0 * s + tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(x: f64, found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(error <= 1e-15 * expected.abs() + 1e-306, "{x}: {found:e} is not {expected:e}");
    }

    #[test]
    fn agrees_with_the_plain_functions() {
        let mut x = -690.0;
        while x < 690.0 {
            let (mantissa, exponent) = exp_parts(x);
            close(x, mantissa * libm::exp2(exponent), libm::exp(x));
            x += 0.037;
        }
        for n in -1000..=0 {
            close(f64::from(n), power_of_two(f64::from(n)), libm::exp2(f64::from(n)));
        }
        for k in -320..300 {
            for step in 1..20 {
                let x = f64::from(step) * 0.5 * libm::pow(10.0, f64::from(k) / 2.0);
                if x < 1e300 {
                    close(x, ln_1p(x), libm::log1p(x));
                }
                if x < 1.0 {
                    close(-x, ln_1p(-x), libm::log1p(-x));
                }
            }
        }
        for value in [1.0, 1.999, 3e-300, 7e250] {
            let (mantissa, exponent) = split(value);
            assert!((1.0..2.0).contains(&mantissa), "{value}");
            close(value, mantissa * libm::exp2(exponent), value);
        }
    }
}
