//! A plan for people and programs.

use std::fmt::Write;

use assay_template::duration;
use serde::Serialize;

use super::planning::{CHANCE_MIN, EffectPlan, Planned, Planning, SmallestPlan};
use super::simulated::{Runs, Simulated, canary_pods};
use crate::report::columns::columns_of;

/// What time depends on, in a sentence.
const RULE_OF_THUMB: &str = "Rule of thumb: the time grows with the noise factor and falls with the \
canary's errors per minute; four times the canary's share is four times faster, until half of the \
traffic.";

/// The plan as it is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanReport {
    requests_per_second: f64,
    canary_share: f64,
    error_rate: f64,
    dispersion: f64,
    alpha: f64,
    /// How much more the canary may fail, as a part of the baseline's rate.
    margin: f64,
    interval: String,
    within: String,
    canary_errors_per_minute: f64,
    effects: Vec<Effect>,
    smallest: Vec<Smallest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulation: Option<Simulation>,
    rule_of_thumb: &'static str,
}

/// One effect; null where it is never found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Effect {
    ratio: f64,
    minutes80: Option<f64>,
    minutes95: Option<f64>,
    /// Null below a fifth, where the formula says too little.
    chance_within: Option<f64>,
}

/// One length; null where nothing is found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Smallest {
    minutes: f64,
    ratio80: Option<f64>,
    ratio95: Option<f64>,
}

/// What the simulation showed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Simulation {
    rollouts: u32,
    seed: u64,
    baseline_pods: usize,
    canary_pods: usize,
    /// The first is a healthy canary.
    effects: Vec<SimulatedEffect>,
}

/// One simulated effect; null where the share was not reached within the pause.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SimulatedEffect {
    ratio: f64,
    share_within: f64,
    standard_error: f64,
    minutes80: Option<f64>,
    minutes95: Option<f64>,
}

impl PlanReport {
    /// The report of a plan, with what was simulated for it.
    pub(super) fn of(
        planning: &Planning,
        planned: &Planned,
        simulated: Option<(Runs, &[Simulated])>,
    ) -> Self {
        let time = |time: std::time::Duration| {
            duration::format(jiff::SignedDuration::try_from(time).unwrap_or_default())
        };
        let simulation = simulated.map(|(runs, found)| Simulation {
            rollouts: runs.rollouts,
            seed: runs.seed,
            baseline_pods: runs.pods.get(),
            canary_pods: canary_pods(planning, runs.pods),
            effects: found.iter().map(SimulatedEffect::of).collect(),
        });
        Self {
            requests_per_second: planning.requests_per_second,
            canary_share: planning.canary_share,
            error_rate: planning.error_rate,
            dispersion: planning.noise.get(),
            alpha: planning.alpha.share(),
            margin: rounded(planning.allowed.get() - 1.0),
            interval: time(planning.interval),
            within: time(planning.within),
            canary_errors_per_minute: planned.errors_per_minute,
            effects: planned.effects.iter().map(Effect::of).collect(),
            smallest: planned.smallest.iter().map(Smallest::of).collect(),
            simulation,
            rule_of_thumb: RULE_OF_THUMB,
        }
    }

    /// As plain text.
    pub(super) fn table(&self) -> String {
        let mut out = format!("{}\n", self.summary());
        for (title, rows) in self.tables() {
            let _ = writeln!(out, "\n{title}");
            let rows: Vec<&[String]> = rows.iter().map(Vec::as_slice).collect();
            columns_of(&mut out, &rows);
        }
        let _ = writeln!(out, "\n{}", self.rule_of_thumb);
        out
    }

    /// As Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut out = format!("{}\n", self.summary());
        for (title, rows) in self.tables() {
            let _ = writeln!(out, "\n**{title}**\n");
            for (at, row) in rows.iter().enumerate() {
                let _ = writeln!(out, "| {} |", row.join(" | "));
                if at == 0 {
                    let _ = writeln!(out, "|{}", " --- |".repeat(row.len()));
                }
            }
        }
        let _ = writeln!(out, "\n{}", self.rule_of_thumb);
        out
    }

    fn summary(&self) -> String {
        format!(
            "{} requests/s, {} of them to the canary; {} of the baseline's requests fail, which gives \
             the canary {} errors/min. Noise factor {}, margin {}, {} false aborts, a look each {}.",
            short(self.requests_per_second),
            percent(self.canary_share),
            percent(self.error_rate),
            short(self.canary_errors_per_minute),
            short(self.dispersion),
            percent(self.margin),
            percent(self.alpha),
            self.interval,
        )
    }

    /// Each table with its title; the first row of each is its head.
    fn tables(&self) -> Vec<(String, Vec<Vec<String>>)> {
        let texts = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect();
        let chance = format!("found within {}", self.within);
        let mut effects: Vec<Vec<String>> =
            vec![texts(&["canary fails", "80 % (min)", "95 % (min)", &chance])];
        effects.extend(self.effects.iter().map(|effect| {
            vec![
                times(effect.ratio),
                or(effect.minutes80, "never"),
                or(effect.minutes95, "never"),
                within(effect.chance_within),
            ]
        }));
        let mut smallest: Vec<Vec<String>> = vec![texts(&["within (min)", "80 %", "95 %"])];
        smallest.extend(self.smallest.iter().map(|row| {
            let ratio = |ratio: Option<f64>| ratio.map_or_else(|| String::from("none"), times);
            vec![short(row.minutes), ratio(row.ratio80), ratio(row.ratio95)]
        }));
        let mut all = vec![
            (
                String::from("Minutes until a bad canary is found with a chance of 80 % and 95 %"),
                effects,
            ),
            (String::from("Smallest increase that is found"), smallest),
        ];
        all.extend(self.simulation.as_ref().map(|found| self.simulated(found, &chance)));
        all
    }

    fn simulated(&self, found: &Simulation, chance: &str) -> (String, Vec<Vec<String>>) {
        let title = format!(
            "The same by {} simulated rollouts each (seed {}, baseline pods {}, canary pods {}); in \
             brackets the formula",
            found.rollouts, found.seed, found.baseline_pods, found.canary_pods
        );
        let heads = ["canary fails", "80 % (min)", "95 % (min)", chance, "± error"];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        for one in &found.effects {
            let formula =
                self.effects.iter().find(|known| known.ratio.total_cmp(&one.ratio).is_eq());
            let beside =
                |text: Option<String>| text.map(|text| format!(" ({text})")).unwrap_or_default();
            let minutes = |own: Option<f64>, other: Option<Option<f64>>| {
                format!("{}{}", or(own, "later"), beside(other.map(|other| or(other, "never"))))
            };
            rows.push(vec![
                times(one.ratio),
                minutes(one.minutes80, formula.map(|formula| formula.minutes80)),
                minutes(one.minutes95, formula.map(|formula| formula.minutes95)),
                format!(
                    "{}{}",
                    percent(one.share_within),
                    beside(formula.map(|formula| within(formula.chance_within)))
                ),
                percent(one.standard_error),
            ]);
        }
        (title, rows)
    }
}

impl Effect {
    fn of(found: &EffectPlan) -> Self {
        let finite = |minutes: f64| Some(minutes).filter(|minutes| minutes.is_finite());
        Self {
            ratio: found.ratio,
            minutes80: finite(found.minutes_likely),
            minutes95: finite(found.minutes_nearly_sure),
            chance_within: found.chance_within.map(rounded),
        }
    }
}

impl Smallest {
    fn of(found: &SmallestPlan) -> Self {
        Self {
            minutes: found.minutes,
            ratio80: found.ratio_likely,
            ratio95: found.ratio_nearly_sure,
        }
    }
}

impl SimulatedEffect {
    fn of(found: &Simulated) -> Self {
        Self {
            ratio: found.ratio,
            share_within: found.share_found,
            standard_error: found.standard_error,
            minutes80: found.minutes_likely,
            minutes95: found.minutes_nearly_sure,
        }
    }
}

/// A chance of the formula.
fn within(chance: Option<f64>) -> String {
    chance.map_or_else(|| format!("under {}", percent(CHANCE_MIN)), percent)
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// `×1.25`, two decimals at most.
fn times(ratio: f64) -> String {
    format!("×{}", (100.0 * ratio).round() / 100.0)
}

/// Minutes with one decimal at most, or a word.
fn or(minutes: Option<f64>, word: &str) -> String {
    minutes.map_or_else(|| word.to_owned(), |minutes| ((10.0 * minutes).round() / 10.0).to_string())
}

/// At most three decimals.
fn short(value: f64) -> String {
    ((1000.0 * value).round() / 1000.0).to_string()
}

/// A share in percent, one decimal at most where that says anything.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let unit = if percent < 1.0 { 1000.0 } else { 10.0 };
    format!("{} %", (unit * percent).round() / unit)
}
