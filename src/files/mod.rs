//! Files exchanged with other programs: trades, journals and channel bills are read, vouchers are written.
//!
//! A pure layer over the domain's types. Readers turn bytes into trades, vouchers and statement lines, or
//! say exactly which line and column they refuse and why; writers turn vouchers into bytes. Neither knows
//! SQL, clock, terminal or environment, and both stream: memory stays flat whatever the size of the file.

mod column;
pub mod export;
pub mod import;
pub mod profile;
