//! Exit codes: an interface, documented here and nowhere else, never changed.

use assay_run::verdict::Decision;

/// How `assay` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Promote, or the command did what it was asked.
    Done,
    /// assay could not judge for a reason of its own, a command of the caller failed, or a test did.
    CouldNotJudge,
    /// Wrong usage, or a template, fixture or argument with errors.
    Usage,
    /// Abort.
    Abort,
    /// Hold: a person decides.
    Hold,
    /// Still running when `--timeout` ended.
    StillRunning,
}

impl Exit {
    /// Every code with its meaning, in the order of the numbers.
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::Done, "promote, or the command did what it was asked"),
        (Self::CouldNotJudge, "could not judge, or a test or a bar was missed"),
        (Self::Usage, "wrong usage, or a template, fixture or argument with errors"),
        (Self::Abort, "abort: the release is bad"),
        (Self::Hold, "hold: a person decides (inconclusive, no data, source down)"),
        (Self::StillRunning, "still running when --timeout ended"),
    ];

    /// The number the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::CouldNotJudge => 1,
            Self::Usage => 2,
            Self::Abort => 10,
            Self::Hold => 11,
            Self::StillRunning => 12,
        }
    }
}

impl From<Decision> for Exit {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Promote => Self::Done,
            Decision::Abort => Self::Abort,
            Decision::Hold => Self::Hold,
        }
    }
}
