//! The statistic of a criterion at work: looks in, where the evidence stands out.

use assay_stats::comparison::noise;
use assay_stats::comparison::{CountComparison, CountSettings, CountState, Direction};
use assay_stats::level::{Alpha, Dispersion, Ratio};
use assay_stats::look::{Arm, Look};
use assay_stats::ratio::{PodSpread, RatioInterval, ratio_interval};
use assay_template::plan::level::Level;

/// Looks kept for the interval of the ratio; beyond that neighbours are put together.
const LOOKS_KEPT_MAX: usize = 1_000;

/// Where a criterion stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    /// The log evidence for harm.
    pub(crate) log_e: f64,
    /// The log evidence that this criterion needs by itself.
    pub(crate) log_needed: f64,
    /// Whether it reached that, at this look or before, with a change that matters.
    pub(crate) is_worse: bool,
    /// Whether the change seen is larger than what is tolerated.
    pub(crate) is_large: bool,
    /// Whether what is to be ruled out is ruled out.
    pub(crate) is_cleared: bool,
    /// The log evidence that it is.
    pub(crate) clearance_log_e: f64,
    /// Looks, and those of them with data in both arms.
    pub(crate) looks: u64,
    pub(crate) usable: u64,
    /// Whether there is data enough to say anything at the end.
    pub(crate) is_enough: bool,
    /// The noise that was discounted.
    pub(crate) noise: Dispersion,
    /// Whether that could not be measured on pods.
    pub(crate) is_approximate: bool,
}

/// The looks of both arms, kept to tell the ratio with its interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Looks(Vec<Look>);

impl Looks {
    pub(crate) fn push(&mut self, look: Look) {
        if !look.is_usable() {
            return;
        }
        if self.0.len() == LOOKS_KEPT_MAX {
            let both = |pair: &[Look]| Look {
                canary: Arm::sum(&pair.iter().map(|look| look.canary).collect::<Vec<_>>()),
                baseline: Arm::sum(&pair.iter().map(|look| look.baseline).collect::<Vec<_>>()),
            };
            self.0 = self.0.chunks(2).map(both).collect();
        }
        self.0.push(look);
    }

    pub(crate) fn interval(&self, alpha: Alpha, noise: Dispersion) -> Option<RatioInterval> {
        ratio_interval(&self.0, alpha, noise)
    }

    pub(crate) fn as_slice(&self) -> &[Look] {
        &self.0
    }
}

/// How many pods of an arm had exposure.
pub(crate) fn observed(pods: &[Arm]) -> usize {
    pods.iter().filter(|pod| pod.is_observed()).count()
}

/// Counts of both arms: error rates, counters, slow requests above one bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counts {
    settings: CountSettings,
    comparison: CountComparison,
    state: CountState,
    spread: PodSpread,
    allowed: Ratio,
    pub(crate) looks: Looks,
    /// Pods of canary and baseline at the newest look.
    pub(crate) pods: (usize, usize),
}

impl Counts {
    /// `history[t][j]` is what pod `j` of the baseline counted in interval `t` before the run.
    pub(crate) fn new(
        settings: CountSettings,
        level: &Level,
        history: &[Vec<Arm>],
        canary_pods: usize,
    ) -> Self {
        let (dispersion, spread) = noise::of_history(history);
        let pods = f64::from(u32::try_from(canary_pods.max(1)).unwrap_or(u32::MAX));
        let allowed = settings.allowed_with(spread, pods);
        let totals: Vec<Arm> = history.iter().map(|pods| Arm::sum(pods)).collect();
        // Without events nothing can be simulated, and the table says what is enough.
        let rate = Arm::sum(&totals).rate();
        let horizon = settings.horizon(allowed, &level.exposures(), rate, level.calibration);
        let comparison = CountComparison::new(settings, allowed, horizon);
        let state = comparison.start(dispersion);
        Self { settings, comparison, state, spread, allowed, looks: Looks::default(), pods: (0, 0) }
    }

    pub(crate) fn look(&mut self, canary: &[Arm], baseline: &[Arm]) {
        let look = Look { canary: Arm::sum(canary), baseline: Arm::sum(baseline) };
        self.pods = (observed(canary), observed(baseline));
        self.looks.push(look);
        self.state = self.comparison.step(self.state.clone(), canary, baseline);
    }

    pub(crate) fn standing(&self) -> Standing {
        let suspicion = self.state.suspicion();
        Standing {
            log_e: self.state.log_e(),
            log_needed: self.state.log_needed(),
            is_worse: self.state.worse_at().is_some(),
            is_large: self.settings.allowed.get() <= suspicion.ratio()
                && self.settings.excess_min <= suspicion.excess(),
            is_cleared: self.state.cleared_at().is_some(),
            clearance_log_e: self.state.clearance_log_e(),
            looks: self.state.looks(),
            usable: self.state.usable_looks(),
            is_enough: self.comparison.is_enough(&self.state),
            noise: self.state.noise(),
            is_approximate: self.state.is_approximate(),
        }
    }

    pub(crate) fn totals(&self) -> Look {
        self.state.totals()
    }

    pub(crate) fn spread(&self) -> f64 {
        self.spread.deviation()
    }

    pub(crate) fn direction(&self) -> Direction {
        self.settings.direction
    }

    /// What is tolerated, the luck of the draw of pods included.
    pub(crate) fn allowed(&self) -> Ratio {
        self.allowed
    }

    pub(crate) fn settings(&self) -> &CountSettings {
        &self.settings
    }

    /// The ratio of the arms' rates with the interval that holds at every look.
    pub(crate) fn ratio(&self, alpha: Alpha) -> Option<RatioInterval> {
        self.looks.interval(alpha, self.state.noise())
    }

    /// The largest evidence that the same looks would have given, had the canary had `share` of its events.
    pub(crate) fn largest_log_e(&self, share: f64) -> f64 {
        let test = self.settings.harm_test(self.allowed);
        let mut evidence = test.start();
        let mut largest = 0.0_f64;
        for look in self.looks.as_slice() {
            let look = scaled(look, share, self.settings.direction);
            evidence = test.step(evidence, &look, self.state.noise());
            largest = largest.max(evidence.log_e());
        }
        largest
    }
}

fn scaled(look: &Look, share: f64, direction: Direction) -> Look {
    let whole = |events: u64| {
        // Counts are far below 2^52, and a share of one rounds to a count again.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a count is one"
        )]
        let scaled = (events as f64 * share).round() as u64;
        scaled
    };
    let arm = |arm: Arm| Arm::new(whole(arm.events()), arm.exposure()).unwrap_or(arm);
    match direction {
        Direction::Increase | Direction::Both => Look { canary: arm(look.canary), ..*look },
        Direction::Decrease => Look { canary: arm(look.canary), ..*look }.swapped(),
    }
}
