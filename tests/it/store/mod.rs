//! The store, on both databases.

mod beside;
mod commit;
mod cut;
mod opening;
mod proof;
mod schema;
