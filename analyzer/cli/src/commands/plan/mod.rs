//! `assay plan`: how long a pause must be to find a change, and what is found in a given time.
//!
//! [`planning`] turns inputs into figures; this module only takes the inputs from the command line and
//! checks them, so that they may come from a template or from history as well.

mod planning;
mod simulated;
mod table;
mod traffic;

use std::num::NonZeroUsize;

use assay_stats::level::{Alpha, Dispersion, Ratio};

use self::planning::Planning;
use self::simulated::{Runs, Simulated, expected_max, simulated};
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
const LOOKS_MAX: f64 = 10_000.0;
/// Pods at most.
const PODS_MAX: usize = 1000;

/// Plans a pause.
pub(crate) fn plan(options: &Plan) -> anyhow::Result<Exit> {
    let planning = planning(options)?;
    let planned = planning.planned();
    let runs = runs(options, &planning)?;
    let found = runs.map(|runs| simulate(&planning, runs));
    let report = PlanReport::of(&planning, &planned, runs.zip(found.as_deref()));
    print(&match options.output {
        PlanFormat::Table => report.table(),
        PlanFormat::Json => serde_json::to_string_pretty(&report)? + "\n",
        PlanFormat::Markdown => report.markdown(),
    })?;
    Ok(Exit::Done)
}

/// The ratios that are simulated: a healthy canary first.
fn ratios(planning: &Planning) -> Vec<f64> {
    [1.0].into_iter().chain(planning.effects.iter().map(|ratio| ratio.get())).collect()
}

fn simulate(planning: &Planning, runs: Runs) -> Vec<Simulated> {
    let ratios = ratios(planning);
    let mut steps = Steps::new("simulating", simulated::parts(ratios.len(), runs.rollouts));
    simulated(planning, &ratios, runs, |_| steps.step())
}

/// The inputs of the command line, checked.
fn planning(options: &Plan) -> Result<Planning, InputError> {
    if !(0.0 < options.rate && options.rate <= RATE_MAX) {
        let reason = format!("is not above 0 and up to {RATE_MAX} requests per second");
        return Err(InputError::wrong("--rate", &options.rate.to_string(), &reason));
    }
    let inner = |option: &'static str, Part(share): Part| {
        let reason = "must lie strictly between 0 % and 100 %";
        let inside = 0.0 < share && share < 1.0;
        if inside { Ok(share) } else { Err(InputError::wrong(option, &share.to_string(), &reason)) }
    };
    if !(1.0 <= options.dispersion && options.dispersion <= 1000.0) {
        let reason = "is not between 1 (independent requests) and 1000";
        return Err(InputError::wrong("--dispersion", &options.dispersion.to_string(), &reason));
    }
    if options.within < options.interval {
        let reason = "is shorter than --interval";
        return Err(InputError::wrong("--within", &format!("{:?}", options.within), &reason));
    }
    let alpha = inner("--alpha", options.alpha)?;
    let ratio = |option: &'static str, value: f64| {
        let wrong = |error| InputError::wrong(option, &value.to_string(), &error);
        Ratio::try_from(value).map_err(wrong)
    };
    Ok(Planning {
        requests_per_second: options.rate,
        canary_share: inner("--weight", options.weight)?,
        error_rate: inner("--error-rate", options.error_rate)?,
        noise: Dispersion::at_least_one(options.dispersion),
        alpha: Alpha::try_from(alpha)
            .map_err(|error| InputError::wrong("--alpha", &alpha.to_string(), &error))?,
        interval: options.interval,
        allowed: ratio("--margin", 1.0 + options.margin.0)?,
        within: options.within,
        effects: effects(&options.effects, ratio)?,
    })
}

/// The usual effects and those asked for, ascending, each once.
fn effects(
    asked: &[f64],
    ratio: impl Fn(&'static str, f64) -> Result<Ratio, InputError>,
) -> Result<Vec<Ratio>, InputError> {
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
fn runs(options: &Plan, planning: &Planning) -> Result<Option<Runs>, InputError> {
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
    let looks = planning.looks_in(planning.within);
    if LOOKS_MAX < looks {
        return wrong(&format!("rollouts of more than {LOOKS_MAX} looks: give a shorter --within"));
    }
    if EXPECTED_MAX < expected_max(planning, pods, &ratios(planning)) {
        return wrong("rollouts with so many errors: the formula is exact enough there");
    }
    let looks = (1..=10_000_u32).take_while(|&look| f64::from(look) <= looks).last().unwrap_or(1);
    Ok(Some(Runs { rollouts, pods, seed: options.seed, looks }))
}
