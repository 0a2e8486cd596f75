//! The only place that reads a clock.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// The longest single sleep; a driver that wakes from it finds nothing due and sleeps again.
const SLEEP_MAX: Duration = Duration::from_secs(180 * 24 * 3600);

/// Wall time that never jumps.
///
/// The wall clock is read once; from then on the monotonic clock is added to it. A leap or a step of
/// the wall clock during a run therefore moves no measurement, and a paused tokio clock works too.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: Timestamp,
    instant: Instant,
}

impl Clock {
    /// Reads the wall clock, now and never again.
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        let wall = Timestamp::now();
        Self { wall, instant: Instant::now() }
    }

    /// The time now; the end of time (year 9999) at most.
    pub fn now(&self) -> Timestamp {
        self.wall.saturating_add(self.instant.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// The moment at which [`Clock::now`] reaches `at`; already past for earlier times.
    pub fn instant_of(&self, at: Timestamp) -> Instant {
        let wait = Duration::try_from(at.duration_since(self.wall)).unwrap_or_default();
        self.instant.checked_add(wait).unwrap_or(self.never())
    }

    /// The moment `wait` from now.
    pub fn after(&self, wait: Duration) -> Instant {
        Instant::now().checked_add(wait).unwrap_or(self.never())
    }

    /// A moment so far away that a driver which sleeps until then has nothing to wait for.
    pub fn never(&self) -> Instant {
        Instant::now() + SLEEP_MAX
    }
}
