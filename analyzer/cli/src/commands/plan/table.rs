//! A plan for people and programs.

use std::fmt::Write;

use assay_template::duration;
use assay_template::plan::power::Power;
use serde::Serialize;

use super::planning::{CHANCE_MIN, EffectPlan, Planned, Planning, SmallestPlan};
use super::simulated::{Runs, Simulated, canary_pods};
use crate::report::columns::columns_of;

/// What time depends on, in a sentence.
pub(super) const RULE_OF_THUMB: &str = "Rule of thumb: the time grows with the noise factor and falls with the \
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
pub(super) struct Effect {
    ratio: f64,
    minutes80: Option<f64>,
    minutes95: Option<f64>,
    /// Null below a fifth, where the formula says too little.
    chance_within: Option<f64>,
}

/// One length; null where nothing is found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Smallest {
    minutes: f64,
    ratio80: Option<f64>,
    ratio95: Option<f64>,
}

/// What the simulation showed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Simulation {
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
        let time = duration::format_unsigned;
        let power = planning.subject().power;
        let simulation = simulated.map(|(runs, found)| Simulation::of(&power, runs, found));
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
        plain(&mut out, &self.tables());
        let _ = writeln!(out, "\n{RULE_OF_THUMB}");
        out
    }

    /// As Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut out = format!("{}\n", self.summary());
        markdown(&mut out, &self.tables());
        let _ = writeln!(out, "\n{RULE_OF_THUMB}");
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

    fn tables(&self) -> Vec<Table> {
        tables(&Figures {
            head: "canary fails",
            change: "increase",
            within: &self.within,
            effects: &self.effects,
            smallest: &self.smallest,
            simulation: self.simulation.as_ref(),
        })
    }
}

/// A table with its title; the first row is its head.
pub(super) type Table = (String, Vec<Vec<String>>);

/// All figures of a plan.
pub(super) struct Figures<'a> {
    /// What the ratios are of.
    pub(super) head: &'static str,
    /// What they are: an increase, a decrease.
    pub(super) change: &'static str,
    /// How long the pause is.
    pub(super) within: &'a str,
    pub(super) effects: &'a [Effect],
    pub(super) smallest: &'a [Smallest],
    pub(super) simulation: Option<&'a Simulation>,
}

/// Writes tables as plain text.
pub(super) fn plain(out: &mut String, tables: &[Table]) {
    for (title, rows) in tables {
        let _ = writeln!(out, "\n{title}");
        let rows: Vec<&[String]> = rows.iter().map(Vec::as_slice).collect();
        columns_of(out, &rows);
    }
}

/// Writes tables as Markdown.
pub(super) fn markdown(out: &mut String, tables: &[Table]) {
    for (title, rows) in tables {
        let _ = writeln!(out, "\n**{title}**\n");
        for (at, row) in rows.iter().enumerate() {
            let _ = writeln!(out, "| {} |", row.join(" | "));
            if at == 0 {
                let _ = writeln!(out, "|{}", " --- |".repeat(row.len()));
            }
        }
    }
}

/// The figures as tables.
pub(super) fn tables(figures: &Figures<'_>) -> Vec<Table> {
    let texts = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect();
    let chance = format!("found within {}", figures.within);
    let mut effects: Vec<Vec<String>> =
        vec![texts(&[figures.head, "80 % (min)", "95 % (min)", &chance])];
    effects.extend(figures.effects.iter().map(|effect| {
        vec![
            times(effect.ratio),
            or(effect.minutes80, "never"),
            or(effect.minutes95, "never"),
            within(effect.chance_within),
        ]
    }));
    let mut smallest: Vec<Vec<String>> = vec![texts(&["within (min)", "80 %", "95 %"])];
    smallest.extend(figures.smallest.iter().map(|row| {
        let ratio = |ratio: Option<f64>| ratio.map_or_else(|| String::from("none"), times);
        vec![short(row.minutes), ratio(row.ratio80), ratio(row.ratio95)]
    }));
    let mut all = vec![
        (
            String::from("Minutes until a bad canary is found with a chance of 80 % and 95 %"),
            effects,
        ),
        (format!("Smallest {} that is found", figures.change), smallest),
    ];
    all.extend(figures.simulation.map(|found| simulated(figures, found, &chance)));
    all
}

fn simulated(figures: &Figures<'_>, found: &Simulation, chance: &str) -> Table {
    let title = format!(
        "The same by {} simulated rollouts each (seed {}, baseline pods {}, canary pods {}); in \
         brackets the formula",
        found.rollouts, found.seed, found.baseline_pods, found.canary_pods
    );
    let heads = [figures.head, "80 % (min)", "95 % (min)", chance, "± error"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for one in &found.effects {
        let formula =
            figures.effects.iter().find(|known| known.ratio.total_cmp(&one.ratio).is_eq());
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

impl Simulation {
    /// What was simulated of a criterion.
    pub(super) fn of(power: &Power, runs: Runs, found: &[Simulated]) -> Self {
        Self {
            rollouts: runs.rollouts,
            seed: runs.seed,
            baseline_pods: runs.pods.get(),
            canary_pods: canary_pods(power, runs.pods),
            effects: found.iter().map(SimulatedEffect::of).collect(),
        }
    }
}

impl Effect {
    pub(super) fn of(found: &EffectPlan) -> Self {
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
    pub(super) fn of(found: &SmallestPlan) -> Self {
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

pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// `×1.25`, two decimals at most.
pub(super) fn times(ratio: f64) -> String {
    format!("×{}", (100.0 * ratio).round() / 100.0)
}

/// Minutes with one decimal at most, or a word.
fn or(minutes: Option<f64>, word: &str) -> String {
    minutes.map_or_else(|| word.to_owned(), |minutes| ((10.0 * minutes).round() / 10.0).to_string())
}

/// At most three decimals.
pub(super) fn short(value: f64) -> String {
    ((1000.0 * value).round() / 1000.0).to_string()
}

/// A share in percent, one decimal at most where that says anything.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let unit = if percent < 1.0 { 1000.0 } else { 10.0 };
    format!("{} %", (unit * percent).round() / unit)
}
