//! Horizon thresholds of the simulated worlds, each simulated once, when it is first asked for.

use std::sync::{Arc, OnceLock};

use crate::boundary::Calibration;
use crate::comparison::CountSettings;
use crate::level::Ratio;

/// Ratios at which a horizon threshold is calibrated when spread is granted.
const GRANTED: [f64; 6] = [1.0, 1.1, 1.25, 1.5, 2.0, 3.0];
/// The seed of every horizon threshold.
const SEED: u64 = 999;

/// Hands out horizon thresholds; scenarios with the same forecast share theirs.
#[derive(Clone, Debug)]
pub struct Calibrator {
    paths: u32,
    known: Vec<Arc<Thresholds>>,
}

/// The log thresholds of one forecast, by the ratio that is tolerated.
#[derive(Debug)]
pub(crate) struct Thresholds {
    settings: CountSettings,
    exposures: Vec<(f64, f64)>,
    rate: f64,
    paths: u32,
    /// Whoever asks first simulates; whoever asks meanwhile waits.
    found: [OnceLock<Option<f64>>; GRANTED.len()],
}

impl Calibrator {
    /// Thresholds from so many simulated paths each, 100 to a million.
    pub fn new(paths: u32) -> Self {
        Self { paths, known: Vec::new() }
    }

    /// The thresholds for planned exposures; nothing is simulated yet.
    pub(crate) fn thresholds(
        &mut self,
        settings: CountSettings,
        exposures: Vec<(f64, f64)>,
        rate: f64,
    ) -> Arc<Thresholds> {
        let same = |known: &&Arc<Thresholds>| {
            known.settings == settings
                && known.exposures == exposures
                && known.rate.total_cmp(&rate).is_eq()
        };
        if let Some(known) = self.known.iter().find(same) {
            return Arc::clone(known);
        }
        let found = Default::default();
        let fresh = Arc::new(Thresholds { settings, exposures, rate, paths: self.paths, found });
        self.known.push(Arc::clone(&fresh));
        fresh
    }
}

impl Thresholds {
    /// The higher of the thresholds on either side of a granted ratio; `None` is `1/α`.
    pub(crate) fn at(&self, allowed: Ratio) -> Option<f64> {
        let below = GRANTED.iter().rposition(|ratio| *ratio <= allowed.get())?;
        let above = GRANTED.iter().position(|ratio| allowed.get() <= *ratio)?;
        let (below, above) = (self.calibrated(below)?, self.calibrated(above)?);
        Some(f64::max(below, above))
    }

    fn calibrated(&self, place: usize) -> Option<f64> {
        *self.found[place].get_or_init(|| {
            let allowed = Ratio::try_from(GRANTED[place]).ok()?;
            let calibration = Calibration::Simulated { paths: self.paths, seed: SEED };
            self.settings.horizon(allowed, &self.exposures, self.rate, calibration)
        })
    }
}
