//! In which order the messages of one run reach one target: progress never after the verdict.

/// What kind of message it is, as far as order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// It only counts as long as nothing else is known.
    Progress,
    /// It is told for ever.
    Verdict,
    /// It is told for ever, and has no place in the order: a person may decide before or after.
    Override,
}

/// What is known of the other messages of the same run for the same target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// A progress message is being sent, or was and nobody knows yet how that ended.
    pub progress_in_flight: bool,
    /// The run has its verdict, delivered or not.
    pub verdict_exists: bool,
    /// A progress message that is newer than this one exists.
    pub progress_is_newer: bool,
}

/// Whether it is a message's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send it.
    Now,
    /// Ask again when the progress message that is being sent has ended.
    AfterProgress,
    /// Nobody needs it any more: what would be told is overtaken. It counts as done.
    Overtaken,
}

/// Whether it is the turn of a message of this rank.
///
/// A verdict waits for a progress message that is on its way, which is at most one timeout long. A
/// progress message is not sent once there is a verdict, nor when there is a newer one.
pub fn turn(rank: Rank, others: Others) -> Turn {
    match rank {
        Rank::Progress if others.verdict_exists || others.progress_is_newer => Turn::Overtaken,
        Rank::Progress | Rank::Verdict if others.progress_in_flight => Turn::AfterProgress,
        Rank::Progress | Rank::Verdict | Rank::Override => Turn::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In flight, verdict, newer.
    fn check(
        rank: Rank,
        [progress_in_flight, verdict_exists, progress_is_newer]: [bool; 3],
    ) -> Turn {
        turn(rank, Others { progress_in_flight, verdict_exists, progress_is_newer })
    }

    #[test]
    fn progress_never_comes_after_the_verdict() {
        use Turn::{AfterProgress, Now, Overtaken};
        const NO: bool = false;
        const YES: bool = true;
        assert_eq!(check(Rank::Progress, [NO, NO, NO]), Now);
        assert_eq!(check(Rank::Progress, [YES, NO, NO]), AfterProgress);
        assert_eq!(check(Rank::Progress, [NO, NO, YES]), Overtaken);
        assert_eq!(check(Rank::Progress, [NO, YES, NO]), Overtaken);
        assert_eq!(check(Rank::Progress, [YES, YES, NO]), Overtaken);
        assert_eq!(check(Rank::Verdict, [NO, YES, NO]), Now);
        assert_eq!(check(Rank::Verdict, [YES, YES, NO]), AfterProgress);
        assert_eq!(check(Rank::Verdict, [NO, YES, YES]), Now);
        assert_eq!(check(Rank::Override, [YES, YES, YES]), Now);
        assert_eq!(check(Rank::Override, [NO, NO, NO]), Now);
    }
}
