//! What the scenarios came to, beside what is demanded of them.

use std::fmt::Write;

use assay_stats::simulate::catalogue::MethodTally;
use assay_stats::simulate::{Bar, Row, Scenario, rows};
use serde::Serialize;

use crate::report::columns::columns;
use crate::report::escape::markdown;

/// Replications from which on a bar is held to the letter.
const REPLICATIONS_EXACT: u32 = 2000;
/// Standard errors of slack that fewer replications get.
const ERRORS_OF_SLACK: f64 = 3.0;
/// Looks of slack that a median of fewer replications gets.
const LOOKS_OF_SLACK: f64 = 2.0;

/// The table as it is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Characteristics {
    replications: u32,
    seed: u64,
    /// Whether bars get slack, because the replications are few.
    slack: bool,
    /// Bars that are met.
    met: usize,
    /// Bars that are missed.
    pub(super) missed: usize,
    rows: Vec<Line>,
}

/// One method in one scenario.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    scenario: String,
    method: &'static str,
    /// The share of rollouts that were stopped, or cleared, from 0 to 1.
    share: f64,
    /// Its standard error.
    standard_error: f64,
    /// The median look, from 1; null when fewer than half were stopped.
    median_look: Option<f64>,
    bars: Vec<Held>,
}

/// One demand.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    /// `shareAtMost`, `shareAtLeast` or `medianBy`.
    demand: &'static str,
    value: f64,
    met: bool,
}

impl Characteristics {
    /// The figures of `scenarios`, whose tallies are in the same order.
    pub(super) fn of(
        scenarios: &[Scenario],
        tallies: &[Vec<MethodTally>],
        replications: u32,
        seed: u64,
    ) -> Self {
        let slack = replications < REPLICATIONS_EXACT;
        let demands = rows();
        let mut lines = Vec::new();
        for (scenario, methods) in scenarios.iter().zip(tallies) {
            lines.extend(methods.iter().map(|found| Line::of(scenario, found, &demands, slack)));
        }
        let bars = || lines.iter().flat_map(|line| &line.bars);
        let met = bars().filter(|bar| bar.met).count();
        let missed = bars().count() - met;
        Self { replications, seed, slack, met, missed, rows: lines }
    }

    /// As plain text.
    pub(super) fn table(&self) -> String {
        let heads = ["scenario", "method", "share", "± error", "median look", "bar"];
        let mut rows = vec![heads.map(str::to_owned)];
        rows.extend(self.rows.iter().map(Line::cells));
        let mut out = String::new();
        columns(&mut out, &rows);
        let _ = writeln!(out, "\n{}", self.summary());
        out
    }

    /// As Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut out = String::from("| scenario | method | share | ± error | median look | bar |\n");
        out.push_str("| --- | --- | ---: | ---: | ---: | --- |\n");
        for line in &self.rows {
            let _ = writeln!(out, "| {} |", line.cells().map(|cell| markdown(&cell)).join(" | "));
        }
        let _ = writeln!(out, "\n{}", self.summary());
        out
    }

    fn summary(&self) -> String {
        let mut text = format!(
            "{} rollouts a scenario, seed {}: {} bars met, {} missed.",
            self.replications, self.seed, self.met, self.missed
        );
        text.push_str(
            " The share is that of rollouts aborted (anytime, auto) or cleared for early promotion.",
        );
        if self.slack {
            let _ = write!(
                text,
                " Below {REPLICATIONS_EXACT} rollouts a share gets {ERRORS_OF_SLACK} standard errors \
                 of slack, a median {LOOKS_OF_SLACK} looks."
            );
        }
        text
    }
}

impl Line {
    fn of(scenario: &Scenario, found: &MethodTally, demands: &[Row], slack: bool) -> Self {
        let tally = &found.tally;
        let own = |row: &&Row| row.scenario == scenario.name && row.method == found.method;
        let held = |row: &Row| {
            let bar = match row.bar {
                Bar::MedianBy(look) if slack => Bar::MedianBy(look + LOOKS_OF_SLACK),
                bar @ (Bar::AtMost(_) | Bar::AtLeast(_) | Bar::MedianBy(_)) => bar,
            };
            let (demand, value) = match row.bar {
                Bar::AtMost(share) => ("shareAtMost", share),
                Bar::AtLeast(share) => ("shareAtLeast", share),
                Bar::MedianBy(look) => ("medianBy", look),
            };
            let met = bar.is_met(tally, if slack { ERRORS_OF_SLACK } else { 0.0 });
            Held { demand, value, met }
        };
        Self {
            scenario: scenario.name.clone(),
            method: found.method,
            share: tally.share_stopped(),
            standard_error: tally.standard_error(),
            median_look: tally.median_look(),
            bars: demands.iter().filter(own).map(held).collect(),
        }
    }

    fn cells(&self) -> [String; 6] {
        let median = self.median_look.map_or_else(|| String::from("-"), |look| look.to_string());
        [
            self.scenario.clone(),
            self.method.to_owned(),
            format!("{:.2} %", 100.0 * self.share),
            format!("{:.2}", 100.0 * self.standard_error),
            median,
            self.bars.iter().map(Held::text).collect::<Vec<String>>().join(", "),
        ]
    }
}

impl Held {
    fn text(&self) -> String {
        let percent = || format!("{} %", (1000.0 * self.value).round() / 10.0);
        let demand = match self.demand {
            "shareAtMost" => format!("at most {}", percent()),
            "shareAtLeast" => format!("at least {}", percent()),
            _ => format!("median by look {}", self.value),
        };
        format!("{demand} {}", if self.met { "met" } else { "MISSED" })
    }
}
