//! Integration tests, in one binary: what rooms do together, on real databases.

mod cli;
mod harness;
mod http;
mod store;
mod world;
