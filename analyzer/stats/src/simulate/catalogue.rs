//! The scenarios, by the names of the benchmark.

use std::ops::Range;
use std::sync::Arc;

use crate::comparison::{CountSettings, Direction};
use crate::draw::Draw;
use crate::level::Ratio;
use crate::simulate::calibration::{Calibrator, Thresholds};
use crate::simulate::counts::{self, CountWorld, Errors, Rate};
use crate::simulate::gauges::GaugeWorld;
use crate::simulate::latencies::LatencyWorld;
use crate::simulate::several::SeveralWorld;
use crate::simulate::tally::Tally;

/// What is simulated.
#[derive(Clone, Debug, PartialEq)]
pub enum World {
    /// Errors among requests.
    Counts {
        /// The service.
        world: CountWorld,
        /// The ratio to rule out before an early promotion.
        rule_out: f64,
        /// Which way a change is harmful.
        direction: Direction,
    },
    /// Errors among requests, held against the baseline's true rate as a limit.
    Limit(CountWorld),
    /// Latency histograms.
    Latency(LatencyWorld),
    /// A gauge.
    Gauge(GaugeWorld),
    /// Several error rates.
    Several(SeveralWorld),
}

/// One kind of rollout, simulated over and over.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name: `E2 x2`.
    pub name: String,
    /// Its number, which is part of the seed.
    pub number: u64,
    /// What is simulated.
    pub world: World,
}

/// What a method did in a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodTally {
    /// `anytime`, `auto` or `cleared`.
    pub method: &'static str,
    /// How its rollouts ended.
    pub tally: Tally,
}

/// A scenario with the horizon thresholds it needs, each calibrated when first asked for.
#[derive(Clone, Debug)]
pub struct Prepared {
    scenario: Scenario,
    thresholds: Arc<Thresholds>,
}

impl Scenario {
    /// Attaches the horizon thresholds the scenario needs, shared with those that need the same.
    ///
    /// A forecast that cannot be simulated leaves the boundary at `1/α`.
    pub fn prepare(&self, calibrator: &mut Calibrator) -> Prepared {
        let ratio = |value: f64| Ratio::try_from(value).unwrap_or(Ratio::EQUAL);
        let settings = CountSettings::plain(Some(self.looks()));
        let thresholds = match &self.world {
            World::Counts { world, direction, .. } => {
                let settings = CountSettings { direction: *direction, ..settings };
                calibrator.thresholds(settings, world.planned(), world.rate)
            }
            World::Latency(world) => {
                let settings = CountSettings { effect: ratio(1.25), ..settings };
                calibrator.thresholds(settings, world.planned(), 0.05)
            }
            World::Several(several) => {
                let world = &several.world;
                let settings = CountSettings { alpha: several.alpha_of_one(), ..settings };
                calibrator.thresholds(settings, world.planned(), world.rate)
            }
            World::Limit(_) | World::Gauge(_) => calibrator.thresholds(settings, Vec::new(), 1.0),
        };
        Prepared { scenario: self.clone(), thresholds }
    }

    /// The methods that are run side by side on each rollout.
    pub fn methods(&self) -> &'static [&'static str] {
        match self.world {
            World::Counts { .. } | World::Latency(_) => &["anytime", "auto", "cleared"],
            World::Several(_) => &["anytime", "auto"],
            World::Limit(_) | World::Gauge(_) => &["anytime"],
        }
    }

    /// How many looks a rollout has.
    pub fn looks(&self) -> u32 {
        match &self.world {
            World::Counts { world, .. } | World::Limit(world) => world.looks,
            World::Latency(world) => world.looks,
            World::Gauge(world) => world.looks,
            World::Several(world) => world.world.looks,
        }
    }
}

impl Prepared {
    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Simulates the given replications under a seed.
    pub fn run(&self, seed: u64, replications: Range<u64>) -> Vec<MethodTally> {
        let looks = u64::from(self.scenario.looks());
        let mut tallies: Vec<MethodTally> = self
            .scenario
            .methods()
            .iter()
            .map(|&method| MethodTally { method, tally: Tally::new(looks) })
            .collect();
        for replication in replications {
            // Two numbers in one stream: scenarios never share a path.
            let stream = (self.scenario.number << 32) | (replication & 0xffff_ffff);
            let mut draw = Draw::new(seed, stream);
            for (slot, stop) in tallies.iter_mut().zip(self.stops(&mut draw)) {
                slot.tally.add(stop);
            }
        }
        tallies
    }

    fn stops(&self, draw: &mut Draw) -> Vec<Option<u64>> {
        match &self.scenario.world {
            World::Counts { world, rule_out, direction } => {
                let path = world.draw(draw);
                let settings = CountSettings {
                    direction: *direction,
                    rule_out: Ratio::try_from(*rule_out).unwrap_or(Ratio::EQUAL),
                    ..CountSettings::plain(Some(world.looks))
                };
                let horizon = |allowed: Ratio| self.thresholds.at(allowed);
                let end = counts::run(&path, settings, &horizon);
                vec![end.anytime, end.auto, end.cleared]
            }
            World::Latency(world) => {
                let end = world.run(self.thresholds.at(Ratio::EQUAL), draw);
                vec![end.anytime, end.auto, end.cleared]
            }
            World::Limit(world) => vec![counts::run_limit(world, draw)],
            World::Gauge(world) => vec![world.run(draw)],
            World::Several(world) => {
                let end = world.run(self.thresholds.at(Ratio::EQUAL), draw);
                vec![end.0, end.1]
            }
        }
    }
}

/// Traffic of the benchmark: requests per second of canary and baseline, and pods.
#[derive(Clone, Copy)]
pub(super) enum Traffic {
    Mid,
    Low,
    Tiny,
}

fn world(traffic: Traffic, looks: u32, seconds: f64) -> CountWorld {
    let (canary, baseline, pods) = match traffic {
        Traffic::Mid => (50.0, 950.0, 19),
        Traffic::Low => (2.5, 47.5, 19),
        Traffic::Tiny => (0.2, 0.8, 4),
    };
    CountWorld {
        looks,
        canary: vec![canary * seconds],
        baseline: baseline * seconds,
        pods,
        rate: 0.005,
        ratio: 1.0,
        onset: 1,
        errors: Errors::Independent,
        movement: Rate::Steady,
        spread: 0.0,
        weights: None,
        scales_at: None,
        churn: 0.0,
        restarts: 0.0,
        history: 60,
    }
}

pub(super) fn sixty(traffic: Traffic) -> CountWorld {
    world(traffic, 60, 30.0)
}

/// Collects scenarios and numbers them.
pub(super) struct List {
    pub(super) scenarios: Vec<Scenario>,
    pub(super) number: u64,
}

impl List {
    pub(super) fn push(&mut self, name: String, world: World) {
        self.scenarios.push(Scenario { name, number: self.number, world });
        self.number += 1;
    }

    pub(super) fn counts(&mut self, name: &str, world: &CountWorld, ratios: &[f64]) {
        for &ratio in ratios {
            let world = CountWorld { ratio, ..world.clone() };
            let world = World::Counts { world, rule_out: 2.0, direction: Direction::Increase };
            self.push(format!("{name} x{ratio}"), world);
        }
    }

    pub(super) fn gauge(&mut self, name: &str, world: GaugeWorld, shifts: &[f64]) {
        for &shift in shifts {
            self.push(format!("{name} x{shift}"), World::Gauge(GaugeWorld { shift, ..world }));
        }
    }
}

/// All scenarios of the benchmark.
pub fn catalogue() -> Vec<Scenario> {
    let mut list = List { scenarios: Vec::new(), number: 100 };
    count_scenarios(&mut list);
    list.number = 400;
    latency_scenarios(&mut list);
    list.number = 500;
    gauge_scenarios(&mut list);
    list.number = 600;
    several_scenarios(&mut list);
    list.scenarios
}

fn count_scenarios(list: &mut List) {
    let (mid, low, tiny) = (sixty(Traffic::Mid), sixty(Traffic::Low), sixty(Traffic::Tiny));
    list.counts("E1", &mid, &[1.0, 1.5, 2.0, 5.0]);
    list.counts("E2", &low, &[1.0, 1.5, 2.0, 5.0]);
    list.counts("E2 30 looks", &world(Traffic::Low, 30, 60.0), &[1.0, 2.0]);
    list.counts("E3", &tiny, &[1.0, 5.0, 50.0]);
    let bunches = CountWorld { errors: Errors::Bunches { mean: 3.0 }, ..mid.clone() };
    list.counts("E4 bunches", &bunches, &[1.0, 1.5, 2.0]);
    let (autocorrelation, deviation) = (0.5, 0.5);
    let shared =
        CountWorld { movement: Rate::Shared { autocorrelation, deviation }, ..mid.clone() };
    list.counts("E5 shared", &shared, &[1.0, 2.0]);
    let per_pod =
        CountWorld { movement: Rate::PerPod { autocorrelation, deviation }, ..mid.clone() };
    list.counts("E6 per pod", &per_pod, &[1.0, 1.5, 2.0]);
    let outage = Rate::Outage { first: 21, last: 26, factor: 10.0 };
    list.counts("E7 outage", &CountWorld { movement: outage, ..mid.clone() }, &[1.0, 2.0]);
    list.counts("E8 mid, from look 31", &CountWorld { onset: 31, ..mid.clone() }, &[2.0]);
    list.counts("E8 low, from look 31", &CountWorld { onset: 31, ..low.clone() }, &[5.0]);
    let weights = [0.05, 0.25, 0.5].iter().flat_map(|&weight| [weight; 20]).collect();
    list.counts("E9 weights", &CountWorld { weights: Some(weights), ..low }, &[1.0, 1.5]);
    list.counts("E10 spread", &CountWorld { spread: 0.2, ..mid.clone() }, &[1.0, 2.0]);
    for (share, size) in [(0.002, 60), (0.01, 20)] {
        let storms = CountWorld { errors: Errors::Storms { share, size }, ..mid.clone() };
        list.counts(&format!("E11 storms {share} of {size}"), &storms, &[1.0, 2.0]);
    }
}

fn latency_scenarios(list: &mut List) {
    for (name, canary, baseline) in [("L1", 50.0, 950.0), ("L2", 2.5, 47.5)] {
        for (noise, pod_noise) in [("", 0.0), (" pod noise", 0.05)] {
            for slower in [1.0, 1.1, 1.3] {
                let world = LatencyWorld {
                    looks: 60,
                    canary: canary * 30.0,
                    baseline: baseline * 30.0,
                    pods: 19,
                    slower,
                    pod_noise,
                    history: 60,
                };
                list.push(format!("{name}{noise} x{slower}"), World::Latency(world));
            }
        }
    }
}

fn gauge_scenarios(list: &mut List) {
    let shifts = [1.0, 1.1, 1.3];
    list.gauge("G1", GaugeWorld::plain(0.5, 1.0), &shifts);
    list.gauge("G2 heavy", GaugeWorld { heavy: true, ..GaugeWorld::plain(0.5, 1.0) }, &shifts);
    list.gauge("G3 sticky", GaugeWorld::plain(0.8, 1.0), &shifts);
    list.gauge("G4 independent", GaugeWorld::plain(0.0, 1.0), &shifts);
    list.gauge("G5 leak", GaugeWorld { leak: 0.3, ..GaugeWorld::plain(0.5, 1.0) }, &[1.0]);
    let noisy = GaugeWorld { canary_deviation: 0.2, ..GaugeWorld::plain(0.5, 1.0) };
    list.gauge("G6 noisy canary", noisy, &[1.0, 1.3]);
}

fn several_scenarios(list: &mut List) {
    let low = sixty(Traffic::Low);
    let several = |ratios: Vec<f64>, identical: bool| {
        World::Several(SeveralWorld { world: low.clone(), ratios, identical })
    };
    list.push("M1 eight, independent".into(), several(vec![1.0; 8], false));
    list.push("M2 eight, identical".into(), several(vec![1.0; 8], true));
    let mut one = vec![1.0; 8];
    one[0] = 3.0;
    list.push("M3 eight, one x3".into(), several(one, false));
    list.push("M4 eight, all x1.7".into(), several(vec![1.7; 8], false));
}
