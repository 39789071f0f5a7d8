//! The commands.

pub mod demo;
pub mod init;
