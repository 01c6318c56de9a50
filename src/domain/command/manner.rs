//! How a command is meant: whether work kept within what was asked for, and whether who corrects may take back a promise.

use crate::domain::unit::DataTaken;

/// Whether work kept within what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeKept {
    /// It did.
    Within,
    /// More was taken.
    Wider {
        /// What happened to that.
        data: DataTaken,
        /// Why it was.
        reason: String,
    },
}

/// Whether who corrects may take back a promise, or the record that one was missed: a supervisor may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervised {
    /// They may.
    Yes,
    /// They may not.
    No,
}
