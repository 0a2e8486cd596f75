//! What every backend has to do, and what becomes of it when the machine does not do its part.

#![cfg(test)]

mod backends;
mod crash;
mod disk;
mod leases;
mod lists;
mod open;
mod property;
mod queue;
mod replicas;
mod runs;
mod server;
mod shelves;
mod words;
