//! What an answer means, when to try again, in which order, and how much at once; as data.
//!
//! Nothing here reads a clock or draws a number: what looks random follows from the id of the delivery,
//! so that the same history gives the same times.

pub mod answer;
pub mod gate;
pub mod order;
pub mod retry;
