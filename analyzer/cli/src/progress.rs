//! What a live run shows on stderr while it runs: a line a measurement, nothing on stdout.

use assay_run::state::{Phase, RunState};
use assay_run::step::Event;
use assay_template::plan::Plan;

use crate::report::{escape, symbol, time_of_day};
use crate::say;

/// Follows a run and writes what is new.
pub(crate) struct Progress {
    shown: bool,
}

impl Progress {
    /// Shows progress, or not.
    pub(crate) fn new(shown: bool) -> Self {
        Self { shown }
    }

    /// Writes the line of a measurement that just ended.
    pub(crate) fn observe(&self, plan: &Plan, state: &RunState, event: &Event) {
        let Event::Measured { ticket, .. } = event else { return };
        if !self.shown {
            return;
        }
        let Some(metric) = plan.metrics.get(ticket.metric) else { return };
        let Some(measurement) =
            state.metrics.get(ticket.metric).and_then(|metric| metric.measurements.back())
        else {
            return;
        };
        let phase = Phase::from(measurement.outcome);
        let what = if measurement.message.is_empty() {
            measurement.value.clone()
        } else {
            format!("{} {}", measurement.value, measurement.message)
        };
        say(&format!(
            "{}  {}  {} {}  {}",
            time_of_day(&measurement.started_at.to_string()),
            escape::line(&metric.name),
            symbol(phase),
            phase.as_str(),
            escape::line(what.trim()),
        ));
    }
}
