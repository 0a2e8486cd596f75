//! Series in memory, and PromQL over them.
//!
//! Fixtures and scraped pages become a [`SeriesSet`]; a [`Query`] is evaluated over it with the
//! semantics of Prometheus. Nothing here reads a clock, a file or a socket.

mod exposition;
mod labels;
mod notation;
mod series;
mod text;

pub use exposition::{Family, Page, PageFormat};
pub use labels::{Label, Labels, METRIC_NAME};
pub use notation::{NOTATION_SAMPLES_MAX, NotationProblem, load, parse_series, parse_values};
pub use series::{Place, Points, Series, SeriesBuilder, SeriesSet, is_stale, stale};
pub use text::{TextProblem, TextProblemKind};
