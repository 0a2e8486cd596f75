//! `assay plan`: how long a pause must be to find a change, and what is found in a given time.
//!
//! [`planning`] turns inputs into figures. They come from the options alone, which this module checks,
//! or from a template ([`template`]) and what was seen of its service ([`history`]).

mod criteria;
mod expected;
mod history;
mod planning;
mod sentence;
mod simulated;
mod table;
mod template;
mod traffic;

use std::num::NonZeroUsize;

use assay_stats::level::{Alpha, Dispersion, Ratio};

use self::planning::Planning;
use self::simulated::{Runs, Simulated, Subject, expected_max, simulated};
use self::table::PlanReport;
use self::traffic::EXPECTED_MAX;
use crate::arguments::{Part, Plan, PlanFormat};
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::print;
use crate::progress::Steps;

/// Ratios that every plan answers for.
const EFFECTS: [f64; 5] = [1.25, 1.5, 2.0, 3.0, 5.0];
/// Ratios asked for at most, and how large one may be.
const EFFECTS_MAX: usize = 20;
const EFFECT_MAX: f64 = 1000.0;
/// Requests per second at most.
const RATE_MAX: f64 = 1e9;
/// Simulated rollouts of an effect at most.
const ROLLOUTS_MAX: u32 = 100_000;
/// Looks of a simulated rollout at most.
const LOOKS_MAX: u32 = 10_000;
/// Pods at most.
const PODS_MAX: usize = 1000;

/// The share of the baseline's requests that fail where nothing else is known of it.
const ERROR_RATE: f64 = 0.005;

/// Plans a pause.
pub(crate) fn plan(options: &Plan) -> anyhow::Result<Exit> {
    if !options.templates.is_empty() {
        return template::plan(options);
    }
    let planning = planning(options)?;
    let planned = planning.planned();
    let subject = planning.subject();
    let runs = runs(options, &subject, &planning.effects)?;
    let found = runs.map(|runs| simulate(&subject, &planning.effects, runs));
    let report = PlanReport::of(&planning, &planned, runs.zip(found.as_deref()));
    print(&match options.output {
        PlanFormat::Table => report.table(),
        PlanFormat::Json => serde_json::to_string_pretty(&report)? + "\n",
        PlanFormat::Markdown => report.markdown(),
    })?;
    Ok(Exit::Done)
}

/// The ratios that are simulated: a healthy canary first.
fn ratios(effects: &[Ratio]) -> Vec<f64> {
    [1.0].into_iter().chain(effects.iter().map(|ratio| ratio.get())).collect()
}

fn simulate(subject: &Subject, effects: &[Ratio], runs: Runs) -> Vec<Simulated> {
    let ratios = ratios(effects);
    let mut steps = Steps::new("simulating", simulated::parts(ratios.len(), runs.rollouts));
    simulated(subject, &ratios, runs, |_| steps.step())
}

/// A number of requests or events a second, checked.
fn per_second(option: &'static str, value: f64) -> Result<f64, InputError> {
    if 0.0 < value && value <= RATE_MAX {
        return Ok(value);
    }
    let reason = format!("is not above 0 and up to {RATE_MAX} requests per second");
    Err(InputError::wrong(option, &value.to_string(), &reason))
}

/// A share that is neither nothing nor all.
fn inner(option: &'static str, Part(share): Part) -> Result<f64, InputError> {
    let reason = "must lie strictly between 0 % and 100 %";
    let inside = 0.0 < share && share < 1.0;
    if inside { Ok(share) } else { Err(InputError::wrong(option, &share.to_string(), &reason)) }
}

/// The noise factor, checked.
fn dispersion(value: f64) -> Result<Dispersion, InputError> {
    if (1.0..=1000.0).contains(&value) {
        return Ok(Dispersion::at_least_one(value));
    }
    let reason = "is not between 1 (independent requests) and 1000";
    Err(InputError::wrong("--dispersion", &value.to_string(), &reason))
}

fn ratio(option: &'static str, value: f64) -> Result<Ratio, InputError> {
    let wrong = |error| InputError::wrong(option, &value.to_string(), &error);
    Ratio::try_from(value).map_err(wrong)
}

/// The inputs of the command line, checked.
fn planning(options: &Plan) -> Result<Planning, InputError> {
    // clap lets neither be missing where there is no template.
    let rate = options.rate.ok_or(InputError::Missing { what: "--rate" })?;
    let rate = per_second("--rate", rate)?;
    let noise = dispersion(options.dispersion.unwrap_or(1.0))?;
    if options.within < options.interval {
        let reason = "is shorter than --interval";
        return Err(InputError::wrong("--within", &format!("{:?}", options.within), &reason));
    }
    let alpha = inner("--alpha", options.alpha)?;
    let weight = options.weight.ok_or(InputError::Missing { what: "--weight" })?;
    Ok(Planning {
        requests_per_second: rate,
        canary_share: inner("--weight", weight)?,
        error_rate: inner("--error-rate", options.error_rate.unwrap_or(Part(ERROR_RATE)))?,
        noise,
        alpha: Alpha::try_from(alpha)
            .map_err(|error| InputError::wrong("--alpha", &alpha.to_string(), &error))?,
        interval: options.interval,
        allowed: ratio("--margin", 1.0 + options.margin.0)?,
        within: options.within,
        effects: effects(&options.effects)?,
    })
}

/// The usual effects and those asked for, ascending, each once.
fn effects(asked: &[f64]) -> Result<Vec<Ratio>, InputError> {
    if EFFECTS_MAX < asked.len() {
        let reason = format!("are more than {EFFECTS_MAX}");
        return Err(InputError::wrong("--effect", &asked.len().to_string(), &reason));
    }
    if let Some(bad) = asked.iter().find(|&&effect| !(1.0 < effect && effect <= EFFECT_MAX)) {
        let reason = format!("is not above 1 and up to {EFFECT_MAX}; write 2 for twice as often");
        return Err(InputError::wrong("--effect", &bad.to_string(), &reason));
    }
    let mut all: Vec<f64> = EFFECTS.iter().chain(asked).copied().collect();
    all.sort_by(f64::total_cmp);
    all.dedup_by(|a, b| a.total_cmp(b).is_eq());
    all.into_iter().map(|effect| ratio("--effect", effect)).collect()
}

/// How many rollouts are simulated, if any.
fn runs(options: &Plan, subject: &Subject, effects: &[Ratio]) -> Result<Option<Runs>, InputError> {
    let Some(rollouts) = options.simulate else { return Ok(None) };
    let given = rollouts.to_string();
    let wrong = |reason: &str| Err(InputError::wrong("--simulate", &given, &reason));
    if !(1..=ROLLOUTS_MAX).contains(&rollouts) {
        return wrong(&format!("is not between 1 and {ROLLOUTS_MAX}"));
    }
    let pods: NonZeroUsize = options.pods;
    if PODS_MAX < pods.get() || pods.get() < 2 {
        let reason = format!("is not between 2 and {PODS_MAX}: noise shows between pods");
        return Err(InputError::wrong("--pods", &pods.to_string(), &reason));
    }
    let looks = subject.power.pace.looks_in(subject.power.pace.last);
    if LOOKS_MAX < looks {
        return wrong(&format!("rollouts of more than {LOOKS_MAX} looks: give a shorter --within"));
    }
    if EXPECTED_MAX < expected_max(subject, pods, &ratios(effects)) {
        return wrong("rollouts with so many errors: the formula is exact enough there");
    }
    Ok(Some(Runs { rollouts, pods, seed: options.seed, looks: looks.max(1) }))
}
