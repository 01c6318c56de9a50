//! Wrong fields: what is wrong with one, and how to write it.

use std::fmt;

use serde::Serialize;

/// One wrong field of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Column or field.
    pub field: &'static str,
    /// What is wrong with it, and how to write it.
    pub message: String,
}

impl FieldError {
    pub(in crate::domain) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}
