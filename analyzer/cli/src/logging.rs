//! Where our own log lines go: stderr, in the format people read.

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Starts logging what `filter` lets through.
///
/// # Errors
///
/// When `filter` is not a filter.
pub fn start(filter: &str) -> anyhow::Result<()> {
    // Nothing below `warn` costs nothing: no subscriber is set up unless somebody asked for more.
    let filter = EnvFilter::try_new(filter).context("--log is not a filter, such as `debug`")?;
    let stderr = std::io::stderr;
    drop(tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).try_init());
    Ok(())
}
