//! End to end tests, benches and checks on the project itself.
