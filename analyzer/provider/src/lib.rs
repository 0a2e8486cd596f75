//! Where readings come from: Prometheus, web and health endpoints, and recorded fixtures.
