//! A JSON value as a condition sees it: every number a double, every map in key order.

use std::collections::BTreeMap;

/// A decoded JSON value.
///
/// Numbers are doubles, as in Argo Rollouts: integers above 2^53 lose precision.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object; the last of two equal keys wins.
    Map(BTreeMap<String, Json>),
}
