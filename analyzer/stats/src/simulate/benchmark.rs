//! The whole benchmark as parts that may be run anywhere, in any order.
//!
//! Threads belong to the caller: it takes the [`Part`]s, has each run by whichever worker is free, and
//! hands all answers to [`Benchmark::report`]. The report does not depend on who ran what when.

use crate::simulate::bars::{Bar, rows};
use crate::simulate::calibration::Calibrator;
use crate::simulate::catalogue::{MethodTally, Prepared, Scenario, catalogue};
use crate::simulate::held_out::held_out;
use crate::simulate::tally::Tally;

/// The seed of the published figures.
pub const SEED: u64 = 20_261_121;
/// Replications of a part: enough work to be worth handing out, little enough to show progress.
const PART_REPLICATIONS: u64 = 100;
/// Paths behind each horizon threshold of the full benchmark.
const PATHS: u32 = 10_000;
/// Scenarios of the quick selection, one for each device that keeps healthy canaries from harm.
const QUICK: [&str; 17] = [
    "E1 x1",
    "E2 x1",
    "E2 x2",
    "E4 bunches x1",
    "E6 per pod x1",
    "E10 spread x1",
    "E11 storms 0.002 of 60 x1",
    "M2 eight, identical",
    "G1 x1",
    "G3 sticky x1",
    "G6 noisy canary x1",
    "H1 negative binomial x1",
    "H4 1 pods x1",
    "H6 2 pods, per pod x1",
    "H13 gauge, no history, 0.5 x1",
    "H15 history of 0, bunches x1",
    "H18 limit, bunches x1",
];

/// Scenarios with the number of rollouts to simulate of each.
#[derive(Clone, Debug)]
pub struct Benchmark {
    scenarios: Vec<Prepared>,
    replications: u64,
    seed: u64,
}

/// A piece of work: some rollouts of one scenario.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Part {
    scenario: usize,
    from: u64,
    to: u64,
}

/// What one method did in one scenario, held against its bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The scenario's name.
    pub scenario: String,
    /// `anytime`, `auto` or `cleared`.
    pub method: &'static str,
    /// How its rollouts ended.
    pub tally: Tally,
    /// Each demand, and whether it is met within the slack asked for.
    pub bars: Vec<(Bar, bool)>,
}

impl Benchmark {
    /// Every scenario, so many rollouts each; 2,000 for figures to rely on.
    pub fn full(replications: u64, seed: u64) -> Self {
        Self::of(catalogue().into_iter().chain(held_out()), replications, seed, PATHS)
    }

    /// A selection of some seconds: 40 rollouts each.
    pub fn quick(seed: u64) -> Self {
        let all = catalogue().into_iter().chain(held_out());
        let chosen = all.filter(|scenario| QUICK.contains(&scenario.name.as_str()));
        Self::of(chosen, 40, seed, 300)
    }

    /// The given scenarios, with thresholds from so many simulated paths.
    pub fn of(
        scenarios: impl IntoIterator<Item = Scenario>,
        replications: u64,
        seed: u64,
        paths: u32,
    ) -> Self {
        let mut calibrator = Calibrator::new(paths);
        let prepare = |scenario: Scenario| scenario.prepare(&mut calibrator);
        let scenarios = scenarios.into_iter().map(prepare).collect();
        Self { scenarios, replications, seed }
    }

    /// All the work there is.
    pub fn parts(&self) -> Vec<Part> {
        let starts =
            (0..self.replications).step_by(usize::try_from(PART_REPLICATIONS).unwrap_or(1));
        let part = |scenario: usize, from: u64| {
            let to = (from + PART_REPLICATIONS).min(self.replications);
            Part { scenario, from, to }
        };
        // Scenario by scenario, so that a name is finished before the next one starts.
        (0..self.scenarios.len())
            .flat_map(|scenario| starts.clone().map(move |from| part(scenario, from)))
            .collect()
    }

    /// The scenario a part belongs to, to show progress.
    pub fn name(&self, part: Part) -> &str {
        self.scenarios.get(part.scenario).map_or("", |prepared| &prepared.scenario().name)
    }

    /// Does a piece of work; the same answer wherever and whenever it is done.
    pub fn run(&self, part: Part) -> Vec<MethodTally> {
        let scenario = self.scenarios.get(part.scenario);
        scenario.map_or_else(Vec::new, |scenario| scenario.run(self.seed, part.from..part.to))
    }

    /// All answers together, in the order of the scenarios, whatever order they come in.
    ///
    /// `errors` is how many standard errors a share may miss its bar by: 0 for figures, 3 for a test.
    pub fn report(
        &self,
        answers: impl IntoIterator<Item = (Part, Vec<MethodTally>)>,
        errors: f64,
    ) -> Vec<Finding> {
        let mut sums: Vec<Vec<MethodTally>> = vec![Vec::new(); self.scenarios.len()];
        for (part, tallies) in answers {
            let Some(sum) = sums.get_mut(part.scenario) else { continue };
            if sum.is_empty() {
                *sum = tallies;
                continue;
            }
            for (one, more) in sum.iter_mut().zip(tallies) {
                one.tally = std::mem::take(&mut one.tally).merge(&more.tally);
            }
        }
        let bars = rows();
        let finding = |scenario: &Scenario, found: MethodTally| {
            let demands = bars
                .iter()
                .filter(|row| row.scenario == scenario.name && row.method == found.method);
            let judged = demands.map(|row| (row.bar, row.bar.is_met(&found.tally, errors)));
            Finding {
                scenario: scenario.name.clone(),
                method: found.method,
                bars: judged.collect(),
                tally: found.tally,
            }
        };
        self.scenarios
            .iter()
            .zip(sums)
            .flat_map(|(prepared, sum)| {
                sum.into_iter().map(|found| finding(prepared.scenario(), found))
            })
            .collect()
    }
}
