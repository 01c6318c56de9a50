//! dfqueue: the queue of a police digital forensic unit.
pub mod domain;
