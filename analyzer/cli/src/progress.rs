//! What is shown on stderr while something runs, nothing of it on stdout: a line a measurement of a
//! live run, or how far a computation is.

use std::io::{IsTerminal, Write};

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

/// How far the work is, on stderr: one line that moves on a terminal, a line each tenth elsewhere.
pub(crate) struct Steps {
    what: &'static str,
    total: usize,
    done: usize,
    tenths: usize,
    terminal: bool,
}

impl Steps {
    /// Work of so many steps.
    pub(crate) fn new(what: &'static str, total: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { what, total, done: 0, tenths: 0, terminal }
    }

    /// One more step is done.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        let tenths = self.done * 10 / self.total.max(1);
        if self.terminal {
            let end = if self.done == self.total { "\n" } else { "" };
            let mut to = std::io::stderr().lock();
            drop(write!(to, "\r{} {} of {}{end}", self.what, self.done, self.total));
            drop(to.flush());
        } else if self.tenths < tenths {
            say(&format!("{} {} %", self.what, tenths * 10));
        }
        self.tenths = tenths;
    }
}
