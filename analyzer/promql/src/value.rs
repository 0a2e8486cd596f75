//! Answers.

use crate::labels::Labels;
use crate::series::Points;

/// What a query gives.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The value.
    pub value: Value,
    /// What Prometheus would warn about, once each, in the order it came up.
    pub annotations: Vec<Annotation>,
    /// The selectors that no series matches at any time, in the order they came up.
    pub unmatched: Vec<Unmatched>,
    /// How many samples the selected series hold.
    pub samples: usize,
    /// False if the query selects series and none of them gave it a value, so that whatever it gives
    /// comes from its own constants, as in `x or vector(0)`. Who asks for absence has found it.
    pub is_founded: bool,
}

/// A value with its type.
#[derive(Clone, Debug)]
pub enum Value {
    /// One number.
    Scalar {
        /// Milliseconds since 1970.
        time_ms: i64,
        /// The number.
        value: f64,
    },
    /// One text.
    Text {
        /// Milliseconds since 1970.
        time_ms: i64,
        /// The text.
        text: String,
    },
    /// One number per label set at one time, in the order Prometheus gives them.
    Vector {
        /// Milliseconds since 1970.
        time_ms: i64,
        /// The elements.
        elements: Vec<Element>,
    },
    /// Points per label set, sorted by labels.
    Matrix(Vec<MatrixSeries>),
}

/// One element of an instant vector.
#[derive(Clone, Debug)]
pub struct Element {
    /// Whose value it is.
    pub labels: Labels,
    /// The value.
    pub value: f64,
}

/// The points of one label set.
#[derive(Clone, Debug)]
pub struct MatrixSeries {
    /// Whose points they are.
    pub labels: Labels,
    /// The points, oldest first.
    pub points: Points,
}

/// Something about the query or the data that may make the answer mean something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub level: AnnotationLevel,
    /// What it is, as Prometheus says it after `PromQL info: ` or `PromQL warning: `.
    pub message: String,
}

/// How bad an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnotationLevel {
    /// It may be meant like that.
    Info,
    /// The answer is likely wrong.
    Warning,
}

/// A selector that no series matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// As it was written.
    pub selector: String,
    /// What may have been meant.
    pub guess: Guess,
}

/// What may be wrong with a selector that no series matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guess {
    /// There is no metric of that name; these are similar, nearest first.
    Metric {
        /// The name asked for.
        name: String,
        /// The similar ones, perhaps none.
        nearest: Vec<String>,
    },
    /// There are such series, but not with this value of the label.
    Label {
        /// The label asked for.
        name: String,
        /// The value asked for.
        value: String,
        /// The values there are, similar ones first, at most a few.
        values: Vec<String>,
    },
    /// Each condition alone is met by some series, but not all by one.
    Combination,
}

impl std::fmt::Display for Unmatched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let listed = |words: &[String]| {
            let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            quoted.join(", ")
        };
        let selector = &self.selector;
        match &self.guess {
            // The name says it all, and the selector may be long.
            Guess::Metric { name, nearest } if nearest.is_empty() => {
                write!(f, "no series match: there is no metric `{name}`")
            }
            Guess::Metric { name, nearest } => {
                write!(f, "no series match `{name}`, did you mean {}?", listed(nearest))
            }
            Guess::Label { name, value, values } if values.is_empty() => {
                write!(
                    f,
                    "no series match: none has a label `{name}`, here `{value}`: `{selector}`"
                )
            }
            Guess::Label { name, value, values } => {
                let values = listed(values);
                write!(f, "no series match: `{name}` is {values}, never `{value}`: `{selector}`")
            }
            Guess::Combination => {
                write!(f, "no series match `{selector}`: each condition alone has some, not all")
            }
        }
    }
}

/// A number as Prometheus's API and `count_values` write it: the shortest decimal that reads the
/// same, without an exponent; `NaN`, `+Inf`, `-Inf`.
pub fn number_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if 0.0 < value { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        format!("{value}")
    }
}
