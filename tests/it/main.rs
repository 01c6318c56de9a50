//! Integration tests, in one binary: what rooms do together, on real databases.

mod harness;
mod http;
mod store;
mod world;
