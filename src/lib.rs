//! Storno.

pub mod domain;
