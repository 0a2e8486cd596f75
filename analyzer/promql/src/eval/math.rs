//! Functions and operators on single numbers.

use std::f64::consts::{LN_2, LN_10, PI};

use crate::query::{BinaryOperator, MathFunction};

/// Applies `function` to `value`.
pub(super) fn apply(function: MathFunction, value: f64) -> f64 {
    match function {
        MathFunction::Abs => value.abs(),
        MathFunction::Ceil => libm::ceil(value),
        MathFunction::Floor => libm::floor(value),
        MathFunction::Exp => libm::exp(value),
        MathFunction::Sqrt => value.sqrt(),
        MathFunction::Ln => libm::log(value),
        MathFunction::Log2 => log2(value),
        // As Go does it, which differs in the last digits from a logarithm of its own.
        MathFunction::Log10 => log2(value) * (LN_2 / LN_10),
        MathFunction::Sgn if value < 0.0 => -1.0,
        MathFunction::Sgn if 0.0 < value => 1.0,
        MathFunction::Sgn => value,
        MathFunction::Sin => libm::sin(value),
        MathFunction::Cos => libm::cos(value),
        MathFunction::Tan => libm::tan(value),
        MathFunction::Asin => libm::asin(value),
        MathFunction::Acos => libm::acos(value),
        MathFunction::Atan => libm::atan(value),
        MathFunction::Sinh => libm::sinh(value),
        MathFunction::Cosh => libm::cosh(value),
        MathFunction::Tanh => libm::tanh(value),
        MathFunction::Asinh => libm::asinh(value),
        MathFunction::Acosh => libm::acosh(value),
        MathFunction::Atanh => libm::atanh(value),
        MathFunction::Deg => value * 180.0 / PI,
        MathFunction::Rad => value * PI / 180.0,
    }
}

fn log2(value: f64) -> f64 {
    if !(0.0 < value && value.is_finite()) {
        return libm::log(value);
    }
    let (fraction, exponent) = libm::frexp(value);
    // Powers of two come out exact.
    if fraction.to_bits() == 0.5_f64.to_bits() {
        return f64::from(exponent - 1);
    }
    libm::log(fraction) * (1.0 / LN_2) + f64::from(exponent)
}

/// Rounds to the nearest multiple of `to`, halves upwards.
pub(super) fn round(value: f64, to: f64) -> f64 {
    let per_unit = 1.0 / to;
    libm::floor(value * per_unit + 0.5) / per_unit
}

/// `left` and `right` with a calculating operator between them; `None` for one that compares.
pub(super) fn calculate(operator: BinaryOperator, left: f64, right: f64) -> Option<f64> {
    Some(match operator {
        BinaryOperator::Add => left + right,
        BinaryOperator::Subtract => left - right,
        BinaryOperator::Multiply => left * right,
        BinaryOperator::Divide => left / right,
        BinaryOperator::Modulo => left % right,
        BinaryOperator::Power => libm::pow(left, right),
        BinaryOperator::Atan2 => libm::atan2(left, right),
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::Unless => return None,
    })
}

/// Whether a comparison holds; false for an operator that does not compare.
#[expect(clippy::float_cmp, reason = "this is PromQL's own comparison")]
pub(super) fn holds(operator: BinaryOperator, left: f64, right: f64) -> bool {
    match operator {
        BinaryOperator::Equal => left == right,
        BinaryOperator::NotEqual => left != right,
        BinaryOperator::Less => left < right,
        BinaryOperator::LessOrEqual => left <= right,
        BinaryOperator::Greater => left > right,
        BinaryOperator::GreaterOrEqual => left >= right,
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::Power
        | BinaryOperator::Atan2
        | BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::Unless => false,
    }
}

/// 1 or 0.
pub(super) fn number(truth: bool) -> f64 {
    if truth { 1.0 } else { 0.0 }
}
