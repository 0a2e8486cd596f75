//! Messages on their way to a target.

use jiff::Timestamp;

use crate::record::RunId;

/// Names a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryId(pub u64);

impl std::fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A message to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// The name of the target.
    pub target: String,
    /// The same for every attempt, so that the target can tell a repeat. One target gets a key once.
    pub key: String,
    /// What is delivered, the same for every attempt.
    pub body: Vec<u8>,
    /// When to try first.
    pub due_at: Timestamp,
}

/// A delivery and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its name.
    pub id: DeliveryId,
    /// What it tells of.
    pub run: RunId,
    /// Whose run that is.
    pub tenant: String,
    /// The name of the target.
    pub target: String,
    /// The same for every attempt.
    pub key: String,
    /// The same for every attempt.
    pub body: Vec<u8>,
    /// How it stands.
    pub state: DeliveryState,
    /// What was tried, in order.
    pub attempts: Vec<Attempt>,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be tried at this time.
    Due(Timestamp),
    /// The target has it.
    Delivered,
    /// Given up: a dead letter.
    Dead,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// How it came out, as a clause without secrets: `answered 503`.
    pub outcome: String,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The target has it.
    Delivered,
    /// Try again at this time.
    RetryAt(Timestamp),
    /// Give up.
    Dead,
}
