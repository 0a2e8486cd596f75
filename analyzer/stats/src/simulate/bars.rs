//! What the criteria must reach, row by row.

use crate::simulate::held_out::held_out;
use crate::simulate::tally::Tally;

/// One demand on one method in one scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bar {
    /// At most this share of rollouts is stopped.
    AtMost(f64),
    /// At least this share of rollouts is stopped.
    AtLeast(f64),
    /// The median rollout is stopped by this look.
    MedianBy(f64),
}

/// A demand and where it applies.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The scenario's name.
    pub scenario: String,
    /// The method.
    pub method: &'static str,
    /// The demand.
    pub bar: Bar,
}

impl Bar {
    /// Whether the tally meets the demand, give or take `errors` standard errors of a share.
    pub fn is_met(self, tally: &Tally, errors: f64) -> bool {
        let slack = errors * tally.standard_error();
        match self {
            Self::AtMost(share) => tally.share_stopped() <= share + slack,
            Self::AtLeast(share) => share - slack <= tally.share_stopped(),
            Self::MedianBy(look) => tally.median_look().is_some_and(|median| median <= look),
        }
    }
}

/// Every demand of the benchmark.
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |scenario: &str, method, bar| {
        rows.push(Row { scenario: scenario.to_owned(), method, bar });
    };
    for scenario in [
        "E1 x1",
        "E2 x1",
        "E2 30 looks x1",
        "E3 x1",
        "E4 bunches x1",
        "E5 shared x1",
        "E7 outage x1",
        "E9 weights x1",
        "E11 storms 0.002 of 60 x1",
        "E11 storms 0.01 of 20 x1",
    ] {
        add(scenario, "anytime", Bar::AtMost(0.025));
        add(scenario, "auto", Bar::AtMost(0.05));
    }
    for scenario in ["E6 per pod x1", "E10 spread x1"] {
        add(scenario, "anytime", Bar::AtMost(0.045));
        add(scenario, "auto", Bar::AtMost(0.045));
    }
    for scenario in ["G1 x1", "G2 heavy x1", "G3 sticky x1", "G4 independent x1"] {
        add(scenario, "anytime", Bar::AtMost(0.045));
    }
    for scenario in ["L1 x1", "L1 pod noise x1", "L2 x1", "L2 pod noise x1"] {
        add(scenario, "anytime", Bar::AtMost(0.045));
    }
    add("G6 noisy canary x1", "anytime", Bar::AtMost(0.05));
    add("M1 eight, independent", "anytime", Bar::AtMost(0.025));
    add("M2 eight, identical", "anytime", Bar::AtMost(0.025));
    add("M1 eight, independent", "auto", Bar::AtMost(0.05));
    add("M2 eight, identical", "auto", Bar::AtMost(0.05));
    // Under laws nobody tuned for, a healthy canary is still safe, and a bad one is not cleared.
    for scenario in held_out() {
        let healthy = scenario.name.ends_with(" x1");
        let doubled = scenario.name.ends_with(" x2");
        for &method in scenario.methods() {
            match method {
                "anytime" | "auto" if healthy => add(&scenario.name, method, Bar::AtMost(0.05)),
                "cleared" if doubled => add(&scenario.name, method, Bar::AtMost(0.05)),
                _ => {}
            }
        }
    }
    for (scenario, anytime, auto) in [
        ("E1 x1.5", 7.0, 5.0),
        ("E1 x2", 3.0, 2.0),
        ("E1 x5", 2.0, 2.0),
        ("E2 x2", 33.0, 22.0),
        ("E2 x5", 5.0, 4.0),
    ] {
        add(scenario, "anytime", Bar::MedianBy(anytime));
        add(scenario, "auto", Bar::MedianBy(auto));
    }
    add("E2 x2", "anytime", Bar::AtLeast(0.84));
    add("E2 x2", "auto", Bar::AtLeast(0.92));
    // Half as many looks, twice as long: within four points of the same.
    add("E2 30 looks x2", "anytime", Bar::AtLeast(0.80));
    add("E2 30 looks x2", "auto", Bar::AtLeast(0.88));
    add("E3 x5", "anytime", Bar::AtLeast(0.62));
    add("E3 x5", "auto", Bar::AtLeast(0.81));
    add("E3 x50", "anytime", Bar::MedianBy(4.0));
    for (scenario, look) in [
        ("E4 bunches x2", 11.0),
        ("E6 per pod x2", 12.0),
        ("E11 storms 0.002 of 60 x2", 16.0),
        ("E11 storms 0.01 of 20 x2", 16.0),
    ] {
        add(scenario, "anytime", Bar::AtLeast(0.98));
        add(scenario, "anytime", Bar::MedianBy(look));
    }
    // Looks after the onset at look 31, counted from the last healthy one.
    add("E8 mid, from look 31 x2", "anytime", Bar::MedianBy(36.0));
    add("E8 mid, from look 31 x2", "auto", Bar::MedianBy(35.0));
    add("E8 low, from look 31 x5", "anytime", Bar::MedianBy(38.0));
    add("E8 low, from look 31 x5", "auto", Bar::MedianBy(36.0));
    add("E1 x1", "cleared", Bar::MedianBy(3.0));
    add("E2 x1", "cleared", Bar::AtLeast(0.88));
    add("E1 x2", "cleared", Bar::AtMost(0.05));
    add("E2 x2", "cleared", Bar::AtMost(0.05));
    for (scenario, look) in [("L1 x1.1", 4.0), ("L1 x1.3", 2.0), ("L2 x1.3", 4.0)] {
        add(scenario, "anytime", Bar::MedianBy(look));
    }
    rows
}
