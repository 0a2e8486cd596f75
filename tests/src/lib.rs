//! What the tests of the whole need: the binary, a Prometheus, small servers.

pub mod binary;
pub mod http;
pub mod prometheus;
