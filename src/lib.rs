//! Storno.

pub mod domain;
pub mod files;
