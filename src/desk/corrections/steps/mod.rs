//! The kinds of steps, one file each.

pub mod counter;
mod difference;
mod line;
mod record;
