//! Notices: what people and programs are told of without asking. What is so is looked at again and again, whatever was missed; what
//! is new of it is told once, in a message that waits, fails and is tried again until it is delivered or given up.
//!
//! What leaves the host bears queue numbers, no reference and no name. One message holds all there is to tell somebody at that time:
//! a digest, never a flood. Nothing of the ledger rests on it, and nobody waits for it.

mod courier;
mod gather;
mod mail;
mod teller;
mod webhook;

pub use courier::{Courier, Undeliverable};
pub use gather::{Item, gather};
pub use teller::Teller;
pub use webhook::signature;
