//! Where our own log lines go: stderr, in the format people read.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::inputs::InputError;

/// Starts logging what `filter` lets through.
///
/// # Errors
///
/// [`InputError`] when `filter` is not a filter.
pub(crate) fn start(filter: &str) -> Result<(), InputError> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|_| InputError::wrong("--log", filter, &"is no filter such as `debug`"))?;
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = layer.with_filter(filter.and(filter_fn(is_safe)));
    drop(tracing_subscriber::registry().with(layer).try_init());
    Ok(())
}

/// Our own lines mask secrets; those of the HTTP libraries show headers and URLs as they are, so of
/// them only what is wrong is let through, whatever somebody asks for.
fn is_safe(line: &Metadata<'_>) -> bool {
    line.target().starts_with("assay") || *line.level() <= Level::WARN
}
