//! Verdicts out: what is told of a run, signed, sent, and what to do about the answer.
//!
//! [`message`] makes the bytes, which are kept with the delivery and are the same for every attempt;
//! [`webhook`] signs them by the Standard Webhooks specification; [`policy`] says what an answer means,
//! when to try again and in which order; [`deliverer`] sends one attempt. The queue, its clock and its
//! crashes are somebody else's.
//!
//! **Invariant:** a delivery has the same id and the same body in every attempt, and no secret of its
//! target is in what is reported of it.

pub mod deliverer;
pub mod message;
pub mod policy;
pub mod target;
pub mod webhook;

#[cfg(test)]
mod testing;
