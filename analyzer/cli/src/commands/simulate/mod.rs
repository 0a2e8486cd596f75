//! `assay simulate`: how often the statistical judge is wrong, and how fast it is right.
//!
//! Whole rollouts are drawn and judged by the very criteria a run uses. A replication depends on the
//! seed, its scenario and its number alone, so threads only change how long it takes.

mod table;

use assay_stats::simulate::catalogue::{MethodTally, Prepared, World};
use assay_stats::simulate::{Calibrator, Scenario, catalogue, held_out};

use self::table::Characteristics;
use crate::arguments::{PlanFormat, Simulate};
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::print;
use crate::progress::Steps;
use crate::workers::{in_parallel, threads};

/// Rollouts of a scenario unless said: as many as the bars are meant for.
const REPLICATIONS: u32 = 2000;
/// The same for a quick look.
const REPLICATIONS_QUICK: u32 = 100;
/// Rollouts of a scenario at most.
const REPLICATIONS_MAX: u32 = 1_000_000;
/// The paths behind a horizon threshold, as many as a run asks for.
const PATHS: u32 = 10_000;
/// The same for a quick look.
const PATHS_QUICK: u32 = 300;
/// Rollouts of one piece of work.
const PIECE: u64 = 25;

/// What a quick look is taken at: each kind of noise once, and what must be found.
const QUICK: [&str; 14] = [
    "E1 x1",
    "E1 x2",
    "E2 x1",
    "E2 x2",
    "E3 x5",
    "E4 bunches x1",
    "E6 per pod x1",
    "E10 spread x1",
    "E11 storms 0.002 of 60 x1",
    "G1 x1",
    "G3 sticky x1",
    "G6 noisy canary x1",
    "L1 pod noise x1",
    "L2 x1.3",
];

/// Simulates scenarios and prints what came of them beside what is demanded.
pub(crate) fn simulate(options: &Simulate) -> anyhow::Result<Exit> {
    let usual = if options.quick { REPLICATIONS_QUICK } else { REPLICATIONS };
    let replications = options.replications.unwrap_or(usual);
    if !(1..=REPLICATIONS_MAX).contains(&replications) {
        let expected = format!("is not between 1 and {REPLICATIONS_MAX}");
        let given = replications.to_string();
        return Err(InputError::wrong("--replications", &given, &expected).into());
    }
    let chosen = chosen(options)?;
    let threads = threads(options.threads);
    let paths = if options.quick { PATHS_QUICK } else { PATHS };
    let prepared = prepared(&chosen, paths, threads);
    let tallies = run(&prepared, options.seed, u64::from(replications), threads);
    let found = Characteristics::of(&chosen, &tallies, replications, options.seed);
    print(&match options.output {
        PlanFormat::Table => found.table(),
        PlanFormat::Json => serde_json::to_string_pretty(&found)? + "\n",
        PlanFormat::Markdown => found.markdown(),
    })?;
    Ok(if found.missed == 0 { Exit::Done } else { Exit::CouldNotJudge })
}

/// The scenarios asked for; without any the catalogue, with the laws it was not tuned on if wanted, or
/// those of a quick look.
fn chosen(options: &Simulate) -> Result<Vec<Scenario>, InputError> {
    let all: Vec<Scenario> = catalogue().into_iter().chain(held_out()).collect();
    let is = |scenario: &Scenario, id: &str| {
        let rest = scenario.name.strip_prefix(id);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    if let Some(id) = options.scenarios.iter().find(|id| !all.iter().any(|one| is(one, id))) {
        let mut ids: Vec<&str> = Vec::new();
        for id in all.iter().filter_map(|scenario| scenario.name.split(' ').next()) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let reason = format!("is no scenario; there are {}", ids.join(", "));
        return Err(InputError::wrong("--scenario", id, &reason));
    }
    if options.scenarios.is_empty() && !options.quick {
        return Ok(if options.held_out { all } else { catalogue() });
    }
    let wanted = |scenario: &Scenario| {
        let named = options.scenarios.iter().any(|id| is(scenario, id));
        named || (options.scenarios.is_empty() && QUICK.contains(&scenario.name.as_str()))
    };
    Ok(all.into_iter().filter(wanted).collect())
}

/// The scenarios with their horizon thresholds, those of the same traffic calibrated together.
fn prepared(scenarios: &[Scenario], paths: u32, threads: usize) -> Vec<Prepared> {
    let mut families: Vec<Vec<usize>> = Vec::new();
    for (at, scenario) in scenarios.iter().enumerate() {
        let same = |family: &&mut Vec<usize>| {
            let first = family.first().and_then(|&first| scenarios.get(first));
            first.is_some_and(|first| share_forecast(&first.world, &scenario.world))
        };
        match families.iter_mut().find(same) {
            Some(family) => family.push(at),
            None => families.push(vec![at]),
        }
    }
    let mut progress = Steps::new("calibrating", families.len());
    let prepare = |family: usize| -> Vec<(usize, Prepared)> {
        let mut calibrator = Calibrator::new(paths);
        let members = families.get(family).into_iter().flatten();
        let scenarios = members.filter_map(|&at| Some((at, scenarios.get(at)?)));
        scenarios.map(|(at, scenario)| (at, scenario.prepare(&mut calibrator))).collect()
    };
    let done = in_parallel(families.len(), threads, prepare, |_| progress.step());
    let mut all: Vec<(usize, Prepared)> = done.into_iter().flatten().collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, prepared)| prepared).collect()
}

/// Whether two services are forecast alike, so that one threshold serves both.
fn share_forecast(one: &World, other: &World) -> bool {
    match (one, other) {
        (World::Counts { world: one, .. }, World::Counts { world: other, .. }) => {
            one.planned() == other.planned() && one.rate.total_cmp(&other.rate).is_eq()
        }
        (
            World::Counts { .. }
            | World::Latency(_)
            | World::Gauge(_)
            | World::Limit(_)
            | World::Several(_),
            World::Counts { .. }
            | World::Latency(_)
            | World::Gauge(_)
            | World::Limit(_)
            | World::Several(_),
        ) => false,
    }
}

/// What each method did in each scenario.
fn run(
    prepared: &[Prepared],
    seed: u64,
    replications: u64,
    threads: usize,
) -> Vec<Vec<MethodTally>> {
    let mut pieces = Vec::new();
    for scenario in 0..prepared.len() {
        let mut from = 0;
        while from < replications {
            let to = replications.min(from + PIECE);
            pieces.push((scenario, from..to));
            from = to;
        }
    }
    let mut progress = Steps::new("simulating", pieces.len());
    let work = |at: usize| {
        let piece = pieces.get(at).and_then(|(at, range)| Some((prepared.get(*at)?, range)));
        piece.map(|(scenario, range)| scenario.run(seed, range.clone())).unwrap_or_default()
    };
    let done = in_parallel(pieces.len(), threads, work, |_| progress.step());
    let mut all: Vec<Vec<MethodTally>> = vec![Vec::new(); prepared.len()];
    for ((scenario, _), found) in pieces.iter().zip(done) {
        let Some(slot) = all.get_mut(*scenario) else { continue };
        if slot.is_empty() {
            *slot = found;
            continue;
        }
        for (sum, more) in slot.iter_mut().zip(found) {
            sum.tally = sum.tally.clone().merge(&more.tally);
        }
    }
    all
}
