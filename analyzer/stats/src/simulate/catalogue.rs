//! The scenarios, by the names of the benchmark.

use std::ops::Range;

use crate::boundary::{HorizonForecast, horizon_threshold};
use crate::comparison::CountSettings;
use crate::draw::Draw;
use crate::level::Ratio;
use crate::simulate::counts::{self, CountWorld, Errors, Rate};
use crate::simulate::gauges::GaugeWorld;
use crate::simulate::latencies::LatencyWorld;
use crate::simulate::several::SeveralWorld;
use crate::simulate::tally::Tally;

/// Ratios at which a horizon threshold is calibrated when spread is granted.
const GRANTED: [f64; 6] = [1.0, 1.1, 1.25, 1.5, 2.0, 3.0];
/// The seed of every horizon threshold.
const CALIBRATION_SEED: u64 = 999;

/// What is simulated.
#[derive(Clone, Debug, PartialEq)]
pub enum World {
    /// Errors among requests.
    Counts {
        /// The service.
        world: CountWorld,
        /// The ratio to rule out before an early promotion.
        rule_out: f64,
    },
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

/// A scenario with the horizon thresholds it needs.
#[derive(Clone, Debug)]
pub struct Prepared {
    scenario: Scenario,
    thresholds: Vec<(f64, f64)>,
}

impl Scenario {
    /// Calibrates the horizon thresholds the scenario needs.
    ///
    /// A forecast that cannot be simulated leaves the boundary at `1/α`.
    pub fn prepare(&self, calibrator: &mut Calibrator) -> Prepared {
        let thresholds = match &self.world {
            World::Counts { world, .. } => {
                let calibrated = |&granted: &f64| {
                    let allowed = Ratio::try_from(granted).ok()?;
                    Some((granted, calibrator.threshold(world, allowed)?))
                };
                GRANTED.iter().filter_map(calibrated).collect()
            }
            World::Latency(world) => {
                let found = world.calibrated(calibrator.paths, CALIBRATION_SEED);
                found.into_iter().map(|log| (1.0, log)).collect()
            }
            World::Gauge(_) | World::Several(_) => Vec::new(),
        };
        Prepared { scenario: self.clone(), thresholds }
    }

    /// The methods that are run side by side on each rollout.
    pub fn methods(&self) -> &'static [&'static str] {
        match self.world {
            World::Counts { .. } => &["anytime", "auto", "cleared"],
            World::Latency(_) => &["anytime", "auto"],
            World::Gauge(_) | World::Several(_) => &["anytime"],
        }
    }

    /// How many looks a rollout has.
    pub fn looks(&self) -> u32 {
        match &self.world {
            World::Counts { world, .. } => world.looks,
            World::Latency(world) => world.looks,
            World::Gauge(world) => world.looks,
            World::Several(world) => world.world.looks,
        }
    }
}

/// Horizon thresholds by forecast, each simulated once.
#[derive(Clone, Debug)]
pub struct Calibrator {
    paths: u32,
    known: Vec<(HorizonForecast, f64, Option<f64>)>,
}

impl Calibrator {
    /// Thresholds from so many simulated paths each, 100 to a million.
    pub fn new(paths: u32) -> Self {
        Self { paths, known: Vec::new() }
    }

    fn threshold(&mut self, world: &CountWorld, allowed: Ratio) -> Option<f64> {
        let settings = CountSettings::plain(Some(world.looks));
        let forecast = HorizonForecast {
            exposures: world.planned(),
            rate: world.rate,
            paths: self.paths,
            seed: CALIBRATION_SEED,
        };
        let same = |known: &&(HorizonForecast, f64, Option<f64>)| {
            known.0 == forecast && known.1.total_cmp(&allowed.get()).is_eq()
        };
        if let Some(known) = self.known.iter().find(same) {
            return known.2;
        }
        let test = settings.harm_test(allowed);
        let found = horizon_threshold(&test, &forecast, settings.alpha).ok();
        self.known.push((forecast, allowed.get(), found));
        found
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
            World::Counts { world, rule_out } => {
                let path = world.draw(draw);
                let settings = CountSettings {
                    rule_out: Ratio::try_from(*rule_out).unwrap_or(Ratio::EQUAL),
                    ..CountSettings::plain(Some(world.looks))
                };
                let horizon = |allowed: Ratio| self.threshold_at(allowed);
                let end = counts::run(&path, settings, &horizon);
                vec![end.anytime, end.auto, end.cleared]
            }
            World::Latency(world) => {
                let end = world.run(self.threshold_at(Ratio::EQUAL), draw);
                vec![end.anytime, end.auto]
            }
            World::Gauge(world) => vec![world.run(draw)],
            World::Several(world) => vec![world.run(draw)],
        }
    }

    /// The higher of the thresholds on either side of a granted ratio.
    fn threshold_at(&self, allowed: Ratio) -> Option<f64> {
        let below = self.thresholds.iter().rev().find(|(ratio, _)| *ratio <= allowed.get());
        let above = self.thresholds.iter().find(|(ratio, _)| allowed.get() <= *ratio);
        match (below, above) {
            (Some(below), Some(above)) => Some(below.1.max(above.1)),
            (None, _) | (_, None) => None,
        }
    }
}

/// Traffic of the benchmark: requests per second of canary and baseline, and pods.
#[derive(Clone, Copy)]
enum Traffic {
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
        restarts: 0.0,
        history: 60,
    }
}

fn sixty(traffic: Traffic) -> CountWorld {
    world(traffic, 60, 30.0)
}

/// Collects scenarios and numbers them.
struct List {
    scenarios: Vec<Scenario>,
    number: u64,
}

impl List {
    fn push(&mut self, name: String, world: World) {
        self.scenarios.push(Scenario { name, number: self.number, world });
        self.number += 1;
    }

    fn counts(&mut self, name: &str, world: &CountWorld, ratios: &[f64]) {
        for &ratio in ratios {
            let world = CountWorld { ratio, ..world.clone() };
            let world = World::Counts { world, rule_out: 2.0 };
            self.push(format!("{name} x{ratio}"), world);
        }
    }

    fn gauge(&mut self, name: &str, world: GaugeWorld, shifts: &[f64]) {
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

/// Scenarios the criteria were not tuned on.
pub fn held_out() -> Vec<Scenario> {
    let mut list = List { scenarios: Vec::new(), number: 900 };
    let (mid, low) = (sixty(Traffic::Mid), sixty(Traffic::Low));
    let long = Errors::LongBunches { median: 2.0, deviation: 1.2 };
    list.counts("H1 long bunches", &CountWorld { errors: long, ..mid.clone() }, &[1.0, 2.0]);
    let wave = Rate::Wave { period: 120.0, amplitude: 0.7 };
    list.counts("H2 daily wave", &CountWorld { movement: wave, ..mid.clone() }, &[1.0, 2.0]);
    let grows = CountWorld { scales_at: Some(20), ..mid.clone() };
    list.counts("H3 pods added", &grows, &[1.0, 2.0]);
    let moving = Rate::PerPod { autocorrelation: 0.5, deviation: 0.5 };
    for pods in [2, 3] {
        let few = CountWorld { pods, baseline: 1500.0 * 3.0, ..mid.clone() };
        list.counts(&format!("H4 {pods} pods"), &few, &[1.0, 2.0]);
        let bunched = CountWorld { errors: Errors::Bunches { mean: 3.0 }, ..few.clone() };
        list.counts(&format!("H5 {pods} pods, bunches"), &bunched, &[1.0, 2.0]);
        let wandering = CountWorld { movement: moving, ..few };
        list.counts(&format!("H6 {pods} pods, per pod"), &wandering, &[1.0, 2.0]);
    }
    list.counts("H7 restarts", &CountWorld { restarts: 0.02, ..low }, &[1.0, 2.0]);
    let unequal = CountWorld { canary: vec![2400.0, 600.0], movement: moving, ..mid.clone() };
    list.counts("H8 unequal canary pods", &unequal, &[1.0, 2.0]);
    let heavy = CountWorld { canary: vec![6000.0], movement: moving, ..mid.clone() };
    list.counts("H9 heavy canary pod", &heavy, &[1.0, 2.0]);
    for (name, spread, scale, pods) in [
        ("H10 spread 0.05", 0.05, 1.0, 19),
        ("H10 spread 0.1", 0.1, 1.0, 19),
        ("H10 spread 0.4", 0.4, 1.0, 19),
        ("H10 spread 0.2, ten times the traffic", 0.2, 10.0, 19),
        ("H10 spread 0.2, a tenth of the traffic", 0.2, 0.1, 19),
        ("H10 spread 0.2, 3 pods", 0.2, 1.0, 3),
    ] {
        let world = CountWorld {
            spread,
            pods,
            canary: vec![1500.0 * scale],
            baseline: 28_500.0 * scale,
            ..mid.clone()
        };
        list.counts(name, &world, &[1.0, 2.0]);
    }
    let slow = Rate::PerPod { autocorrelation: 0.9, deviation: 0.4 };
    list.counts("H11 slow per pod", &CountWorld { movement: slow, ..mid }, &[1.0, 2.0]);
    for pods in [2, 3] {
        let few = GaugeWorld { pods, ..GaugeWorld::plain(0.5, 1.0) };
        list.gauge(&format!("H12 gauge, {pods} pods"), few, &[1.0, 1.3]);
    }
    let short = GaugeWorld { history: 20, ..GaugeWorld::plain(0.5, 1.0) };
    list.gauge("H13 gauge, short history", short, &[1.0, 1.3]);
    let noisier = GaugeWorld { canary_deviation: 0.3, ..GaugeWorld::plain(0.5, 1.0) };
    list.gauge("H14 gauge, three times as noisy", noisier, &[1.0]);
    list.scenarios
}
