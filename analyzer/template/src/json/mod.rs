//! A JSON value as a condition sees it: every number a double, every map in key order.
//!
//! Reading ([`parse`]) and printing (`Display`) follow Go's `encoding/json`, because its opinion of
//! what is JSON decides whether a condition sees a value or the raw text, and its print is the
//! recorded value.

mod print;
mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use read::{DEPTH_MAX, InvalidJson, MEMORY_BYTES_MAX, parse, replace_invalid};

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
