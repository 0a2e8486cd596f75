//! Scenarios the criteria were not tuned on: other laws of noise, few pods, little history.

use crate::comparison::Direction;
use crate::simulate::catalogue::{List, Scenario, Traffic, World, sixty};
use crate::simulate::counts::{CountWorld, Errors, Rate};
use crate::simulate::gauges::GaugeWorld;
use crate::simulate::latencies::LatencyWorld;

/// Pods whose rate wanders, each for itself.
const MOVING: Rate = Rate::PerPod { autocorrelation: 0.5, deviation: 0.5 };
/// Errors in bunches of three on average.
const BUNCHES: Errors = Errors::Bunches { mean: 3.0 };
/// A healthy canary and one with twice the errors.
const BOTH: [f64; 2] = [1.0, 2.0];

/// All of them; numbered apart from the catalogue, so that no random stream is shared.
pub fn held_out() -> Vec<Scenario> {
    let mut list = List { scenarios: Vec::new(), number: 900 };
    bunch_scenarios(&mut list);
    pod_scenarios(&mut list);
    spread_scenarios(&mut list);
    history_scenarios(&mut list);
    tiny_scenarios(&mut list);
    direction_scenarios(&mut list);
    gauge_scenarios(&mut list);
    latency_scenarios(&mut list);
    combined_scenarios(&mut list);
    list.scenarios
}

fn bunch_scenarios(list: &mut List) {
    let mid = sixty(Traffic::Mid);
    for (name, errors) in [
        ("H1 long bunches", Errors::LongBunches { median: 2.0, deviation: 1.2 }),
        ("H1 negative binomial", Errors::Overdispersed { factor: 5.0 }),
        ("H1 heavy bunches, index 2.5", Errors::HeavyBunches { index: 2.5 }),
        ("H1 heavy bunches, index 1.5", Errors::HeavyBunches { index: 1.5 }),
    ] {
        list.counts(name, &CountWorld { errors, ..mid.clone() }, &BOTH);
    }
    let movement = Rate::Wave { period: 120.0, amplitude: 0.7 };
    let wave = CountWorld { movement, ..mid };
    list.counts("H2 daily wave", &wave, &BOTH);
    list.counts("H2 daily wave, bunches", &CountWorld { errors: BUNCHES, ..wave }, &BOTH);
}

fn pod_scenarios(list: &mut List) {
    let (mid, low) = (sixty(Traffic::Mid), sixty(Traffic::Low));
    let grows = CountWorld { scales_at: Some(20), ..mid.clone() };
    list.counts("H3 pods added", &grows, &BOTH);
    let churn = CountWorld { churn: 0.05, ..mid.clone() };
    list.counts("H3 pods come and go", &churn, &BOTH);
    let wandering = CountWorld { movement: MOVING, ..churn };
    list.counts("H3 pods come and go, per pod", &wandering, &BOTH);
    for pods in [1, 2, 3] {
        let few = CountWorld { pods, baseline: 1500.0 * 3.0, ..mid.clone() };
        list.counts(&format!("H4 {pods} pods"), &few, &BOTH);
        let bunched = CountWorld { errors: BUNCHES, ..few.clone() };
        list.counts(&format!("H5 {pods} pods, bunches"), &bunched, &BOTH);
        let wandering = CountWorld { movement: MOVING, ..few };
        list.counts(&format!("H6 {pods} pods, per pod"), &wandering, &BOTH);
    }
    list.counts("H7 restarts", &CountWorld { restarts: 0.02, ..low }, &BOTH);
    let unequal = CountWorld { canary: vec![2400.0, 600.0], movement: MOVING, ..mid.clone() };
    list.counts("H8 unequal canary pods", &unequal, &BOTH);
    let two = CountWorld { canary: vec![1500.0; 2], movement: MOVING, ..mid.clone() };
    list.counts("H8 two canary pods, per pod", &two, &BOTH);
    let bunched = CountWorld { errors: BUNCHES, movement: Rate::Steady, ..two };
    list.counts("H8 two canary pods, bunches", &bunched, &BOTH);
    let heavy = CountWorld { canary: vec![6000.0], movement: MOVING, ..mid };
    list.counts("H9 heavy canary pod", &heavy, &BOTH);
}

fn spread_scenarios(list: &mut List) {
    let mid = sixty(Traffic::Mid);
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
        list.counts(name, &world, &BOTH);
    }
    let two = CountWorld { spread: 0.2, canary: vec![1500.0; 2], ..mid.clone() };
    list.counts("H10 spread 0.2, two canary pods", &two, &BOTH);
    let movement = Rate::PerPod { autocorrelation: 0.9, deviation: 0.4 };
    list.counts("H11 slow per pod", &CountWorld { movement, ..mid }, &BOTH);
}

fn history_scenarios(list: &mut List) {
    let mid = sixty(Traffic::Mid);
    for history in [0, 5] {
        let name = |what: &str| format!("H15 history of {history}{what}");
        let plain = CountWorld { history, ..mid.clone() };
        list.counts(&name(""), &plain, &BOTH);
        let bunched = CountWorld { errors: BUNCHES, ..plain.clone() };
        list.counts(&name(", bunches"), &bunched, &BOTH);
        let few = CountWorld { pods: 3, baseline: 1500.0 * 3.0, ..bunched };
        list.counts(&name(", 3 pods, bunches"), &few, &BOTH);
        let wandering = CountWorld { movement: MOVING, ..plain };
        list.counts(&name(", per pod"), &wandering, &BOTH);
    }
}

fn tiny_scenarios(list: &mut List) {
    let tiny = sixty(Traffic::Tiny);
    let ratios = [1.0, 5.0];
    list.counts("H16 tiny, bunches", &CountWorld { errors: BUNCHES, ..tiny.clone() }, &ratios);
    let tenth = CountWorld { canary: vec![0.6], baseline: 2.4, ..tiny.clone() };
    list.counts("H16 a tenth of tiny", &tenth, &ratios);
    let bare = CountWorld { history: 0, errors: BUNCHES, ..tiny };
    list.counts("H16 tiny, bunches, no history", &bare, &ratios);
}

fn direction_scenarios(list: &mut List) {
    let low = CountWorld { rate: 0.2, ..sixty(Traffic::Low) };
    for (name, direction) in [("decrease", Direction::Decrease), ("both", Direction::Both)] {
        for ratio in [1.0, 0.6] {
            let world = CountWorld { ratio, ..low.clone() };
            let world = World::Counts { world, rule_out: 2.0, direction };
            list.push(format!("H17 {name} x{ratio}"), world);
        }
    }
    let mid = sixty(Traffic::Mid);
    for ratio in BOTH {
        let plain = CountWorld { ratio, ..mid.clone() };
        list.push(format!("H18 limit x{ratio}"), World::Limit(plain.clone()));
        let bunched = CountWorld { errors: BUNCHES, ..plain.clone() };
        list.push(format!("H18 limit, bunches x{ratio}"), World::Limit(bunched));
        let moving = CountWorld { movement: MOVING, ..plain };
        list.push(format!("H18 limit, per pod x{ratio}"), World::Limit(moving));
    }
}

fn gauge_scenarios(list: &mut List) {
    let plain = GaugeWorld::plain(0.5, 1.0);
    let shifts = [1.0, 1.3];
    for pods in [2, 3, 5] {
        list.gauge(&format!("H12 gauge, {pods} pods"), GaugeWorld { pods, ..plain }, &shifts);
    }
    let sticky = GaugeWorld { pods: 2, ..GaugeWorld::plain(0.8, 1.0) };
    list.gauge("H12 gauge, 2 pods, sticky", sticky, &shifts);
    let heavy = GaugeWorld { pods: 2, heavy: true, ..plain };
    list.gauge("H12 gauge, 2 pods, heavy", heavy, &shifts);
    list.gauge("H12 gauge, two canary pods", GaugeWorld { canary_pods: 2, ..plain }, &shifts);
    list.gauge("H13 gauge, short history", GaugeWorld { history: 20, ..plain }, &shifts);
    for (name, autocorrelation) in [("independent", 0.0), ("0.5", 0.5), ("0.8", 0.8)] {
        let bare = GaugeWorld { history: 0, ..GaugeWorld::plain(autocorrelation, 1.0) };
        list.gauge(&format!("H13 gauge, no history, {name}"), bare, &shifts);
    }
    let noisier = GaugeWorld { canary_deviation: 0.3, ..plain };
    list.gauge("H14 gauge, three times as noisy", noisier, &[1.0]);
}

fn latency_scenarios(list: &mut List) {
    let plain = LatencyWorld {
        looks: 60,
        canary: 1500.0,
        baseline: 28_500.0,
        pods: 19,
        slower: 1.0,
        pod_noise: 0.05,
        history: 60,
    };
    for (name, pods, history) in [("3 pods", 3, 60), ("history of 5", 19, 5)] {
        for slower in [1.0, 1.3] {
            let baseline = if pods == 3 { 4500.0 } else { plain.baseline };
            let world = LatencyWorld { pods, baseline, history, slower, ..plain };
            list.push(format!("H19 latency, {name} x{slower}"), World::Latency(world));
        }
    }
}

/// Several troubles at once; added last, so that the streams of all others stay what they were.
fn combined_scenarios(list: &mut List) {
    let mid = sixty(Traffic::Mid);
    let three = CountWorld { canary: vec![1500.0; 3], ..mid.clone() };
    list.counts("H20 three canary pods", &three, &BOTH);
    let wandering = CountWorld { movement: MOVING, ..three.clone() };
    list.counts("H20 three canary pods, per pod", &wandering, &BOTH);
    let differing = CountWorld { spread: 0.2, ..three };
    list.counts("H20 three canary pods, spread 0.2", &differing, &BOTH);
    let unequal = CountWorld { canary: vec![2400.0, 1200.0, 600.0], spread: 0.2, ..mid.clone() };
    list.counts("H20 unequal canary pods, spread 0.2", &unequal, &BOTH);

    let spread = CountWorld { spread: 0.2, ..mid.clone() };
    list.counts("H21 spread, bunches", &CountWorld { errors: BUNCHES, ..spread.clone() }, &BOTH);
    let overdispersed = Errors::Overdispersed { factor: 5.0 };
    let negative = CountWorld { errors: overdispersed, ..spread.clone() };
    list.counts("H21 spread, negative binomial", &negative, &BOTH);
    let wandering = CountWorld { movement: MOVING, ..spread.clone() };
    list.counts("H21 spread, per pod", &wandering, &BOTH);
    let wave = Rate::Wave { period: 120.0, amplitude: 0.7 };
    let grows = CountWorld { movement: wave, scales_at: Some(20), restarts: 0.02, ..spread };
    list.counts("H21 spread, daily wave, pods added, restarts", &grows, &BOTH);

    let few = CountWorld { pods: 3, baseline: 1500.0 * 3.0, ..mid.clone() };
    let heavy = CountWorld { errors: Errors::HeavyBunches { index: 2.5 }, ..few.clone() };
    list.counts("H22 3 pods, heavy bunches, index 2.5", &heavy, &BOTH);
    let long = Errors::LongBunches { median: 2.0, deviation: 1.2 };
    list.counts("H22 3 pods, long bunches", &CountWorld { errors: long, ..few.clone() }, &BOTH);
    let grows = CountWorld { scales_at: Some(20), movement: MOVING, ..few };
    list.counts("H22 3 pods, pods added, per pod", &grows, &BOTH);
    let restarts = CountWorld { restarts: 0.05, errors: BUNCHES, ..mid.clone() };
    list.counts("H22 restarts, bunches", &restarts, &BOTH);
    let wave = CountWorld { movement: wave, errors: long, ..mid };
    list.counts("H22 daily wave, long bunches", &wave, &BOTH);
}
