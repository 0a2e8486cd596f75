//! The raw answer of a source, before anything judges it.

use assay_template::json::Json;
use jiff::Timestamp;

/// What a source answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The value.
    pub reading: Reading,
    /// What the source warned about, in its own words.
    pub warnings: Vec<String>,
    /// The time of the oldest value of an instant query, when the source said one.
    pub sampled: Option<Timestamp>,
    /// Why the value is no evidence although there is one, as a clause; none if it is.
    ///
    /// Only whoever evaluates a query can tell that a value comes from a constant in it.
    pub unfounded: Option<String>,
}

impl Answer {
    /// An answer without warnings or times.
    pub fn of(reading: Reading) -> Self {
        Self { reading, warnings: Vec::new(), sampled: None, unfounded: None }
    }
}

/// The value in an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A Prometheus scalar.
    Scalar(f64),
    /// An instant vector: the values of its series in response order.
    Vector(Vec<f64>),
    /// A range query: the values of all series one after the other.
    Matrix(Vec<f64>),
    /// A JSON value, after the JSONPath.
    Json(Json),
    /// A web body that is not JSON, as it came.
    Text(String),
    /// The outcome of a round of health probes.
    Health(Health),
    /// A Kayenta score, 0 to 100.
    Score(f64),
    /// A job ended; true if it completed.
    Finished(bool),
    /// Raw samples of series at common instants, for a statistical criterion.
    Samples(Samples),
    /// There is nothing, e.g. because recorded answers have run out.
    Nothing {
        /// Why, as a clause: `the 5 recorded answers are used up`.
        why: String,
    },
}

/// What series showed at some instants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// The instants, ascending.
    pub instants: Vec<Timestamp>,
    /// The series.
    pub series: Vec<SampledSeries>,
}

/// One series at the instants of its [`Samples`].
#[derive(Clone, Debug, PartialEq)]
pub struct SampledSeries {
    /// Its labels, sorted by name.
    pub labels: Vec<(String, String)>,
    /// Its value at each instant; none where it had no sample.
    pub values: Vec<Option<f64>>,
}

impl SampledSeries {
    /// The value of a label; none if it has no such label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The outcome of a round of health probes.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Probes that were as expected.
    pub passed: u32,
    /// Probes that were not, by target, in target order.
    pub failures: Vec<ProbeFailure>,
    /// Seconds until the complete answer, of every probe that got one, in probe order.
    pub latencies_seconds: Vec<f64>,
}

/// One probe that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeFailure {
    /// The name of the target.
    pub target: String,
    /// What was wrong, as a clause: `answered 503`, `did not answer within 5s`.
    pub why: String,
}

/// A source gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What kind of failure.
    pub kind: FaultKind,
    /// What went wrong and where, lower case, without secrets.
    pub message: String,
}

/// The kinds of failure a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// No connection, or it broke.
    Unreachable,
    /// No complete answer in time.
    TimedOut,
    /// The source answered with an error.
    Refused,
    /// The source answered something that cannot be read.
    Unreadable,
    /// The answer exceeds a limit.
    TooLarge,
    /// The query cannot be sent as it is configured.
    Misconfigured,
}
