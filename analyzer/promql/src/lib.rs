//! Series in memory, and PromQL over them.
//!
//! Fixtures and scraped pages become a [`SeriesSet`]; a [`Query`] is evaluated over it with the
//! semantics of Prometheus. Nothing here reads a clock, a file or a socket.

mod cursor;
mod eval;
mod exposition;
mod labels;
mod nearest;
mod notation;
mod query;
mod series;
mod text;
mod value;

pub use eval::{Budget, EvalError, Settings, instant, range, select};
pub use exposition::{Family, Page, PageFormat};
pub use labels::{Label, Labels, METRIC_NAME};
pub use notation::{NOTATION_SAMPLES_MAX, NotationProblem, Values, load, parse_series, time_ms};
pub use query::{AnswerType, Query, QueryProblem, QueryProblemKind, duration_ms};
pub use series::{Place, Points, Series, SeriesBuilder, SeriesSet, is_stale, stale};
pub use text::{TextProblem, TextProblemKind};
pub use value::{
    Annotation, AnnotationLevel, Answer, Element, Guess, MatrixSeries, Unmatched, Value,
    number_text,
};

/// Whose semantics a query is evaluated with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Prometheus 2.x: windows include the sample at their very start.
    Prometheus2,
    /// Prometheus 3.x: windows do not include the sample at their very start.
    #[default]
    Prometheus3,
}
