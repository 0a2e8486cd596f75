//! Statistical criteria from raw samples to the verdict.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_run::compare::summary::{Summary, summary};
use assay_run::compare::{LookBack, look_back};
use assay_run::reading::{Answer, Fault, FaultKind, Reading, SampledSeries, Samples};
use assay_run::state::{Ending, Phase, RunState};
use assay_run::step::{Effect, Event, Ticket, step};
use assay_run::verdict::{Cause, Decision};
use assay_stats::boundary::Calibration;
use assay_stats::comparison::{CountComparison, CountSettings, noise};
use assay_stats::level::Ratio;
use assay_stats::look::Arm;
use assay_template::args::GivenArgs;
use assay_template::bind::{Options, bind};
use assay_template::document::read_all;
use assay_template::plan::Plan;
use assay_template::plan::compare::PART_LABEL;
use assay_template::yaml::Source;
use jiff::Timestamp;

use crate::driver::at;

const ERRORS: &str = "
    - name: errors
      errorRate: {errors: 'errors_total', requests: 'requests_total'}
";

fn plan_of(compare: &str, metrics: &str) -> Plan {
    let text = format!(
        "apiVersion: assay.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: t}}\nspec:\n  \
         compare: {{{compare}}}\n  metrics:{metrics}"
    );
    let sources = [Source { name: String::from("t.yaml"), text }];
    let documents = read_all(&sources);
    match bind(&sources, &documents, &[], &GivenArgs::default(), Options::default()) {
        Ok(plan) => plan,
        Err(found) => {
            panic!("{:?}", found.iter().map(|it| it.problem.to_string()).collect::<Vec<_>>())
        }
    }
}

/// One series: its part, its other labels, its value.
type Shown = (&'static str, Vec<(&'static str, String)>, f64);

/// Raw counters, and gauges, of a service at any time.
trait Service {
    /// Every series as its part, its other labels, and its value.
    fn series(&mut self, at_seconds: i64) -> Vec<Shown>;
}

fn answer(service: &mut impl Service, back: LookBack, asked: Timestamp) -> Answer {
    let steps = i64::try_from(back.reach.as_secs() / back.every.as_secs()).unwrap();
    let every = i64::try_from(back.every.as_secs()).unwrap();
    let now = asked.duration_since(at(0)).as_secs();
    let times: Vec<i64> = (0..=steps).rev().map(|step| now - step * every).collect();
    let mut series: BTreeMap<Vec<(String, String)>, Vec<Option<f64>>> = BTreeMap::new();
    for (place, time) in times.iter().enumerate() {
        for (part, labels, value) in service.series(*time) {
            let mut labels: Vec<(String, String)> =
                labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            labels.push((PART_LABEL.to_owned(), part.to_owned()));
            labels.sort();
            let values = series.entry(labels).or_insert_with(|| vec![None; times.len()]);
            values[place] = Some(value);
        }
    }
    let instants =
        times.iter().map(|time| at(0).checked_add(jiff::SignedDuration::from_secs(*time)).unwrap());
    let series =
        series.into_iter().map(|(labels, values)| SampledSeries { labels, values }).collect();
    Answer::of(Reading::Samples(Samples { instants: instants.collect(), series }))
}

/// Runs to the verdict; every answer passes `bend` first.
fn run_with(
    plan: &Plan,
    mut state: RunState,
    start: Timestamp,
    mut ask: impl FnMut(Ticket, LookBack, Timestamp) -> Result<Answer, Fault>,
) -> (RunState, Vec<Event>) {
    let mut events = vec![Event::Started { at: start }];
    let mut next = 0;
    while let Some(event) = events.get(next).cloned() {
        next += 1;
        let (after, effects) = step(plan, state, &event);
        state = after;
        let now = match event {
            Event::Started { at } | Event::Woke { at } | Event::Measured { at, .. } => at,
            Event::Terminated { at, .. } | Event::Interrupted { at, .. } => at,
        };
        let (mut wake, mut asked) = (None, false);
        for effect in effects {
            match effect {
                Effect::Measure { ticket } => {
                    let back = look_back(plan, &state, ticket).unwrap();
                    let answer = ask(ticket, back, now);
                    events.push(Event::Measured { at: now, ticket, answer });
                    asked = true;
                }
                Effect::WakeAt(at) => wake = Some(at),
                Effect::Cancel { .. } => {}
                Effect::Conclude(_) => return (state, events),
            }
        }
        if let (Some(at), false, true) = (wake, asked, next == events.len()) {
            events.push(Event::Woke { at });
        }
    }
    panic!("the run waits for nothing");
}

fn run(plan: &Plan, service: &mut impl Service) -> RunState {
    let state = RunState::new(plan);
    run_with(plan, state, at(0), |_, back, now| Ok(answer(service, back, now))).0
}

fn decision(state: &RunState) -> Decision {
    state.verdict.as_deref().unwrap().decision
}

/// Random numbers that are the same every time.
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let bits = u32::try_from(self.0 >> 33).unwrap();
        f64::from(bits) / f64::from(1_u32 << 31)
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        let (mut product, mut count) = (self.share(), 0);
        while (-mean).exp() < product {
            product *= self.share();
            count += 1;
        }
        count
    }
}

/// Pods that count requests and errors, some of them the canary.
struct Shop {
    dice: Dice,
    /// Errors of the canary per error of the stable version.
    ratio: f64,
    /// Requests of every pod in 30 s.
    requests: u32,
    canary_requests: u32,
    stable: usize,
    /// Totals by pod, the canary last, at the newest instant.
    totals: Vec<(u32, u32)>,
    now: i64,
}

impl Shop {
    fn new(seed: u64, ratio: f64) -> Self {
        let stable = 6;
        let totals = vec![(1000, 7); stable + 1];
        let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        Self { dice, ratio, requests: 1500, canary_requests: 1500, stable, totals, now: -7200 }
    }

    fn pod(place: usize, stable: usize) -> (&'static str, String) {
        let role = if place < stable { "stable" } else { "canary" };
        (role, format!("{role}-{place}"))
    }
}

impl Service for Shop {
    fn series(&mut self, at: i64) -> Vec<Shown> {
        if self.now < at {
            self.now = at;
            for place in 0..self.totals.len() {
                let canary = place == self.stable;
                if canary && at <= 0 {
                    continue;
                }
                let (requests, ratio) =
                    if canary { (self.canary_requests, self.ratio) } else { (self.requests, 1.0) };
                let errors = self.dice.poisson(0.005 * ratio * f64::from(requests)).min(requests);
                self.totals[place].0 += requests;
                self.totals[place].1 += errors;
            }
        }
        let pods = self.totals.iter().enumerate();
        let pods = pods.filter(|(place, _)| *place < self.stable || 0 <= at);
        pods.flat_map(|(place, (requests, errors))| {
            let (role, pod) = Self::pod(place, self.stable);
            let labels = vec![("role", role.to_owned()), ("pod", pod)];
            [
                ("requests", labels.clone(), f64::from(*requests)),
                ("errors", labels, f64::from(*errors)),
            ]
        })
        .collect()
    }
}

#[test]
fn a_doubled_error_rate_aborts_and_says_why() {
    let state = run(&plan_of("", ERRORS), &mut Shop::new(7, 2.5));
    let verdict = state.verdict.as_deref().unwrap();
    assert_eq!((verdict.decision, verdict.reason.cause), (Decision::Abort, Cause::Bad));
    assert_eq!(state.metrics[0].ending, Some(Ending::Worse));
    let expected = expect_test::expect![[r#"
        errors: the canary had 40 of 3,000 (1.3 %) and the baseline 83 of 18,000 (0.46 %), 2.89× (95 % interval 1.42 to 5.55), evidence 21 against the needed 8.1 (look 2 of 58): a release within the allowed +10 % gets there in fewer than 1 of 20 rollouts, however often one looks; noise of 1.15 is discounted.
        with at most 1.1 % in the canary errors would have found nothing so far"#]];
    expected.assert_eq(&format!("{}\n{}", verdict.sentence, verdict.reason.change));
}

#[test]
fn a_release_that_is_alike_is_promoted_at_half_time() {
    let state = run(&plan_of("", ERRORS), &mut Shop::new(3, 1.0));
    let verdict = state.verdict.as_deref().unwrap();
    assert_eq!(verdict.decision, Decision::Promote, "{}", verdict.sentence);
    assert_eq!(state.metrics[0].ending, Some(Ending::Cleared));
    let took = verdict.reason.window;
    assert!(
        Duration::from_secs(14 * 60) <= took && took <= Duration::from_secs(20 * 60),
        "{took:?}"
    );
}

/// False aborts of the whole way from samples to verdict, at the level of 5 percent.
#[test]
fn healthy_releases_are_rarely_aborted() {
    let plan = plan_of("minDuration: 30m", ERRORS);
    let aborted = (0..200).filter(|seed| {
        let mut shop = Shop::new(*seed, 1.0);
        (shop.requests, shop.canary_requests) = (300, 300);
        decision(&run(&plan, &mut shop)) == Decision::Abort
    });
    let aborted = aborted.count();
    assert!(aborted <= 10, "{aborted} of 200");
}

#[test]
fn the_evidence_is_that_of_the_criterion_fed_by_hand() {
    let plan = plan_of("minDuration: 30m", ERRORS_WITHOUT_MARGIN);
    let mut shop = Shop::new(11, 1.2);
    let (mut instants, mut fresh) = (Vec::new(), true);
    let state = RunState::new(&plan);
    let (state, _) = run_with(&plan, state, at(0), |_, back, now| {
        let answer = answer(&mut shop, back, now);
        let Reading::Samples(samples) = &answer.reading else { panic!("samples") };
        let skip =
            usize::from(!std::mem::take(&mut fresh)) * samples.instants.len().saturating_sub(1);
        for place in skip..samples.instants.len() {
            let of = |role: &str, part: &str| -> Vec<Option<f64>> {
                let of_role = samples.series.iter().filter(|series| {
                    series.label("role") == Some(role) && series.label(PART_LABEL) == Some(part)
                });
                of_role.map(|series| series.values[place]).collect()
            };
            instants
                .push(["canary", "stable"].map(|role| (of(role, "errors"), of(role, "requests"))));
        }
        Ok(answer)
    });
    let looks: Vec<[Vec<Arm>; 2]> = instants
        .windows(2)
        .map(|pair| {
            [0, 1].map(|arm| {
                let (before, after) = (&pair[0][arm], &pair[1][arm]);
                let gain = |before: &[Option<f64>], after: &[Option<f64>], pod: usize| {
                    after[pod].unwrap_or(0.0) - before[pod].unwrap_or(0.0)
                };
                let pod = |pod| {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a count"
                    )]
                    let events = gain(&before.0, &after.0, pod) as u64;
                    Arm::new(events, gain(&before.1, &after.1, pod)).unwrap()
                };
                (0..after.0.len()).map(pod).collect()
            })
        })
        .collect();
    // 120 intervals of history, then 2 of the warm-up.
    let history: Vec<Vec<Arm>> = looks[..120].iter().map(|look| look[1].clone()).collect();
    let (dispersion, spread) = noise::of_history(&history);
    let settings =
        CountSettings { excess_min: 0.0005, exposure_min: 100.0, ..CountSettings::plain(Some(58)) };
    let allowed = settings.allowed_with(spread, 1.0);
    let horizon = settings.horizon(allowed, &[(1.0, 1.0); 58], 0.0, Calibration::Table);
    let comparison = CountComparison::new(settings, allowed, horizon);
    let mut by_hand = comparison.start(dispersion);
    for look in &looks[122..] {
        by_hand = comparison.step(by_hand, &look[0], &look[1]);
    }
    let found = summary(&plan, &state, 0).unwrap();
    assert_eq!(found.looks, by_hand.looks());
    assert_eq!(found.evidence.to_bits(), libm::exp(by_hand.log_e()).to_bits());
    assert_eq!(Ratio::EQUAL, settings.allowed);
}

const ERRORS_WITHOUT_MARGIN: &str = "
    - name: errors
      errorRate: {errors: 'errors_total', requests: 'requests_total', maxIncrease: 0}
";

#[test]
fn an_arm_that_is_not_there_moves_no_evidence_and_blinds_the_run() {
    let plan = plan_of("", ERRORS);
    let mut shop = Shop::new(5, 1.0);
    shop.totals.pop();
    let state = run(&plan, &mut shop);
    let verdict = state.verdict.as_deref().unwrap();
    assert_eq!((verdict.decision, verdict.reason.cause), (Decision::Hold, Cause::NoData));
    assert!(verdict.sentence.contains("no series of the canary came"), "{}", verdict.sentence);
    assert_eq!(summary(&plan, &state, 0), None);
}

#[test]
fn a_canary_without_traffic_is_held_at_the_end() {
    let mut shop = Shop::new(5, 1.0);
    shop.canary_requests = 0;
    let state = run(&plan_of("", ERRORS), &mut shop);
    assert_eq!(decision(&state), Decision::Hold);
    assert_eq!(state.metrics[0].ending, Some(Ending::TooLittle));
    assert_eq!(state.metrics[0].phase, Phase::Inconclusive);
}

#[test]
fn a_source_that_fails_is_told_apart_from_a_bad_canary() {
    let plan = plan_of("", ERRORS);
    let fault = Fault { kind: FaultKind::Unreachable, message: String::from("it is gone") };
    let state = RunState::new(&plan);
    let (state, _) = run_with(&plan, state, at(0), |_, _, _| Err(fault.clone()));
    let verdict = state.verdict.as_deref().unwrap();
    assert_eq!((verdict.decision, verdict.reason.cause), (Decision::Hold, Cause::SourceFailed));
}

/// The order of series, failed reads in between and resets change nothing that they should not.
#[test]
fn order_gaps_and_resets() {
    let plan = plan_of("minDuration: 30m", ERRORS);
    let whole = |bend: &dyn Fn(u32, &mut Samples) -> bool| -> Summary {
        let mut shop = Shop::new(9, 1.0);
        let state = RunState::new(&plan);
        let (state, _) = run_with(&plan, state, at(0), |ticket, back, now| {
            let mut answer = answer(&mut shop, back, now);
            if let Reading::Samples(samples) = &mut answer.reading
                && !bend(ticket.number, samples)
            {
                return Err(Fault { kind: FaultKind::TimedOut, message: String::from("late") });
            }
            Ok(answer)
        });
        summary(&plan, &state, 0).unwrap()
    };
    let plain = whole(&|_, _| true);
    let turned = whole(&|_, samples| {
        samples.series.reverse();
        true
    });
    assert_eq!(plain, turned);
    // Two reads in ten are missing: nothing counted is lost.
    let gaps = whole(&|number, _| number % 10 < 8);
    assert_eq!(gaps.canary.events, plain.canary.events);
    assert_eq!(gaps.baseline.unwrap().exposure, plain.baseline.unwrap().exposure);
    assert!(gaps.looks < plain.looks);
    // Every pod starts again from 0 in the middle of the run: only that interval is lost.
    let began = std::cell::RefCell::new(BTreeMap::new());
    let reset = whole(&|number, samples| {
        for series in samples.series.iter_mut().filter(|_| 20 <= number) {
            for value in series.values.iter_mut().flatten() {
                *value -= *began.borrow_mut().entry(series.labels.clone()).or_insert(*value);
            }
        }
        true
    });
    assert_eq!(reset.canary.exposure.map(|it| it + 1500.0), plain.canary.exposure);
    assert_eq!(reset.looks, plain.looks);
}

#[test]
fn the_next_step_of_a_rollout_goes_on_with_the_evidence() {
    let plan = plan_of("maxDuration: 10m, minDuration: 10m", ERRORS);
    let mut shop = Shop::new(2, 1.0);
    let state = RunState::new(&plan);
    let (first, _) = run_with(&plan, state, at(0), |_, back, now| Ok(answer(&mut shop, back, now)));
    let before = summary(&plan, &first, 0).unwrap();
    let next = RunState::after(&plan, [(&plan, &first)].into_iter());
    let carried = summary(&plan, &next, 0).unwrap();
    assert_eq!(carried.evidence.to_bits(), before.evidence.to_bits());
    let mut reaches = Vec::new();
    let (second, _) = run_with(&plan, next, at(1200), |_, back, now| {
        reaches.push(back.reach);
        Ok(answer(&mut shop, back, now))
    });
    assert!(reaches.iter().all(Duration::is_zero), "what is known is not asked again");
    let after = summary(&plan, &second, 0).unwrap();
    assert_eq!(after.looks, before.looks + 18);
    assert!(before.canary.events < after.canary.events);
    let other = plan_of("maxDuration: 10m, minDuration: 10m, alpha: 0.01", ERRORS);
    let fresh = RunState::after(&other, [(&plan, &first)].into_iter());
    assert_eq!(summary(&other, &fresh, 0), None, "another level is another test");
}

#[test]
fn a_replay_is_the_same_in_any_number_of_threads() {
    let plan = plan_of("", ERRORS);
    let mut shop = Shop::new(4, 1.6);
    let state = RunState::new(&plan);
    let (state, events) =
        run_with(&plan, state, at(0), |_, back, now| Ok(answer(&mut shop, back, now)));
    let expected = format!("{state:?}");
    std::thread::scope(|scope| {
        let replays: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let fold = |state, event: &Event| step(&plan, state, event).0;
                    format!("{:?}", events.iter().fold(RunState::new(&plan), fold))
                })
            })
            .collect();
        for replay in replays {
            assert_eq!(replay.join().unwrap(), expected);
        }
    });
}
