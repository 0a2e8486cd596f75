//! The one way out: a guarded HTTP client for whoever asks a source or tells a target.
//!
//! [`Http`](client::Http) sends one bounded request: no redirects, no proxy that nobody named, never
//! more bytes than allowed, and only to addresses that [`Reach`](reach::Reach) permits, checked at the
//! moment of connecting. What is asked and what an answer means is for those above.
//!
//! **Invariant:** no text that leaves this crate is one of an HTTP or TLS library, as those hold URLs
//! and with them secrets.

pub mod address;
pub mod client;
pub mod failure;
pub mod header;
pub mod mask;
pub mod network;
pub mod reach;
pub mod tls;
