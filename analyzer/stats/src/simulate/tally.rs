//! Counting how rollouts ended.

use crate::float::{index, real, size};

/// At which look each of many simulated rollouts was stopped, if it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    looks: u64,
    /// `stopped[t]` rollouts were stopped at look `t + 1`.
    stopped: Vec<u64>,
    replications: u64,
}

impl Tally {
    /// An empty tally of rollouts of so many looks.
    pub fn new(looks: u64) -> Self {
        Self { looks, stopped: vec![0; index(real(looks))], replications: 0 }
    }

    /// Adds one rollout, stopped at a look from 1 or never.
    pub fn add(&mut self, stopped_at: Option<u64>) {
        self.replications += 1;
        let place = stopped_at.and_then(|look| usize::try_from(look).ok()?.checked_sub(1));
        if let Some(slot) = place.and_then(|place| self.stopped.get_mut(place)) {
            *slot += 1;
        }
    }

    /// Both tallies together; they must be of the same length.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        for (slot, more) in self.stopped.iter_mut().zip(&other.stopped) {
            *slot += more;
        }
        self.replications += other.replications;
        self
    }

    /// How many rollouts there were.
    pub fn replications(&self) -> u64 {
        self.replications
    }

    /// The share of rollouts that were stopped, from 0 to 1; NaN for none.
    pub fn share_stopped(&self) -> f64 {
        real(self.stopped.iter().sum()) / real(self.replications)
    }

    /// The standard error of [`Self::share_stopped`].
    pub fn standard_error(&self) -> f64 {
        let share = self.share_stopped();
        libm::sqrt((share * (1.0 - share)).max(1e-9) / real(self.replications))
    }

    /// The median look of the stop over all rollouts; `None` when fewer than half were stopped.
    pub fn median_look(&self) -> Option<f64> {
        let at = |rank: u64| {
            let mut sum = 0;
            self.stopped.iter().position(|&count| {
                sum += count;
                rank < sum
            })
        };
        let half = self.replications / 2;
        let upper = at(half)?;
        let lower = if self.replications % 2 == 1 { upper } else { at(half.checked_sub(1)?)? };
        Some(0.5 * (size(lower) + size(upper)) + 1.0)
    }

    /// The mean look at which a rollout was stopped or ended.
    pub fn mean_look(&self) -> f64 {
        let stopped: u64 = self.stopped.iter().sum();
        let sum: f64 =
            self.stopped.iter().enumerate().map(|(t, &count)| (size(t) + 1.0) * real(count)).sum();
        (sum + real(self.looks) * real(self.replications - stopped)) / real(self.replications)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_count_rollouts_that_never_stop() {
        let check = |stops: &[Option<u64>], median: Option<f64>| {
            let mut tally = Tally::new(10);
            stops.iter().for_each(|&stop| tally.add(stop));
            assert_eq!(tally.median_look(), median, "{stops:?}");
        };
        check(&[], None);
        check(&[Some(3)], Some(3.0));
        check(&[Some(3), Some(5)], Some(4.0));
        check(&[Some(3), None, None], None);
        check(&[Some(3), Some(4), None], Some(4.0));
    }
}
