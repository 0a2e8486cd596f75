//! When to try again: longer and longer waits, up to the last attempt.

use std::time::Duration;

/// The waits between the attempts of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// After the first attempt.
    pub first: Duration,
    /// How many times longer each wait is than the one before.
    pub factor: u32,
    /// No wait is longer.
    pub longest: Duration,
    /// Attempts at all, the first included.
    pub attempts_max: u32,
    /// By how many percent of itself a wait is shortened at most, 0 to 100, so that what failed together
    /// is not tried together.
    pub jitter_percent: u32,
    /// The longest wait that a target can ask for.
    pub asked_max: Duration,
}

impl Default for Schedule {
    /// 5 s, 20 s, 80 s, ... and from the eighth on 6 h: 20 attempts in about three days, so that a
    /// target which is broken from Friday to Monday morning still gets its verdict.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            factor: 4,
            longest: Duration::from_secs(6 * 3600),
            attempts_max: 20,
            jitter_percent: 20,
            asked_max: Duration::from_secs(24 * 3600),
        }
    }
}

impl Schedule {
    /// The wait after attempt `number` (from 1) at the delivery `id`; none if that was the last.
    pub fn wait(&self, id: &str, number: u32) -> Option<Duration> {
        if self.attempts_max <= number {
            return None;
        }
        let times = self.factor.saturating_pow(number.saturating_sub(1));
        let wait = self.first.saturating_mul(times).min(self.longest);
        // A share of 0 to 999 thousandths of the most it may be shortened by.
        let share = u32::try_from(mixed(id, number) % 1000).unwrap_or_default();
        let percent = self.jitter_percent.min(100);
        Some(wait.saturating_sub(wait / 100 * percent / 1000 * share))
    }
}

/// A number that looks random and follows from `id` and `number`: FNV-1a, and the finish of SplitMix64
/// to spread what differs in the last byte only.
fn mixed(id: &str, number: u32) -> u64 {
    let bytes = id.bytes().chain(number.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_six_hours_and_end_after_about_three_days() {
        let schedule = Schedule { jitter_percent: 0, ..Schedule::default() };
        let waits: Vec<u64> =
            (1..).map_while(|number| schedule.wait("d", number)).map(|it| it.as_secs()).collect();
        assert_eq!(waits[..8], [5, 20, 80, 320, 1280, 5120, 20480, 21600]);
        assert_eq!(waits.len(), 19);
        assert!(waits[8..].iter().all(|wait| *wait == 21600));
        let hours = waits.iter().sum::<u64>() / 3600;
        assert_eq!(hours, 79); // and 63 at least, where jitter shortens every wait by a fifth
        assert_eq!(schedule.wait("d", u32::MAX), None);
    }

    #[test]
    fn jitter_shortens_by_a_fifth_at_most_and_is_the_same_every_time() {
        let schedule = Schedule::default();
        let waits: Vec<u64> =
            (0..1000).map(|id| schedule.wait(&id.to_string(), 8).unwrap().as_secs()).collect();
        assert!(waits.iter().all(|wait| (17_280..=21_600).contains(wait)));
        // Spread over the whole range: each tenth of it has its share.
        for tenth in 0..10 {
            let range = (17_280 + tenth * 432)..(17_280 + (tenth + 1) * 432);
            let count = waits.iter().filter(|wait| range.contains(*wait)).count();
            assert!((60..=140).contains(&count), "{count} of 1000 in {range:?}");
        }
        assert_eq!(schedule.wait("d", 8), schedule.wait("d", 8));
        assert_ne!(schedule.wait("d", 8), schedule.wait("e", 8));
        assert_ne!(schedule.wait("d", 9), schedule.wait("d", 10));
    }

    #[test]
    fn a_schedule_of_nonsense_does_no_harm() {
        let schedule = Schedule {
            first: Duration::MAX,
            factor: u32::MAX,
            longest: Duration::MAX,
            attempts_max: u32::MAX,
            jitter_percent: u32::MAX,
            asked_max: Duration::MAX,
        };
        assert!(schedule.wait("d", u32::MAX - 1).is_some());
        assert_eq!(Schedule { attempts_max: 0, ..schedule }.wait("d", 1), None);
    }
}
