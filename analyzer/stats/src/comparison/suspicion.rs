//! How large a change is since it most likely began.
//!
//! An estimate over the whole run hides what broke a minute ago behind an hour of health. This one
//! starts anew whenever the looks since its start speak for health.

use crate::float::real;
use crate::look::Look;

/// The counts since the change most likely began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Suspicion {
    /// The log likelihood ratio of the looks since then, 0 or more.
    gain: f64,
    events: (f64, f64),
    exposure: (f64, f64),
    /// The Mantel-Haenszel sums.
    own: f64,
    other: f64,
}

impl Suspicion {
    /// Takes a look; `effect` is the change it is tuned for, as a log ratio above 0.
    pub(crate) fn record(&mut self, look: &Look, effect: f64) {
        if !look.is_usable() {
            return;
        }
        let (own, other) = (real(look.canary.events()), real(look.baseline.events()));
        let share = look.canary_share(1.0);
        let growth = libm::log1p(share * libm::expm1(effect));
        let gain = self.gain + own * effect - (own + other) * growth;
        if !(0.0 < gain) {
            *self = Self::default();
            return;
        }
        let (n, m) = (look.canary.exposure(), look.baseline.exposure());
        self.gain = gain;
        self.events = (self.events.0 + own, self.events.1 + other);
        self.exposure = (self.exposure.0 + n, self.exposure.1 + m);
        self.own += own * (m / (n + m));
        self.other += other * (n / (n + m));
    }

    /// The ratio of the arms' rates since then; 1 when nothing is suspected, infinite without events
    /// in the baseline.
    pub fn ratio(&self) -> f64 {
        if self.own <= 0.0 { 1.0 } else { self.own / self.other }
    }

    /// By how much the canary's rate exceeds the baseline's since then, in events per exposure.
    pub fn excess(&self) -> f64 {
        let rate =
            |events: f64, exposure: f64| if 0.0 < exposure { events / exposure } else { 0.0 };
        let own = rate(self.events.0, self.exposure.0);
        (own - rate(self.events.1, self.exposure.1)).max(0.0)
    }
}
